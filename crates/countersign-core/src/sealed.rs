//! Sealed texts: what the server gives away to have it brought back unread and unchanged.
//!
//! Holds, passkey challenges and undo tokens travel so. Each kind has a label of its own, from which its key is
//! derived, and says what it is bound to; who presents it elsewhere has nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::keys::{KeyId, ServerKeys};

/// Random bytes that each sealing takes; at 192 bits they never meet again.
pub const NONCE: usize = 24;
/// What is longer than this in its wire form was not sealed here: a challenge has about 1 KiB.
const LONGEST: usize = 16 * 1024;

impl ServerKeys {
    /// Seals `clear` for `bound_to`, under the key in use. `None` only when the cipher fails.
    pub fn seal(
        &self,
        label: &'static [u8],
        bound_to: &[u8],
        clear: &[u8],
        nonce: [u8; NONCE],
    ) -> Option<String> {
        let id = self.current();
        let (msg, aad) = (clear, bound_to);
        let sealed = self
            .cipher(id, label)?
            .encrypt(&XNonce::from(nonce), Payload { msg, aad })
            .ok()?;
        let mut wire = Vec::with_capacity(1 + NONCE + sealed.len());
        wire.push(id.0);
        wire.extend_from_slice(&nonce);
        wire.extend_from_slice(&sealed);
        Some(URL_SAFE_NO_PAD.encode(wire))
    }

    /// Opens what [`ServerKeys::seal`] made with the same label and binding; `None` for anything else.
    pub fn unseal(&self, label: &'static [u8], bound_to: &[u8], text: &str) -> Option<Vec<u8>> {
        if text.len() > LONGEST {
            return None;
        }
        let wire = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, rest) = wire.split_first()?;
        let (nonce, msg) = rest.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let aad = bound_to;
        self.cipher(KeyId(*id), label)?
            .decrypt(&XNonce::from(nonce), Payload { msg, aad })
            .ok()
    }

    fn cipher(&self, id: KeyId, label: &'static [u8]) -> Option<XChaCha20Poly1305> {
        XChaCha20Poly1305::new_from_slice(self.purpose(id, label)?.expose()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn it_opens_with_its_label_binding_and_key_only() {
        let keys = ServerKeys::new(KeyId(1), Secret::new([9; 32]));
        let text = keys.seal(b"a\0", b"phone", b"words", [3; NONCE]).unwrap();
        assert_eq!(
            keys.unseal(b"a\0", b"phone", &text).as_deref(),
            Some(&b"words"[..])
        );
        assert_eq!(keys.unseal(b"b\0", b"phone", &text), None);
        assert_eq!(keys.unseal(b"a\0", b"other", &text), None);
        let others = ServerKeys::new(KeyId(1), Secret::new([8; 32]));
        assert_eq!(others.unseal(b"a\0", b"phone", &text), None);
        assert_eq!(keys.unseal(b"a\0", b"phone", &text[1..]), None);
        let former = ServerKeys::new(KeyId(2), Secret::new([7; 32]))
            .with_former(KeyId(1), Secret::new([9; 32]));
        assert!(former.unseal(b"a\0", b"phone", &text).is_some());
        assert_eq!(
            keys.unseal(b"a\0", b"phone", &"A".repeat(LONGEST + 1)),
            None
        );
    }
}
