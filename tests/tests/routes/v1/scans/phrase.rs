//! Phrases: what was typed on the desktop is typed on the phone, or nobody is signed in.

use serde_json::{Value, json};

use crate::support::{World, given, members, refused, text};

const CONFIG: &str = r#"
[[clients]]
id = "guests"
native = true
phrase = true
"#;

fn phrase(typed: &str) -> Value {
    json!({ "phrase": typed })
}

#[tokio::test]
async fn the_same_phrase_on_both_sides_signs_a_desktop_in() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = world.desktop();
    let login = desktop.login_with(phrase(" Blaue  Gänse")).await;
    let claim = phone.claims(&login).await;
    assert_eq!(claim.scan["context"]["phrase"], true);
    let told = claim.scan.to_string().to_lowercase();
    assert!(!told.contains("gänse"), "{told}");

    refused(&claim.confirm().await, "phrase_required");
    for malformed in [json!("abc"), json!(4), json!("ä".repeat(65))] {
        let decision = claim.decision(&json!({ "phrase": malformed }));
        refused(&phone.confirm(decision).await, "invalid_request");
    }
    let decision = claim.decision(&phrase("blaue gänse\n"));
    let confirmed = given(&phone.confirm(decision).await, 200);
    // It is decided: the repeat takes none, and a wrong one counts for nothing.
    for repeat in [json!({}), phrase("graue gänse")] {
        let again = given(&phone.confirm(claim.decision(&repeat)).await, 200);
        assert_eq!(again["check_code"], confirmed["check_code"]);
    }
    given(&login.check(text(&confirmed, "check_code")).await, 200);
    login.collects().await;
}

#[tokio::test]
async fn three_wrong_phrases_deny_and_the_desktop_learns_no_more_than_that() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = world.desktop();
    let login = desktop.login_with(phrase("blue geese")).await;
    let (other, declined) = (
        desktop.login_with(phrase("blue geese")).await,
        desktop.login().await,
    );
    let claim = phone.claims(&login).await;
    for (typed, left) in [("grey geese", 2), ("blue goose", 1), ("bluegeese", 0)] {
        let decision = claim.decision(&phrase(typed));
        let problem = refused(&phone.confirm(decision).await, "wrong_phrase");
        assert_eq!(problem["tries_left"], left);
        // No tries are spent by who types nothing, and no check codes at all.
        if left > 0 {
            refused(&claim.confirm().await, "phrase_required");
        }
        assert_eq!(claim.now().await["wrong_codes"], 0);
    }
    let right = claim.decision(&phrase("blue geese"));
    let ended = refused(&phone.confirm(right).await, "login_ended");
    assert_eq!(ended["state"], "denied");

    given(&phone.claims(&declined).await.deny().await, 200);
    let (seen, usual) = (login.now().await, declined.now().await);
    assert_eq!(seen["state"], "denied");
    assert_eq!(members(&seen), members(&usual));
    refused(&login.collect().await, "access_denied");
    // Nobody else's tries were spent.
    let claim = phone.claims(&other).await;
    let decision = claim.decision(&phrase("BLUE GEESE"));
    given(&phone.confirm(decision).await, 200);
}

#[tokio::test]
async fn a_phrase_of_one_login_is_no_others() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = world.desktop();
    let claim = phone
        .claims(&desktop.login_with(phrase("blue geese")).await)
        .await;
    desktop.login_with(phrase("grey geese")).await;
    let decision = claim.decision(&phrase("grey geese"));
    refused(&phone.confirm(decision).await, "wrong_phrase");
    let without = phone.claims(&desktop.login().await).await;
    assert_eq!(without.scan["context"].get("phrase"), None);
    let needless = without.decision(&phrase("grey geese"));
    given(&phone.confirm(needless).await, 200);
}

#[tokio::test]
async fn a_client_may_ask_for_a_phrase_and_none_takes_one_that_is_none() {
    let world = World::with(CONFIG).await;
    let (phone, guests) = (world.phone("anna").await, world.desktop_of("guests"));
    refused(&guests.create(json!({})).await, "phrase_required");
    refused(&guests.create(phrase("   ")).await, "invalid_request");
    for malformed in [
        json!("abc"),
        json!("a   b"),
        json!(["blue"]),
        json!("x".repeat(65)),
    ] {
        let wish = json!({ "phrase": malformed });
        refused(&guests.create(wish).await, "invalid_request");
    }
    let claim = phone
        .claims(&guests.login_with(phrase("blue geese")).await)
        .await;
    refused(&claim.confirm().await, "phrase_required");
}

#[tokio::test]
async fn a_known_desktop_takes_the_phrase_beside_the_tap() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let desktop = world.desktop();
    let first = desktop.proved_login(json!({})).await;
    let code = phone.claims(&first).await.confirms().await;
    given(&first.check(&code).await, 200);
    first.collects().await;
    let login = desktop.proved_login(phrase("blue geese")).await;
    let claim = phone.claims(&login).await;
    assert_eq!(claim.scan["approval"], "tap");
    refused(&claim.confirm().await, "phrase_required");
    let decision = claim.decision(&phrase("blue geese"));
    assert_eq!(
        given(&phone.confirm(decision).await, 200)["state"],
        "confirmed"
    );
    login.collects().await;
}
