//! Passkeys.

use async_trait::async_trait;
use countersign_core::account::Account;
use countersign_core::audit::Entry;
use countersign_core::grant::{How, Role};
use countersign_core::ids::{AccountId, PasskeyId};
use countersign_core::limits::PASSKEYS;
use countersign_core::login::Act;
use countersign_core::passkey::{Passkey, Spent, Used};
use countersign_core::ports::{Actor, Added, Passkeys, Removed, StoreError};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::grants::{may_act, note_verified, one_grant};
use super::problem::Problem;
use super::rows::account::{self, ACCOUNT};
use super::rows::passkey::{self, PASSKEY};
use super::rows::{audit, millis};
use super::sessions::{note_use, spend};
use super::writer::Outcome;
use super::{SqliteStore, all, ending, minting, one};

#[async_trait]
impl Passkeys for SqliteStore {
    async fn of_account(&self, account: AccountId) -> Result<Vec<Passkey>, StoreError> {
        self.read(move |db| {
            let sql = format!(
                "SELECT {PASSKEY} FROM passkeys WHERE account_id = ? ORDER BY created_at, id"
            );
            all(db, &sql, [account.bytes()], passkey::passkey)
        })
        .await
    }

    async fn by_credential(
        &self,
        credential: &[u8],
    ) -> Result<Option<(Passkey, Account)>, StoreError> {
        let credential = credential.to_vec();
        self.read(move |db| {
            let sql = format!(
                "SELECT {PASSKEY}, {ACCOUNT} FROM passkeys \
                 JOIN accounts ON accounts.id = passkeys.account_id WHERE credential = ?"
            );
            one(db, &sql, [credential], |columns| {
                Ok((passkey::passkey(columns)?, account::account(columns)?))
            })
        })
        .await
    }

    async fn add(&self, passkey: Passkey, spent: Spent, entry: Entry) -> Result<Added, StoreError> {
        self.write(move |db| {
            if !take_leave(db, &passkey, entry.at)? {
                return Ok(Outcome::Undo(Added::NotAllowed));
            }
            if !spend(db, &spent)? {
                return Ok(Outcome::Undo(Added::Spent));
            }
            if is_taken(db, &passkey.credential)? {
                return Ok(Outcome::Undo(Added::Taken));
            }
            if count(db, passkey.account)? >= PASSKEYS {
                return Ok(Outcome::Undo(Added::Full));
            }
            passkey::insert(db, &passkey)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Added::Done))
        })
        .await
    }

    async fn rename(
        &self,
        account: AccountId,
        id: PasskeyId,
        name: String,
        entry: Entry,
    ) -> Result<Option<Passkey>, StoreError> {
        self.write(move |db| {
            let sql = format!(
                "UPDATE passkeys SET name = :name WHERE id = :id AND account_id = :account \
                 RETURNING {PASSKEY}"
            );
            let params = named_params! {
                ":name": name,
                ":id": id.bytes(),
                ":account": account.bytes(),
            };
            let Some(passkey) = one(db, &sql, params, passkey::passkey)? else {
                return Ok(Outcome::Undo(None));
            };
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Some(passkey)))
        })
        .await
    }

    async fn remove(
        &self,
        by: Actor,
        id: PasskeyId,
        mut entry: Entry,
    ) -> Result<Removed, StoreError> {
        self.write(move |db| {
            if !may_act(db, by.grant, by.account, entry.at)? {
                return Ok(Outcome::Undo(Removed::NotAllowed));
            }
            let sql = "DELETE FROM passkeys WHERE id = ? AND account_id = ? RETURNING id, name";
            let params = (id.bytes(), by.account.bytes());
            let name = one(db, sql, params, |columns| {
                columns.id("passkeys")?;
                columns.take::<String>()
            })?;
            let Some(name) = name else {
                return Ok(Outcome::Undo(Removed::NotFound));
            };
            entry.detail = Some(name.into());
            audit::insert(db, &entry)?;
            ending::end_opened_by(db, (by.account, id), entry.at, by.grant)?;
            let account = minting::active_account(db, by.account)?;
            let password = account.is_some_and(|account| account.password_hash.is_some());
            if !password && count(db, by.account)? == 0 {
                return Ok(Outcome::Undo(Removed::Last));
            }
            Ok(Outcome::Keep(Removed::Done))
        })
        .await
    }

    async fn used(&self, used: Used, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |db| {
            Ok(match note_use(db, None, &used, at)? {
                Some(_) => Outcome::Keep(()),
                None => Outcome::Undo(()),
            })
        })
        .await
    }
}

/// Whether whoever makes a passkey may do so. A desktop has that leave once; a phone is marked as
/// verified, if it never was: that ends a recovery.
fn take_leave(db: &Connection, passkey: &Passkey, at: Timestamp) -> Result<bool, Problem> {
    let Some(grant) = one_grant(db, passkey.made_by)? else {
        return Ok(false);
    };
    if grant.role == Role::Phone {
        let may = may_act(db, grant.id, passkey.account, at)?;
        if may && grant.verified_at.is_none() {
            note_verified(db, grant.id, at)?;
        }
        return Ok(may);
    }
    let approved = matches!(
        grant.how,
        How::Scan {
            act: Some(Act::AddPasskey),
            ..
        }
    );
    let active = minting::active_account(db, passkey.account)?.is_some();
    if !approved || !active || grant.account != passkey.account || !grant.alive(at) {
        return Ok(false);
    }
    let sql = "UPDATE grants SET acted_at = ? WHERE id = ? AND acted_at IS NULL";
    let params = (millis(at), grant.id.bytes());
    Ok(db.prepare_cached(sql)?.execute(params)? == 1)
}

/// Whether an account has this very passkey.
pub(super) fn is_taken(db: &Connection, credential: &[u8]) -> Result<bool, Problem> {
    let sql = "SELECT 1 FROM passkeys WHERE credential = ?";
    Ok(db.prepare_cached(sql)?.exists([credential])?)
}

/// How many passkeys an account has.
fn count(db: &Connection, account: AccountId) -> Result<u32, Problem> {
    let sql = "SELECT count(*) FROM passkeys WHERE account_id = ?";
    let mut statement = db.prepare_cached(sql)?;
    Ok(statement.query_row([account.bytes()], |row| row.get(0))?)
}
