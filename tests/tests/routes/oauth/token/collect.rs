//! `POST /oauth/token`: a desktop collects (RFC 8628 §3.4).

use countersign_client::{Call, proof};
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{
    CLIENTS, DEVICE_CODE, World, assert_same, claims, given, header, members, refused, spoilt, text,
};

#[tokio::test]
async fn a_confirmed_login_gives_tokens_that_are_bound_to_the_desktop() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim) = phone.confirmed().await;
    let answer = login.collect().await;
    let tokens = given(&answer, 200);
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let all = [
        "access_token",
        "account",
        "device",
        "expires_in",
        "grant",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(members(&tokens), all);
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("DPoP"), &json!(600))
    );
    assert_eq!(tokens["scope"], "openid profile");
    assert_eq!(tokens["account"], phone.tokens["account"]);
    assert_eq!(tokens["device"]["name"], "Office PC");
    assert_eq!(
        claims(text(&tokens, "access_token"))["cnf"]["jkt"],
        login.desktop.key.thumbprint()
    );
    assert_eq!(login.state().await, "collected");
    assert_eq!(claim.now().await["grant"], tokens["grant"]);
}

#[tokio::test]
async fn until_somebody_decided_it_is_pending() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (waiting, scanned) = (world.login().await, world.login().await);
    phone.claims(&scanned).await;
    for login in [waiting, scanned, phone.checking().await.0] {
        let pending = login.collect().await;
        refused(&pending, "authorization_pending");
        refused(&login.collect().await, "slow_down");
        assert_eq!(login.now().await["interval"], 10);
    }
}

#[tokio::test]
async fn a_login_that_is_over_says_so_to_its_desktop() {
    let world = World::with("[lifetimes]\nwaiting = 3\n").await;
    let phone = world.phone("anna").await;
    let (denied, claim) = phone.confirmed().await;
    given(&claim.deny().await, 200);
    let cancelled = phone.confirmed().await.0;
    given(&cancelled.cancel().await, 200);
    let expired = world.login().await;
    assert_eq!(expired.stream().await.rest().await, ["waiting", "expired"]);
    for (login, error) in [
        (denied, "access_denied"),
        (cancelled, "access_denied"),
        (expired, "expired_token"),
    ] {
        refused(&login.collect().await, error);
        refused(&login.collect_by(&new_key()).await, "invalid_grant");
    }
}

#[tokio::test]
async fn what_was_confirmed_is_collected_in_time_or_never() {
    let world = World::with("[lifetimes]\ncollect = 3\n").await;
    let (login, _) = world.phone("anna").await.confirmed().await;
    assert_eq!(
        login.stream().await.rest().await.last().map(String::as_str),
        Some("expired")
    );
    refused(&login.collect().await, "expired_token");
}

#[tokio::test]
async fn who_is_not_that_desktop_of_that_client_is_told_nothing() {
    let world = World::with(CLIENTS).await;
    let phone = world.phone("anna").await;
    let login = world.desktop_of("tv").login().await;
    let claim = phone.claims(&login).await;
    let code = claim.confirms().await;
    given(&login.check(&code).await, 200);
    let ask = async |code: &str, client: &str, key| {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", code),
            ("client_id", client),
        ];
        world.token(key, &form).await
    };
    let (own, thief) = (&login.desktop.key, &new_key());
    let nobodys = "A".repeat(64);
    let unknown = ask(&nobodys, "tv", own).await;
    refused(&unknown, "invalid_grant");
    let real = login.device_code();
    for (code, client, key) in [
        (real, "tv", thief),
        (real, "tv", &phone.key),
        (real, "shop", own),
        (real, "countersign", own),
        (&*spoilt(real), "tv", own),
        (&real[..63], "tv", own),
        ("x", "tv", own),
        (claim.ticket(), "tv", own),
        (&login.code(), "tv", own),
        (phone.refresh_token(), "tv", own),
    ] {
        assert_same(&ask(code, client, key).await, &unknown);
    }
    // None of that did any harm.
    given(&login.collects().await.me().await, 200);
}

