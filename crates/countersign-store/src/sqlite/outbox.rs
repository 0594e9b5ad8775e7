//! The outbox: read, settled and swept. It is filled where audit entries are written.

use async_trait::async_trait;
use countersign_core::grant::Role;
use countersign_core::ids::ClientId;
use countersign_core::outbox::{Addressee, Delivery, Fate, Notice};
use countersign_core::ports::{Outbox, StoreError};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::devices::{ACTING, ACTOR, NAME};
use super::problem::Problem;
use super::rows::audit::{self, ENTRY};
use super::rows::{Columns, millis};
use super::writer::Outcome;
use super::{SqliteStore, all};

/// The channels, where every entry that is written finds them: also those of commands beside the server, which know
/// nothing of its configuration.
pub(super) fn set_channels(db: &Connection, channels: &[String]) -> rusqlite::Result<()> {
    let all = db.unchecked_transaction()?;
    all.execute("DELETE FROM channels", [])?;
    for channel in channels {
        let sql = "INSERT INTO channels (name) VALUES (?) ON CONFLICT DO NOTHING";
        all.execute(sql, [channel])?;
    }
    all.commit()
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let channels = self.shared.channels.clone();
        self.read(move |db| {
            let mut due = Vec::new();
            for channel in &channels {
                due.extend(of_channel(db, channel, now, limit)?);
            }
            Ok(due)
        })
        .await
    }

    async fn settle(&self, fates: Vec<(u64, Fate)>) -> Result<(), StoreError> {
        self.write(move |db| {
            for (id, fate) in fates {
                let Ok(id) = i64::try_from(id) else { continue };
                match fate {
                    Fate::Over => {
                        let sql = "DELETE FROM outbox WHERE id = ?";
                        db.prepare_cached(sql)?.execute([id])?;
                    }
                    Fate::Again(at) => {
                        let sql =
                            "UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE id = ?";
                        db.prepare_cached(sql)?.execute((millis(at), id))?;
                    }
                }
            }
            Ok(Outcome::Keep(()))
        })
        .await
    }
}

fn of_channel(
    db: &Connection,
    channel: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Delivery>, Problem> {
    // Only what is due is joined with its names.
    let sql = format!(
        "SELECT due.id, due.channel, due.attempts, {ENTRY}, {NAME}, {ACTOR}, \
         grants.role, coalesce(grants.client, logins.client), accounts.login_name, accounts.display_name, \
         accounts.email FROM (SELECT * FROM outbox WHERE channel = :channel AND due_at <= :now \
         ORDER BY due_at, id LIMIT :limit) AS due \
         JOIN audit ON audit.seq = due.seq \
         LEFT JOIN devices AS named ON named.id = audit.device_id \
         {ACTING}LEFT JOIN grants ON grants.id = audit.grant_id \
         LEFT JOIN logins ON logins.id = audit.login_id \
         LEFT JOIN accounts ON accounts.id = audit.account_id \
         ORDER BY due.due_at, due.id"
    );
    let params = named_params! {
        ":channel": channel,
        ":now": millis(now),
        ":limit": limit,
    };
    all(db, &sql, params, delivery)
}

fn delivery(columns: &mut Columns<'_>) -> Result<Delivery, Problem> {
    let id: i64 = columns.take()?;
    columns.named("outbox", id.to_string());
    let (channel, attempts) = (columns.take()?, columns.take()?);
    let (seq, entry) = audit::entry_with_seq(columns)?;
    let (device, by_device) = (columns.take()?, columns.take()?);
    let role = columns.word_or_none(Role::parse)?;
    let client = columns.word_or_none(ClientId::parse)?;
    let login_name: Option<String> = columns.take()?;
    let display_name: Option<String> = columns.take()?;
    let email = columns.take()?;
    let account = login_name.zip(display_name);
    Ok(Delivery {
        id: id.unsigned_abs(),
        channel,
        attempts,
        notice: Notice {
            seq,
            entry,
            account: account.map(|(login_name, display_name)| Addressee {
                login_name,
                display_name,
                email,
            }),
            device,
            by_device,
            role,
            client,
        },
    })
}

/// Deletes deliveries over channels that are no more, at most `limit` of each; says how many.
pub(super) fn sweep_channels(db: &Connection, limit: u32) -> Result<usize, Problem> {
    let next = "SELECT channel FROM outbox WHERE channel > ? ORDER BY channel LIMIT 1";
    let there = "SELECT 1 FROM channels WHERE name = ?";
    let delete = "DELETE FROM outbox WHERE id IN \
                  (SELECT id FROM outbox WHERE channel = ? LIMIT ?)";
    let mut rows = 0;
    let mut last = String::new();
    loop {
        let channel = db
            .prepare_cached(next)?
            .query_row([&last], |row| row.get(0));
        let Some(channel) = channel.optional()? else {
            return Ok(rows);
        };
        last = channel;
        if !db.prepare_cached(there)?.exists([&last])? {
            rows += db.prepare_cached(delete)?.execute((&last, limit))?;
        }
    }
}
