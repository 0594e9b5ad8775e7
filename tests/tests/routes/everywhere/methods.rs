//! Which URLs and methods there are, and that looking changes nothing.

use countersign_client::{Answer, Call};
use reqwest::Method;
use serde_json::json;

use crate::support::{World, given, header, refused};

/// Every URL with its methods; `{login}` stands for a login's id.
const ROUTES: [(&str, &[&str]); 46] = [
    ("/", &["GET", "HEAD"]),
    ("/q", &["GET", "HEAD"]),
    ("/q/", &["GET", "HEAD"]),
    ("/account", &["GET", "HEAD"]),
    ("/account/", &["GET", "HEAD"]),
    ("/welcome", &["GET", "HEAD"]),
    ("/recover", &["GET", "HEAD"]),
    ("/undo", &["GET", "HEAD"]),
    ("/offline", &["GET", "HEAD"]),
    ("/healthz", &["GET", "HEAD"]),
    ("/readyz", &["GET", "HEAD"]),
    ("/oauth/jwks", &["GET", "HEAD"]),
    ("/oauth/token", &["POST"]),
    ("/v1/accounts", &["POST"]),
    ("/v1/account/lock", &["POST"]),
    ("/v1/activity", &["GET", "HEAD"]),
    ("/v1/password", &["PUT"]),
    ("/v1/logins", &["POST"]),
    ("/v1/logins/{login}/wait", &["POST"]),
    ("/v1/logins/{login}/check", &["POST"]),
    ("/v1/logins/{login}/cancel", &["POST"]),
    ("/v1/logins/{login}/session", &["POST"]),
    ("/v1/holds", &["POST"]),
    ("/v1/scans", &["POST"]),
    ("/v1/scans/confirm", &["POST"]),
    ("/v1/scans/deny", &["POST"]),
    ("/v1/scans/wait", &["POST"]),
    ("/v1/sessions", &["POST"]),
    ("/v1/sessions/current", &["DELETE"]),
    ("/v1/sessions/current/verify", &["POST"]),
    ("/v1/passkeys", &["GET", "HEAD", "POST"]),
    ("/v1/passkeys/options", &["POST"]),
    ("/v1/passkeys/{login}", &["PATCH", "DELETE"]),
    ("/v1/invitations/look", &["POST"]),
    ("/v1/invitations/accept", &["POST"]),
    ("/v1/recovery", &["GET", "HEAD", "POST"]),
    ("/v1/recovery/codes", &["POST"]),
    ("/v1/undo", &["POST"]),
    ("/v1/revocations", &["POST"]),
    ("/v1/me", &["GET", "HEAD"]),
    ("/v1/devices", &["GET", "HEAD"]),
    ("/v1/devices/sign-out-others", &["POST"]),
    ("/v1/devices/{login}", &["PATCH", "DELETE"]),
    ("/v1/devices/{login}/lost", &["POST"]),
    ("/v1/grants/{login}/undo", &["POST"]),
    ("/v1/grants/{login}/allow", &["POST"]),
];
const METHODS: [&str; 9] = [
    "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND",
];

#[tokio::test]
async fn every_other_method_is_refused_and_names_the_right_ones() {
    let world = World::new().await;
    let login = world.login().await;
    for (path, allowed) in ROUTES {
        let path = path.replace("{login}", login.id());
        for method in METHODS.iter().filter(|method| !allowed.contains(method)) {
            let call = Call::new(Method::from_bytes(method.as_bytes()).unwrap(), path.clone());
            let answer = world.send(call).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let named: Vec<&str> = header(&answer, "allow").split(',').collect();
            assert_eq!(named, allowed, "{method} {path}");
            if *method != "HEAD" {
                refused(&answer, "method_not_allowed");
            }
        }
    }
}

#[tokio::test]
async fn there_is_nothing_at_other_urls() {
    let world = World::new().await;
    let login = world.login().await;
    let id = login.id();
    let long = format!("/{}", "x".repeat(10_000));
    for path in [
        "/v1",
        "/v1/",
        "/v1/logins/",
        "/V1/logins",
        "/v2/logins",
        "//v1/logins",
        "/v1/sessions/other",
        "/v1/scans/",
        "/q.html",
        "/index.html",
        "/oauth",
        "/oauth/token/",
        "/.well-known/jwks.json",
        "/.env",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%FF",
        "/v1/logins/%FF",
        &*format!("/v1/logins/{id}"),
        &*format!("/v1/logins/{id}/"),
        &*format!("/v1/logins/{id}/session/"),
        "//",
        "/q//",
        "/v1/grants",
        "/readyz/",
        &*format!("/v1/logins/{id}/wait/"),
        &*format!("/v1/logins/{id}/../{id}/x"),
        &*long,
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            refused(&world.send(Call::new(method, path)).await, "not_found");
        }
    }
}

#[tokio::test]
async fn get_head_and_options_change_nothing() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    let (login, claim, code) = phone.checking().await;
    let waiting = world.login().await;
    let secrets = format!(
        "?device_code={}&ticket={}&code={code}&scan={}&hold=x&_method=POST",
        login.device_code(),
        claim.ticket(),
        waiting.code()
    );
    for (path, _) in ROUTES {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let path = path.replace("{login}", login.id());
            let call = Call::new(method, format!("{path}{secrets}"))
                .header("X-HTTP-Method-Override", "POST")
                .header("Sec-Purpose", "prefetch")
                .json(&json!({ "device_code": login.device_code(), "ticket": claim.ticket() }));
            let answer: Answer = phone.send(call).await;
            assert!(
                matches!(answer.status, 200 | 405),
                "{path}: {}",
                answer.status
            );
        }
    }
    let now = login.now().await;
    assert_eq!(
        (&now["state"], &now["version"]),
        (&json!("checking"), &json!(3))
    );
    assert_eq!(waiting.now().await["version"], 1);
    given(&phone.me().await, 200);
    given(&login.check(&code).await, 200);
}
