//! `/oauth/token`: collect and refresh (RFC 6749 §3.2, RFC 8628 §3.4).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use countersign_core::client::Binding;
use countersign_core::ids::Thumbprint;
use countersign_core::refresh::RefreshToken;
use countersign_core::service::{Desk, DeviceCode, Door, Failure, SignedIn};
use serde::Serialize;
use serde_json::Value;

use super::me::{account_answer, device_answer};
use crate::app::App;
use crate::authenticate::device_id;
use crate::dpop::Target;
use crate::form::FormBody;
use crate::oauth_error::{OAuthCode, OAuthError};
use crate::origin;
use crate::pace::Party;
use crate::rate::Caller;
use crate::tokens::Tokens;

const PATH: &str = "/oauth/token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";

#[derive(Serialize)]
struct TokenAnswer {
    #[serde(flatten)]
    tokens: Tokens,
    scope: String,
    grant: String,
    account: Value,
    device: Value,
}

pub(super) async fn token(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    form: FormBody,
) -> Result<Response, OAuthError> {
    app.rates.collect(&caller)?;
    let client = form.require("client_id", "client_id is missing")?;
    let registered = app.service.client(client)?;
    origin::speaks_for(&app, &registered.id, origin::sent(&headers)?)?;
    let signed_in = match form.require("grant_type", "grant_type is missing")? {
        DEVICE_CODE => collect(&app, (&headers, &caller), &form, client).await?,
        REFRESH_TOKEN => refresh(&app, &headers, &form, client).await?,
        _ => return Err(OAuthError::new(OAuthCode::UnsupportedGrantType)),
    };
    let holder = &signed_in.holder;
    app.rates
        .succeeded(&caller, &holder.grant.key, &holder.account);
    answer(&app, &signed_in)
}

/// The public keys that verify access tokens (RFC 7517).
pub(super) async fn jwks(State(app): State<Arc<App>>) -> Json<Value> {
    Json(app.authenticator.key().jwks())
}

async fn collect(
    app: &App,
    (headers, caller): (&HeaderMap, &Caller),
    form: &FormBody,
    client: &str,
) -> Result<SignedIn, OAuthError> {
    let code = form.require("device_code", "device_code is missing")?;
    let code = DeviceCode::parse(code).ok_or(Failure::InvalidGrant)?;
    let door = Door::Tokens { client };
    let login = app.service.collectable(&code, door, caller.address).await?;
    let now = app.service.now();
    let state = login.view(now).state;
    if state.is_pending() {
        // Answered from memory, before any signature is checked.
        let on_time = app.paces.poll(login.id, Party::Desktop, now).is_ok();
        let code = if on_time {
            OAuthCode::AuthorizationPending
        } else {
            OAuthCode::SlowDown
        };
        return Err(OAuthError::new(code));
    }
    let (binding, key) = key(app, headers)?;
    let desk = Desk {
        code: &code,
        key,
        binding,
        cookie: None,
        address: caller.address,
    };
    Ok(app.service.collect(desk, door).await?)
}

async fn refresh(
    app: &App,
    headers: &HeaderMap,
    form: &FormBody,
    client: &str,
) -> Result<SignedIn, OAuthError> {
    let token = form.require("refresh_token", "refresh_token is missing")?;
    let token = RefreshToken::parse(token).ok_or(Failure::InvalidGrant)?;
    let proved = key(app, headers)?;
    Ok(app.service.refresh(&token, client, proved).await?)
}

/// The key that the device acts with, proved or by what its device id says, and which of the two it was.
fn key(app: &App, headers: &HeaderMap) -> Result<(Binding, Thumbprint), OAuthError> {
    if let Some(key) = device_id(headers)? {
        return Ok((Binding::DeviceId, key));
    }
    let target = Target {
        method: "POST",
        path: PATH,
        access_token: None,
    };
    let proof = app
        .authenticator
        .proofs()
        .verify(headers, &target, app.service.now().millis())?;
    Ok((Binding::Dpop, Thumbprint::from_bytes(proof.jkt)))
}

fn answer(app: &App, signed_in: &SignedIn) -> Result<Response, OAuthError> {
    let tokens = app.tokens(signed_in).map_err(|error| {
        tracing::error!(%error, "an access token could not be signed");
        OAuthError::new(OAuthCode::ServerError)
    })?;
    let holder = &signed_in.holder;
    let answer = TokenAnswer {
        tokens,
        scope: holder.grant.scopes.to_string(),
        grant: holder.grant.id.to_string(),
        account: account_answer(holder),
        device: device_answer(holder),
    };
    Ok(Json(answer).into_response())
}
