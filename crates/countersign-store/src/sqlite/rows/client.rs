//! Clients as rows. Nothing reads them here yet but a person with an SQL prompt.

use countersign_core::client::{Client, Desktops};
use countersign_core::scan_code::Rotation;
use rusqlite::{Connection, named_params};

use super::{Problem, duration_millis};

const INSERT: &str = "INSERT INTO clients (id, name, origins, native, phone, first_party, approval, \
     far, desktops, registered_desktops, create_networks, scan_networks, scanner_only, \
     login_hint_required, phrase, qr_scopes, rotate_ms, duration_ms, keep_ms, binding, ending) VALUES (:id, \
     :name, :origins, :native, :phone, :first_party, :approval, :far, :desktops, \
     :registered_desktops, :create_networks, :scan_networks, :scanner_only, :login_hint_required, \
     :phrase, :qr_scopes, :rotate_ms, :duration_ms, :keep_ms, :binding, :ending)";

/// Writes a client.
pub(in crate::sqlite) fn insert(db: &Connection, client: &Client) -> Result<(), Problem> {
    let rules = &client.rules;
    let registered = match &rules.desktops {
        Desktops::Registered(keys) => &keys[..],
        Desktops::Open | Desktops::Known => &[],
    };
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":id": client.id.as_str(),
        ":name": client.name,
        ":origins": list(&client.origins)?,
        ":native": client.native,
        ":phone": client.phone,
        ":first_party": client.first_party,
        ":approval": rules.approval.name(),
        ":far": rules.far.name(),
        ":desktops": rules.desktops.name(),
        ":registered_desktops": list(registered)?,
        ":create_networks": list(&rules.create_networks)?,
        ":scan_networks": list(&rules.scan_networks)?,
        ":scanner_only": rules.scanner_only,
        ":login_hint_required": rules.login_hint_required,
        ":phrase": rules.phrase,
        ":qr_scopes": client.qr_scopes.to_string(),
        ":rotate_ms": rotation_millis(client.rotation)?,
        ":duration_ms": duration_millis(client.duration),
        ":keep_ms": duration_millis(client.keep),
        ":binding": client.binding.name(),
        ":ending": client.ending.name(),
    })?;
    Ok(())
}

/// A JSON list of what things are called.
fn list<T: ToString>(things: &[T]) -> Result<String, Problem> {
    let names: Vec<String> = things.iter().map(ToString::to_string).collect();
    serde_json::to_string(&names).map_err(|_| Problem::Unfit("a list of a client's"))
}

/// A rotation as it is kept: the period in milliseconds, 0 for a static code.
pub(super) fn rotation_millis(rotation: Rotation) -> Result<i64, Problem> {
    match rotation {
        Rotation::Static => Ok(0),
        Rotation::Every(period) if period.as_millis() > 0 => Ok(duration_millis(period)),
        Rotation::Every(_) => Err(Problem::Unfit("a scan code that changes all the time")),
    }
}
