//! DPoP proofs and signed tokens in their parts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_client::Key;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::Value;

use super::answers::with;

/// A DPoP proof in its parts, to be spoilt.
#[derive(Clone)]
pub(crate) struct Proof {
    key: Key,
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Proof {
    /// An honest one.
    pub(crate) fn of(key: &Key, method: &str, url: &str, token: Option<&str>) -> Self {
        let honest = countersign_client::proof(key, method, url, token, None).unwrap();
        let parts: Vec<Value> = honest.split('.').take(2).map(decoded).collect();
        Self {
            key: key.clone(),
            header: parts[0].clone(),
            claims: parts[1].clone(),
        }
    }

    pub(crate) fn header(mut self, changes: &Value) -> Self {
        self.header = with(self.header, changes);
        self
    }

    pub(crate) fn claims(mut self, changes: &Value) -> Self {
        self.claims = with(self.claims, changes);
        self
    }

    /// Signed with its key, whatever its header says.
    pub(crate) fn signed(&self) -> String {
        let message = self.message();
        let key = EncodingKey::from_ec_der(&self.key.to_pkcs8().unwrap());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256);
        format!("{message}.{}", signature.unwrap())
    }

    /// Header and claims, without a signature.
    pub(crate) fn message(&self) -> String {
        let part = |part: &Value| encoded(part.to_string().as_bytes());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }
}

/// The JSON in one part of a signed token.
pub(crate) fn decoded(part: &str) -> Value {
    serde_json::from_slice(&bytes(part)).unwrap()
}

/// The bytes of a base64url text.
#[track_caller]
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Bytes as base64url.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The claims of an access token.
pub(crate) fn claims(access_token: &str) -> Value {
    decoded(access_token.split('.').nth(1).unwrap())
}
