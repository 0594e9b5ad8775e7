//! Signing in with a passkey.

use countersign_tests::page::SESSION;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, answer_to, assert_same, claims, given, made_for, refused, text, told};

#[tokio::test]
async fn a_passkey_makes_a_phone_that_approves_at_once() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let key = new_key();
    let question = world.question(&key).await;
    assert_eq!(question["expires_in"], 300);
    assert_eq!(question["options"]["allowCredentials"], json!([]));
    let answer = answer_to(&question, &mut authenticator).await;
    let session = given(&world.enter(&key, &answer, json!({})).await, 201);
    assert_eq!(session["role"], "phone");
    assert_eq!(session["may_approve"], true);
    assert_eq!(session["account"]["name"], "anna");
    let claims = claims(text(&session, "access_token"));
    assert_eq!(claims["amr"], json!(["swk", "user", "mfa"]));
    assert_eq!(claims["cnf"]["jkt"], key.thumbprint());
    // It was verified just now, so that it may do what takes that; and the owner's other phone is told.
    let new = crate::support::Device::new(&world, &key, "countersign", session);
    given(&new.post("/v1/recovery/codes", json!({})).await, 201);
    let me = given(&new.me().await, 200);
    assert_eq!(me["grant"]["how"], "passkey");
    assert_eq!(me["account"]["passkeys"], 1);
    let told = phone.told().await;
    assert!(
        told.contains(&"signed_in_by_passkey".to_owned()),
        "{told:?}"
    );
    assert!(phone.passkeys().await[0]["last_used_at"].is_u64());
}

#[tokio::test]
async fn a_passkey_signs_a_desktop_of_our_pages_in_with_a_cookie() {
    let world = World::new().await;
    let (_, mut authenticator) = world.with_passkey("anna").await;
    let browser = world.browser();
    let question = world.question(browser.page.key()).await;
    let passkey = answer_to(&question, &mut authenticator).await;
    let body = json!({ "passkey": passkey, "role": "desktop", "device": { "kind": "browser" } });
    let answer = browser
        .prove(reqwest::Method::POST, "/v1/sessions", Some(&body))
        .await;
    let session = given(&answer, 201);
    assert!(session.get("access_token").is_none());
    assert_eq!(session["may_approve"], false);
    assert!(browser.page.cookie(SESSION).is_some());
    let me = given(&browser.me().await, 200);
    assert_eq!(me["grant"]["how"], "passkey");
}

#[tokio::test]
async fn whatever_is_wrong_is_answered_like_a_wrong_password() {
    let world = World::new().await;
    let (anna, mut annas) = world.with_passkey("anna").await;
    let (bert, mut berts) = world.with_passkey("bert").await;
    let key = new_key();
    let password = world
        .sign_in("anna", &key, json!({ "password": "wrong horse battery" }))
        .await;
    let nothing = json!({ "challenge": "", "response": null });
    let wrong = world.enter(&key, &nothing, json!({})).await;
    refused(&wrong, "invalid_credentials");
    assert_eq!(told(&wrong), told(&password));
    let enter = async |passkey: &serde_json::Value| {
        assert_same(&world.enter(&key, passkey, json!({})).await, &wrong);
    };
    let question = async || world.question(&key).await;

    // Once.
    let used = answer_to(&question().await, &mut annas).await;
    given(&world.enter(&key, &used, json!({})).await, 201);
    enter(&used).await;
    // A challenge of another key, and of another purpose.
    let others = world.question(&new_key()).await;
    enter(&answer_to(&others, &mut annas).await).await;
    let verify = given(&anna.asks("verify").await, 200);
    enter(&answer_to(&verify, &mut annas).await).await;
    // A challenge that is none, and an answer that was for another one.
    let (one, two) = (question().await, question().await);
    let answer = answer_to(&one, &mut annas).await;
    enter(&json!({ "challenge": two["challenge"], "response": answer["response"] })).await;
    enter(&json!({ "challenge": "x", "response": answer["response"] })).await;
    // Another site, another port of this host, and another relying party.
    let mut foreign = annas.moved_to("http://localhost:1");
    enter(&answer_to(&question().await, &mut foreign).await).await;
    let mut phished = question().await;
    phished["options"]["rpId"] = "evil.example".into();
    let mut away = annas.moved_to("https://evil.example");
    enter(&answer_to(&phished, &mut away).await).await;
    // Nobody who showed who they are.
    let mut careless = annas.clone();
    careless.verifies = false;
    enter(&answer_to(&question().await, &mut careless).await).await;
    // A passkey that says it is somebody else's, one that is nobody's, and one that is gone.
    let mut lie = answer_to(&question().await, &mut berts).await;
    lie["response"]["response"]["userHandle"] =
        answer["response"]["response"]["userHandle"].clone();
    enter(&lie).await;
    let mut nobodys = world.authenticator();
    let unasked = given(&anna.asks("add").await, 200);
    made_for(&unasked, &mut nobodys).await;
    enter(&answer_to(&question().await, &mut nobodys).await).await;
    let gone = text(&bert.passkeys().await[0], "id").to_owned();
    let path = format!("/v1/passkeys/{gone}");
    given(
        &bert.send(countersign_client::Call::delete(path)).await,
        204,
    );
    enter(&answer_to(&question().await, &mut berts).await).await;
    // A signature of other words, and something that is no answer.
    let mut spoilt = answer_to(&question().await, &mut annas).await;
    spoilt["response"]["response"]["signature"] =
        answer["response"]["response"]["signature"].clone();
    enter(&spoilt).await;
    for response in [json!({}), json!("x"), json!(null)] {
        enter(&json!({ "challenge": question().await["challenge"], "response": response })).await;
    }
}

