//! Signed compact tokens (RFC 7515 §3.1) with the one algorithm spoken here: ES256.
//!
//! Owns form, keys and signatures of proofs and access tokens. It knows no claim: who reads a token decides what
//! `typ`, key and claims it must have.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    ParsedPublicKey,
};
use serde_json::{Map, Value, json};

use crate::base64url;
use crate::entropy::signing_rng;
use crate::strict_json;

/// Members of a JWK that only a private or a symmetric key has (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A token taken apart; nothing in it is believed until [`Compact::is_signed_by`] says so.
#[derive(Debug)]
pub(crate) struct Compact<'a> {
    /// The protected header.
    pub(crate) header: Map<String, Value>,
    /// The claims.
    pub(crate) claims: Map<String, Value>,
    signed: &'a [u8],
    signature: [u8; 64],
}

impl<'a> Compact<'a> {
    /// Takes a token of at most `max` bytes apart: three canonical base64url parts, two of them JSON objects
    /// without repeated members, the third r‖s of P-256. `None` for anything else, a JWE included.
    pub(crate) fn parse(text: &'a str, max: usize) -> Option<Self> {
        if text.len() > max {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed: signed.as_bytes(),
            signature: base64url::decode_array(signature)?,
        })
    }

    /// Whether the header asks for exactly this `typ`, for ES256, and for nothing that would have to be understood
    /// (RFC 7515 §4.1.11).
    pub(crate) fn is(&self, typ: &str) -> bool {
        self.header.get("typ").and_then(Value::as_str) == Some(typ)
            && self.header.get("alg").and_then(Value::as_str) == Some("ES256")
            && !self.header.contains_key("crit")
    }

    /// Whether the signature is this key's.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.parsed.verify_sig(self.signed, &self.signature).is_ok()
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    strict_json::parse_object(&base64url::decode(part)?).ok()
}

/// A P-256 public key, known to lie on the curve.
#[derive(Debug)]
pub struct PublicKey {
    parsed: ParsedPublicKey,
    x: [u8; 32],
    y: [u8; 32],
}

impl PublicKey {
    /// Reads a public key from a JWK (RFC 7517). `None` for other kinds of key, a point off the curve, a text that
    /// is not canonical, or a JWK that holds anything private.
    pub fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let member = |name| jwk.get(name).and_then(Value::as_str);
        let is_private = PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name));
        if is_private || member("kty") != Some("EC") || member("crv") != Some("P-256") {
            return None;
        }
        Self::from_coordinates(
            base64url::decode_array(member("x")?)?,
            base64url::decode_array(member("y")?)?,
        )
    }

    fn from_coordinates(x: [u8; 32], y: [u8; 32]) -> Option<Self> {
        // Uncompressed point, SEC 1 §2.3.3; parsing checks that it is on the curve.
        let point = [&[4][..], &x, &y].concat();
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?;
        Some(Self { parsed, x, y })
    }

    /// The key as JWK, with its required members alone.
    pub fn jwk(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": base64url::encode(self.x), "y": base64url::encode(self.y) })
    }

    /// The key's SHA-256 thumbprint (RFC 7638): how tokens, logins and devices name it.
    pub fn thumbprint(&self) -> [u8; 32] {
        let (x, y) = (base64url::encode(self.x), base64url::encode(self.y));
        sha256(format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
        ))
    }
}

/// A P-256 key that signs. Prints as `[redacted]`.
pub(crate) struct PrivateKey(EcdsaKeyPair);

/// A key could not be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a usable P-256 key in PKCS#8 form")]
pub struct KeyError;

impl PrivateKey {
    /// Makes a key and gives its PKCS#8 form (RFC 5208).
    pub(crate) fn generate() -> Result<Vec<u8>, KeyError> {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &signing_rng());
        Ok(document.map_err(|_| KeyError)?.as_ref().to_vec())
    }

    /// Reads a key from its PKCS#8 form.
    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map(Self)
            .map_err(|_| KeyError)
    }

    /// The other half.
    pub(crate) fn public(&self) -> Result<PublicKey, KeyError> {
        let point: &[u8; 65] = self
            .0
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| KeyError)?;
        let (mut x, mut y) = ([0; 32], [0; 32]);
        x.copy_from_slice(&point[1..33]);
        y.copy_from_slice(&point[33..]);
        PublicKey::from_coordinates(x, y).ok_or(KeyError)
    }

    /// Writes and signs a token. `header` must name `ES256` as its `alg`.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        let part = |value: &Value| base64url::encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self
            .0
            .sign(&signing_rng(), signed.as_bytes())
            .map_err(|_| KeyError)?;
        Ok(format!("{signed}.{}", base64url::encode(signature)))
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey([redacted])")
    }
}

/// SHA-256.
pub(crate) fn sha256(input: impl AsRef<[u8]>) -> [u8; 32] {
    let mut output = [0; 32];
    output.copy_from_slice(digest(&SHA256, input.as_ref()).as_ref());
    output
}

#[cfg(test)]
mod tests;
