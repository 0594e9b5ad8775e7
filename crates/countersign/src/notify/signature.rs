//! The signature of a webhook, as Standard Webhooks 1.0.0 has it: receivers check it with any of that standard's
//! libraries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes of a secret: the standard's bounds.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What one endpoint's webhooks are signed with.
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Reads `whsec_` and base64 of 24 to 64 bytes; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let bytes = Zeroizing::new(bytes);
        BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The value of `webhook-signature` for a message. `seconds` is the time of this attempt, not of the event: it is
    /// what shows a receiver that a message is played again.
    pub(crate) fn sign(&self, id: &str, seconds: u64, body: &str) -> Option<String> {
        // Any length is a key; `None` never comes.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        let code = STANDARD.encode(mac.finalize().into_bytes());
        Some(format!("v1,{code}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_as_the_libraries_of_the_standard_do() {
        // The vector that all of them are tested with.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        assert_eq!(
            secret.sign(id, 1_614_265_330, body).unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_has_its_prefix_and_a_length_that_can_not_be_guessed() {
        for bytes in [0, 16, 23, 65] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
            assert!(Secret::parse(&text).is_none(), "{bytes}");
        }
        for bytes in [24, 32, 64] {
            let text = STANDARD.encode(vec![7; bytes]);
            assert!(Secret::parse(&format!("whsec_{text}")).is_some(), "{bytes}");
            assert!(Secret::parse(&text).is_none());
        }
        assert!(Secret::parse("whsec_not base64").is_none());
    }
}
