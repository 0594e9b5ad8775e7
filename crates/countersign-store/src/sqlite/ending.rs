//! How grants end: each with its families, all of one request together.

use countersign_core::audit::Entry;
use countersign_core::grant::{EndCause, Ended};
use countersign_core::ids::{AccountId, DeviceId, GrantId};
use countersign_core::ports::Which;
use rusqlite::{Connection, ToSql, named_params};

use super::problem::Problem;
use super::rows::{audit, millis};

/// Grants that are looked up at a time: few devices have more, and who has is no matter of memory.
const BATCH: u32 = 256;

/// What is asked of the database for a [`Which`]: a condition and its parameters.
type Condition<'a> = (&'static str, &'a [(&'static str, &'a dyn ToSql)]);

/// Ends those of `which` that are alive at that moment, each with its audit entry; gives them. Where
/// the cause says so, notes at their devices, and at those of what is over, that they were taken back.
pub(super) fn end(db: &Connection, which: Which, ended: Ended) -> Result<Vec<GrantId>, Problem> {
    match which {
        Which::One(id) => take_back(db, ("id = :id", &[(":id", id.bytes())]), ended),
        Which::WithApproved(id) => {
            let mut over = end(db, Which::One(id), ended)?;
            // Whoever signs in anew has another grant, and approved what it did before as well.
            let condition = "approved_by IN (SELECT phone.id FROM grants AS target \
                JOIN grants AS phone ON phone.device_id = target.device_id \
                WHERE target.id = :id AND target.role = 'phone' AND phone.role = 'phone')";
            let cause = EndCause::ApproverUndone;
            let condition: Condition<'_> = (condition, &[(":id", id.bytes())]);
            over.extend(take_back(db, condition, Ended { cause, ..ended })?);
            Ok(over)
        }
        Which::OfDevice(account, device) => {
            let condition = "device_id = :device AND account_id = :account";
            let params: [(_, &dyn ToSql); 2] =
                [(":device", device.bytes()), (":account", account.bytes())];
            take_back(db, (condition, &params), ended)
        }
        Which::Others(account, but, role) => {
            let condition =
                "account_id = :account AND id <> :but AND (:role IS NULL OR role = :role)";
            let role = role.map(countersign_core::grant::Role::name);
            let params: [(_, &dyn ToSql); 3] = [
                (":account", account.bytes()),
                (":but", but.bytes()),
                (":role", &role),
            ];
            let over = end_where(db, (condition, &params), ended)?;
            let condition = "account_id = :account AND (:role IS NULL OR role = :role) \
                AND device_id IS NOT (SELECT device_id FROM grants WHERE id = :but)";
            distrust(db, (condition, &params), ended)?;
            Ok(over)
        }
        Which::All(account) => {
            let params: [(_, &dyn ToSql); 1] = [(":account", account.bytes())];
            take_back(db, ("account_id = :account", &params), ended)
        }
    }
}

/// Ends the live grants for which a condition holds, and distrusts the devices of them all.
fn take_back(
    db: &Connection,
    condition: Condition<'_>,
    ended: Ended,
) -> Result<Vec<GrantId>, Problem> {
    let over = end_where(db, condition, ended)?;
    distrust(db, condition, ended)?;
    Ok(over)
}

/// Notes at the devices of the grants for which a condition holds, alive or not, that they were
/// taken back, if that is what the end means.
fn distrust(
    db: &Connection,
    (condition, params): Condition<'_>,
    ended: Ended,
) -> Result<(), Problem> {
    if !ended.cause.distrusts() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE devices SET distrusted_at = max(coalesce(distrusted_at, 0), :at) \
         WHERE id IN (SELECT device_id FROM grants WHERE {condition})"
    );
    let at = millis(ended.at);
    let mut params = params.to_vec();
    params.push((":at", &at));
    db.prepare_cached(&sql)?.execute(params.as_slice())?;
    Ok(())
}

/// Ends the live grants for which a condition holds.
fn end_where(
    db: &Connection,
    (condition, params): Condition<'_>,
    ended: Ended,
) -> Result<Vec<GrantId>, Problem> {
    let sql = format!(
        "SELECT id, account_id, device_id FROM grants WHERE {condition} AND ended_at IS NULL \
         AND coalesce(ended_at, expires_at) > :at ORDER BY created_at, id LIMIT {BATCH}"
    );
    let at = millis(ended.at);
    let mut params = params.to_vec();
    params.push((":at", &at));
    let mut over = Vec::new();
    loop {
        let found = super::all(db, &sql, params.as_slice(), |columns| {
            let id = GrantId::from_bytes(columns.id("grants")?);
            let account = AccountId::from_bytes(columns.bytes()?);
            Ok((account, DeviceId::from_bytes(columns.bytes()?), id))
        })?;
        if found.is_empty() {
            return Ok(over);
        }
        for (account, device, id) in found {
            if !end_one(db, id, ended)? {
                return Err(Problem::Unfit("the end of a grant that is over"));
            }
            audit::insert(db, &Entry::ended((account, device, id), ended))?;
            over.push(id);
        }
    }
}

/// Ends a grant with its families if it is alive at that moment; says whether it was.
pub(super) fn end_one(db: &Connection, id: GrantId, ended: Ended) -> Result<bool, Problem> {
    let sql = "UPDATE grants SET ended_at = :at, end_cause = :cause \
               WHERE id = :id AND ended_at IS NULL AND expires_at > :at";
    let changed = db.prepare_cached(sql)?.execute(named_params! {
        ":id": id.bytes(),
        ":at": millis(ended.at),
        ":cause": ended.cause.name(),
    })?;
    if changed == 0 {
        return Ok(false);
    }
    end_families(db, id)?;
    Ok(true)
}

/// Ends the grant's families. Their version rises, so that a refresh decided before loses.
pub(super) fn end_families(db: &Connection, grant: GrantId) -> Result<(), Problem> {
    let sql = "UPDATE families SET ended = 1, version = version + 1 \
               WHERE grant_id = ? AND ended = 0";
    db.prepare_cached(sql)?.execute([grant.bytes()])?;
    Ok(())
}
