//! `GET /v1/devices`

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::{Value, json};

use crate::support::{World, given, members, refused, text};

#[tokio::test]
async fn a_phone_sees_its_accounts_devices_and_no_others() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let second = world.another_phone("anna").await;
    let (_, _, desktop) = anna.collected().await;
    bob.collected().await;

    let answer = given(&anna.devices().await, 200);
    assert_eq!(members(&answer), ["devices"]);
    let devices = answer["devices"].as_array().unwrap();
    let id = |device: &Value| text(&device["device"], "id").to_owned();
    let mut expected = [id(&anna.tokens), id(&second.tokens), id(&desktop.tokens)];
    let mut listed: Vec<&str> = devices.iter().map(|device| text(device, "id")).collect();
    expected.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, expected);
    let this: Vec<&Value> = devices
        .iter()
        .filter(|device| device["this_device"] == true)
        .collect();
    assert_eq!(this.len(), 1);
    assert_eq!(this[0]["id"], anna.tokens["device"]["id"]);

    let listed = devices
        .iter()
        .find(|device| device["id"] == desktop.tokens["device"]["id"])
        .unwrap();
    assert_eq!(
        (&listed["name"], &listed["kind"]),
        (&json!("Office PC"), &json!("browser"))
    );
    let grants = listed["grants"].as_array().unwrap();
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0]["id"], desktop.tokens["grant"]);
    let phone_grant = given(&anna.me().await, 200)["grant"]["id"].clone();
    assert_eq!(grants[0]["approved_by"], phone_grant);
    assert_eq!(
        (&grants[0]["how"], &grants[0]["role"]),
        (&json!("scan"), &json!("desktop"))
    );
}

#[tokio::test]
async fn a_grant_that_ended_is_not_listed() {
    let world = World::new().await;
    let anna = world.phone("anna").await;
    let (_, _, desktop) = anna.collected().await;
    given(&desktop.sign_out().await, 204);
    let devices = given(&anna.devices().await, 200)["devices"].clone();
    let id = &desktop.tokens["device"]["id"];
    let listed = devices
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["id"] == *id);
    assert!(
        listed.is_none_or(|device| device["grants"] == json!([])),
        "{devices}"
    );
}

#[tokio::test]
async fn only_a_phone_may_look() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let by_password = world
        .device("anna", new_key(), json!({ "role": "desktop" }))
        .await;
    refused(&desktop.devices().await, "not_a_phone");
    refused(&by_password.devices().await, "not_a_phone");
    refused(
        &world.send(Call::get("/v1/devices").proof(&phone.key)).await,
        "invalid_token",
    );
    let thief = Call::get("/v1/devices")
        .token(phone.access_token())
        .proof(&desktop.key);
    refused(&world.send(thief).await, "invalid_token");
    let other_account = Call::get(format!(
        "/v1/devices?account={}",
        text(&world.phone("bob").await.tokens["account"], "id")
    ));
    let devices = given(&phone.send(other_account).await, 200)["devices"].clone();
    assert!(
        devices
            .as_array()
            .unwrap()
            .iter()
            .all(|device| device["name"] != "bob's phone")
    );
}
