//! `PUT /v1/password`

use countersign_client::{Answer, Call};
use countersign_tests::parties::{PASSWORD, new_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Device, World, given, refused};

const NEW: &str = "eleven tall giraffes at noon";

async fn change(phone: &Device<'_>, body: Value) -> Answer {
    let call = Call::new(Method::PUT, "/v1/password").json(&body);
    phone.send(call).await
}

#[tokio::test]
async fn a_new_password_signs_in_and_the_old_one_does_not() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let second = world.another_phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let bob = world.phone("bob").await;
    let changed = change(&phone, json!({ "password": NEW })).await;
    assert_eq!(
        given(&changed, 200),
        json!({ "ended": 2, "passkeys_removed": 0 })
    );
    for gone in [&second, &desktop] {
        refused(&gone.me().await, "invalid_token");
        refused(&gone.refresh().await, "invalid_grant");
    }
    given(&phone.me().await, 200);
    given(&bob.me().await, 200);
    let old = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&old, "invalid_credentials");
    refused(&phone.verify(PASSWORD).await, "invalid_credentials");
    given(&phone.verify(NEW).await, 200);
    let new = json!({ "password": NEW });
    given(&world.sign_in("anna", &new_key(), new).await, 201);
}

#[tokio::test]
async fn whoever_wants_to_stays_signed_in() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let body = json!({ "password": NEW, "sign_out_others": false });
    let changed = given(&change(&phone, body).await, 200);
    assert_eq!(changed["ended"], 0);
    given(&desktop.me().await, 200);
    let old = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&old, "invalid_credentials");
}

#[tokio::test]
async fn a_password_that_is_easily_guessed_changes_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    for (password, reason) in [
        ("short", "too_short"),
        ("anna1234", "common"),
        ("letmein2024", "common"),
        (&*"xK9".repeat(100), "too_long"),
    ] {
        let refusal = change(&phone, json!({ "password": password })).await;
        let problem = refused(&refusal, "password_rejected");
        assert_eq!(problem["reason"], reason, "{password}");
    }
    for malformed in [
        json!({}),
        json!({ "password": 7 }),
        json!({ "password": NEW, "sign_out_others": "yes" }),
    ] {
        refused(&change(&phone, malformed).await, "invalid_request");
    }
    given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
}
