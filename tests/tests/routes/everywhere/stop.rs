//! A server that is told to stop: what waits is let go at once, and what was begun is finished.

use std::time::Duration;

use serde_json::json;

use crate::support::{Stream, World, given, text};

/// Far below what a running request is given to finish.
const QUICKLY: Duration = Duration::from_secs(5);

#[tokio::test]
async fn open_streams_end_and_go_on_after_the_restart() {
    let mut world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, code) = phone.checking().await;
    let mut streams = vec![
        login.stream().await,
        login.stream().await,
        world.login().await.stream().await,
    ];
    for stream in &mut streams {
        stream.next().await.unwrap();
    }
    let (device_code, path) = (login.device_code().to_owned(), login.path("wait"));
    let (created, key, scan) = (
        login.created.clone(),
        login.desktop.key.clone(),
        claim.scan.clone(),
    );
    let tokens = phone.tokens.clone();

    let stopped = tokio::time::timeout(QUICKLY, world.server.stop()).await;
    assert!(stopped.unwrap().success());
    for mut stream in streams {
        assert!(
            stream.next().await.is_none(),
            "it ends, without a final state"
        );
    }

    world.server.restart().await;
    let body = json!({ "device_code": device_code, "version": 3 });
    let mut stream = Stream::open(&world, &path, &body, &[("last-event-id", "3")]).await;
    assert_eq!(stream.next().await.unwrap().state["state"], "checking");
    let mut desktop = world.desktop();
    desktop.key = key;
    let login = crate::support::Login { desktop, created };
    assert_eq!(given(&login.check(&code).await, 200)["state"], "confirmed");
    assert_eq!(stream.next().await.unwrap().state["state"], "confirmed");
    let desktop = login.collects().await;
    assert_eq!(desktop.tokens["account"], tokens["account"]);
    assert_eq!(text(&scan, "state"), "scanned");
}

#[tokio::test]
async fn a_long_poll_is_answered_before_the_end() {
    let mut world = World::new().await;
    let login = world.login().await;
    let (body, path) = (
        json!({ "device_code": login.device_code(), "version": 1 }),
        login.path("wait"),
    );
    let mut beside = login.stream().await;
    beside.next().await.unwrap();
    let call = countersign_client::Call::post(path)
        .header("Prefer", "wait=25")
        .json(&body);
    let http = world.http.clone();
    let (answer, stopped) = tokio::join!(
        async { http.send(&call).await },
        tokio::time::timeout(QUICKLY, world.server.stop()),
    );
    assert!(stopped.unwrap().success());
    // Answered, or not even begun: never cut in the middle.
    if let Ok(answer) = answer {
        assert_eq!(given(&answer, 200)["state"], "waiting");
    }
    assert!(beside.next().await.is_none());
}
