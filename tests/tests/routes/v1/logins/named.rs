//! Logins that name the account that they are for, and logins that ask for an act.

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, given, members, refused};

const CONFIG: &str = r#"
[[clients]]
id = "open"
native = true

[[clients]]
id = "desk"
native = true
login_hint_required = true
"#;

#[tokio::test]
async fn a_login_for_one_account_is_no_others_to_claim() {
    let world = World::with(CONFIG).await;
    let (anna, eve) = (world.phone("anna").await, world.phone("eve").await);
    let desktop = world.desktop_of("desk");
    let login = desktop.login_with(json!({ "login_hint": " Anna" })).await;
    for _ in 0..2 {
        let problem = refused(&eve.scan_of(&login).await, "not_allowed_here");
        assert_eq!(problem["reason"], "account");
    }
    assert_eq!(login.state().await, "waiting", "nothing is claimed");
    let claim = anna.claims(&login).await;
    assert_eq!(claim.scan["context"]["strangers"], 1, "once for an account");
    refused(&eve.scan_of(&login).await, "claimed");
    let code = claim.confirms().await;
    given(&login.check(&code).await, 200);
    login.collects().await;
}

#[tokio::test]
async fn nobody_learns_from_a_hint_who_has_an_account() {
    let world = World::with(CONFIG).await;
    let anna = world.phone("anna").await;
    let desktop = world.desktop_of("open");
    let known = desktop.login_with(json!({ "login_hint": "anna" })).await;
    let unknown = desktop.login_with(json!({ "login_hint": "nobody" })).await;
    assert_eq!(members(&known.created), members(&unknown.created));
    assert_eq!(known.state().await, unknown.state().await);
    let problem = refused(&anna.scan_of(&unknown).await, "not_allowed_here");
    assert_eq!(problem["reason"], "account");
    for malformed in ["", "two words", "\u{430}nna"] {
        let answer = desktop.create(json!({ "login_hint": malformed })).await;
        refused(&answer, "invalid_request");
    }
    let desk = world.desktop_of("desk");
    refused(&desk.create(json!({})).await, "login_hint_required");
}

#[tokio::test]
async fn the_third_account_that_is_not_named_cancels() {
    let world = World::with(CONFIG).await;
    let login = world
        .desktop_of("open")
        .login_with(json!({ "login_hint": "anna" }))
        .await;
    for (name, state) in [
        ("bob", "waiting"),
        ("eve", "waiting"),
        ("mallory", "cancelled"),
    ] {
        let phone = world.phone(name).await;
        refused(&phone.scan_of(&login).await, "not_allowed_here");
        assert_eq!(login.state().await, state, "{name}");
    }
}

#[tokio::test]
async fn an_act_is_our_own_pages_to_ask_for_and_takes_a_passkey() {
    let world = World::new().await;
    let anna = world.phone("anna").await;
    let demo = world.desktop();
    for act in ["add_passkey", "close_account", ""] {
        refused(&demo.create(json!({ "act": act })).await, "invalid_request");
    }
    let page = world.desktop_of("countersign");
    let wish = page.wish(&json!({ "act": "add_passkey" }));
    let call = Call::post("/v1/logins")
        .header("Origin", world.server.issuer())
        .proof(&page.key)
        .json(&wish);
    let created = given(&world.send(call).await, 201);
    let login = crate::support::Login {
        desktop: page,
        created,
    };
    for phone in [&anna, &world.device("anna", new_key(), json!({})).await] {
        let problem = refused(&phone.scan_of(&login).await, "passkey_required");
        assert_eq!(problem["has_passkey"], false);
    }
    assert_eq!(login.state().await, "waiting", "nothing is claimed");
}
