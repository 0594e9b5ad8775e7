//! `/v1/devices`: list, rename, sign out.

use countersign_client::{Answer, Call};
use countersign_tests::parties::PASSWORD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Device, World, assert_same, body, given, members, refused, text};

const NOBODYS: &str = "AAAAAAAAAAAAAAAAAAAAAA";

fn id(device: &Device<'_>) -> String {
    text(&device.tokens["device"], "id").to_owned()
}

async fn rename(phone: &Device<'_>, id: &str, name: &Value) -> Answer {
    let path = format!("/v1/devices/{id}");
    let call = Call::new(Method::PATCH, path).json(&json!({ "name": name }));
    phone.send(call).await
}

async fn sign_out(phone: &Device<'_>, id: &str) -> Answer {
    phone.send(Call::delete(format!("/v1/devices/{id}"))).await
}

async fn sign_out_others(phone: &Device<'_>, body: Value) -> Answer {
    phone.post("/v1/devices/sign-out-others", body).await
}

/// What a phone's list says of a device.
async fn listed(phone: &Device<'_>, id: &str) -> Value {
    let devices = given(&phone.devices().await, 200)["devices"].clone();
    let mut devices = devices.as_array().unwrap().iter();
    devices.find(|device| device["id"] == id).unwrap().clone()
}

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
    refused(&desktop.devices().await, "not_a_phone");
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

#[tokio::test]
async fn a_device_is_listed_with_all_that_its_owner_may_know() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let device = listed(&phone, &id(&desktop)).await;
    let all = [
        "first_seen",
        "grants",
        "id",
        "kind",
        "last_seen",
        "name",
        "own_name",
        "platform",
        "this_device",
    ];
    assert_eq!(members(&device), all);
    assert_eq!(device["own_name"], "Office PC");
    let grant = &device["grants"][0];
    assert_eq!(grant["approved_by_name"], "anna's phone");
    assert_eq!(grant["client_name"], "Countersign demo");
    assert_eq!(
        (&grant["lasts"], &grant["idle_seconds"]),
        (&json!("default"), &json!(7 * 86_400))
    );
    assert!(grant.get("may_approve").is_none(), "{grant}");
    let own = listed(&phone, &id(&phone)).await;
    assert_eq!(own["this_device"], true);
    assert_eq!(own["grants"][0]["may_approve"], true);
    assert_eq!(own["grants"][0]["idle_seconds"], 30 * 86_400);
}

#[tokio::test]
async fn a_device_has_the_name_that_its_owner_gives_it() {
    let world = World::new().await;
    let (phone, second) = (world.phone("anna").await, world.another_phone("anna").await);
    let (_, _, desktop) = phone.collected().await;
    let device = id(&desktop);
    for (name, shown) in [
        (json!("  the \r\n kitchen\u{202e} "), "the kitchen"),
        (json!("x".repeat(500)), &*"x".repeat(64)),
        (json!("<b>📺</b>"), "<b>📺</b>"),
    ] {
        let renamed = given(&rename(&phone, &device, &name).await, 200);
        assert_eq!(
            (&renamed["name"], &renamed["own_name"]),
            (&json!(shown), &json!("Office PC"))
        );
        assert_eq!(listed(&second, &device).await["name"], shown);
    }
    let me = given(&desktop.me().await, 200);
    assert_eq!(me["device"]["name"], "<b>📺</b>");
    for nothing in [Value::Null, json!(""), json!(" \u{200b} ")] {
        given(&rename(&phone, &device, &json!("again")).await, 200);
        let renamed = given(&rename(&phone, &device, &nothing).await, 200);
        assert_eq!(renamed["name"], "Office PC");
    }
    refused(&rename(&phone, &device, &json!(7)).await, "invalid_request");
}

#[tokio::test]
async fn nobody_renames_or_signs_out_what_is_not_theirs() {
    let world = World::new().await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    let (_, _, theirs) = bob.collected().await;
    let name = json!("mine");
    let unknown = rename(&phone, NOBODYS, &name).await;
    refused(&unknown, "not_found");
    let nothing = sign_out(&phone, NOBODYS).await;
    assert_eq!(nothing.status, 204);
    for foreign in [id(&bob), id(&theirs)] {
        assert_same(&rename(&phone, &foreign, &name).await, &unknown);
        let answer = sign_out(&phone, &foreign).await;
        assert_eq!((answer.status, &*body(&answer)), (204, ""));
    }
    for nonsense in ["x", "%FF", text(&theirs.tokens, "refresh_token")] {
        assert_same(&rename(&phone, nonsense, &name).await, &unknown);
        assert_same(&sign_out(&phone, nonsense).await, &unknown);
    }
    given(&bob.me().await, 200);
    let me = given(&theirs.me().await, 200);
    assert_eq!(me["device"]["name"], "Office PC");
}

#[tokio::test]
async fn a_device_is_signed_out_of_everything() {
    let world = World::new().await;
    let (phone, second) = (world.phone("anna").await, world.another_phone("anna").await);
    let (login, _, desktop) = phone.collected().await;
    let browser = world.browser();
    let session = given(&browser.sign_in("anna", &json!({})).await, 201);
    for device in [&*id(&desktop), text(&session["device"], "id"), &id(&second)] {
        for _ in 0..2 {
            assert_eq!(sign_out(&phone, device).await.status, 204, "also again");
        }
        assert_eq!(listed(&phone, device).await["grants"], json!([]));
    }
    refused(&desktop.me().await, "invalid_token");
    refused(&desktop.refresh().await, "invalid_grant");
    refused(&login.collect().await, "invalid_grant");
    refused(&browser.me().await, "invalid_token");
    refused(&second.me().await, "invalid_token");
    given(&phone.me().await, 200);
    assert_eq!(sign_out(&phone, &id(&phone)).await.status, 204);
    refused(&phone.me().await, "invalid_token");
}

