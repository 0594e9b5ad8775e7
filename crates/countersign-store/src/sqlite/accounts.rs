//! Accounts: who may sign in.

use async_trait::async_trait;
use countersign_core::account::{Account, AccountStatus, Email, LoginName};
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended};
use countersign_core::ids::AccountId;
use countersign_core::ports::{Accounts, Gone, PasswordChange, StoreError, Which};
use rusqlite::{Connection, named_params};

use super::grants::{may_act, note_verified};
use super::problem::Problem;
use super::rows::account::{self, ACCOUNT};
use super::rows::{audit, millis};
use super::writer::Outcome;
use super::{SqliteStore, all, ending, former, invitations, one};

#[async_trait]
impl Accounts for SqliteStore {
    async fn add(&self, account: Account, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |db| {
            let added = insert(db, &account)?;
            let entry = if added {
                entry
            } else {
                // Of no account: the one that has the name has nothing to do with it.
                Entry::new(entry.at, Kind::NameTaken)
            };
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(added))
        })
        .await
    }

    async fn by_name(&self, name: &LoginName) -> Result<Option<Account>, StoreError> {
        let name = name.clone();
        self.read(move |db| {
            let sql = format!("SELECT {ACCOUNT} FROM accounts WHERE login_name = ?");
            one(db, &sql, [name.as_str()], account::account)
        })
        .await
    }

    async fn list(
        &self,
        after: Option<&LoginName>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        // No name is empty, so all come after that.
        let after = after.map_or(String::new(), |name| name.as_str().to_owned());
        self.read(move |db| {
            let sql = format!(
                "SELECT {ACCOUNT} FROM accounts WHERE login_name > ? ORDER BY login_name LIMIT ?"
            );
            all(db, &sql, (after, limit), account::account)
        })
        .await
    }

    async fn set_password(&self, change: PasswordChange) -> Result<Option<Gone>, StoreError> {
        self.write(move |db| {
            if !may_change(db, change.account, &change.entry)? {
                return Ok(Outcome::Undo(None));
            }
            let (at, by) = (change.entry.at, change.entry.grant);
            if !former::set(db, change.account, Some(&change.hash), (by, at))? {
                return Err(Problem::Unfit("a password of no account"));
            }
            if by.is_none() {
                invitations::void(db, change.account, at)?;
            }
            audit::insert(db, &change.entry)?;
            let cause = EndCause::PasswordChanged;
            let gone = match change.ends {
                Some(which) => ending::end(db, &which, Ended { at, cause }, by)?,
                None => Gone::default(),
            };
            if let Some(by) = by.filter(|by| !gone.grants.contains(by)) {
                note_verified(db, by, at)?;
            }
            Ok(Outcome::Keep(Some(gone)))
        })
        .await
    }

    async fn set_email(
        &self,
        account: AccountId,
        email: Option<Email>,
        entry: Entry,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            let sql = "UPDATE accounts SET email = ? WHERE id = ?";
            let params = (email.as_ref().map(Email::as_str), account.bytes());
            if db.prepare_cached(sql)?.execute(params)? == 0 {
                return Err(Problem::Unfit("an address of no account"));
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(()))
        })
        .await
    }

    async fn set_status(
        &self,
        account: AccountId,
        status: AccountStatus,
        entry: Entry,
    ) -> Result<bool, StoreError> {
        self.write(move |db| {
            if !may_change(db, account, &entry)? {
                return Ok(Outcome::Undo(false));
            }
            if !set_status(db, account, status)? {
                return Ok(Outcome::Undo(true));
            }
            audit::insert(db, &entry)?;
            if status != AccountStatus::Active {
                let at = entry.at;
                invitations::void(db, account, at)?;
                let cause = EndCause::AccountLocked;
                ending::end(db, &Which::All(account), Ended { at, cause }, entry.grant)?;
            }
            Ok(Outcome::Keep(true))
        })
        .await
    }
}

/// Whether whoever acts may change the account: an admin, or a phone by its grant.
fn may_change(db: &Connection, account: AccountId, entry: &Entry) -> Result<bool, Problem> {
    match entry.grant {
        Some(grant) => may_act(db, grant, account, entry.at),
        None => Ok(true),
    }
}

/// Writes an account; says whether its login name was free.
fn insert(db: &Connection, account: &Account) -> Result<bool, Problem> {
    let sql = "INSERT INTO accounts (id, login_name, display_name, password_hash, email, status, \
               created_at) VALUES (:id, :login_name, :display_name, :password_hash, :email, :status, \
               :created_at) ON CONFLICT (login_name) DO NOTHING";
    let written = db.prepare_cached(sql)?.execute(named_params! {
        ":id": account.id.bytes(),
        ":login_name": account.login_name.as_str(),
        ":display_name": account.display_name,
        ":password_hash": account.password_hash,
        ":email": account.email.as_ref().map(Email::as_str),
        ":status": account.status.name(),
        ":created_at": millis(account.created_at),
    })?;
    Ok(written == 1)
}

/// Writes a status; says whether it was another one before.
pub(super) fn set_status(
    db: &Connection,
    id: AccountId,
    status: AccountStatus,
) -> Result<bool, Problem> {
    let sql = "UPDATE accounts SET status = :status WHERE id = :id AND status <> :status";
    let params = named_params! { ":id": id.bytes(), ":status": status.name() };
    if db.prepare_cached(sql)?.execute(params)? == 1 {
        return Ok(true);
    }
    let there = "SELECT 1 FROM accounts WHERE id = ?";
    if db.prepare_cached(there)?.exists([id.bytes()])? {
        return Ok(false);
    }
    Err(Problem::Unfit("a status of no account"))
}
