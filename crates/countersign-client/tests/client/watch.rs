//! Following a login: by stream, by long poll, through failures, to its end.

use crate::support::{Reply, serve};
use countersign_client::{
    Created, Desktop, Error, Http, Key, LoginState, Scan, State, Update, Watch,
};
use serde_json::{Value, json};

fn watch(issuer: &str) -> Watch<LoginState> {
    let created = Created {
        login_id: "AAECAwQFBgcICQoLDA0ODw".into(),
        device_code: "device-code".into(),
        scan: Scan {
            url: format!("{issuer}/q"),
            rotation_key: "AAEC".into(),
            rotate_seconds: 30,
            rotation_step: 0,
            rotate_in: 30,
        },
        expires_in: 300,
        interval: 1,
    };
    let http = Http::new(issuer).unwrap();
    Desktop::new(http, Key::generate().unwrap(), "demo")
        .resume(created)
        .watch()
}

fn state(name: &str, version: u64) -> Value {
    json!({"state": name, "version": version, "expires_in": 100, "interval": 1})
}

fn events(states: &[(&str, u64)]) -> Reply {
    let event = |(name, version): &(&str, u64)| {
        format!(
            "event: state\nid: {version}\ndata: {}\n\n",
            state(name, *version)
        )
    };
    Reply::Stream(format!(
        ": hello\n\n{}",
        states.iter().map(event).collect::<String>()
    ))
}

async fn next_state(watch: &mut Watch<LoginState>) -> Option<State> {
    match watch.next().await.unwrap()? {
        Update::State(now) => Some(now.state),
        Update::Retrying { error, .. } => panic!("no failure was due: {error}"),
    }
}

#[tokio::test]
async fn a_stream_is_followed_to_the_end_and_resumed_by_version() {
    let (issuer, asked) = serve(vec![
        events(&[("waiting", 1), ("scanned", 2)]),
        events(&[("denied", 3)]),
    ]);
    let mut watch = watch(&issuer);
    assert_eq!(next_state(&mut watch).await, Some(State::Waiting));
    assert_eq!(next_state(&mut watch).await, Some(State::Scanned));
    assert_eq!(next_state(&mut watch).await, Some(State::Denied));
    assert_eq!(next_state(&mut watch).await, None);
    let (first, second) = (asked.recv().unwrap(), asked.recv().unwrap());
    assert_eq!(
        first.line,
        "POST /v1/logins/AAECAwQFBgcICQoLDA0ODw/wait HTTP/1.1"
    );
    assert_eq!(first.header("Accept"), Some("text/event-stream"));
    assert_eq!(first.json(), json!({"device_code": "device-code"}));
    assert_eq!(
        second.json(),
        json!({"device_code": "device-code", "version": 2})
    );
}

#[tokio::test]
async fn a_server_without_streams_is_long_polled() {
    let (issuer, asked) = serve(vec![
        Reply::Json(200, "", state("waiting", 1)),
        Reply::Json(200, "", state("scanned", 2)),
        Reply::Json(200, "", state("expired", 3)),
    ]);
    let mut watch = watch(&issuer);
    for expected in [
        Some(State::Waiting),
        Some(State::Scanned),
        Some(State::Expired),
        None,
    ] {
        assert_eq!(next_state(&mut watch).await, expected);
    }
    assert_eq!(asked.recv().unwrap().header("Prefer"), None);
    let second = asked.recv().unwrap();
    assert_eq!(second.header("Prefer"), Some("wait=25"));
    assert_eq!(second.json()["version"], 1);
}

#[tokio::test]
async fn streams_that_stay_empty_are_given_up_for_long_polls() {
    let empty = || Reply::Stream(String::new());
    let (issuer, _) = serve(vec![
        empty(),
        empty(),
        Reply::Json(200, "", state("cancelled", 1)),
    ]);
    assert_eq!(
        next_state(&mut watch(&issuer)).await,
        Some(State::Cancelled)
    );
}

#[tokio::test]
async fn a_lost_connection_is_reported_and_waited_out() {
    let (issuer, _) = serve(vec![Reply::Nothing, events(&[("collected", 4)])]);
    let mut watch = watch(&issuer);
    let first = watch.next().await.unwrap().unwrap();
    assert!(
        matches!(
            first,
            Update::Retrying {
                error: Error::Unreachable { .. },
                ..
            }
        ),
        "{first:?}"
    );
    assert_eq!(next_state(&mut watch).await, Some(State::Collected));
}

#[tokio::test]
async fn slow_down_is_obeyed() {
    let slow = Reply::Json(429, "", json!({"code": "slow_down", "retry_after": 0}));
    let (issuer, _) = serve(vec![slow, events(&[("expired", 4)])]);
    let mut watch = watch(&issuer);
    let Some(Update::Retrying { error, after }) = watch.next().await.unwrap() else {
        panic!("no pause")
    };
    assert_eq!((error.code(), after.as_secs()), ("slow_down", 0));
    assert_eq!(next_state(&mut watch).await, Some(State::Expired));
}

#[tokio::test]
async fn pauses_without_end_are_cut() {
    let most = u64::MAX;
    let slow = || Reply::Json(429, "", json!({"code": "slow_down"}));
    for (reply, seconds) in [
        (
            Reply::Json(
                429,
                "",
                json!({"code": "slow_down", "retry_after": most - 1}),
            ),
            300,
        ),
        (
            Reply::Json(
                503,
                "Retry-After: 18446744073709551615\r\n",
                json!({"code": "busy"}),
            ),
            300,
        ),
        (slow(), 6),
    ] {
        let (issuer, _) = serve(vec![reply]);
        let Some(Update::Retrying { after, .. }) = watch(&issuer).next().await.unwrap() else {
            panic!("no pause")
        };
        assert_eq!(after.as_secs(), seconds);
    }
}

#[tokio::test]
async fn an_interval_without_end_is_cut() {
    let most = json!({"state": "waiting", "version": 1, "interval": u64::MAX});
    let slow = Reply::Json(429, "", json!({"code": "slow_down"}));
    let (issuer, _) = serve(vec![
        Reply::Stream(format!("event: state\ndata: {most}\n\n")),
        slow,
    ]);
    let mut watch = watch(&issuer);
    assert_eq!(next_state(&mut watch).await, Some(State::Waiting));
    let Some(Update::Retrying { after, .. }) = watch.next().await.unwrap() else {
        panic!("no pause")
    };
    assert_eq!(after.as_secs(), 300);
}

#[tokio::test]
async fn a_refusal_that_may_be_repeated_at_once_is_not() {
    let (issuer, _) = serve(vec![Reply::Json(
        503,
        "",
        json!({"code": "busy", "retry_after": 0}),
    )]);
    let Some(Update::Retrying { after, .. }) = watch(&issuer).next().await.unwrap() else {
        panic!("no pause")
    };
    assert!(!after.is_zero());
}

#[tokio::test]
async fn an_unknown_login_ends_it_at_once() {
    let (issuer, _) = serve(vec![Reply::Json(404, "", json!({"code": "unknown_login"}))]);
    let mut watch = watch(&issuer);
    assert_eq!(watch.next().await.unwrap_err().code(), "unknown_login");
    assert_eq!(watch.next().await, Ok(None));
}
