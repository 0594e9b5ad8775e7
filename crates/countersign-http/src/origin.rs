//! Which sites' pages may talk to this server: the origins that are registered with a client, on the routes of
//! desktops, and nobody else.
//!
//! Owns CORS (WHATWG Fetch §3.3) and the refusal of foreign `Origin` headers. Credentials are never allowed: cookies
//! belong to our own pages. What a page may read is one thing; whether its request does anything is decided on the
//! server alone, so a request from an origin that is not the client's own is refused, not merely left unread.
//!
//! Origins are compared byte by byte with what is registered. Browsers send them in one form only, so `null`, another
//! port, upper case or a slash at the end are another origin.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_core::client::Client;
use countersign_core::ids::ClientId;

use crate::app::App;
use crate::oauth_error::{OAuthCode, OAuthError, by_family};
use crate::problem::{Code, Problem};

/// What pages may send; `Content-Type` because JSON needs leave.
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, dpop, device-id, accept, prefer, last-event-id",
);
/// What pages may read beside the body: the nonce to repeat, when to repeat, how often still, and why not.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "DPoP-Nonce, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate",
);
/// Seconds for which a browser may remember the answer to a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const ANYBODY: HeaderValue = HeaderValue::from_static("*");

/// Whose pages may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Those of registered clients; the handler makes sure that it is *this* login's or grant's client.
    Clients,
    /// Everybody's: it says the same to all.
    Everybody,
}

/// A route that other sites' pages may use: its path as in the router, its method, and whose pages.
pub(crate) type Shared = (&'static str, Method, Sharing);

/// The layers' state.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    /// The server's own origin.
    own: String,
    /// Those of all clients.
    registered: Arc<HashSet<String>>,
    shared: &'static [Shared],
}

impl Origins {
    pub(crate) fn new<'a>(
        issuer: &str,
        clients: impl IntoIterator<Item = &'a Arc<Client>>,
        shared: &'static [Shared],
    ) -> Self {
        let clients = clients.into_iter();
        let registered = clients.flat_map(|client| client.origins.iter().cloned());
        Self {
            own: issuer.to_owned(),
            registered: Arc::new(registered.collect()),
            shared,
        }
    }

    /// How the route of `request` is shared for `method`; `None` for our own pages alone.
    fn sharing(&self, request: &Request, method: &Method) -> Option<Sharing> {
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        let found = self
            .shared
            .iter()
            .find(|(shared, with, _)| *shared == path && with == method);
        found.map(|(_, _, sharing)| *sharing)
    }

    /// What to say of an answer's readers, if anything.
    fn reader(&self, sharing: Sharing, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match sharing {
            Sharing::Everybody => Some(ANYBODY),
            Sharing::Clients => origin
                .filter(|origin| {
                    origin
                        .to_str()
                        .is_ok_and(|origin| self.registered.contains(origin))
                })
                .cloned(),
        }
    }
}

/// The outer layer: answers preflights, and says on shared routes whose pages may read the answer.
pub(crate) async fn share(
    State(origins): State<Origins>,
    request: Request,
    next: Next,
) -> Response {
    let preflight = asked_method(&request);
    let method = preflight
        .clone()
        .unwrap_or_else(|| request.method().clone());
    let Some(sharing) = origins.sharing(&request, &method) else {
        return next.run(request).await;
    };
    let reader = origins.reader(sharing, request.headers().get(ORIGIN));
    let mut response = match (&preflight, &reader) {
        (Some(_), Some(_)) => StatusCode::NO_CONTENT.into_response(),
        // A preflight of nobody's is no different from any other OPTIONS.
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(reader) = reader {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader);
        if preflight.is_some() {
            allow(headers, &method);
        } else {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
    }
    response
}

/// The inner layer, around all routes: another site's request does nothing, shared routes aside.
pub(crate) async fn refuse(
    State(origins): State<Origins>,
    request: Request,
    next: Next,
) -> Response {
    let origin = match sent(request.headers()) {
        Ok(origin) => origin,
        Err(foreign) => return by_family(request.uri().path(), foreign),
    };
    let Some(origin) = origin.filter(|origin| *origin != origins.own) else {
        return next.run(request).await;
    };
    let allowed = match origins.sharing(&request, request.method()) {
        Some(Sharing::Everybody) => true,
        Some(Sharing::Clients) => origins.registered.contains(origin),
        // Looking changes nothing, and the looker's page can't read the answer.
        None => request.method().is_safe(),
    };
    if allowed {
        next.run(request).await
    } else {
        by_family(request.uri().path(), Foreign)
    }
}

/// A refusal because of an `Origin` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign;

impl From<Foreign> for Problem {
    fn from(Foreign: Foreign) -> Self {
        Self::new(Code::OriginNotAllowed)
    }
}

impl From<Foreign> for OAuthError {
    fn from(Foreign: Foreign) -> Self {
        Self::new(OAuthCode::OriginNotAllowed)
    }
}

/// The one `Origin` header, if there is one. Two, or one that is no text, are nobody's.
pub(crate) fn sent(headers: &HeaderMap) -> Result<Option<&str>, Foreign> {
    let mut fields = headers.get_all(ORIGIN).iter();
    let Some(first) = fields.next() else {
        return Ok(None);
    };
    match (first.to_str(), fields.next()) {
        (Ok(origin), None) => Ok(Some(origin)),
        _ => Err(Foreign),
    }
}

/// Whether a request with this `Origin` may concern what is `client`'s: a page's origin must be registered with it. A
/// request without one is no page's.
pub(crate) fn speaks_for(
    app: &App,
    client: &ClientId,
    origin: Option<&str>,
) -> Result<(), Foreign> {
    let Some(origin) = origin else {
        return Ok(());
    };
    let client = app.service.clients.get(client);
    if client.is_some_and(|client| client.allows_origin(Some(origin))) {
        Ok(())
    } else {
        Err(Foreign)
    }
}

/// The method that a preflight asks about (WHATWG Fetch §3.3.2); `None` when this is none.
fn asked_method(request: &Request) -> Option<Method> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS || !headers.contains_key(ORIGIN) {
        return None;
    }
    let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    Method::from_bytes(asked.as_bytes()).ok()
}

fn allow(headers: &mut HeaderMap, method: &Method) {
    if let Ok(method) = HeaderValue::from_str(method.as_str()) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
}

#[cfg(test)]
mod tests;
