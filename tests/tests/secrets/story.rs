//! One run through everything: what is right, what is wrong, and what is no request at all.

mod account;
mod doors;
mod misuse;
mod phrase;

use countersign_client::{Answer, Key, Rotation};
use countersign_tests::Server;
use countersign_tests::parties::new_key;
use serde_json::{Value, json};

use crate::recorder::{Recorder, Signed};
use crate::secret::Kind;

/// Two clients: one with tokens and proofs, one with device ids.
pub(crate) const CONFIG: &str = r#"
[[clients]]
id = "demo"
native = true
first_party = true

[[clients]]
id = "plain"
native = true
binding = "device-id"
"#;

const PASSWORD: &str = "a Pass-word of 1 Run!";
const WRONG_PASSWORD: &str = "an0ther password, mistyped";
const COLLECT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A member of an answer.
fn member(answer: &Answer, pointer: &str) -> String {
    let text = answer
        .json()
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned);
    text.unwrap_or_else(|| panic!("no {pointer} in {}", String::from_utf8_lossy(&answer.body)))
}

/// A login that was asked for: its id, device code and current scan link.
struct Asked {
    id: String,
    device_code: String,
    link: String,
}

/// Plays the run against `server`.
pub(crate) async fn tell(server: &Server) -> Recorder {
    let mut run = Recorder::new(server.http());
    server.account("anna", PASSWORD).await;
    run.knows(Kind::Password, PASSWORD);
    run.knows(Kind::Password, WRONG_PASSWORD);
    let (phone, desktop) = (new_key(), new_key());

    let asked = ask(&mut run, &desktop).await;
    let hold = run
        .post("/v1/holds", Signed::by(&phone), json!({"scan": asked.link}))
        .await;
    let hold = member(&hold, "/hold");
    let token = sign_in(&mut run, &phone).await;
    let scan = json!({"hold": hold, "opened_by": "scanner"});
    let scanned = run
        .post("/v1/scans", Signed::with(&phone, &token), scan)
        .await;
    assert_eq!(scanned.status, 201);
    let by_desktop = Signed::by(&desktop);
    let ticket = approve(&mut run, &asked, (by_desktop, &phone), (&token, &scanned)).await;
    let access = collect(&mut run, &asked, &desktop).await;
    let seen = run
        .post(
            "/v1/scans/wait",
            Signed::with(&phone, &token),
            json!({"ticket": ticket}),
        )
        .await;
    assert_eq!(member(&seen, "/state"), "collected");
    for (path, signed, status) in [
        ("/v1/me", Signed::with(&desktop, &access), 200),
        ("/v1/devices", Signed::with(&desktop, &access), 403),
        ("/v1/devices", Signed::with(&phone, &token), 200),
    ] {
        assert_eq!(run.get(path, signed).await.status, status);
    }

    for end in ["deny", "cancel"] {
        let asked = ask(&mut run, &desktop).await;
        let scan = json!({"scan": asked.link, "opened_by": "scanner"});
        let scanned = run
            .post("/v1/scans", Signed::with(&phone, &token), scan)
            .await;
        let (path, signed, body) = if end == "deny" {
            let ticket = member(&scanned, "/ticket");
            let signed = Signed::with(&phone, &token);
            (
                "/v1/scans/deny".to_owned(),
                signed,
                json!({"ticket": ticket, "report": true}),
            )
        } else {
            let path = format!("/v1/logins/{}/cancel", asked.id);
            (
                path,
                Signed::default(),
                json!({"device_code": asked.device_code}),
            )
        };
        assert_eq!(run.post(&path, signed, body).await.status, 200);
    }
    doors::tell(&mut run, (&phone, &token)).await;
    phrase::tell(&mut run, (&phone, &token)).await;
    misuse::tell(&mut run, &desktop, &phone, &token).await;
    account::tell(&mut run, (&phone, &token)).await;
    run
}

