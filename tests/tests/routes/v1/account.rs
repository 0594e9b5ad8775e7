//! `POST /v1/account/lock`

use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, body, given, refused};

#[tokio::test]
async fn who_locks_an_account_is_signed_out_everywhere_and_nobody_signs_in() {
    let world = World::new().await;
    let (phone, bob) = (world.phone("anna").await, world.phone("bob").await);
    let second = world.another_phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    let (confirmed, _) = second.confirmed().await;
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);

    let locked = phone.post("/v1/account/lock", json!({})).await;
    assert_eq!((locked.status, &*body(&locked)), (204, ""));
    for device in [&phone, &second, &desktop] {
        refused(&device.me().await, "invalid_token");
        refused(&device.refresh().await, "invalid_grant");
    }
    refused(&browser.me().await, "invalid_token");
    refused(&confirmed.collect().await, "access_denied");
    let answer = world.sign_in("anna", &new_key(), json!({})).await;
    refused(&answer, "account_unavailable");
    let answer = world
        .sign_in(
            "anna",
            &new_key(),
            json!({ "password": "wrong horse battery" }),
        )
        .await;
    refused(&answer, "invalid_credentials");
    refused(&phone.verify("x").await, "invalid_token");
    given(&bob.me().await, 200);

    // Only an admin takes it back, and that signs nobody in.
    let unlocked = world
        .server
        .command(&["account", "unlock", "anna"], "")
        .await;
    assert!(unlocked.status.success());
    refused(&phone.me().await, "invalid_token");
    given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
}
