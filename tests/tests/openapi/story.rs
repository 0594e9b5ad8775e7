//! A story in which every operation succeeds once, and some fail: what is asked and answered is as described.

use countersign_client::Call;
use reqwest::Method;
use serde_json::{Value, json};

use crate::asker::{Asker, Device, code, cookie, text};
use crate::{TOKEN, back, operated};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PASSWORD: &str = "a lantern and nine herons";
const NEXT_PASSWORD: &str = "a ladder and eleven otters";

const CONFIG: &str = r#"
[accounts]
registration = "open"

[phones]
additional = "confirm"

[[clients]]
id = "shop"
native = true

[[clients]]
id = "tv"
native = true
binding = "device-id"
approval = "code"
desktop_hours = 8
"#;

#[tokio::test]
async fn every_operation_takes_and_answers_what_is_described() {
    let (server, _token) = operated(CONFIG).await;
    let mut asker = Asker::new(&server);
    let nobody = Device::new();
    for path in ["/healthz", "/readyz", "/openapi.json", "/oauth/jwks"] {
        asker.ask((Method::GET, path), 200, None, |call| call).await;
    }
    let account = json!({ "account": "anna", "password": PASSWORD, "name": "Anna" });
    asker.post(&nobody, "/v1/accounts", 202, account).await;
    let phone = asker.phone("anna", PASSWORD).await;
    a_desktop_signs_in(&mut asker, &phone).await;
    logins_that_end_otherwise(&mut asker, &phone).await;
    a_television_signs_in(&mut asker, &phone).await;
    our_own_page_signs_in(&mut asker, &phone).await;
    refusals(&mut asker, &phone).await;
    back::passkeys(&mut asker, &phone).await;
    back::invitations_and_recovery(&mut asker, &phone).await;
    back::revocations(&mut asker, &phone, TOKEN).await;
    an_owner_looks_and_tidies(&mut asker, &phone).await;
    let mut all = asker.described.operations();
    // What it takes stands in a notice, and is tried where those are read.
    assert!(all.remove(&("post".to_owned(), "/v1/undo".to_owned())));
    assert_eq!(asker.succeeded, all);
}

async fn new_login(asker: &mut Asker<'_>, desktop: &Device) -> Value {
    let device = json!({ "name": "desk", "kind": "browser", "platform": null });
    let key = desktop.key.thumbprint();
    let body = json!({ "client_id": "shop", "scope": "openid profile", "dpop_jkt": key, "device": device, "rotate": true });
    asker.post(desktop, "/v1/logins", 201, body).await
}

/// `/v1/logins/{login_id}/…` and the device code.
fn of(login: &Value, action: &str) -> String {
    format!("/v1/logins/{}/{action}", text(&login["login_id"]))
}

async fn a_desktop_signs_in(asker: &mut Asker<'_>, phone: &Device) {
    let desktop = Device::new();
    let login = new_login(asker, &desktop).await;
    let device_code = text(&login["device_code"]);
    let waiting = json!({ "device_code": device_code, "version": null });
    asker
        .post(&desktop, &of(&login, "wait"), 200, waiting.clone())
        .await;
    let asked_again = asker
        .post(&desktop, &of(&login, "wait"), 429, waiting)
        .await;
    assert_eq!(asked_again["code"], "slow_down");
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", &*device_code),
        ("client_id", "shop"),
    ];
    asker.token(400, &form, |call| call).await;

    asker
        .post(phone, "/v1/holds", 400, json!({ "scan": "x" }))
        .await;
    let tokenless = Device {
        key: phone.key.clone(),
        token: None,
    };
    let hold = asker
        .post(
            &tokenless,
            "/v1/holds",
            200,
            json!({ "scan": code(&login) }),
        )
        .await;
    let claim = json!({ "hold": hold["hold"] });
    asker.post(phone, "/v1/scans", 201, claim).await;
    let (ticket, check_code) = asker.approve(phone, &login).await;
    let body = json!({ "ticket": ticket, "version": 1 });
    asker.post(phone, "/v1/scans/wait", 200, body).await;
    let wrong = if check_code == "000000" {
        "111111"
    } else {
        "000000"
    };
    for (code, status) in [(wrong, 422), (&*check_code, 200)] {
        let body = json!({ "device_code": device_code, "code": code });
        asker
            .post(&desktop, &of(&login, "check"), status, body)
            .await;
    }
    let wait = of(&login, "wait");
    let long_poll = asker.ask(
        (Method::POST, &wait),
        200,
        Some(json!({ "device_code": device_code, "version": 1 })),
        |call| call.header("Prefer", "wait=25"),
    );
    assert!(long_poll.await.headers.contains_key("preference-applied"));
    tokens_are_collected_and_renewed(asker, desktop, &form).await;
}

