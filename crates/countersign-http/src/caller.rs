//! Who calls: extractors for the caller's address, key, session and browser.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use countersign_core::ids::{GrantId, Thumbprint};
use countersign_core::ports::Holder;

use crate::app::App;
use crate::authenticate::Authenticated;
use crate::dpop::Target;
use crate::issuer::Issuer;
use crate::problem::{Code, Problem};

/// The address that the request came from; `None` behind a proxy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address(pub(crate) Option<IpAddr>);

/// The key that the request proves, without a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proved(pub(crate) Thumbprint);

/// A signed-in device of any role and client, alive, with its key proved: for what concerns its own
/// grant alone.
#[derive(Clone, Debug)]
pub(crate) struct SignedInDevice(pub(crate) Holder);

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
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip());
        Ok(Self(caller(peer, app.authenticator.issuer())))
    }
}

/// The caller's address, if the peer is the caller. This server speaks no TLS itself, so behind an
/// `https` issuer every peer is a proxy: taken for the caller, it would put everybody in one network.
fn caller(peer: Option<IpAddr>, issuer: &Issuer) -> Option<IpAddr> {
    peer.filter(|_| !issuer.is_https())
        .map(|peer| peer.to_canonical())
}

impl FromRequestParts<Arc<App>> for Proved {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
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
        let now = app.service.now().millis();
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let who = app
            .authenticator
            .authenticate_any(&parts.headers, method, path, now)?;
        holder(app, &who).await.map(Self)
    }
}

impl FromRequestParts<Arc<App>> for Phone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let now = app.service.now().millis();
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let who = app
            .authenticator
            .authenticate(&parts.headers, method, path, now)?;
        let holder = holder(app, &who).await?;
        if app.service.may_approve(&holder) {
            Ok(Self(holder))
        } else {
            Err(Problem::new(Code::NotAPhone))
        }
    }
}

/// Who holds the grant of a token that was recognised.
async fn holder(app: &App, who: &Authenticated) -> Result<Holder, Problem> {
    let grant =
        GrantId::parse(&who.claims.grant).ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let key = Thumbprint::from_bytes(who.proof.jkt);
    Ok(app.service.holder(grant, &key).await?)
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self {
            origin: origin(&parts.headers)?,
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
}

/// The one `Origin` header, if there is one. Two, or one that is no text, are nobody's.
fn origin(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut fields = headers.get_all(ORIGIN).iter();
    let Some(first) = fields.next() else {
        return Ok(None);
    };
    match (text(Some(first)), fields.next()) {
        (Some(origin), None) => Ok(Some(origin)),
        _ => Err(Problem::new(Code::OriginNotAllowed)),
    }
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    value
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_not_taken_for_the_caller() {
        let peer = Some(IpAddr::from([127, 0, 0, 1]));
        let issuer = |text| Issuer::parse(text).unwrap();
        assert_eq!(caller(peer, &issuer("http://localhost:8080")), peer);
        assert_eq!(caller(peer, &issuer("https://login.example")), None);
        let mapped = "::ffff:127.0.0.1".parse().ok();
        assert_eq!(caller(mapped, &issuer("http://localhost")), peer);
    }
}
