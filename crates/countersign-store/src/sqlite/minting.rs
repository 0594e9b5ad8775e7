//! What a sign-in makes: device, grant and refresh family, in one transaction with its audit entry.

use countersign_core::account::{Account, AccountStatus, Device};
use countersign_core::grant::{EndCause, Ended, Grant, How};
use countersign_core::ids::{AccountId, GrantId};
use countersign_core::login::Act;
use countersign_core::ports::{Holder, Minting};
use countersign_core::refresh::Family;
use countersign_core::secret::SecretHash;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, named_params};

use super::problem::Problem;
use super::rows::account::{self, ACCOUNT, DEVICE};
use super::rows::{address_bytes, audit, millis};
use super::{ending, one};

/// Writes everything of `minting`; `None` when its account is not active, and the caller takes back
/// what was written.
pub(super) fn mint(db: &Connection, minting: Minting) -> Result<Option<Holder>, Problem> {
    let Minting {
        device,
        mut grant,
        family,
        at,
        mut entry,
    } = minting;
    let fits = device.account == grant.account
        && device.key == grant.key
        && family.grant == grant.id
        && family.key == grant.key;
    if !fits {
        return Err(Problem::Unfit("a device, grant and family that don't fit"));
    }
    let Some(account) = active_account(db, grant.account)? else {
        return Ok(None);
    };
    let device = keep_device(db, &device)?;
    grant.device = device.id;
    entry.device = Some(device.id);
    replace_earlier(db, &grant, at)?;
    insert_grant(db, &grant)?;
    insert_family(db, &family)?;
    audit::insert(db, &entry)?;
    Ok(Some(Holder {
        grant,
        device,
        account,
    }))
}

/// The account, if it may sign in and approve.
pub(super) fn active_account(db: &Connection, id: AccountId) -> Result<Option<Account>, Problem> {
    let sql = format!("SELECT {ACCOUNT} FROM accounts WHERE id = ?");
    let account = one(db, &sql, [id.bytes()], account::account)?;
    Ok(account.filter(|account| account.status == AccountStatus::Active))
}

/// Adds the device, or sees the one with the same key again; gives the one that is kept.
fn keep_device(db: &Connection, device: &Device) -> Result<Device, Problem> {
    // `max`, so that a clock that was set back makes no device that was seen before it was there.
    let sql = "INSERT INTO devices (id, account_id, name, kind, platform, label, key, first_seen, \
               last_seen) VALUES (:id, :account, :name, :kind, :platform, :label, :key, \
               :first_seen, :last_seen) \
               ON CONFLICT (account_id, key) DO UPDATE SET name = excluded.name, \
               kind = excluded.kind, platform = excluded.platform, \
               last_seen = max(last_seen, excluded.last_seen)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":id": device.id.bytes(),
        ":account": device.account.bytes(),
        ":name": device.info.name,
        ":kind": device.info.kind.name(),
        ":platform": device.info.platform,
        ":label": device.label,
        ":key": device.key.bytes(),
        ":first_seen": millis(device.first_seen),
        ":last_seen": millis(device.last_seen),
    })?;
    let sql = format!("SELECT {DEVICE} FROM devices WHERE account_id = ? AND key = ?");
    let params = (device.account.bytes(), device.key.bytes());
    one(db, &sql, params, account::device)?.ok_or(Problem::Unfit("a device"))
}

/// Ends the grants in whose place `grant` comes. Whoever signs in anew is told of that alone.
fn replace_earlier(db: &Connection, grant: &Grant, at: Timestamp) -> Result<(), Problem> {
    let sql = "SELECT id FROM grants WHERE device_id = :device AND client = :client \
               AND role = :role AND ended_at IS NULL AND expires_at > :at";
    let params = named_params! {
        ":device": grant.device.bytes(),
        ":client": grant.client.as_str(),
        ":role": grant.role.name(),
        ":at": millis(at),
    };
    let earlier = super::all(db, sql, params, |columns| {
        columns.id("grants").map(GrantId::from_bytes)
    })?;
    let cause = EndCause::Replaced;
    for id in earlier {
        ending::end_one(db, id, Ended { at, cause })?;
    }
    Ok(())
}

fn insert_grant(db: &Connection, grant: &Grant) -> Result<(), Problem> {
    let sql = "INSERT INTO grants (id, account_id, device_id, key, client, scopes, role, how, \
               passkey_id, login_id, approved_by, level, proved, act, binding, kept, approves_from, \
               verified_at, address, created_at, expires_at) VALUES (:id, :account, :device, :key, \
               :client, :scopes, :role, :how, :passkey, :login, :approved_by, :level, :proved, \
               :act, :binding, :kept, :approves_from, :verified_at, :address, :created_at, \
               :expires_at)";
    if grant.ended.is_some() || grant.allowed_by.is_some() {
        return Err(Problem::Unfit(
            "a new grant that is over, or was allowed to approve",
        ));
    }
    let passkey = match &grant.how {
        How::Passkey { passkey } => Some(passkey.bytes()),
        _ => None,
    };
    let (login, approved_by, level, proved, act) = match &grant.how {
        How::Scan {
            login,
            approved_by,
            level,
            proved,
            act,
        } => (
            Some(login.bytes()),
            Some(approved_by.bytes()),
            Some(level.name()),
            Some(*proved),
            act.map(Act::name),
        ),
        _ => (None, None, None, None, None),
    };
    db.prepare_cached(sql)?.execute(named_params! {
        ":id": grant.id.bytes(),
        ":account": grant.account.bytes(),
        ":device": grant.device.bytes(),
        ":key": grant.key.bytes(),
        ":client": grant.client.as_str(),
        ":scopes": grant.scopes.to_string(),
        ":role": grant.role.name(),
        ":how": grant.how.name(),
        ":passkey": passkey,
        ":login": login,
        ":approved_by": approved_by,
        ":level": level,
        ":proved": proved,
        ":act": act,
        ":binding": grant.binding.name(),
        ":kept": grant.kept,
        ":approves_from": grant.approves_from.map(millis),
        ":verified_at": grant.verified_at.map(millis),
        ":address": grant.address.map(address_bytes),
        ":created_at": millis(grant.created_at),
        ":expires_at": millis(grant.expires_at),
    })?;
    Ok(())
}

/// Writes a new family.
pub(super) fn insert_family(db: &Connection, family: &Family) -> Result<(), Problem> {
    let sql = "INSERT INTO families (id, grant_id, kind, key, version, current, previous, repeats, \
               used_at, ended) VALUES (:id, :grant, :kind, :key, :version, :current, :previous, \
               :repeats, :used_at, :ended)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":id": family.id.bytes(),
        ":grant": family.grant.bytes(),
        ":kind": family.kind.name(),
        ":key": family.key.bytes(),
        ":version": family.version,
        ":current": family.current.bytes(),
        ":previous": family.previous.as_ref().map(SecretHash::bytes),
        ":repeats": family.repeats,
        ":used_at": millis(family.used_at),
        ":ended": family.ended,
    })?;
    Ok(())
}
