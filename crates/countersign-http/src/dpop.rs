//! Proofs of possession (RFC 9449): what a device shows with a request instead of just a secret.
//!
//! Owns the twelve checks of §4.3, numbered as there. It knows neither grants nor devices: it says which key made
//! this very request, and callers compare that key with the one they expect.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use crate::base64url;
use crate::issuer::Issuer;
use crate::jws::{Compact, PublicKey, sha256};
use crate::limits::{JTI_MAX, PROOF_AGE_SECONDS, PROOF_AHEAD_SECONDS, PROOF_MAX};
use crate::nonce::Nonces;
use crate::replay::{ReplayCache, ReplayError};

/// A proof that holds for the request it came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// SHA-256 thumbprint (RFC 7638) of the key that signed it.
    pub jkt: [u8; 32],
    /// Digest over key and `jti`: names the proof without holding what a client wrote.
    pub id: [u8; 16],
}

/// The request that a proof must be about.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The request's method, as sent.
    pub method: &'a str,
    /// The request's path, as sent, without the query.
    pub path: &'a str,
    /// The access token presented with it, if any.
    pub access_token: Option<&'a str>,
}

/// Why a proof was refused. The sentences are fixed texts: nothing a client sent is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// One of the checks failed.
    #[error("{0}")]
    Invalid(&'static str),
    /// The proof's time or nonce is not good: the client is to try again with this nonce (§8).
    #[error("the proof needs the nonce of the DPoP-Nonce header")]
    UseNonce(String),
    /// Too many proofs at the moment.
    #[error("too many proofs to remember")]
    Busy,
}

/// Judges proofs for one server.
#[derive(Debug)]
pub struct Proofs {
    issuer: Issuer,
    nonces: Nonces,
    /// Proofs of whoever comes without a token, and of signed-in devices: strangers can't fill the
    /// memory that the others need.
    strangers: ReplayCache,
    signed_in: ReplayCache,
}

impl Proofs {
    /// `nonce_key` is what [`Nonces::new`] takes.
    pub fn new(issuer: Issuer, nonce_key: &[u8; 32]) -> Self {
        Self {
            issuer,
            nonces: Nonces::new(nonce_key),
            strangers: ReplayCache::default(),
            signed_in: ReplayCache::default(),
        }
    }

    /// Judges the proof of a request and counts it: a second look at the same one is refused as a replay.
    ///
    /// The caller still compares [`Proof::jkt`] with the key that the token, login or device is bound to, the
    /// second half of check 12. `now` in milliseconds since 1970.
    pub fn verify(
        &self,
        headers: &HeaderMap,
        target: &Target<'_>,
        now: u64,
    ) -> Result<Proof, ProofError> {
        // Check 1: one header field, no more.
        let mut fields = headers.get_all("dpop").iter();
        let field = fields
            .next()
            .ok_or(ProofError::Invalid("the request has no DPoP header"))?;
        if fields.next().is_some() {
            return Err(ProofError::Invalid(
                "the request has more than one DPoP header",
            ));
        }
        let text = field
            .to_str()
            .map_err(|_| ProofError::Invalid("the proof is not a signed token"))?;
        let (proof, until) = self.judge(text, target, now)?;
        // With a token means: with one of ours, which the caller has verified before.
        let seen = match target.access_token {
            Some(_) => &self.signed_in,
            None => &self.strangers,
        };
        seen.record(proof.id, until, now)
            .map_err(|error| match error {
                ReplayError::Seen => ProofError::Invalid("the proof was used before"),
                ReplayError::Full => ProofError::Busy,
            })?;
        Ok(proof)
    }

