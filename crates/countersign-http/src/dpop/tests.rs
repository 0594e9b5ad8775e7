use axum::http::HeaderValue;
use serde_json::json;

use super::*;
use crate::jws::PrivateKey;

const NOW: u64 = 1_800_000_030_500;
const NOW_SECONDS: i64 = 1_800_000_030;
const TARGET: Target<'static> = Target {
    method: "POST",
    path: "/v1/scans",
    access_token: None,
};

/// A device with its key, and the server that it talks to.
struct Fixture {
    key: PrivateKey,
    proofs: Proofs,
}

impl Fixture {
    fn new() -> Self {
        let key = PrivateKey::from_pkcs8(&PrivateKey::generate().unwrap()).unwrap();
        Self {
            key,
            proofs: Proofs::new(Issuer::parse("https://login.example").unwrap(), &[3; 32]),
        }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.public().unwrap().jwk() })
    }

    fn claims() -> Value {
        json!({ "jti": "one", "htm": "POST", "htu": "https://login.example/v1/scans", "iat": NOW_SECONDS })
    }

    fn verify(
        &self,
        header: &Value,
        claims: &Value,
        target: &Target<'_>,
    ) -> Result<Proof, ProofError> {
        self.verify_text(&self.key.sign(header, claims).unwrap(), target)
    }

    fn verify_text(&self, proof: &str, target: &Target<'_>) -> Result<Proof, ProofError> {
        let mut headers = HeaderMap::new();
        headers.append("dpop", HeaderValue::from_str(proof).unwrap());
        self.proofs.verify(&headers, target, NOW)
    }

    /// Judges a good proof in which one claim has another value, or is missing.
    fn verify_claim(&self, name: &str, value: Option<Value>) -> Result<Proof, ProofError> {
        self.verify(
            &self.header(),
            &changed(Self::claims(), name, value),
            &TARGET,
        )
    }

    fn verify_header(&self, name: &str, value: Option<Value>) -> Result<Proof, ProofError> {
        self.verify(
            &changed(self.header(), name, value),
            &Self::claims(),
            &TARGET,
        )
    }
}

fn changed(mut object: Value, name: &str, value: Option<Value>) -> Value {
    let members = object.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    object
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers read better without a borrow"
)]
fn assert_invalid<T: std::fmt::Debug>(result: Result<T, ProofError>, context: &str) {
    assert!(
        matches!(result, Err(ProofError::Invalid(_))),
        "{context}: {result:?}"
    );
}

#[test]
fn a_good_proof_names_its_key() {
    let f = Fixture::new();
    let proof = f.verify(&f.header(), &Fixture::claims(), &TARGET).unwrap();
    assert_eq!(proof.jkt, f.key.public().unwrap().thumbprint());
}

#[test]
fn the_proof_of_rfc_9449_section_4_1_holds_at_its_time() {
    let proof = concat!(
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRj",
        "QyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGk",
        "iOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyM",
        "jYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
    );
    let proofs = Proofs::new(
        Issuer::parse("https://server.example.com").unwrap(),
        &[3; 32],
    );
    let mut headers = HeaderMap::new();
    headers.append("dpop", HeaderValue::from_str(proof).unwrap());
    let target = Target {
        method: "POST",
        path: "/token",
        access_token: None,
    };
    let proof = proofs.verify(&headers, &target, 1_562_262_616_000).unwrap();
    assert_eq!(
        base64url::encode(proof.jkt),
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    );
}

#[test]
fn check_1_exactly_one_header() {
    let f = Fixture::new();
    let text = f.key.sign(&f.header(), &Fixture::claims()).unwrap();
    assert_invalid(f.proofs.verify(&HeaderMap::new(), &TARGET, NOW), "none");
    assert_eq!(
        f.proofs.verify_if_present(&HeaderMap::new(), &TARGET, NOW),
        Ok(None)
    );

    let mut twice = HeaderMap::new();
    twice.append("dpop", HeaderValue::from_str(&text).unwrap());
    twice.append("dpop", HeaderValue::from_str(&text).unwrap());
    assert_invalid(f.proofs.verify(&twice, &TARGET, NOW), "two");
    assert_invalid(
        f.proofs.verify_if_present(&twice, &TARGET, NOW),
        "two, where it is optional",
    );
    assert_invalid(
        f.verify_text(&format!("{text}, {text}"), &TARGET),
        "two in one line",
    );
}

