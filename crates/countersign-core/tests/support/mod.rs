//! Logins and events to try the state machine with.
#![cfg_attr(
    test,
    allow(
        dead_code,
        clippy::unwrap_used,
        clippy::allow_attributes,
        reason = "each test file takes what it needs from here"
    )
)]

use std::time::Duration;

use countersign_core::account::{DeviceInfo, DeviceKind};
use countersign_core::client::{Binding, Ending, Scopes};
use countersign_core::context::{Context, Flags};
use countersign_core::ids::{AccountId, ClientId, GrantId, LoginId, PasskeyId, Thumbprint};
use countersign_core::keys::KeyId;
use countersign_core::limits::Lifetimes;
pub(crate) use countersign_core::login::Offer;
use countersign_core::login::{
    Assertion, Confirm, Event, Login, Refusal, Request, Scan, State, Typed,
};
use countersign_core::network::Network;
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::Level;
use countersign_core::scan_code::{Rotation, Standing};
use countersign_core::secret::{Secret, SecretHash};
use countersign_core::time::Timestamp;

/// The desktop's key, and one that isn't.
pub(crate) const DESKTOP: Thumbprint = Thumbprint::from_bytes([1; 32]);
pub(crate) const OTHER_KEY: Thumbprint = Thumbprint::from_bytes([2; 32]);
/// The passkey of account 1.
pub(crate) const PASSKEY: PasskeyId = PasskeyId::from_bytes([3; 16]);
pub(crate) const START: Timestamp = Timestamp::from_millis(1_000_000);

/// A phone: session, account and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phone {
    pub(crate) session: GrantId,
    pub(crate) account: AccountId,
    pub(crate) key: Thumbprint,
}

/// Phones 1 and 2 belong to account 1; phone n > 2 to an account of its own.
pub(crate) fn phone(n: u8) -> Phone {
    Phone {
        session: GrantId::from_bytes([n; 16]),
        account: AccountId::from_bytes([if n <= 2 { 1 } else { n }; 16]),
        key: Thumbprint::from_bytes([100 + n; 32]),
    }
}

pub(crate) fn client() -> ClientId {
    ClientId::parse("demo").unwrap()
}

pub(crate) fn context(level: Level, strangers: u8) -> Context {
    Context {
        client: client(),
        client_name: "Demo".to_owned(),
        host: Some("login.example".to_owned()),
        verified: false,
        browser: Some("Firefox".to_owned()),
        os: Some("Linux".to_owned()),
        calls_itself: None,
        place: None,
        network: Network::Same,
        requested_at: START,
        known_since: None,
        scopes: Scopes::of(&["openid"]),
        duration: Duration::from_secs(28_800),
        keep: Duration::from_secs(2_592_000),
        strangers,
        flags: Flags::default(),
        opened_by: OpenedBy::Scanner,
        act: None,
        phrase: false,
        level,
    }
}

/// What a phone is offered that is shown `context`.
pub(crate) fn offer(context: Context) -> Offer {
    Offer {
        challenge: (context.level == Level::Passkey).then(|| "sealed".to_owned()),
        context,
        address: None,
    }
}

pub(crate) fn waiting() -> Login {
    Login {
        id: LoginId::from_bytes([7; 16]),
        version: 1,
        created_at: START,
        server_key: KeyId(1),
        request: Request {
            client: client(),
            scopes: Scopes::of(&["openid"]),
            key: DESKTOP,
            binding: Binding::Dpop,
            ending: Ending::Tokens,
            cookie: None,
            proved: false,
            rotation: Rotation::Every(Duration::from_secs(30)),
            device: DeviceInfo::new(Some("laptop"), DeviceKind::Browser, None),
            browser: None,
            os: None,
            origin: None,
            address: None,
            hint: None,
            act: None,
            phrase: None,
        },
        device_code: SecretHash::from_bytes([9; 32]),
        strangers: Vec::new(),
        wrong_codes: 0,
        wrong_passkeys: 0,
        wrong_phrases: 0,
        desktop_moved: false,
        state: State::Waiting {
            until: START.plus(Lifetimes::default().waiting),
        },
    }
}

/// The same, of a desktop whose person typed a phrase.
pub(crate) fn waiting_with_phrase() -> Login {
    let mut login = waiting();
    login.request.phrase = Some(Secret::new([5; 32]));
    login
}

pub(crate) fn scan(by: Phone, level: Level, standing: Standing, strangers: u8) -> Event {
    Event::Scan(Box::new(Scan {
        standing,
        session: by.session,
        account: by.account,
        phone_key: by.key,
        offer: Ok(offer(context(level, strangers))),
    }))
}

/// A scan that the client's rules refuse.
pub(crate) fn refused(by: Phone, refusal: Refusal) -> Event {
    Event::Scan(Box::new(Scan {
        standing: Standing::Current,
        session: by.session,
        account: by.account,
        phone_key: by.key,
        offer: Err(refusal),
    }))
}

pub(crate) fn confirm(by: Phone, claim: u32, shown: &Context, fresh: Context) -> Event {
    confirm_by(by, claim, shown, fresh, Assertion::Missing)
}

/// A confirm at level `passkey`.
pub(crate) fn confirm_by(
    by: Phone,
    claim: u32,
    shown: &Context,
    fresh: Context,
    assertion: Assertion,
) -> Event {
    Event::Confirm(Box::new(Confirm {
        session: by.session,
        phone_key: by.key,
        claim,
        digest: shown.digest(),
        keep: false,
        fresh: Ok(offer(fresh)),
        assertion,
        phrase: Typed::Missing,
    }))
}

/// The same confirm, with what was typed for a phrase.
pub(crate) fn typing(mut event: Event, phrase: Typed) -> Event {
    if let Event::Confirm(confirm) = &mut event {
        confirm.phrase = phrase;
    }
    event
}

pub(crate) fn check(key: Thumbprint, right: bool) -> Event {
    Event::Check {
        key,
        right,
        allowed: true,
    }
}

pub(crate) fn deny(by: Phone, claim: u32) -> Event {
    Event::Deny {
        session: by.session,
        claim,
        report: false,
    }
}

/// The grant that a collect would make.
pub(crate) const GRANT: GrantId = GrantId::from_bytes([200; 16]);

pub(crate) fn collect(key: Thumbprint) -> Event {
    Event::Collect {
        key,
        grant: GRANT,
        allowed: true,
    }
}

/// Applies events one second apart and gives the login.
pub(crate) fn after(events: &[Event]) -> Login {
    from(waiting(), events)
}

/// The same, from this one on.
pub(crate) fn from(login: Login, events: &[Event]) -> Login {
    let lifetimes = Lifetimes::default();
    let mut now = START;
    events.iter().fold(login, |login, event| {
        now = now.plus(Duration::from_secs(1));
        login.apply(event, now, &lifetimes).login
    })
}
