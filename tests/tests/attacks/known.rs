//! Known desktops: who is known needs no check code, so nobody may become known but by one.

use countersign_client::Call;
use serde_json::{Value, json};

use crate::cases::Case;
use crate::support::{ALL_CLIENTS, Arena, Desktop, Device, call, given, text, undo};

pub(crate) const CASES: &[Case] = &[
    (
        "known by confirming without collecting",
        "attacks/known.rs::a_desktop_that_never_collected_is_not_known",
    ),
    (
        "known for ever by taps",
        "attacks/known.rs::a_tap_keeps_no_desktop_known",
    ),
    (
        "known by another client with the same key",
        "attacks/known.rs::a_desktop_is_known_to_its_own_client_alone",
    ),
    (
        "known on a shared computer",
        "attacks/known.rs::a_shared_computer_is_known_to_nobody",
    ),
    (
        "known with wider scopes",
        "attacks/known.rs::a_known_desktop_that_wants_more_needs_the_code",
    ),
    (
        "known again by signing out before it is taken back",
        "attacks/known.rs::a_desktop_that_signs_out_first_is_taken_back_all_the_same",
    ),
];

/// What the phone is told that a desktop takes which asks with a proof.
async fn level(phone: &Device<'_>, desktop: &Desktop<'_>, changes: Value) -> String {
    let login = desktop.proved_login(changes).await;
    let claim = phone.claims(&login).await;
    given(&login.cancel().await, 200);
    text(&claim.scan, "approval").to_owned()
}

/// Signs a desktop in that asks with a proof; gives what it took.
async fn signs_in(phone: &Device<'_>, desktop: &Desktop<'_>, changes: Value) -> String {
    let login = desktop.proved_login(changes).await;
    let claim = phone.claims(&login).await;
    let confirmed = given(&claim.confirm().await, 200);
    if let Some(code) = confirmed["check_code"].as_str() {
        given(&login.check(code).await, 200);
    }
    login.collects().await;
    text(&claim.scan, "approval").to_owned()
}

#[tokio::test]
async fn a_desktop_that_never_collected_is_not_known() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let desktop = arena.desktop();
    let login = desktop.proved_login(json!({})).await;
    let code = phone.claims(&login).await.confirms().await;
    given(&login.check(&code).await, 200);
    assert_eq!(level(&phone, &desktop, json!({})).await, "code");
    // It did once it collected: so much for the test itself.
    assert_eq!(signs_in(&phone, &desktop, json!({})).await, "code");
    assert_eq!(level(&phone, &desktop, json!({})).await, "tap");
}

#[tokio::test]
async fn a_tap_keeps_no_desktop_known() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let desktop = arena.desktop();
    assert_eq!(signs_in(&phone, &desktop, json!({})).await, "code");
    let day = 86_400_000_u64;
    let pass = |days: u64| {
        let days = days * day;
        format!("UPDATE grants SET created_at = created_at - {days} WHERE how = 'scan'")
    };
    assert!(arena.alter(&pass(29)) > 0);
    assert_eq!(signs_in(&phone, &desktop, json!({})).await, "tap");
    arena.alter(&pass(2));
    assert_eq!(
        signs_in(&phone, &desktop, json!({})).await,
        "code",
        "a month after the code"
    );
}

#[tokio::test]
async fn a_desktop_is_known_to_its_own_client_alone() {
    let arena = Arena::with(ALL_CLIENTS).await;
    let phone = arena.phone("anna").await;
    let desktop = arena.desktop();
    let elsewhere = Desktop {
        client: "tv",
        ..desktop.clone()
    };
    signs_in(&phone, &desktop, json!({})).await;
    assert_eq!(level(&phone, &desktop, json!({})).await, "tap");
    assert_eq!(level(&phone, &elsewhere, json!({})).await, "code");
}

#[tokio::test]
async fn a_shared_computer_is_known_to_nobody() {
    let arena = Arena::new().await;
    let (anna, bert) = (arena.phone("anna").await, arena.phone("bert").await);
    let desktop = arena.desktop();
    signs_in(&anna, &desktop, json!({})).await;
    assert_eq!(level(&anna, &desktop, json!({})).await, "tap");
    assert_eq!(level(&bert, &desktop, json!({})).await, "code");
    signs_in(&bert, &desktop, json!({})).await;
    for phone in [&anna, &bert] {
        assert_eq!(level(phone, &desktop, json!({})).await, "code");
    }
}

#[tokio::test]
async fn a_known_desktop_that_wants_more_needs_the_code() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let desktop = arena.desktop();
    let narrow = json!({ "scope": "openid" });
    signs_in(&phone, &desktop, narrow.clone()).await;
    assert_eq!(level(&phone, &desktop, narrow).await, "tap");
    assert_eq!(
        level(&phone, &desktop, json!({ "scope": "openid profile" })).await,
        "code"
    );
}

#[tokio::test]
async fn a_desktop_that_signs_out_first_is_taken_back_all_the_same() {
    let arena = Arena::new().await;
    let phone = arena.phone("anna").await;
    let desktop = arena.desktop();
    for way in 0..4 {
        let login = desktop.proved_login(json!({})).await;
        let code = phone.claims(&login).await.confirms().await;
        given(&login.check(&code).await, 200);
        let rogue = login.collects().await;
        given(&rogue.sign_out().await, 204);
        assert_eq!(level(&phone, &desktop, json!({})).await, "tap", "{way}");
        let device = text(&rogue.tokens["device"], "id");
        let mut ways = vec![
            undo(text(&rogue.tokens, "grant")),
            Call::delete(format!("/v1/devices/{device}")),
            Call::post("/v1/devices/sign-out-others").json(&json!({ "only": "desktops" })),
            call("PUT", "/v1/password").json(&json!({ "password": "a rather strange new pass" })),
        ];
        let answer = phone.send(ways.swap_remove(way)).await;
        assert!(matches!(answer.status, 200 | 204), "{}", answer.status);
        assert_eq!(level(&phone, &desktop, json!({})).await, "code", "{way}");
    }
}
