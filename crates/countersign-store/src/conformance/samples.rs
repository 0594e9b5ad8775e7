//! Accounts, phones and logins to test with: always the same ones, at a time that is moved by hand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_core::account::{
    Account, AccountStatus, Device, DeviceInfo, DeviceKind, LoginName,
};
use countersign_core::audit::{Entry, Kind};
use countersign_core::client::{Binding, Ending, Scopes};
use countersign_core::context::Context;
use countersign_core::grant::{Additional, Grant, How, Role};
use countersign_core::ids::{
    AccountId, ClientId, DeviceId, FamilyId, GrantId, LoginId, Thumbprint,
};
use countersign_core::keys::KeyId;
use countersign_core::limits::{Lifetimes, PHONE_SESSION};
use countersign_core::login::{Event, Login, Request, Scan, State};
use countersign_core::network::Network;
use countersign_core::opened_by::OpenedBy;
use countersign_core::policy::Level;
use countersign_core::ports::{Collected, Holder, Minting, Replaced};
use countersign_core::refresh::{Family, FamilyKind};
use countersign_core::scan_code::{Rotation, Standing};
use countersign_core::secret::{Secret, SecretHash, SecretKind};
use countersign_core::time::Timestamp;

use super::Subject;

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
        network: Network::Near,
        requested_at: START,
        known_since: Some(Timestamp::from_millis(5)),
        scopes: Scopes::of(&["openid", "profile"]),
        duration: Duration::from_secs(28_800),
        keep: Duration::from_secs(2_592_000),
        strangers: 1,
        opened_by: OpenedBy::CrossSiteLink,
        level: Level::Code,
    }
}

/// A store with a way to make things in it.
pub struct Scene<S> {
    /// The store.
    pub store: S,
    next: AtomicU64,
}

impl<S: Subject> Scene<S> {
    /// Begins with an empty store.
    pub fn new(store: S) -> Self {
        Self {
            store,
            next: AtomicU64::new(1),
        }
    }

    /// Stops the store and starts it again.
    pub async fn reopened(self) -> Self {
        Self {
            store: self.store.reopen().await,
            next: self.next,
        }
    }

    /// 16 bytes that were not given before; they differ from the first byte on.
    pub fn bytes(&self) -> [u8; 16] {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (u128::from(mixed) << 64 | u128::from(n)).to_be_bytes()
    }

    /// A new account, active, added at [`START`].
    pub async fn account(&self, name: &str) -> Account {
        let account = self.unsaved_account(name);
        let entry = Entry::new(START, Kind::AccountAdded);
        let added = self.store.accounts().add(account.clone(), entry).await;
        assert_eq!(added, Ok(true));
        account
    }

    /// An account that is in no store yet.
    pub fn unsaved_account(&self, name: &str) -> Account {
        Account {
            id: AccountId::from_bytes(self.bytes()),
            login_name: LoginName::parse(name).unwrap(),
            display_name: format!("{name} of \u{dc}rz\u{fc}g"),
            password_hash: "$argon2id$test".to_owned(),
            status: AccountStatus::Active,
            created_at: START,
        }
    }

    /// What a password sign-in makes; the session ends a [`PHONE_SESSION`] after `now`.
    pub fn session(
        &self,
        account: AccountId,
        key: Thumbprint,
        role: Role,
        now: Timestamp,
    ) -> Minting {
        let device = Device {
            id: DeviceId::from_bytes(self.bytes()),
            account,
            info: DeviceInfo::new(Some("A phone"), DeviceKind::Android, None),
            label: None,
            key,
            first_seen: now,
            last_seen: now,
        };
        let grant = Grant {
            id: GrantId::from_bytes(self.bytes()),
            account,
            device: device.id,
            key,
            client: client("countersign"),
            scopes: Scopes::of(&["openid"]),
            role,
            how: How::Password,
            binding: Binding::Dpop,
            kept: false,
            approves_from: None,
            verified_at: Some(now),
            created_at: now,
            expires_at: now.plus(PHONE_SESSION),
            ended: None,
        };
        self.minting(device, grant, Entry::new(now, Kind::SessionOpened))
    }

    fn minting(&self, device: Device, grant: Grant, entry: Entry) -> Minting {
        Minting {
            family: self.family(&grant, grant.created_at),
            at: grant.created_at,
            entry: Entry {
                account: Some(grant.account),
                grant: Some(grant.id),
                ..entry
            },
            device,
            grant,
        }
    }

    /// A new refresh family of `grant`.
    pub fn family(&self, grant: &Grant, now: Timestamp) -> Family {
        let id = FamilyId::from_bytes(self.bytes());
        let kind = FamilyKind::Refresh;
        Family::new(id, kind, (grant.id, grant.key), &Secret::new([1; 32]), now)
    }

    /// Opens a phone's session at [`START`]; it may approve at once.
    pub async fn phone(&self, account: AccountId, key: Thumbprint) -> Holder {
        self.open(self.session(account, key, Role::Phone, START))
            .await
    }

