use super::*;

fn key() -> PrivateKey {
    PrivateKey::from_pkcs8(&PrivateKey::generate().unwrap()).unwrap()
}

fn with(jwk: &Value, name: &str, value: Value) -> Map<String, Value> {
    let mut members = jwk.as_object().unwrap().clone();
    members.insert(name.to_owned(), value);
    members
}

/// Made by an independent program; every implementation of the protocol is held to them.
const VECTORS: &str = include_str!("../../../../tests/vectors.json");

#[test]
fn thumbprints_and_token_digests_are_those_of_the_vectors() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    for vector in vectors["thumbprint"].as_array().unwrap() {
        let key = PublicKey::from_jwk(vector["jwk"].as_object().unwrap()).unwrap();
        assert_eq!(base64url::encode(key.thumbprint()), vector["jkt"]);
        assert_eq!(key.jwk(), vector["jwk"]);
    }
    for vector in vectors["ath"].as_array().unwrap() {
        let digest = sha256(vector["access_token"].as_str().unwrap());
        assert_eq!(base64url::encode(digest), vector["ath"]);
    }
    assert!(!vectors["thumbprint"].as_array().unwrap().is_empty());
}

#[test]
fn a_token_is_read_back_and_its_signature_holds() {
    let key = key();
    let text = key
        .sign(&json!({"alg":"ES256","typ":"t"}), &json!({"a":1}))
        .unwrap();
    let token = Compact::parse(&text, 1_000).unwrap();
    assert!(token.is("t") && token.is_signed_by(&key.public().unwrap()));
    assert_eq!(token.claims["a"], 1);
}

#[test]
fn another_key_another_text_and_the_zero_signature_do_not_hold() {
    let (key, other) = (key(), key());
    let text = key
        .sign(&json!({"alg":"ES256","typ":"t"}), &json!({"a":1}))
        .unwrap();
    assert!(
        !Compact::parse(&text, 1_000)
            .unwrap()
            .is_signed_by(&other.public().unwrap())
    );

    let (signed, _) = text.rsplit_once('.').unwrap();
    let zero = format!("{signed}.{}", base64url::encode([0; 64]));
    assert!(
        !Compact::parse(&zero, 1_000)
            .unwrap()
            .is_signed_by(&key.public().unwrap())
    );

    let (_, signature) = text.rsplit_once('.').unwrap();
    let part = |v: Value| base64url::encode(v.to_string());
    let changed = format!(
        "{}.{}.{signature}",
        part(json!({"alg":"ES256","typ":"t"})),
        part(json!({"a":2}))
    );
    assert!(
        !Compact::parse(&changed, 1_000)
            .unwrap()
            .is_signed_by(&key.public().unwrap())
    );
}

#[test]
fn malformed_tokens_are_refused() {
    let text = key()
        .sign(&json!({"alg":"ES256"}), &json!({"a":1}))
        .unwrap();
    let parts: Vec<&str> = text.split('.').collect();
    let duplicate = base64url::encode(r#"{"a":1,"a":2}"#);
    for bad in [
        String::new(),
        ".".into(),
        "..".into(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{text}.{}", parts[2]),
        format!(
            "{}.{}.{}.{}.{}",
            parts[0], parts[1], parts[1], parts[1], parts[2]
        ),
        format!("{text}="),
        format!(" {text}"),
        format!("{}.{duplicate}.{}", parts[0], parts[2]),
        format!("{duplicate}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], base64url::encode("[]"), parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], base64url::encode([1; 63])),
        format!("{}.{}.{}", parts[0], parts[1], base64url::encode([1; 65])),
    ] {
        assert!(Compact::parse(&bad, 10_000).is_none(), "{bad}");
    }
    assert!(Compact::parse(&text, text.len() - 1).is_none());
}

#[test]
fn only_es256_and_the_exact_type_will_do() {
    let key = key();
    for header in [
        json!({"typ":"t"}),
        json!({"typ":"t","alg":"none"}),
        json!({"typ":"t","alg":"HS256"}),
        json!({"typ":"t","alg":"es256"}),
        json!({"typ":"t","alg":["ES256"]}),
        json!({"typ":"T","alg":"ES256"}),
        json!({"typ":"JWT","alg":"ES256"}),
        json!({"alg":"ES256"}),
        json!({"typ":"t","alg":"ES256","crit":["x"],"x":1}),
    ] {
        let text = key.sign(&header, &json!({})).unwrap();
        assert!(!Compact::parse(&text, 1_000).unwrap().is("t"), "{header}");
    }
}

#[test]
fn a_jwk_that_is_no_public_p256_key_is_refused() {
    let jwk = key().public().unwrap().jwk();
    for name in PRIVATE_MEMBERS {
        assert!(
            PublicKey::from_jwk(&with(&jwk, name, json!("AA"))).is_none(),
            "{name}"
        );
    }
    for (name, value) in [
        ("kty", json!("RSA")),
        ("kty", json!("oct")),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("x", json!("")),
        ("x", json!(1)),
        ("y", json!(base64url::encode([1; 31]))),
        ("y", json!(base64url::encode([1; 33]))),
        // Off the curve, or beyond the field.
        ("y", json!(base64url::encode([1; 32]))),
        ("y", json!(base64url::encode([0xff; 32]))),
    ] {
        assert!(
            PublicKey::from_jwk(&with(&jwk, name, value.clone())).is_none(),
            "{name} {value}"
        );
    }
    let zero = with(
        &with(&jwk, "x", json!(base64url::encode([0; 32]))).into(),
        "y",
        json!(base64url::encode([0; 32])),
    );
    assert!(PublicKey::from_jwk(&zero).is_none());
}

#[test]
fn a_private_key_survives_its_file_and_is_never_printed() {
    let file = PrivateKey::generate().unwrap();
    let (one, two) = (
        PrivateKey::from_pkcs8(&file).unwrap(),
        PrivateKey::from_pkcs8(&file).unwrap(),
    );
    assert_eq!(
        one.public().unwrap().thumbprint(),
        two.public().unwrap().thumbprint()
    );
    assert_eq!(format!("{one:?}"), "PrivateKey([redacted])");
    assert!(PrivateKey::from_pkcs8(&file[..file.len() - 1]).is_err());
    assert!(PrivateKey::from_pkcs8(b"").is_err());
}
