//! What a person does with their account: make one, change its password, lock it, look back.

use crate::account::{Account, AccountStatus, LoginName};
use crate::audit::{Entry, Kind, Told};
use crate::ids::AccountId;
use crate::limits::ACTIVITY_PAGE;
use crate::named::named;
use crate::ports::{Gone, Holder, Page, PasswordChange, Which};

use super::{Failure, Service};

named! {
    /// Whether people may make accounts by themselves.
    pub enum Registration {
        /// An admin makes them.
        Closed = "closed",
        /// Anybody may.
        Open = "open",
    }
}

/// An account that somebody asks for.
#[derive(Clone)]
pub struct NewAccount {
    /// The name to sign in with.
    pub login_name: LoginName,
    /// The name to show.
    pub display_name: String,
    /// The password's hash in PHC form.
    pub password_hash: String,
}

impl Service {
    /// Whether people may make accounts by themselves.
    ///
    /// # Errors
    /// [`Failure::RegistrationClosed`].
    pub fn may_register(&self) -> Result<(), Failure> {
        match self.registration {
            Registration::Open => Ok(()),
            Registration::Closed => Err(Failure::RegistrationClosed),
        }
    }

    /// Makes an account, if its name is free. The answer doesn't say whether it was: that shows at
    /// the sign-in that follows, which is limited and costs whoever tries a name each time.
    ///
    /// # Errors
    /// [`Failure::RegistrationClosed`].
    pub async fn register(&self, new: NewAccount) -> Result<(), Failure> {
        self.may_register()?;
        let now = self.now();
        let account = Account {
            id: AccountId::from_bytes(self.random()),
            login_name: new.login_name,
            display_name: new.display_name,
            password_hash: Some(new.password_hash),
            email: None,
            status: AccountStatus::Active,
            created_at: now,
        };
        let entry = Entry {
            account: Some(account.id),
            ..Entry::new(now, Kind::AccountAdded)
        };
        self.accounts.add(account, entry).await?;
        Ok(())
    }

    /// Gives the holder's account another password, or its first; gives what went.
    ///
    /// # Errors
    /// Those of a sensitive act, which ends a recovery; [`Failure::InvalidGrant`] when the holder has lost the right to it
    /// since they were asked who they are: a hash takes its time.
    pub async fn change_password(
        &self,
        holder: &Holder,
        hash: String,
        sign_out_others: bool,
    ) -> Result<Gone, Failure> {
        self.may_give_credential(holder)?;
        let (account, own) = (holder.account.id, holder.grant.id);
        let change = PasswordChange {
            account,
            hash,
            ends: sign_out_others.then_some(Which::Others(account, own, None)),
            entry: self.entry(holder, Kind::PasswordChanged),
        };
        let gone = self.accounts.set_password(change).await?;
        self.signal.tell(account);
        gone.ok_or(Failure::InvalidGrant)
    }

    /// Locks the holder's account: everything of it is signed out, this device too. Only an admin
    /// unlocks it.
    ///
    /// # Errors
    /// Those of [`Service::change_password`].
    pub async fn lock(&self, holder: &Holder) -> Result<(), Failure> {
        self.sensitive(holder)?;
        let status = AccountStatus::Locked;
        let entry = Entry {
            detail: Some(status.name().into()),
            ..self.entry(holder, Kind::StatusChanged)
        };
        let account = holder.account.id;
        let set = self.accounts.set_status(account, status, entry).await?;
        set.then_some(()).ok_or(Failure::InvalidGrant)
    }

    /// What happened to the holder's account, newest first: what `page` asks for, and never more than
    /// [`ACTIVITY_PAGE`] entries.
    ///
    /// # Errors
    /// The store's.
    pub async fn activity(&self, holder: &Holder, page: Page) -> Result<Vec<Told>, Failure> {
        let limit = page.limit.min(ACTIVITY_PAGE);
        let page = Page { limit, ..page };
        Ok(self.audit.of_account(holder.account.id, page).await?)
    }
}