#[tokio::test]
async fn a_lost_phone_goes_with_all_that_it_made_and_approved() {
    let world = World::new().await;
    let (phone, lost) = (world.phone("anna").await, world.another_phone("anna").await);
    let (_, _, kept) = phone.collected().await;
    let (_, _, approved) = lost.collected().await;
    let mut passkey = world.authenticator();
    given(&lost.add_passkey(&mut passkey, json!({})).await, 201);
    given(&lost.post("/v1/recovery/codes", json!({})).await, 201);
    let path = format!("/v1/devices/{}/lost", id(&lost));
    world.grants_age(301);
    refused(&phone.post(&path, json!({})).await, "verification_required");
    given(&phone.verify(PASSWORD).await, 200);
    let gone = given(&phone.post(&path, json!({})).await, 200);
    assert_eq!(gone, json!({ "ended": 2, "passkeys_removed": 1 }));
    for device in [&lost, &approved] {
        refused(&device.me().await, "invalid_token");
    }
    given(&kept.me().await, 200);
    let recovery = given(&phone.send(Call::get("/v1/recovery")).await, 200);
    assert_eq!(recovery["codes_left"], 0);
    let again = given(&phone.post(&path, json!({})).await, 200);
    assert_eq!(again["ended"], 0);
}

#[tokio::test]
async fn all_others_are_signed_out_or_only_the_desktops() {
    let world = World::new().await;
    let (phone, second) = (world.phone("anna").await, world.another_phone("anna").await);
    let bob = world.phone("bob").await;
    let (_, _, one) = phone.collected().await;
    let (_, _, two) = second.collected().await;
    world.grants_age(301);
    let early = sign_out_others(&phone, json!({})).await;
    refused(&early, "verification_required");
    given(&phone.verify(PASSWORD).await, 200);
    for wrong in ["phones", "", "Desktops"] {
        let answer = sign_out_others(&phone, json!({ "only": wrong })).await;
        refused(&answer, "invalid_request");
    }
    given(&one.me().await, 200);
    let desktops = json!({ "only": "desktops" });
    let ended = given(&sign_out_others(&phone, desktops.clone()).await, 200);
    assert_eq!(ended, json!({ "ended": 2, "passkeys_removed": 0 }));
    for gone in [&one, &two] {
        refused(&gone.me().await, "invalid_token");
    }
    given(&second.me().await, 200);
    let ended = given(&sign_out_others(&phone, desktops).await, 200);
    assert_eq!(ended["ended"], 0);
    let ended = given(&sign_out_others(&phone, json!({})).await, 200);
    assert_eq!(ended["ended"], 1);
    refused(&second.me().await, "invalid_token");
    given(&phone.me().await, 200);
    given(&bob.me().await, 200);
}

#[tokio::test]
async fn a_tap_takes_nothing_of_what_was_made_not_even_of_ones_own_phone() {
    let world = World::new().await;
    let (phone, other) = (world.phone("anna").await, world.another_phone("anna").await);
    let mut passkey = world.authenticator();
    given(&phone.add_passkey(&mut passkey, json!({})).await, 201);
    given(&phone.post("/v1/recovery/codes", json!({})).await, 201);
    let (_, _, desktop) = phone.collected().await;
    let (own, grant) = (id(&phone), phone.grant().await);
    world.grants_age(301);
    for path in [
        format!("/v1/devices/{own}/lost"),
        format!("/v1/grants/{grant}/undo"),
    ] {
        let answer = phone.post(&path, json!({})).await;
        refused(&answer, "verification_required");
    }
    refused(
        &sign_out(&phone, &id(&other)).await,
        "verification_required",
    );
    let path = format!("/v1/devices/{}/lost", id(&desktop));
    let gone = given(&phone.post(&path, json!({})).await, 200);
    assert_eq!(gone, json!({ "ended": 1, "passkeys_removed": 0 }));
    assert_eq!(sign_out(&phone, &own).await.status, 204);
    refused(&phone.me().await, "invalid_token");
    assert_eq!(other.passkeys().await.len(), 1);
    let recovery = given(&other.send(Call::get("/v1/recovery")).await, 200);
    assert_eq!(recovery["codes_left"], 10);
}

#[tokio::test]
async fn the_activity_says_by_which_device_another_was_signed_out() {
    let world = World::new().await;
    let (phone, other) = (world.phone("anna").await, world.another_phone("anna").await);
    let name = json!("the thief's");
    given(&rename(&other, &id(&other), &name).await, 200);
    assert_eq!(sign_out(&other, &id(&phone)).await.status, 204);
    let activity = given(&other.send(Call::get("/v1/activity")).await, 200);
    let entry = &activity["entries"][0];
    assert_eq!(
        (&entry["kind"], &entry["detail"]),
        (&json!("signed_out"), &json!("signed_out_elsewhere"))
    );
    assert_eq!(entry["by_device"], name);
}
