//! Recovery codes.

use async_trait::async_trait;
use countersign_core::audit::Entry;
use countersign_core::ids::AccountId;
use countersign_core::ports::{Actor, RecoveryCodes, StoreError};
use countersign_core::secret::SecretHash;
use countersign_core::time::Timestamp;

use super::grants::may_act;
use super::rows::{audit, millis};
use super::writer::Outcome;
use super::{SqliteStore, one};

#[async_trait]
impl RecoveryCodes for SqliteStore {
    async fn replace(
        &self,
        by: Actor,
        codes: Vec<SecretHash>,
        entry: Entry,
    ) -> Result<bool, StoreError> {
        self.write(move |db| {
            if !may_act(db, by.grant, by.account, entry.at)? {
                return Ok(Outcome::Undo(false));
            }
            let sql = "DELETE FROM recovery_codes WHERE account_id = ?";
            db.prepare_cached(sql)?.execute([by.account.bytes()])?;
            let sql = "INSERT INTO recovery_codes (code, account_id, made_by, made_at) \
                       VALUES (?, ?, ?, ?)";
            let (account, grant) = (by.account.bytes(), by.grant.bytes());
            for code in &codes {
                let params = (code.bytes(), account, grant, millis(entry.at));
                db.prepare_cached(sql)?.execute(params)?;
            }
            audit::insert(db, &entry)?;
            Ok(Outcome::Keep(true))
        })
        .await
    }

    async fn left(&self, account: AccountId) -> Result<Option<(u32, Timestamp)>, StoreError> {
        self.read(move |db| {
            let sql = "SELECT count(*) FILTER (WHERE used_at IS NULL), max(made_at) \
                       FROM recovery_codes WHERE account_id = ?";
            let found = one(db, sql, [account.bytes()], |columns| {
                columns.named("recovery_codes", account.to_string());
                let left: u32 = columns.take()?;
                Ok(columns.time_or_none()?.map(|made_at| (left, made_at)))
            })?;
            Ok(found.flatten())
        })
        .await
    }
}
