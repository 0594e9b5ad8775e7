//! Who makes this request: an access token and a proof by the key that it is bound to (RFC 9449 §7), or, for devices
//! that can't sign, an access token and the device's secret id. Never one in the other's way (§7.2).
//!
//! Gives what the token says once both hold. Whether grant, account and device still stand, and what the role may
//! do, is for the core to say.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use countersign_core::client::Binding;
use countersign_core::ids::Thumbprint;
use countersign_core::secret::Secret;

use crate::access_token::{AccessClaims, Audience, SigningKey};
use crate::dpop::{ProofError, Proofs, Target};
use crate::issuer::Issuer;
use crate::problem::{Code, Problem};

/// The header in which a device that can't sign sends its id.
pub(crate) const DEVICE_ID: &str = "device-id";

/// What this server needs to recognise the requests of signed-in devices.
#[derive(Debug)]
pub struct Authenticator {
    issuer: Issuer,
    key: SigningKey,
    proofs: Proofs,
}

/// A request whose token and proof hold and belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// What the token says.
    pub claims: AccessClaims,
    /// What proved the device: the key's thumbprint, or what its id says.
    pub key: Thumbprint,
}

impl Authenticator {
    /// `nonce_key` is what [`crate::nonce::Nonces::new`] takes.
    pub fn new(issuer: Issuer, key: SigningKey, nonce_key: &[u8; 32]) -> Self {
        Self {
            proofs: Proofs::new(issuer.clone(), nonce_key),
            issuer,
            key,
        }
    }

    /// The issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The key that signs access tokens.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// What judges proofs that come without a token.
    pub fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// Recognises a request to `path` (as sent, without query) by its `Authorization` and `DPoP` headers.
    ///
    /// The token must be for this server itself. `now` in milliseconds since 1970.
    ///
    /// # Errors
    /// `invalid_token` for a token that is missing, wrong, over, or bound to another key; `invalid_proof`,
    /// `use_dpop_nonce` or `busy` for the proof.
    pub fn authenticate(
        &self,
        headers: &HeaderMap,
        method: &str,
        path: &str,
        now: u64,
    ) -> Result<Authenticated, Problem> {
        let audience = Audience::Only(self.issuer.as_str());
        self.judge(headers, (method, path), audience, now)
    }

    /// As [`Authenticator::authenticate`], but whoever the token is for: for the routes that show or end nothing
    /// but the token's own grant.
    ///
    /// # Errors
    /// As there.
    pub fn authenticate_any(
        &self,
        headers: &HeaderMap,
        method: &str,
        path: &str,
        now: u64,
    ) -> Result<Authenticated, Problem> {
        self.judge(headers, (method, path), Audience::Any, now)
    }

    fn judge(
        &self,
        headers: &HeaderMap,
        (method, path): (&str, &str),
        audience: Audience<'_>,
        now: u64,
    ) -> Result<Authenticated, Problem> {
        let (binding, token) =
            presented(headers).ok_or_else(|| Problem::new(Code::InvalidToken))?;
        let claims = self.key.verify(token, &self.issuer, audience, now)?;
        let key = match binding {
            Binding::Dpop => {
                let target = Target {
                    method,
                    path,
                    access_token: Some(token),
                };
                let proof = self.proofs.verify(headers, &target, now)?;
                Thumbprint::from_bytes(proof.jkt)
            }
            Binding::DeviceId => {
                device_id(headers)?.ok_or_else(|| Problem::new(Code::InvalidToken))?
            }
        };
        // Second half of check 12 of RFC 9449 §4.3.
        if !claims.cnf.is(binding, key.bytes()) {
            return Err(Problem::new(Code::InvalidToken)
                .because(ProofError::Invalid("token bound to another key")));
        }
        Ok(Authenticated { claims, key })
    }
}

/// The device that the one `Device-Id` header names, if there is one.
///
/// # Errors
/// Two, one that can't be one, or one beside a proof: nobody can say which is meant.
pub(crate) fn device_id(headers: &HeaderMap) -> Result<Option<Thumbprint>, ProofError> {
    let mut fields = headers.get_all(DEVICE_ID).iter();
    let Some(first) = fields.next() else {
        return Ok(None);
    };
    let id = first.to_str().ok().and_then(Secret::<32>::parse);
    id.filter(|_| fields.next().is_none() && !headers.contains_key("dpop"))
        .map(|id| Some(Thumbprint::of_device_id(&id)))
        .ok_or(ProofError::Invalid("no device id"))
}

