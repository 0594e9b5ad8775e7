//! Grants and refresh families as rows.

use countersign_core::client::Scopes;
use countersign_core::grant::{EndCause, Ended, Grant, How, Role};
use countersign_core::ids::{
    AccountId, ClientId, DeviceId, FamilyId, GrantId, LoginId, Thumbprint,
};
use countersign_core::policy::Level;
use countersign_core::refresh::Family;
use countersign_core::secret::SecretHash;

use super::{Columns, Problem};

pub(in crate::sqlite) const GRANT: &str = "grants.id, grants.account_id, grants.device_id, \
     grants.key, grants.client, grants.scopes, grants.role, grants.how, grants.login_id, \
     grants.approved_by, grants.level, grants.proved, grants.created_at, grants.expires_at, \
     grants.ended_at, grants.end_cause";

pub(in crate::sqlite) const FAMILY: &str = "families.id, families.grant_id, families.key, \
     families.version, families.current, families.previous, families.repeats, \
     families.used_at, families.ended";

/// Reads the columns of [`GRANT`].
pub(in crate::sqlite) fn grant(columns: &mut Columns<'_>) -> Result<Grant, Problem> {
    let grant = Grant {
        id: GrantId::from_bytes(columns.id("grants")?),
        account: AccountId::from_bytes(columns.bytes()?),
        device: DeviceId::from_bytes(columns.bytes()?),
        key: Thumbprint::from_bytes(columns.bytes()?),
        client: columns.word(ClientId::parse)?,
        scopes: columns.word(Scopes::parse)?,
        role: columns.word(Role::parse)?,
        how: how(columns)?,
        created_at: columns.time()?,
        expires_at: columns.time()?,
        ended: ended(columns)?,
    };
    // What was made by scanning never approves.
    if grant.role == Role::Phone && grant.how != How::Password {
        return Err(columns.refuse("a phone that was signed in by scanning"));
    }
    Ok(grant)
}

fn how(columns: &mut Columns<'_>) -> Result<How, Problem> {
    let how: String = columns.take()?;
    let login = columns.bytes_or_none()?.map(LoginId::from_bytes);
    let approved_by = columns.bytes_or_none()?.map(GrantId::from_bytes);
    let level = columns.word_or_none(Level::parse)?;
    let proved = if columns.is_null()? {
        columns.take::<Option<bool>>()?
    } else {
        Some(columns.flag()?)
    };
    match (how.as_str(), login, approved_by, level, proved) {
        ("password", None, None, None, None) => Ok(How::Password),
        ("scan", Some(login), Some(approved_by), Some(level), Some(proved)) => Ok(How::Scan {
            login,
            approved_by,
            level,
            proved,
        }),
        _ => Err(columns.refuse("the columns do not fit how it came about")),
    }
}

fn ended(columns: &mut Columns<'_>) -> Result<Option<Ended>, Problem> {
    let at = columns.time_or_none()?;
    let cause = columns.word_or_none(EndCause::parse)?;
    match (at, cause) {
        (None, None) => Ok(None),
        (Some(at), Some(cause)) => Ok(Some(Ended { at, cause })),
        _ => Err(columns.refuse("an end has a time and a cause")),
    }
}

/// Reads the columns of [`FAMILY`].
pub(in crate::sqlite) fn family(columns: &mut Columns<'_>) -> Result<Family, Problem> {
    Ok(Family {
        id: FamilyId::from_bytes(columns.id("families")?),
        grant: GrantId::from_bytes(columns.bytes()?),
        key: Thumbprint::from_bytes(columns.bytes()?),
        version: columns.take()?,
        current: SecretHash::from_bytes(columns.bytes()?),
        previous: columns.bytes_or_none()?.map(SecretHash::from_bytes),
        repeats: columns.take()?,
        used_at: columns.time()?,
        ended: columns.flag()?,
    })
}
