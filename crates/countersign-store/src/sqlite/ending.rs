//! How grants end: each with its families, all of one request together.

use countersign_core::audit::Entry;
use countersign_core::grant::Ended;
use countersign_core::ids::{AccountId, DeviceId, GrantId};
use countersign_core::ports::{Gone, Which};
use rusqlite::{Connection, named_params};

use super::problem::Problem;
use super::rows::{audit, millis};
use super::taking::Taking;
use super::which::{ALIVE, Params, parts};

/// Grants that are looked up at a time: few devices have more, and who has is no matter of memory.
const BATCH: u32 = 256;

/// Ends those of `which` that are alive at that moment, each with its audit entry. Where the cause says
/// so, notes at their devices, and at those of what is over, that they were taken back, and takes what
/// those made. The grant of whoever wishes it is `spared` from that, unless it is itself among those.
pub(super) fn end(
    db: &Connection,
    which: &Which,
    ended: Ended,
    spared: Option<GrantId>,
) -> Result<Gone, Problem> {
    let mut over = Vec::new();
    let mut taken_back = Vec::new();
    for part in parts(which) {
        let cause = part.cause.unwrap_or(ended.cause);
        let ended = Ended { cause, ..ended };
        over.extend(end_where(db, &part.grants, &part.params, ended)?);
        if cause.distrusts() {
            taken_back.extend(distrust(db, part.devices(), &part.params, ended)?);
        }
    }
    let spared = spared.filter(|id| !over.contains(id));
    let approved_too = matches!(
        which,
        Which::WithApproved(_) | Which::OfDeviceWithApproved(..)
    );
    let mut taking = Taking::new(db, ended.at, spared)?.approved_too(approved_too);
    taking.gone.grants = over;
    taking.take(taken_back)
}

/// Notes at the devices of the grants for which a condition holds, alive or not, that they were
/// taken back; gives them.
pub(super) fn distrust(
    db: &Connection,
    condition: &str,
    params: &Params,
    ended: Ended,
) -> Result<Vec<DeviceId>, Problem> {
    let sql = format!(
        "UPDATE devices SET distrusted_at = max(coalesce(distrusted_at, 0), :at) \
         WHERE id IN (SELECT device_id FROM grants WHERE {condition}) RETURNING id"
    );
    let params = params.clone().with(":at", millis(ended.at));
    super::all(db, &sql, params.named().as_slice(), |columns| {
        columns.id("devices").map(DeviceId::from_bytes)
    })
}

/// Ends the live grants for which a condition holds; gives them.
pub(super) fn end_where(
    db: &Connection,
    condition: &str,
    params: &Params,
    ended: Ended,
) -> Result<Vec<GrantId>, Problem> {
    let sql = format!(
        "SELECT id, account_id, device_id, created_at FROM grants WHERE {condition} AND {ALIVE} \
         AND (created_at, id) > (:last_at, :last_id) ORDER BY created_at, id LIMIT {BATCH}"
    );
    let params = params.clone().with(":at", millis(ended.at));
    let mut over = Vec::new();
    let mut last = (-1, Vec::new());
    loop {
        let from = params.clone().with(":last_at", last.0);
        let from = from.with(":last_id", last.1);
        let found = super::all(db, &sql, from.named().as_slice(), |columns| {
            let id = GrantId::from_bytes(columns.id("grants")?);
            let account = AccountId::from_bytes(columns.bytes()?);
            let device = DeviceId::from_bytes(columns.bytes()?);
            Ok(((account, device, id), columns.time()?))
        })?;
        let Some(((_, _, id), at)) = found.last() else {
            return Ok(over);
        };
        last = (millis(*at), id.bytes().to_vec());
        for ((account, device, id), _) in found {
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
