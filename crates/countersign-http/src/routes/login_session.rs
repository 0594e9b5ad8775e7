//! `POST /v1/logins/{login_id}/session`: how a login of our own sign-in page is collected. The place of tokens is
//! taken by a cookie that no script reads; everything else is as at the token endpoint.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, request};
use countersign_core::client::Binding;
use countersign_core::service::{Desk, Door, Failure, SignedIn};
use serde_json::{Value, json};

use super::logins::{CodeBody, InUrl, names};
use super::me::{account_answer, device_answer};
use crate::app::App;
use crate::caller::{Browser, Proved};
use crate::cookies;
use crate::extract::JsonBody;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

pub(super) async fn collect(
    State(app): State<Arc<App>>,
    InUrl(id): InUrl,
    browser: Browser,
    request: request::Parts,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    browser.is_our_page(&app.service.issuer)?;
    let caller = Caller::of(&app, &request.extensions, &request.headers);
    app.rates.collect(&caller)?;
    let (id, code) = names(id, &body.device_code)?;
    let door = Door::Cookie { login: id };
    let login = app
        .service
        .collectable(&code, door, caller.address)
        .await
        .map_err(refused)?;
    // Answered from memory, before any signature is checked.
    if login.view(app.service.now()).state.is_pending() {
        return Err(Problem::new(Code::NotReady));
    }
    let Proved(key) = Proved::by(&request, &app)?;
    let cookie = cookies::login(&request.headers, id);
    let desk = Desk {
        code: &code,
        key,
        binding: Binding::Dpop,
        cookie: cookie.as_ref(),
        address: caller.address,
    };
    let signed_in = app.service.collect(desk, door).await.map_err(refused)?;
    app.rates
        .succeeded(&caller, &key, &signed_in.holder.account);
    // The login's cookie stays for its minutes: this answer may be lost, and asked for again.
    let mut headers = HeaderMap::new();
    let answer = begin(&app, &signed_in, &mut headers);
    Ok((headers, Json(answer)))
}

/// Gives the browser its session, and says whose it is.
pub(super) fn begin(app: &App, signed_in: &SignedIn, headers: &mut HeaderMap) -> Value {
    let (holder, now) = (&signed_in.holder, app.service.now());
    let life = holder.grant.expires_at.since(now);
    cookies::set_session(headers, &signed_in.secret, life);
    json!({
        "account": account_answer(holder),
        "device": device_answer(holder),
        "grant": holder.grant.id.to_string(),
        "scope": holder.grant.scopes.to_string(),
        "expires_in": life.as_secs(),
    })
}

/// Who has no right to collect learns no more than who has no right to know.
fn refused(failure: Failure) -> Problem {
    match failure {
        Failure::InvalidGrant => Problem::new(Code::UnknownLogin),
        other => other.into(),
    }
}
