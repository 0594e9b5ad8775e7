//! Devices: what an account's owner sees of them, and whether a desktop is known.

use async_trait::async_trait;
use countersign_core::account::Device;
use countersign_core::audit::Entry;
use countersign_core::ids::{AccountId, DeviceId};
use countersign_core::limits::DEVICES_LISTED;
use countersign_core::ports::{Devices, Known, Listed, StoreError};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::problem::Problem;
use super::rows::account::{self, DEVICE};
use super::rows::grant::{self, GRANT};
use super::rows::{Columns, audit, millis};
use super::writer::Outcome;
use super::{SqliteStore, all, known, one};

/// What a device is called, as `countersign_core::account::Device::name` says it.
pub(super) const NAME: &str = "coalesce(named.label, named.name, named.kind)";

/// The same of the device by which it was done what an audit entry tells, with [`ACTING`].
pub(super) const ACTOR: &str = "coalesce(acting.label, acting.name, acting.kind)";

/// What [`ACTOR`] has to be joined with.
pub(super) const ACTING: &str = "LEFT JOIN grants AS actor ON actor.id = audit.by_grant \
     LEFT JOIN devices AS acting ON acting.id = actor.device_id ";

#[async_trait]
impl Devices for SqliteStore {
    async fn list(&self, account: AccountId, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        self.read(move |db| list(db, account, now)).await
    }

    async fn rename(
        &self,
        account: AccountId,
        device: DeviceId,
        label: Option<String>,
        entry: Entry,
    ) -> Result<Option<Device>, StoreError> {
        self.write(move |db| {
            let sql = format!(
                "UPDATE devices SET label = :label WHERE id = :device AND account_id = :account \
                 RETURNING {DEVICE}"
            );
            let params = named_params! {
                ":label": label,
                ":device": device.bytes(),
                ":account": account.bytes(),
            };
            let Some(device) = one(db, &sql, params, account::device)? else {
                return Ok(Outcome::Undo(None));
            };
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(Some(device)))
        })
        .await
    }

    async fn known_since(&self, known: Known) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |db| known::since(db, &known)).await
    }
}

fn list(db: &Connection, account: AccountId, now: Timestamp) -> Result<Vec<Listed>, Problem> {
    // One statement, so that devices and grants are of one moment.
    let sql = format!(
        "SELECT {DEVICE}, {NAME}, {GRANT} FROM (SELECT * FROM devices WHERE account_id = :account \
         ORDER BY last_seen DESC, id LIMIT :limit) AS devices \
         LEFT JOIN grants ON grants.device_id = devices.id AND grants.ended_at IS NULL \
         AND grants.expires_at > :now \
         LEFT JOIN grants AS approver ON approver.id = grants.approved_by \
         LEFT JOIN devices AS named ON named.id = approver.device_id \
         ORDER BY devices.last_seen DESC, devices.id, grants.created_at, grants.id"
    );
    let params = named_params! {
        ":account": account.bytes(),
        ":limit": DEVICES_LISTED,
        ":now": millis(now),
    };
    let rows = all(db, &sql, params, |columns: &mut Columns<'_>| {
        let device = account::device(columns)?;
        let approver = columns.take()?;
        let grant = if columns.is_null()? {
            None
        } else {
            Some((grant::grant(columns)?, approver))
        };
        Ok((device, grant))
    })?;
    let mut listed: Vec<Listed> = Vec::new();
    for (device, grant) in rows {
        match listed.last_mut() {
            Some(last) if last.device.id == device.id => last.grants.extend(grant),
            _ => listed.push(Listed {
                device,
                grants: grant.into_iter().collect(),
            }),
        }
    }
    Ok(listed)
}
