//! Accounts.

use async_trait::async_trait;

use crate::account::{Account, AccountStatus, Email, LoginName};
use crate::audit::Entry;
use crate::ids::AccountId;

use super::{Gone, StoreError, Which};

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

    /// Changes the password's hash and ends grants, as [`super::Grants::end`] does, in one commit; gives what
    /// went. A grant that acts and stays is marked as verified at `change.entry.at`, so that a recovery is
    /// over with it. An account that is unknown is an error.
    ///
    /// Whoever acts is remembered with the hash of before for [`crate::limits::UNDO_TOKEN`]: when an owner
    /// takes back the device within that time, as in [`super::Grants::end`], and nobody else set a
    /// password since, the account has that one again, or none, with an audit entry
    /// ([`crate::audit::RESTORED`]). An admin's password is nobody's to take back, and voids the account's
    /// invitation.
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
    /// ends in the same commit, as far as it is alive at `entry.at`, and its invitation is void. Repeating changes nothing. An
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
