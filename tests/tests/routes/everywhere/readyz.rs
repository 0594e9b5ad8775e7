//! `GET /readyz`: whether this server should be sent requests.

use std::time::Duration;

use countersign_client::{Answer, Call};
use rusqlite::Connection;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{World, given, refused};

/// A bound for failing, never a pause.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it says; a 503 is no failure here.
async fn readyz(world: &World) -> Answer {
    world.http.send(&Call::get("/readyz")).await.unwrap()
}

#[tokio::test]
async fn a_server_that_keeps_what_it_answers_is_ready() {
    let mut world = World::new().await;
    for _ in 0..3 {
        let ready = given(&world.send(Call::get("/readyz")).await, 200);
        assert_eq!(ready, json!({ "status": "ready" }));
    }
    refused(
        &world.send(Call::post("/readyz")).await,
        "method_not_allowed",
    );
    world.server.restart().await;
    given(&readyz(&world).await, 200);
}

#[tokio::test]
async fn a_store_that_cannot_be_written_to_is_not_ready_until_it_can() {
    let world = World::new().await;
    given(&readyz(&world).await, 200);
    let other = Connection::open(world.server.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let creating = Call::post("/v1/logins").json(&world.desktop().wish(&json!({})));
    let failed = world.http.send(&creating).await.unwrap();
    assert!(failed.status >= 500, "what could not be kept is no success");
    let answer = readyz(&world).await;
    assert_eq!(
        given(&answer, 503),
        json!({ "status": "not ready", "reason": "store" })
    );
    given(&world.send(Call::get("/healthz")).await, 200);

    other.execute_batch("ROLLBACK").unwrap();
    let back = async { while readyz(&world).await.status != 200 {} };
    tokio::time::timeout(PATIENCE, back).await.unwrap();
    given(&world.send(creating).await, 201);
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_tells_nobody_that_it_is_ready() {
    let mut world = World::new().await;
    let mut stream = world.login().await.stream().await;
    stream.next().await.unwrap();
    // Half a question, from a connection that is there already.
    let issuer = world.server.issuer().to_owned();
    let mut asking = TcpStream::connect(issuer.trim_start_matches("http://"))
        .await
        .unwrap();
    let (head, end) = ("GET /readyz HTTP/1.1\r\nhost: x\r\n", "\r\n");
    asking.write_all(head.as_bytes()).await.unwrap();
    let asked = async {
        assert!(stream.next().await.is_none(), "the stop has begun");
        let mut answer = String::new();
        let sent = asking.write_all(end.as_bytes()).await;
        let read = asking.read_to_string(&mut answer).await;
        (sent.and(read), answer)
    };
    let ((read, answer), stopped) = tokio::join!(asked, world.server.stop());
    assert!(stopped.success());
    // Cut off, which is what whoever watches takes for not ready, or told so.
    let told = answer.starts_with("HTTP/1.1 503 ") && answer.contains(r#""reason":"stopping""#);
    assert!(read.is_err() || answer.is_empty() || told, "{answer}");
}
