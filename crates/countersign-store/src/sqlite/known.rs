//! Known desktops: the rule of [`Known`] in SQL.

use countersign_core::client::{Binding, Scopes};
use countersign_core::grant::{EndCause, Grant, How};
use countersign_core::ids::{AccountId, Thumbprint};
use countersign_core::policy::Level;
use countersign_core::ports::Known;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::problem::Problem;
use super::rows::grant::{self, GRANT};
use super::rows::millis;
use super::{all, one};

/// Whether another account collected with the key: then nobody's trust in it counts.
fn shared(db: &Connection, known: &Known) -> Result<bool, Problem> {
    let sql = "SELECT 1 FROM grants WHERE key = :key AND how = 'scan' AND created_at > :since \
               AND account_id <> :account LIMIT 1";
    let other = db
        .prepare_cached(sql)?
        .query_row(
            named_params! {
                ":key": known.key.bytes(),
                ":since": millis(known.since),
                ":account": known.account.bytes(),
            },
            |_| Ok(()),
        )
        .optional()?;
    Ok(other.is_some())
}

/// Since when the desktop is known: the first collect that counts.
pub(super) fn since(db: &Connection, known: &Known) -> Result<Option<Timestamp>, Problem> {
    if shared(db, known)? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {GRANT} FROM grants WHERE key = :key AND how = 'scan' AND created_at > :since \
         AND account_id = :account AND client = :client ORDER BY created_at"
    );
    let params = named_params! {
        ":key": known.key.bytes(),
        ":since": millis(known.since),
        ":account": known.account.bytes(),
        ":client": known.client.as_str(),
    };
    let collected = all(db, &sql, params, grant::grant)?;
    // What was earned before a misuse or a denial, or before the device was taken back, counts no more.
    let lost = collected
        .iter()
        .filter_map(|grant| grant.ended)
        .filter(|ended| {
            // Ends by which its owner takes it back are noted at the device.
            let misused = [EndCause::RefreshMisused, EndCause::CollectedByAnotherKey];
            misused.contains(&ended.cause)
        })
        .map(|ended| ended.at)
        .chain(denied(db, known)?)
        .chain(distrusted(db, known.account, &known.key)?)
        .max();
    Ok(collected
        .iter()
        .filter(|grant| lost.is_none_or(|at| grant.created_at > at))
        .filter(|grant| earns_trust(grant, &known.scopes))
        .map(|grant| grant.created_at)
        .min())
}

/// When the account's owner last took the device with this key back.
pub(super) fn distrusted(
    db: &Connection,
    account: AccountId,
    key: &Thumbprint,
) -> Result<Option<Timestamp>, Problem> {
    let sql = "SELECT id, distrusted_at FROM devices WHERE account_id = ? AND key = ?";
    let params = (account.bytes(), key.bytes());
    let found = one(db, sql, params, |columns| {
        columns.id("devices")?;
        columns.time_or_none()
    })?;
    Ok(found.flatten())
}

/// When this desktop was last denied to this account: declined, reported, or by wrong codes.
fn denied(db: &Connection, known: &Known) -> Result<Option<Timestamp>, Problem> {
    let sql = "SELECT max(ended_at) FROM logins WHERE key = :key AND state = 'denied' \
               AND ended_at > :since AND claim_account = :account AND client = :client";
    let params = named_params! {
        ":key": known.key.bytes(),
        ":since": millis(known.since),
        ":account": known.account.bytes(),
        ":client": known.client.as_str(),
    };
    let last: Option<i64> = db
        .prepare_cached(sql)?
        .query_row(params, |row| row.get(0))?;
    Ok(last.map(|millis| Timestamp::from_millis(millis.unsigned_abs())))
}

fn earns_trust(grant: &Grant, scopes: &Scopes) -> bool {
    let How::Scan { level, proved, .. } = grant.how else {
        return false;
    };
    // A device id is copied without a trace, so it is never known again.
    let proves = proved && grant.binding == Binding::Dpop;
    proves && level >= Level::Code && scopes.within(&grant.scopes)
}