/// Asks for a login and remembers the codes of its first steps.
async fn ask(run: &mut Recorder, desktop: &Key) -> Asked {
    let body = json!({
        "client_id": "demo",
        "dpop_jkt": desktop.thumbprint(),
        "device": {"name": "desk", "kind": "desktop"},
    });
    let created = run.post("/v1/logins", Signed::by(desktop), body).await;
    assert_eq!(created.status, 201);
    asked(run, &created)
}

/// What a desktop was given that asked.
fn asked(run: &mut Recorder, created: &Answer) -> Asked {
    let (id, key) = (
        member(created, "/login_id"),
        member(created, "/scan/rotation_key"),
    );
    let rotation = Rotation::new(&member(created, "/scan/url"), &key, &id).unwrap();
    for step in 0..4 {
        let link = rotation.link(step);
        let (_, mac) = link.rsplit_once('.').unwrap();
        run.knows(Kind::ScanMac, mac);
    }
    let device_code = member(created, "/device_code");
    Asked {
        id,
        device_code,
        link: rotation.link(0),
    }
}

/// Signs the phone in at the second try, with a nonce.
async fn sign_in(run: &mut Recorder, phone: &Key) -> String {
    let device = json!({"name": "phone", "kind": "android"});
    let body = |password| json!({"account": "anna", "password": password, "device": device});
    let signed = Signed::by(phone);
    let wrong = run.post("/v1/sessions", signed, body(WRONG_PASSWORD)).await;
    assert_eq!(wrong.status, 401);
    let stale = Signed {
        nonce: Some("stale"),
        ..signed
    };
    let again = run.post("/v1/sessions", stale, body(PASSWORD)).await;
    assert_eq!(again.code().as_deref(), Some("use_dpop_nonce"));
    let nonce = again.headers["DPoP-Nonce"].to_str().unwrap().to_owned();
    let fresh = Signed {
        nonce: Some(&nonce),
        ..signed
    };
    let session = run.post("/v1/sessions", fresh, body(PASSWORD)).await;
    assert_eq!(session.status, 201);
    member(&session, "/access_token")
}

/// From the scan's answer to a confirmed login, by a wrong check code and the right one; gives the ticket.
async fn approve(
    run: &mut Recorder,
    asked: &Asked,
    (desktop, phone): (Signed<'_>, &Key),
    (token, scanned): (&str, &Answer),
) -> String {
    let ticket = member(scanned, "/ticket");
    let body = json!({"ticket": ticket, "context_digest": member(scanned, "/context_digest")});
    let confirmed = run
        .post("/v1/scans/confirm", Signed::with(phone, token), body)
        .await;
    let code = member(&confirmed, "/check_code");
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    run.knows(Kind::CheckCode, &wrong);
    let path = format!("/v1/logins/{}/check", asked.id);
    for (code, status) in [(wrong, 422), (code, 200)] {
        let body = json!({"device_code": asked.device_code, "code": code});
        assert_eq!(run.post(&path, desktop, body).await.status, status);
    }
    ticket
}

/// Tokens that are collected twice, renewed and used; gives the access token.
async fn collect(run: &mut Recorder, asked: &Asked, desktop: &Key) -> String {
    let path = format!("/v1/logins/{}/wait", asked.id);
    let body = json!({"device_code": asked.device_code});
    assert_eq!(run.post(&path, Signed::default(), body).await.status, 200);
    let fields = [
        ("grant_type", COLLECT),
        ("device_code", &*asked.device_code),
        ("client_id", "demo"),
    ];
    let mut refresh_tokens = Vec::new();
    for _ in 0..2 {
        let collected = run.form("/oauth/token", Signed::by(desktop), &fields).await;
        refresh_tokens.push(member(&collected, "/refresh_token"));
    }
    let [first, second] = &refresh_tokens[..] else {
        unreachable!()
    };
    let renewed = refresh(run, desktop, second).await;
    let dead = refresh(run, desktop, first).await;
    assert_eq!(dead.status, 400, "it died with the second collect");
    member(&renewed, "/access_token")
}

async fn refresh(run: &mut Recorder, desktop: &Key, token: &str) -> Answer {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", "demo"),
    ];
    run.form("/oauth/token", Signed::by(desktop), &fields).await
}
