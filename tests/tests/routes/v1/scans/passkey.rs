//! Approvals at level `passkey`: what is asked, what answers, and how often.

use countersign_client::Call;
use countersign_tests::Authenticator;
use serde_json::{Value, json};

use crate::support::{Claim, Login, World, claims, given, refused, text};

/// The tests themselves are the proxy.
const CONFIG: &str = r#"
trusted_proxies = ["127.0.0.0/8", "::1"]

[[clients]]
id = "vault"
native = true
approval = "passkey"
"#;

/// A decision with what `authenticator` answers to what this claim asks.
async fn decision(claim: &Claim<'_>, authenticator: &mut Authenticator) -> Value {
    let assertion = authenticator.answer(&claim.scan["passkey_options"]).await;
    claim.decision(&json!({ "assertion": assertion }))
}

async fn asked(world: &World) -> Login<'_> {
    world.desktop_of("vault").login().await
}

#[tokio::test]
async fn a_passkey_and_the_code_sign_a_desktop_in() {
    let world = World::with(CONFIG).await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let login = asked(&world).await;
    let claim = phone.claims(&login).await;
    assert_eq!(claim.scan["approval"], "passkey");
    let options = &claim.scan["passkey_options"];
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    let again = phone.claims(&login).await;
    assert_eq!(&again.scan["passkey_options"], options, "the same question");

    let problem = refused(&claim.confirm().await, "passkey_required");
    assert_eq!(problem["has_passkey"], true);
    let decision = decision(&claim, &mut authenticator).await;
    let confirmed = given(&phone.confirm(decision.clone()).await, 200);
    assert_eq!(confirmed["state"], "checking");
    // The state moved on, so nothing is asked twice; with and without the answer.
    for repeat in [decision, claim.decision(&json!({}))] {
        let again = given(&phone.confirm(repeat).await, 200);
        assert_eq!(again["check_code"], confirmed["check_code"]);
    }
    refused(&login.check("000000").await, "wrong_code");
    given(&login.check(text(&confirmed, "check_code")).await, 200);
    let desktop = login.collects().await;
    let claims = claims(desktop.access_token());
    assert_eq!(claims["acr"], "passkey");
    assert_eq!(claims["cross_device"], true);
    assert!(phone.passkeys().await[0]["last_used_at"].is_u64());
}

#[tokio::test]
async fn an_account_without_one_claims_nothing() {
    let world = World::with(CONFIG).await;
    let (anna, _) = world.with_passkey("anna").await;
    let bert = world.phone("bert").await;
    let login = asked(&world).await;
    let problem = refused(&bert.scan_of(&login).await, "passkey_required");
    assert_eq!(problem["has_passkey"], false);
    assert_eq!(login.state().await, "waiting");
    let claim = anna.claims(&login).await;
    assert_eq!(claim.scan["context"]["strangers"], 0);
}

#[tokio::test]
async fn whatever_else_is_answered_is_rejected_five_times() {
    let world = World::with(CONFIG).await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let (bert, mut berts) = world.with_passkey("bert").await;
    let claim = phone.claims(&asked(&world).await).await;
    let login = asked(&world).await;
    let other = bert.claims(&asked(&world).await).await;

    let mut careless = authenticator.clone();
    careless.verifies = false;
    let mut elsewhere = authenticator.moved_to("http://localhost:1");
    let of_another_login = authenticator.answer(&claim.scan["passkey_options"]).await;
    let mine = phone.claims(&login).await;
    let mut open = mine.scan["passkey_options"].clone();
    open["allowCredentials"] = json!([]);
    let wrong = [
        of_another_login,
        berts.answer(&open).await,
        careless.answer(&mine.scan["passkey_options"]).await,
        elsewhere.answer(&mine.scan["passkey_options"]).await,
        json!({ "id": "x" }),
    ];
    for (assertion, left) in wrong.into_iter().zip((0..5).rev()) {
        let decision = mine.decision(&json!({ "assertion": assertion }));
        let problem = refused(&phone.confirm(decision).await, "passkey_rejected");
        assert_eq!(problem["tries_left"], left);
        assert_eq!(mine.now().await["wrong_codes"], 0, "no check codes");
    }
    let right = decision(&mine, &mut authenticator).await;
    let ended = refused(&phone.confirm(right).await, "login_ended");
    assert_eq!(ended["state"], "denied");
    // Nobody else's tries were spent.
    let right = decision(&other, &mut berts).await;
    given(&bert.confirm(right).await, 200);
}

#[tokio::test]
async fn what_changed_is_asked_anew() {
    let world = World::with(CONFIG).await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let desktop = world.desktop_of("vault");
    let call = Call::post("/v1/logins").json(&desktop.wish(&json!({})));
    let call = call.header("X-Forwarded-For", "198.51.100.7");
    let created = given(&world.send(call).await, 201);
    let login = Login { desktop, created };
    let shown = phone.claims(&login).await;
    let first = decision(&shown, &mut authenticator).await;
    let (mut moved, there) = (shown.clone(), [("X-Forwarded-For", "203.0.113.7")]);
    given(&login.wait(json!({ "version": 0 }), &there).await, 200);
    refused(&phone.confirm(first.clone()).await, "context_changed");
    moved.scan = given(&phone.scan_of(&login).await, 201);
    assert_ne!(
        moved.scan["passkey_options"]["challenge"],
        shown.scan["passkey_options"]["challenge"]
    );
    let old = moved.decision(&json!({ "assertion": first["assertion"] }));
    refused(&phone.confirm(old).await, "passkey_rejected");
    let new = decision(&moved, &mut authenticator).await;
    given(&phone.confirm(new).await, 200);
}

#[tokio::test]
async fn a_passkey_that_is_removed_before_the_collect_gives_nothing() {
    let world = World::with(CONFIG).await;
    let (phone, mut authenticator) = world.with_passkey("anna").await;
    let login = asked(&world).await;
    let claim = phone.claims(&login).await;
    let decision = decision(&claim, &mut authenticator).await;
    let confirmed = given(&phone.confirm(decision).await, 200);
    given(&login.check(text(&confirmed, "check_code")).await, 200);
    let id = text(&phone.passkeys().await[0], "id").to_owned();
    let removed = phone.send(Call::delete(format!("/v1/passkeys/{id}"))).await;
    given(&removed, 204);
    refused(&login.collect().await, "access_denied");
    assert_eq!(claim.now().await["state"], "denied");
}
