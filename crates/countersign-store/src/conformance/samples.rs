//! Logins and events to test with: always the same ones, at a time that is moved by hand.

use std::time::Duration;

use countersign_core::account::{DeviceInfo, DeviceKind};
use countersign_core::client::{Binding, Ending, Scopes};
use countersign_core::context::{Context, Flags};
use countersign_core::ids::{ClientId, LoginId, Thumbprint};
use countersign_core::keys::KeyId;
use countersign_core::limits::Lifetimes;
use countersign_core::login::{
    Act, Assertion, Confirm, Event, Login, Offer, Refusal, Request, Scan, State, Typed,
};
use countersign_core::network::{Network, Place};
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::Level;
use countersign_core::ports::Holder;
use countersign_core::scan_code::{Rotation, Standing};
use countersign_core::secret::{Secret, SecretHash, SecretKind};
use countersign_core::time::Timestamp;

pub use super::scene::Scene;

/// The hash of every account's password.
pub const HASH: &str = "$argon2id$test";

/// When everything begins.
pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// So many seconds after [`START`].
pub fn at(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

/// The client that everything is for.
pub fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

/// The key number `n`.
pub fn key(n: u8) -> Thumbprint {
    Thumbprint::from_bytes([n; 32])
}

/// What a phone is shown; every member has a value.
pub fn context() -> Context {
    Context {
        client: client("demo"),
        client_name: "Demo \"shop\"".to_owned(),
        host: Some("shop.example".to_owned()),
        verified: true,
        browser: Some("Firefox".to_owned()),
        os: Some("Linux".to_owned()),
        calls_itself: Some("Anna's \u{65e5}\u{672c} laptop".to_owned()),
        place: Some(Place {
            country: "DE".to_owned(),
            region: Some("Berlin".to_owned()),
            continent: Some("EU".to_owned()),
        }),
        network: Network::Near,
        requested_at: START,
        known_since: Some(Timestamp::from_millis(5)),
        scopes: Scopes::of(&["openid", "profile"]),
        duration: Duration::from_secs(28_800),
        keep: Duration::from_secs(2_592_000),
        strangers: 1,
        flags: Flags {
            many_accounts: true,
            desktop_moved: false,
        },
        opened_by: OpenedBy::CrossSiteLink,
        act: Some(Act::AddPasskey),
        phrase: true,
        level: Level::Code,
    }
}

/// What a phone is offered at `level`.
pub fn offer(level: Level) -> Offer {
    Offer {
        context: Context { level, ..context() },
        challenge: (level == Level::Passkey).then(|| "sealed".to_owned()),
        address: Some("192.0.2.200".parse().unwrap()),
    }
}

/// A login that waits; the desktop's key is proved.
pub fn login_with(id: LoginId, key: Thumbprint) -> Login {
    let secret = Secret::new([7; 32]);
    Login {
        id,
        version: 1,
        created_at: START,
        server_key: KeyId(3),
        request: Request {
            client: client("demo"),
            scopes: Scopes::of(&["openid", "profile"]),
            key,
            binding: Binding::Dpop,
            ending: Ending::Tokens,
            cookie: None,
            proved: true,
            rotation: Rotation::Every(Duration::from_secs(30)),
            device: DeviceInfo::new(Some("Firefox"), DeviceKind::Browser, Some("Linux")),
            browser: Some("Firefox".to_owned()),
            os: Some("Linux".to_owned()),
            origin: Some("https://shop.example".to_owned()),
            address: Some("2001:db8::1".parse().unwrap()),
            hint: None,
            act: None,
            phrase: None,
        },
        device_code: SecretHash::of(SecretKind::DeviceCode, &secret),
        strangers: Vec::new(),
        wrong_codes: 0,
        wrong_passkeys: 0,
        wrong_phrases: 0,
        desktop_moved: false,
        state: State::Waiting { until: at(300) },
    }
}

/// The login after `event`, which must change it.
pub fn applied(before: &Login, event: &Event, now: Timestamp) -> Login {
    let step = before.clone().apply(event, now, &Lifetimes::default());
    assert_ne!(step.login.version, before.version, "{:?}", step.verdict);
    step.login
}

/// `phone` scans.
pub fn scan(phone: &Holder, standing: Standing) -> Event {
    scan_for(phone, standing, Ok(offer(Level::Code)))
}

/// `phone` scans, and is offered this.
pub fn scan_for(phone: &Holder, standing: Standing, offer: Result<Offer, Refusal>) -> Event {
    Event::Scan(Box::new(Scan {
        standing,
        session: phone.grant.id,
        account: phone.account.id,
        phone_key: phone.grant.key,
        offer,
    }))
}

/// `phone` continues with what it was shown.
pub fn confirm(login: &Login, phone: &Holder) -> Event {
    confirm_with(login, phone, Assertion::Missing)
}

/// `phone` continues with what it was shown, with its passkey's answer.
pub fn confirm_with(login: &Login, phone: &Holder, assertion: Assertion) -> Event {
    let claim = login.state.claim().unwrap();
    Event::Confirm(Box::new(Confirm {
        session: phone.grant.id,
        phone_key: phone.grant.key,
        claim: claim.version,
        digest: claim.context.digest(),
        keep: true,
        fresh: Ok(Offer {
            context: claim.context.clone(),
            ..offer(claim.context.level)
        }),
        assertion,
        phrase: Typed::Missing,
    }))
}

/// `phone` continues with what it was shown, and its person typed a phrase.
pub fn confirm_typing(login: &Login, phone: &Holder, phrase: Typed) -> Event {
    let mut event = confirm(login, phone);
    if let Event::Confirm(confirm) = &mut event {
        confirm.phrase = phrase;
    }
    event
}

/// `phone` declines.
pub fn deny(login: &Login, phone: &Holder, report: bool) -> Event {
    Event::Deny {
        session: phone.grant.id,
        claim: login.state.claim().unwrap().version,
        report,
    }
}

/// A check code is typed.
pub fn check(login: &Login, right: bool) -> Event {
    Event::Check {
        key: login.request.key,
        right,
        allowed: true,
    }
}