#[test]
fn check_2_one_well_formed_token() {
    let f = Fixture::new();
    let text = f.key.sign(&f.header(), &Fixture::claims()).unwrap();
    for bad in [
        "",
        "a.b.c",
        &text[1..],
        &text[..text.len() - 1],
        &format!("{text}.x"),
        &format!("DPoP {text}"),
    ] {
        assert_invalid(f.verify_text(bad, &TARGET), bad);
    }
    let mut headers = HeaderMap::new();
    headers.append("dpop", HeaderValue::from_bytes(b"\xff.\xff.\xff").unwrap());
    assert_invalid(f.proofs.verify(&headers, &TARGET, NOW), "not text");
}

#[test]
fn check_3_required_claims_of_the_right_kind() {
    let f = Fixture::new();
    for name in ["jti", "htm", "htu", "iat"] {
        assert_invalid(f.verify_claim(name, None), name);
        assert_invalid(f.verify_claim(name, Some(Value::Null)), name);
        assert_invalid(f.verify_claim(name, Some(json!([]))), name);
    }
    for iat in [
        json!(1_800_000_030.0),
        json!("1800000030"),
        json!(1e300),
        json!(u64::MAX),
    ] {
        assert_invalid(f.verify_claim("iat", Some(iat.clone())), &iat.to_string());
    }
    assert_invalid(f.verify_claim("jti", Some(json!(""))), "empty jti");
    assert_invalid(
        f.verify_claim("jti", Some(json!("j".repeat(JTI_MAX + 1)))),
        "long jti",
    );
    assert_invalid(
        f.verify_claim("jti", Some(json!("j".repeat(64 * 1024)))),
        "64 KiB of jti",
    );
    assert!(
        f.verify_claim("jti", Some(json!("j".repeat(JTI_MAX))))
            .is_ok()
    );
    assert_invalid(f.verify_claim("nonce", Some(json!(7))), "nonce");
    assert_invalid(f.verify_claim("ath", Some(json!(7))), "ath");
}

#[test]
fn checks_4_and_5_type_and_algorithm() {
    let f = Fixture::new();
    for typ in [
        None,
        Some(json!("JWT")),
        Some(json!("at+jwt")),
        Some(json!("DPoP+JWT")),
    ] {
        assert_invalid(f.verify_header("typ", typ), "typ");
    }
    for alg in [
        None,
        Some(json!("none")),
        Some(json!("HS256")),
        Some(json!("RS256")),
        Some(json!("ES384")),
    ] {
        assert_invalid(f.verify_header("alg", alg), "alg");
    }
}

#[test]
fn check_6_the_signature_is_the_carried_keys() {
    let (f, other) = (Fixture::new(), Fixture::new());
    assert_invalid(
        f.verify(&other.header(), &Fixture::claims(), &TARGET),
        "another key",
    );
    let text = f.key.sign(&f.header(), &Fixture::claims()).unwrap();
    let (signed, _) = text.rsplit_once('.').unwrap();
    assert_invalid(
        f.verify_text(&format!("{signed}.{}", base64url::encode([0; 64])), &TARGET),
        "zero",
    );
    assert_invalid(f.verify_text(&format!("{signed}."), &TARGET), "none");
}

#[test]
fn check_7_the_key_is_public_and_on_the_curve() {
    let f = Fixture::new();
    let jwk = f.header()["jwk"].clone();
    assert_invalid(
        f.verify_header("jwk", Some(changed(jwk.clone(), "d", Some(json!("AA"))))),
        "private",
    );
    assert_invalid(
        f.verify_header(
            "jwk",
            Some(changed(jwk.clone(), "y", Some(jwk["x"].clone()))),
        ),
        "off the curve",
    );
    assert_invalid(
        f.verify_header("jwk", Some(json!({"kty":"oct","k":"AAAA"}))),
        "symmetric",
    );
    assert_invalid(f.verify_header("jwk", Some(json!("x"))), "text");
    assert_invalid(f.verify_header("jwk", None), "none");
}

#[test]
fn checks_8_and_9_method_and_address() {
    let f = Fixture::new();
    for htm in ["GET", "post", "POST "] {
        assert_invalid(f.verify_claim("htm", Some(json!(htm))), htm);
    }
    for htu in [
        "http://login.example/v1/scans",
        "https://evil.example/v1/scans",
        "https://login.example/v1/scans/confirm",
        "https://login.example/v1%2Fscans",
    ] {
        assert_invalid(f.verify_claim("htu", Some(json!(htu))), htu);
    }
    assert!(
        f.verify_claim(
            "htu",
            Some(json!("https://LOGIN.example:443/v1/%73cans?x#y"))
        )
        .is_ok()
    );
}

