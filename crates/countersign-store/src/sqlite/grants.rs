//! Grants and their refresh families.

use async_trait::async_trait;
use countersign_core::audit::Entry;
use countersign_core::grant::{Ended, Grant, How, PhoneRules, Role};
use countersign_core::ids::{AccountId, FamilyId, GrantId};
use countersign_core::ports::{
    Actor, Allowed, Gone, Grants, Holder, Minting, Opened, Opening, Over, Replaced, StoreError,
    Verified, Which,
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
use super::sessions::Door;
use super::writer::Outcome;
use super::{SqliteStore, ending, minting, one, sessions, which};

#[async_trait]
impl Grants for SqliteStore {
    async fn open_session(
        &self,
        minting: Minting,
        opening: Opening,
        rules: PhoneRules,
    ) -> Result<Opened, StoreError> {
        self.write(move |db| sessions::open(db, minting, &opening, rules))
            .await
    }

    async fn holder(&self, id: GrantId) -> Result<Option<Holder>, StoreError> {
        self.read(move |db| holder(db, id)).await
    }

    async fn end(&self, which: Which, ended: Ended, by: Option<Actor>) -> Result<Over, StoreError> {
        self.write(move |db| {
            if let Some(by) = by
                && !may_act(db, by.grant, by.account, ended.at)?
            {
                return Ok(Outcome::Undo(Over::NotAllowed));
            }
            let gone = match by {
                Some(by) if !by.verified => ending::end_unverified(db, &which, ended, by.grant)?,
                _ => Some(ending::end(db, &which, ended, by.map(|by| by.grant))?),
            };
            let Some(gone) = gone else {
                return Ok(Outcome::Undo(Over::VerificationRequired));
            };
            Ok(if gone == Gone::default() && !ended.cause.distrusts() {
                Outcome::Undo(Over::Done(gone))
            } else {
                Outcome::Keep(Over::Done(gone))
            })
        })
        .await
    }

    async fn count(&self, which: Which, now: Timestamp) -> Result<u64, StoreError> {
        self.read(move |db| which::count(db, &which, now)).await
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
        opening: Opening,
        entry: Entry,
    ) -> Result<Verified, StoreError> {
        self.write(move |db| {
            let grant = one_grant(db, id)?.filter(|grant| grant.alive(entry.at));
            let Some(grant) = grant.filter(|grant| grant.role == Role::Phone) else {
                return Ok(Outcome::Undo(Verified::NotAllowed));
            };
            let right = match &opening {
                Opening::Recovery(_) => false,
                _ => match sessions::try_door(db, grant.account, &opening, entry.at)? {
                    Door::Open(_) => true,
                    Door::Shut => false,
                },
            };
            if !right {
                return Ok(Outcome::Undo(Verified::Wrong));
            }
            note_verified(db, id, entry.at)?;
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Verified::Done))
        })
        .await
    }

    async fn allow(&self, by: Actor, id: GrantId, entry: Entry) -> Result<Allowed, StoreError> {
        self.write(move |db| {
            if !may_act(db, by.grant, by.account, entry.at)? {
                return Ok(Outcome::Undo(Allowed::Refused));
            }
            let found = one_grant(db, id)?.filter(|grant| {
                let phone = grant.role == Role::Phone;
                phone && grant.account == by.account && grant.alive(entry.at)
            });
            let Some((grant, from)) =
                found.and_then(|grant| Some((grant.how, grant.approves_from?)))
            else {
                return Ok(Outcome::Undo(Allowed::NoSuchPhone));
            };
            if from <= entry.at {
                return Ok(Outcome::Undo(Allowed::Done));
            }
            if grant == How::Recovery {
                return Ok(Outcome::Undo(Allowed::NoSuchPhone));
            }
            let sql = "UPDATE grants SET approves_from = :at, allowed_by = :by, rests_on = :by \
                       WHERE id = :id";
            db.prepare_cached(sql)?.execute(named_params! {
                ":at": millis(entry.at),
                ":by": by.grant.bytes(),
                ":id": id.bytes(),
            })?;
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

/// Notes that a password or passkey was given. A clock that was set back takes nothing away.
pub(super) fn note_verified(db: &Connection, id: GrantId, at: Timestamp) -> Result<(), Problem> {
    let sql = "UPDATE grants SET verified_at = max(coalesce(verified_at, 0), ?) WHERE id = ?";
    db.prepare_cached(sql)?.execute((millis(at), id.bytes()))?;
    Ok(())
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

pub(super) fn one_grant(db: &Connection, id: GrantId) -> Result<Option<Grant>, Problem> {
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