async fn tokens_are_collected_and_renewed(
    asker: &mut Asker<'_>,
    mut desktop: Device,
    form: &[(&str, &str)],
) {
    let tokens = asker.token(200, form, |call| desktop.signs(call)).await;
    let renewing = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*text(&tokens["refresh_token"])),
        ("client_id", "shop"),
    ];
    let tokens = asker
        .token(200, &renewing, |call| desktop.signs(call))
        .await;
    desktop.token = Some(text(&tokens["access_token"]));
    asker.get(&desktop, "/v1/me").await;
    let refused = asker.ask((Method::GET, "/v1/devices"), 401, None, |call| {
        desktop.signs(call)
    });
    refused.await;
}

async fn logins_that_end_otherwise(asker: &mut Asker<'_>, phone: &Device) {
    let desktop = Device::new();
    let declined = new_login(asker, &desktop).await;
    let scan = asker
        .post(phone, "/v1/scans", 201, json!({ "scan": code(&declined) }))
        .await;
    let body = json!({ "ticket": scan["ticket"], "report": true });
    asker.post(phone, "/v1/scans/deny", 200, body).await;
    let body = json!({ "device_code": declined["device_code"], "code": "123456" });
    asker
        .post(&desktop, &of(&declined, "check"), 410, body)
        .await;
    asker
        .post(phone, "/v1/scans", 410, json!({ "scan": code(&declined) }))
        .await;

    let cancelled = new_login(asker, &desktop).await;
    let body = json!({ "device_code": cancelled["device_code"] });
    asker
        .post(&desktop, &of(&cancelled, "cancel"), 200, body)
        .await;
    let body = json!({ "device_code": declined["device_code"] });
    asker
        .post(&desktop, &of(&cancelled, "cancel"), 404, body)
        .await;
}

/// A client that can't sign: its desktop's secret takes the place of proofs.
async fn a_television_signs_in(asker: &mut Asker<'_>, phone: &Device) {
    let creating = (Method::POST, "/v1/logins");
    let body = json!({ "client_id": "tv", "device": { "kind": "tv" } });
    let login = asker
        .ask(creating, 201, Some(body), |call| call)
        .await
        .json();
    let device_id = text(&login["device_id"]);
    let named = |call: Call| call.header("Device-Id", &device_id);
    let (_, check_code) = asker.approve(phone, &login).await;
    let body = json!({ "device_code": login["device_code"], "code": check_code });
    asker
        .ask((Method::POST, &of(&login, "check")), 200, Some(body), named)
        .await;
    let device_code = text(&login["device_code"]);
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", &*device_code),
        ("client_id", "tv"),
    ];
    let tokens = asker.token(200, &form, named).await;
    assert_eq!(tokens["token_type"], "Bearer");
    let bearer = format!("Bearer {}", text(&tokens["access_token"]));
    let by_token = |call: Call| named(call).header("Authorization", &bearer);
    asker
        .ask((Method::GET, "/v1/me"), 200, None, by_token)
        .await;
}

/// The sign-in page of the server: its session is in a cookie.
async fn our_own_page_signs_in(asker: &mut Asker<'_>, phone: &Device) {
    let issuer = asker.server.issuer().to_owned();
    let browser = Device::new();
    let body = json!({ "client_id": "countersign", "dpop_jkt": browser.key.thumbprint(), "device": { "kind": "browser" } });
    let creating = asker.ask((Method::POST, "/v1/logins"), 201, Some(body), |call| {
        browser.signs(call).header("Origin", &issuer)
    });
    let created = creating.await;
    let (login, bound) = (created.json(), cookie(&created, "__Host-login-"));
    let ours = |call: Call| {
        let call = browser.signs(call).header("Origin", &issuer);
        call.header("Cookie", &bound)
    };
    let device_code = json!({ "device_code": login["device_code"] });
    let collecting = of(&login, "session");
    asker
        .ask(
            (Method::POST, &collecting),
            409,
            Some(device_code.clone()),
            ours,
        )
        .await;
    let (_, check_code) = asker.approve(phone, &login).await;
    let body = json!({ "device_code": login["device_code"], "code": check_code });
    asker
        .ask((Method::POST, &of(&login, "check")), 200, Some(body), ours)
        .await;
    let collected = asker
        .ask((Method::POST, &collecting), 200, Some(device_code), ours)
        .await;
    let session = cookie(&collected, "__Host-session");
    let by_cookie = |call: Call| call.header("Cookie", &session);
    asker
        .ask((Method::GET, "/v1/me"), 200, None, by_cookie)
        .await;
    let out = (Method::DELETE, "/v1/sessions/current");
    asker.ask(out.clone(), 403, None, by_cookie).await;
    let leaving = |call: Call| by_cookie(browser.signs(call)).header("Origin", &issuer);
    asker.ask(out, 204, None, leaving).await;

    let body = json!({ "account": "anna", "password": PASSWORD, "role": "desktop" });
    let by_password = asker.ask((Method::POST, "/v1/sessions"), 201, Some(body), |call| {
        browser.signs(call).header("Origin", &issuer)
    });
    assert!(by_password.await.json().get("access_token").is_none());
    let cancelled = asker.ask(
        (Method::POST, "/v1/logins"),
        201,
        Some(json!({ "client_id": "countersign", "dpop_jkt": browser.key.thumbprint() })),
        |call| browser.signs(call).header("Origin", &issuer),
    );
    let login = cancelled.await.json();
    let body = json!({ "device_code": login["device_code"] });
    asker
        .ask(
            (Method::POST, &of(&login, "cancel")),
            200,
            Some(body),
            |call| call,
        )
        .await;
}

