use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt;

use super::*;

fn pages() -> Pages {
    Pages {
        issuer: Issuer::parse("https://login.example").unwrap(),
        registration_open: true,
    }
}

async fn ask(method: &str, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    let (head, body) = router(pages()).oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap();
    (
        head.status,
        head.headers,
        String::from_utf8_lossy(&body).into_owned(),
    )
}

fn from_site(site: &'static str) -> &'static str {
    opened_by(&HeaderMap::from_iter([(
        HeaderName::from_static("sec-fetch-site"),
        HeaderValue::from_static(site),
    )]))
}

#[tokio::test]
async fn all_pages_are_html_with_their_policies_and_no_redirect() {
    for (path, wasm, camera) in [
        ("/", false, "camera=()"),
        ("/q", true, "camera=(self)"),
        ("/q/", true, "camera=(self)"),
        ("/account/", false, "camera=()"),
        ("/account", false, "camera=()"),
        ("/welcome", false, "camera=()"),
        ("/recover", false, "camera=()"),
        ("/undo", false, "camera=()"),
        ("/undo/", false, "camera=()"),
        ("/offline", false, "camera=()"),
    ] {
        let (status, headers, body) = ask("GET", path).await;
        let expected = if Dist::get("index.html").is_some() {
            200
        } else {
            503
        };
        assert_eq!(status, expected, "{path}");
        assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(!headers.contains_key("location") && !headers.contains_key("set-cookie"));
        let csp = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert_eq!(csp.contains("wasm-unsafe-eval"), wasm, "{path}");
        assert!(
            !csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'") && !csp.contains('*'),
            "{csp}"
        );
        assert!(
            headers["permissions-policy"]
                .to_str()
                .unwrap()
                .contains(camera)
        );
        assert!(!body.is_empty() && !body.contains("{{"), "{path}");
    }
}

#[test]
fn a_value_is_escaped_where_it_is_filled_in() {
    let source =
        r#"<meta name="countersign-opened-by" content="{{ opened_by }}">{{ registration }}"#;
    let html = Environment::new().render_named_str(
        "q.html",
        source,
        context! { opened_by => "\"><script>", registration => "open" },
    );
    let html = html.unwrap();
    assert!(
        !html.contains("<script>") && html.ends_with("open"),
        "{html}"
    );
}

#[test]
fn passkeys_are_for_hosts_with_a_name() {
    for issuer in ["https://login.example", "http://localhost:8080"] {
        assert!(can_have_passkeys(issuer), "{issuer}");
    }
    for issuer in ["https://192.0.2.7:8443", "https://[2001:db8::7]"] {
        assert!(!can_have_passkeys(issuer), "{issuer}");
    }
}

#[tokio::test]
async fn head_gives_the_same_headers_without_a_body() {
    for path in ["/", "/q", "/account", "/offline"] {
        let (get, mut get_headers, body) = ask("GET", path).await;
        let (head, head_headers, nothing) = ask("HEAD", path).await;
        assert_eq!((get, nothing.as_str()), (head, ""));
        get_headers.insert("content-length", HeaderValue::from(body.len()));
        assert_eq!(get_headers, head_headers);
    }
}

#[tokio::test]
async fn there_is_no_listing_no_template_and_no_way_out() {
    for path in [
        "/assets",
        "/assets/",
        "/assets/.",
        "/assets/..",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets/..%5cindex.html",
        "/assets//etc/passwd",
        "/index.html",
        "/q.html",
        "/account.html",
        "/welcome.html",
        "/offline.html",
        "/assets/%00",
        "/assets/nothing.js",
    ] {
        assert_eq!(ask("GET", path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn every_built_file_comes_with_its_type_and_may_be_kept_for_ever() {
    for name in Dist::iter().filter(|name| name.starts_with("assets/")) {
        let (status, headers, _) = ask("GET", &format!("/{name}")).await;
        assert_eq!(status, 200, "{name}");
        assert_ne!(headers[CONTENT_TYPE], "application/octet-stream", "{name}");
        assert!(
            headers[CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
    }
    assert_eq!(content_type("assets/zxing-1a2b.wasm"), "application/wasm");
    assert_eq!(
        content_type("assets/main-1a2b.js"),
        "text/javascript; charset=utf-8"
    );
}

#[tokio::test]
async fn what_an_installed_page_is_made_of_is_always_asked_for_anew() {
    for (name, kind) in [
        ("sw.js", "text/javascript; charset=utf-8"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icon-512.png", "image/png"),
    ] {
        let (status, headers, _) = ask("GET", &format!("/{name}")).await;
        if Dist::get(name).is_none() {
            assert_eq!(status, 404, "{name}");
            continue;
        }
        assert_eq!(status, 200, "{name}");
        assert_eq!(headers[CONTENT_TYPE], kind);
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        // Without it a service worker could not even fetch the page that it keeps.
        let policy = headers.get(CONTENT_SECURITY_POLICY);
        assert_eq!(policy.is_some(), name == "sw.js");
    }
}

#[test]
fn another_sites_link_is_told_from_ones_own() {
    assert_eq!(opened_by(&HeaderMap::new()), "link");
    for site in ["none", "same-origin"] {
        assert_eq!(from_site(site), "link");
    }
    for site in ["cross-site", "same-site", "", "None", "something-new"] {
        assert_eq!(from_site(site), "cross-site-link");
    }
}
