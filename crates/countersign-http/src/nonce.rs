//! Server nonces for proofs (RFC 9449 §8): they spare clients a right clock.
//!
//! Stateless: a nonce is a coarse time and a MAC over it, so any node that has the key can judge it and none has to
//! remember it.

use aws_lc_rs::hmac;

use crate::base64url;
use crate::limits::{NONCE_GRAIN_MS, NONCE_LIFE_MS};

/// Bytes of the MAC that a nonce carries: 128 bits, beyond guessing.
const MAC_LEN: usize = 16;

/// Keeps other uses of the same key from making nonces.
const LABEL: &[u8] = b"countersign dpop nonce v1";

/// Makes and judges nonces.
#[derive(Debug, Clone)]
pub struct Nonces {
    key: hmac::Key,
}

impl Nonces {
    /// `key` is secret and the same on all nodes that share clients; a new one only costs clients one more round.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// The nonce of this moment. `now` in milliseconds since 1970.
    pub fn issue(&self, now: u64) -> String {
        let grain = now / NONCE_GRAIN_MS;
        let mac = self.mac(grain);
        base64url::encode([&grain.to_be_bytes()[..], &mac].concat())
    }

    /// Until when a nonce is good, in milliseconds since 1970: at least four, at most five minutes after it was
    /// issued. `None` when it is not ours, too old, or from a time that has not come.
    pub fn good_until(&self, nonce: &str, now: u64) -> Option<u64> {
        let bytes: [u8; 8 + MAC_LEN] = base64url::decode_array(nonce)?;
        let (grain, mac) = bytes.split_first_chunk::<8>()?;
        let grain = u64::from_be_bytes(*grain);
        let tag = self.mac(grain);
        aws_lc_rs::constant_time::verify_slices_are_equal(&tag, mac).ok()?;
        let start = grain.checked_mul(NONCE_GRAIN_MS)?;
        let end = start.checked_add(NONCE_LIFE_MS)?;
        (start <= now && now < end).then_some(end)
    }

    fn mac(&self, grain: u64) -> [u8; MAC_LEN] {
        let tag = hmac::sign(&self.key, &[LABEL, &grain.to_be_bytes()].concat());
        let mut mac = [0; MAC_LEN];
        mac.copy_from_slice(&tag.as_ref()[..MAC_LEN]);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_030_000;

    #[test]
    fn a_nonce_is_good_for_five_minutes_from_the_start_of_its_grain() {
        let nonces = Nonces::new(&[7; 32]);
        let nonce = nonces.issue(NOW);
        let end = NOW - NOW % NONCE_GRAIN_MS + NONCE_LIFE_MS;
        assert_eq!(nonces.good_until(&nonce, NOW), Some(end));
        assert_eq!(nonces.good_until(&nonce, end - 1), Some(end));
        assert_eq!(nonces.good_until(&nonce, end), None);
    }

    #[test]
    fn a_nonce_of_the_future_is_none() {
        let nonces = Nonces::new(&[7; 32]);
        assert_eq!(
            nonces.good_until(&nonces.issue(NOW + NONCE_GRAIN_MS), NOW),
            None
        );
    }

    #[test]
    fn another_keys_nonce_and_changed_ones_are_none() {
        let nonces = Nonces::new(&[7; 32]);
        let nonce = nonces.issue(NOW);
        assert_eq!(Nonces::new(&[8; 32]).good_until(&nonce, NOW), None);
        for bad in [
            "",
            "x",
            &nonce[1..],
            &format!("{nonce}A"),
            &"A".repeat(64_000),
        ] {
            assert_eq!(nonces.good_until(bad, NOW), None);
        }
        let mut later = base64url::decode(&nonce).unwrap();
        later[7] += 1;
        assert_eq!(
            nonces.good_until(&base64url::encode(later), NOW + NONCE_GRAIN_MS),
            None
        );
        let mut far = base64url::decode(&nonce).unwrap();
        far[..8].fill(0xff);
        assert_eq!(nonces.good_until(&base64url::encode(far), NOW), None);
    }
}
