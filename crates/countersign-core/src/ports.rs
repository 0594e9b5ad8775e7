//! The ports: what the rules need from the world, promised in words.
//!
//! One port for each thing that changes together. A store passes the conformance suite of
//! `countersign-store`, which tests these words. "Not found" is `None`; an error never means
//! "allow".

mod outcome;
mod watch;

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use crate::account::{Account, AccountStatus, Device, Email, LoginName};
use crate::audit::{Entry, Told};
use crate::client::{Client, Scopes};
use crate::grant::{Ended, Grant, PhoneRules, Role};
use crate::ids::{
    AccountId, ClientId, DeviceId, FamilyId, GrantId, InvitationId, LoginId, PasskeyId, Thumbprint,
};
use crate::invitation::Invitation;
use crate::login::Login;
use crate::network::Place;
use crate::outbox::{Delivery, Fate};
use crate::passkey::{Ceremony, Passkey, Spent, Used};
use crate::refresh::Family;
use crate::secret::SecretHash;
use crate::time::Timestamp;

pub use outcome::{Accepted, Added, Allowed, Collected, Gone, Opened, Removed, Replaced, Verified};
pub use watch::{Asked, Filter, Network, Watch};

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

    /// Changes the password's hash and ends grants, as [`Grants::end`] does, in one commit; gives what
    /// went. A grant that acts and stays is marked as verified at `change.entry.at`, so that a recovery is
    /// over with it. An account that is unknown is an error.
    ///
    /// Where a grant acts (`change.entry.grant`; an admin has none), the account must be active and
    /// the grant alive, and a phone of it that may approve, at `change.entry.at`; otherwise `None`,
    /// and nothing is written.
    async fn set_password(&self, change: PasswordChange) -> Result<Option<Gone>, StoreError>;

    /// Changes where notices go, with its audit entry. An account that is unknown is an error.
    async fn set_email(
        &self,
        account: AccountId,
        email: Option<Email>,
        entry: Entry,
    ) -> Result<(), StoreError>;

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
    /// Those of a device of the account, and every one that it approved in any phone session; those end
    /// with [`crate::grant::EndCause::ApproverUndone`].
    OfDeviceWithApproved(AccountId, DeviceId),
    /// All of the account but this one; of this role alone, if one is named.
    Others(AccountId, GrantId, Option<Role>),
    /// All of the account.
    All(AccountId),
    /// All for which every part of the filter holds.
    Matching(Filter),
}

/// A grant that acts: a phone of the account that may approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: AccountId,
    /// The grant.
    pub grant: GrantId,
}

/// What opens a session, each judged once more in the transaction that opens it.
#[derive(Clone, PartialEq, Eq)]
pub enum Opening {
    /// The password with this hash: it must still be the account's.
    Password(String),
    /// A passkey of the account, which must still be there; its new state is kept.
    Passkey(Used, Spent),
    /// A recovery code of the account, which is used up.
    Recovery(SecretHash),
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Opening::Password",
            Self::Passkey(..) => "Opening::Passkey",
            Self::Recovery(_) => "Opening::Recovery",
        })
    }
}

