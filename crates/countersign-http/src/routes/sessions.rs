//! `/v1/sessions`: signing in with a password or a passkey, showing once more who it is, and signing out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use countersign_core::account::{Account, LoginName};
use countersign_core::client::Ending;
use countersign_core::grant::Role;
use countersign_core::limits::VERIFIED;
use countersign_core::ports::{Holder, Opening};
use countersign_core::service::{Failure, NewSession};
use serde::Deserialize;
use serde_json::{Value, json};

use super::logins::DeviceBody;
use super::newcomers::{
    Answer, Newcomer, PasskeyBody, by_any_passkey, by_own_passkey, presented, signed_in,
};
use crate::app::App;
use crate::caller::{AnyPhone, SignedInDevice};
use crate::cookies;
use crate::extract::JsonBody;
use crate::password::PasswordError;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

#[derive(Deserialize)]
pub(super) struct OpenBody {
    account: Option<String>,
    password: Option<String>,
    passkey: Option<PasskeyBody>,
    client_id: Option<String>,
    role: Option<String>,
    #[serde(default)]
    device: DeviceBody,
}

#[derive(Deserialize)]
pub(super) struct VerifyBody {
    password: Option<String>,
    passkey: Option<PasskeyBody>,
}

pub(super) async fn open(
    State(app): State<Arc<App>>,
    newcomer: Newcomer,
    JsonBody(body): JsonBody<OpenBody>,
) -> Result<Answer, Problem> {
    newcomer.browser.is_ours(&app.service.issuer)?;
    let role = role(body.role.as_deref())?;
    let device = newcomer.device(body.client_id.as_deref(), body.device);
    let client = app.service.client_of_sessions(device.client)?;
    if role == Role::Desktop && client.ending == Ending::Cookie {
        newcomer.browser.is_our_page(&app.service.issuer)?;
    }
    let (account, opening) = match (body.account, body.password, body.passkey) {
        (Some(name), Some(password), None) => {
            by_password(&app, &newcomer.caller, &name, password).await?
        }
        (None, None, Some(passkey)) => by_passkey(&app, &newcomer, &passkey).await?,
        _ => return Err(unclear("`account` and `password`, or `passkey` alone")),
    };
    let new = NewSession {
        account: account.id,
        opening,
        role,
        device,
    };
    signed_in(&app, &newcomer, &app.service.open_session(new).await?)
}

/// Takes the account's password or a passkey once more, on a phone that is signed in: sensitive acts need it.
pub(super) async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    AnyPhone(holder): AnyPhone,
    JsonBody(body): JsonBody<VerifyBody>,
) -> Result<Json<Value>, Problem> {
    match (body.password, body.passkey) {
        (Some(password), None) => with_password(&app, &caller, &holder, password).await?,
        (None, Some(passkey)) => with_passkey(&app, &caller, &holder, &passkey).await?,
        _ => return Err(unclear("`password` or `passkey`")),
    }
    Ok(Json(json!({ "verified_for": VERIFIED.as_secs() })))
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    SignedInDevice(holder): SignedInDevice,
    request: HeaderMap,
) -> Result<(StatusCode, HeaderMap), Problem> {
    app.service.sign_out(&holder).await?;
    let mut answer = HeaderMap::new();
    if cookies::session(&request).is_some() {
        cookies::clear_session(&mut answer);
    }
    Ok((StatusCode::NO_CONTENT, answer))
}

/// The account whose password this is. A name that nobody has, or nobody could have, and an account without a
/// password cost the same time and get the same answer as a wrong password.
async fn by_password(
    app: &App,
    caller: &Caller,
    name: &str,
    password: String,
) -> Result<(Account, Opening), Problem> {
    let attempt = app.rates.sign_in(caller, name, &password)?;
    let password = presented(password)?;
    let account = account(app, name).await?;
    let hash = account
        .as_ref()
        .and_then(|account| account.password_hash.clone());
    let right = app.passwords.verify(password, hash.clone()).await?;
    let (Some(account), Some(hash), true) = (account, hash, right) else {
        return Err(Problem::new(Code::InvalidCredentials));
    };
    attempt.was_harmless();
    Ok((account, Opening::Password(hash)))
}

/// The account of this name, as somebody typed it; `None` also for what no name can be.
pub(super) async fn account(app: &App, name: &str) -> Result<Option<Account>, Problem> {
    match LoginName::parse(name) {
        Some(name) => {
            let found = app.service.accounts.by_name(&name).await;
            found.map_err(Problem::internal)
        }
        None => Ok(None),
    }
}

async fn by_passkey(
    app: &App,
    newcomer: &Newcomer,
    body: &PasskeyBody,
) -> Result<(Account, Opening), Problem> {
    app.rates.passkey(&newcomer.caller)?;
    let (account, used, spent) = by_any_passkey(app, &newcomer.key, body)
        .await?
        .ok_or_else(|| Problem::new(Code::InvalidCredentials))?;
    Ok((account, Opening::Passkey(used, spent)))
}

async fn with_password(
    app: &App,
    caller: &Caller,
    holder: &Holder,
    password: String,
) -> Result<(), Problem> {
    app.rates.verify(caller, holder.grant.id)?;
    let password = presented(password)?;
    let hash = holder.account.password_hash.clone();
    let right = app.passwords.verify(password, hash.clone()).await?;
    let hash = hash
        .filter(|_| right)
        .ok_or_else(|| Problem::new(Code::InvalidCredentials))?;
    Ok(app
        .service
        .verified(holder, Opening::Password(hash))
        .await?)
}

async fn with_passkey(
    app: &App,
    caller: &Caller,
    holder: &Holder,
    body: &PasskeyBody,
) -> Result<(), Problem> {
    app.rates
        .passkey(&caller.clone().signed_in(holder.grant.key))?;
    let passkeys = app.service.list_passkeys(holder).await?;
    let (used, spent) = by_own_passkey(app, holder, &passkeys, body)?;
    let noted = app
        .service
        .verified(holder, Opening::Passkey(used, spent))
        .await;
    noted.map_err(|failure| match failure {
        // Answered before, or removed meanwhile.
        Failure::WrongCredential => Problem::new(Code::PasskeyRejected),
        other => other.into(),
    })
}

fn role(named: Option<&str>) -> Result<Role, Problem> {
    let wrong = || {
        Problem::new(Code::InvalidRequest).detail("The member `role` must be `phone` or `desktop`.")
    };
    named.map_or(Ok(Role::Phone), |name| Role::parse(name).ok_or_else(wrong))
}

/// A request that doesn't say with what, or says it twice.
pub(super) fn unclear(wanted: &str) -> Problem {
    Problem::new(Code::InvalidRequest).detail(format!("The body must have {wanted}."))
}

fn rejected(reason: &'static str, detail: &'static str) -> Problem {
    Problem::new(Code::PasswordRejected)
        .detail(detail)
        .with("reason", reason)
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::new(Code::Busy),
            PasswordError::TooLong => rejected("too_long", "It must have at most 256 characters."),
            PasswordError::TooShort => rejected("too_short", "It must have at least 8 characters."),
            PasswordError::Common => rejected(
                "common",
                "It is easily guessed. Take a longer or a stranger one.",
            ),
            PasswordError::Failed => Self::internal(error),
        }
    }
}
