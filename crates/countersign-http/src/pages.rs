//! The server's own pages: the sign-in page at `/`, the phone's page at `/q`, the account's page at `/account`, the
//! ways in and back at `/welcome`, `/recover` and `/undo`, the HTTP interface's at `/docs`, the page that is shown
//! without a network, and what they load.
//!
//! They are built by `make` into `web/dist` and embedded here. A build without them serves one page that says so.
//! Nothing here changes anything, and nothing here is a redirect: the fragment of a link must stay where it is.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use minijinja::{Environment, context};
use rust_embed::RustEmbed;
use url::{Host, Url};

use crate::headers::PERMISSIONS;
use crate::issuer::Issuer;
use crate::problem::{Code, Problem};

mod missing;
pub(crate) use missing::nothing;

/// What `make` built. Looked up by exact name, so there is no path to climb out of.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Only our own files, no inline code, no frames, no plugins, no form that leaves.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The scanner's page compiles WebAssembly.
const SCANNER_CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; \
     worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Shown when the pages were not built.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Countersign</title>\n\
     <h1>The pages are missing</h1>\n<p>This program was built without them. Run <code>npm ci</code> and <code>npm run build</code> in its repository, \
     then start it again.</p>\n</html>\n";

/// Files whose names can't carry a digest: what an installed page is made of is looked for under the same name for
/// ever, and a service worker reaches no further than its own folder.
const ROOT_FILES: [&str; 5] = [
    "apple-touch-icon.png",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
    "manifest.webmanifest",
];

/// A service worker has a policy of its own: it fetches the page that it keeps.
const WORKER_CSP: &str = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/// What the pages are told about their server.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The server's address.
    pub issuer: Issuer,
    /// Whether people may make themselves an account.
    pub registration_open: bool,
}

/// The routes of the pages.
pub fn router(pages: Pages) -> Router {
    let mut routes = Router::new()
        .route("/", get(sign_in_page))
        .route("/q", get(phone_page))
        .route("/account", get(account_page))
        .route("/welcome", get(welcome_page))
        .route("/recover", get(recover_page))
        .route("/undo", get(undo_page))
        // A slash at the end is a slip, and gets the same page. No redirect: what follows the `#` of a link is
        // its secret, which a browser would carry along to wherever a redirect points.
        .route("/q/", get(phone_page))
        .route("/account/", get(account_page))
        .route("/welcome/", get(welcome_page))
        .route("/recover/", get(recover_page))
        .route("/undo/", get(undo_page))
        .route("/docs", get(docs_page))
        .route("/docs/", get(docs_page))
        .route("/offline", get(offline_page))
        .route("/sw.js", get(service_worker))
        .route("/assets/{*path}", get(asset));
    for name in ROOT_FILES {
        routes = routes.route(
            &format!("/{name}"),
            get(move || async move { file(name, "no-cache") }),
        );
    }
    routes.with_state(Arc::new(pages))
}

async fn sign_in_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("index.html", &pages, "", (CSP, PERMISSIONS))
}

async fn phone_page(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permissions = PERMISSIONS.replacen("camera=()", "camera=(self)", 1);
    page(
        "q.html",
        &pages,
        opened_by(&headers),
        (SCANNER_CSP, &permissions),
    )
}

async fn account_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("account.html", &pages, "", (CSP, PERMISSIONS))
}

/// Where an invitation leads; it is in the fragment, and this page only reads it when its person asks for that.
async fn welcome_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("welcome.html", &pages, "", (CSP, PERMISSIONS))
}

/// The way back in with a recovery code.
async fn recover_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("recover.html", &pages, "", (CSP, PERMISSIONS))
}

/// Where the link of a notice leads; like an invitation it is in the fragment, and looking at it undoes nothing.
async fn undo_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("undo.html", &pages, "", (CSP, PERMISSIONS))
}

/// The HTTP interface, as `/openapi.json` describes it.
async fn docs_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("docs.html", &pages, "", (CSP, PERMISSIONS))
}

/// What the service worker keeps, for when there is no network.
async fn offline_page(State(pages): State<Arc<Pages>>) -> Result<Response, Problem> {
    page("offline.html", &pages, "", (CSP, PERMISSIONS))
}

async fn service_worker() -> Result<Response, Problem> {
    let mut answer = file("sw.js", "no-cache")?;
    let policy = HeaderValue::from_static(WORKER_CSP);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// Files under `/assets/` carry a digest of their content in their name, so a name's content never changes.
async fn asset(path: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
    let Path(path) = path.map_err(|_| Problem::new(Code::NotFound))?;
    file(
        &format!("assets/{path}"),
        "public, max-age=31536000, immutable",
    )
}

/// How a person came to `/q`, as far as their browser says (Fetch Metadata §2.1): `link` from a camera, a bookmark, the
/// address bar or our own pages; `cross-site-link` from anybody else's page. It can only raise the approval level.
fn opened_by(headers: &HeaderMap) -> &'static str {
    let mut fields = headers
        .get_all("sec-fetch-site")
        .iter()
        .map(HeaderValue::as_bytes);
    match (fields.next(), fields.next()) {
        (None | Some(b"none" | b"same-origin"), None) => "link",
        _ => "cross-site-link",
    }
}

/// Passkeys belong to a host's name (WebAuthn §5.1.2): at an address that is a number there are none.
fn can_have_passkeys(issuer: &str) -> bool {
    Url::parse(issuer).is_ok_and(|url| matches!(url.host(), Some(Host::Domain(_))))
}

/// Fills a page in and sends it with its own two policies.
fn page(
    name: &str,
    pages: &Pages,
    opened_by: &str,
    policies: (&str, &str),
) -> Result<Response, Problem> {
    let (status, html) = match Dist::get(name) {
        Some(file) => {
            let source = String::from_utf8_lossy(&file.data);
            let registration = if pages.registration_open {
                "open"
            } else {
                "closed"
            };
            let issuer = pages.issuer.as_str();
            let passkeys = if can_have_passkeys(issuer) {
                "on"
            } else {
                "off"
            };
            let values = context! { issuer, registration, opened_by, passkeys };
            // The name's ending makes minijinja escape what it fills in.
            (
                StatusCode::OK,
                Environment::new()
                    .render_named_str(name, &source, values)
                    .map_err(Problem::internal)?,
            )
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT.to_owned()),
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policies.0),
        (HeaderName::from_static("permissions-policy"), policies.1),
    ];
    Ok((status, headers, html).into_response())
}

/// Sends an embedded file.
fn file(name: &str, cache: &'static str) -> Result<Response, Problem> {
    // The templates are no files of their own: they are served filled in, or not at all.
    let file = Dist::get(name)
        .filter(|_| !is_page(name))
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    let headers = [(CONTENT_TYPE, content_type(name)), (CACHE_CONTROL, cache)];
    // However many people load one slowly, its bytes are there once.
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Ok((headers, bytes).into_response())
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn is_page(name: &str) -> bool {
    ending(name) == "html"
}

/// The types of what a build can hold; `nosniff` makes browsers insist on them.
fn content_type(name: &str) -> &'static str {
    match ending(name) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
