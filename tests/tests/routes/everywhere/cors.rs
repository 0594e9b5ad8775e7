//! Which sites' pages may do what: a client's own on the routes of desktops, nobody's elsewhere.

use countersign_client::{Answer, Call, Key};
use countersign_tests::parties::new_key;
use reqwest::Method;
use serde_json::json;

use crate::support::{DEVICE_CODE, Desktop, Login, World, given, header, refused, text, with};

const SHOP: &str = "https://shop.example";
const BLOG: &str = "https://blog.example";

const TWO_SITES: &str = r#"
[[clients]]
id = "shop"
origins = ["https://shop.example"]

[[clients]]
id = "blog"
origins = ["https://blog.example"]
"#;

/// What pages of clients may use, with the method.
const SHARED: [(&str, &str); 7] = [
    ("/v1/logins", "POST"),
    ("/v1/logins/{login}/wait", "POST"),
    ("/v1/logins/{login}/check", "POST"),
    ("/v1/logins/{login}/cancel", "POST"),
    ("/oauth/token", "POST"),
    ("/v1/me", "GET"),
    ("/v1/sessions/current", "DELETE"),
];

/// What changes something and is for our own pages alone.
const OURS: [(&str, &str); 15] = [
    ("/v1/accounts", "POST"),
    ("/v1/sessions", "POST"),
    ("/v1/logins/{login}/session", "POST"),
    ("/v1/holds", "POST"),
    ("/v1/scans", "POST"),
    ("/v1/scans/confirm", "POST"),
    ("/v1/scans/deny", "POST"),
    ("/v1/scans/wait", "POST"),
    ("/v1/passkeys", "POST"),
    ("/v1/passkeys/options", "POST"),
    ("/v1/invitations/look", "POST"),
    ("/v1/invitations/accept", "POST"),
    ("/v1/recovery", "POST"),
    ("/v1/undo", "POST"),
    ("/v1/revocations", "POST"),
];

/// Origins that look like the shop's and are not.
const FOREIGN: [&str; 9] = [
    "null",
    "https://evil.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://www.shop.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://SHOP.example",
    "https://shop.example/",
];

fn reader(answer: &Answer) -> &str {
    header(answer, "access-control-allow-origin")
}

async fn preflight(world: &World, (path, method): (&str, &str), origin: &str) -> Answer {
    let call = Call::new(
        Method::OPTIONS,
        path.replace("{login}", "AAAAAAAAAAAAAAAAAAAAAA"),
    );
    let call = call
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", "content-type, dpop");
    world.send(call).await
}

/// A login that a page of `origin` starts, for the client of that name.
async fn login_of<'w>(world: &'w World, client: &'static str, origin: &str) -> Login<'w> {
    let desktop: Desktop<'w> = world.desktop_of(client);
    let call = Call::post("/v1/logins").json(&desktop.wish(&json!({})));
    let answer = world.send(call.header("Origin", origin)).await;
    assert_eq!(reader(&answer), origin);
    let created = given(&answer, 201);
    Login { desktop, created }
}

/// What a desktop's page does at one of its doors, proved or not.
fn knock(login: &Login<'_>, door: &str, more: &serde_json::Value, key: Option<&Key>) -> Call {
    let body = with(json!({ "device_code": login.device_code() }), more);
    let call = Call::post(login.path(door)).json(&body);
    key.map_or(call.clone(), |key| call.proof(key))
}

fn collecting(login: &Login<'_>) -> Call {
    Call::post("/oauth/token").proof(&login.desktop.key).form(&[
        ("grant_type", DEVICE_CODE),
        ("device_code", login.device_code()),
        ("client_id", login.desktop.client),
    ])
}