#[tokio::test]
async fn collecting_takes_a_proof() {
    let world = World::new().await;
    let (login, _) = world.phone("anna").await.confirmed().await;
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", "demo"),
    ];
    let call = || Call::post("/oauth/token").form(&form);
    let elsewhere = proof(
        &login.desktop.key,
        "POST",
        &world.url("/v1/scans"),
        None,
        None,
    )
    .unwrap();
    refused(&world.send(call()).await, "invalid_dpop_proof");
    refused(
        &world.send(call().header("DPoP", &elsewhere)).await,
        "invalid_dpop_proof",
    );
    refused(
        &world.send(call().header("DPoP", "x")).await,
        "invalid_dpop_proof",
    );
    let good = || {
        proof(
            &login.desktop.key,
            "POST",
            &world.url("/oauth/token"),
            None,
            None,
        )
        .unwrap()
    };
    let two = call().header("DPoP", &good()).header("DPoP", &good());
    refused(&world.send(two).await, "invalid_dpop_proof");
    given(&world.send(call().header("DPoP", &good())).await, 200);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_with_fresh_tokens_of_the_same_grant() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, _, first) = phone.collected().await;
    let second = login.collects().await;
    for member in ["grant", "account", "device", "scope"] {
        assert_eq!(second.tokens[member], first.tokens[member], "{member}");
    }
    assert_ne!(second.access_token(), first.access_token());
    assert_ne!(second.refresh_token(), first.refresh_token());
    refused(&first.refresh().await, "invalid_grant");
    given(&second.me().await, 200);
    given(&second.refresh().await, 200);
    let grants = given(&phone.devices().await, 200)["devices"].clone();
    let id = &first.tokens["device"]["id"];
    let device = grants
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["id"] == *id)
        .unwrap();
    assert_eq!(device["grants"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_collect_with_another_key_ends_the_grant() {
    let world = World::new().await;
    let (login, _, desktop) = world.phone("anna").await.collected().await;
    let thief = new_key();
    let unknown = {
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", &*"A".repeat(64)),
            ("client_id", "demo"),
        ];
        world.token(&thief, &form).await
    };
    assert_same(&login.collect_by(&thief).await, &unknown);
    refused(&desktop.me().await, "invalid_token");
    refused(&desktop.refresh().await, "invalid_grant");
    refused(&login.collect().await, "invalid_grant");
}

#[tokio::test]
async fn a_collect_again_without_a_proof_harms_nobody() {
    let world = World::new().await;
    let (login, _, desktop) = world.phone("anna").await.collected().await;
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", "demo"),
    ];
    refused(
        &world.send(Call::post("/oauth/token").form(&form)).await,
        "invalid_dpop_proof",
    );
    given(&desktop.me().await, 200);
    given(&desktop.refresh().await, 200);
}

#[tokio::test]
async fn who_signed_out_does_not_collect_again() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, _, desktop) = phone.collected().await;
    given(&desktop.sign_out().await, 204);
    refused(&login.collect().await, "invalid_grant");

    let (login, _, desktop) = phone.collected().await;
    given(&phone.sign_out().await, 204);
    refused(&login.collect().await, "invalid_grant");
    given(&desktop.me().await, 200);
}

#[tokio::test]
async fn of_collects_at_once_the_tokens_of_one_are_alive() {
    let world = World::new().await;
    let (login, _) = world.phone("anna").await.confirmed().await;
    let four = async || {
        tokio::join!(
            login.collect(),
            login.collect(),
            login.collect(),
            login.collect()
        )
    };
    let (a, b, c, d) = four().await;
    let all = [a, b, c, d].map(|answer| given(&answer, 200));
    assert!(all.iter().all(|tokens| tokens["grant"] == all[0]["grant"]));
    let mut alive = 0;
    for tokens in all {
        let device = crate::support::Device::new(&world, &login.desktop.key, "demo", tokens);
        alive += u32::from(device.refresh().await.status == 200);
    }
    assert_eq!(alive, 1);
}