/// Grants with their refresh families.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Writes a sign-in: device, grant, family and audit entry in one commit, if the account is active
    /// and what `opening` names still opens it: a password that was verified before a change counts for
    /// nothing after it, a challenge and a recovery code count once. The grant's
    /// [`crate::grant::How`] must be of the same kind.
    ///
    /// A phone's grant gets its `approves_from` here, by [`Grant::approving_from`], so that of two
    /// phones that sign in at once only one is the first. Where that lies ahead, the audit entry's
    /// detail is [`crate::audit::PHONE_WAITS`]. One that need not wait because of what an earlier session
    /// of its device was given goes with whoever gave it, as that would ([`Grants::end`]).
    async fn open_session(
        &self,
        minting: Minting,
        opening: Opening,
        rules: PhoneRules,
    ) -> Result<Opened, StoreError>;

    /// The grant with its device and account, dead or alive, as it was last written.
    async fn holder(&self, id: GrantId) -> Result<Option<Holder>, StoreError>;

    /// Ends grants with their families, as far as they are alive at `ended.at`, each with an audit
    /// entry ([`Entry::ended`]), in one commit; gives what went. Repeating ends nothing.
    ///
    /// Where the cause [distrusts](crate::grant::EndCause::distrusts), the same commit notes at the
    /// devices that hold or held such grants that they were taken back at `ended.at`, also when
    /// nothing of them was alive; with [`Which::Others`] not at the device of the one that stays. And it
    /// takes what those devices made for the account, in any of their grants: the passkeys that they added
    /// and the recovery codes, with the grants that those opened, and the sessions of phones that they let
    /// approve; these grants end with [`crate::grant::EndCause::MakerUndone`], and what their devices made
    /// goes likewise; where `which` means what was approved, what those phones approved as well. Nothing of this touches the grant of `by`, the passkey that opened it and what its
    /// device made, unless `which` means that grant too.
    ///
    /// `by` wishes it, if anybody does: it must be alive and a phone of the active account that may
    /// approve at `ended.at`; otherwise `None`, and nothing is written.
    async fn end(
        &self,
        which: Which,
        ended: Ended,
        by: Option<Actor>,
    ) -> Result<Option<Gone>, StoreError>;

    /// How many live grants [`Grants::end`] would begin with, at `now`.
    async fn count(&self, which: Which, now: Timestamp) -> Result<u64, StoreError>;

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

    /// Notes that a password or passkey was given on the grant's device at `entry.at`, if the grant is
    /// alive then, is a phone's, and `opening` still opens its account; a recovery code never does.
    async fn verified(
        &self,
        id: GrantId,
        opening: Opening,
        entry: Entry,
    ) -> Result<Verified, StoreError>;

    /// Lets a phone of the account approve from `entry.at` on; writes nothing when it may already. `by`
    /// wishes it, and is kept as `allowed_by`: it must be alive and a phone of the active account that may
    /// approve at `entry.at`. A phone that a recovery code opened waits, whoever allows it: it is
    /// [`Allowed::NoSuchPhone`].
    async fn allow(&self, by: Actor, id: GrantId, entry: Entry) -> Result<Allowed, StoreError>;

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

/// Passkeys.
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// The account's passkeys, oldest first.
    async fn of_account(&self, account: AccountId) -> Result<Vec<Passkey>, StoreError>;

    /// The passkey that authenticators know by this id, with its account.
    async fn by_credential(
        &self,
        credential: &[u8],
    ) -> Result<Option<(Passkey, Account)>, StoreError>;

    /// Adds a passkey, if `passkey.made_by` may do so at `entry.at`: alive, of the active account, and
    /// either a phone that may approve or a desktop for which a phone approved just that
    /// ([`crate::login::Act::AddPasskey`]) and that never added one. Takes the challenge with it. A phone
    /// on which neither password nor passkey was ever given is marked as verified then, so that a recovery
    /// is over with it.
    async fn add(&self, passkey: Passkey, spent: Spent, entry: Entry) -> Result<Added, StoreError>;

    /// Gives a passkey of the account another name; `None` when it has none with this id.
    async fn rename(
        &self,
        account: AccountId,
        id: PasskeyId,
        name: String,
        entry: Entry,
    ) -> Result<Option<Passkey>, StoreError>;

    /// Removes a passkey of the account, if `by` may act at `entry.at`; its name is the entry's detail.
    /// Sign-ins that it opened stay, but go with what made it ([`Grants::end`]).
    async fn remove(&self, by: Actor, id: PasskeyId, entry: Entry) -> Result<Removed, StoreError>;

    /// Keeps what the use of a passkey left behind, at `at`; nothing if it is gone.
    async fn used(&self, used: Used, at: Timestamp) -> Result<(), StoreError>;
}

/// Recovery codes.
#[async_trait]
pub trait RecoveryCodes: Send + Sync {
    /// Replaces the account's codes, if `by` may act at `entry.at`; says whether.
    async fn replace(
        &self,
        by: Actor,
        codes: Vec<SecretHash>,
        entry: Entry,
    ) -> Result<bool, StoreError>;

    /// How many codes are left, and when they were made; `None` when there never were any.
    async fn left(&self, account: AccountId) -> Result<Option<(u32, Timestamp)>, StoreError>;
}

