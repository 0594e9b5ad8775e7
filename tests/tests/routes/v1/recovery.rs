//! `/v1/recovery`: codes, and coming back by one.

use countersign_client::{Answer, Call};
use countersign_tests::parties::{PASSWORD, new_key};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Device, World, assert_same, given, made_for, refused, text, told};

const CONFIRM: &str = "[phones]\nadditional = \"confirm\"\n";
const DAY: u64 = 86_400;

async fn codes(phone: &Device<'_>) -> Vec<String> {
    let made = given(&phone.post("/v1/recovery/codes", json!({})).await, 201);
    let codes = made["codes"].as_array().unwrap().iter();
    codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

async fn left(phone: &Device<'_>) -> Value {
    given(&phone.send(Call::get("/v1/recovery")).await, 200)
}

async fn recover(world: &World, account: &str, code: &str) -> Answer {
    let device = json!({ "name": "New phone", "kind": "android" });
    let body = json!({ "account": account, "code": code, "device": device });
    world.page_post("/v1/recovery", &new_key(), &body).await
}

/// A phone that came back by `code`.
async fn returned<'w>(world: &'w World, account: &str, code: &str) -> Device<'w> {
    let key = new_key();
    let body = json!({ "account": account, "code": code });
    let answer = given(&world.page_post("/v1/recovery", &key, &body).await, 201);
    assert_eq!(
        (&answer["role"], &answer["may_approve"]),
        (&json!("phone"), &json!(false))
    );
    assert_eq!(answer["approves_in"], DAY);
    Device::new(world, &key, "countersign", answer)
}

#[tokio::test]
async fn ten_codes_are_made_shown_once_and_replaced() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    assert_eq!(
        left(&phone).await,
        json!({ "codes_left": 0, "wait_seconds": DAY })
    );
    let first = codes(&phone).await;
    assert_eq!(first.len(), 10);
    for code in &first {
        let groups: Vec<&str> = code.split('-').collect();
        assert!(
            groups.len() == 6 && groups.iter().all(|group| group.len() == 4),
            "{code}"
        );
    }
    assert_eq!(left(&phone).await["codes_left"], 10);
    let second = codes(&phone).await;
    assert!(first.iter().all(|code| !second.contains(code)));
    refused(
        &recover(&world, "anna", &first[0]).await,
        "invalid_credentials",
    );
    given(&recover(&world, "anna", &second[0]).await, 201);
    let told = left(&phone).await;
    assert_eq!(told["codes_left"], 9);
    assert!(told["made_at"].is_u64());
    world.grants_age(600);
    let refusal = phone.post("/v1/recovery/codes", json!({})).await;
    refused(&refusal, "verification_required");
}

#[tokio::test]
async fn whoever_comes_back_by_a_code_waits_and_everybody_is_told() {
    let world = World::with(CONFIRM).await;
    let phone = world.phone("anna").await;
    let codes = codes(&phone).await;
    let back = returned(&world, "anna", &codes[3].replace('-', " ").to_uppercase()).await;
    refused(
        &recover(&world, "anna", &codes[3]).await,
        "invalid_credentials",
    );
    let login = world.login().await;
    refused(&back.scan_of(&login).await, "phone_waiting");
    refused(
        &back.verify("wrong horse battery").await,
        "invalid_credentials",
    );
    let password = json!({ "password": "eleven tall giraffes at noon" });
    let set = || back.send(Call::new(Method::PUT, "/v1/password").json(&password));
    refused(&set().await, "phone_waiting");
    refused(&back.asks("add").await, "phone_waiting");
    assert_eq!(phone.told().await[0], "recovery_started");
    // Another phone can't shorten it: whoever has the code might have that one, too.
    let grant = back.grant().await;
    let allow = format!("/v1/grants/{grant}/allow");
    assert_eq!(phone.post(&allow, json!({})).await.status, 404);
    refused(&back.scan_of(&login).await, "phone_waiting");

    world.grants_age(DAY);
    back.refresh().await;
    given(&back.scan_of(&world.login().await).await, 201);
    // Sets a password once without giving one; the next time it is asked for.
    given(&set().await, 200);
    refused(&phone.me().await, "invalid_token");
    world.grants_age(600);
    refused(&set().await, "verification_required");
    let me = given(&back.me().await, 200);
    assert_eq!(me["grant"]["how"], "recovery");
}

