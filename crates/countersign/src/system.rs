//! The system's clock and randomness: the one place where the server meets them.

use std::time::{SystemTime, UNIX_EPOCH};

use countersign_core::ports::{Clock, Entropy};
use countersign_core::time::Timestamp;

/// The system's wall clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this file is the one that may")]
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The operating system's randomness.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this file is the one that may")]
        if getrandom::fill(bytes).is_err() {
            tracing::error!(
                "the operating system gives no randomness; stopping before a predictable secret is made"
            );
            std::process::abort();
        }
    }
}
