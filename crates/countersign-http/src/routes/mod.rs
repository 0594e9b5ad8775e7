//! Every URL, in one place.

mod account;
mod activity;
mod devices;
mod invitations;
mod login_session;
mod login_wait;
mod logins;
mod me;
mod newcomers;
mod passkeys;
pub(crate) mod ready;
mod recovery;
mod revocations;
mod scan_wait;
mod scans;
mod sessions;
mod token;
mod undo;
mod waiting;

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post, put};

use crate::app::App;
use crate::guards::{bounded, complete, edge, finished, received};
use crate::headers::HeaderPolicy;
use crate::limits::{LONG_POLL_TIMEOUT, REQUEST_TIMEOUT};
use crate::openapi;
use crate::origin::{self, Origins, Shared, Sharing};
use crate::pages::{self, Pages};
use crate::rate;

/// The routes that pages of other sites may use, and whose. All others are for our own pages and for programs.
pub(crate) const SHARED: [Shared; 9] = [
    ("/v1/logins", Method::POST, Sharing::Clients),
    ("/v1/logins/{login_id}/wait", Method::POST, Sharing::Clients),
    (
        "/v1/logins/{login_id}/check",
        Method::POST,
        Sharing::Clients,
    ),
    (
        "/v1/logins/{login_id}/cancel",
        Method::POST,
        Sharing::Clients,
    ),
    ("/oauth/token", Method::POST, Sharing::Clients),
    ("/v1/me", Method::GET, Sharing::Clients),
    ("/v1/sessions/current", Method::DELETE, Sharing::Clients),
    ("/oauth/jwks", Method::GET, Sharing::Everybody),
    ("/openapi.json", Method::GET, Sharing::Everybody),
];

/// All routes, with the layers around them.
pub fn router(app: &Arc<App>) -> Router {
    let issuer = app.authenticator.issuer().clone();
    let policy = HeaderPolicy::of(&issuer);
    let pages = pages::router(Pages {
        issuer,
        registration_open: app.service.may_register().is_ok(),
    });
    let quick = Router::new()
        .route("/v1/logins", post(logins::create))
        .route("/v1/logins/{login_id}/check", post(logins::check))
        .route("/v1/logins/{login_id}/cancel", post(logins::cancel))
        .route(
            "/v1/logins/{login_id}/session",
            post(login_session::collect),
        )
        .route("/v1/holds", post(scans::hold))
        .route("/v1/scans", post(scans::scan))
        .route("/v1/scans/confirm", post(scans::confirm))
        .route("/v1/scans/deny", post(scans::deny))
        .route("/v1/sessions", post(sessions::open))
        .route("/v1/sessions/current", delete(sessions::close))
        .route("/v1/sessions/current/verify", post(sessions::verify))
        .route("/v1/me", get(me::me))
        .route("/oauth/token", post(token::token))
        .route("/oauth/jwks", get(token::jwks))
        .route("/openapi.json", get(openapi::serve))
        .merge(accounts())
        .merge(ways_back())
        .with_state(Arc::clone(app));
    let waits = Router::new()
        .route("/v1/logins/{login_id}/wait", post(login_wait::wait))
        .route("/v1/scans/wait", post(scan_wait::wait))
        .route("/v1/activity", get(activity::activity))
        .with_state(Arc::clone(app));
    let watched = Router::new()
        .route("/healthz", get(ready::healthz))
        .route("/readyz", get(ready::readyz))
        .with_state(Arc::clone(app));
    let quick = quick.merge(operators(app));
    let quick = bounded(quick.merge(pages), REQUEST_TIMEOUT, app.requests.clone());
    // A waiting route takes a place of its own, and ends with its caller.
    let waits = bounded(waits, LONG_POLL_TIMEOUT, app.waits.clone());
    let clients = app.service.clients.values();
    let origins = Origins::new(&app.service.issuer, clients, &SHARED);
    let routes = received(finished(quick).merge(waits), app.bodies.clone())
        .route_layer(from_fn_with_state(origins.clone(), origin::refuse))
        .merge(watched);
    let routes = complete(routes, pages::nothing)
        .layer(from_fn_with_state(Arc::clone(app), rate::admit))
        .layer(from_fn_with_state(origins, origin::share));
    edge(routes, policy)
}

/// The operator's routes, where there is a token for them.
fn operators(app: &Arc<App>) -> Router {
    if app.operator.is_none() {
        return Router::new();
    }
    Router::new()
        .route("/admin/v1/revocations", post(revocations::any))
        .with_state(Arc::clone(app))
}

/// What people do with their accounts and devices.
fn accounts() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/devices", get(devices::list))
        .route(
            "/v1/devices/{id}",
            patch(devices::rename).delete(devices::sign_out),
        )
        .route(
            "/v1/devices/sign-out-others",
            post(devices::sign_out_others),
        )
        .route("/v1/devices/{id}/lost", post(devices::lost))
        .route("/v1/grants/{id}/undo", post(devices::undo))
        .route("/v1/grants/{id}/allow", post(devices::allow))
        .route("/v1/password", put(account::change_password))
        .route("/v1/account/lock", post(account::lock))
        .route("/v1/accounts", post(account::register))
}

/// Passkeys, and the ways in and back that are no sign-in of every day.
fn ways_back() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/passkeys", get(passkeys::list).post(passkeys::add))
        .route("/v1/passkeys/options", post(passkeys::options))
        .route(
            "/v1/passkeys/{id}",
            patch(passkeys::rename).delete(passkeys::remove),
        )
        .route("/v1/invitations/look", post(invitations::look))
        .route("/v1/invitations/accept", post(invitations::accept))
        .route("/v1/recovery", get(recovery::left).post(recovery::recover))
        .route("/v1/recovery/codes", post(recovery::make))
        .route("/v1/undo", post(undo::undo))
        .route("/v1/revocations", post(revocations::own))
}