#[tokio::test]
async fn a_registered_page_signs_in_from_its_own_origin() {
    let world = World::with(TWO_SITES).await;
    let phone = world.phone("anna").await;
    for route in SHARED {
        let answer = preflight(&world, route, SHOP).await;
        assert_eq!((answer.status, reader(&answer)), (204, SHOP), "{route:?}");
        assert_eq!(header(&answer, "access-control-allow-methods"), route.1);
        let headers = header(&answer, "access-control-allow-headers");
        assert!(
            ["dpop", "content-type", "authorization"]
                .iter()
                .all(|name| headers.contains(name))
        );
    }
    let from_shop = async |call: Call| {
        let answer = world.send(call.header("Origin", SHOP)).await;
        assert_eq!(reader(&answer), SHOP, "{}", answer.status);
        let exposed = header(&answer, "access-control-expose-headers");
        assert!(exposed.contains("DPoP-Nonce") && exposed.contains("Retry-After"));
        answer
    };
    let login = login_of(&world, "shop", SHOP).await;
    let key = &login.desktop.key;
    given(
        &from_shop(knock(&login, "wait", &json!({ "version": 0 }), None)).await,
        200,
    );
    let code = phone.claims(&login).await.confirms().await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    refused(
        &from_shop(knock(&login, "check", &json!({ "code": wrong }), Some(key))).await,
        "wrong_code",
    );
    given(
        &from_shop(knock(&login, "check", &json!({ "code": code }), Some(key))).await,
        200,
    );
    let tokens = given(&from_shop(collecting(&login)).await, 200);
    let token = text(&tokens, "access_token");
    given(
        &from_shop(Call::get("/v1/me").proof(key).token(token)).await,
        200,
    );
    let away = Call::delete("/v1/sessions/current").proof(key).token(token);
    assert_eq!(from_shop(away).await.status, 204);
    let again = login_of(&world, "shop", SHOP).await;
    given(
        &from_shop(knock(&again, "cancel", &json!({}), None)).await,
        200,
    );
}

#[tokio::test]
async fn another_clients_page_is_refused_even_with_every_secret() {
    let world = World::with(TWO_SITES).await;
    let phone = world.phone("anna").await;
    let login = login_of(&world, "shop", SHOP).await;
    let key = &login.desktop.key;
    let code = phone.claims(&login).await.confirms().await;
    let from_blog = async |call: Call| world.send(call.header("Origin", BLOG)).await;
    for call in [
        knock(&login, "wait", &json!({ "version": 0 }), None),
        knock(&login, "check", &json!({ "code": code }), Some(key)),
        knock(&login, "cancel", &json!({}), None),
        collecting(&login),
    ] {
        let answer = from_blog(call).await;
        assert_eq!(answer.status, 403);
        refused(&answer, "origin_not_allowed");
    }
    assert_eq!(login.now().await["version"], 3, "nothing changed");
    // Who has no right to know of the login hears the usual.
    let stranger = knock(&login, "wait", &json!({ "device_code": "x" }), None);
    refused(&from_blog(stranger).await, "unknown_login");

    given(&login.check(&code).await, 200);
    let desktop = login.collects().await;
    let me = Call::get("/v1/me").proof(key).token(desktop.access_token());
    refused(&from_blog(me).await, "origin_not_allowed");
    let away = Call::delete("/v1/sessions/current")
        .proof(key)
        .token(desktop.access_token());
    refused(&from_blog(away).await, "origin_not_allowed");
    given(&desktop.me().await, 200);
}

#[tokio::test]
async fn an_unregistered_origin_gets_nothing_anywhere() {
    let world = World::with(TWO_SITES).await;
    let key = new_key();
    for origin in FOREIGN {
        for (path, method) in SHARED.into_iter().chain(OURS) {
            let answer = preflight(&world, (path, method), origin).await;
            assert_eq!(
                (answer.status, reader(&answer)),
                (405, ""),
                "{origin} {method} {path}"
            );
            let path = path.replace("{login}", "AAAAAAAAAAAAAAAAAAAAAA");
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let call = Call::new(method, path.clone()).header("Origin", origin);
            let answer = world.send(call.json(&json!({})).proof(&key)).await;
            assert_eq!(
                (answer.status, reader(&answer)),
                (403, ""),
                "{origin} {path}"
            );
            refused(&answer, "origin_not_allowed");
        }
    }
}

#[tokio::test]
async fn our_own_routes_are_closed_to_registered_pages_too() {
    let world = World::with(TWO_SITES).await;
    for route in OURS {
        let answer = preflight(&world, route, SHOP).await;
        assert_eq!((answer.status, reader(&answer)), (405, ""), "{route:?}");
        let path = route.0.replace("{login}", "AAAAAAAAAAAAAAAAAAAAAA");
        let call = Call::post(path).header("Origin", SHOP).json(&json!({}));
        refused(&world.send(call).await, "origin_not_allowed");
    }
}

#[tokio::test]
async fn the_public_keys_are_read_by_everybody_and_pages_by_nobody_else() {
    let world = World::with(TWO_SITES).await;
    for origin in [SHOP, "https://evil.example", "null"] {
        let call = Call::get("/oauth/jwks").header("Origin", origin);
        let answer = world.send(call).await;
        given(&answer, 200);
        assert_eq!(reader(&answer), "*");
        for path in ["/", "/q", "/healthz", "/v1/devices"] {
            let answer = world.send(Call::get(path).header("Origin", origin)).await;
            assert_eq!(reader(&answer), "", "{path}");
        }
    }
}