    /// As [`Proofs::verify`] where a proof is optional: `None` when there is no `DPoP` header at all.
    pub fn verify_if_present(
        &self,
        headers: &HeaderMap,
        target: &Target<'_>,
        now: u64,
    ) -> Result<Option<Proof>, ProofError> {
        if headers.contains_key("dpop") {
            self.verify(headers, target, now).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Checks 2 to 12; gives the proof and when it becomes too old.
    fn judge(&self, text: &str, target: &Target<'_>, now: u64) -> Result<(Proof, u64), ProofError> {
        let (jkt, claims) = signer(text)?;
        let claims = Claims::read(&claims)?;
        if claims.htm != target.method {
            return Err(ProofError::Invalid("the proof is for another method (htm)"));
        }
        if !self.issuer.is_at(claims.htu, target.path) {
            return Err(ProofError::Invalid(
                "the proof is for another address (htu)",
            ));
        }
        if let Some(access_token) = target.access_token
            && claims.ath != Some(base64url::encode(sha256(access_token)).as_str())
        {
            return Err(ProofError::Invalid(
                "the proof is not for this access token (ath)",
            ));
        }
        let until = self.until(&claims, now)?;
        let digest = sha256([&jkt[..], claims.jti.as_bytes()].concat());
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Ok((Proof { jkt, id }, until))
    }

    /// Checks 10 and 11: until when, in milliseconds, the proof is good.
    fn until(&self, claims: &Claims<'_>, now: u64) -> Result<u64, ProofError> {
        let again = || ProofError::UseNonce(self.nonces.issue(now));
        if let Some(nonce) = claims.nonce {
            return self.nonces.good_until(nonce, now).ok_or_else(again);
        }
        let now = i64::try_from(now).map_err(|_| again())?;
        let oldest = now - PROOF_AGE_SECONDS * 1_000;
        let newest = now + PROOF_AHEAD_SECONDS * 1_000;
        let made = claims.iat.saturating_mul(1_000);
        if made < oldest || made > newest {
            return Err(again());
        }
        // The millisecond after the last in which it is accepted.
        u64::try_from(made + PROOF_AGE_SECONDS * 1_000 + 1).map_err(|_| again())
    }
}

/// Checks 2 and 4 to 7: a signed token of the right kind, by the key that it carries.
fn signer(text: &str) -> Result<([u8; 32], Map<String, Value>), ProofError> {
    let token = Compact::parse(text, PROOF_MAX)
        .ok_or(ProofError::Invalid("the proof is not a signed token"))?;
    if !token.is("dpop+jwt") {
        return Err(ProofError::Invalid(
            "the proof must have typ dpop+jwt and alg ES256",
        ));
    }
    let key = token
        .header
        .get("jwk")
        .and_then(Value::as_object)
        .and_then(PublicKey::from_jwk)
        .ok_or(ProofError::Invalid(
            "the proof's jwk must be a public P-256 key",
        ))?;
    if !token.is_signed_by(&key) {
        return Err(ProofError::Invalid("the proof's signature is wrong"));
    }
    Ok((key.thumbprint(), token.claims))
}

/// Check 3: the claims of §4.2, each of its kind.
struct Claims<'a> {
    jti: &'a str,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    ath: Option<&'a str>,
    nonce: Option<&'a str>,
}

impl<'a> Claims<'a> {
    fn read(claims: &'a Map<String, Value>) -> Result<Self, ProofError> {
        let text = |name, sentence| {
            claims
                .get(name)
                .and_then(Value::as_str)
                .filter(|t| !t.is_empty())
                .ok_or(ProofError::Invalid(sentence))
        };
        let optional = |name, sentence| match claims.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_str()
                .map(Some)
                .ok_or(ProofError::Invalid(sentence)),
        };
        let jti = text("jti", "the proof has no jti")?;
        if jti.len() > JTI_MAX {
            return Err(ProofError::Invalid(
                "the proof's jti is longer than 128 bytes",
            ));
        }
        // RFC 7519 §2 lets a NumericDate have a fraction; ours are whole seconds, and 1.0 or "1" is refused.
        let iat = claims.get("iat").and_then(Value::as_i64);
        Ok(Self {
            jti,
            htm: text("htm", "the proof has no htm")?,
            htu: text("htu", "the proof has no htu")?,
            iat: iat.ok_or(ProofError::Invalid(
                "the proof's iat must be a whole number of seconds",
            ))?,
            ath: optional("ath", "the proof's ath must be a text")?,
            nonce: optional("nonce", "the proof's nonce must be a text")?,
        })
    }
}

#[cfg(test)]
mod tests;
