//! `GET /healthz`

use countersign_client::Call;
use serde_json::json;

use crate::support::{World, given, refused};

#[tokio::test]
async fn a_running_server_says_so_and_nothing_else() {
    let world = World::new().await;
    assert_eq!(
        given(&world.send(Call::get("/healthz")).await, 200),
        json!({ "status": "ok" })
    );
    refused(
        &world.send(Call::post("/healthz")).await,
        "method_not_allowed",
    );
}
