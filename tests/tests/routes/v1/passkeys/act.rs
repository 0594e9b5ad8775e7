//! A desktop that was signed in by a scan, and the one passkey that a phone's approval lets it add.

use countersign_client::Call;
use countersign_tests::Authenticator;
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Browser, Device, World, answer_to, given, made_for, refused, text};

/// A browser that `phone` signs in for the act, with a passkey.
async fn approved<'w>(
    world: &'w World,
    phone: &Device<'w>,
    authenticator: &mut Authenticator,
) -> Browser<'w> {
    let browser = world.browser();
    let login = browser.login_with(&json!({ "act": "add_passkey" })).await;
    let claim = phone.claims(&login).await;
    assert_eq!(claim.scan["approval"], "passkey");
    assert_eq!(claim.scan["context"]["act"], "add_passkey");
    let options = json!({ "options": claim.scan["passkey_options"] });
    let answer = answer_to(&options, authenticator).await;
    let decision = claim.decision(&json!({ "assertion": answer["response"] }));
    let confirmed = given(&phone.confirm(decision).await, 200);
    given(
        &browser.check(&login, text(&confirmed, "check_code")).await,
        200,
    );
    given(&browser.collect(&login).await, 200);
    browser
}

async fn asks(browser: &Browser<'_>) -> countersign_client::Answer {
    let wish = json!({ "purpose": "add" });
    browser
        .prove(Method::POST, "/v1/passkeys/options", Some(&wish))
        .await
}

async fn adds(browser: &Browser<'_>, made: &Value) -> countersign_client::Answer {
    browser
        .prove(Method::POST, "/v1/passkeys", Some(made))
        .await
}

/// One approval that somebody was talked into must not make a phone that approves.
#[tokio::test]
async fn a_phone_by_a_desktops_new_passkey_waits_until_that_is_a_day_old() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let browser = approved(&world, &phone, &mut authenticator).await;
    let mut own = world.authenticator();
    let made = made_for(&given(&asks(&browser).await, 200), &mut own).await;
    given(&adds(&browser, &made).await, 201);
    world.alter("UPDATE passkeys SET created_at = created_at - 3600000");
    let mut waits = Vec::new();
    for authenticator in [&mut own, &mut authenticator] {
        let key = new_key();
        let answer = answer_to(&world.question(&key).await, authenticator).await;
        let session = given(&world.enter(&key, &answer, json!({})).await, 201);
        waits.push(session["approves_in"].as_u64());
    }
    let waits_for = waits[0].unwrap();
    assert!((82_700..=82_800).contains(&waits_for), "{waits_for}");
    assert_eq!(waits[1], None, "a phone added that one");
    world.alter("UPDATE passkeys SET created_at = created_at - 82800000");
    let key = new_key();
    let answer = answer_to(&world.question(&key).await, &mut own).await;
    let session = given(&world.enter(&key, &answer, json!({})).await, 201);
    assert_eq!(session["may_approve"], true);
}

#[tokio::test]
async fn an_approved_desktop_adds_one_passkey() {
    let world = World::new().await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let browser = approved(&world, &phone, &mut authenticator).await;
    let me = given(&browser.me().await, 200);
    let until = me["grant"]["may_add_passkey_until"].as_u64().unwrap();
    assert_eq!(until, me["grant"]["signed_in_at"].as_u64().unwrap() + 300);
    let (first, second) = (
        given(&asks(&browser).await, 200),
        given(&asks(&browser).await, 200),
    );
    let mut own = world.authenticator();
    let made = made_for(&first, &mut own).await;
    let added = given(&adds(&browser, &made).await, 201);
    assert_eq!(phone.passkeys().await.len(), 2);
    // Once, by an older question neither.
    refused(&asks(&browser).await, "not_a_phone");
    let late = made_for(&second, &mut world.authenticator()).await;
    refused(&adds(&browser, &late).await, "not_a_phone");
    let me = given(&browser.me().await, 200);
    assert!(me["grant"].get("may_add_passkey_until").is_none());
    // It signs in; and it goes with the desktop when its owner takes that back.
    let key = countersign_tests::parties::new_key();
    let answer = answer_to(&world.question(&key).await, &mut own).await;
    given(&world.enter(&key, &answer, json!({})).await, 201);
    let path = format!("/v1/grants/{}/undo", text(&me["grant"], "id"));
    let gone = given(&phone.post(&path, json!({})).await, 200);
    assert_eq!(gone, json!({ "ended": 2, "passkeys_removed": 1 }));
    let left = phone.passkeys().await;
    assert!(left.iter().all(|passkey| passkey["id"] != added["id"]));
}

#[tokio::test]
async fn the_right_to_add_one_ends_after_five_minutes() {
    let world = World::new().await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let browser = approved(&world, &phone, &mut authenticator).await;
    let question = given(&asks(&browser).await, 200);
    let made = made_for(&question, &mut world.authenticator()).await;
    world.grants_age(300);
    refused(&adds(&browser, &made).await, "not_a_phone");
    refused(&asks(&browser).await, "not_a_phone");
}

#[tokio::test]
async fn no_other_desktop_adds_any() {
    let world = World::new().await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let approved = approved(&world, &phone, &mut authenticator).await;
    let question = given(&asks(&approved).await, 200);
    let made = made_for(&question, &mut world.authenticator()).await;
    // Signed in by a scan without the act, and by the password itself.
    let plain = world.browser();
    let login = plain.login().await;
    let code = phone.claims(&login).await.confirms().await;
    given(&plain.check(&login, &code).await, 200);
    given(&plain.collect(&login).await, 200);
    let by_password = world.browser();
    given(&by_password.sign_in("anna", &json!({})).await, 201);
    for browser in [&plain, &by_password] {
        refused(&asks(browser).await, "not_a_phone");
        refused(&adds(browser, &made).await, "not_a_phone");
    }
    // A cookie without its key is nothing.
    let body = json!({ "purpose": "add" });
    let bare = Call::post("/v1/passkeys/options").json(&body);
    refused(&approved.send(Method::POST, bare).await, "invalid_proof");
}
