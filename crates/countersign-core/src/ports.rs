//! The ports: what the rules need from the world, promised in words.
//!
//! One port for each thing that changes together. A store passes the conformance suite of
//! `countersign-store`, which tests these words. "Not found" is `None`; an error never means
//! "allow".

mod outcome;

use std::sync::Arc;

use async_trait::async_trait;

use crate::account::{Account, AccountStatus, Device, LoginName};
use crate::audit::{Entry, Told};
use crate::client::{Client, Scopes};
use crate::grant::{Additional, Ended, Grant, Role};
use crate::ids::{AccountId, ClientId, DeviceId, FamilyId, GrantId, LoginId, Thumbprint};
use crate::login::Login;
use crate::refresh::Family;
use crate::time::Timestamp;

pub use outcome::{Allowed, Collected, Opened, Replaced, Verified};

/// The store did not do what it was asked. Nothing of the request was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Too much is waiting to be written: try again in a moment.
    #[error("the store is busy")]
    Busy,
    /// It failed; the words are for the log, never for a caller.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// Logins.
#[async_trait]
pub trait Logins: Send + Sync {
    /// Keeps a new login, durably when this returns, with its audit entry in the same commit.
    async fn insert(&self, login: Login, entry: Entry) -> Result<(), StoreError>;

    /// The login as it was last written, never older than what this process itself wrote.
    ///
    /// A row that is no legal state is an error, not a login.
    async fn find(&self, id: LoginId) -> Result<Option<Arc<Login>>, StoreError>;

    /// Compare-and-swap: writes `next` if the row's version is `expected`, with its audit entry
    /// in the same commit. Of any number of callers that name the same version, one gets `Done`.
    async fn replace(
        &self,
        expected: u32,
        next: Login,
        entry: Entry,
    ) -> Result<Replaced, StoreError>;

    /// The collect: one transaction that writes the login (compare-and-swap), the device, the
    /// grant, the refresh family and the audit entry, or nothing at all.
    ///
    /// Inside it the account must be active and the phone session `approved_by` of the grant
    /// alive, and allowed to approve, at `minting.at`; otherwise [`Collected::NotAllowed`] and nothing is written.
    /// At most one grant ever exists for a login.
    async fn collect(
        &self,
        expected: u32,
        next: Login,
        minting: Minting,
    ) -> Result<Collected, StoreError>;
}

/// What a sign-in makes, written together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minting {
    /// The device; when the account has one with this key already, that one is kept, seen again,
    /// and takes the place of this one in the grant.
    pub device: Device,
    /// The grant. Earlier live grants of the same device, client and role are ended as replaced.
    pub grant: Grant,
    /// The first refresh token's family.
    pub family: Family,
    /// When.
    pub at: Timestamp,
    /// The audit entry; the store names the device that was kept in it.
    pub entry: Entry,
}

/// A grant with its device and account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The grant.
    pub grant: Grant,
    /// Its device.
    pub device: Device,
    /// Its account.
    pub account: Account,
}

/// Accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds an account; `false` when its login name is taken. Then the audit entry is written as
    /// [`crate::audit::Kind::NameTaken`] of no account: both take one commit and the same time.
    async fn add(&self, account: Account, entry: Entry) -> Result<bool, StoreError>;

    /// The account with this login name.
    async fn by_name(&self, name: &LoginName) -> Result<Option<Account>, StoreError>;

    /// Accounts in the order of their login names, from after `after` on, at most `limit`.
    async fn list(&self, after: Option<&LoginName>, limit: u32)
    -> Result<Vec<Account>, StoreError>;

    /// Changes the password's hash and ends grants, in one commit; gives the grants that ended. An
    /// account that is unknown is an error.
    ///
    /// Where a grant acts (`change.entry.grant`; an admin has none), the account must be active and
    /// the grant alive, and a phone of it that may approve, at `change.entry.at`; otherwise `None`,
    /// and nothing is written.
    async fn set_password(
        &self,
        change: PasswordChange,
    ) -> Result<Option<Vec<GrantId>>, StoreError>;

    /// Changes the status, with its audit entry. Unless it is then active, every grant of the account
    /// ends in the same commit, as far as it is alive at `entry.at`. Repeating changes nothing. An
    /// account that is unknown is an error. `false` when a grant acts (`entry.grant`) that may not, as
    /// in [`Accounts::set_password`], and nothing is written.
    async fn set_status(
        &self,
        account: AccountId,
        status: AccountStatus,
        entry: Entry,
    ) -> Result<bool, StoreError>;
}

