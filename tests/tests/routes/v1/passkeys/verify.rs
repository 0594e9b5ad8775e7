//! Showing with a passkey who holds a phone, before a sensitive act; and who is asked what.

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::{Value, json};

use crate::support::{Device, World, answer_to, given, refused};

async fn verify(phone: &Device<'_>, passkey: &Value) -> countersign_client::Answer {
    let body = json!({ "passkey": passkey });
    phone.post("/v1/sessions/current/verify", body).await
}

#[tokio::test]
async fn a_passkey_opens_sensitive_acts_on_this_phone_alone() {
    let world = World::new().await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let second = world.another_phone("anna").await;
    world.grants_age(600);
    let codes = async |phone: &Device<'_>| phone.post("/v1/recovery/codes", json!({})).await;
    refused(&codes(&phone).await, "verification_required");
    let question = given(&phone.asks("verify").await, 200);
    let asked = &question["options"]["allowCredentials"];
    assert_eq!(asked.as_array().unwrap().len(), 1);
    let answer = answer_to(&question, &mut authenticator).await;
    // Not on another phone, not for a sign-in, not for adding one.
    refused(&verify(&second, &answer).await, "passkey_rejected");
    refused(
        &world.enter(&phone.key, &answer, json!({})).await,
        "invalid_credentials",
    );
    assert_eq!(
        given(&verify(&phone, &answer).await, 200)["verified_for"],
        300
    );
    given(&codes(&phone).await, 201);
    refused(&codes(&second).await, "verification_required");
    // Once.
    refused(&verify(&phone, &answer).await, "passkey_rejected");
}

#[tokio::test]
async fn another_accounts_passkey_and_a_sign_ins_challenge_verify_nothing() {
    let world = World::new().await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let (_, mut others) = world.with_passkey("bert").await;
    let mut question = given(&phone.asks("verify").await, 200);
    question["options"]["allowCredentials"] = json!([]);
    let foreign = answer_to(&question, &mut others).await;
    refused(&verify(&phone, &foreign).await, "passkey_rejected");
    let entrance = world.question(&phone.key).await;
    let answer = answer_to(&entrance, &mut authenticator).await;
    refused(&verify(&phone, &answer).await, "passkey_rejected");
    let mut careless = authenticator.clone();
    careless.verifies = false;
    let question = given(&phone.asks("verify").await, 200);
    let answer = answer_to(&question, &mut careless).await;
    refused(&verify(&phone, &answer).await, "passkey_rejected");
    let unclear = json!({ "password": "x", "passkey": answer });
    for body in [unclear, json!({})] {
        let told = phone.post("/v1/sessions/current/verify", body).await;
        refused(&told, "invalid_request");
    }
}

#[tokio::test]
async fn questions_are_for_our_own_pages_and_for_who_may_answer() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    refused(&phone.asks("verify").await, "passkey_required");
    refused(&desktop.asks("verify").await, "not_a_phone");
    refused(&desktop.asks("add").await, "not_a_phone");
    refused(&phone.asks("nothing").await, "invalid_request");
    refused(&phone.asks("invitation").await, "invalid_request");
    let ask = |body: Value| Call::post("/v1/passkeys/options").json(&body);
    let issuer = world.server.issuer();
    for purpose in ["sign-in", "verify", "add"] {
        let wish = json!({ "purpose": purpose });
        let bare = ask(wish.clone()).header("Origin", issuer);
        let code = if purpose == "sign-in" {
            "invalid_proof"
        } else {
            "invalid_token"
        };
        refused(&world.send(bare).await, code);
        // Not from elsewhere, and not from nowhere.
        let call = || ask(wish.clone());
        for call in [call(), call().header("Origin", "https://evil.example")] {
            let answer = match purpose {
                "sign-in" => world.send(call.proof(&new_key())).await,
                _ => phone.send(call).await,
            };
            assert_eq!(answer.status, 403, "{purpose}");
        }
    }
    let unknown = json!({ "purpose": "invitation", "invitation": "x" });
    let answer = world
        .page_post("/v1/passkeys/options", &new_key(), &unknown)
        .await;
    refused(&answer, "invitation_invalid");
}
