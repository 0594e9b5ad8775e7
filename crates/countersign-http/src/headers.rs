//! The headers that every answer carries, errors included.
//!
//! Owns what browsers may do with an answer. Pages bring their own `Content-Security-Policy`, `Permissions-Policy`
//! and `Cache-Control`; everything else gets the strictest.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::issuer::Issuer;

/// Browser features that nothing here uses, switched off. Only the scanner's page has the camera.
pub(crate) const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), \
     usb=(), serial=(), midi=(), browsing-topics=()";

/// For answers that are no pages: a browser that shows one as a document runs and loads nothing.
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

/// Set whatever a handler says.
const ALWAYS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Set unless a handler says otherwise.
const DEFAULTS: [(HeaderName, &str); 3] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, API_CSP),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// Two years, the least that browsers' preload lists accept is one.
const HSTS: &str = "max-age=63072000";

/// Which of the headers depend on how this server is reached.
#[derive(Debug, Clone, Copy)]
pub struct HeaderPolicy {
    hsts: bool,
}

impl HeaderPolicy {
    /// The policy for a server at this address.
    pub fn of(issuer: &Issuer) -> Self {
        Self {
            hsts: issuer.is_https(),
        }
    }

    fn apply(self, headers: &mut HeaderMap) {
        for (name, value) in ALWAYS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in DEFAULTS {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        }
        if self.hsts {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        }
    }
}

/// The layer: for `axum::middleware::from_fn_with_state`, outside of everything that can answer.
pub async fn secure_headers(
    State(policy): State<HeaderPolicy>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    policy.apply(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(issuer: &str, mut headers: HeaderMap) -> HeaderMap {
        HeaderPolicy::of(&Issuer::parse(issuer).unwrap()).apply(&mut headers);
        headers
    }

    #[test]
    fn an_answer_without_headers_gets_them_all() {
        let headers = applied("https://login.example", HeaderMap::new());
        for (name, value) in ALWAYS.iter().chain(&DEFAULTS) {
            assert_eq!(headers[name], *value);
        }
        assert_eq!(headers[STRICT_TRANSPORT_SECURITY], HSTS);
    }

    #[test]
    fn https_is_demanded_only_where_there_is_some() {
        assert!(
            !applied("http://localhost:8080", HeaderMap::new())
                .contains_key(STRICT_TRANSPORT_SECURITY)
        );
    }

    #[test]
    fn a_page_keeps_its_own_policy_and_gets_the_rest() {
        let own = HeaderMap::from_iter([
            (
                CONTENT_SECURITY_POLICY,
                HeaderValue::from_static("default-src 'self'"),
            ),
            (X_FRAME_OPTIONS, HeaderValue::from_static("ALLOWALL")),
        ]);
        let headers = applied("https://login.example", own);
        assert_eq!(headers[CONTENT_SECURITY_POLICY], "default-src 'self'");
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
        assert_eq!(headers[CACHE_CONTROL], "no-store");
    }
}
