//! `POST /v1/accounts`

use countersign_client::{Answer, Call};
use countersign_tests::parties::{PASSWORD, new_key};
use serde_json::{Value, json};

use crate::support::{World, assert_same, body, given, refused, with};

const OPEN: &str = "[accounts]\nregistration = \"open\"\n";

async fn register(world: &World, changes: Value) -> Answer {
    let base = json!({ "account": "anna", "password": PASSWORD });
    let call = Call::post("/v1/accounts").json(&with(base, &changes));
    world.send(call).await
}

#[tokio::test]
async fn where_it_is_open_anybody_makes_an_account_and_signs_in() {
    let world = World::with(OPEN).await;
    let answer = register(&world, json!({ "account": " Anna ", "name": "Anna B." })).await;
    assert_eq!((answer.status, &*body(&answer)), (202, "{}"));
    let session = given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
    assert_eq!(session["account"]["name"], "Anna B.");
    assert_eq!(session["may_approve"], true, "the first phone");
    let nameless = register(&world, json!({ "account": "bob" })).await;
    assert_eq!(nameless.status, 202);
    let session = given(&world.sign_in("bob", &new_key(), json!({})).await, 201);
    assert_eq!(session["account"]["name"], "bob");
}

#[tokio::test]
async fn a_name_that_is_taken_is_answered_like_a_free_one_and_stays_its_owners() {
    let world = World::with(OPEN).await;
    let anna = world.phone("anna").await;
    let free = register(&world, json!({ "account": "bob" })).await;
    for account in ["anna", "ANNA", " anna "] {
        let theirs = json!({ "account": account, "password": "quite another tall giraffe" });
        assert_same(&register(&world, theirs).await, &free);
    }
    let wrong = json!({ "password": "quite another tall giraffe" });
    let answer = world.sign_in("anna", &new_key(), wrong).await;
    refused(&answer, "invalid_credentials");
    given(&anna.me().await, 200);
    let activity = given(&anna.send(Call::get("/v1/activity")).await, 200);
    let entries = activity["entries"].as_array().unwrap();
    assert_eq!(
        entries.len(),
        2,
        "its owner hears nothing of it: {activity}"
    );
}

#[tokio::test]
async fn where_it_is_closed_nobody_does_whatever_they_send() {
    let world = World::new().await;
    world.server.account("anna", PASSWORD).await;
    let refusal = register(&world, json!({ "account": "bob" })).await;
    refused(&refusal, "registration_closed");
    for changes in [
        json!({}),
        json!({ "account": "" }),
        json!({ "password": "short" }),
    ] {
        assert_same(&register(&world, changes).await, &refusal);
    }
    let answer = world.sign_in("bob", &new_key(), json!({})).await;
    refused(&answer, "invalid_credentials");
}

#[tokio::test]
async fn names_and_passwords_are_looked_at_before_anything_is_kept() {
    let world = World::with(OPEN).await;
    for name in [
        "",
        "   ",
        "two words",
        "\u{430}nna",
        "an\u{0}na",
        "<b>anna</b>",
        &*"a".repeat(65),
    ] {
        let answer = register(&world, json!({ "account": name })).await;
        refused(&answer, "name_rejected");
    }
    for shown in ["", " ", "\u{202e}", "\u{200b}\u{feff}"] {
        let answer = register(&world, json!({ "name": shown })).await;
        refused(&answer, "name_rejected");
    }
    for (password, reason) in [
        ("", "too_short"),
        ("a1!Zq7x", "too_short"),
        (&*"äöü".repeat(2), "too_short"),
        ("password1", "common"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("qwertyuiop", "common"),
        ("annaanna1", "common"),
        (&*"xK9".repeat(100), "too_long"),
    ] {
        let answer = register(&world, json!({ "password": password })).await;
        let problem = refused(&answer, "password_rejected");
        assert_eq!(problem["reason"], reason, "{password}");
        assert!(!body(&answer).contains(password) || password.is_empty());
    }
    for malformed in [
        json!({ "account": null }),
        json!({ "password": null }),
        json!({ "account": 7 }),
        json!({ "password": [PASSWORD] }),
        json!({ "name": {} }),
    ] {
        refused(&register(&world, malformed).await, "invalid_request");
    }
    let answer = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&answer, "invalid_credentials");
    // A long one of many alphabets is fine as it is.
    let password = "ünïcödé пароль 密码 🦒 and so on";
    let answer = register(&world, json!({ "password": password })).await;
    assert_eq!(answer.status, 202);
    let wish = json!({ "password": password });
    given(&world.sign_in("anna", &new_key(), wish).await, 201);
}

#[tokio::test]
async fn no_other_sites_page_makes_accounts() {
    let world = World::with(OPEN).await;
    let call = Call::post("/v1/accounts").json(&json!({ "account": "anna", "password": PASSWORD }));
    for origin in ["null", "", "https://evil.example", "http://localhost:1"] {
        let answer = world.send(call.clone().header("Origin", origin)).await;
        refused(&answer, "origin_not_allowed");
    }
    let sneaky = Call::post("/v1/accounts").body(
        "text/plain",
        json!({ "account": "anna", "password": PASSWORD }).to_string(),
    );
    refused(&world.send(sneaky).await, "unsupported_media_type");
    let answer = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&answer, "invalid_credentials");
    let ours = call.header("Origin", world.server.issuer());
    given(&world.send(ours).await, 202);
}
