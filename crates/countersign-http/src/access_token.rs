//! Access tokens: signed JWTs of the profile of RFC 9068, bound to a device's key (RFC 9449 §6).
//!
//! Owns their claims, the signing key and the key set that resource servers read. A token that verifies here was
//! made here and has not ended; whether its grant still stands is for the core to say.

use countersign_core::client::Binding;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::base64url;
use crate::issuer::Issuer;
use crate::jws::{Compact, KeyError, PrivateKey, PublicKey};
use crate::limits::ACCESS_TOKEN_MAX;

/// The media type in the header (RFC 9068 §2.1): keeps proofs, assertions and ID tokens from passing as access tokens.
const TYP: &str = "at+jwt";

/// What an access token says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    /// Who made it: the issuer's address.
    pub iss: String,
    /// The account.
    pub sub: String,
    /// For whom it is: the issuer itself, or a client's audience.
    pub aud: String,
    /// From this second on it is refused.
    pub exp: u64,
    /// When it was made.
    pub iat: u64,
    /// Its own name, unique.
    pub jti: String,
    /// The client that it was made for.
    pub client_id: String,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// The key that must prove itself with every use.
    pub cnf: Confirmation,
    /// The grant behind it.
    pub grant: String,
    /// The device that holds it.
    pub device: TokenDevice,
    /// `phone` or `desktop`.
    pub role: String,
    /// How the person was authenticated (RFC 8176).
    pub amr: Vec<String>,
    /// The approval level that was reached.
    pub acr: String,
    /// When the person was authenticated.
    pub auth_time: u64,
    /// Whether another device approved it.
    pub cross_device: bool,
}

/// The confirmation claim (RFC 7800 §3.1, RFC 9449 §6.1): what must prove itself with every use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Confirmation {
    /// A key.
    Key {
        /// Base64url of its SHA-256 thumbprint.
        jkt: String,
    },
    /// A device's secret id, for those that can't sign.
    DeviceId {
        /// Base64url of its hash.
        device_id: String,
    },
}

impl Confirmation {
    /// Names what proves the device: 32 bytes of a thumbprint or of a device id's hash.
    pub fn of(binding: Binding, hash: &[u8; 32]) -> Self {
        let text = base64url::encode(hash);
        match binding {
            Binding::Dpop => Self::Key { jkt: text },
            Binding::DeviceId => Self::DeviceId { device_id: text },
        }
    }

    /// Whether this is it. No secret is compared, so the time it takes tells nothing.
    pub fn is(&self, binding: Binding, hash: &[u8; 32]) -> bool {
        let named = match (self, binding) {
            (Self::Key { jkt }, Binding::Dpop) => jkt,
            (Self::DeviceId { device_id }, Binding::DeviceId) => device_id,
            _ => return false,
        };
        base64url::decode_array(named) == Some(*hash)
    }
}

/// The device in a token: enough for a resource server to tell a phone from a television.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenDevice {
    /// The device's id.
    pub id: String,
    /// The device's kind.
    pub kind: String,
}

/// For whom a token has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// For this one alone.
    Only(&'a str),
    /// For whoever it was made: where all that it does is to look at its own grant, or to end it.
    Any,
}

impl Audience<'_> {
    fn has(self, named: &str) -> bool {
        match self {
            Self::Only(audience) => named == audience,
            Self::Any => true,
        }
    }
}

/// Why an access token was refused. Callers answer all alike; the log may tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// Not a token of ours: form, type, algorithm, key, signature or claims.
    #[error("not an access token of this server")]
    Foreign,
    /// Ours, for somebody else.
    #[error("the access token is for another audience")]
    Audience,
    /// Ours, and over.
    #[error("the access token has expired")]
    Expired,
}

/// The key that signs access tokens.
#[derive(Debug)]
pub struct SigningKey {
    private: PrivateKey,
    public: PublicKey,
    kid: String,
}

impl SigningKey {
    /// Makes a new P-256 key and gives its PKCS#8 form (RFC 5208, DER), to be kept where only the server reads.
    pub fn generate_pkcs8() -> Result<Vec<u8>, KeyError> {
        PrivateKey::generate()
    }

    /// Reads a key that [`SigningKey::generate_pkcs8`] or another tool made.
    ///
    /// # Errors
    /// [`KeyError`] for anything but a P-256 key. The caller refuses to start; it never makes a new key silently,
    /// which would end every token that is out.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let private = PrivateKey::from_pkcs8(pkcs8)?;
        let public = private.public()?;
        let kid = base64url::encode(public.thumbprint());
        Ok(Self {
            private,
            public,
            kid,
        })
    }

    /// The key's id: its thumbprint (RFC 7638), so that it follows from the key alone.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key set (RFC 7517 §5) that resource servers verify with.
    pub fn jwks(&self) -> Value {
        let mut jwk = self.public.jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.extend([
                ("kid".to_owned(), json!(self.kid)),
                ("alg".to_owned(), json!("ES256")),
                ("use".to_owned(), json!("sig")),
            ]);
        }
        json!({ "keys": [jwk] })
    }

    /// Signs an access token.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, KeyError> {
        let claims = serde_json::to_value(claims).map_err(|_| KeyError)?;
        self.private.sign(
            &json!({ "alg": "ES256", "kid": self.kid, "typ": TYP }),
            &claims,
        )
    }

    /// Reads a token that must be ours, for `audience`, and not over at `now` (milliseconds since 1970), without
    /// leeway: this server's clock made it and this server's clock judges it.
    ///
    /// Algorithm, type, key and members of header and claims are fixed here; the token is asked about none of them.
    /// The caller still needs a proof by the key of `cnf`, see [`crate::authenticate`].
    pub fn verify(
        &self,
        token: &str,
        issuer: &Issuer,
        audience: Audience<'_>,
        now: u64,
    ) -> Result<AccessClaims, AccessTokenError> {
        let token = Compact::parse(token, ACCESS_TOKEN_MAX).ok_or(AccessTokenError::Foreign)?;
        if !self.made(&token) {
            return Err(AccessTokenError::Foreign);
        }
        let claims: AccessClaims = read(token.claims)?;
        if claims.iss != issuer.as_str() {
            return Err(AccessTokenError::Foreign);
        }
        if !audience.has(&claims.aud) {
            return Err(AccessTokenError::Audience);
        }
        if now >= claims.exp.saturating_mul(1_000) {
            return Err(AccessTokenError::Expired);
        }
        Ok(claims)
    }

    /// Our header, member for member (so no `jku`, `x5c`, `jwk`, `crit`), and our signature.
    fn made(&self, token: &Compact<'_>) -> bool {
        token.header.len() == 3
            && token.is(TYP)
            && token.header.get("kid").and_then(Value::as_str) == Some(&self.kid)
            && token.is_signed_by(&self.public)
    }
}

fn read(claims: Map<String, Value>) -> Result<AccessClaims, AccessTokenError> {
    serde_json::from_value(Value::Object(claims)).map_err(|_| AccessTokenError::Foreign)
}

#[cfg(test)]
mod tests;
