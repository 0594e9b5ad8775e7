//! The ports: what the rules need from the world, promised in words.
//!
//! One port for each thing that changes together. A store passes the conformance suite of
//! `countersign-store`, which tests these words. "Not found" is `None`; an error never means
//! "allow".

mod accounts;
mod credentials;
mod devices;
mod grants;
mod outcome;
mod records;
mod watch;
mod world;

use std::sync::Arc;

use async_trait::async_trait;

use crate::account::{Account, Device};
use crate::audit::Entry;
use crate::grant::Grant;
use crate::ids::LoginId;
use crate::login::Login;
use crate::refresh::Family;
use crate::time::Timestamp;

pub use accounts::{Accounts, PasswordChange};
pub use credentials::{Ceremonies, FirstCredential, Invitations, Passkeys, RecoveryCodes};
pub use devices::{Devices, Known, Listed};
pub use grants::{Actor, Grants, Opening, Which};
pub use outcome::{
    Accepted, Added, Allowed, Collected, Gone, Opened, Over, Removed, Replaced, Verified,
};
pub use records::{Audit, Clients, Outbox, Page, SweepBefore, Upkeep};
pub use watch::{Asked, Filter, Network, Watch};
pub use world::{Clock, Entropy, Listener, NoPlaces, Places, Signal};

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
