//! The passwords of before: who changed one, and what it was, until nobody can take that back any more.

use countersign_core::audit::{Entry, Kind, RESTORED};
use countersign_core::ids::{AccountId, DeviceId, GrantId};
use countersign_core::limits::UNDO_TOKEN;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::problem::Problem;
use super::rows::{audit, millis};
use super::{all, one};

/// Gives an account another password, or none; says whether there is such an account. `by` sets it, and may be taken
/// back with it. Without one the operator does, and nothing of before comes back.
pub(super) fn set(
    db: &Connection,
    account: AccountId,
    hash: Option<&str>,
    (by, at): (Option<GrantId>, Timestamp),
) -> Result<bool, Problem> {
    if let Some(by) = by {
        let sql = "INSERT INTO former_passwords (account_id, set_by, set_at, hash) \
                   SELECT id, :by, :at, password_hash FROM accounts WHERE id = :account";
        db.prepare_cached(sql)?.execute(named_params! {
            ":by": by.bytes(),
            ":at": millis(at),
            ":account": account.bytes(),
        })?;
    } else {
        let sql = "DELETE FROM former_passwords WHERE account_id = ?";
        db.prepare_cached(sql)?.execute([account.bytes()])?;
    }
    write(db, account, hash)
}

/// Takes back the passwords that a device set lately, in any of its grants: where it set the account's last one, the
/// account has the one of before again, or none if there was none. One that somebody else set since stays. Says whether
/// there were any.
pub(super) fn restore(db: &Connection, device: DeviceId, at: Timestamp) -> Result<bool, Problem> {
    let sql = "SELECT seq, account_id, set_by, hash FROM former_passwords \
               WHERE set_by IN (SELECT made.id FROM grants AS made WHERE made.device_id = :device) \
               AND set_at > :since ORDER BY seq DESC";
    let params = named_params! {
        ":device": device.bytes(),
        ":since": millis(at.minus(UNDO_TOKEN)),
    };
    let taken = all(db, sql, params, |columns| {
        let seq: i64 = columns.take()?;
        columns.named("former_passwords", seq.to_string());
        let account = AccountId::from_bytes(columns.bytes()?);
        let by = GrantId::from_bytes(columns.bytes()?);
        Ok((seq, account, by, columns.take::<Option<String>>()?))
    })?;
    let any = !taken.is_empty();
    for (seq, account, by, hash) in taken {
        let sql = "UPDATE former_passwords SET hash = :hash WHERE seq = (SELECT min(seq) \
                   FROM former_passwords WHERE account_id = :account AND seq > :seq)";
        let params = named_params! { ":hash": hash, ":account": account.bytes(), ":seq": seq };
        if db.prepare_cached(sql)?.execute(params)? == 0 {
            write(db, account, hash.as_deref())?;
            let entry = Entry {
                account: Some(account),
                device: Some(device),
                grant: Some(by),
                detail: Some(RESTORED.into()),
                ..Entry::new(at, Kind::PasswordChanged)
            };
            audit::insert(db, &entry)?;
        }
        let sql = "DELETE FROM former_passwords WHERE seq = ?";
        db.prepare_cached(sql)?.execute([seq])?;
    }
    Ok(any)
}

fn write(db: &Connection, account: AccountId, hash: Option<&str>) -> Result<bool, Problem> {
    let sql = "UPDATE accounts SET password_hash = ? WHERE id = ? RETURNING id";
    let written = one(db, sql, (hash, account.bytes()), |columns| {
        columns.id("accounts")
    })?;
    Ok(written.is_some())
}
