//! What an owner does with passwords, and what becomes of those that are refused.

use countersign_client::{Call, Key};
use reqwest::Method;
use serde_json::json;

use super::{PASSWORD, WRONG_PASSWORD};
use crate::recorder::{Recorder, Signed};
use crate::secret::Kind;

const NEW_PASSWORD: &str = "3 tall Giraffes, at Noon";
const COMMON_PASSWORD: &str = "letmein2024";

/// Plays it; afterwards the account has another password, and is locked.
pub(super) async fn tell(run: &mut Recorder, (phone, token): (&Key, &str)) {
    run.knows(Kind::Password, NEW_PASSWORD);
    run.knows(Kind::Password, COMMON_PASSWORD);
    let signed = Signed::with(phone, token);
    let path = "/v1/sessions/current/verify";
    for (password, status) in [(WRONG_PASSWORD, 401), (PASSWORD, 200)] {
        let body = json!({"password": password});
        assert_eq!(run.post(path, signed, body).await.status, status);
    }
    let path = "/v1/password";
    for (password, status) in [(COMMON_PASSWORD, 422), (NEW_PASSWORD, 200)] {
        let call = Call::new(Method::PUT, path).json(&json!({"password": password}));
        let changed = run.send(Method::PUT, path, call, signed).await;
        assert_eq!(changed.status, status, "{}", changed.json());
    }
    for (password, status) in [(PASSWORD, 401), (NEW_PASSWORD, 201)] {
        let body = json!({"account": "anna", "password": password});
        let session = run.post("/v1/sessions", Signed::by(phone), body).await;
        assert_eq!(session.status, status);
        if let Some(token) = session.json()["access_token"].as_str() {
            let signed = Signed::with(phone, token);
            for path in ["/v1/activity", "/v1/devices", "/v1/me"] {
                assert_eq!(run.get(path, signed).await.status, 200);
            }
            let lock = run.post("/v1/account/lock", signed, json!({})).await;
            assert_eq!(lock.status, 204);
        }
    }
    let body = json!({"account": "anna", "password": NEW_PASSWORD});
    for path in ["/v1/accounts", "/v1/sessions"] {
        let refused = run.post(path, Signed::by(phone), body.clone()).await;
        assert_eq!(refused.status, 403);
    }
}
