//! The hold: a sealed receipt for a scan code, for a phone that first has to sign in.
//!
//! Signing in takes longer than a scan code lives. The hold keeps the code as presented, when it
//! was presented, and by which phone's key. It is given for *any* well-formed code and judged only
//! at scan, so that it tells nobody whether a login exists.

use crate::ids::{LoginId, Thumbprint};
use crate::keys::ServerKeys;
use crate::scan_code::ScanCode;
use crate::sealed::NONCE;
use crate::time::Timestamp;

const LABEL: &[u8] = b"countersign hold\0";
const SEALED: usize = 16 + 8 + 8;

/// What a hold keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The code as it was presented.
    pub code: ScanCode,
    /// When; the code is judged as of then.
    pub received_at: Timestamp,
}

impl Hold {
    /// Seals the hold for the phone with `key`; `nonce` is 24 fresh random bytes.
    ///
    /// `None` only when the server keys hold no current key, which their type rules out.
    pub fn seal(&self, keys: &ServerKeys, key: &Thumbprint, nonce: [u8; NONCE]) -> Option<String> {
        let mut clear = Vec::with_capacity(SEALED);
        clear.extend_from_slice(self.code.login.bytes());
        clear.extend_from_slice(&self.code.mac);
        clear.extend_from_slice(&self.received_at.millis().to_be_bytes());
        keys.seal(LABEL, key.bytes(), &clear, nonce)
    }

    /// Opens a hold that the phone with `key` presents; `None` for anybody else's, and for
    /// anything that this server did not seal.
    pub fn open(text: &str, keys: &ServerKeys, key: &Thumbprint) -> Option<Self> {
        let clear = keys.unseal(LABEL, key.bytes(), text)?;
        let (login, rest) = clear.split_at_checked(16)?;
        let (mac, received_at) = rest.split_at_checked(8)?;
        Some(Self {
            code: ScanCode {
                login: LoginId::from_bytes(login.try_into().ok()?),
                mac: mac.try_into().ok()?,
            },
            received_at: Timestamp::from_millis(u64::from_be_bytes(received_at.try_into().ok()?)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyId;
    use crate::secret::Secret;

    #[test]
    fn a_hold_opens_for_its_phone_only() {
        let keys = ServerKeys::new(KeyId(1), Secret::new([9; 32]));
        let (phone, other) = (
            Thumbprint::from_bytes([1; 32]),
            Thumbprint::from_bytes([2; 32]),
        );
        let hold = Hold {
            code: ScanCode {
                login: LoginId::from_bytes([5; 16]),
                mac: [6; 8],
            },
            received_at: Timestamp::from_millis(77),
        };
        let text = hold.seal(&keys, &phone, [3; 24]).unwrap();
        assert_eq!(Hold::open(&text, &keys, &phone), Some(hold));
        assert_eq!(Hold::open(&text, &keys, &other), None);
        assert_eq!(
            Hold::open(
                &text,
                &ServerKeys::new(KeyId(1), Secret::new([8; 32])),
                &phone
            ),
            None
        );
        assert_eq!(Hold::open(&text[1..], &keys, &phone), None);
        let mut turned = text.into_bytes();
        turned[60] = if turned[60] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            Hold::open(std::str::from_utf8(&turned).unwrap(), &keys, &phone),
            None
        );
    }
}
