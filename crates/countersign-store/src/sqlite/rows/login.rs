//! Logins as rows: a column for each thing that is known, and no row that is no legal state.

use std::time::Duration;

use countersign_core::account::{DeviceInfo, DeviceKind, LoginName};
use countersign_core::client::{Binding, Ending, Scopes};
use countersign_core::ids::{AccountId, ClientId, GrantId, LoginId, PasskeyId, Thumbprint};
use countersign_core::keys::KeyId;
use countersign_core::login::{
    Act, CancelCause, Claim, Confirmation, DenyCause, Login, Request, State, StateName,
};
use countersign_core::policy::Level;
use countersign_core::scan_code::Rotation;
use countersign_core::secret::{Secret, SecretHash};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::client::rotation_millis;
use super::{Columns, Problem, address_bytes, context, millis};

pub(in crate::sqlite) const LOGIN: &str = "logins.id, logins.version, logins.created_at, \
     logins.server_key, logins.client, logins.scopes, logins.key, logins.binding, \
     logins.ending, logins.cookie, logins.proved, logins.rotate_ms, logins.device_name, logins.device_kind, logins.device_platform, \
     logins.browser, logins.os, logins.origin, logins.address, logins.hint, logins.act, logins.phrase, \
     logins.device_code, logins.strangers, \
     logins.wrong_codes, logins.wrong_passkeys, logins.wrong_phrases, logins.desktop_moved, logins.state, logins.until, logins.ended_at, logins.claim_version, \
     logins.claim_session, logins.claim_account, logins.claim_context, logins.claim_challenge, \
     logins.claim_address, logins.claimed_at, logins.keep, logins.phone_key, logins.passkey_id, \
     logins.confirmed_at, logins.grant_id, logins.cause";

const INSERT: &str = "INSERT INTO logins (id, version, created_at, server_key, client, scopes, key, \
     binding, ending, cookie, proved, rotate_ms, device_name, device_kind, device_platform, browser, os, origin, address, \
     hint, act, phrase, device_code, strangers, wrong_codes, wrong_passkeys, wrong_phrases, desktop_moved, state, until) VALUES (:id, :version, :created_at, \
     :server_key, :client, :scopes, :key, :binding, :ending, :cookie, :proved, :rotate_ms, \
     :device_name, :device_kind, :device_platform, :browser, :os, :origin, :address, :hint, :act, :phrase, :device_code, :strangers, :wrong_codes, \
     :wrong_passkeys, :wrong_phrases, :desktop_moved, 'waiting', :until)";

// What was asked never changes, and what is final never changes.
const UPDATE: &str = "UPDATE logins SET version = :version, strangers = :strangers, \
     wrong_codes = :wrong_codes, wrong_passkeys = :wrong_passkeys, \
     wrong_phrases = :wrong_phrases, desktop_moved = :desktop_moved, state = :state, until = :until, ended_at = :ended_at, \
     claim_version = :claim_version, claim_session = :claim_session, \
     claim_account = :claim_account, claim_context = :claim_context, \
     claim_challenge = :claim_challenge, claim_address = :claim_address, claimed_at = :claimed_at, \
     keep = :keep, phone_key = :phone_key, passkey_id = :passkey_id, confirmed_at = :confirmed_at, grant_id = :grant_id, \
     cause = :cause WHERE id = :id AND version = :expected AND ended_at IS NULL";

/// Writes a new login, which waits.
pub(in crate::sqlite) fn insert(db: &Connection, login: &Login) -> Result<(), Problem> {
    let State::Waiting { until } = login.state else {
        return Err(Problem::Unfit("a new login that does not wait"));
    };
    let request = &login.request;
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":id": login.id.bytes(),
        ":version": login.version,
        ":created_at": millis(login.created_at),
        ":server_key": login.server_key.0,
        ":client": request.client.as_str(),
        ":scopes": request.scopes.to_string(),
        ":key": request.key.bytes(),
        ":binding": request.binding.name(),
        ":ending": request.ending.name(),
        ":cookie": request.cookie.as_ref().map(SecretHash::bytes),
        ":proved": request.proved,
        ":rotate_ms": rotation_millis(request.rotation)?,
        ":device_name": request.device.name,
        ":device_kind": request.device.kind.name(),
        ":device_platform": request.device.platform,
        ":browser": request.browser,
        ":os": request.os,
        ":origin": request.origin,
        ":address": request.address.map(address_bytes),
        ":hint": request.hint.as_ref().map(LoginName::as_str),
        ":act": request.act.map(Act::name),
        ":phrase": request.phrase.as_ref().map(Secret::expose),
        ":device_code": login.device_code.bytes(),
        ":strangers": strangers(login),
        ":wrong_codes": login.wrong_codes,
        ":wrong_passkeys": login.wrong_passkeys,
        ":wrong_phrases": login.wrong_phrases,
        ":desktop_moved": login.desktop_moved,
        ":until": millis(until),
    })?;
    Ok(())
}

