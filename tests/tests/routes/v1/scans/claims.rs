//! `POST /v1/scans`: who may, and what happens when several do.

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, given, refused};

#[tokio::test]
async fn only_a_signed_in_phone_scans() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, (_, _, desktop)) = (world.login().await, phone.collected().await);
    refused(&desktop.scan_of(&login).await, "not_a_phone");

    let body = json!({ "scan": login.link() });
    let nobody = world
        .send(Call::post("/v1/scans").proof(&phone.key).json(&body))
        .await;
    refused(&nobody, "invalid_token");
    let thief = Call::post("/v1/scans")
        .proof(&new_key())
        .token(phone.access_token())
        .json(&body);
    refused(&world.send(thief).await, "invalid_token");
    let bare = Call::post("/v1/scans")
        .token(phone.access_token())
        .json(&body);
    refused(&world.send(bare).await, "invalid_proof");
    given(&phone.sign_out().await, 204);
    refused(&phone.scan_of(&login).await, "invalid_token");
    assert_eq!(login.state().await, "waiting");
}

#[tokio::test]
async fn a_device_does_not_approve_its_own_login() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let mut desktop = world.desktop();
    desktop.key = phone.key.clone();
    let login = desktop.login().await;
    refused(&phone.scan_of(&login).await, "same_device");
    let held = given(&phone.hold(&login.link()).await, 200);
    refused(
        &phone.scan(json!({ "hold": held["hold"] })).await,
        "same_device",
    );
    assert_eq!(login.state().await, "waiting");
    world.another_phone("anna").await.claims(&login).await;
}

#[tokio::test]
async fn the_second_phone_of_an_account_is_refused_and_is_no_stranger() {
    let world = World::new().await;
    let (first, login) = (world.phone("anna").await, world.login().await);
    let second = world.another_phone("anna").await;
    let claim = first.claims(&login).await;
    for _ in 0..3 {
        refused(&second.scan_of(&login).await, "claimed");
    }
    assert_eq!(claim.now().await["strangers"], 0);
    let code = claim.confirms().await;
    refused(&second.scan_of(&login).await, "claimed");
    given(&login.check(&code).await, 200);
    refused(&second.scan_of(&login).await, "claimed");
    login.collects().await;
}

#[tokio::test]
async fn a_stranger_is_refused_and_the_first_phone_is_told() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let login = world.login().await;
    let claim = anna.claims(&login).await;
    for _ in 0..3 {
        refused(&bob.scan_of(&login).await, "claimed");
    }
    let seen = claim.now().await;
    assert_eq!(
        (&seen["strangers"], &seen["state"]),
        (&json!(1), &json!("scanned"))
    );
}

#[tokio::test]
async fn the_third_stranger_ends_it() {
    let world = World::new().await;
    let (anna, login) = (world.phone("anna").await, world.login().await);
    let claim = anna.claims(&login).await;
    for (strangers, name) in ["bob", "eve", "joe"].into_iter().enumerate() {
        assert_eq!(claim.now().await["strangers"], strangers);
        refused(&world.phone(name).await.scan_of(&login).await, "claimed");
    }
    assert_eq!(claim.now().await["state"], "cancelled");
    assert_eq!(login.state().await, "cancelled");
    assert_eq!(
        refused(&claim.confirm().await, "login_ended")["state"],
        "cancelled"
    );
    refused(&login.collect().await, "access_denied");
}

#[tokio::test]
async fn after_the_decision_a_stranger_counts_for_nothing() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let (login, claim, code) = anna.checking().await;
    refused(&bob.scan_of(&login).await, "claimed");
    assert_eq!(claim.now().await["strangers"], 0);
    given(&login.check(&code).await, 200);
    refused(&bob.scan_of(&login).await, "claimed");
    login.collects().await;
}

#[tokio::test]
async fn of_two_phones_at_once_one_has_it() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    for _ in 0..20 {
        let login = world.login().await;
        let (one, other) = tokio::join!(anna.scan_of(&login), bob.scan_of(&login));
        let (winner, loser) = if one.status == 201 {
            (one, other)
        } else {
            (other, one)
        };
        given(&winner, 201);
        refused(&loser, "claimed");
    }
}

#[tokio::test]
async fn a_desktop_that_asks_one_account_after_another_is_flagged_to_the_fourth() {
    let world = World::new().await;
    let (desktop, named) = (world.desktop(), world.desktop());
    for (name, flags) in [
        ("anna", json!([])),
        ("bert", json!([])),
        ("carl", json!([])),
        ("dora", json!(["many_accounts"])),
    ] {
        let phone = world.phone(name).await;
        // A key that is named without being proved is anybody's.
        let claim = phone.claims(&named.login().await).await;
        assert_eq!(claim.scan["context"]["flags"], json!([]), "{name}");
        let login = desktop.proved_login(json!({})).await;
        let claim = phone.claims(&login).await;
        assert_eq!(claim.scan["context"]["flags"], flags, "{name}");
        // What was shown is what is confirmed: its own claim changes nothing for it.
        claim.confirms().await;
    }
}
