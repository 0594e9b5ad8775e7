//! Every URL, in one place.

mod login_wait;
mod logins;
mod me;
mod scan_wait;
mod scans;
mod sessions;
mod token;
mod waiting;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

use crate::app::App;
use crate::guards::{bounded, edge, finished, received};
use crate::headers::HeaderPolicy;
use crate::limits::{LONG_POLL_TIMEOUT, REQUEST_TIMEOUT};
use crate::pages::{self, Pages};

/// All routes, with the layers around them.
pub fn router(app: &Arc<App>) -> Router {
    let issuer = app.authenticator.issuer().clone();
    let policy = HeaderPolicy::of(&issuer);
    let pages = pages::router(Pages {
        issuer,
        demo: app.demo,
    });
    let quick = Router::new()
        .route("/v1/logins", post(logins::create))
        .route("/v1/logins/{login_id}/check", post(logins::check))
        .route("/v1/logins/{login_id}/cancel", post(logins::cancel))
        .route("/v1/holds", post(scans::hold))
        .route("/v1/scans", post(scans::scan))
        .route("/v1/scans/confirm", post(scans::confirm))
        .route("/v1/scans/deny", post(scans::deny))
        .route("/v1/sessions", post(sessions::open))
        .route("/v1/sessions/current", delete(sessions::close))
        .route("/v1/me", get(me::me))
        .route("/v1/devices", get(me::devices))
        .route("/oauth/token", post(token::token))
        .route("/oauth/jwks", get(token::jwks))
        .with_state(Arc::clone(app));
    let waits = Router::new()
        .route("/v1/logins/{login_id}/wait", post(login_wait::wait))
        .route("/v1/scans/wait", post(scan_wait::wait))
        .with_state(Arc::clone(app));
    let quick = bounded(quick.merge(pages), REQUEST_TIMEOUT, app.requests.clone());
    // A waiting route takes a place of its own, and ends with its caller.
    let waits = bounded(waits, LONG_POLL_TIMEOUT, app.waits.clone());
    let routes =
        received(finished(quick).merge(waits), app.bodies.clone()).route("/healthz", get(healthz));
    edge(routes, policy)
}

async fn healthz() -> axum::Json<Value> {
    axum::Json(json!({ "status": "ok" }))
}