#[tokio::test]
async fn a_copied_passkey_is_noticed_by_its_counter() {
    let world = World::new().await;
    let (_, mut authenticator) = world.with_passkey("anna").await;
    let key = new_key();
    let mut copy = authenticator.clone();
    for _ in 0..2 {
        let answer = answer_to(&world.question(&key).await, &mut authenticator).await;
        given(&world.enter(&key, &answer, json!({})).await, 201);
    }
    let answer = answer_to(&world.question(&key).await, &mut copy).await;
    refused(
        &world.enter(&key, &answer, json!({})).await,
        "invalid_credentials",
    );
}

#[tokio::test]
async fn of_two_uses_of_one_challenge_at_once_one_counts() {
    let world = World::new().await;
    let (_, mut authenticator) = world.with_passkey("anna").await;
    let key = new_key();
    let answer = answer_to(&world.question(&key).await, &mut authenticator).await;
    let enter = || world.enter(&key, &answer, json!({}));
    let (one, two) = tokio::join!(enter(), enter());
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401]);
}

#[tokio::test]
async fn of_two_answers_at_once_to_a_challenge_each_no_counter_is_set_back() {
    let world = World::new().await;
    let (_, mut authenticator) = world.with_passkey("anna").await;
    for _ in 0..10 {
        let (one, other) = (new_key(), new_key());
        let first = answer_to(&world.question(&one).await, &mut authenticator).await;
        let copy = authenticator.clone();
        let second = answer_to(&world.question(&other).await, &mut authenticator).await;
        let (first, second) = tokio::join!(
            world.enter(&one, &first, json!({})),
            world.enter(&other, &second, json!({}))
        );
        assert!(first.status == 201 || second.status == 201);
        if second.status == 201 {
            // What the later one left behind is what counts: a copy from before it is refused.
            let answer = answer_to(&world.question(&one).await, &mut copy.clone()).await;
            let late = world.enter(&one, &answer, json!({})).await;
            refused(&late, "invalid_credentials");
        }
    }
}

#[tokio::test]
async fn a_sign_in_says_once_with_what() {
    let world = World::new().await;
    let passkey = json!({ "challenge": "x", "response": {} });
    for body in [
        json!({}),
        json!({ "account": "anna" }),
        json!({ "password": "x" }),
        json!({ "passkey": passkey, "account": "anna", "password": "x" }),
        json!({ "passkey": passkey, "account": "anna" }),
        json!({ "passkey": "x" }),
        json!({ "passkey": { "challenge": "x" } }),
    ] {
        let answer = world.page_post("/v1/sessions", &new_key(), &body).await;
        refused(&answer, "invalid_request");
    }
}
