//! The one place where this crate meets the clock and the system's randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;

use crate::error::Error;

/// Seconds since 1970, for the `iat` of proofs. A clock before 1970 counts as 1970: the server's nonce spares it.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock of this crate: a proof says when it was made"
)]
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The system's generator, for keys.
#[expect(
    clippy::disallowed_methods,
    reason = "the entropy of this crate: keys are made on the device that keeps them"
)]
pub(crate) fn generator() -> SystemRandom {
    SystemRandom::new()
}

/// 128 random bits in base64url, for the `jti` of proofs.
#[expect(
    clippy::disallowed_methods,
    reason = "the entropy of this crate: each proof has an id of its own"
)]
pub(crate) fn random_id() -> Result<String, Error> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| Error::Key("the system has no randomness"))?;
    Ok(crate::key::base64url(&id))
}
