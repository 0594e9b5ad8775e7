//! The layer that counts every request of an address, and tells callers of the interface what they have left.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::{Caller, Ledger};
use crate::app::App;
use crate::oauth_error::by_family;

/// What watches over this server asks these, and must hear how it is and not how often it asked.
const WATCHED: [&str; 2] = ["/healthz", "/readyz"];

/// Where answers say what is left of a limit. Pages and their files, which browsers keep, do so only when refused.
const TOLD: [&str; 2] = ["/v1/", "/oauth/"];

/// Lets a request in if its address has not sent too many; the refusal is in the words of the route's family.
pub(crate) async fn admit(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if WATCHED.contains(&path) {
        return next.run(request).await;
    }
    let told = TOLD.iter().any(|prefix| path.starts_with(prefix));
    let ledger = Ledger::default();
    request.extensions_mut().insert(ledger.clone());
    let caller = Caller::of(&app, request.extensions(), request.headers());
    let mut response = match app.rates.request(&caller) {
        Err(too_often) => by_family(request.uri().path(), too_often),
        Ok(()) => next.run(request).await,
    };
    if told || response.status() == StatusCode::TOO_MANY_REQUESTS {
        ledger.write(response.headers_mut());
    }
    response
}
