//! Which grants a [`Which`] means, in SQL.

use countersign_core::grant::{EndCause, Role};
use countersign_core::ids::{AccountId, DeviceId, GrantId};
use countersign_core::ports::{Filter, Which};
use countersign_core::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, ToSql};

use super::problem::Problem;
use super::rows::millis;

/// What is alive at `:at`. Both ways of saying it: one is in an index, the other can't be ended again.
pub(super) const ALIVE: &str = "ended_at IS NULL AND coalesce(ended_at, expires_at) > :at";

/// Grants that are meant, and what becomes of them.
pub(super) struct Part {
    /// A condition on grants, dead or alive.
    pub(super) grants: String,
    /// The same for those whose devices are meant too, where it is another one.
    devices: Option<String>,
    /// The parameters of both.
    pub(super) params: Params,
    /// Why they end, when it is not why all of this happens.
    pub(super) cause: Option<EndCause>,
}

/// Named parameters that own their values.
#[derive(Clone, Default)]
pub(super) struct Params(Vec<(&'static str, Value)>);

impl Params {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn id(self, name: &'static str, id: &[u8]) -> Self {
        self.with(name, id.to_vec())
    }

    /// As the database takes them.
    pub(super) fn named(&self) -> Vec<(&'static str, &dyn ToSql)> {
        let values = self.0.iter();
        values
            .map(|(name, value)| (*name, value as &dyn ToSql))
            .collect()
    }
}

impl Part {
    fn new(grants: impl Into<String>, params: Params) -> Self {
        Self {
            grants: grants.into(),
            devices: None,
            params,
            cause: None,
        }
    }

    fn approved(grants: &str, params: Params) -> Self {
        Self {
            cause: Some(EndCause::ApproverUndone),
            ..Self::new(grants, params)
        }
    }

    /// The condition on grants whose devices are meant too.
    pub(super) fn devices(&self) -> &str {
        self.devices.as_deref().unwrap_or(&self.grants)
    }
}

/// The parts of `which`, in the order in which they end, by an end that distrusts or one that doesn't.
pub(super) fn parts(which: &Which, distrusts: bool) -> Vec<Part> {
    let one = |id: &GrantId| {
        let params = Params::default().id(":id", id.bytes());
        if distrusts {
            return Part::new(with_successors("target.id = :id"), params);
        }
        Part::new("id = :id", params)
    };
    match which {
        Which::One(id) => vec![one(id)],
        Which::WithApproved(id) | Which::ByLink(id) => {
            // Whoever signs in anew has another grant, and approved what it did before as well.
            let approved = "approved_by IN (SELECT phone.id FROM grants AS target \
                JOIN grants AS phone ON phone.device_id = target.device_id \
                WHERE target.id = :id AND target.role = 'phone' AND phone.role = 'phone')";
            let params = one(id).params;
            vec![one(id), Part::approved(approved, params)]
        }
        Which::OfDevice(account, device) => vec![of_device(account, device)],
        Which::OfDeviceWithApproved(account, device) => {
            let approved = "approved_by IN (SELECT phone.id FROM grants AS phone \
                WHERE phone.device_id = :device AND phone.account_id = :account \
                AND phone.role = 'phone')";
            let params = of_device(account, device).params;
            vec![of_device(account, device), Part::approved(approved, params)]
        }
        Which::Others(account, but, role) => vec![others(account, but, *role)],
        Which::All(account) => {
            let params = Params::default().id(":account", account.bytes());
            vec![Part::new("account_id = :account", params)]
        }
        Which::Matching(filter) => matching(filter).into_iter().collect(),
    }
}

/// The grants for which a condition on `target` holds, and what came in their places, one after the other, as
/// their devices signed in anew.
pub(super) fn with_successors(target: &str) -> String {
    let same = |name: &str| {
        format!(
            "{name}.device_id = target.device_id AND {name}.client = target.client \
             AND {name}.role = target.role AND {name}.created_at >= target.created_at"
        )
    };
    let (later, amid) = (same("later"), same("amid"));
    let replaced = EndCause::Replaced.name();
    format!(
        "id IN (SELECT later.id FROM grants AS target JOIN grants AS later ON {later} \
         WHERE {target} AND (later.id = target.id OR (target.end_cause = '{replaced}' \
         AND NOT EXISTS (SELECT 1 FROM grants AS amid WHERE {amid} \
         AND amid.created_at < later.created_at AND amid.end_cause IS NOT '{replaced}'))))"
    )
}

/// Whether a grant is over with all that came in its place, and was taken back then or later.
pub(super) fn taken_back(db: &Connection, id: GrantId) -> Result<bool, Problem> {
    let meant = with_successors("target.id = :id");
    let causes = EndCause::ALL.iter().filter(|cause| cause.distrusts());
    let causes: Vec<_> = causes.map(|cause| format!("'{}'", cause.name())).collect();
    let causes = causes.join(", ");
    let sql = format!(
        "SELECT 1 FROM grants AS first JOIN devices ON devices.id = first.device_id \
         WHERE first.id = :id AND (distrusted_at >= \
         (SELECT max(coalesce(ended_at, expires_at)) FROM grants WHERE {meant}) \
         OR EXISTS (SELECT 1 FROM grants WHERE {meant} AND end_cause IN ({causes})))"
    );
    let params = rusqlite::named_params! { ":id": id.bytes() };
    Ok(db.prepare_cached(&sql)?.exists(params)?)
}

fn of_device(account: &AccountId, device: &DeviceId) -> Part {
    let params = Params::default()
        .id(":device", device.bytes())
        .id(":account", account.bytes());
    Part::new("device_id = :device AND account_id = :account", params)
}

fn others(account: &AccountId, but: &GrantId, role: Option<Role>) -> Part {
    let meant = "account_id = :account AND (:role IS NULL OR role = :role)";
    let role = role.map(|role| role.name().to_owned());
    let params = Params::default()
        .id(":account", account.bytes())
        .with(":role", role);
    sparing(meant, params, but)
}

/// All that is meant but one; its device stays trusted.
fn sparing(meant: &str, params: Params, but: &GrantId) -> Part {
    let other = "device_id IS NOT (SELECT kept.device_id FROM grants AS kept WHERE kept.id = :but)";
    Part {
        devices: Some(format!("{meant} AND {other}")),
        ..Part::new(
            format!("{meant} AND id <> :but"),
            params.id(":but", but.bytes()),
        )
    }
}

/// What every part of a filter holds for; nothing when it has none.
fn matching(filter: &Filter) -> Option<Part> {
    if filter.account.is_none() && !filter.names_something() {
        return None;
    }
    // Where nothing else is named, this is what they are found by.
    let mut meant = vec!["created_at >= :since"];
    let since = filter.since.map_or(0, millis);
    let mut params = Params::default().with(":since", since);
    let mut add = |condition, name, value: Value| {
        meant.push(condition);
        params.0.push((name, value));
    };
    let blob = |bytes: &[u8]| Value::Blob(bytes.to_vec());
    if let Some(account) = &filter.account {
        add("account_id = :account", ":account", blob(account.bytes()));
    }
    if let Some(grant) = &filter.grant {
        add("id = :grant", ":grant", blob(grant.bytes()));
    }
    if let Some(device) = &filter.device {
        add("device_id = :device", ":device", blob(device.bytes()));
    }
    if let Some(key) = &filter.key {
        add("key = :key", ":key", blob(key.bytes()));
    }
    if let Some(network) = filter.network {
        add("address >= :first", ":first", blob(&network.first.octets()));
        add("address <= :last", ":last", blob(&network.last.octets()));
    }
    if let Some(until) = filter.until {
        add("created_at < :until", ":until", millis(until).into());
    }
    if let Some(role) = filter.role {
        add("role = :role", ":role", role.name().to_owned().into());
    }
    let meant = meant.join(" AND ");
    Some(match &filter.but {
        Some(but) => sparing(&meant, params, but),
        None => Part::new(meant, params),
    })
}

/// How many live grants are meant.
pub(super) fn count(db: &Connection, which: &Which, now: Timestamp) -> Result<u64, Problem> {
    let mut all = Vec::new();
    let mut params = Params::default().with(":at", millis(now));
    for part in parts(which, true) {
        all.push(format!(
            "SELECT id FROM grants WHERE {} AND {ALIVE}",
            part.grants
        ));
        for (name, value) in part.params.0 {
            if params.0.iter().all(|(known, _)| *known != name) {
                params.0.push((name, value));
            }
        }
    }
    if all.is_empty() {
        return Ok(0);
    }
    let sql = format!("SELECT count(*) FROM ({})", all.join(" UNION "));
    let mut statement = db.prepare_cached(&sql)?;
    let count: i64 = statement.query_row(params.named().as_slice(), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