/// Writes `next` if the row's version is `expected` and it is not final; says whether it was.
pub(in crate::sqlite) fn replace(
    db: &Connection,
    expected: u32,
    next: &Login,
) -> Result<bool, Problem> {
    if next.version <= expected {
        return Err(Problem::Unfit("a login whose version does not rise"));
    }
    let state = &next.state;
    let claim = state.claim();
    let context = claim
        .map(|claim| context::write(&claim.context).ok_or(Problem::Unfit("a context")))
        .transpose()?;
    let confirmation = state.confirmation();
    let grant = match state {
        State::Collected { grant, .. } => Some(grant.bytes()),
        _ => None,
    };
    let written = db.prepare_cached(UPDATE)?.execute(named_params! {
        ":id": next.id.bytes(),
        ":expected": expected,
        ":version": next.version,
        ":strangers": strangers(next),
        ":wrong_codes": next.wrong_codes,
        ":wrong_passkeys": next.wrong_passkeys,
        ":wrong_phrases": next.wrong_phrases,
        ":desktop_moved": next.desktop_moved,
        ":state": state.name().name(),
        ":until": state.deadline().map(millis),
        ":ended_at": state.ended_at().map(millis),
        ":claim_version": claim.map(|claim| claim.version),
        ":claim_session": claim.map(|claim| claim.session.bytes()),
        ":claim_account": claim.map(|claim| claim.account.bytes()),
        ":claim_context": context,
        ":claim_challenge": claim.map(|claim| &claim.challenge),
        ":claim_address": claim.and_then(|claim| claim.address).map(address_bytes),
        ":claimed_at": claim.map(|claim| millis(claim.at)),
        ":keep": confirmation.map(|confirmation| confirmation.keep),
        ":phone_key": confirmation.map(|confirmation| confirmation.phone_key.bytes()),
        ":passkey_id": confirmation
            .and_then(|confirmation| confirmation.passkey.as_ref())
            .map(PasskeyId::bytes),
        ":confirmed_at": confirmation.map(|confirmation| millis(confirmation.at)),
        ":grant_id": grant,
        ":cause": state.cause(),
    })?;
    Ok(written == 1)
}

fn strangers(login: &Login) -> Vec<u8> {
    login
        .strangers
        .iter()
        .flat_map(|account| *account.bytes())
        .collect()
}

/// Reads the columns of [`LOGIN`].
pub(in crate::sqlite) fn login(columns: &mut Columns<'_>) -> Result<Login, Problem> {
    Ok(Login {
        id: LoginId::from_bytes(columns.id("logins")?),
        version: columns.take()?,
        created_at: columns.time()?,
        server_key: KeyId(columns.take()?),
        request: request(columns)?,
        device_code: SecretHash::from_bytes(columns.bytes()?),
        strangers: read_strangers(columns)?,
        wrong_codes: columns.take()?,
        wrong_passkeys: columns.take()?,
        wrong_phrases: columns.take()?,
        desktop_moved: columns.flag()?,
        state: state(columns)?,
    })
}

fn request(columns: &mut Columns<'_>) -> Result<Request, Problem> {
    let request = Request {
        client: columns.word(ClientId::parse)?,
        scopes: columns.word(Scopes::parse)?,
        key: Thumbprint::from_bytes(columns.bytes()?),
        binding: columns.word(Binding::parse)?,
        ending: columns.word(Ending::parse)?,
        cookie: columns.bytes_or_none()?.map(SecretHash::from_bytes),
        proved: columns.flag()?,
        rotation: match columns.duration()? {
            Duration::ZERO => Rotation::Static,
            period => Rotation::Every(period),
        },
        device: DeviceInfo {
            name: columns.take()?,
            kind: columns.word(DeviceKind::parse)?,
            platform: columns.take()?,
        },
        browser: columns.take()?,
        os: columns.take()?,
        origin: columns.word_or_none(|text| (!text.is_empty()).then(|| text.to_owned()))?,
        address: columns.address_or_none()?,
        hint: columns.word_or_none(LoginName::parse)?,
        act: columns.word_or_none(Act::parse)?,
        phrase: columns.bytes_or_none()?.map(Secret::new),
    };
    let by_cookie = request.ending == Ending::Cookie;
    if by_cookie != request.cookie.is_some() || (by_cookie && request.binding != Binding::Dpop) {
        return Err(columns.refuse("the columns do not fit how it ends"));
    }
    Ok(request)
}

