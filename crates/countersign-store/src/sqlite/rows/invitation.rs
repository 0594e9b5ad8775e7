//! Invitations as rows.

use countersign_core::ids::{AccountId, InvitationId};
use countersign_core::invitation::Invitation;
use countersign_core::secret::SecretHash;
use rusqlite::{Connection, named_params};

use super::{Columns, Problem, millis};

pub(in crate::sqlite) const INVITATION: &str = "invitations.id, invitations.account_id, \
     invitations.secret, invitations.created_at, invitations.expires_at, invitations.used_at";

const INSERT: &str = "INSERT INTO invitations (id, account_id, secret, created_at, expires_at, \
     used_at) VALUES (:id, :account, :secret, :created_at, :expires_at, NULL)";

/// Writes a new invitation.
pub(in crate::sqlite) fn insert(db: &Connection, invitation: &Invitation) -> Result<(), Problem> {
    if invitation.used_at.is_some() {
        return Err(Problem::Unfit("a new invitation that was used"));
    }
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":id": invitation.id.bytes(),
        ":account": invitation.account.bytes(),
        ":secret": invitation.secret.bytes(),
        ":created_at": millis(invitation.created_at),
        ":expires_at": millis(invitation.expires_at),
    })?;
    Ok(())
}

/// Reads the columns of [`INVITATION`].
pub(in crate::sqlite) fn invitation(columns: &mut Columns<'_>) -> Result<Invitation, Problem> {
    Ok(Invitation {
        id: InvitationId::from_bytes(columns.id("invitations")?),
        account: AccountId::from_bytes(columns.bytes()?),
        secret: SecretHash::from_bytes(columns.bytes()?),
        created_at: columns.time()?,
        expires_at: columns.time()?,
        used_at: columns.time_or_none()?,
    })
}
