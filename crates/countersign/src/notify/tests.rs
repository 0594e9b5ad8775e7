//! Attempts against real receivers on loopback, with the time in the test's hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{any, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_core::audit::{Change, Entry, Kind};
use countersign_core::ids::{GrantId, LoginId};
use countersign_core::login::StateName;
use countersign_core::outbox::{Delivery, Fate, Notice};
use countersign_core::ports::Clock;
use countersign_core::time::Timestamp;
use countersign_store::{Options, SqliteStore};
use serde_json::Value;
use url::Url;

use super::endpoint::Endpoint;
use super::sender::Sender;
use super::signature::Secret;
use super::{Channels, event};
use crate::config::{Events, Webhook};

const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// The time, standing still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A receiver that answers `/answer/STATUS` with that status, redirects `/away` to `/answer/200`, and keeps what came.
async fn receiver() -> (String, Received) {
    let received = Received::default();
    let keep = Arc::clone(&received);
    let answer = async move |Path(status): Path<u16>, headers: HeaderMap, body: String| {
        keep.lock().unwrap().push((headers, body));
        StatusCode::from_u16(status).unwrap()
    };
    let away = || async {
        (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, "/answer/200")],
        )
    };
    let endless = || async {
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(600)));
        axum::body::Body::from_stream(chunks).into_response()
    };
    let routes = Router::new()
        .route("/answer/{status}", post(answer))
        .route("/away", any(away))
        .route("/endless", any(endless));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (at, received)
}

fn secret() -> Secret {
    Secret::parse(&format!("whsec_{}", STANDARD.encode([7; 32]))).unwrap()
}

fn endpoint(id: &str, url: &str, private: bool) -> Endpoint {
    let webhook = Webhook {
        id: id.to_owned(),
        url: Url::parse(url).unwrap(),
        secret_file: "unused".into(),
        events: Events::All,
        private,
    };
    Endpoint::new(&webhook, secret()).unwrap()
}

fn sender(url: &str) -> Sender {
    let channels = Channels {
        webhooks: vec![endpoint("hook", url, true)],
        mailer: None,
    };
    // Attempts are made by hand here: it is empty, and its folder may go.
    let folder = tempfile::tempdir().unwrap();
    let outbox = SqliteStore::open(&folder.path().join("outbox.db"), &Options::default()).unwrap();
    let token = |_: GrantId| Some("token".to_owned());
    Sender::new(
        channels,
        Arc::new(outbox),
        Arc::new(Still),
        "https://login.example",
        token,
    )
}

fn delivery(channel: &str, attempts: u32) -> Delivery {
    let mut entry = Entry::new(NOW, Kind::LoginMoved);
    entry.grant = Some(GrantId::from_bytes([2; 16]));
    entry.login = Some(Change {
        id: LoginId::from_bytes([1; 16]),
        version: 4,
        from: Some(StateName::Confirmed),
        to: StateName::Collected,
    });
    Delivery {
        id: 1,
        channel: channel.to_owned(),
        attempts,
        notice: Notice {
            seq: 42,
            entry,
            account: None,
            device: Some("Firefox".to_owned()),
            by_device: None,
            role: None,
            client: None,
        },
    }
}

#[tokio::test]
async fn a_message_arrives_signed_and_says_what_happened() {
    let (at, received) = receiver().await;
    let sender = sender(&format!("{at}/answer/204"));
    assert_eq!(
        sender.attempt(&delivery("webhook:hook", 0)).await,
        Fate::Over
    );
    let (headers, body) = received.lock().unwrap().pop().unwrap();
    assert_eq!(headers["webhook-id"], "msg_42");
    assert_eq!(headers["webhook-timestamp"], "1764000000");
    assert_eq!(headers["content-type"], "application/json");
    let signature = secret().sign("msg_42", 1_764_000_000, &body).unwrap();
    assert_eq!(headers["webhook-signature"], signature.as_str());
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["type"], &body["timestamp"]),
        (&"sign_in.approved".into(), &"2025-11-24T16:00:00Z".into())
    );
    let data = &body["data"];
    assert_eq!(
        (&data["id"], &data["device"]),
        (&42.into(), &"Firefox".into())
    );
    assert_eq!(data["undo_url"], "https://login.example/undo#token");
    assert!(
        data.get("client").is_none(),
        "what is not known is not there"
    );
}

#[tokio::test]
async fn what_was_not_taken_is_tried_again_later_and_given_up_at_last() {
    let (at, received) = receiver().await;
    let failing = sender(&format!("{at}/answer/500"));
    for (attempts, pause) in [(0, 5), (1, 30), (2, 120), (6, 24 * 3600)] {
        let fate = failing.attempt(&delivery("webhook:hook", attempts)).await;
        assert_eq!(fate, Fate::Again(NOW.plus(Duration::from_secs(pause))));
    }
    assert_eq!(
        failing.attempt(&delivery("webhook:hook", 7)).await,
        Fate::Over
    );
    assert_eq!(
        received.lock().unwrap().len(),
        5,
        "the last one was an attempt too"
    );
    // Nobody listens there any more.
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let fate = sender(&nobody).attempt(&delivery("webhook:hook", 0)).await;
    assert!(matches!(fate, Fate::Again(_)));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_nothing_more() {
    let (at, received) = receiver().await;
    let sender = sender(&format!("{at}/answer/410"));
    for _ in 0..3 {
        assert_eq!(
            sender.attempt(&delivery("webhook:hook", 0)).await,
            Fate::Over
        );
    }
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (at, received) = receiver().await;
    let fate = sender(&format!("{at}/away"))
        .attempt(&delivery("webhook:hook", 0))
        .await;
    assert!(matches!(fate, Fate::Again(_)));
    assert!(received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_for_nobody_is_over() {
    let (at, received) = receiver().await;
    let sender = sender(&format!("{at}/answer/200"));
    for channel in ["webhook:removed", "mail", "pigeon"] {
        assert_eq!(sender.attempt(&delivery(channel, 0)).await, Fate::Over);
    }
    assert!(received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_into_this_server_is_not_connected_to() {
    let (at, received) = receiver().await;
    let port = at.rsplit_once(':').unwrap().1;
    let message = event::test_message(1, NOW);
    // A name, since literal addresses are refused with the configuration.
    let url = format!("https://localhost:{port}/answer/200");
    let refused = endpoint("hook", &url, false).post(&message, NOW).await;
    let said = refused.err().unwrap().to_string();
    assert!(said.contains("is in a private network"), "{said}");
    assert!(received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn of_an_endless_answer_little_is_read() {
    let (at, _) = receiver().await;
    let message = event::test_message(1, NOW);
    let answer = endpoint("hook", &format!("{at}/endless"), true)
        .post(&message, NOW)
        .await;
    let answer = answer.ok().unwrap();
    assert_eq!((answer.status, answer.text.len()), (200, 1024));
}

#[tokio::test]
async fn a_failure_names_neither_the_url_nor_a_secret_in_it() {
    let message = event::test_message(1, NOW);
    for url in [
        "http://127.0.0.1:1/hooks/S3CRET?k=S3CRET",
        "http://nowhere.invalid/S3CRET",
    ] {
        let failed = endpoint("hook", url, true).post(&message, NOW).await;
        let said = failed.err().unwrap().to_string();
        assert!(!said.contains("S3CRET") && !said.is_empty(), "{said}");
    }
}
