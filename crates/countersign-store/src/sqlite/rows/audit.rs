//! Audit entries as rows.

use std::borrow::Cow;

use countersign_core::audit::{Change, Entry, Kind, notified};
use countersign_core::ids::{AccountId, DeviceId, GrantId, LoginId};
use countersign_core::login::StateName;
use rusqlite::{Connection, named_params};

use super::{Columns, Problem, millis};

pub(in crate::sqlite) const ENTRY: &str = "audit.seq, audit.at, audit.kind, audit.login_id, \
     audit.login_version, audit.login_from, audit.login_to, audit.account_id, audit.device_id, \
     audit.grant_id, audit.by_grant, audit.detail, audit.subject";

const INSERT: &str = "INSERT INTO audit (at, kind, login_id, login_version, login_from, login_to, \
     account_id, device_id, grant_id, by_grant, detail, subject) VALUES (:at, :kind, :login_id, \
     :login_version, :login_from, :login_to, :account_id, :device_id, :grant_id, :by, :detail, :subject)";

/// One delivery for each channel.
const TELL: &str = "INSERT INTO outbox (seq, channel, attempts, due_at, written_at) \
     SELECT :seq, name, 0, :at, :at FROM channels";

/// Writes an entry, in the transaction of the change that it tells of, and what has to be sent about it.
pub(in crate::sqlite) fn insert(db: &Connection, entry: &Entry) -> Result<(), Problem> {
    let change = entry.login.as_ref();
    db.prepare_cached(INSERT)?.execute(named_params! {
        ":at": millis(entry.at),
        ":kind": entry.kind.name(),
        ":login_id": change.map(|change| change.id.bytes()),
        ":login_version": change.map(|change| change.version),
        ":login_from": change.and_then(|change| change.from).map(StateName::name),
        ":login_to": change.map(|change| change.to.name()),
        ":account_id": entry.account.as_ref().map(AccountId::bytes),
        ":device_id": entry.device.as_ref().map(DeviceId::bytes),
        ":grant_id": entry.grant.as_ref().map(GrantId::bytes),
        ":by": entry.by.as_ref().map(GrantId::bytes),
        ":detail": entry.detail.as_deref(),
        ":subject": entry.subject,
    })?;
    if notified(entry) {
        db.prepare_cached(TELL)?.execute(named_params! {
            ":seq": db.last_insert_rowid(),
            ":at": millis(entry.at),
        })?;
    }
    Ok(())
}

/// Reads the columns of [`ENTRY`].
pub(in crate::sqlite) fn entry(columns: &mut Columns<'_>) -> Result<Entry, Problem> {
    entry_with_seq(columns).map(|(_, entry)| entry)
}

/// Reads the columns of [`ENTRY`], its place in the log too.
pub(in crate::sqlite) fn entry_with_seq(
    columns: &mut Columns<'_>,
) -> Result<(u64, Entry), Problem> {
    let seq: i64 = columns.take()?;
    columns.named("audit", seq.to_string());
    let entry = Entry {
        at: columns.time()?,
        kind: columns.word(Kind::parse)?,
        login: change(columns)?,
        account: columns.bytes_or_none()?.map(AccountId::from_bytes),
        device: columns.bytes_or_none()?.map(DeviceId::from_bytes),
        grant: columns.bytes_or_none()?.map(GrantId::from_bytes),
        by: columns.bytes_or_none()?.map(GrantId::from_bytes),
        detail: columns.take::<Option<String>>()?.map(Cow::Owned),
        subject: columns.take()?,
    };
    Ok((seq.unsigned_abs(), entry))
}

fn change(columns: &mut Columns<'_>) -> Result<Option<Change>, Problem> {
    let id = columns.bytes_or_none()?.map(LoginId::from_bytes);
    let version = columns.take::<Option<u32>>()?;
    let from = columns.word_or_none(StateName::parse)?;
    let to = columns.word_or_none(StateName::parse)?;
    match (id, version, from, to) {
        (None, None, None, None) => Ok(None),
        (Some(id), Some(version), from, Some(to)) => Ok(Some(Change {
            id,
            version,
            from,
            to,
        })),
        _ => Err(columns.refuse("a login's change has id, version and state")),
    }
}
