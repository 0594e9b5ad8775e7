//! `POST /v1/holds`

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, given, members, refused, spoilt, text};

#[tokio::test]
async fn a_phone_that_signs_in_first_scans_with_its_hold() {
    let world = World::new().await;
    world
        .server
        .account("anna", countersign_tests::parties::PASSWORD)
        .await;
    let (login, key) = (world.login().await, new_key());
    let call = Call::post("/v1/holds")
        .proof(&key)
        .json(&json!({ "scan": login.link() }));
    let held = given(&world.send(call).await, 200);
    assert_eq!(members(&held), ["expires_in", "hold"]);
    assert_eq!(held["expires_in"], 180);
    assert!(!text(&held, "hold").contains(login.id()), "it is sealed");

    let phone = world.device("anna", key, json!({})).await;
    let scan = given(&phone.scan(json!({ "hold": held["hold"] })).await, 201);
    assert_eq!(scan["state"], "scanned");
    assert_eq!(login.state().await, "scanned");
}

#[tokio::test]
async fn any_code_of_the_right_form_gets_one_so_it_tells_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let mac = login.code()[23..].to_owned();
    let nobodys = format!("AAAAAAAAAAAAAAAAAAAAAA.{mac}");
    let other_mac = format!("{}.AAAAAAAAAAA", login.id());
    let real = given(&phone.hold(&login.code()).await, 200);
    for scan in [nobodys, other_mac, login.link_of(99)] {
        let held = given(&phone.hold(&scan).await, 200);
        assert_eq!(text(&held, "hold").len(), text(&real, "hold").len());
        assert_eq!(held["expires_in"], real["expires_in"]);
        refused(
            &phone.scan(json!({ "hold": held["hold"] })).await,
            "unknown_login",
        );
    }
    assert_eq!(login.state().await, "waiting");
}

#[tokio::test]
async fn what_is_no_code_gets_none() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    for scan in [
        "",
        ".",
        "x",
        "https://evil.example/q#x.y",
        login.id(),
        &format!("{}.", login.id()),
    ] {
        refused(&phone.hold(scan).await, "invalid_request");
    }
    let no_proof = Call::post("/v1/holds").json(&json!({ "scan": login.link() }));
    refused(&world.send(no_proof).await, "invalid_proof");
}

#[tokio::test]
async fn a_hold_is_good_for_the_phone_that_took_it_alone() {
    let world = World::new().await;
    let (login, anna) = (world.login().await, world.phone("anna").await);
    let (second, bob) = (world.another_phone("anna").await, world.phone("bob").await);
    let answer = given(&anna.hold(&login.link()).await, 200);
    let hold = text(&answer, "hold");
    refused(&second.scan(json!({ "hold": hold })).await, "hold_expired");
    refused(&bob.scan(json!({ "hold": hold })).await, "hold_expired");
    for other in [
        "",
        "x",
        &spoilt(hold),
        &login.code(),
        login.device_code(),
        anna.refresh_token(),
    ] {
        refused(&anna.scan(json!({ "hold": other })).await, "hold_expired");
    }
    refused(&anna.scan(json!({ "scan": hold })).await, "invalid_request");
    assert_eq!(login.state().await, "waiting");
    given(&anna.scan(json!({ "hold": hold })).await, 201);
}

#[tokio::test]
async fn a_hold_dies_of_age_whatever_became_of_its_login() {
    let world = World::with("[lifetimes]\nhold = 1\nwaiting = 4\n").await;
    let phone = world.phone("anna").await;
    let (login, clock) = (world.login().await, world.login().await);
    let held = given(&phone.hold(&login.link()).await, 200);
    assert_eq!(held["expires_in"], 1);
    assert_eq!(clock.stream().await.rest().await, ["waiting", "expired"]);
    refused(
        &phone.scan(json!({ "hold": held["hold"] })).await,
        "hold_expired",
    );
    assert_eq!(
        refused(&phone.scan_of(&login).await, "login_ended")["state"],
        "expired"
    );
}

#[tokio::test]
async fn an_old_hold_is_refused_but_never_to_the_phone_that_claimed_with_it() {
    let world = World::with("[lifetimes]\nwaiting = 4\nhold = 4\n").await;
    let phone = world.phone("anna").await;
    let (claimed, unclaimed) = (world.login().await, world.login().await);
    let hold = given(&phone.hold(&claimed.link()).await, 200);
    let late = given(&phone.hold(&unclaimed.link()).await, 200);
    given(&phone.scan(json!({ "hold": hold["hold"] })).await, 201);
    // A login that is created now lives as long as the holds, so its end comes after theirs.
    let mut clock = world.login().await.stream().await;
    while clock.block().await.is_some() {}
    refused(
        &phone.scan(json!({ "hold": late["hold"] })).await,
        "hold_expired",
    );
    let again = given(&phone.scan(json!({ "hold": hold["hold"] })).await, 201);
    assert_eq!(again["state"], "scanned");
}
