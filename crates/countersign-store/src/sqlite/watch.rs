//! What detectors ask, each answered from an index and counted no further than its threshold.

use async_trait::async_trait;
use countersign_core::audit::{Entry, Kind};
use countersign_core::ids::{AccountId, ClientId, Thumbprint};
use countersign_core::limits::{ADDRESS_ACCOUNTS, DENIALS, KEY_ACCOUNTS};
use countersign_core::ports::{Asked, Network, StoreError, Watch};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, Params, named_params};

use super::SqliteStore;
use super::problem::Problem;
use super::rows::{audit, millis};
use super::writer::Outcome;

#[async_trait]
impl Watch for SqliteStore {
    async fn asked(
        &self,
        key: &Thumbprint,
        network: Option<Network>,
        since: Timestamp,
    ) -> Result<Asked, StoreError> {
        let (key, since) = (*key, millis(since));
        self.read(move |db| {
            let sql = "SELECT count(*) FROM (SELECT DISTINCT claim_account FROM logins \
                       WHERE key = :key AND proved = 1 AND claimed_at > :since \
                       AND claim_account IS NOT NULL LIMIT :limit)";
            let params = named_params! {
                ":key": key.bytes(),
                ":since": since,
                ":limit": KEY_ACCOUNTS,
            };
            let by_key = count(db, sql, params)?;
            let by_network = match network {
                Some(network) => accounts_from(db, network, since)?,
                None => 0,
            };
            Ok(Asked { by_key, by_network })
        })
        .await
    }

    async fn denied(
        &self,
        client: &ClientId,
        network: Option<Network>,
        since: Timestamp,
    ) -> Result<u32, StoreError> {
        let (client, since) = (client.clone(), millis(since));
        self.read(move |db| {
            let sql = "SELECT count(*) FROM (SELECT 1 FROM logins WHERE state = 'denied' \
                       AND client = :client AND ended_at > :since LIMIT :limit)";
            let params = named_params! {
                ":client": client.as_str(),
                ":since": since,
                ":limit": DENIALS,
            };
            let of_client = count(db, sql, params)?;
            let from_there = match network {
                Some(network) => denied_from(db, network, since)?,
                None => 0,
            };
            Ok(of_client.max(from_there))
        })
        .await
    }

    async fn alert(&self, entry: Entry, quiet_since: Timestamp) -> Result<bool, StoreError> {
        self.write(move |db| {
            if entry.kind != Kind::Alert || entry.detail.is_none() || entry.subject.is_none() {
                return Err(Problem::Unfit("an alert without a name or a subject"));
            }
            let sql = "SELECT 1 FROM audit WHERE kind = 'alert' AND detail = :detail \
                       AND subject = :subject AND account_id IS :account AND at > :since";
            let params = named_params! {
                ":account": entry.account.as_ref().map(AccountId::bytes),
                ":detail": entry.detail,
                ":subject": entry.subject,
                ":since": millis(quiet_since),
            };
            if db.prepare_cached(sql)?.exists(params)? {
                return Ok(Outcome::Undo(false));
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(true))
        })
        .await
    }
}

fn accounts_from(db: &Connection, network: Network, since: i64) -> Result<u32, Problem> {
    let sql = "SELECT count(*) FROM (SELECT DISTINCT claim_account FROM logins \
               WHERE address BETWEEN :first AND :last AND claimed_at > :since \
               AND claim_account IS NOT NULL LIMIT :limit)";
    count_from(db, sql, network, (since, ADDRESS_ACCOUNTS))
}

fn denied_from(db: &Connection, network: Network, since: i64) -> Result<u32, Problem> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM logins WHERE state = 'denied' \
               AND address BETWEEN :first AND :last AND ended_at > :since LIMIT :limit)";
    count_from(db, sql, network, (since, DENIALS))
}

fn count_from(
    db: &Connection,
    sql: &str,
    network: Network,
    (since, limit): (i64, u32),
) -> Result<u32, Problem> {
    let params = named_params! {
        ":first": network.first.octets(),
        ":last": network.last.octets(),
        ":since": since,
        ":limit": limit,
    };
    count(db, sql, params)
}

fn count(db: &Connection, sql: &str, params: impl Params) -> Result<u32, Problem> {
    let mut statement = db.prepare_cached(sql)?;
    Ok(statement.query_row(params, |row| row.get(0))?)
}
