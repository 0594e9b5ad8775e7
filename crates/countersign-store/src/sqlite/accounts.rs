//! Accounts with their devices, grants and refresh families.

use async_trait::async_trait;
use countersign_core::account::{Account, Device, LoginName};
use countersign_core::audit::Entry;
use countersign_core::grant::{Ended, Grant, How};
use countersign_core::ids::{AccountId, FamilyId, GrantId};
use countersign_core::limits::DEVICES_LISTED;
use countersign_core::ports::{Accounts, Holder, Known, Minting, Replaced, StoreError};
use countersign_core::refresh::Family;
use countersign_core::secret::SecretHash;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::logins::phone_session_alive;
use super::problem::Problem;
use super::rows::account::{self, ACCOUNT, DEVICE};
use super::rows::grant::{self, FAMILY, GRANT};
use super::rows::{Columns, audit, millis};
use super::writer::Outcome;
use super::{SqliteStore, all, known, minting, one};

#[async_trait]
impl Accounts for SqliteStore {
    async fn add(&self, account: Account, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |db| {
            if !insert_account(db, &account)? {
                return Ok(Outcome::Undo(false));
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(true))
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

    async fn open_session(&self, minting: Minting) -> Result<Option<Holder>, StoreError> {
        self.write(move |db| {
            if minting.grant.how != How::Password {
                return Err(Problem::Unfit("a session that no password opened"));
            }
            Ok(match minting::mint(db, minting)? {
                Some(holder) => Outcome::Keep(Some(holder)),
                None => Outcome::Undo(None),
            })
        })
        .await
    }

    async fn holder(&self, id: GrantId) -> Result<Option<Holder>, StoreError> {
        self.read(move |db| holder(db, id)).await
    }

    async fn end_grant(&self, id: GrantId, ended: Ended, entry: Entry) -> Result<(), StoreError> {
        self.write(move |db| {
            if !minting::end(db, id, ended)? {
                return Ok(Outcome::Undo(()));
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(()))
        })
        .await
    }

    async fn family(&self, id: FamilyId) -> Result<Option<Family>, StoreError> {
        self.read(move |db| {
            let sql = format!("SELECT {FAMILY} FROM families WHERE id = ?");
            one(db, &sql, [id.bytes()], grant::family)
        })
        .await
    }

    async fn replace_family(
        &self,
        expected: u32,
        next: Family,
        entry: Entry,
    ) -> Result<Replaced, StoreError> {
        self.write(move |db| {
            if !replace_family(db, expected, &next)? {
                return Ok(Outcome::Undo(Replaced::Conflict));
            }
            see_device(db, next.grant, entry.at)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Replaced::Done))
        })
        .await
    }

    async fn collect_again(&self, family: Family, entry: Entry) -> Result<bool, StoreError> {
        self.write(move |db| {
            if !may_collect_again(db, family.grant, entry.at)? {
                return Ok(Outcome::Undo(false));
            }
            minting::end_families(db, family.grant)?;
            minting::insert_family(db, &family)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(true))
        })
        .await
    }

    async fn devices(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<(Device, Vec<Grant>)>, StoreError> {
        self.read(move |db| devices(db, account, now)).await
    }

    async fn known_since(&self, known: Known) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |db| known::since(db, &known)).await
    }
}

/// Writes an account; says whether its login name was free.
fn insert_account(db: &Connection, account: &Account) -> Result<bool, Problem> {
    let sql = "INSERT INTO accounts (id, login_name, display_name, password_hash, status, \
               created_at) VALUES (:id, :login_name, :display_name, :password_hash, :status, \
               :created_at) ON CONFLICT (login_name) DO NOTHING";
    let written = db.prepare_cached(sql)?.execute(named_params! {
        ":id": account.id.bytes(),
        ":login_name": account.login_name.as_str(),
        ":display_name": account.display_name,
        ":password_hash": account.password_hash,
        ":status": account.status.name(),
        ":created_at": millis(account.created_at),
    })?;
    Ok(written == 1)
}