/// What is refused to everybody in the same words.
async fn refusals(asker: &mut Asker<'_>, phone: &Device) {
    let plain = |call: Call| call;
    let at = |path| (Method::POST, path);
    asker
        .ask(at("/v1/logins"), 415, None, |call| {
            call.body("text/plain", "x")
        })
        .await;
    asker
        .ask(at("/v1/logins"), 413, None, |call| {
            call.body("application/json", "x".repeat(300_000))
        })
        .await;
    asker
        .ask(at("/v1/logins"), 400, None, |call| {
            call.body("application/json", "{")
        })
        .await;
    asker
        .ask(at("/v1/holds"), 403, None, |call| {
            call.header("Origin", "https://evil.example")
        })
        .await;
    asker
        .ask(at("/oauth/token"), 403, None, |call| {
            call.header("Origin", "https://evil.example")
        })
        .await;
    asker
        .ask(at("/v1/sessions"), 401, Some(json!({})), plain)
        .await;
    asker.ask((Method::GET, "/v1/me"), 401, None, plain).await;
    let body = json!({ "account": "anna", "password": "wrong" });
    asker.post(&Device::new(), "/v1/sessions", 401, body).await;
    let body = json!({ "account": "ben", "password": "password" });
    asker.post(&Device::new(), "/v1/accounts", 422, body).await;
    let renaming = (Method::PATCH, "/v1/devices/x");
    asker
        .ask(renaming, 404, Some(json!({})), |call| phone.signs(call))
        .await;
}

async fn an_owner_looks_and_tidies(asker: &mut Asker<'_>, phone: &Device) {
    let by_phone = |call: Call| phone.signs(call);
    let me = asker.get(phone, "/v1/me").await;
    let waiting = asker.phone("anna", PASSWORD).await;
    let refused = asker
        .post(&waiting, "/v1/scans", 403, json!({ "scan": "x" }))
        .await;
    assert_eq!(refused["code"], "phone_waiting");
    let theirs = asker.get(&waiting, "/v1/me").await;

    let body = json!({ "password": PASSWORD });
    asker
        .post(phone, "/v1/sessions/current/verify", 200, body)
        .await;
    let allowing = format!("/v1/grants/{}/allow", text(&theirs["grant"]["id"]));
    asker
        .ask((Method::POST, &allowing), 200, None, by_phone)
        .await;
    let devices = asker.get(phone, "/v1/devices").await;
    assert!(devices["devices"].as_array().unwrap().len() > 3);
    let other = text(&theirs["device"]["id"]);
    let naming = (Method::PATCH, &*format!("/v1/devices/{other}"));
    asker
        .ask(
            naming,
            200,
            Some(json!({ "name": "the old one" })),
            by_phone,
        )
        .await;
    let undoing = format!("/v1/grants/{}/undo", text(&theirs["grant"]["id"]));
    asker
        .post(phone, &undoing, 200, json!({ "approved_too": true }))
        .await;
    let ending = (Method::DELETE, &*format!("/v1/devices/{other}"));
    asker.ask(ending, 204, None, by_phone).await;
    asker
        .post(
            phone,
            "/v1/devices/sign-out-others",
            200,
            json!({ "only": "desktops" }),
        )
        .await;

    let body = json!({ "password": NEXT_PASSWORD, "sign_out_others": true });
    asker
        .ask((Method::PUT, "/v1/password"), 200, Some(body), by_phone)
        .await;
    let some = asker.get(phone, "/v1/activity?limit=2").await;
    let more = format!("/v1/activity?limit=100&before={}", some["next"]);
    asker.get(phone, &more).await;
    let newest = asker.get(phone, "/v1/activity?limit=1").await;
    let since = format!(
        "/v1/activity?after={}",
        newest["entries"][0]["id"].as_u64().unwrap() - 1
    );
    let waiting = |call: Call| phone.signs(call).header("Prefer", "wait=25");
    let news = asker.ask((Method::GET, &since), 200, None, waiting).await;
    assert!(news.headers.contains_key("preference-applied"));
    assert_eq!(me["account"]["login"], "anna");
    asker
        .ask((Method::POST, "/v1/account/lock"), 204, None, by_phone)
        .await;
    asker
        .ask((Method::GET, "/v1/me"), 401, None, by_phone)
        .await;
}
