//! `DELETE /v1/sessions/current`

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, body, given, refused};

#[tokio::test]
async fn a_device_that_signs_out_is_signed_out_everywhere_and_alone() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let second = world.another_phone("anna").await;
    let (_, _, desktop) = phone.collected().await;
    for gone in [&desktop, &phone] {
        let answer = gone.sign_out().await;
        assert_eq!((answer.status, body(&answer).as_str()), (204, ""));
        refused(&gone.me().await, "invalid_token");
        refused(&gone.sign_out().await, "invalid_token");
        refused(&gone.refresh().await, "invalid_grant");
    }
    refused(&phone.scan_of(&world.login().await).await, "invalid_token");
    given(&second.me().await, 200);
    given(&second.refresh().await, 200);
}

#[tokio::test]
async fn nobody_signs_another_device_out() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let path = "/v1/sessions/current";
    refused(&world.send(Call::delete(path)).await, "invalid_token");
    refused(
        &world.send(Call::delete(path).proof(&phone.key)).await,
        "invalid_token",
    );
    let thief = Call::delete(path)
        .proof(&new_key())
        .token(phone.access_token());
    refused(&world.send(thief).await, "invalid_token");
    let bare = Call::delete(path).token(phone.access_token());
    refused(&world.send(bare).await, "invalid_proof");
    given(&phone.me().await, 200);
}

#[tokio::test]
async fn what_the_phone_had_confirmed_is_not_collected_after_it_signed_out() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, _) = phone.confirmed().await;
    given(&phone.sign_out().await, 204);
    refused(&login.collect().await, "access_denied");
    assert_eq!(login.state().await, "denied");
    let state = given(&login.poll(json!({})).await, 200);
    assert_eq!(state["state"], "denied");
}
