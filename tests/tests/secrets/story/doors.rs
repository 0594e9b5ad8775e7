//! The other ways to collect: a cookie on the server's own page, and a device id; each used well and badly.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::json;

use super::{Asked, COLLECT, approve, asked, member};
use crate::recorder::{Recorder, Signed};

/// Plays both, with this phone and its token.
pub(super) async fn tell(run: &mut Recorder, phone: (&Key, &str)) {
    by_cookie(run, phone).await;
    by_device_id(run, phone).await;
}

/// Lets the phone approve what a desktop asked that acts as `desktop`.
async fn approved(run: &mut Recorder, asked: &Asked, desktop: Signed<'_>, phone: (&Key, &str)) {
    let (key, token) = phone;
    let scan = json!({"scan": asked.link, "opened_by": "scanner"});
    let signed = Signed::with(key, token);
    let scanned = run.post("/v1/scans", signed, scan).await;
    approve(run, asked, (desktop, key), (token, &scanned)).await;
}

fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn by_cookie(run: &mut Recorder, phone: (&Key, &str)) {
    let (browser, issuer) = (new_key(), run.issuer());
    let body = json!({
        "client_id": "countersign",
        "dpop_jkt": browser.thumbprint(),
        "device": {"name": "browser", "kind": "browser"},
    });
    let ours = [("Origin", &*issuer)];
    let origin = Signed {
        headers: &ours,
        ..Signed::default()
    };
    let created = run.post("/v1/logins", origin, body).await;
    let (asked, login_cookie) = (asked(run, &created), cookie_of(&created));
    let with_cookie = [("Origin", &*issuer), ("Cookie", &*login_cookie)];
    let signed = Signed {
        headers: &with_cookie,
        ..Signed::by(&browser)
    };
    approved(run, &asked, signed, phone).await;
    let path = format!("/v1/logins/{}/session", asked.id);
    let body = json!({"device_code": asked.device_code});
    let thief = Signed {
        headers: &with_cookie,
        ..Signed::by(phone.0)
    };
    assert_eq!(run.post(&path, thief, body.clone()).await.status, 404);
    let collected = run.post(&path, signed, body).await;
    assert_eq!(collected.status, 200);

    let session = cookie_of(&collected);
    let with_session = [("Origin", &*issuer), ("Cookie", &*session)];
    let look = Signed {
        headers: &with_session[1..],
        ..Signed::default()
    };
    assert_eq!(run.get("/v1/me", look).await.status, 200);
    assert_eq!(run.get("/v1/devices", look).await.status, 401);
    let path = "/v1/sessions/current";
    for (key, status) in [(phone.0, 401), (&browser, 204), (&browser, 401)] {
        let signed = Signed {
            headers: &with_session,
            ..Signed::by(key)
        };
        let leave = run.send(Method::DELETE, path, Call::delete(path), signed);
        assert_eq!(leave.await.status, status);
    }
}

async fn by_device_id(run: &mut Recorder, phone: (&Key, &str)) {
    let body = json!({"client_id": "plain", "device": {"name": "tv", "kind": "tv"}});
    let created = run.post("/v1/logins", Signed::default(), body).await;
    let (asked, id) = (asked(run, &created), member(&created, "/device_id"));
    let headers = [("Device-Id", &*id)];
    let signed = Signed {
        headers: &headers,
        ..Signed::default()
    };
    approved(run, &asked, signed, phone).await;
    let fields = [
        ("grant_type", COLLECT),
        ("device_code", &*asked.device_code),
        ("client_id", "plain"),
    ];
    let twice = [("Device-Id", &*id), ("Device-Id", &*id)];
    let two_ids = Signed {
        headers: &twice,
        ..Signed::default()
    };
    assert_eq!(run.form("/oauth/token", two_ids, &fields).await.status, 400);
    let collected = run.form("/oauth/token", signed, &fields).await;
    let bearer = format!("Bearer {}", member(&collected, "/access_token"));
    let headers = [("Device-Id", &*id), ("Authorization", &*bearer)];
    for (headers, status) in [
        (&headers[..], 200),
        (&headers[1..], 401),
        (&headers[..1], 401),
    ] {
        let signed = Signed {
            headers,
            ..Signed::default()
        };
        assert_eq!(run.get("/v1/me", signed).await.status, status);
    }
    let refresh_token = member(&collected, "/refresh_token");
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh_token),
        ("client_id", "plain"),
    ];
    assert_eq!(run.form("/oauth/token", signed, &fields).await.status, 200);
}
