//! Passkeys as rows.

use countersign_core::ids::{AccountId, GrantId, PasskeyId};
use countersign_core::limits::CREDENTIAL_BYTES;
use countersign_core::passkey::Passkey;
use rusqlite::{Connection, named_params};

use super::{Columns, Problem, millis};

pub(in crate::sqlite) const PASSKEY: &str = "passkeys.id, passkeys.account_id, passkeys.credential, \
     passkeys.name, passkeys.state, passkeys.synced, passkeys.made_by, passkeys.created_at, \
     passkeys.used_at";

const INSERT: &str = "INSERT INTO passkeys (id, account_id, credential, name, state, synced, made_by, \
     created_at, used_at) VALUES (:id, :account, :credential, :name, :state, :synced, :made_by, \
     :created_at, :used_at)";

/// Writes a new passkey.
pub(in crate::sqlite) fn insert(db: &Connection, passkey: &Passkey) -> Result<(), Problem> {
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":id": passkey.id.bytes(),
        ":account": passkey.account.bytes(),
        ":credential": passkey.credential,
        ":name": passkey.name,
        ":state": passkey.state,
        ":synced": passkey.synced,
        ":made_by": passkey.made_by.bytes(),
        ":created_at": millis(passkey.created_at),
        ":used_at": passkey.used_at.map(millis),
    })?;
    Ok(())
}

/// Reads the columns of [`PASSKEY`].
pub(in crate::sqlite) fn passkey(columns: &mut Columns<'_>) -> Result<Passkey, Problem> {
    let passkey = Passkey {
        id: PasskeyId::from_bytes(columns.id("passkeys")?),
        account: AccountId::from_bytes(columns.bytes()?),
        credential: columns.take()?,
        name: columns.take()?,
        state: columns.take()?,
        synced: columns.flag()?,
        made_by: GrantId::from_bytes(columns.bytes()?),
        created_at: columns.time()?,
        used_at: columns.time_or_none()?,
    };
    let length = passkey.credential.len();
    if length == 0 || length > CREDENTIAL_BYTES {
        return Err(columns.refuse("column credential"));
    }
    if passkey.name.is_empty() || passkey.state.is_empty() {
        return Err(columns.refuse("a passkey without name or state"));
    }
    Ok(passkey)
}
