//! DPoP proofs (RFC 9449 §4): a signed note "I, this key, send this request now".

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::ambient;
use crate::error::Error;
use crate::key::{Key, base64url};

/// The hash of an access token, as a proof's `ath` carries it (RFC 9449 §4.2).
pub fn access_token_hash(token: &str) -> String {
    base64url(digest(&SHA256, token.as_bytes()).as_ref())
}

/// Makes a proof for one request: `method` in capitals, `url` without query and fragment, the access token that goes
/// with it, and the server's nonce if it asked for one. Proofs are good once.
///
/// # Errors
/// [`Error::Key`] when the key cannot sign.
pub fn proof(
    key: &Key,
    method: &str,
    url: &str,
    token: Option<&str>,
    nonce: Option<&str>,
) -> Result<String, Error> {
    let mut claims = Map::new();
    claims.insert("jti".into(), Value::from(ambient::random_id()?));
    claims.insert("htm".into(), Value::from(method));
    claims.insert("htu".into(), Value::from(url));
    claims.insert("iat".into(), Value::from(ambient::unix_now()));
    if let Some(token) = token {
        claims.insert("ath".into(), Value::from(access_token_hash(token)));
    }
    if let Some(nonce) = nonce {
        claims.insert("nonce".into(), Value::from(nonce));
    }
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()});
    sign(key, &header, &Value::Object(claims))
}

/// A JWS in compact form (RFC 7515 §7.1), signed with ES256.
fn sign(key: &Key, header: &Value, claims: &Value) -> Result<String, Error> {
    let mut token = base64url(header.to_string().as_bytes());
    token.push('.');
    token.push_str(&base64url(claims.to_string().as_bytes()));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&base64url(&signature));
    Ok(token)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    use super::*;

    /// Checks the signature with another library and gives header and claims.
    fn verified(key: &Key, proof: &str) -> (jsonwebtoken::Header, Value) {
        let jwk = key.jwk();
        let coordinate = |name: &str| jwk[name].as_str().unwrap().to_owned();
        let public = DecodingKey::from_ec_components(&coordinate("x"), &coordinate("y")).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        let token = jsonwebtoken::decode::<Value>(proof, &public, &rules).unwrap();
        (token.header, token.claims)
    }

    #[test]
    fn a_proof_is_signed_typed_and_names_the_request() {
        let key = Key::generate().unwrap();
        let made = proof(
            &key,
            "POST",
            "https://login.example/v1/scans",
            Some("token"),
            Some("n-1"),
        )
        .unwrap();
        let (header, claims) = verified(&key, &made);
        assert_eq!(header.typ.as_deref(), Some("dpop+jwt"));
        assert_eq!(
            serde_json::to_value(header.jwk.unwrap()).unwrap()["x"],
            key.jwk()["x"]
        );
        assert_eq!(claims["htm"], "POST");
        assert_eq!(claims["htu"], "https://login.example/v1/scans");
        assert_eq!(claims["ath"], access_token_hash("token"));
        assert_eq!(claims["nonce"], "n-1");
        assert!(claims["iat"].is_u64());
    }

    #[test]
    fn each_proof_has_an_id_of_its_own() {
        let key = Key::generate().unwrap();
        let id = || {
            let made = proof(&key, "GET", "https://login.example/v1/me", None, None).unwrap();
            verified(&key, &made).1["jti"].clone()
        };
        assert_ne!(id(), id());
    }

    #[test]
    fn token_hashes_agree_with_the_shared_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/vectors.json")).unwrap();
        for vector in vectors["ath"].as_array().unwrap() {
            let token = vector["access_token"].as_str().unwrap();
            assert_eq!(access_token_hash(token), vector["ath"].as_str().unwrap());
        }
    }
}
