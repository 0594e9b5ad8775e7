//! Who calls: extractors for the caller's address, key, session and browser.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method};
use countersign_core::client::Binding;
use countersign_core::grant::Role;
use countersign_core::ids::{GrantId, Thumbprint};
use countersign_core::ports::Holder;
use countersign_core::refresh::SessionCookie;

use crate::app::App;
use crate::authenticate::{Authenticated, device_id};
use crate::cookies;
use crate::dpop::Target;
use crate::origin;
use crate::problem::{Code, Problem};
use crate::rate::{Caller, Ledger};

/// The address that the request came from; `None` when nobody we trust knows (see [`crate::address`]).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address(pub(crate) Option<IpAddr>);

/// The key that the request proves, without a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proved(pub(crate) Thumbprint);

/// The key that a desktop acts with, proved or by what its device id says, and which of the two it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeskKey(pub(crate) Binding, pub(crate) Thumbprint);

/// A signed-in device of any role and client, alive, by token and key or by the session cookie of our own pages:
/// for what concerns its own grant alone.
#[derive(Clone, Debug)]
pub(crate) struct SignedInDevice(pub(crate) Holder);

/// A phone that is signed in, also one that may not approve yet.
#[derive(Clone, Debug)]
pub(crate) struct AnyPhone(pub(crate) Holder);

/// A signed-in device that may approve.
#[derive(Clone, Debug)]
pub(crate) struct Phone(pub(crate) Holder);

/// What the caller's browser says of itself and of the page that asks.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) origin: Option<String>,
    pub(crate) agent: Option<String>,
}

impl FromRequestParts<Arc<App>> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self(address(app, &parts.extensions, &parts.headers)))
    }
}

fn address(app: &App, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    app.reach
        .caller(peer.map(|ConnectInfo(peer)| peer.ip()), headers)
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(app, &parts.extensions, &parts.headers))
    }
}

impl Caller {
    /// The caller of a request with these parts.
    pub(crate) fn of(app: &App, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let ledger = extensions.get::<Ledger>().cloned();
        let address = address(app, extensions, headers);
        Self::new(address, app.service.now(), ledger.unwrap_or_default())
    }
}

impl FromRequestParts<Arc<App>> for Proved {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Self::by(parts, app)
    }
}

impl Proved {
    /// The key that a request proves: where it is only known late whether a proof is needed.
    pub(crate) fn by(parts: &Parts, app: &App) -> Result<Self, Problem> {
        let target = Target {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            access_token: None,
        };
        let now = app.service.now().millis();
        let proof = app
            .authenticator
            .proofs()
            .verify(&parts.headers, &target, now)?;
        Ok(Self(Thumbprint::from_bytes(proof.jkt)))
    }
}

impl FromRequestParts<Arc<App>> for SignedInDevice {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if !parts.headers.contains_key(AUTHORIZATION)
            && let Some(cookie) = cookies::session(&parts.headers)
        {
            return by_cookie(parts, app, &cookie).await.map(Self);
        }
        let now = app.service.now().millis();
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let who = app
            .authenticator
            .authenticate_any(&parts.headers, method, path, now)?;
        let holder = holder(app, &who).await?;
        // Pages may use these routes if they are the client's own, whose grant it is.
        let origin = origin::sent(&parts.headers)?;
        origin::speaks_for(app, &holder.grant.client, origin)?;
        Ok(Self(holder))
    }
}

impl FromRequestParts<Arc<App>> for DeskKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if let Some(key) = device_id(&parts.headers)? {
            return Ok(Self(Binding::DeviceId, key));
        }
        let Proved(key) = Proved::by(parts, app)?;
        Ok(Self(Binding::Dpop, key))
    }
}

impl FromRequestParts<Arc<App>> for AnyPhone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let now = app.service.now().millis();
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let who = app
            .authenticator
            .authenticate(&parts.headers, method, path, now)?;
        let holder = holder(app, &who).await?;
        if holder.grant.role != Role::Phone {
            return Err(Problem::new(Code::NotAPhone));
        }
        Ok(Self(holder))
    }
}

impl FromRequestParts<Arc<App>> for Phone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let AnyPhone(holder) = AnyPhone::from_request_parts(parts, app).await?;
        app.service.may_approve(&holder)?;
        Ok(Self(holder))
    }
}

/// Who holds the session of a cookie. It alone reads; whatever changes something is also proved with the grant's key
/// and comes from a page of ours (RFC 6265 §8.2: a cookie travels with requests that others make).
async fn by_cookie(parts: &Parts, app: &App, cookie: &SessionCookie) -> Result<Holder, Problem> {
    let target = Target {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        access_token: None,
    };
    let (proofs, now) = (app.authenticator.proofs(), app.service.now().millis());
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    match origin::sent(&parts.headers)? {
        Some(origin) if origin == app.service.issuer => {}
        None if reads => {}
        _ => return Err(Problem::new(Code::OriginNotAllowed)),
    }
    let proof = if reads {
        proofs.verify_if_present(&parts.headers, &target, now)?
    } else {
        Some(proofs.verify(&parts.headers, &target, now)?)
    };
    let holder = app.service.cookie_holder(cookie).await?;
    if proof.is_some_and(|proof| proof.jkt != *holder.grant.key.bytes()) {
        return Err(Problem::new(Code::InvalidToken));
    }
    Ok(holder)
}

/// Who holds the grant of a token that was recognised.
async fn holder(app: &App, who: &Authenticated) -> Result<Holder, Problem> {
    let grant =
        GrantId::parse(&who.claims.grant).ok_or_else(|| Problem::new(Code::InvalidToken))?;
    Ok(app.service.holder(grant, &who.key).await?)
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self {
            origin: origin::sent(&parts.headers)?.map(str::to_owned),
            agent: text(parts.headers.get(USER_AGENT)),
        })
    }
}

impl Browser {
    /// Refuses requests that another site's page sends: the origin is absent or `issuer`.
    pub(crate) fn is_ours(&self, issuer: &str) -> Result<(), Problem> {
        match self.origin.as_deref() {
            None => Ok(()),
            Some(origin) if origin == issuer => Ok(()),
            Some(_) => Err(Problem::new(Code::OriginNotAllowed)),
        }
    }

    /// Refuses every request but those that a page of `issuer` sends.
    pub(crate) fn is_our_page(&self, issuer: &str) -> Result<(), Problem> {
        let ours = self.origin.as_deref() == Some(issuer);
        ours.then_some(())
            .ok_or_else(|| Problem::new(Code::OriginNotAllowed))
    }
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    value
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}
