//! What is kept beside people and their devices: the log, what is told of it, the clients; and its upkeep.

use async_trait::async_trait;

use crate::audit::{Entry, Told};
use crate::client::Client;
use crate::ids::{AccountId, LoginId};
use crate::outbox::{Delivery, Fate};
use crate::time::Timestamp;

use super::StoreError;

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
    /// What was kept of passwords that were replaced before.
    pub passwords: Timestamp,
}
