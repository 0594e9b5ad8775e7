//! `POST /v1/logins/{login_id}/cancel`

use countersign_client::Call;
use serde_json::json;

use crate::support::{World, assert_same, given, members, refused};

#[tokio::test]
async fn the_desktop_takes_back_what_is_not_over() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let scanned = world.login().await;
    phone.claims(&scanned).await;
    let logins = [
        world.login().await,
        scanned,
        phone.checking().await.0,
        phone.confirmed().await.0,
    ];
    for login in logins {
        let first = given(&login.cancel().await, 200);
        assert_eq!(members(&first), ["expires_in", "state", "version"]);
        assert_eq!(first["state"], "cancelled");
        assert_eq!(
            given(&login.cancel().await, 200),
            first,
            "the same answer again"
        );
        refused(&login.collect().await, "access_denied");
        assert_eq!(
            refused(&phone.scan_of(&login).await, "login_ended")["state"],
            "cancelled"
        );
    }
}

#[tokio::test]
async fn the_phone_learns_of_it() {
    let world = World::new().await;
    let (login, claim, _) = world.phone("anna").await.checking().await;
    given(&login.cancel().await, 200);
    assert_eq!(claim.now().await["state"], "cancelled");
    assert_eq!(
        refused(&claim.confirm().await, "login_ended")["state"],
        "cancelled"
    );
    assert_eq!(
        refused(&claim.deny().await, "login_ended")["state"],
        "cancelled"
    );
}

#[tokio::test]
async fn what_ended_otherwise_stays_so() {
    let world = World::with("[lifetimes]\nwaiting = 3\n").await;
    let phone = world.phone("anna").await;
    let (denied, claim, _) = phone.checking().await;
    given(&claim.deny().await, 200);
    let (collected, _, desktop) = phone.collected().await;
    let expired = world.login().await;
    assert_eq!(expired.stream().await.rest().await, ["waiting", "expired"]);
    for (login, end) in [
        (denied, "denied"),
        (collected, "collected"),
        (expired, "expired"),
    ] {
        assert_eq!(refused(&login.cancel().await, "login_ended")["state"], end);
        assert_eq!(login.state().await, end);
    }
    given(&desktop.me().await, 200);
}

#[tokio::test]
async fn without_the_device_code_nobody_cancels() {
    let world = World::new().await;
    let (login, other) = (world.login().await, world.login().await);
    let send = async |id: &str, code: &str| {
        let body = json!({ "device_code": code });
        world
            .send(Call::post(format!("/v1/logins/{id}/cancel")).json(&body))
            .await
    };
    let unknown = send("AAAAAAAAAAAAAAAAAAAAAA", login.device_code()).await;
    refused(&unknown, "unknown_login");
    for code in [other.device_code(), &login.code(), login.id(), ""] {
        assert_same(&send(login.id(), code).await, &unknown);
    }
    refused(
        &world
            .send(Call::post(login.path("cancel")).json(&json!({})))
            .await,
        "invalid_request",
    );
    assert_eq!(login.state().await, "waiting");
}