/// The token of the one `Authorization` header, and what has to prove its device by the header's scheme. A token
/// that is bound to a key and sent as `Bearer` is none (RFC 9449 §7.2).
fn presented(headers: &HeaderMap) -> Option<(Binding, &str)> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let field = fields.next()?.to_str().ok()?;
    if fields.next().is_some() {
        return None;
    }
    let (scheme, token) = field.split_once(' ')?;
    let binding = if scheme.eq_ignore_ascii_case("dpop") {
        Binding::Dpop
    } else if scheme.eq_ignore_ascii_case("bearer") {
        Binding::DeviceId
    } else {
        return None;
    };
    let token = token.trim_start_matches(' ');
    (!token.is_empty()).then_some((binding, token))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use serde_json::json;

    use super::*;
    use crate::access_token::{Confirmation, TokenDevice};
    use crate::base64url;
    use crate::jws::{PrivateKey, sha256};

    const ISSUER: &str = "https://login.example";
    const NOW: u64 = 1_800_000_000_000;

    fn authenticator() -> Authenticator {
        let key = SigningKey::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap();
        Authenticator::new(Issuer::parse(ISSUER).unwrap(), key, &[1; 32])
    }

    fn device() -> PrivateKey {
        PrivateKey::from_pkcs8(&PrivateKey::generate().unwrap()).unwrap()
    }

    fn token(server: &Authenticator, holder: &PrivateKey) -> String {
        token_for(server, holder, ISSUER)
    }

    fn token_for(server: &Authenticator, holder: &PrivateKey, audience: &str) -> String {
        let claims = AccessClaims {
            iss: ISSUER.into(),
            sub: "account".into(),
            aud: audience.into(),
            exp: NOW / 1_000 + 600,
            iat: NOW / 1_000,
            jti: "token".into(),
            client_id: "demo".into(),
            scope: String::new(),
            cnf: Confirmation::of(Binding::Dpop, &holder.public().unwrap().thumbprint()),
            grant: "grant".into(),
            device: TokenDevice {
                id: "device".into(),
                kind: "browser".into(),
            },
            role: "phone".into(),
            amr: vec![],
            acr: "code".into(),
            auth_time: 0,
            cross_device: false,
        };
        server.key().sign(&claims).unwrap()
    }

    fn proof(device: &PrivateKey, token: &str, jti: &str) -> String {
        let header = json!({"typ":"dpop+jwt","alg":"ES256","jwk":device.public().unwrap().jwk()});
        let claims = json!({
            "jti": jti, "htm": "GET", "htu": format!("{ISSUER}/v1/me"), "iat": NOW / 1_000,
            "ath": base64url::encode(sha256(token)),
        });
        device.sign(&header, &claims).unwrap()
    }

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        };
        fields
            .iter()
            .map(field)
            .fold(HeaderMap::new(), |mut all, (name, value)| {
                all.append(name, value);
                all
            })
    }

    fn code(server: &Authenticator, fields: &[(&'static str, &str)]) -> Code {
        server
            .authenticate(&headers(fields), "GET", "/v1/me", NOW)
            .unwrap_err()
            .code()
    }

    #[test]
    fn a_token_with_a_proof_by_its_key_is_recognised() {
        let (server, device) = (authenticator(), device());
        let token = token(&server, &device);
        for (scheme, jti) in [("DPoP", "1"), ("dpop", "2")] {
            let fields = [
                ("authorization", &*format!("{scheme} {token}")),
                ("dpop", &*proof(&device, &token, jti)),
            ];
            let who = server
                .authenticate(&headers(&fields), "GET", "/v1/me", NOW)
                .unwrap();
            assert_eq!(who.claims.sub, "account");
            assert_eq!(*who.key.bytes(), device.public().unwrap().thumbprint());
        }
    }

    #[test]
    fn a_stolen_token_is_worth_nothing() {
        let (server, owner, thief) = (authenticator(), device(), device());
        let token = token(&server, &owner);
        let dpop = format!("DPoP {token}");
        assert_eq!(
            code(&server, &[("authorization", &dpop)]),
            Code::InvalidProof
        );
        let theirs = proof(&thief, &token, "1");
        assert_eq!(
            code(&server, &[("authorization", &dpop), ("dpop", &theirs)]),
            Code::InvalidToken
        );
    }

    #[test]
    fn another_clients_token_is_taken_only_where_it_serves_itself() {
        let (server, device) = (authenticator(), device());
        let token = token_for(&server, &device, "shop");
        let authorization = format!("DPoP {token}");
        let with = |jti| {
            let proof = proof(&device, &token, jti);
            headers(&[("authorization", &*authorization), ("dpop", &*proof)])
        };
        let refused = server.authenticate(&with("1"), "GET", "/v1/me", NOW);
        assert_eq!(refused.unwrap_err().code(), Code::InvalidToken);
        let who = server.authenticate_any(&with("2"), "GET", "/v1/me", NOW);
        assert_eq!(who.unwrap().claims.aud, "shop");
    }

    #[test]
    fn a_bound_token_is_accepted_in_no_other_way() {
        let (server, device) = (authenticator(), device());
        let token = token(&server, &device);
        let proof = proof(&device, &token, "1");
        let dpop = format!("DPoP {token}");
        for value in [
            &format!("Bearer {token}"),
            &token,
            "DPoP",
            "DPoP ",
            "",
            &format!("Basic {token}"),
        ] {
            assert_eq!(
                code(&server, &[("authorization", value), ("dpop", &proof)]),
                Code::InvalidToken,
                "{value}"
            );
        }
        assert_eq!(code(&server, &[("dpop", &proof)]), Code::InvalidToken);
        let twice = [
            ("authorization", &*dpop),
            ("authorization", &*dpop),
            ("dpop", &*proof),
        ];
        assert_eq!(code(&server, &twice), Code::InvalidToken);
    }
}
