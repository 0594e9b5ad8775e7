//! The page from which people install a local authority. Over plain http, since without that authority there is no
//! https that they could trust: so it serves this one page and the certificate, and nothing that is secret.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

use crate::lan::fingerprint;

const PAGE: &str = include_str!("authority/page.html");
const STYLE: &str = include_str!("authority/page.css");

/// The page at `/` and the certificate at `/countersign-ca.crt`.
pub(crate) fn routes(certificate: &CertificateDer<'static>, issuer: &str) -> Router {
    // An issuer is scheme, host and port: nothing in it means anything in HTML.
    let page = PAGE
        .replace("STYLE", STYLE)
        .replace("ISSUER", issuer)
        .replace("FINGERPRINT", &fingerprint(certificate))
        .replace("NAME", "Countersign local authority");
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    );
    let file = certificate.to_vec();
    Router::new()
        .route(
            "/",
            get(move || async move { answer("text/html; charset=utf-8", &policy, page) }),
        )
        .route(
            "/countersign-ca.crt",
            // The type that makes phones offer to install it.
            get(
                move || async move { answer("application/x-x509-ca-cert", "default-src 'none'", file) },
            ),
        )
}

fn answer(kind: &'static str, policy: &str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
