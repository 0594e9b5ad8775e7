//! Bodies that no honest client sends.

use std::time::Duration;

use countersign_client::{Answer, Call};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Device, Login, World, body, given, refused, text};

/// Everything that takes a JSON body, with what must come with it.
const DOORS: [(&str, Needs); 20] = [
    ("/v1/logins", Needs::Nothing),
    ("/v1/logins/{login}/wait", Needs::Nothing),
    ("/v1/logins/{login}/cancel", Needs::Nothing),
    ("/v1/logins/{login}/check", Needs::Proof),
    ("/v1/logins/{login}/session", Needs::Proof),
    ("/v1/accounts", Needs::Nothing),
    ("/v1/sessions/current/verify", Needs::Token),
    ("/v1/sessions", Needs::Proof),
    ("/v1/holds", Needs::Proof),
    ("/v1/scans", Needs::Token),
    ("/v1/scans/confirm", Needs::Token),
    ("/v1/scans/deny", Needs::Token),
    ("/v1/scans/wait", Needs::Token),
    ("/v1/passkeys", Needs::Token),
    ("/v1/passkeys/options", Needs::Nothing),
    ("/v1/invitations/look", Needs::Nothing),
    ("/v1/invitations/accept", Needs::Proof),
    ("/v1/recovery", Needs::Proof),
    ("/v1/undo", Needs::Nothing),
    ("/v1/revocations", Needs::Token),
];

#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    Proof,
    Token,
}

async fn knock(
    login: &Login<'_>,
    phone: &Device<'_>,
    door: usize,
    dress: impl Fn(Call) -> Call,
) -> Answer {
    let (path, needs) = DOORS[door];
    let call = dress(Call::post(path.replace("{login}", login.id())));
    match needs {
        Needs::Nothing => phone.world.send(call).await,
        Needs::Proof => phone.world.send(call.proof(&login.desktop.key)).await,
        Needs::Token => phone.send(call).await,
    }
}

#[tokio::test]
async fn a_body_is_one_json_object() {
    let world = World::new().await;
    let (phone, login) = (world.phone("anna").await, world.login().await);
    let deep = |open: &str, levels: usize| open.repeat(levels);
    let bodies = [
        String::new(),
        " ".into(),
        "null".into(),
        "7".into(),
        "\"x-ray\"".into(),
        "[]".into(),
        "{}".into(),
        "{".into(),
        "{}{}".into(),
        "{} x-ray".into(),
        "{'ticket':'x-ray'}".into(),
        "{\"ticket\":\"x-ray\",}".into(),
        "\u{feff}{}".into(),
        "{\"ticket\":\"\\ud800\"}".into(),
        "{\"ticket\":1e999}".into(),
        "{\"ticket\":NaN}".into(),
        "{\"x-ray\":1,\"x-ray\":2}".into(),
        format!(
            "{{\"device_code\":{0},\"device_code\":{0}}}",
            json!(login.device_code())
        ),
        format!(
            "{{\"device_code\":{0},\"\\u0064evice_code\":{0}}}",
            json!(login.device_code())
        ),
        deep("[", 8_000),
        deep("{\"a\":", 3_000),
        format!("{{\"device\":{}", deep("[", 8_000)),
    ];
    for door in 0..DOORS.len() {
        for body_text in &bodies {
            let answer = knock(&login, &phone, door, |call| {
                call.body("application/json", body_text.clone())
            })
            .await;
            refused(&answer, "invalid_request");
            assert!(!body(&answer).contains("x-ray"), "{}", body(&answer));
        }
    }
    assert_eq!(login.now().await["version"], 1);
}

#[tokio::test]
async fn a_body_says_that_it_is_json_and_is_not_packed() {
    let world = World::new().await;
    let (phone, login) = (world.phone("anna").await, world.login().await);
    for door in 0..DOORS.len() {
        for kind in [
            "",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "application/json, text/plain",
            "text/plain; application/json",
        ] {
            let answer = knock(&login, &phone, door, |call| call.body(kind, "{}")).await;
            refused(&answer, "unsupported_media_type");
        }
        let none = knock(&login, &phone, door, |call| call).await;
        refused(&none, "unsupported_media_type");
        let two = |call: Call| {
            call.header("Content-Type", "text/plain")
                .body("application/json", "{}")
        };
        refused(
            &knock(&login, &phone, door, two).await,
            "unsupported_media_type",
        );
        for packed in ["gzip", "br", "deflate", "zstd", "x, gzip", "identity, gzip"] {
            let call = |call: Call| {
                call.header("Content-Encoding", packed)
                    .body("application/json", "{}")
            };
            refused(
                &knock(&login, &phone, door, call).await,
                "unsupported_media_type",
            );
        }
    }
    let charset = Call::post("/v1/logins").body(
        "Application/JSON; charset=utf-8",
        world.desktop().wish(&json!({})).to_string(),
    );
    given(&world.send(charset).await, 201);
}

