//! `POST /oauth/token`: a device renews its tokens (RFC 6749 §6).

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{CLIENTS, Device, World, assert_same, claims, given, members, refused, text};

/// The device with the tokens of its refresh, which must succeed.
async fn renewed<'w>(device: &Device<'w>) -> Device<'w> {
    let tokens = given(&device.refresh().await, 200);
    Device {
        tokens,
        ..device.clone()
    }
}

#[tokio::test]
async fn each_refresh_gives_new_tokens_of_the_same_grant() {
    let world = World::new().await;
    let (_, _, first) = world.phone("anna").await.collected().await;
    let second = renewed(&first).await;
    assert_eq!(members(&second.tokens), members(&first.tokens));
    for member in ["grant", "account", "device", "scope", "token_type"] {
        assert_eq!(second.tokens[member], first.tokens[member], "{member}");
    }
    assert_ne!(second.refresh_token(), first.refresh_token());
    let jti = |device: &Device<'_>| text(&claims(device.access_token()), "jti").to_owned();
    assert_ne!(jti(&second), jti(&first));
    given(&second.me().await, 200);
    given(&renewed(&second).await.me().await, 200);
}

#[tokio::test]
async fn a_phone_stays_a_phone() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let renewed = renewed(&phone).await;
    assert_eq!(claims(renewed.access_token())["role"], "phone");
    renewed.collected().await;
}

#[tokio::test]
async fn a_lost_answer_signs_nobody_out_and_its_tokens_die() {
    let world = World::new().await;
    let (_, _, first) = world.phone("anna").await.collected().await;
    let lost = renewed(&first).await;
    let kept = renewed(&first).await;
    assert_ne!(kept.refresh_token(), lost.refresh_token());
    let newest = renewed(&kept).await;
    given(&newest.me().await, 200);
    // The successor that was lost belongs to nobody; who has it has stolen it.
    refused(&lost.refresh().await, "invalid_grant");
    refused(&newest.refresh().await, "invalid_grant");
    refused(&newest.me().await, "invalid_token");
}

#[tokio::test]
async fn the_predecessor_comes_back_ten_times_at_most() {
    let world = World::new().await;
    let (_, _, first) = world.phone("anna").await.collected().await;
    let mut last = renewed(&first).await;
    for _ in 0..10 {
        last = renewed(&first).await;
    }
    refused(&first.refresh().await, "invalid_grant");
    refused(&last.refresh().await, "invalid_grant");
    refused(&last.me().await, "invalid_token");
}

#[tokio::test]
async fn an_old_token_used_again_ends_everything() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (_, _, first) = phone.collected().await;
    let second = renewed(&first).await;
    let third = renewed(&second).await;
    refused(&first.refresh().await, "invalid_grant");
    for device in [&first, &second, &third] {
        refused(&device.refresh().await, "invalid_grant");
        refused(&device.me().await, "invalid_token");
    }
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn a_stolen_token_is_of_no_use_and_betrays_the_theft() {
    let world = World::new().await;
    let (_, _, desktop) = world.phone("anna").await.collected().await;
    let thief = new_key();
    refused(
        &desktop.refresh_with(&thief, desktop.refresh_token()).await,
        "invalid_grant",
    );
    refused(&desktop.refresh().await, "invalid_grant");
    refused(&desktop.me().await, "invalid_token");
}

#[tokio::test]
async fn a_token_is_its_clients_alone() {
    let world = World::with(CLIENTS).await;
    let phone = world.phone("anna").await;
    let unknown = phone.refresh_with(&phone.key, &"A".repeat(64)).await;
    refused(&unknown, "invalid_grant");
    for client in ["shop", "tv"] {
        let other = Device {
            client,
            ..phone.clone()
        };
        assert_same(&other.refresh().await, &unknown);
    }
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", phone.refresh_token()),
        ("client_id", "nobody"),
    ];
    refused(&world.token(&phone.key, &form).await, "invalid_client");
    given(&phone.refresh().await, 200);
}

#[tokio::test]
async fn no_other_secret_is_a_refresh_token() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, desktop) = phone.collected().await;
    let real = desktop.refresh_token();
    let held = given(&phone.hold(&login.link()).await, 200);
    for other in [
        "x",
        &real[..63],
        &format!("{real}="),
        desktop.access_token(),
        login.device_code(),
        claim.ticket(),
        &login.code(),
        text(&held, "hold"),
    ] {
        refused(
            &desktop.refresh_with(&desktop.key, other).await,
            "invalid_grant",
        );
    }
    given(&desktop.me().await, 200);
    given(&desktop.refresh().await, 200);
}

#[tokio::test]
async fn a_refresh_takes_a_proof_and_asks_for_no_more_scopes() {
    let world = World::new().await;
    let (_, _, desktop) = world.phone("anna").await.collected().await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", desktop.refresh_token()),
        ("client_id", "demo"),
    ];
    refused(
        &world.send(Call::post("/oauth/token").form(&form)).await,
        "invalid_dpop_proof",
    );
    let wider = [&form[..], &[("scope", "openid profile admin")]].concat();
    let tokens = given(&world.token(&desktop.key, &wider).await, 200);
    assert_eq!(tokens["scope"], "openid profile");
    assert_eq!(
        claims(text(&tokens, "access_token"))["scope"],
        json!("openid profile")
    );
}
