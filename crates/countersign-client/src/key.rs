//! The device's key: ES256 (P-256), made here, never sent.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::ambient;
use crate::error::Error;

/// Base64url without padding, as every id and secret of the protocol travels.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of base64url without padding.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A device's key pair. Clones share it; `Debug` shows the thumbprint alone.
#[derive(Clone)]
pub struct Key {
    pair: Arc<EcdsaKeyPair>,
    x: String,
    y: String,
}

impl Key {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`Error::Key`] when the system has no randomness.
    pub fn generate() -> Result<Self, Error> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| Error::Key("none could be made"))
            .and_then(Self::new)
    }

    /// Reads a key that [`Key::to_pkcs8`] gave.
    ///
    /// # Errors
    /// [`Error::Key`] for anything but PKCS#8 of a P-256 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| Error::Key("the saved one is damaged"))
            .and_then(Self::new)
    }

    /// The private key as PKCS#8 (RFC 5208), to be kept where only its owner can read it.
    ///
    /// # Errors
    /// [`Error::Key`] when it cannot be written out.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, Error> {
        let der = self.pair.to_pkcs8v1();
        Ok(der
            .map_err(|_| Error::Key("it cannot be written out"))?
            .as_ref()
            .to_vec())
    }

    fn new(pair: EcdsaKeyPair) -> Result<Self, Error> {
        // SEC 1 §2.3.3, uncompressed: 0x04, 32 bytes of x, 32 bytes of y.
        let point = pair.public_key().as_ref();
        let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
            return Err(Error::Key("its public half has an unknown form"));
        };
        let (x, y) = (base64url(x), base64url(y));
        Ok(Self {
            pair: Arc::new(pair),
            x,
            y,
        })
    }

    /// The public key as a JWK (RFC 7517), as proofs carry it.
    pub fn jwk(&self) -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y})
    }

    /// The thumbprint (RFC 7638, SHA-256) that names this key: `dpop_jkt` and `cnf.jkt`.
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.x, &self.y)
    }

    /// Signs with ES256: 64 bytes, r ‖ s (RFC 7518 §3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.pair.sign(&ambient::generator(), message);
        Ok(signature
            .map_err(|_| Error::Key("it cannot sign"))?
            .as_ref()
            .to_vec())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.thumbprint()).finish()
    }
}

/// RFC 7638 §3: the required members alone, in alphabetical order, without spaces.
fn thumbprint(x: &str, y: &str) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    base64url(digest(&SHA256, canonical.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_agree_with_the_shared_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/vectors.json")).unwrap();
        for vector in vectors["thumbprint"].as_array().unwrap() {
            let text = |name: &str| vector["jwk"][name].as_str().unwrap();
            assert_eq!(
                thumbprint(text("x"), text("y")),
                vector["jkt"].as_str().unwrap()
            );
        }
    }

    #[test]
    fn a_key_survives_saving_and_a_damaged_one_is_refused() {
        let key = Key::generate().unwrap();
        let der = key.to_pkcs8().unwrap();
        assert_eq!(
            Key::from_pkcs8(&der).unwrap().thumbprint(),
            key.thumbprint()
        );
        assert_eq!(Key::from_pkcs8(&der[1..]).unwrap_err().code(), "bad_key");
    }

    #[test]
    fn debug_output_holds_no_private_part() {
        let key = Key::generate().unwrap();
        assert_eq!(format!("{key:?}"), format!("Key({:?})", key.thumbprint()));
    }
}
