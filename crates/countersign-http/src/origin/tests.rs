use axum::Router;
use axum::body::{Body, to_bytes};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower::ServiceExt;

use super::*;

const OWN: &str = "https://login.example";
const SHOP: &str = "https://shop.example";

const SHARED: [Shared; 2] = [
    ("/logins/{id}/wait", Method::POST, Sharing::Clients),
    ("/jwks", Method::GET, Sharing::Everybody),
];

fn app() -> Router {
    let client = |id: &str, origin: &str| {
        let mut client = Client::new(ClientId::parse(id).unwrap(), id);
        client.origins = vec![origin.to_owned()];
        client.native = true;
        Arc::new(client)
    };
    let clients = [client("shop", SHOP), client("own", OWN)];
    let origins = Origins::new(OWN, &clients, &SHARED);
    Router::new()
        .route("/logins/{id}/wait", post(|| async { "did" }))
        .route("/jwks", get(|| async { "keys" }))
        .route("/own", get(|| async { "seen" }).post(|| async { "did" }))
        .route_layer(from_fn_with_state(origins.clone(), refuse))
        .layer(from_fn_with_state(origins, share))
}

/// Sends a request with these headers: status, headers and body of the answer.
async fn ask(method: &str, path: &str, fields: &[(&str, &str)]) -> (u16, HeaderMap, String) {
    let request = Request::builder().method(method).uri(path);
    let dress = |request: axum::http::request::Builder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    let request = fields
        .iter()
        .fold(request, dress)
        .body(Body::empty())
        .unwrap();
    let (head, body) = app().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 10_000).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    (head.status.as_u16(), head.headers, body)
}

fn says_anything(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with("access-control-"))
}

/// Origins that look like the shop's and are not.
const FOREIGN: [&str; 14] = [
    "null",
    "",
    "https://evil.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://www.shop.example",
    "http://shop.example",
    "https://shop.example:443",
    "https://shop.example:8443",
    "https://SHOP.example",
    "HTTPS://shop.example",
    "https://shop.example/",
    "https://shop.example, https://evil.example",
    "*",
];

#[tokio::test]
async fn a_registered_origin_may_use_and_read_a_shared_route() {
    let (status, headers, body) = ask("POST", "/logins/7/wait", &[("origin", SHOP)]).await;
    assert_eq!((status, &*body), (200, "did"));
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], SHOP);
    assert_eq!(headers[ACCESS_CONTROL_EXPOSE_HEADERS], EXPOSED_HEADERS);
    assert_eq!(headers[VARY], "origin");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn its_preflight_is_answered_for_that_route_and_method() {
    let fields = [("origin", SHOP), ("access-control-request-method", "POST")];
    let (status, headers, body) = ask("OPTIONS", "/logins/7/wait", &fields).await;
    assert_eq!((status, &*body), (204, ""));
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], SHOP);
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], "POST");
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_HEADERS], ALLOWED_HEADERS);
    assert_eq!(headers[ACCESS_CONTROL_MAX_AGE], "600");
    assert_eq!(headers[VARY], "origin");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn no_other_preflight_is_answered() {
    let asks = [
        ("/logins/7/wait", "DELETE"),
        ("/logins/7/wait", "GET"),
        ("/logins/7/wait", "post"),
        ("/logins/7/wait", "no method"),
        ("/own", "POST"),
        ("/nothing", "POST"),
        ("/logins/7", "POST"),
    ];
    for (path, method) in asks {
        let fields = [("origin", SHOP), ("access-control-request-method", method)];
        let (status, headers, _) = ask("OPTIONS", path, &fields).await;
        assert!(matches!(status, 404 | 405), "{method} {path}");
        assert!(!says_anything(&headers), "{method} {path}");
    }
    for origin in FOREIGN {
        let fields = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        let (status, headers, _) = ask("OPTIONS", "/logins/7/wait", &fields).await;
        assert!(status == 405 && !says_anything(&headers), "{origin}");
    }
    let (status, headers, _) = ask("OPTIONS", "/logins/7/wait", &[("origin", SHOP)]).await;
    assert!(
        status == 405 && !headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS),
        "no preflight"
    );
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_not_merely_left_unread() {
    for origin in FOREIGN {
        for path in ["/logins/7/wait", "/own"] {
            let (status, headers, body) = ask("POST", path, &[("origin", origin)]).await;
            assert_eq!(status, 403, "{origin} {path}");
            assert!(body.contains("origin_not_allowed"), "{origin} {path}");
            assert!(!says_anything(&headers), "{origin} {path}");
        }
    }
    for twice in [[SHOP, SHOP], [OWN, OWN], [OWN, SHOP]] {
        let fields = twice.map(|origin| ("origin", origin));
        assert_eq!(
            ask("POST", "/logins/7/wait", &fields).await.0,
            403,
            "{twice:?}"
        );
    }
}

#[tokio::test]
async fn our_own_pages_and_programs_go_everywhere() {
    for fields in [&[][..], &[("origin", OWN)]] {
        for path in ["/logins/7/wait", "/own"] {
            assert_eq!(ask("POST", path, fields).await.0, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_shared_is_closed_to_registered_origins_too() {
    let (status, headers, _) = ask("POST", "/own", &[("origin", SHOP)]).await;
    assert!(status == 403 && !says_anything(&headers));
    let (status, headers, body) = ask("GET", "/own", &[("origin", SHOP)]).await;
    assert_eq!((status, &*body), (200, "seen"), "to look changes nothing");
    assert!(!says_anything(&headers), "and nobody's page reads it");
}

#[tokio::test]
async fn what_is_everybodys_is_read_by_everybody() {
    for fields in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let (status, headers, body) = ask("GET", "/jwks", fields).await;
        assert_eq!((status, &*body), (200, "keys"));
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    }
}

#[tokio::test]
async fn a_method_that_does_not_exist_is_none_whoever_asks() {
    for (origin, expected) in [(SHOP, 403), (OWN, 405)] {
        assert_eq!(ask("PUT", "/own", &[("origin", origin)]).await.0, expected);
    }
    let (status, headers, _) = ask("PUT", "/own", &[]).await;
    assert!(status == 405 && headers.contains_key("allow"));
}
