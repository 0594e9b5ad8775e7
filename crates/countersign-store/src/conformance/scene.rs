//! A store with accounts, phones and desktops in it, made step by step.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_core::account::{
    Account, AccountStatus, Device, DeviceInfo, DeviceKind, Email, LoginName,
};
use countersign_core::audit::{Entry, Kind, Told};
use countersign_core::client::{Binding, Scopes};
use countersign_core::grant::{Additional, EndCause, Ended, Grant, How, PhoneRules, Role};
use countersign_core::ids::{AccountId, DeviceId, FamilyId, GrantId, LoginId, Thumbprint};
use countersign_core::limits::{PHONE_SESSION, RECOVERY_WAIT};
use countersign_core::login::{Event, Login};
use countersign_core::ports::{
    Collected, Gone, Holder, Minting, Opened, Opening, Over, Page, Replaced, Which,
};
use countersign_core::refresh::{Family, FamilyKind};
use countersign_core::scan_code::Standing;
use countersign_core::secret::Secret;
use countersign_core::time::Timestamp;
use tokio::sync::Barrier;

use super::Subject;
use super::samples::{HASH, START, applied, at, check, client, confirm, login_with, scan};

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

    /// The same, telling over other channels from then on.
    pub async fn reopened_with(self, channels: &[&str]) -> Self {
        Self {
            store: self.store.reopen_with(channels).await,
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
            password_hash: Some(HASH.to_owned()),
            email: Email::parse("anna@mail.example"),
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
            allowed_by: None,
            verified_at: Some(now),
            address: Some("192.0.2.7".parse().unwrap()),
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
        self.open_with(minting, Additional::Open).await
    }

    /// Opens a session.
    pub async fn open_with(&self, minting: Minting, additional: Additional) -> Holder {
        let grants = self.store.grants();
        let opened = grants.open_session(minting, password(HASH), rules(additional));
        match opened.await {
            Ok(Opened::Done(holder)) => *holder,
            other => unreachable!("{other:?}"),
        }
    }

    /// Opens a phone's session at `now`; a further one waits.
    pub async fn confirming_phone(
        &self,
        account: AccountId,
        key: Thumbprint,
        now: Timestamp,
    ) -> Holder {
        let minting = self.session(account, key, Role::Phone, now);
        self.open_with(minting, Additional::Confirm).await
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
        assert_eq!(set, Ok(true));
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
        let collect = Event::Collect {
            key,
            grant,
            allowed: true,
        };
        let next = applied(before, &collect, now);
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
                act: before.request.act,
            },
            binding: before.request.binding,
            kept: true,
            approves_from: None,
            allowed_by: None,
            verified_at: None,
            address: before.request.address,
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

    /// The grant as the store has it.
    pub async fn grant(&self, id: GrantId) -> Grant {
        let holder = self.store.grants().holder(id).await.unwrap();
        holder.unwrap().grant
    }

    /// Ends grants; gives those that ended.
    pub async fn end(&self, which: Which, cause: EndCause, at: Timestamp) -> Vec<GrantId> {
        self.gone(which, Ended { at, cause }).await.grants
    }

    /// Ends grants; gives all that went.
    pub async fn gone(&self, which: Which, ended: Ended) -> Gone {
        match self.store.grants().end(which, ended, None).await {
            Ok(Over::Done(gone)) => gone,
            other => unreachable!("{other:?}"),
        }
    }

    /// What the account's owner is told, newest first.
    pub async fn told(&self, account: AccountId) -> Vec<Told> {
        let told = self.store.audit().of_account(account, page(1000)).await;
        told.unwrap()
    }
}

/// The password with this hash.
pub fn password(hash: &str) -> Opening {
    Opening::Password(hash.to_owned())
}

/// What the operator chose, as far as tests choose.
pub fn rules(additional: Additional) -> PhoneRules {
    PhoneRules {
        additional,
        recovery_wait: RECOVERY_WAIT,
    }
}

/// The newest `limit` entries of a log.
pub const fn page(limit: u32) -> Page {
    Page {
        before: None,
        after: None,
        limit,
    }
}

/// What takes part in a race.
pub type Racer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Lets all of them begin at the same moment, each on a task of its own; gives what they give.
pub async fn at_once<T: Send + 'static>(racers: Vec<Racer<T>>) -> Vec<T> {
    let barrier = Arc::new(Barrier::new(racers.len()));
    let running: Vec<_> = racers
        .into_iter()
        .map(|racer| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                racer.await
            })
        })
        .collect();
    let mut given = Vec::new();
    for racer in running {
        given.push(racer.await.unwrap());
    }
    given
}