fn holder(db: &Connection, id: GrantId) -> Result<Option<Holder>, Problem> {
    let sql = format!(
        "SELECT {GRANT}, {DEVICE}, {ACCOUNT} FROM grants \
         JOIN devices ON devices.id = grants.device_id \
         JOIN accounts ON accounts.id = grants.account_id WHERE grants.id = ?"
    );
    one(db, &sql, [id.bytes()], |columns| {
        Ok(Holder {
            grant: grant::grant(columns)?,
            device: account::device(columns)?,
            account: account::account(columns)?,
        })
    })
}

fn replace_family(db: &Connection, expected: u32, next: &Family) -> Result<bool, Problem> {
    if next.version <= expected {
        return Err(Problem::Unfit("a family whose version does not rise"));
    }
    let sql = "UPDATE families SET version = :version, current = :current, \
               previous = :previous, repeats = :repeats, used_at = :used_at, ended = :ended \
               WHERE id = :id AND version = :expected AND ended = 0";
    let written = db.prepare_cached(sql)?.execute(named_params! {
        ":id": next.id.bytes(),
        ":expected": expected,
        ":version": next.version,
        ":current": next.current.bytes(),
        ":previous": next.previous.as_ref().map(SecretHash::bytes),
        ":repeats": next.repeats,
        ":used_at": millis(next.used_at),
        ":ended": next.ended,
    })?;
    Ok(written == 1)
}

/// Marks the device of a grant as seen.
fn see_device(db: &Connection, grant: GrantId, at: Timestamp) -> Result<(), Problem> {
    let sql = "UPDATE devices SET last_seen = max(last_seen, :at) \
               WHERE id = (SELECT device_id FROM grants WHERE id = :grant)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":grant": grant.bytes(),
        ":at": millis(at),
    })?;
    Ok(())
}

/// Whether a scanned grant, its account and the session that approved it are all alive at `at`.
fn may_collect_again(db: &Connection, id: GrantId, at: Timestamp) -> Result<bool, Problem> {
    let sql = format!("SELECT {GRANT} FROM grants WHERE id = ?");
    let found = one(db, &sql, [id.bytes()], grant::grant)?;
    let Some(grant) = found.filter(|grant| grant.alive(at)) else {
        return Ok(false);
    };
    let How::Scan { approved_by, .. } = grant.how else {
        return Ok(false);
    };
    Ok(minting::active_account(db, grant.account)?.is_some()
        && phone_session_alive(db, approved_by, grant.account, at)?)
}

fn devices(
    db: &Connection,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<(Device, Vec<Grant>)>, Problem> {
    // One statement, so that devices and grants are of one moment.
    let sql = format!(
        "SELECT {DEVICE}, {GRANT} FROM (SELECT * FROM devices WHERE account_id = :account \
         ORDER BY last_seen DESC, id LIMIT :limit) AS devices \
         LEFT JOIN grants ON grants.device_id = devices.id AND grants.ended_at IS NULL \
         AND grants.expires_at > :now \
         ORDER BY devices.last_seen DESC, devices.id, grants.created_at, grants.id"
    );
    let params = named_params! {
        ":account": account.bytes(),
        ":limit": DEVICES_LISTED,
        ":now": millis(now),
    };
    let rows = all(db, &sql, params, |columns: &mut Columns<'_>| {
        let device = account::device(columns)?;
        let grant = if columns.is_null()? {
            None
        } else {
            Some(grant::grant(columns)?)
        };
        Ok((device, grant))
    })?;
    let mut listed: Vec<(Device, Vec<Grant>)> = Vec::new();
    for (device, grant) in rows {
        match listed.last_mut() {
            Some((last, grants)) if last.id == device.id => grants.extend(grant),
            _ => listed.push((device, grant.into_iter().collect())),
        }
    }
    Ok(listed)
}