#[tokio::test]
async fn a_body_has_sixteen_kilobytes_at_most() {
    let world = World::new().await;
    let (phone, login) = (world.phone("anna").await, world.login().await);
    for door in 0..DOORS.len() {
        for text in ["x".repeat(16 * 1_024 + 1), "[".repeat(900_000)] {
            let answer = knock(&login, &phone, door, |call| {
                call.body("application/json", text.clone())
            })
            .await;
            refused(&answer, "too_large");
        }
    }
    let form = Call::post("/oauth/token").body(
        "application/x-www-form-urlencoded",
        format!("client_id={}", "x".repeat(17_000)),
    );
    refused(&world.send(form).await, "too_large");
    // Just below, it is read.
    let wish = world
        .desktop()
        .wish(&json!({ "padding": "x".repeat(16_000) }));
    given(&world.send(Call::post("/v1/logins").json(&wish)).await, 201);
}

/// Sends `head` and then `piece` again and again until the server answers or hangs up; gives what it said.
async fn flood(world: &World, head: &str, piece: &[u8]) -> String {
    let address = world
        .server
        .issuer()
        .strip_prefix("http://localhost")
        .unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1{address}"))
        .await
        .unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = async {
        let mut part = [0; 4_096];
        // The answer, or the end; what else is sent after the answer is nobody's concern.
        while let Ok(count @ 1..) = from.read(&mut part).await {
            answer.extend_from_slice(&part[..count]);
            if answer.ends_with(b"}") {
                break;
            }
        }
    };
    let write = async { while to.write_all(piece).await.is_ok() {} };
    let patience = Duration::from_secs(30);
    let both = async {
        tokio::select! {
            () = read => {}
            () = async { write.await; std::future::pending().await } => {}
        }
    };
    tokio::time::timeout(patience, both).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_flood_is_cut_off_and_hurts_nobody() {
    let world = World::new().await;
    let kilobytes = "x".repeat(4_096);
    let chunk = format!("1000\r\n{kilobytes}\r\n");
    for (head, piece) in [
        ("Transfer-Encoding: chunked", chunk.as_bytes()),
        ("Content-Length: 10485760", kilobytes.as_bytes()),
        ("Content-Length: 18446744073709551615", kilobytes.as_bytes()),
    ] {
        let head = format!(
            "POST /v1/logins HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{head}\r\n\r\n"
        );
        let answer = flood(&world, &head, piece).await;
        assert!(
            answer.starts_with("HTTP/1.1 413 ") || head.contains("184467"),
            "{answer:?}"
        );
        given(&world.send(Call::get("/healthz")).await, 200);
    }
    let endless_head = "POST /v1/logins HTTP/1.1\r\nHost: x\r\n";
    let answer = flood(
        &world,
        endless_head,
        b"X-Padding: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
    )
    .await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer:?}"
    );
    given(&world.send(Call::get("/healthz")).await, 200);
}

#[tokio::test]
async fn bytes_that_are_no_request_hurt_nobody() {
    let world = World::new().await;
    let issuer = world.server.issuer();
    let address = format!(
        "127.0.0.1{}",
        issuer.strip_prefix("http://localhost").unwrap()
    );
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://evil.example/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"POST /v1/logins HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/logins HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n\xff\xfe",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // It answers or hangs up; a reset is a way of hanging up.
        drop(stream.read_to_end(&mut answer).await);
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 500 "), "{answer}");
    }
    given(&world.send(Call::get("/healthz")).await, 200);
    let created = given(&world.desktop().create(json!({})).await, 201);
    assert!(text(&created["scan"], "url").starts_with(issuer));
}

#[tokio::test]
async fn who_the_server_is_does_not_follow_from_what_a_request_says() {
    let world = World::new().await;
    let wish = world.desktop().wish(&json!({}));
    let call = Call::post("/v1/logins")
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-For", "192.0.2.1")
        .header("Forwarded", "for=192.0.2.1;host=evil.example;proto=https")
        .json(&wish);
    let created = given(&world.send(call).await, 201);
    assert_eq!(created["scan"]["url"], world.url("/q"));
}
