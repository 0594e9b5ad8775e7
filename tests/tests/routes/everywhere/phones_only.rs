//! What only a phone of the account may do, and what it may do only just after its password was given.

use countersign_client::{Answer, Call};
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::json;

use crate::support::{World, given, refused};

/// Routes of phones. `{id}` stands for an id that is nobody's.
const ROUTES: [(Method, &str); 19] = [
    (Method::POST, "/v1/scans"),
    (Method::POST, "/v1/scans/confirm"),
    (Method::POST, "/v1/scans/deny"),
    (Method::POST, "/v1/scans/wait"),
    (Method::GET, "/v1/devices"),
    (Method::PATCH, "/v1/devices/{id}"),
    (Method::DELETE, "/v1/devices/{id}"),
    (Method::POST, "/v1/devices/sign-out-others"),
    (Method::POST, "/v1/grants/{id}/undo"),
    (Method::POST, "/v1/grants/{id}/allow"),
    (Method::GET, "/v1/activity"),
    (Method::PUT, "/v1/password"),
    (Method::POST, "/v1/account/lock"),
    (Method::POST, "/v1/devices/{id}/lost"),
    (Method::PATCH, "/v1/passkeys/{id}"),
    (Method::DELETE, "/v1/passkeys/{id}"),
    (Method::POST, "/v1/recovery/codes"),
    (Method::POST, "/v1/revocations"),
    (Method::POST, "/v1/sessions/current/verify"),
];

/// Those that need a password within the last five minutes.
const SENSITIVE: [(Method, &str); 7] = [
    (Method::POST, "/v1/devices/sign-out-others"),
    (Method::POST, "/v1/grants/{id}/allow"),
    (Method::PUT, "/v1/password"),
    (Method::POST, "/v1/account/lock"),
    (Method::DELETE, "/v1/passkeys/{id}"),
    (Method::POST, "/v1/recovery/codes"),
    (Method::POST, "/v1/revocations"),
];

fn call((method, path): &(Method, &str)) -> Call {
    let path = path.replace("{id}", "AAAAAAAAAAAAAAAAAAAAAA");
    // The one route that takes nothing beside what it knows.
    if path == "/v1/revocations" {
        return Call::post(path).json(&json!({ "role": "desktop" }));
    }
    let body = json!({
        "scan": "x",
        "ticket": "A".repeat(64),
        "context_digest": "A".repeat(43),
        "password": "eleven tall giraffes at noon",
    });
    Call::new(method.clone(), path).json(&body)
}

#[track_caller]
fn told(answer: &Answer, code: &str, route: &(Method, &str)) {
    assert_eq!(answer.code().as_deref(), Some(code), "{route:?}");
}

#[tokio::test]
async fn nobody_else_does_what_a_phone_does() {
    let world = World::with("[phones]\nadditional = \"confirm\"\n").await;
    let phone = world.phone("anna").await;
    let waiting = world.another_phone("anna").await;
    let (_, _, scanned) = phone.collected().await;
    let browser = world.browser();
    given(&browser.sign_in("anna", &json!({})).await, 201);
    let gone = world.device("anna", new_key(), json!({})).await;
    given(&gone.sign_out().await, 204);
    for route in &ROUTES {
        let call = || call(route);
        told(&world.send(call()).await, "invalid_token", route);
        let bare = call().proof(&phone.key);
        told(&world.send(bare).await, "invalid_token", route);
        let token = call().token(phone.access_token());
        told(&world.send(token.clone()).await, "invalid_proof", route);
        let thief = token.clone().proof(&waiting.key);
        told(&world.send(thief).await, "invalid_token", route);
        let bearer = format!("Bearer {}", phone.access_token());
        let bearer = call().header("Authorization", &bearer);
        told(&world.send(bearer).await, "invalid_token", route);
        told(&gone.send(call()).await, "invalid_token", route);
        told(&scanned.send(call()).await, "not_a_phone", route);
        let cookie = call().proof(browser.page.key());
        let by_cookie = browser.send(route.0.clone(), cookie).await;
        told(&by_cookie, "invalid_token", route);
        if !route.1.ends_with("verify") {
            told(&waiting.send(call()).await, "phone_waiting", route);
        }
        if route.0 != Method::GET {
            let evil = call().header("Origin", "https://evil.example");
            told(&phone.send(evil).await, "origin_not_allowed", route);
        }
    }
    given(&phone.me().await, 200);
    given(&scanned.me().await, 200);
    given(&world.sign_in("anna", &new_key(), json!({})).await, 201);
}

#[tokio::test]
async fn what_can_do_lasting_harm_needs_a_password_first() {
    let world = World::new().await;
    let phone = world.phone("anna").await;
    world.grants_age(301);
    for route in &SENSITIVE {
        told(
            &phone.send(call(route)).await,
            "verification_required",
            route,
        );
    }
    // A refresh is no password.
    let renewed = given(&phone.refresh().await, 200);
    let phone = crate::support::Device {
        tokens: renewed,
        ..phone
    };
    for route in &SENSITIVE {
        told(
            &phone.send(call(route)).await,
            "verification_required",
            route,
        );
    }
    for route in ROUTES.iter().filter(|route| !SENSITIVE.contains(route)) {
        let answer = phone.send(call(route)).await;
        assert_ne!(answer.status, 403, "{route:?}");
    }
    refused(
        &phone.verify("wrong horse battery").await,
        "invalid_credentials",
    );
}
