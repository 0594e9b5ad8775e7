//! `/v1/invitations`: how an account gets its first credential and its first phone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_core::invitation::InvitationSecret;
use countersign_core::service::{FirstCredential, Guest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::logins::DeviceBody;
use super::newcomers::{Answer, Newcomer, PasskeyBody, signed_in};
use super::passkeys::registered;
use super::sessions::unclear;
use crate::app::App;
use crate::caller::Browser;
use crate::extract::JsonBody;
use crate::passkey::Purpose;
use crate::password::Password;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

#[derive(Deserialize)]
pub(super) struct LookBody {
    invitation: String,
}

#[derive(Deserialize)]
pub(super) struct AcceptBody {
    invitation: String,
    password: Option<String>,
    passkey: Option<PasskeyBody>,
    client_id: Option<String>,
    #[serde(default)]
    device: DeviceBody,
}

/// Says whose an invitation is. Changes nothing.
pub(super) async fn look(
    State(app): State<Arc<App>>,
    browser: Browser,
    caller: Caller,
    JsonBody(body): JsonBody<LookBody>,
) -> Result<Json<Value>, Problem> {
    browser.is_our_page(&app.service.issuer)?;
    app.rates.invitation(&caller)?;
    let link = invitation(&body.invitation)?;
    let (invitation, account) = app.service.invitation(&link).await?;
    Ok(Json(json!({
        "account": account.login_name.as_str(),
        "name": account.display_name,
        "expires_in": app.service.now().seconds_until(invitation.expires_at),
        "passkeys": app.relying_party().is_ok(),
    })))
}

pub(super) async fn accept(
    State(app): State<Arc<App>>,
    newcomer: Newcomer,
    JsonBody(body): JsonBody<AcceptBody>,
) -> Result<Answer, Problem> {
    newcomer.browser.is_our_page(&app.service.issuer)?;
    let device = newcomer.device(body.client_id.as_deref(), body.device);
    app.service.client_of_sessions(device.client)?;
    app.rates.invitation(&newcomer.caller)?;
    let link = invitation(&body.invitation)?;
    let credential = match (body.password, body.passkey) {
        (Some(password), None) => with_password(&app, &link, password).await?,
        (None, Some(passkey)) => with_passkey(&app, &newcomer, &link, &passkey).await?,
        _ => return Err(unclear("`password` or `passkey`")),
    };
    let guest = Guest { credential, device };
    let accepted = app.service.accept_invitation(&link, guest).await?;
    signed_in(&app, &newcomer, &accepted)
}

/// What a link carries; text that can't be that is an invitation that is not good.
pub(super) fn invitation(text: &str) -> Result<InvitationSecret, Problem> {
    InvitationSecret::parse(text).ok_or_else(|| Problem::new(Code::InvitationInvalid))
}

/// A password is judged and hashed for who holds a good invitation only: the work is not everybody's to ask for.
async fn with_password(
    app: &App,
    link: &InvitationSecret,
    password: String,
) -> Result<FirstCredential, Problem> {
    let (_, account) = app.service.invitation(link).await?;
    let names = [account.login_name.as_str(), &account.display_name];
    let password = Password::chosen(password, &names)?;
    let hash = app.passwords.hash(password).await?;
    Ok(FirstCredential::Password(hash))
}

async fn with_passkey(
    app: &App,
    newcomer: &Newcomer,
    link: &InvitationSecret,
    body: &PasskeyBody,
) -> Result<FirstCredential, Problem> {
    let (invitation, _) = app.service.invitation(link).await?;
    let asked = (Purpose::Invitation(invitation.id), &newcomer.key);
    let (new, spent) = registered(app, asked, &body.challenge, &body.response)?;
    Ok(FirstCredential::Passkey(new, spent))
}