/// A new password, and who stays signed in with it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordChange {
    /// Whose.
    pub account: AccountId,
    /// The new password's hash in PHC form.
    pub hash: String,
    /// The grants that end with [`crate::grant::EndCause::PasswordChanged`].
    pub ends: Option<Which>,
    /// The audit entry; its grant is the one that acts, if one does.
    pub entry: Entry,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordChange")
            .field("account", &self.account)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// Which grants to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(GrantId),
    /// This one and, if it is a phone's, every one that its device approved in this or another phone
    /// session, also when it is over itself; those end with [`crate::grant::EndCause::ApproverUndone`].
    WithApproved(GrantId),
    /// Those of a device of the account.
    OfDevice(AccountId, DeviceId),
    /// All of the account but this one; of this role alone, if one is named.
    Others(AccountId, GrantId, Option<Role>),
    /// All of the account.
    All(AccountId),
}

/// Grants with their refresh families.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Writes a password sign-in: device, grant, family and audit entry in one commit, if the account
    /// is active and `hash` still its password's: a password that was verified before a change counts
    /// for nothing after it.
    ///
    /// A phone's grant gets its `approves_from` here, by [`Grant::approving_from`], so that of two
    /// phones that sign in at once only one is the first. Where that lies ahead, the audit entry's
    /// detail is [`crate::audit::PHONE_WAITS`].
    async fn open_session(
        &self,
        minting: Minting,
        hash: &str,
        additional: Additional,
    ) -> Result<Opened, StoreError>;

    /// The grant with its device and account, dead or alive, as it was last written.
    async fn holder(&self, id: GrantId) -> Result<Option<Holder>, StoreError>;

    /// Ends grants with their families, as far as they are alive at `ended.at`, each with an audit
    /// entry ([`Entry::ended`]), in one commit; gives those that ended. Repeating ends nothing.
    ///
    /// Where the cause [distrusts](crate::grant::EndCause::distrusts), the same commit notes at the
    /// devices that hold or held such grants that they were taken back at `ended.at`, also when
    /// nothing of them was alive; with [`Which::Others`] not at the device of the one that stays.
    async fn end(&self, which: Which, ended: Ended) -> Result<Vec<GrantId>, StoreError>;

    /// The refresh family.
    async fn family(&self, id: FamilyId) -> Result<Option<Family>, StoreError>;

    /// Compare-and-swap on the family's version; also marks the device as seen at `entry.at`.
    async fn replace_family(
        &self,
        expected: u32,
        next: Family,
        entry: Entry,
    ) -> Result<Replaced, StoreError>;

    /// For a collect that is repeated: ends the grant's families and writes this one, if the
    /// grant, its account (active) and the session that approved it are alive at `entry.at`.
    /// `false` when one is not, or no login made the grant, and nothing is written.
    async fn collect_again(&self, family: Family, entry: Entry) -> Result<bool, StoreError>;

    /// Notes that a password was given on the grant's device at `entry.at`, if the grant is alive then,
    /// was made by a password, and `hash` is still that of its account's password.
    async fn verified(&self, id: GrantId, hash: &str, entry: Entry)
    -> Result<Verified, StoreError>;

    /// Lets a phone of the account approve from `entry.at` on; writes nothing when it may already. `by`
    /// wishes it: it must be alive and a phone of the active account that may approve at `entry.at`.
    async fn allow(
        &self,
        account: AccountId,
        by: GrantId,
        id: GrantId,
        entry: Entry,
    ) -> Result<Allowed, StoreError>;

    /// Marks a live family and its device as used at `at`, without an audit entry and a new version.
    async fn seen(&self, id: FamilyId, at: Timestamp) -> Result<(), StoreError>;
}

