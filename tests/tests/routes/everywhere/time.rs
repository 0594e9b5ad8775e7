//! What becomes of things with time. The clock is the server's own heartbeat, every 15 s on an open stream.

use serde_json::json;

use crate::support::{Stream, World, given, refused};

/// Waits for the next heartbeat of a stream.
async fn heartbeat(stream: &mut Stream) {
    loop {
        let block = stream.block().await.unwrap();
        if block.starts_with(':') {
            return;
        }
    }
}

#[tokio::test]
async fn a_code_that_has_rotated_away_is_stale_but_a_hold_on_it_is_good() {
    let world = World::with("[rotation]\nseconds = 15\n").await;
    let phone = world.phone("anna").await;
    let (login, held_login, claimed) = (
        world.login().await,
        world.login().await,
        world.login().await,
    );
    let held = given(&phone.hold(&held_login.link()).await, 200);
    phone.claims(&claimed).await;
    let bob = world.phone("bob").await;
    let mut clock = world.login().await.stream().await;
    heartbeat(&mut clock).await;
    assert!(login.now().await["rotation_step"].as_u64().unwrap() >= 1);
    heartbeat(&mut clock).await;

    let now = login.now().await["rotation_step"].as_u64().unwrap();
    assert!(now >= 2);
    refused(
        &phone.scan(json!({ "scan": login.link_of(0) })).await,
        "scan_code_stale",
    );
    refused(
        &phone.scan(json!({ "scan": held_login.link_of(0) })).await,
        "scan_code_stale",
    );
    refused(
        &phone.scan(json!({ "scan": login.link_of(now + 2) })).await,
        "unknown_login",
    );
    assert_eq!(login.state().await, "waiting");
    given(&phone.scan(json!({ "hold": held["hold"] })).await, 201);
    // The code of the step before is still good.
    given(
        &phone.scan(json!({ "scan": login.link_of(now - 1) })).await,
        201,
    );
    // An old code proves that its sender saw the screen once: he is told the truth and counts for nothing.
    refused(
        &bob.scan(json!({ "scan": claimed.link_of(0) })).await,
        "claimed",
    );
    let seen = phone.scan(json!({ "scan": claimed.link_of(0) })).await;
    assert_eq!(given(&seen, 201)["context"]["strangers"], 0);
}
