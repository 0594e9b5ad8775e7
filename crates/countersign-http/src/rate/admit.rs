//! The layer that counts every request of an address.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::Caller;
use crate::app::App;
use crate::oauth_error::by_family;

/// What watches over this server asks these, and must hear how it is and not how often it asked.
const WATCHED: [&str; 2] = ["/healthz", "/readyz"];

/// Lets a request in if its address has not sent too many; the refusal is in the words of the route's family.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let caller = Caller::of(&app, request.extensions(), request.headers());
    match app.rates.request(caller) {
        Err(too_often) if !WATCHED.contains(&path) => by_family(path, too_often),
        _ => next.run(request).await,
    }
}
