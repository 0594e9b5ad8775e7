//! Grants and their refresh families.

use async_trait::async_trait;
use countersign_core::audit::{Entry, PHONE_WAITS};
use countersign_core::grant::{Additional, Earlier, Ended, Grant, How, Role};
use countersign_core::ids::{AccountId, FamilyId, GrantId};
use countersign_core::limits::PHONE_MEMORY;
use countersign_core::ports::{
    Allowed, Grants, Holder, Minting, Opened, Replaced, StoreError, Verified, Which,
};
use countersign_core::refresh::Family;
use countersign_core::secret::SecretHash;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::logins::may_approve;
use super::problem::Problem;
use super::rows::account::{self, ACCOUNT, DEVICE};
use super::rows::grant::{self, FAMILY, GRANT};
use super::rows::{audit, millis};
use super::writer::Outcome;
use super::{SqliteStore, all, ending, known, minting, one};

/// Earlier phone grants of a device that are looked at for a new one, newest first. Each was made
/// by the same rule from those before it, so who signs in more often loses and gains nothing.
const EARLIER: u32 = 256;

#[async_trait]
impl Grants for SqliteStore {
    async fn open_session(
        &self,
        mut minting: Minting,
        hash: &str,
        additional: Additional,
    ) -> Result<Opened, StoreError> {
        let hash = hash.to_owned();
        self.write(move |db| {
            if minting.grant.how != How::Password {
                return Err(Problem::Unfit("a session that no password opened"));
            }
            if !has_password(db, minting.grant.account, &hash)? {
                return Ok(Outcome::Undo(Opened::WrongPassword));
            }
            if minting.grant.role == Role::Phone {
                // Before the grants that this one replaces end.
                let earlier = earlier_phones(db, &minting.grant)?;
                let from = minting.grant.approving_from(&earlier, additional);
                minting.grant.approves_from = Some(from);
                if from > minting.at {
                    minting.entry.detail = Some(PHONE_WAITS.into());
                }
            }
            Ok(match minting::mint(db, minting)? {
                Some(holder) => Outcome::Keep(Opened::Done(Box::new(holder))),
                None => Outcome::Undo(Opened::NotActive),
            })
        })
        .await
    }

    async fn holder(&self, id: GrantId) -> Result<Option<Holder>, StoreError> {
        self.read(move |db| holder(db, id)).await
    }

    async fn end(&self, which: Which, ended: Ended) -> Result<Vec<GrantId>, StoreError> {
        self.write(move |db| {
            let over = ending::end(db, which, ended)?;
            Ok(if over.is_empty() && !ended.cause.distrusts() {
                Outcome::Undo(over)
            } else {
                Outcome::Keep(over)
            })
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
            see_device(db, next.id, entry.at)?;
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
            ending::end_families(db, family.grant)?;
            minting::insert_family(db, &family)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(true))
        })
        .await
    }

    async fn verified(
        &self,
        id: GrantId,
        hash: &str,
        entry: Entry,
    ) -> Result<Verified, StoreError> {
        let hash = hash.to_owned();
        self.write(move |db| {
            let grant = one_grant(db, id)?.filter(|grant| grant.alive(entry.at));
            let Some(grant) = grant.filter(|grant| grant.how == How::Password) else {
                return Ok(Outcome::Undo(Verified::NotAllowed));
            };
            if !has_password(db, grant.account, &hash)? {
                return Ok(Outcome::Undo(Verified::WrongPassword));
            }
            // A clock that was set back takes nothing away.
            let sql = "UPDATE grants SET verified_at = max(verified_at, ?) WHERE id = ?";
            db.prepare_cached(sql)?
                .execute((millis(entry.at), id.bytes()))?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Verified::Done))
        })
        .await
    }

    async fn allow(
        &self,
        account: AccountId,
        by: GrantId,
        id: GrantId,
        entry: Entry,
    ) -> Result<Allowed, StoreError> {
        self.write(move |db| {
            if !may_act(db, by, account, entry.at)? {
                return Ok(Outcome::Undo(Allowed::Refused));
            }
            let found = one_grant(db, id)?.filter(|grant| {
                let phone = grant.role == Role::Phone;
                phone && grant.account == account && grant.alive(entry.at)
            });
            let Some(from) = found.and_then(|grant| grant.approves_from) else {
                return Ok(Outcome::Undo(Allowed::NoSuchPhone));
            };
            if from <= entry.at {
                return Ok(Outcome::Undo(Allowed::Done));
            }
            let sql = "UPDATE grants SET approves_from = ? WHERE id = ?";
            db.prepare_cached(sql)?
                .execute((millis(entry.at), id.bytes()))?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Allowed::Done))
        })
        .await
    }

    async fn seen(&self, id: FamilyId, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |db| {
            let sql =
                "UPDATE families SET used_at = max(used_at, :at) WHERE id = :id AND ended = 0";
            let params = named_params! { ":id": id.bytes(), ":at": millis(at) };
            if db.prepare_cached(sql)?.execute(params)? == 0 {
                return Ok(Outcome::Undo(()));
            }
            see_device(db, id, at)?;
            Ok(Outcome::Keep(()))
        })
        .await
    }
}