fn read_strangers(columns: &mut Columns<'_>) -> Result<Vec<AccountId>, Problem> {
    let bytes: Vec<u8> = columns.take()?;
    let (ids, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(columns.refuse("column strangers"));
    }
    Ok(ids.iter().copied().map(AccountId::from_bytes).collect())
}

/// What the columns of a state hold, whatever the state.
type Parts = (
    Option<Timestamp>,
    Option<Timestamp>,
    Option<Claim>,
    Option<Confirmation>,
    Option<GrantId>,
    Option<String>,
);

fn state(columns: &mut Columns<'_>) -> Result<State, Problem> {
    let name = columns.word(StateName::parse)?;
    let parts: Parts = (
        columns.time_or_none()?,
        columns.time_or_none()?,
        read_claim(columns)?,
        read_confirmation(columns)?,
        columns.bytes_or_none()?.map(GrantId::from_bytes),
        columns.take()?,
    );
    let state =
        of_parts(name, parts).ok_or_else(|| columns.refuse("the columns do not fit the state"))?;
    let asked = state.claim().is_some_and(|claim| claim.challenge.is_some());
    match state.confirmation() {
        Some(confirmation) if confirmation.passkey.is_some() != asked => {
            Err(columns.refuse("a passkey answers where one is asked"))
        }
        _ => Ok(state),
    }
}

/// The state `name` with `parts`, if these are exactly its own.
fn of_parts(name: StateName, parts: Parts) -> Option<State> {
    use StateName as Name;
    Some(match (name, parts) {
        (Name::Waiting, (Some(until), None, None, None, None, None)) => State::Waiting { until },
        (Name::Scanned, (Some(until), None, Some(claim), None, None, None)) => {
            State::Scanned { until, claim }
        }
        (Name::Checking, (Some(until), None, Some(claim), Some(confirmation), None, None)) => {
            State::Checking {
                until,
                claim,
                confirmation,
            }
        }
        (Name::Confirmed, (Some(until), None, Some(claim), Some(confirmation), None, None)) => {
            State::Confirmed {
                until,
                claim,
                confirmation,
            }
        }
        (Name::Collected, (None, Some(at), Some(claim), Some(confirmation), Some(grant), None)) => {
            State::Collected {
                at,
                claim,
                confirmation,
                grant,
            }
        }
        (Name::Denied, (None, Some(at), Some(claim), None, None, Some(cause))) => State::Denied {
            at,
            claim,
            cause: DenyCause::parse(&cause)?,
        },
        (Name::Cancelled, (None, Some(at), claim, None, None, Some(cause))) => State::Cancelled {
            at,
            claim,
            cause: CancelCause::parse(&cause)?,
        },
        (Name::Expired, (None, Some(at), claim, None, None, None)) => State::Expired { at, claim },
        _ => return None,
    })
}

fn read_claim(columns: &mut Columns<'_>) -> Result<Option<Claim>, Problem> {
    let version = columns.take::<Option<u32>>()?;
    let session = columns.bytes_or_none()?.map(GrantId::from_bytes);
    let account = columns.bytes_or_none()?.map(AccountId::from_bytes);
    let context = columns.word_or_none(context::read)?;
    let challenge: Option<String> = columns.take()?;
    let address = columns.address_or_none()?;
    let at = columns.time_or_none()?;
    match (version, session, account, context, at) {
        (None, None, None, None, None) if challenge.is_none() && address.is_none() => Ok(None),
        (Some(version), Some(session), Some(account), Some(context), Some(at)) => {
            if challenge.is_some() != (context.level == Level::Passkey) {
                return Err(columns.refuse("a challenge goes with the level passkey"));
            }
            Ok(Some(Claim {
                version,
                session,
                account,
                context,
                challenge,
                address,
                at,
            }))
        }
        _ => Err(columns.refuse("half a claim")),
    }
}

fn read_confirmation(columns: &mut Columns<'_>) -> Result<Option<Confirmation>, Problem> {
    let keep = columns.take::<Option<bool>>()?;
    let phone_key = columns.bytes_or_none()?.map(Thumbprint::from_bytes);
    let passkey = columns.bytes_or_none()?.map(PasskeyId::from_bytes);
    let at = columns.time_or_none()?;
    match (keep, phone_key, at) {
        (None, None, None) if passkey.is_none() => Ok(None),
        (Some(keep), Some(phone_key), Some(at)) => Ok(Some(Confirmation {
            keep,
            phone_key,
            passkey,
            at,
        })),
        _ => Err(columns.refuse("half a confirmation")),
    }
}