/// Invitations.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// Keeps an invitation in place of earlier ones for its account, with its audit entry in the same
    /// commit.
    async fn add(&self, invitation: Invitation, entry: Entry) -> Result<(), StoreError>;

    /// The invitation with its account, good or not.
    async fn find(&self, id: InvitationId) -> Result<Option<(Invitation, Account)>, StoreError>;

    /// Accepts an invitation: uses it up, ends everything that the account has as
    /// [`crate::grant::EndCause::InvitedAnew`] with what that made, gives the account its credential in
    /// place of every password, passkey and recovery code of before, and opens the phone's session, which
    /// may approve at once, in one commit; if the invitation is good and the account not disabled at
    /// `minting.at`. A locked account is active after that, which is told.
    async fn accept(
        &self,
        id: InvitationId,
        first: FirstCredential,
        minting: Minting,
    ) -> Result<Accepted, StoreError>;
}

/// What an accepted invitation gives an account to sign in with.
#[derive(Clone, PartialEq, Eq)]
pub enum FirstCredential {
    /// A password, hashed in PHC form.
    Password(String),
    /// A passkey, and the challenge that it met.
    Passkey(Box<Passkey>, Spent),
}

/// Passkey ceremonies: questions and the judging of answers. Computes, and reads nothing.
pub trait Ceremonies: Send + Sync {
    /// Asks for one of these passkeys; `None` when none can be asked for.
    fn approve(&self, passkeys: &[Passkey]) -> Option<Ceremony>;

    /// Judges `response`, the JSON that a browser gave to a question that left `state` behind; `None`
    /// unless it is right, by one of `passkeys`, with its user verified.
    fn approved(&self, state: &str, response: &str, passkeys: &[Passkey]) -> Option<Used>;
}

/// The outbox. The store fills it: for each entry that is [`crate::audit::notified`], in the same commit,
/// one delivery for each channel that it was opened with. A delivery goes with its entry.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Deliveries that are due at `now` over the channels that it was opened with, at most `limit` for each,
    /// of one channel those first that are due for longest.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError>;

    /// Notes what became of tries, in one commit.
    async fn settle(&self, fates: Vec<(u64, Fate)>) -> Result<(), StoreError>;
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
    /// login's moves only its end; those within `page`.
    async fn of_account(&self, account: AccountId, page: Page) -> Result<Vec<Told>, StoreError>;
}

/// Which part of a log is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries with an id below this one.
    pub before: Option<u64>,
    /// Entries with an id above this one.
    pub after: Option<u64>,
    /// At most so many, the newest.
    pub limit: u32,
}

/// What a server does for its store beside requests.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Logins whose deadline has passed at `now` and was not written down, oldest first, at most
    /// `limit`.
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<LoginId>, StoreError>;

    /// Deletes what is older than `before` says, at most `limit` of each kind, in one commit; says
    /// how many rows, 0 when nothing is left. What is not over is kept, whatever its age: an open
    /// login, a live grant with its families and its device; and a grant that approved, let approve or
    /// opened one that stays, or made a passkey or recovery codes that do. A grant may outlive the login
    /// that made it.
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
    /// Deliveries that were written before, challenges and invitations that expired before; and,
    /// whenever they were written, deliveries over channels that it was not opened with.
    pub notices: Timestamp,
}

/// Wake-ups: hints that a login changed, never the truth about it. Losing one costs a delay.
pub trait Signal: Send + Sync {
    /// Says that `login` changed.
    fn wake(&self, login: LoginId);

    /// Starts listening for changes of `login`, from this moment on.
    fn listen(&self, login: LoginId) -> Box<dyn Listener>;

    /// Says that there is news for the owner of `account`.
    fn tell(&self, account: AccountId);

    /// Starts listening for news of `account`, from this moment on.
    fn listen_to_account(&self, account: AccountId) -> Box<dyn Listener>;
}

/// Listens for changes of one login, or for news of one account. Stops when dropped.
#[async_trait]
pub trait Listener: Send + Sync {
    /// Waits for the next change since the last call; may also return without one.
    async fn changed(&mut self);
}

/// Where addresses are, by the operator's databases.
pub trait Places: Send + Sync {
    /// Where this one is; `None` when nobody knows.
    fn place(&self, address: IpAddr) -> Option<Place>;

    /// Whether it belongs to a hoster, an anonymizer or Tor.
    fn hosting(&self, address: IpAddr) -> bool;
}

/// No database: nobody knows where anything is.
#[derive(Clone, Copy, Debug)]
pub struct NoPlaces;

impl Places for NoPlaces {
    fn place(&self, _: IpAddr) -> Option<Place> {
        None
    }

    fn hosting(&self, _: IpAddr) -> bool {
        false
    }
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