/// Whether a grant is a phone of an active account that may approve at `at`: what its holder does is
/// decided when they ask, and may be written later.
pub(super) fn may_act(
    db: &Connection,
    grant: GrantId,
    account: AccountId,
    at: Timestamp,
) -> Result<bool, Problem> {
    Ok(minting::active_account(db, account)?.is_some() && may_approve(db, grant, account, at)?)
}

/// Whether this is still the hash of the account's password.
fn has_password(db: &Connection, account: AccountId, hash: &str) -> Result<bool, Problem> {
    let sql = "SELECT 1 FROM accounts WHERE id = ? AND password_hash = ?";
    Ok(db.prepare_cached(sql)?.exists((account.bytes(), hash))?)
}

/// Of the account's phone grants that were alive at some moment of the last [`PHONE_MEMORY`] those
/// that matter to `new`: its device's own, and any one that makes it a further phone.
fn earlier_phones(db: &Connection, new: &Grant) -> Result<Earlier, Problem> {
    let condition = "grants.account_id = :account AND coalesce(ended_at, expires_at) > :since \
                     AND role = :role";
    let since = millis(new.created_at.minus(PHONE_MEMORY));
    let sql = format!(
        "SELECT {GRANT} FROM grants WHERE {condition} AND key = :key \
         ORDER BY created_at DESC, ended_at IS NULL DESC LIMIT {EARLIER}"
    );
    let params = named_params! {
        ":account": new.account.bytes(),
        ":since": since,
        ":role": Role::Phone.name(),
        ":key": new.key.bytes(),
    };
    let mut phones = all(db, &sql, params, grant::grant)?;
    let sql = format!(
        "SELECT {GRANT} FROM grants WHERE {condition} \
         AND approves_from <= min(coalesce(ended_at, expires_at), :now) LIMIT 1"
    );
    let params = named_params! {
        ":account": new.account.bytes(),
        ":since": since,
        ":role": Role::Phone.name(),
        ":now": millis(new.created_at),
    };
    phones.extend(one(db, &sql, params, grant::grant)?);
    Ok(Earlier {
        phones,
        distrusted_at: known::distrusted(db, new.account, &new.key)?,
    })
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

fn one_grant(db: &Connection, id: GrantId) -> Result<Option<Grant>, Problem> {
    let sql = format!("SELECT {GRANT} FROM grants WHERE id = ?");
    one(db, &sql, [id.bytes()], grant::grant)
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

/// Marks the device of a family as seen.
fn see_device(db: &Connection, family: FamilyId, at: Timestamp) -> Result<(), Problem> {
    let sql = "UPDATE devices SET last_seen = max(last_seen, :at) \
               WHERE id = (SELECT device_id FROM grants WHERE id = \
               (SELECT grant_id FROM families WHERE id = :family))";
    db.prepare_cached(sql)?.execute(named_params! {
        ":family": family.bytes(),
        ":at": millis(at),
    })?;
    Ok(())
}

/// Whether a scanned grant, its account and the session that approved it are all alive at `at`.
fn may_collect_again(db: &Connection, id: GrantId, at: Timestamp) -> Result<bool, Problem> {
    let Some(grant) = one_grant(db, id)?.filter(|grant| grant.alive(at)) else {
        return Ok(false);
    };
    let How::Scan { approved_by, .. } = grant.how else {
        return Ok(false);
    };
    may_act(db, approved_by, grant.account, at)
}
