//! The transport and the session against a server that misbehaves on demand.

use crate::support::{Reply, serve};
use countersign_client::{Account, Call, Device, Error, Http, Key, Session, Tokens};
use serde_json::{Value, json};

fn nonce_wanted() -> Reply {
    Reply::Json(
        401,
        "DPoP-Nonce: n-1\r\n",
        json!({"code": "use_dpop_nonce", "status": 401}),
    )
}

#[tokio::test]
async fn a_nonce_that_is_asked_for_is_sent_once_more_and_then_from_the_start() {
    let (issuer, asked) = serve(vec![
        nonce_wanted(),
        Reply::Json(200, "", json!(1)),
        Reply::Json(200, "", json!(2)),
    ]);
    let (http, key) = (Http::new(&issuer).unwrap(), Key::generate().unwrap());
    let call = Call::post("/v1/holds?x=1")
        .proof(&key)
        .json(&json!({"scan": "s"}));
    assert_eq!(http.ask::<u8>(&call).await.unwrap(), 1);
    assert_eq!(http.clone().ask::<u8>(&call).await.unwrap(), 2);
    let proofs: Vec<Value> = (0..3)
        .map(|_| asked.recv().unwrap().proof().unwrap())
        .collect();
    assert_eq!(proofs[0].get("nonce"), None);
    assert_eq!(
        (&proofs[1]["nonce"], &proofs[2]["nonce"]),
        (&json!("n-1"), &json!("n-1"))
    );
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    assert_eq!(
        proofs[0]["htu"],
        format!("{issuer}/v1/holds"),
        "without the query"
    );
}

#[tokio::test]
async fn a_server_that_asks_for_a_nonce_for_ever_is_asked_twice_only() {
    let (issuer, asked) = serve(vec![nonce_wanted(), nonce_wanted()]);
    let call = Call::post("/v1/holds").proof(&Key::generate().unwrap());
    let error = Http::new(&issuer)
        .unwrap()
        .ask::<Value>(&call)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "use_dpop_nonce");
    assert_eq!(asked.iter().count(), 2);
}

#[tokio::test]
async fn a_refusal_carries_code_sentence_and_pause() {
    let body = json!({"code": "busy", "detail": "Try again."});
    let (issuer, _) = serve(vec![Reply::Json(503, "Retry-After: 7\r\n", body)]);
    let error = Http::new(&issuer)
        .unwrap()
        .ask::<Value>(&Call::get("/healthz"))
        .await
        .unwrap_err();
    assert!(error.is_passing());
    let refusal = error.refusal().unwrap();
    assert_eq!(
        (
            refusal.status,
            refusal.code.as_str(),
            refusal.detail.as_str()
        ),
        (503, "busy", "Try again.")
    );
    assert_eq!(refusal.retry_after.unwrap().as_secs(), 7);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (issuer, asked) = serve(vec![Reply::Json(
        307,
        "Location: https://elsewhere.example/\r\n",
        json!({}),
    )]);
    let answer = Http::new(&issuer)
        .unwrap()
        .send(&Call::get("/"))
        .await
        .unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(asked.iter().count(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let long = Reply::Json(200, "", json!("x".repeat(1_000_001)));
    let (issuer, _) = serve(vec![long]);
    let error = Http::new(&issuer)
        .unwrap()
        .ask::<Value>(&Call::get("/"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "bad_answer");
}

#[tokio::test]
async fn nobody_there_is_said_with_the_reason() {
    let (issuer, _) = serve(vec![]);
    let error = Http::new(&issuer)
        .unwrap()
        .send(&Call::get("/"))
        .await
        .err()
        .unwrap();
    assert!(matches!(&error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&issuer));
}

fn session(issuer: &str, expires_at: u64) -> Session {
    let tokens = Tokens {
        access_token: "old".into(),
        refresh_token: Some("r-1".into()),
        expires_at,
        scope: None,
        account: Account {
            id: "a".into(),
            name: "Anna".into(),
            login: None,
            has_password: None,
            passkeys: None,
        },
        device: Device {
            id: "d".into(),
            name: "Terminal".into(),
            kind: "terminal".into(),
        },
    };
    Session::new(
        Http::new(issuer).unwrap(),
        Key::generate().unwrap(),
        "demo",
        tokens,
    )
}

fn renewed() -> Reply {
    Reply::Json(
        200,
        "",
        json!({"access_token": "new", "token_type": "DPoP", "expires_in": 600, "refresh_token": "r-2"}),
    )
}

#[tokio::test]
async fn a_token_about_to_end_is_renewed_before_it_is_used() {
    let (issuer, asked) = serve(vec![renewed(), Reply::Json(200, "", json!(5))]);
    let session = session(&issuer, 0);
    assert_eq!(session.ask::<u8>(&Call::get("/v1/me")).await.unwrap(), 5);
    let refresh = asked.recv().unwrap();
    assert_eq!(
        refresh.body,
        "grant_type=refresh_token&refresh_token=r-1&client_id=demo"
    );
    assert!(refresh.proof().is_some());
    assert_eq!(
        asked.recv().unwrap().header("Authorization"),
        Some("DPoP new")
    );
    assert_eq!(session.tokens().await.refresh_token.as_deref(), Some("r-2"));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let refused = || Reply::Json(401, "", json!({"code": "invalid_token"}));
    let (issuer, asked) = serve(vec![refused(), renewed(), refused()]);
    let error = session(&issuer, u64::MAX)
        .ask::<u8>(&Call::get("/v1/me"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "invalid_token");
    assert_eq!(asked.iter().count(), 3);
}
