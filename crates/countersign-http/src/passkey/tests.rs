use std::collections::BTreeSet;

use countersign_core::account::{AccountStatus, LoginName};
use countersign_core::ids::{AccountId, GrantId, PasskeyId};
use countersign_core::time::Timestamp;

use super::*;

fn party() -> RelyingParty {
    RelyingParty::of(&Issuer::parse("https://login.example:8443").unwrap()).unwrap()
}

fn anna() -> Account {
    Account {
        id: AccountId::from_bytes([7; 16]),
        login_name: LoginName::parse("anna").unwrap(),
        display_name: "Anna Smith".into(),
        password_hash: None,
        email: None,
        status: AccountStatus::Active,
        created_at: Timestamp::from_millis(0),
    }
}

fn known(credential: u8) -> Passkey {
    Passkey {
        id: PasskeyId::from_bytes([credential; 16]),
        account: anna().id,
        credential: vec![credential; 32],
        name: "Key".into(),
        state: json!({ "cred": { "transports": ["internal", "hybrid"] } }).to_string(),
        synced: false,
        made_by: GrantId::from_bytes([1; 16]),
        created_at: Timestamp::from_millis(0),
        used_at: None,
    }
}

#[test]
fn passkeys_belong_to_the_name_of_a_host() {
    for (issuer, can) in [
        ("https://login.example", true),
        ("https://login.example:8443", true),
        ("http://localhost:8080", true),
        ("https://192.0.2.7", false),
        ("https://[2001:db8::1]:8443", false),
    ] {
        let party = RelyingParty::of(&Issuer::parse(issuer).unwrap());
        assert_eq!(party.is_some(), can, "{issuer}");
    }
}

#[test]
fn signing_in_asks_for_any_passkey_and_for_its_person() {
    let question = party().ask_anybody().unwrap();
    let options = &question.options;
    assert_eq!(options["rpId"], "login.example");
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["timeout"], 300_000);
    assert_eq!(options["challenge"], question.challenge.reveal());
}

#[test]
fn no_two_questions_have_the_same_challenge() {
    let party = party();
    let all: BTreeSet<String> = (0..16)
        .map(|_| party.ask(&[known(1)]).unwrap().challenge.reveal())
        .collect();
    assert_eq!(all.len(), 16);
}

#[test]
fn an_approval_asks_for_the_accounts_own_passkeys_and_for_none_without_any() {
    assert!(party().approve(&[]).is_none());
    let asked = party().approve(&[known(1), known(2)]).unwrap();
    let options: Value = serde_json::from_str(&asked.options).unwrap();
    let ids: Vec<&Value> = (0..2)
        .map(|at| &options["allowCredentials"][at]["id"])
        .collect();
    assert_eq!(
        ids,
        [
            &json!(base64url::encode([1; 32])),
            &json!(base64url::encode([2; 32]))
        ]
    );
    let ways = &options["allowCredentials"][0]["transports"];
    assert_eq!(ways, &json!(["internal", "hybrid"]));
    // It stands in a login's row: however many passkeys there are, it stays small.
    assert!(asked.state.len() < 1_000, "{}", asked.state);
}

#[test]
fn a_new_passkey_is_found_by_itself_on_an_authenticator_that_has_none_yet() {
    let question = party().ask_for_new(&anna(), &[known(3)]).unwrap();
    let options = &question.options;
    assert_eq!(
        options["rp"],
        json!({ "id": "login.example", "name": "Countersign" })
    );
    assert_eq!(options["user"]["id"], base64url::encode([7; 16]));
    assert_eq!(options["user"]["name"], "anna");
    assert_eq!(options["user"]["displayName"], "Anna Smith");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
    assert_eq!(options["attestation"], "none");
    assert_eq!(
        options["excludeCredentials"][0]["id"],
        base64url::encode([3; 32])
    );
}

#[test]
fn what_is_no_answer_is_none() {
    let party = party();
    let question = party.ask(&[known(1)]).unwrap();
    let text = |bytes: &[u8]| base64url::encode(bytes);
    let complete = json!({
        "id": text(&[1; 32]), "rawId": text(&[1; 32]), "type": "public-key", "clientExtensionResults": {},
        "response": {
            "authenticatorData": text(&[0; 37]), "clientDataJSON": text(b"{}"), "signature": text(&[0; 70]),
            "userHandle": text(&[7; 16]),
        },
    });
    for response in [json!(null), json!({}), json!("x"), json!([]), complete] {
        let text = response.to_string();
        assert!(
            party
                .approved(&question.state, &text, &[known(1)])
                .is_none()
        );
        assert!(party.registered(&question.state, &response).is_none());
    }
}

#[test]
fn a_page_in_a_frame_is_told_apart() {
    assert!(is_framed(br#"{"type":"webauthn.get","crossOrigin":true}"#));
    assert!(!is_framed(
        br#"{"type":"webauthn.get","crossOrigin":false}"#
    ));
    assert!(!is_framed(br#"{"type":"webauthn.get"}"#));
}
