//! `POST /v1/sessions/current/verify`

use countersign_client::Call;
use countersign_tests::parties::PASSWORD;
use serde_json::json;

use crate::support::{World, given, refused};

const PATH: &str = "/v1/sessions/current/verify";

#[tokio::test]
async fn the_password_counts_for_five_minutes_on_that_device() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let second = world.another_phone("anna").await;
    world.grants_age(301);
    let others = async |who: &crate::support::Device<'_>| {
        let body = json!({ "only": "desktops" });
        who.post("/v1/devices/sign-out-others", body).await
    };
    refused(&others(&phone).await, "verification_required");
    let me = given(&phone.me().await, 200);
    assert!(me["grant"].get("verified_until").is_none());

    let verified = given(&phone.verify(PASSWORD).await, 200);
    assert_eq!(verified, json!({ "verified_for": 300 }));
    let me = given(&phone.me().await, 200);
    assert!(me["grant"]["verified_until"].is_u64());
    given(&others(&phone).await, 200);
    refused(&others(&second).await, "verification_required");
    world.grants_age(240);
    given(&others(&phone).await, 200);
    world.grants_age(61);
    refused(&others(&phone).await, "verification_required");
}

#[tokio::test]
async fn a_wrong_password_changes_nothing_and_ends_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    world.grants_age(301);
    for wrong in ["", "wrong horse battery", "Correct horse battery staple"] {
        refused(&phone.verify(wrong).await, "invalid_credentials");
    }
    refused(&phone.verify(&"x".repeat(257)).await, "invalid_request");
    refused(&phone.post(PATH, json!({})).await, "invalid_request");
    let body = json!({ "password": { "$ne": "" } });
    refused(&phone.post(PATH, body).await, "invalid_request");
    let lock = phone.post("/v1/account/lock", json!({})).await;
    refused(&lock, "verification_required");
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn a_phone_that_waits_may_too_and_gains_nothing_by_it() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    world.phone("anna").await;
    let waiting = world.another_phone("anna").await;
    given(&waiting.verify(PASSWORD).await, 200);
    let lock = waiting.post("/v1/account/lock", json!({})).await;
    refused(&lock, "phone_waiting");
}

#[tokio::test]
async fn a_session_that_is_no_phones_gains_nothing_by_a_password() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    refused(&desktop.verify(PASSWORD).await, "not_a_phone");
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let body = json!({ "password": PASSWORD });
    let by_cookie = browser
        .prove(reqwest::Method::POST, PATH, Some(&body))
        .await;
    refused(&by_cookie, "invalid_token");
    let nobody = Call::post(PATH).proof(&phone.key).json(&body);
    refused(&world.send(nobody).await, "invalid_token");
}