#[tokio::test]
async fn after_the_wait_a_passkey_is_the_other_way_to_begin_again() {
    let world = World::with(CONFIRM).await;
    let phone = world.phone("anna").await;
    let back = returned(&world, "anna", &codes(&phone).await[0]).await;
    world.grants_age(DAY);
    let question = given(&back.asks("add").await, 200);
    let made = made_for(&question, &mut world.authenticator()).await;
    given(&back.post("/v1/passkeys", made).await, 201);
    world.grants_age(600);
    refused(&back.asks("add").await, "verification_required");
}

/// The right to begin again without giving anything ends a week after the wait.
#[tokio::test]
async fn a_recovery_that_was_forgotten_gives_no_credential_any_more() {
    let world = World::with(CONFIRM).await;
    let phone = world.phone("anna").await;
    let back = returned(&world, "anna", &codes(&phone).await[0]).await;
    world.grants_age(8 * DAY - 60);
    let back = Device {
        tokens: given(&back.refresh().await, 200),
        ..back
    };
    given(&back.asks("add").await, 200);
    world.grants_age(60);
    refused(&back.asks("add").await, "verification_required");
    let body = json!({ "password": "eleven tall giraffes at noon" });
    let set = Call::new(Method::PUT, "/v1/password").json(&body);
    refused(&back.send(set).await, "verification_required");
    // Whoever knows the password gives it like everybody.
    given(&back.verify(PASSWORD).await, 200);
    given(&back.asks("add").await, 200);
}

#[tokio::test]
async fn any_phone_ends_a_recovery_that_is_not_its_owners() {
    let world = World::with(CONFIRM).await;
    let phone = world.phone("anna").await;
    let codes = codes(&phone).await;
    let thief = returned(&world, "anna", &codes[0]).await;
    world.grants_age(600);
    let activity = given(&phone.send(Call::get("/v1/activity")).await, 200);
    let entry = &activity["entries"][0];
    assert_eq!(
        (&entry["kind"], &entry["how"]),
        (&json!("recovery_started"), &json!("recovery"))
    );
    assert_eq!(entry["undoable"], true);
    let path = format!("/v1/grants/{}/undo", text(entry, "grant"));
    let early = phone.post(&path, json!({})).await;
    refused(&early, "verification_required");
    given(&phone.verify(PASSWORD).await, 200);
    assert_eq!(given(&phone.post(&path, json!({})).await, 200)["ended"], 1);
    refused(&thief.me().await, "invalid_token");
    given(&phone.me().await, 200);
    // Whoever had one code may have the others.
    let recovery = given(&phone.send(Call::get("/v1/recovery")).await, 200);
    assert_eq!(recovery["codes_left"], 0);
}

#[tokio::test]
async fn whatever_is_wrong_is_answered_like_a_wrong_password() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    world.server.account("bert", PASSWORD).await;
    let code = codes(&phone).await.remove(0);
    let changes = json!({ "password": "wrong horse battery" });
    let password = world.sign_in("anna", &new_key(), changes).await;
    let wrong = recover(&world, "anna", "0").await;
    assert_eq!(told(&wrong), told(&password));
    let other = format!(
        "{}{}",
        if code.starts_with('0') { "1" } else { "0" },
        &code[1..]
    );
    for (account, code) in [
        ("anna", other.as_str()),
        ("bert", &code),
        ("nobody", &code),
        ("", &code),
        ("anna", ""),
        ("anna", "x"),
        ("anna", &code[1..]),
        ("anna", PASSWORD),
    ] {
        assert_same(&recover(&world, account, code).await, &wrong);
    }
    // On our own pages only, and with a proof.
    let body = json!({ "account": "anna", "code": code });
    let call = || Call::post("/v1/recovery").json(&body);
    refused(
        &world.send(call().proof(&new_key())).await,
        "origin_not_allowed",
    );
    let bare = call().header("Origin", world.server.issuer());
    refused(&world.send(bare).await, "invalid_proof");
    given(&recover(&world, "anna", &code).await, 201);
}
