//! `/v1/passkeys`: adding, naming and removing one's own.

use countersign_client::Call;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{World, answer_to, given, made_for, members, refused, text};

#[tokio::test]
async fn a_passkey_is_added_named_and_removed_and_every_device_is_told() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let mut authenticator = world.authenticator();
    let wish = json!({ "name": "  Blue\u{202e} key " });
    let added = given(&phone.add_passkey(&mut authenticator, wish).await, 201);
    let all = ["created_at", "id", "made_on", "name", "synced"];
    assert_eq!(members(&added), all);
    assert_eq!(added["name"], "Blue key");
    assert_eq!(added["made_on"], "anna's phone");
    assert_eq!(phone.passkeys().await, std::slice::from_ref(&added));
    let path = format!("/v1/passkeys/{}", text(&added, "id"));
    let rename = Call::new(Method::PATCH, &path).json(&json!({ "name": "Red key" }));
    assert_eq!(given(&phone.send(rename).await, 200)["name"], "Red key");
    assert_eq!(phone.passkeys().await[0]["name"], "Red key");
    given(&phone.send(Call::delete(&path)).await, 204);
    assert_eq!(phone.passkeys().await, Vec::<Value>::new());
    refused(&phone.send(Call::delete(&path)).await, "not_found");
    let told = phone.told().await;
    assert_eq!(told[..2], ["passkey_removed", "passkey_added"]);
}

#[tokio::test]
async fn another_account_sees_and_touches_nothing() {
    let world = World::new().await;
    let (anna, mut annas) = world.with_passkey("anna").await;
    let bert = world.phone("bert").await;
    let id = text(&anna.passkeys().await[0], "id").to_owned();
    assert_eq!(bert.passkeys().await, Vec::<Value>::new());
    for id in [id.as_str(), "AAAAAAAAAAAAAAAAAAAAAA", "x"] {
        let path = format!("/v1/passkeys/{id}");
        let rename = Call::new(Method::PATCH, &path).json(&json!({ "name": "Mine" }));
        refused(&bert.send(rename).await, "not_found");
        refused(&bert.send(Call::delete(&path)).await, "not_found");
    }
    // Nor can it be added a second time, whoever does it: an authenticator that hides what it has.
    let mut question = given(&bert.asks("add").await, 200);
    let entrance = answer_to(&world.question(&bert.key).await, &mut annas).await;
    question["challenge"] = entrance["challenge"].clone();
    let made = made_for(&question, &mut world.authenticator()).await;
    refused(&bert.post("/v1/passkeys", made).await, "passkey_rejected");
}

#[tokio::test]
async fn adding_and_removing_are_sensitive_and_challenges_count_once() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = world.phone("anna").await;
    let waiting = world.another_phone("anna").await;
    refused(&waiting.asks("add").await, "phone_waiting");
    assert_eq!(waiting.passkeys().await, Vec::<Value>::new());
    let question = given(&phone.asks("add").await, 200);
    let mut authenticator = world.authenticator();
    let made = made_for(&question, &mut authenticator).await;
    refused(
        &waiting.post("/v1/passkeys", made.clone()).await,
        "phone_waiting",
    );
    given(&phone.post("/v1/passkeys", made.clone()).await, 201);
    refused(&phone.post("/v1/passkeys", made).await, "passkey_rejected");
    let excluded = given(&phone.asks("add").await, 200);
    let list = &excluded["options"]["excludeCredentials"];
    assert_eq!(list.as_array().unwrap().len(), 1);
    // One whose person was not verified is none.
    let mut careless = world.authenticator();
    careless.verifies = false;
    let made = made_for(&excluded, &mut careless).await;
    refused(&phone.post("/v1/passkeys", made).await, "passkey_rejected");
    // Made on another site.
    let mut foreign = world.authenticator().moved_to("http://localhost:1");
    let question = given(&phone.asks("add").await, 200);
    let made = made_for(&question, &mut foreign).await;
    refused(&phone.post("/v1/passkeys", made).await, "passkey_rejected");

    world.grants_age(600);
    refused(&phone.asks("add").await, "verification_required");
    let id = text(&phone.passkeys().await[0], "id").to_owned();
    let remove = || Call::delete(format!("/v1/passkeys/{id}"));
    refused(&phone.send(remove()).await, "verification_required");
}

#[tokio::test]
async fn there_are_twenty_at_most() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let spare = given(&phone.asks("add").await, 200);
    for _ in 0..20 {
        let mut authenticator = world.authenticator();
        given(&phone.add_passkey(&mut authenticator, json!({})).await, 201);
    }
    refused(&phone.asks("add").await, "limit_reached");
    let late = made_for(&spare, &mut world.authenticator()).await;
    refused(&phone.post("/v1/passkeys", late).await, "limit_reached");
}

#[tokio::test]
async fn undo_takes_the_passkeys_that_a_sign_in_added_and_what_they_opened() {
    let world = World::new().await;
    let owner = world.phone("anna").await;
    let thief = world.another_phone("anna").await;
    let mut authenticator = world.authenticator();
    given(&thief.add_passkey(&mut authenticator, json!({})).await, 201);
    let key = countersign_tests::parties::new_key();
    let answer = answer_to(&world.question(&key).await, &mut authenticator).await;
    let opened = given(&world.enter(&key, &answer, json!({})).await, 201);
    let opened = crate::support::Device::new(&world, &key, "countersign", opened);
    given(&opened.me().await, 200);
    let path = format!("/v1/grants/{}/undo", thief.grant().await);
    let gone = given(&owner.post(&path, json!({})).await, 200);
    assert_eq!(gone, json!({ "ended": 2, "passkeys_removed": 1 }));
    for device in [&thief, &opened] {
        refused(&device.me().await, "invalid_token");
    }
    let answer = answer_to(&world.question(&key).await, &mut authenticator).await;
    refused(
        &world.enter(&key, &answer, json!({})).await,
        "invalid_credentials",
    );
    assert_eq!(owner.passkeys().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_passkey_that_is_removed_takes_the_sessions_that_it_opened() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let mut opened = Vec::new();
    for _ in 0..2 {
        let key = countersign_tests::parties::new_key();
        let answer = answer_to(&world.question(&key).await, &mut authenticator).await;
        opened.push((
            given(&world.enter(&key, &answer, json!({})).await, 201),
            key,
        ));
    }
    let device = |(session, key): &(Value, _)| {
        crate::support::Device::new(&world, key, "countersign", session.clone())
    };
    let (thief, owner) = (device(&opened[0]), device(&opened[1]));
    given(&thief.post("/v1/recovery/codes", json!({})).await, 201);
    let id = text(&phone.passkeys().await[0], "id").to_owned();
    let remove = Call::delete(format!("/v1/passkeys/{id}"));
    given(&owner.send(remove).await, 204);
    refused(&thief.me().await, "invalid_token");
    given(&owner.me().await, 200);
    given(&phone.me().await, 200);
    let recovery = given(&phone.send(Call::get("/v1/recovery")).await, 200);
    assert_eq!(recovery["codes_left"], 0);
}
