use std::collections::BTreeSet;

use super::*;

const ISSUER: &str = "https://login.example";
const NOW: u64 = 1_800_000_000_000;

fn key() -> SigningKey {
    SigningKey::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims {
        iss: ISSUER.into(),
        sub: "account".into(),
        aud: ISSUER.into(),
        exp: NOW / 1_000 + 600,
        iat: NOW / 1_000,
        jti: "token".into(),
        client_id: "demo".into(),
        scope: "openid profile".into(),
        cnf: Confirmation::of(Binding::Dpop, &[5; 32]),
        grant: "grant".into(),
        device: TokenDevice {
            id: "device".into(),
            kind: "browser".into(),
        },
        role: "desktop".into(),
        amr: vec!["pwd".into()],
        acr: "code".into(),
        auth_time: NOW / 1_000,
        cross_device: true,
    }
}

fn verify_at(key: &SigningKey, token: &str, now: u64) -> Result<AccessClaims, AccessTokenError> {
    key.verify(
        token,
        &Issuer::parse(ISSUER).unwrap(),
        Audience::Only(ISSUER),
        now,
    )
}

/// Signs what the key's owner never would.
fn forge(key: &SigningKey, header: &Value, claims: &Value) -> String {
    key.private.sign(header, claims).unwrap()
}

fn header(key: &SigningKey) -> Value {
    json!({ "alg": "ES256", "kid": key.kid, "typ": "at+jwt" })
}

#[test]
fn a_token_says_what_was_signed() {
    let key = key();
    let token = key.sign(&claims()).unwrap();
    assert_eq!(verify_at(&key, &token, NOW), Ok(claims()));
    let cnf = claims().cnf;
    assert!(cnf.is(Binding::Dpop, &[5; 32]) && !cnf.is(Binding::Dpop, &[6; 32]));
    assert!(!cnf.is(Binding::DeviceId, &[5; 32]));
}

#[test]
fn a_token_ends_on_the_second_without_leeway() {
    let key = key();
    let token = key.sign(&claims()).unwrap();
    let end = claims().exp * 1_000;
    assert!(verify_at(&key, &token, end - 1).is_ok());
    assert_eq!(verify_at(&key, &token, end), Err(AccessTokenError::Expired));
    assert_eq!(
        verify_at(&key, &token, end + 1_000),
        Err(AccessTokenError::Expired)
    );
}

#[test]
fn another_issuer_audience_or_key_is_refused() {
    let (key, other) = (key(), key());
    let token = key.sign(&claims()).unwrap();
    assert_eq!(
        verify_at(&other, &token, NOW),
        Err(AccessTokenError::Foreign)
    );
    let issuer = Issuer::parse("https://other.example").unwrap();
    assert_eq!(
        key.verify(&token, &issuer, Audience::Any, NOW),
        Err(AccessTokenError::Foreign)
    );
    let issuer = Issuer::parse(ISSUER).unwrap();
    assert_eq!(
        key.verify(&token, &issuer, Audience::Only("shop"), NOW),
        Err(AccessTokenError::Audience)
    );
    assert!(key.verify(&token, &issuer, Audience::Any, NOW).is_ok());
}

#[test]
fn the_header_is_ours_or_the_token_is_not() {
    let (key, other) = (key(), key());
    let body = serde_json::to_value(claims()).unwrap();
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("typ", json!("JWT")),
        ("typ", json!("dpop+jwt")),
        ("kid", json!(other.kid)),
        ("kid", json!("../../etc/passwd")),
        ("kid", json!("' OR 1=1")),
        ("kid", json!(1)),
        ("jku", json!("https://evil.example/jwks")),
        ("x5c", json!(["MII"])),
        ("jwk", other.public.jwk()),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
    ] {
        let mut header = header(&key);
        header[name] = value;
        assert_eq!(
            verify_at(&key, &forge(&key, &header, &body), NOW),
            Err(AccessTokenError::Foreign),
            "{header}"
        );
    }
    for name in ["alg", "typ", "kid"] {
        let mut header = header(&key);
        header.as_object_mut().unwrap().remove(name);
        assert_eq!(
            verify_at(&key, &forge(&key, &header, &body), NOW),
            Err(AccessTokenError::Foreign),
            "{header}"
        );
    }
    assert!(verify_at(&key, &forge(&key, &header(&key), &body), NOW).is_ok());
}

#[test]
fn unsigned_zero_signed_and_hmac_signed_tokens_are_refused() {
    let key = key();
    let token = key.sign(&claims()).unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let point = [&[4][..], &[1; 64]].concat();
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &point);
    let mac = aws_lc_rs::hmac::sign(&secret, signed.as_bytes());
    for signature in [
        vec![],
        vec![0; 64],
        vec![0xff; 64],
        mac.as_ref().to_vec(),
        [mac.as_ref(), mac.as_ref()].concat(),
    ] {
        let bad = format!("{signed}.{}", base64url::encode(signature));
        assert_eq!(verify_at(&key, &bad, NOW), Err(AccessTokenError::Foreign));
    }
}

#[test]
fn claims_are_complete_known_single_and_of_their_kind() {
    let key = key();
    let body = serde_json::to_value(claims()).unwrap();
    for name in body.as_object().unwrap().keys() {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(
            verify_at(&key, &forge(&key, &header(&key), &body), NOW),
            Err(AccessTokenError::Foreign),
            "{name}"
        );
    }
    for (name, value) in [
        ("exp", json!(1e12)),
        ("exp", json!("1900000000")),
        ("aud", json!([ISSUER])),
        ("cnf", json!({"jkt":"x","x5t#S256":"y"})),
        ("cnf", json!({})),
        ("admin", json!(true)),
    ] {
        let mut body = body.clone();
        body[name] = value;
        assert_eq!(
            verify_at(&key, &forge(&key, &header(&key), &body), NOW),
            Err(AccessTokenError::Foreign),
            "{body}"
        );
    }
    let twice = body.to_string().replacen('{', r#"{"sub":"other","#, 1);
    let token = key.sign(&claims()).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let bad = format!("{}.{}.{}", parts[0], base64url::encode(twice), parts[2]);
    assert_eq!(verify_at(&key, &bad, NOW), Err(AccessTokenError::Foreign));
}

#[test]
fn a_jwe_a_proof_and_noise_are_refused() {
    let key = key();
    for bad in ["", "a.b.c", "a.b.c.d.e", &"A".repeat(100_000)] {
        assert_eq!(verify_at(&key, bad, NOW), Err(AccessTokenError::Foreign));
    }
}

#[test]
fn the_key_set_holds_the_public_key_alone() {
    let key = key();
    let jwks = key.jwks();
    let jwk = jwks["keys"][0].as_object().unwrap();
    let names: BTreeSet<&str> = jwk.keys().map(String::as_str).collect();
    let public = ["alg", "crv", "kid", "kty", "use", "x", "y"];
    assert_eq!(names, BTreeSet::from(public));
    assert_eq!(
        jwk["kid"],
        base64url::encode(PublicKey::from_jwk(jwk).unwrap().thumbprint())
    );
}
