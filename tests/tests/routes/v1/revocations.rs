//! `/v1/revocations` and `/admin/v1/revocations`.

use countersign_client::{Answer, Call};
use serde_json::{Value, json};

use crate::support::{Device, World, assert_same, given, header, refused, text};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn revoke(phone: &Device<'_>, meant: Value) -> Answer {
    phone.post("/v1/revocations", meant).await
}

/// A new desktop that this phone signed in.
async fn desktop<'w>(phone: &Device<'w>) -> Device<'w> {
    let (_, _, desktop) = phone.collected().await;
    desktop
}

#[tokio::test]
async fn each_part_finds_its_sign_ins() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let bystander = desktop(&world.phone("bert").await).await;
    let now = given(&phone.me().await, 200)["grant"]["signed_in_at"]
        .as_u64()
        .unwrap();
    for part in [
        "grant", "device", "key", "address", "network", "since", "role",
    ] {
        let desktop = desktop(&phone).await;
        let me = given(&desktop.me().await, 200);
        let (meant, other) = match part {
            "grant" => (
                json!({ "grant": me["grant"]["id"] }),
                json!({ "grant": "A".repeat(22) }),
            ),
            "device" => (
                json!({ "device": me["device"]["id"] }),
                json!({ "device": "A".repeat(22) }),
            ),
            "key" => (
                json!({ "key": desktop.key.thumbprint() }),
                json!({ "key": "A".repeat(43) }),
            ),
            "address" => (
                json!({ "address": "127.0.0.1" }),
                json!({ "address": "127.0.0.2" }),
            ),
            "network" => (
                json!({ "address": "127.0.0.0/8" }),
                json!({ "address": "192.0.2.0/24" }),
            ),
            "since" => (
                json!({ "since": now, "until": now + 9_000 }),
                json!({ "since": now + 9_000 }),
            ),
            _ => (
                json!({ "role": "desktop" }),
                json!({ "role": "desktop", "until": 1 }),
            ),
        };
        assert_eq!(
            given(&revoke(&phone, other).await, 200)["ended"],
            0,
            "{part}"
        );
        given(&desktop.me().await, 200);
        let gone = given(&revoke(&phone, meant).await, 200);
        assert_eq!(gone, json!({ "ended": 1, "passkeys_removed": 0 }), "{part}");
        refused(&desktop.me().await, "invalid_token");
    }
    // Never the one that asks, and never another account's.
    let own = given(&phone.me().await, 200)["grant"]["id"].clone();
    assert_eq!(
        given(&revoke(&phone, json!({ "grant": own })).await, 200)["ended"],
        0
    );
    let others = given(&bystander.me().await, 200)["grant"]["id"].clone();
    assert_eq!(
        given(&revoke(&phone, json!({ "grant": others })).await, 200)["ended"],
        0
    );
    given(&bystander.me().await, 200);
    assert_eq!(phone.told().await[0], "signed_out");
}

#[tokio::test]
async fn all_that_is_said_must_hold_and_something_must_be() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = desktop(&phone).await;
    let key = desktop.key.thumbprint();
    let both = json!({ "key": key, "role": "phone" });
    assert_eq!(given(&revoke(&phone, both).await, 200)["ended"], 0);
    for meant in [
        json!({}),
        json!({ "grant": "x" }),
        json!({ "device": "" }),
        json!({ "key": "x" }),
        json!({ "address": "anna" }),
        json!({ "address": "127.0.0.1/33" }),
        json!({ "role": "admin" }),
        json!({ "since": -1 }),
        json!({ "until": "yesterday" }),
        json!({ "key": key, "account": "bert" }),
        json!({ "key": key, "dry_run": true }),
    ] {
        refused(&revoke(&phone, meant).await, "invalid_request");
    }
    given(&desktop.me().await, 200);
    world.grants_age(600);
    let late = revoke(&phone, json!({ "key": key })).await;
    refused(&late, "verification_required");
    refused(
        &revoke(&desktop, json!({ "role": "phone" })).await,
        "not_a_phone",
    );
}

#[tokio::test]
async fn without_a_token_there_is_no_operators_url() {
    let world = World::new().await;
    let ask = |path: &str| {
        let call = Call::post(path).json(&json!({ "role": "phone" }));
        world.send(call.header("Authorization", &format!("Bearer {TOKEN}")))
    };
    assert_same(
        &ask("/admin/v1/revocations").await,
        &ask("/admin/v1/other").await,
    );
}

#[tokio::test]
async fn the_operator_revokes_over_all_accounts() {
    use std::os::unix::fs::OpenOptionsExt as _;

    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("token");
    let options = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file);
    std::io::Write::write_all(&mut options.unwrap(), format!("{TOKEN}\n").as_bytes()).unwrap();
    let world = World::with(&format!("[admin]\ntoken_file = \"{}\"\n", file.display())).await;
    let (anna, bert) = (world.phone("anna").await, world.phone("bert").await);
    let send = |authorization: &str, body: Value| {
        let call = Call::post("/admin/v1/revocations").json(&body);
        world.send(call.header("Authorization", authorization))
    };
    let right = format!("Bearer {TOKEN}");
    for wrong in [
        "",
        "Bearer ",
        "Bearer x",
        TOKEN,
        &format!("DPoP {TOKEN}"),
        &format!("{right}0"),
    ] {
        let answer = send(wrong, json!({ "role": "phone" })).await;
        refused(&answer, "invalid_token");
        assert_eq!(header(&answer, "www-authenticate"), "Bearer");
    }
    refused(&send(&right, json!({})).await, "invalid_request");
    refused(
        &send(&right, json!({ "account": "nobody" })).await,
        "not_found",
    );
    let dry = send(&right, json!({ "role": "phone", "dry_run": true })).await;
    assert_eq!(given(&dry, 200), json!({ "would_end": 2 }));
    given(&anna.me().await, 200);
    let gone = given(&send(&right, json!({ "account": "Anna" })).await, 200);
    assert_eq!(gone["ended"], 1);
    refused(&anna.me().await, "invalid_token");
    given(&bert.me().await, 200);
    let foreign = Call::post("/admin/v1/revocations")
        .json(&json!({ "role": "phone" }))
        .header("Authorization", &right)
        .header("Origin", "https://evil.example");
    refused(&world.send(foreign).await, "origin_not_allowed");
    let again = world.another_phone("anna").await;
    let activity = given(&again.send(Call::get("/v1/activity")).await, 200);
    let ended = activity["entries"].as_array().unwrap().iter();
    let ended = ended
        .clone()
        .find(|entry| entry["kind"] == "signed_out")
        .unwrap();
    assert_eq!(text(ended, "detail"), "revoked");
}

#[tokio::test]
async fn a_slip_is_refused_and_never_means_more() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = desktop(&phone).await;
    for slip in [
        json!({ "role": "desktop", "dry-run": true }),
        json!({ "role": "desktop", "adress": "192.0.2.1" }),
    ] {
        refused(&revoke(&phone, slip).await, "invalid_request");
    }
    given(&desktop.me().await, 200);
}
