//! Secrets in wrong places, and requests that are none: all refused, and what is refused is logged.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::json;

use super::{Asked, COLLECT, PASSWORD, ask};
use crate::recorder::{Recorder, Signed};

/// Plays all of it.
pub(super) async fn tell(run: &mut Recorder, desktop: &Key, phone: &Key, token: &str) {
    let asked = ask(run, desktop).await;
    let mut refused = no_requests(run, &asked, desktop).await;
    refused.extend(wrong_bodies(run, &asked, phone, token).await);
    refused.extend(wrong_forms(run, &asked, desktop).await);
    for path in ["/v1/logins/x/wait", "/nowhere", "/v1/me"] {
        let call = Call::get(path).header("Authorization", &format!("Bearer {token}"));
        refused.push(run.send(Method::GET, path, call, Signed::by(phone)).await);
    }
    for (number, answer) in refused.iter().enumerate() {
        assert!(
            answer.status >= 400,
            "number {number} was taken: {}",
            answer.status
        );
        assert!(answer.status < 500, "number {number} broke something");
    }
    // Whether the pages were built or not, they hold nothing of it.
    for path in ["/", "/q"] {
        run.get(path, Signed::default()).await;
    }
}

async fn no_requests(run: &mut Recorder, asked: &Asked, desktop: &Key) -> Vec<Answer> {
    let mut refused = Vec::new();
    let Asked {
        id, device_code, ..
    } = asked;
    let cut = format!("{{\"device_code\":\"{device_code}\",");
    for kind in [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
    ] {
        for path in [
            &*format!("/v1/logins/{id}/cancel"),
            "/oauth/token",
            "/v1/sessions",
        ] {
            let call = Call::post(path).body(kind, cut.clone());
            refused.push(
                run.send(Method::POST, path, call, Signed::by(desktop))
                    .await,
            );
        }
    }
    refused
}

async fn wrong_bodies(run: &mut Recorder, asked: &Asked, phone: &Key, token: &str) -> Vec<Answer> {
    let Asked {
        id,
        device_code,
        link,
    } = asked;
    let (none, by_phone, thief) = (Signed::default(), Signed::with(phone, token), new_key());
    let (wait, evil) = (
        format!("/v1/logins/{id}/wait"),
        format!("https://evil.example/q#{device_code}"),
    );
    let mut refused = Vec::new();
    for (path, signed, body) in [
        (&*wait, none, json!({"device_code": [device_code]})),
        (
            &*wait,
            none,
            json!({"device_code": format!("{device_code}A")}),
        ),
        (
            &*wait,
            none,
            json!({"device_code": device_code, "version": PASSWORD}),
        ),
        (&*wait, none, json!({device_code: 1})),
        (&*wait, none, json!({"ticket": device_code, "code": link})),
        ("/v1/scans", by_phone, json!({"scan": device_code})),
        (
            "/v1/scans",
            by_phone,
            json!({"scan": link, "hold": device_code}),
        ),
        (
            "/v1/scans",
            Signed::with(&thief, token),
            json!({"scan": link}),
        ),
        (
            "/v1/scans",
            Signed::with(phone, device_code),
            json!({"scan": link}),
        ),
        (
            "/v1/scans/confirm",
            by_phone,
            json!({"ticket": device_code, "context_digest": token}),
        ),
        (
            "/v1/scans/deny",
            by_phone,
            json!({"ticket": {"ticket": device_code}}),
        ),
        (
            "/v1/sessions",
            by_phone,
            json!({"account": PASSWORD, "password": [PASSWORD]}),
        ),
        (
            "/v1/sessions",
            by_phone,
            json!({"account": "anna", "password": PASSWORD, "role": PASSWORD}),
        ),
        ("/v1/holds", Signed::by(phone), json!({"scan": evil})),
    ] {
        refused.push(run.post(path, signed, body).await);
    }
    refused
}

async fn wrong_forms(run: &mut Recorder, asked: &Asked, desktop: &Key) -> Vec<Answer> {
    let device_code = &*asked.device_code;
    let mut refused = Vec::new();
    for fields in [
        &[("grant_type", device_code), ("client_id", "demo")][..],
        &[
            ("grant_type", COLLECT),
            ("client_id", "demo"),
            ("device_code", PASSWORD),
        ],
        &[
            ("grant_type", "refresh_token"),
            ("client_id", "demo"),
            ("refresh_token", device_code),
        ],
        &[
            ("grant_type", COLLECT),
            ("device_code", device_code),
            ("device_code", device_code),
        ],
    ] {
        refused.push(run.form("/oauth/token", Signed::by(desktop), fields).await);
    }
    refused
}
