//! Upkeep: what is overdue, what is swept, whether the file can be written to.

use async_trait::async_trait;
use countersign_core::ids::{DeviceId, GrantId, LoginId};
use countersign_core::ports::{StoreError, SweepBefore, Upkeep};
use countersign_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::problem::Problem;
use super::rows::millis;
use super::writer::Outcome;
use super::{SqliteStore, all, outbox};

#[async_trait]
impl Upkeep for SqliteStore {
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<LoginId>, StoreError> {
        self.read(move |db| {
            let sql = "SELECT id FROM logins WHERE until <= ? ORDER BY until LIMIT ?";
            all(db, sql, params![millis(now), limit], |columns| {
                columns.id("logins").map(LoginId::from_bytes)
            })
        })
        .await
    }

    async fn sweep(&self, before: SweepBefore, limit: u32) -> Result<u32, StoreError> {
        self.write(move |db| {
            let rows = delete(db, LOGINS, before.logins, limit)?
                + delete(db, DENIALS, before.denials, limit)?
                + sweep_grants(db, before.grants, limit)?
                + delete(db, DELIVERIES, before.notices, limit)?
                + delete(db, CHALLENGES, before.notices, limit)?
                + delete(db, INVITATIONS, before.notices, limit)?
                + delete(db, FORMER, before.passwords, limit)?
                + outbox::sweep_channels(db, limit)?
                + delete(db, AUDIT, before.audit, limit)?;
            Ok(if rows == 0 {
                Outcome::Undo(0)
            } else {
                Outcome::Keep(u32::try_from(rows).unwrap_or(u32::MAX))
            })
        })
        .await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        if self.shared.writer.works()? {
            return Ok(());
        }
        // The last commit failed, so this one is tried: it writes what is there already.
        self.write(|db| {
            db.pragma_update(None, "user_version", 0)?;
            Ok(Outcome::Keep(()))
        })
        .await
    }
}

const LOGINS: &str = "DELETE FROM logins WHERE id IN (SELECT id FROM logins \
     WHERE ended_at IS NOT NULL AND state <> 'denied' AND ended_at < ? ORDER BY ended_at LIMIT ?)";
const DENIALS: &str = "DELETE FROM logins WHERE id IN (SELECT id FROM logins \
     WHERE state = 'denied' AND ended_at < ? ORDER BY ended_at LIMIT ?)";
const AUDIT: &str = "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit \
     WHERE at < ? ORDER BY at LIMIT ?)";
const DELIVERIES: &str = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox \
     WHERE written_at < ? ORDER BY written_at LIMIT ?)";
const CHALLENGES: &str = "DELETE FROM used_challenges WHERE challenge IN (SELECT challenge \
     FROM used_challenges WHERE until < ? ORDER BY until LIMIT ?)";
const INVITATIONS: &str = "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations \
     WHERE expires_at < ? ORDER BY expires_at LIMIT ?)";

const FORMER: &str = "DELETE FROM former_passwords WHERE seq IN (SELECT seq \
     FROM former_passwords WHERE set_at < ? ORDER BY set_at LIMIT ?)";

/// Deletes at most `limit` rows from before `before`; says how many.
fn delete(db: &Connection, sql: &str, before: Timestamp, limit: u32) -> Result<usize, Problem> {
    let rows = db.prepare_cached(sql)?.execute((millis(before), limit))?;
    Ok(rows)
}

/// Deletes grants that were over before `before`, with their families, and their devices that have
/// no grant any more: since then nobody used those either. What approved or made something that stays
/// does: that can be taken back with it.
fn sweep_grants(db: &Connection, before: Timestamp, limit: u32) -> Result<usize, Problem> {
    let sql = "SELECT id, device_id FROM grants WHERE coalesce(ended_at, expires_at) < ? \
               AND NOT EXISTS (SELECT 1 FROM grants AS approved WHERE approved.approved_by = grants.id) \
               AND NOT EXISTS (SELECT 1 FROM grants AS resting WHERE resting.rests_on = grants.id) \
               AND NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.made_by = grants.id) \
               AND NOT EXISTS (SELECT 1 FROM recovery_codes AS codes WHERE codes.made_by = grants.id) \
               ORDER BY coalesce(ended_at, expires_at) LIMIT ?";
    let over = all(db, sql, params![millis(before), limit], |columns| {
        let id = GrantId::from_bytes(columns.id("grants")?);
        Ok((id, DeviceId::from_bytes(columns.bytes()?)))
    })?;
    let families = "DELETE FROM families WHERE grant_id = ?";
    let grant = "DELETE FROM grants WHERE id = ?";
    let device = "DELETE FROM devices WHERE id = ? \
                  AND NOT EXISTS (SELECT 1 FROM grants WHERE grants.device_id = devices.id)";
    let mut rows = 0;
    for (id, of) in over {
        rows += db.prepare_cached(families)?.execute([id.bytes()])?;
        rows += db.prepare_cached(grant)?.execute([id.bytes()])?;
        rows += db.prepare_cached(device)?.execute([of.bytes()])?;
    }
    Ok(rows)
}
