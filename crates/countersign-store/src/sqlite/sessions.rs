//! What opens a session, and from when a phone's may approve.

use countersign_core::audit::PHONE_WAITS;
use countersign_core::grant::{Earlier, Grant, How, PhoneRules, Role};
use countersign_core::ids::{AccountId, GrantId};
use countersign_core::limits::PHONE_MEMORY;
use countersign_core::passkey::{Spent, Used};
use countersign_core::ports::{Minting, Opened, Opening};
use countersign_core::secret::SecretHash;
use countersign_core::time::Timestamp;
use rusqlite::{Connection, ToSql, named_params};

use super::problem::Problem;
use super::rows::grant::{self, GRANT};
use super::rows::millis;
use super::writer::Outcome;
use super::{all, known, minting, one};

/// Earlier phone grants of a device that are looked at for a new one, newest first. Each was made
/// by the same rule from those before it, so who signs in more often loses and gains nothing.
const EARLIER: u32 = 256;

/// What a door leads to.
pub(super) enum Door {
    /// Nothing: it is shut (by now).
    Shut,
    /// The account; in the trust of the grant that made what opened it, if one did.
    Open(Option<GrantId>),
}

/// Opens a session, in the transaction in which what opens it is judged and used up.
pub(super) fn open(
    db: &Connection,
    mut minting: Minting,
    opening: &Opening,
    rules: PhoneRules,
) -> Result<Outcome<Opened>, Problem> {
    let fits = match (minting.grant.how, opening) {
        (How::Password, Opening::Password(_)) | (How::Recovery, Opening::Recovery(_)) => true,
        (How::Passkey { passkey }, Opening::Passkey(used, _)) => passkey == used.passkey,
        _ => false,
    };
    if !fits {
        return Err(Problem::Unfit("a session that something else opened"));
    }
    let (id, account) = (minting.grant.id, minting.grant.account);
    let Door::Open(mut rests_on) = try_door(db, account, opening, minting.at)? else {
        return Ok(Outcome::Undo(Opened::Wrong));
    };
    if minting.grant.role == Role::Phone {
        // Before the grants that this one replaces end.
        let earlier = earlier_phones(db, &minting.grant)?;
        let from = minting.grant.approving_from(&earlier, rules);
        let alone = of_others(&earlier, &minting.grant);
        if rests_on.is_none() && minting.grant.approving_from(&alone, rules) > from {
            // It need not wait because of what its own earlier sessions were given.
            rests_on = trust_of_earlier(db, &minting.grant)?;
        }
        minting.grant.approves_from = Some(from);
        if from > minting.at {
            minting.entry.detail = Some(PHONE_WAITS.into());
        }
    }
    let Some(holder) = minting::mint(db, minting)? else {
        return Ok(Outcome::Undo(Opened::NotActive));
    };
    if let Some(maker) = rests_on {
        let sql = "UPDATE grants SET rests_on = ? WHERE id = ?";
        db.prepare_cached(sql)?
            .execute((maker.bytes(), id.bytes()))?;
    }
    Ok(Outcome::Keep(Opened::Done(Box::new(holder))))
}

/// Whether `opening` opens the account (still); uses it up.
pub(super) fn try_door(
    db: &Connection,
    account: AccountId,
    opening: &Opening,
    at: Timestamp,
) -> Result<Door, Problem> {
    match opening {
        Opening::Password(hash) => {
            let sql = "SELECT 1 FROM accounts WHERE id = ? AND password_hash = ?";
            let right = db.prepare_cached(sql)?.exists((account.bytes(), hash))?;
            Ok(if right { Door::Open(None) } else { Door::Shut })
        }
        Opening::Passkey(used, spent) => {
            let Some(maker) = note_use(db, Some(account), used, at)? else {
                return Ok(Door::Shut);
            };
            let first = spend(db, spent)?;
            Ok(if first {
                Door::Open(Some(maker))
            } else {
                Door::Shut
            })
        }
        Opening::Recovery(code) => {
            let sql = "UPDATE recovery_codes SET used_at = :at \
                       WHERE code = :code AND account_id = :account AND used_at IS NULL \
                       RETURNING made_by";
            let params = named_params! {
                ":at": millis(at),
                ":code": code.bytes(),
                ":account": account.bytes(),
            };
            let maker = one(db, sql, params, |columns| {
                columns.id("grants").map(GrantId::from_bytes)
            })?;
            Ok(maker.map_or(Door::Shut, |maker| Door::Open(Some(maker))))
        }
    }
}

