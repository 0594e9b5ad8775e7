//! What a server does beside requests: writes down what expired, forgets what nobody needs.

use std::time::Duration;

use crate::ids::LoginId;
use crate::limits::{
    AUDIT_DAYS, GRANT_KEPT, KNOWN_DESKTOP, LOGIN_KEPT, OUTBOX_KEPT, SWEEP_BATCH, UNDO_TOKEN,
};
use crate::login::{Event, Login};
use crate::ports::SweepBefore;
use crate::time::Timestamp;

use super::{Failure, Service};

/// How long what is over is kept, as far as an operator chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The audit log.
    pub audit: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            audit: Duration::from_secs(AUDIT_DAYS * 86_400),
        }
    }
}

impl Service {
    /// Logins that expired and of which nobody has written it down yet; one batch.
    ///
    /// # Errors
    /// The store's.
    pub async fn overdue(&self) -> Result<Vec<LoginId>, Failure> {
        Ok(self.upkeep.overdue(self.now(), SWEEP_BATCH).await?)
    }

    /// Writes down, with its audit entry, that a login expired. It changes nothing for its parties:
    /// the deadline alone decided that.
    ///
    /// # Errors
    /// The store's.
    pub async fn expire(&self, id: LoginId) -> Result<(), Failure> {
        let tick = |_: &Login, _: Timestamp| Ok(Event::Tick);
        self.transition(id, tick).await.map(drop)
    }

    /// Deletes one batch of what is over for long; says how many rows, 0 when nothing is left.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<u32, Failure> {
        let now = self.now();
        let before = SweepBefore {
            logins: now.minus(LOGIN_KEPT),
            denials: now.minus(KNOWN_DESKTOP),
            grants: now.minus(GRANT_KEPT),
            audit: now.minus(self.retention.audit),
            notices: now.minus(OUTBOX_KEPT),
            passwords: now.minus(UNDO_TOKEN),
        };
        Ok(self.upkeep.sweep(before, SWEEP_BATCH).await?)
    }
}