#[test]
fn check_10_a_nonce_must_be_ours_and_fresh() {
    let f = Fixture::new();
    let good = f.proofs.nonces.issue(NOW);
    assert!(f.verify_claim("nonce", Some(json!(good))).is_ok());
    for bad in [
        "",
        "x",
        &Nonces::new(&[4; 32]).issue(NOW),
        &f.proofs.nonces.issue(NOW - 301_000),
    ] {
        assert_eq!(
            f.verify_claim("nonce", Some(json!(bad))),
            Err(ProofError::UseNonce(good.clone())),
            "{bad}"
        );
    }
}

#[test]
fn check_11_the_time_is_close_or_a_nonce_stands_in() {
    let f = Fixture::new();
    let nonce = f.proofs.nonces.issue(NOW);
    let at = |offset: i64, jti: &str| {
        f.verify(
            &f.header(),
            &changed(
                changed(Fixture::claims(), "iat", Some(json!(NOW_SECONDS + offset))),
                "jti",
                Some(json!(jti)),
            ),
            &TARGET,
        )
    };
    assert!(at(-59, "a").is_ok());
    assert!(at(10, "b").is_ok());
    for offset in [
        -61,
        11,
        -600,
        600,
        -NOW_SECONDS,
        i64::MAX - NOW_SECONDS,
        i64::MIN,
    ] {
        assert_eq!(
            at(offset, "c"),
            Err(ProofError::UseNonce(nonce.clone())),
            "{offset}"
        );
    }
    let slow = changed(
        changed(Fixture::claims(), "iat", Some(json!(5))),
        "nonce",
        Some(json!(nonce)),
    );
    assert!(f.verify(&f.header(), &slow, &TARGET).is_ok());
}

#[test]
fn check_12_the_access_token_is_the_one_presented() {
    let f = Fixture::new();
    let access_token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let target = Target {
        access_token: Some(access_token),
        ..TARGET
    };
    let with = |ath| changed(Fixture::claims(), "ath", ath);
    let right = json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert!(
        f.verify(&f.header(), &with(Some(right.clone())), &target)
            .is_ok()
    );
    assert_invalid(f.verify(&f.header(), &with(None), &target), "no ath");
    let other = Target {
        access_token: Some("another"),
        ..TARGET
    };
    assert_invalid(
        f.verify(&f.header(), &with(Some(right)), &other),
        "another token",
    );
    assert_invalid(
        f.verify(&f.header(), &with(Some(json!(access_token))), &target),
        "the token itself",
    );
}

#[test]
fn a_proof_counts_once_and_another_keys_equal_jti_is_another_proof() {
    let (f, other) = (Fixture::new(), Fixture::new());
    let text = f.key.sign(&f.header(), &Fixture::claims()).unwrap();
    assert!(f.verify_text(&text, &TARGET).is_ok());
    assert_eq!(
        f.verify_text(&text, &TARGET),
        Err(ProofError::Invalid("the proof was used before"))
    );
    assert_invalid(
        f.verify_claim("iat", Some(json!(NOW_SECONDS + 1))),
        "same jti, signed again",
    );
    let theirs = other.key.sign(&other.header(), &Fixture::claims()).unwrap();
    assert!(f.verify_text(&theirs, &TARGET).is_ok());
}

#[test]
fn a_refused_proof_is_not_counted_as_used() {
    let f = Fixture::new();
    let text = f.key.sign(&f.header(), &Fixture::claims()).unwrap();
    assert_invalid(
        f.verify_text(
            &text,
            &Target {
                method: "GET",
                ..TARGET
            },
        ),
        "wrong method",
    );
    assert!(f.verify_text(&text, &TARGET).is_ok());
}

#[test]
fn claims_named_twice_are_refused() {
    let f = Fixture::new();
    let part = |text: &str| base64url::encode(text);
    let good = f.key.sign(&f.header(), &Fixture::claims()).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let claims = Fixture::claims()
        .to_string()
        .replacen('{', r#"{"htm":"GET","#, 1);
    assert_invalid(
        f.verify_text(
            &format!("{}.{}.{}", parts[0], part(&claims), parts[2]),
            &TARGET,
        ),
        "twice",
    );
}