/// Keeps what the use of a passkey left behind, if what was kept is what the use was judged by; gives the
/// grant that made it, if it is there.
pub(super) fn note_use(
    db: &Connection,
    account: Option<AccountId>,
    used: &Used,
    at: Timestamp,
) -> Result<Option<GrantId>, Problem> {
    let sql = "UPDATE passkeys SET state = :state, used_at = max(coalesce(used_at, 0), :at) \
               WHERE id = :id AND account_id = coalesce(:account, account_id) AND state = :before \
               RETURNING made_by";
    let params = named_params! {
        ":state": used.state,
        ":before": used.before,
        ":at": millis(at),
        ":id": used.passkey.bytes(),
        ":account": account.as_ref().map(AccountId::bytes),
    };
    one(db, sql, params, |columns| {
        columns.id("grants").map(GrantId::from_bytes)
    })
}

/// Takes a challenge that was met; says whether nobody had.
pub(super) fn spend(db: &Connection, spent: &Spent) -> Result<bool, Problem> {
    let sql = "INSERT INTO used_challenges (challenge, until) VALUES (?, ?) ON CONFLICT DO NOTHING";
    let params = (SecretHash::bytes(&spent.challenge), millis(spent.until));
    Ok(db.prepare_cached(sql)?.execute(params)? == 1)
}

/// Of the account's phone grants that were alive at some moment of the last [`PHONE_MEMORY`] those
/// that matter to `new`: its device's own, and any one that makes it a further phone, sooner another's.
fn earlier_phones(db: &Connection, new: &Grant) -> Result<Earlier, Problem> {
    let condition = "grants.account_id = :account AND coalesce(ended_at, expires_at) > :since \
                     AND role = :role";
    let since = millis(new.created_at.minus(PHONE_MEMORY));
    let (role, now) = (Role::Phone.name(), millis(new.created_at));
    let mut params: Vec<(&str, &dyn ToSql)> = vec![
        (":account", new.account.bytes()),
        (":since", &since),
        (":role", &role),
        (":key", new.key.bytes()),
    ];
    let sql = format!(
        "SELECT {GRANT} FROM grants WHERE {condition} AND key = :key \
         ORDER BY created_at DESC, ended_at IS NULL DESC LIMIT {EARLIER}"
    );
    let mut phones = all(db, &sql, params.as_slice(), grant::grant)?;
    params.push((":now", &now));
    for whose in ["<>", "="] {
        let sql = format!(
            "SELECT {GRANT} FROM grants WHERE {condition} AND key {whose} :key \
             AND approves_from <= min(coalesce(ended_at, expires_at), :now) LIMIT 1"
        );
        if let Some(phone) = one(db, &sql, params.as_slice(), grant::grant)? {
            phones.push(phone);
            break;
        }
    }
    Ok(Earlier {
        phones,
        distrusted_at: known::distrusted(db, new.account, &new.key)?,
        passkey_of_desktop: passkey_of_desktop(db, new)?,
    })
}

/// When the passkey that opens `new` was added, if a desktop added it.
fn passkey_of_desktop(db: &Connection, new: &Grant) -> Result<Option<Timestamp>, Problem> {
    let How::Passkey { passkey } = new.how else {
        return Ok(None);
    };
    let sql = "SELECT passkeys.id, passkeys.created_at FROM passkeys \
               JOIN grants ON grants.id = passkeys.made_by \
               WHERE passkeys.id = ? AND grants.role = ?";
    let params = (passkey.bytes(), Role::Desktop.name());
    one(db, sql, params, |columns| {
        columns.id("passkeys")?;
        columns.time()
    })
}

/// The same without the new phone's own.
fn of_others(earlier: &Earlier, new: &Grant) -> Earlier {
    let others = earlier.phones.iter().filter(|phone| phone.key != new.key);
    Earlier {
        phones: others.cloned().collect(),
        ..*earlier
    }
}

/// In whose trust the last of the device's phone sessions stood.
fn trust_of_earlier(db: &Connection, new: &Grant) -> Result<Option<GrantId>, Problem> {
    let sql = "SELECT id, rests_on FROM grants WHERE key = :key AND account_id = :account \
               AND role = :role ORDER BY created_at DESC, ended_at IS NULL DESC LIMIT 1";
    let params = named_params! {
        ":key": new.key.bytes(),
        ":account": new.account.bytes(),
        ":role": Role::Phone.name(),
    };
    let found = one(db, sql, params, |columns| {
        columns.id("grants")?;
        Ok(columns.bytes_or_none()?.map(GrantId::from_bytes))
    })?;
    Ok(found.flatten())
}
