//! `POST /v1/undo`. A link that works comes out of a notice, and is tried there.

use countersign_client::Call;
use countersign_tests::parties::new_key;
use serde_json::json;

use crate::support::{World, assert_same, given, refused};

#[tokio::test]
async fn what_is_no_link_of_a_notice_undoes_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let challenge = world.question(&new_key()).await["challenge"].clone();
    let undo = async |text: &str| {
        let body = json!({ "undo": text });
        world.page_post("/v1/undo", &new_key(), &body).await
    };
    let wrong = undo("x").await;
    refused(&wrong, "undo_invalid");
    // Also what this server sealed for something else.
    for text in [
        "",
        phone.grant().await.as_str(),
        challenge.as_str().unwrap(),
        &"A".repeat(9_000),
    ] {
        assert_same(&undo(text).await, &wrong);
    }
    let call = Call::post("/v1/undo").json(&json!({ "undo": "x" }));
    refused(&world.send(call).await, "origin_not_allowed");
    given(&phone.me().await, 200);
}
