//! Secrets: values that can't be printed, and their forms at rest.
//!
//! A random secret is kept only as a hash with a label for its kind, so that one kind can never
//! stand in for another and a copied database holds nothing that signs anyone in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// `N` secret bytes. Prints as `[redacted]`, is wiped when dropped, and compares in constant time.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Takes `bytes` as a secret.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, for the cryptography that needs them.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The form that travels: base64url without padding.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads the form that travels; `None` unless it is exactly `N` bytes in canonical base64url.
    pub fn parse(text: &str) -> Option<Self> {
        decode(text).map(Self)
    }
}

impl<const N: usize> std::fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

/// What a hashed secret is for. The label is hashed in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// The desktop's device code (RFC 8628 §3.2).
    DeviceCode,
    /// A refresh token (RFC 6749 §1.5).
    RefreshToken,
    /// The cookie of a session on the server's own pages.
    SessionCookie,
    /// The cookie that binds a login to the browser that asked for it.
    LoginCookie,
    /// The id of a device that can't sign.
    DeviceId,
    /// The secret part of an invitation's link.
    Invitation,
    /// A passkey challenge, once it was used.
    Challenge,
}

impl SecretKind {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::DeviceCode => b"countersign device code\0",
            Self::RefreshToken => b"countersign refresh token\0",
            Self::SessionCookie => b"countersign session cookie\0",
            Self::LoginCookie => b"countersign login cookie\0",
            Self::DeviceId => b"countersign device id\0",
            Self::Invitation => b"countersign invitation\0",
            Self::Challenge => b"countersign challenge\0",
        }
    }
}

/// A secret at rest: SHA-256 over the kind's label and the secret.
///
/// One fast hash is enough because every secret kept so is random and at least 112 bits long
/// (NIST SP 800-63B-4 §3.1.2.2); passwords never come here.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes `secret` as one of `kind`.
    pub fn of<const N: usize>(kind: SecretKind, secret: &Secret<N>) -> Self {
        let mut hash = Sha256::new();
        hash.update(kind.label());
        hash.update(secret.expose());
        Self(hash.finalize().into())
    }

    /// Whether this is the hash of `secret` as one of `kind`; in constant time.
    pub fn matches<const N: usize>(&self, kind: SecretKind, secret: &Secret<N>) -> bool {
        self.0.ct_eq(&Self::of(kind, secret).0).into()
    }

    /// The 32 bytes, for the store.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes 32 bytes that the store kept.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hash]")
    }
}

/// A secret with the public name of the thing it opens in front: 16 bytes ‖ `N` bytes.
///
/// The name finds the row by its primary key, so that no second index by hash is needed; the
/// secret part alone decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<const N: usize> {
    /// The 16 bytes of the login's or refresh family's id.
    pub locator: [u8; 16],
    /// The secret part.
    pub secret: Secret<N>,
}

impl<const N: usize> Located<N> {
    /// The form that travels: base64url of locator ‖ secret.
    pub fn reveal(&self) -> String {
        let mut bytes = Vec::with_capacity(16 + N);
        bytes.extend_from_slice(&self.locator);
        bytes.extend_from_slice(self.secret.expose());
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        bytes.zeroize();
        text
    }

    /// Reads the form that travels; `None` unless it has exactly the right length and alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = decode_vec(text, 16 + N)?;
        let (locator, secret) = bytes.split_at(16);
        Some(Self {
            locator: locator.try_into().ok()?,
            secret: Secret(secret.try_into().ok()?),
        })
    }
}

/// Decodes exactly `N` bytes of canonical base64url without padding.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_vec(text, N)?.try_into().ok()
}

fn decode_vec(text: &str, length: usize) -> Option<Vec<u8>> {
    // The length is compared first: a long text is refused without being decoded.
    if text.len() != (length * 8).div_ceil(6) {
        return None;
    }
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .filter(|bytes| bytes.len() == length)
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let located = Located {
            locator: [1; 16],
            secret: Secret::new([7; 32]),
        };
        assert!(!format!("{located:?}").contains('7'));
        assert_eq!(format!("{:?}", located.secret), "[redacted]");
    }

    #[test]
    fn one_kind_never_stands_in_for_another() {
        let secret = Secret::new([7; 32]);
        let hash = SecretHash::of(SecretKind::DeviceCode, &secret);
        assert!(hash.matches(SecretKind::DeviceCode, &secret));
        assert!(!hash.matches(SecretKind::RefreshToken, &secret));
        assert!(!hash.matches(SecretKind::DeviceCode, &Secret::new([8; 32])));
    }

    #[test]
    fn a_located_secret_travels_and_comes_back() {
        let located = Located {
            locator: [1; 16],
            secret: Secret::new([7; 32]),
        };
        let text = located.reveal();
        assert_eq!(text.len(), 64);
        assert_eq!(Located::<32>::parse(&text), Some(located));
        assert_eq!(Located::<32>::parse(&text[1..]), None);
        assert_eq!(Located::<32>::parse(&format!("{text}A")), None);
        assert_eq!(Located::<32>::parse(&text.replace(&text[..1], "=")), None);
    }

    #[test]
    fn bits_beyond_the_value_are_refused() {
        // 16 bytes take 22 characters whose last four bits must be zero (RFC 4648 §3.5).
        let text = Secret::new([0; 16]).reveal();
        let sloppy = format!("{}B", &text[..21]);
        assert!(Secret::<16>::parse(&text).is_some());
        assert!(Secret::<16>::parse(&sloppy).is_none());
    }
}
