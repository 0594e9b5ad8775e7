//! `POST /v1/scans/deny`

use serde_json::json;

use crate::support::{World, assert_same, given, members, refused};
use crate::v1::logins::check::wrong;

#[tokio::test]
async fn the_phone_declines_until_the_desktop_has_collected() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let scanned = world.login().await;
    let claim = phone.claims(&scanned).await;
    let (checking, confirmed) = (phone.checking().await, phone.confirmed().await);
    for (login, claim) in [(scanned, claim), (checking.0, checking.1), confirmed] {
        let first = given(&claim.deny().await, 200);
        assert_eq!(members(&first), ["expires_in", "state", "version"]);
        assert_eq!(first["state"], "denied");
        assert_eq!(
            given(&claim.deny().await, 200),
            first,
            "the same answer again"
        );
        assert_eq!(login.state().await, "denied");
        refused(&login.collect().await, "access_denied");
        assert_eq!(
            refused(&phone.scan_of(&login).await, "login_ended")["state"],
            "denied"
        );
    }
}

#[tokio::test]
async fn saying_that_one_did_not_start_it_is_a_decline_too() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let login = world.login().await;
    let claim = phone.claims(&login).await;
    for odd in [json!("yes"), json!(1), json!(null)] {
        let body = json!({ "ticket": claim.ticket(), "report": odd });
        refused(&phone.deny(body).await, "invalid_request");
    }
    let body = json!({ "ticket": claim.ticket(), "report": true });
    assert_eq!(given(&phone.deny(body).await, 200)["state"], "denied");
    assert_eq!(given(&claim.deny().await, 200)["state"], "denied");
}

#[tokio::test]
async fn what_is_over_stays_as_it_is() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, collected, desktop) = phone.collected().await;
    assert_eq!(
        refused(&collected.deny().await, "login_ended")["state"],
        "collected"
    );
    given(&desktop.me().await, 200);

    let (cancelled, claim, _) = phone.checking().await;
    given(&cancelled.cancel().await, 200);
    assert_eq!(
        refused(&claim.deny().await, "login_ended")["state"],
        "cancelled"
    );

    let (denied, claim, code) = phone.checking().await;
    for _ in 0..3 {
        refused(&denied.check(&wrong(&code)).await, "wrong_code");
    }
    assert_eq!(
        given(&claim.deny().await, 200)["state"],
        "denied",
        "whatever led there"
    );
}

#[tokio::test]
async fn nobody_else_declines() {
    let world = World::new().await;
    let (anna, bob) = (world.phone("anna").await, world.phone("bob").await);
    let second = world.another_phone("anna").await;
    let login = world.login().await;
    let claim = anna.claims(&login).await;
    let ticket = json!({ "ticket": claim.ticket() });
    let unknown = anna.deny(json!({ "ticket": "x" })).await;
    refused(&unknown, "unknown_login");
    assert_same(&second.deny(ticket.clone()).await, &unknown);
    assert_same(&bob.deny(ticket).await, &unknown);
    for other in ["", login.device_code(), &login.code()] {
        assert_same(&anna.deny(json!({ "ticket": other })).await, &unknown);
    }
    refused(&anna.deny(json!({})).await, "invalid_request");
    assert_eq!(login.state().await, "scanned");
}
