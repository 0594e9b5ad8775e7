//! Grants and refresh families as rows.

use countersign_core::client::{Binding, Scopes};
use countersign_core::grant::{EndCause, Ended, Grant, How, Role};
use countersign_core::ids::{
    AccountId, ClientId, DeviceId, FamilyId, GrantId, LoginId, PasskeyId, Thumbprint,
};
use countersign_core::login::Act;
use countersign_core::policy::Level;
use countersign_core::refresh::{Family, FamilyKind};
use countersign_core::secret::SecretHash;

use super::{Columns, Problem};

pub(in crate::sqlite) const GRANT: &str = "grants.id, grants.account_id, grants.device_id, \
     grants.key, grants.client, grants.scopes, grants.role, grants.how, grants.passkey_id, \
     grants.login_id, grants.approved_by, grants.level, grants.proved, grants.act, grants.binding, \
     grants.kept, grants.approves_from, grants.allowed_by, grants.verified_at, grants.address, \
     grants.created_at, grants.expires_at, grants.ended_at, grants.end_cause";

pub(in crate::sqlite) const FAMILY: &str = "families.id, families.grant_id, families.kind, families.key, \
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
        binding: columns.word(Binding::parse)?,
        kept: columns.flag()?,
        approves_from: columns.time_or_none()?,
        allowed_by: columns.bytes_or_none()?.map(GrantId::from_bytes),
        verified_at: columns.time_or_none()?,
        address: columns.address_or_none()?,
        created_at: columns.time()?,
        expires_at: columns.time()?,
        ended: ended(columns)?,
    };
    match misfit(&grant) {
        Some(what) => Err(columns.refuse(what)),
        None => Ok(grant),
    }
}

/// What makes a grant no legal one.
fn misfit(grant: &Grant) -> Option<&'static str> {
    let phone = grant.role == Role::Phone;
    let scanned = grant.how.is_scan();
    let verified = match grant.how {
        How::Scan { .. } => grant.verified_at.is_none(),
        // A recovery code is no password; one may be given later.
        How::Recovery => true,
        How::Password | How::Passkey { .. } | How::Invitation => grant.verified_at.is_some(),
    };
    if phone && (scanned || grant.binding != Binding::Dpop) {
        // What was made by scanning never approves, nor does what can't sign.
        Some("a phone that was signed in by scanning, or can't sign")
    } else if phone != grant.approves_from.is_some() {
        Some("only phones approve")
    } else if grant.allowed_by.is_some() && (!phone || grant.how == How::Recovery) {
        Some("nobody lets this one approve")
    } else if !phone && matches!(grant.how, How::Invitation | How::Recovery) {
        Some("only a phone comes about so")
    } else if !verified || (grant.kept && !scanned) {
        Some("the columns do not fit how it came about")
    } else {
        None
    }
}

/// What the columns of a way hold, whatever the way.
type Parts = (
    Option<PasskeyId>,
    Option<LoginId>,
    Option<GrantId>,
    Option<Level>,
    Option<bool>,
    Option<Act>,
);

fn how(columns: &mut Columns<'_>) -> Result<How, Problem> {
    let how: String = columns.take()?;
    let parts: Parts = (
        columns.bytes_or_none()?.map(PasskeyId::from_bytes),
        columns.bytes_or_none()?.map(LoginId::from_bytes),
        columns.bytes_or_none()?.map(GrantId::from_bytes),
        columns.word_or_none(Level::parse)?,
        columns.flag_or_none()?,
        columns.word_or_none(Act::parse)?,
    );
    of_parts(&how, parts).ok_or_else(|| columns.refuse("the columns do not fit how it came about"))
}

/// The way `how` with `parts`, if these are exactly its own.
fn of_parts(how: &str, parts: Parts) -> Option<How> {
    Some(match (how, parts) {
        ("password", (None, None, None, None, None, None)) => How::Password,
        ("passkey", (Some(passkey), None, None, None, None, None)) => How::Passkey { passkey },
        ("invitation", (None, None, None, None, None, None)) => How::Invitation,
        ("recovery", (None, None, None, None, None, None)) => How::Recovery,
        ("scan", (None, Some(login), Some(approved_by), Some(level), Some(proved), act))
            if act.is_none() || level == Level::Passkey =>
        {
            How::Scan {
                login,
                approved_by,
                level,
                proved,
                act,
            }
        }
        _ => return None,
    })
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
    let family = Family {
        id: FamilyId::from_bytes(columns.id("families")?),
        grant: GrantId::from_bytes(columns.bytes()?),
        kind: columns.word(FamilyKind::parse)?,
        key: Thumbprint::from_bytes(columns.bytes()?),
        version: columns.take()?,
        current: SecretHash::from_bytes(columns.bytes()?),
        previous: columns.bytes_or_none()?.map(SecretHash::from_bytes),
        repeats: columns.take()?,
        used_at: columns.time()?,
        ended: columns.flag()?,
    };
    if family.kind == FamilyKind::Cookie && (family.previous.is_some() || family.repeats > 0) {
        return Err(columns.refuse("a cookie that was renewed"));
    }
    Ok(family)
}
