//! What is answered where nothing is: a page for people, the usual problem for programs.

use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use minijinja::{Environment, context};

use super::{CSP, Dist};
use crate::problem::{Code, Problem};

const PAGE: &str = include_str!("missing.html");

/// Below these, callers are programs whatever their `Accept` says.
const FOR_PROGRAMS: [&str; 4] = ["/v1/", "/oauth/", "/.well-known/", "/assets/"];

/// The answer to a request for a URL that does not exist.
pub(crate) async fn nothing(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let looks = method == Method::GET || method == Method::HEAD;
    let programs = FOR_PROGRAMS.iter().any(|path| uri.path().starts_with(path));
    let mut response = if looks && !programs && reads_html(&headers) {
        page()
    } else {
        Problem::new(Code::NotFound).into_response()
    };
    if !programs {
        response
            .headers_mut()
            .append(VARY, axum::http::HeaderValue::from_static("accept"));
    }
    response
}

/// A browser names the type that it shows people; programs send `*/*` or what they expect.
fn reads_html(headers: &HeaderMap) -> bool {
    let mut fields = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|field| field.to_str().ok());
    fields.any(|field| {
        field
            .split(',')
            .any(|kind| essence(kind).eq_ignore_ascii_case("text/html"))
    })
}

fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

fn page() -> Response {
    let built = Dist::get("offline.html")
        .map(|file| file.data)
        .unwrap_or_default();
    let built = String::from_utf8_lossy(&built);
    let values = context! { styles => styles(&built) };
    let html = Environment::new().render_named_str("missing.html", PAGE, values);
    match html {
        Ok(html) => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CONTENT_SECURITY_POLICY, CSP),
            ];
            (StatusCode::NOT_FOUND, headers, html).into_response()
        }
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// The stylesheets that a built page names: their names carry a digest, and only the build knows it.
fn styles(html: &str) -> Vec<String> {
    html.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with("/assets/") && super::ending(path) == "css")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn ask(method: Method, path: &str, accept: &str) -> (StatusCode, String, String) {
        let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
        let response = nothing(method, path.parse().unwrap(), headers).await;
        let kind = response.headers()[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .to_owned();
        let status = response.status();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    #[tokio::test]
    async fn a_person_gets_a_page_that_leads_on() {
        for path in ["/nothing", "//", "/qq", "/account/x", "/index.html"] {
            let (status, kind, html) = ask(Method::GET, path, BROWSER).await;
            assert_eq!(
                (status.as_u16(), &*kind),
                (404, "text/html; charset=utf-8"),
                "{path}"
            );
            assert!(html.contains(r#"href="/""#) && !html.contains("{{") && !html.contains("{%"));
            assert!(
                !html.contains("style=") && !html.contains("<script"),
                "the policy forbids both"
            );
        }
    }

    #[tokio::test]
    async fn what_was_asked_for_is_not_repeated() {
        let (_, _, html) = ask(
            Method::GET,
            "/%3Cscript%3Ealert(1)%3C/script%3E?x=secret",
            BROWSER,
        )
        .await;
        assert!(!html.contains("script") && !html.contains("secret"));
    }

    #[tokio::test]
    async fn a_program_gets_the_problem() {
        for (method, path, accept) in [
            (Method::GET, "/nothing", "*/*"),
            (Method::GET, "/nothing", "application/json"),
            (Method::POST, "/nothing", BROWSER),
            (Method::GET, "/v1/nothing", BROWSER),
            (Method::GET, "/oauth/nothing", BROWSER),
            (Method::GET, "/.well-known/nothing", BROWSER),
            (Method::GET, "/assets/nothing.css", BROWSER),
        ] {
            let (status, kind, _) = ask(method, path, accept).await;
            assert_eq!(
                (status.as_u16(), &*kind),
                (404, "application/problem+json"),
                "{path}"
            );
        }
    }

    #[test]
    fn the_page_looks_like_the_built_ones() {
        let html = r#"<link rel="icon" href="/assets/i.svg"><link rel="stylesheet" crossorigin href="/assets/a-1.css">
            <link href="https://evil.example/b.css"><link href="/assets/c-2.css">"#;
        assert_eq!(styles(html), ["/assets/a-1.css", "/assets/c-2.css"]);
        if let Some(built) = Dist::get("offline.html") {
            let built = String::from_utf8(built.data.into_owned()).unwrap();
            let named = styles(&built);
            assert!(!named.is_empty());
            assert!(
                named.iter().all(|path| Dist::get(&path[1..]).is_some()),
                "{named:?}"
            );
        }
    }
}