/// A device with its live grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The device.
    pub device: Device,
    /// Its live grants, oldest first, each with the name of the device that approved it.
    pub grants: Vec<(Grant, Option<String>)>,
}

/// Devices.
#[async_trait]
pub trait Devices: Send + Sync {
    /// The account's devices, last seen first, at most [`crate::limits::DEVICES_LISTED`], each
    /// with its grants that are alive at `now`.
    async fn list(&self, account: AccountId, now: Timestamp) -> Result<Vec<Listed>, StoreError>;

    /// Gives a device of the account a name, or takes it away; `None` when the account has no such
    /// device, and nothing is written.
    async fn rename(
        &self,
        account: AccountId,
        device: DeviceId,
        label: Option<String>,
        entry: Entry,
    ) -> Result<Option<Device>, StoreError>;

    /// Whether this device of the account may approve at `now`, or could before by a phone's grant
    /// that was made since its owner last took the device back.
    async fn approves(
        &self,
        account: AccountId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Since when a desktop is known, by the rule of [`Known`].
    async fn known_since(&self, known: Known) -> Result<Option<Timestamp>, StoreError>;
}

/// Asks whether a desktop is known: (account, key, client) collected, with its key proved at
/// creation, at level `code` or higher, after `since`, with scopes no narrower than `scopes`; and
/// since then no grant of theirs was misused, the device not taken back ([`Grants::end`]) and no login of
/// theirs denied; and no other account collected with that key after `since`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whose approval is asked for.
    pub account: AccountId,
    /// The desktop's key.
    pub key: Thumbprint,
    /// The client.
    pub client: ClientId,
    /// What it asks for now.
    pub scopes: Scopes,
    /// The earliest collect that counts.
    pub since: Timestamp,
}

/// Clients.
#[async_trait]
pub trait Clients: Send + Sync {
    /// Writes the registered clients, in place of those that were written before.
    async fn put(&self, clients: &[Client]) -> Result<(), StoreError>;
}

/// The audit log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// A login's entries, oldest first.
    async fn of_login(&self, id: LoginId) -> Result<Vec<Entry>, StoreError>;

    /// What an account's owner is told of, newest first: entries of [`crate::audit::TOLD`], of a
    /// login's moves only its end; those with an id below `before`, at most `limit`.
    async fn of_account(
        &self,
        account: AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Told>, StoreError>;
}

/// What a server does for its store beside requests.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Logins whose deadline has passed at `now` and was not written down, oldest first, at most
    /// `limit`.
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<LoginId>, StoreError>;

    /// Deletes what is older than `before` says, at most `limit` of each kind, in one commit; says
    /// how many rows, 0 when nothing is left. What is not over is kept, whatever its age: an open
    /// login, a live grant with its families and its device; and a grant that approved one that
    /// stays. A grant may outlive the login that made it.
    async fn sweep(&self, before: SweepBefore, limit: u32) -> Result<u32, StoreError>;

    /// Whether it can be written to now.
    ///
    /// # Errors
    /// Why not, for the log.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// From when on things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepBefore {
    /// Logins that ended before, but for denied ones.
    pub logins: Timestamp,
    /// Denied logins that ended before: a denial makes a desktop new for as long as it is kept.
    pub denials: Timestamp,
    /// Grants that ended or expired before, with their families; then devices that have none.
    pub grants: Timestamp,
    /// Audit entries that were written before.
    pub audit: Timestamp,
}

/// Wake-ups: hints that a login changed, never the truth about it. Losing one costs a delay.
pub trait Signal: Send + Sync {
    /// Says that `login` changed.
    fn wake(&self, login: LoginId);

    /// Starts listening for changes of `login`, from this moment on.
    fn listen(&self, login: LoginId) -> Box<dyn Listener>;
}

/// Listens for changes of one login. Stops when dropped.
#[async_trait]
pub trait Listener: Send + Sync {
    /// Waits for the next change since the last call; may also return without one.
    async fn changed(&mut self);
}

/// The time, as this process or its database knows it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`; ends the process rather than give anything predictable.
    fn fill(&self, bytes: &mut [u8]);
}
