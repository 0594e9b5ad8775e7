//! How grants end: each with its families, all of one request together.

use countersign_core::audit::Entry;
use countersign_core::grant::Ended;
use countersign_core::ids::{AccountId, DeviceId, GrantId, PasskeyId};
use countersign_core::ports::{Gone, Which};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::problem::Problem;
use super::rows::{audit, millis};
use super::taking::Taking;
use super::which::{self, ALIVE, Params, parts, with_successors};

/// Grants that are looked up at a time: few devices have more, and who has is no matter of memory.
const BATCH: u32 = 256;

/// Ends those of `which` that are alive at that moment, each with its audit entry. Where the cause says
/// so, notes at their devices, and at those of what is over, that they were taken back, and takes what
/// those made. The grant of whoever wishes it, `by`, is spared from that, unless it is itself among those.
pub(super) fn end(
    db: &Connection,
    which: &Which,
    ended: Ended,
    by: Option<GrantId>,
) -> Result<Gone, Problem> {
    let taking = begin(db, which, ended, Wish { by, limited: false })?;
    Ok(taking.gone)
}

/// The same for an owner who did not say lately who they are: `None` where more goes than they may end so,
/// and the caller takes back what was written.
pub(super) fn end_unverified(
    db: &Connection,
    which: &Which,
    ended: Ended,
    by: GrantId,
) -> Result<Option<Gone>, Problem> {
    let by = Some(by);
    let taking = begin(db, which, ended, Wish { by, limited: true })?;
    Ok((!taking.beyond).then_some(taking.gone))
}

fn begin<'a>(
    db: &'a Connection,
    which: &Which,
    ended: Ended,
    wish: Wish,
) -> Result<Taking<'a>, Problem> {
    let distrusts = ended.cause.distrusts();
    let before = match which {
        Which::ByLink(id) => which::taken_back(db, *id)?,
        _ => false,
    };
    let meant = if before {
        Vec::new()
    } else {
        parts(which, distrusts)
    };
    let (mut over, mut taken_back, mut beyond) = (Vec::new(), Vec::new(), false);
    for part in meant {
        let cause = part.cause.unwrap_or(ended.cause);
        let ended = Ended { cause, ..ended };
        over.extend(end_where(db, &part.grants, &part.params, (ended, wish.by))?);
        beyond |=
            wish.limited && reaches_a_phone(db, &part.grants, &part.params, (ended, wish.by))?;
        if cause.distrusts() {
            taken_back.extend(distrust(db, part.devices(), &part.params, ended)?);
        }
    }
    let approved_too = matches!(
        which,
        Which::WithApproved(_) | Which::ByLink(_) | Which::OfDeviceWithApproved(..)
    );
    let spared = wish.by.filter(|id| !over.contains(id));
    let mut taking = Taking::new(db, (ended.at, wish), spared)?.approved_too(approved_too);
    taking.gone.grants = over;
    taking.beyond = beyond;
    taking.take(taken_back)
}

/// Ends the sessions that a passkey opened, and what came in their place, with what their devices made; but for
/// the one of whoever wishes it, `by`.
pub(super) fn end_opened_by(
    db: &Connection,
    (account, passkey): (AccountId, PasskeyId),
    at: Timestamp,
    by: GrantId,
) -> Result<Gone, Problem> {
    let wish = Wish {
        by: Some(by),
        limited: false,
    };
    let target = "target.account_id = :account AND target.passkey_id = :passkey";
    let params = Params::default()
        .with(":account", account.bytes().to_vec())
        .with(":passkey", passkey.bytes().to_vec());
    let mut taking = Taking::new(db, (at, wish), Some(by))?;
    let devices = taking.end_for_their_maker(&with_successors(target), params)?;
    taking.take(devices).map(|taking| taking.gone)
}

/// Who wishes an end, and how far they may go.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    /// Their grant, if anybody of the account does.
    pub(super) by: Option<GrantId>,
    /// Whether they may end only what nobody misses.
    pub(super) limited: bool,
}

/// Whether the devices of grants for which a condition holds could ever approve since they were last taken back,
/// or recover the account; but for the device of whoever wishes it. Said also of what has just ended.
pub(super) fn reaches_a_phone(
    db: &Connection,
    condition: &str,
    params: &Params,
    (ended, by): (Ended, Option<GrantId>),
) -> Result<bool, Problem> {
    let sql = format!(
        "SELECT 1 FROM grants AS phone JOIN devices ON devices.id = phone.device_id \
         WHERE phone.device_id IN (SELECT device_id FROM grants WHERE {condition}) \
         AND phone.role = 'phone' AND phone.device_id IS NOT \
         (SELECT own.device_id FROM grants AS own WHERE own.id = :by) \
         AND CASE WHEN coalesce(phone.ended_at, phone.expires_at) >= :at \
         THEN phone.how = 'recovery' OR phone.approves_from <= :at \
         ELSE phone.approves_from <= coalesce(phone.ended_at, phone.expires_at) \
         AND (distrusted_at IS NULL OR phone.created_at > distrusted_at) END LIMIT 1"
    );
    let params = params.clone().with(":at", millis(ended.at));
    let params = params.with(":by", by.map(|by| by.bytes().to_vec()));
    let mut statement = db.prepare_cached(&sql)?;
    Ok(statement.exists(params.named().as_slice())?)
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

/// Ends the live grants for which a condition holds, as `by` wished; gives them.
pub(super) fn end_where(
    db: &Connection,
    condition: &str,
    params: &Params,
    (ended, by): (Ended, Option<GrantId>),
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
            let entry = Entry::ended((account, device, id), ended);
            audit::insert(db, &Entry { by, ..entry })?;
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