    /// Opens a session. Further phones may approve at once.
    pub async fn open(&self, minting: Minting) -> Holder {
        let grants = self.store.grants();
        let opened = grants.open_session(minting, Additional::Open).await;
        opened.unwrap().unwrap()
    }

    /// Sets an account's status, as its owner or an admin does at `now`.
    pub async fn set_status(&self, account: AccountId, status: AccountStatus, now: Timestamp) {
        let entry = Entry {
            account: Some(account),
            detail: Some(status.name().into()),
            ..Entry::new(now, Kind::StatusChanged)
        };
        let set = self
            .store
            .accounts()
            .set_status(account, status, entry)
            .await;
        assert_eq!(set, Ok(()));
    }

    /// A login that waits, in no store yet; the desktop's key is proved.
    pub fn unsaved_login(&self, key: Thumbprint) -> Login {
        login_with(LoginId::from_bytes(self.bytes()), key)
    }

    /// Inserts `login`.
    pub async fn insert(&self, login: Login) -> Login {
        let entry = Entry::created(&login);
        let inserted = self.store.logins().insert(login.clone(), entry).await;
        assert_eq!(inserted, Ok(()));
        login
    }

    /// A login that waits.
    pub async fn waiting(&self, key: Thumbprint) -> Login {
        self.insert(self.unsaved_login(key)).await
    }

    /// Applies `event` and writes what became of it.
    pub async fn step(&self, before: &Login, event: &Event, now: Timestamp) -> Login {
        let next = applied(before, event, now);
        let entry = Entry::step(before, &next, now);
        let logins = self.store.logins();
        let replaced = logins.replace(before.version, next.clone(), entry).await;
        assert_eq!(replaced, Ok(Replaced::Done), "{event:?}");
        next
    }

    /// A login that `phone` claimed.
    pub async fn scanned(&self, login: Login, phone: &Holder) -> Login {
        self.step(&login, &scan(phone, Standing::Current), at(1))
            .await
    }

    /// A login that `phone` approved, at the level of its context.
    pub async fn approved(&self, login: Login, phone: &Holder) -> Login {
        let login = self.scanned(login, phone).await;
        self.step(&login, &confirm(&login, phone), at(2)).await
    }

    /// A login that `phone` approved and whose check code was typed.
    pub async fn confirmed(&self, login: Login, phone: &Holder) -> Login {
        let login = self.approved(login, phone).await;
        self.step(&login, &check(&login, true), at(3)).await
    }

    /// What the collect of a confirmed login writes, at `now`.
    pub fn collecting(&self, before: &Login, now: Timestamp) -> (Login, Minting) {
        let grant = GrantId::from_bytes(self.bytes());
        let key = before.request.key;
        let next = applied(before, &Event::Collect { key, grant }, now);
        let claim = next.state.claim().unwrap();
        let device = Device {
            id: DeviceId::from_bytes(self.bytes()),
            account: claim.account,
            info: before.request.device.clone(),
            label: None,
            key,
            first_seen: now,
            last_seen: now,
        };
        let grant = Grant {
            id: grant,
            account: claim.account,
            device: device.id,
            key,
            client: before.request.client.clone(),
            scopes: before.request.scopes.clone(),
            role: Role::Desktop,
            how: How::Scan {
                login: next.id,
                approved_by: claim.session,
                level: claim.context.level,
                proved: before.request.proved,
            },
            binding: before.request.binding,
            kept: true,
            approves_from: None,
            verified_at: None,
            created_at: now,
            expires_at: now.plus(claim.context.duration),
            ended: None,
        };
        let minting = self.minting(device, grant, Entry::step(before, &next, now));
        (next, minting)
    }

    /// Collects a confirmed login at `now`.
    pub async fn collect(&self, before: &Login, now: Timestamp) -> Collected {
        let (next, minting) = self.collecting(before, now);
        let logins = self.store.logins();
        logins.collect(before.version, next, minting).await.unwrap()
    }

    /// A desktop that signed in by `phone`, at `now`.
    pub async fn desktop(&self, login: Login, phone: &Holder, now: Timestamp) -> Holder {
        let login = self.confirmed(login, phone).await;
        match self.collect(&login, now).await {
            Collected::Done(holder) => *holder,
            other => unreachable!("{other:?}"),
        }
    }

    /// The login as the store has it.
    pub async fn found(&self, id: LoginId) -> Login {
        let found = self.store.logins().find(id).await.unwrap();
        Login::clone(&found.unwrap())
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
        },
        device_code: SecretHash::of(SecretKind::DeviceCode, &secret),
        strangers: Vec::new(),
        wrong_codes: 0,
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
    Event::Scan(Box::new(Scan {
        standing,
        session: phone.grant.id,
        account: phone.account.id,
        phone_key: phone.grant.key,
        context: context(),
    }))
}

/// `phone` continues with what it was shown.
pub fn confirm(login: &Login, phone: &Holder) -> Event {
    let claim = login.state.claim().unwrap();
    Event::Confirm {
        session: phone.grant.id,
        phone_key: phone.grant.key,
        claim: claim.version,
        digest: claim.context.digest(),
        keep: true,
        fresh: Box::new(claim.context.clone()),
    }
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
    }
}
