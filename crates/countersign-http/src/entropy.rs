//! The one place of this crate that asks the operating system for randomness.
//!
//! Request ids, salts, nonce keys and signing keys come from here; ids and secrets of logins, tickets and tokens
//! come from the core's own port.

use aws_lc_rs::rand::SystemRandom;

/// The operating system gave no randomness: nothing secret can be made, so whatever needed it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct NoEntropy;

/// Gives `N` unpredictable bytes.
///
/// # Errors
/// [`NoEntropy`] when the operating system gives none. Callers must fail, never go on with a constant.
pub fn random<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this file is the one that may")]
    getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(bytes)
}

/// The source of randomness that making and using ECDSA keys takes as an argument.
pub(crate) fn signing_rng() -> SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "this file is the one that may")]
    SystemRandom::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random::<16>().unwrap(), random::<16>().unwrap());
    }
}
