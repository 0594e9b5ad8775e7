//! The operator's token: what opens `/admin/v1`, where a configuration names one.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::jws::sha256;

/// What is kept of the token, as long as the process runs: its hash.
pub struct OperatorToken([u8; 32]);

impl OperatorToken {
    /// Of this text, which its owner has made long and random.
    pub fn new(text: &str) -> Self {
        Self(sha256(text))
    }

    /// Whether this is the token. Hashes are compared, of equal length and in constant time, so that the time tells
    /// nothing of either.
    pub(crate) fn is(&self, presented: &str) -> bool {
        verify_slices_are_equal(&self.0, &sha256(presented)).is_ok()
    }
}

impl std::fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperatorToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_it() {
        let token = OperatorToken::new("correct-horse-battery-staple-0123");
        assert!(token.is("correct-horse-battery-staple-0123"));
        for wrong in [
            "",
            "correct-horse-battery-staple-012",
            "Correct-horse-battery-staple-0123",
        ] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "OperatorToken([redacted])");
    }
}
