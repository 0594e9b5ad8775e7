//! `/v1/sessions`: signing in with a password, and signing out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::account::{Account, Device, LoginName};
use countersign_core::grant::Role;
use countersign_core::ports::Holder;
use countersign_core::service::NewSession;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::logins::DeviceBody;
use crate::agent;
use crate::app::App;
use crate::caller::{Browser, Proved, SignedInDevice};
use crate::extract::JsonBody;
use crate::password::{Password, PasswordError};
use crate::problem::{Code, Problem};
use crate::tokens::Tokens;

/// The client that opens a session when the request names none.
const OWN_CLIENT: &str = "countersign";

#[derive(Deserialize)]
pub(super) struct OpenBody {
    account: String,
    password: String,
    client_id: Option<String>,
    role: Option<String>,
    #[serde(default)]
    device: DeviceBody,
}

#[derive(Serialize)]
pub(super) struct OpenAnswer {
    #[serde(flatten)]
    tokens: Tokens,
    account: Value,
    device: Value,
    role: &'static str,
    may_approve: bool,
}

pub(super) async fn open(
    State(app): State<Arc<App>>,
    browser: Browser,
    Proved(key): Proved,
    JsonBody(body): JsonBody<OpenBody>,
) -> Result<(StatusCode, Json<OpenAnswer>), Problem> {
    browser.is_ours(&app.service.issuer)?;
    let role = role(body.role.as_deref())?;
    let account = authenticate(&app, &body.account, body.password).await?;
    let mut device = body.device;
    device.name = device.name.or_else(|| name_of(&browser));
    let client = body.client_id.as_deref().unwrap_or(OWN_CLIENT);
    let new = NewSession {
        account: account.id,
        client,
        role,
        device: device.info(),
        key,
    };
    let signed_in = app.service.open_session(new).await?;
    let holder = &signed_in.holder;
    let answer = OpenAnswer {
        tokens: app.tokens(&signed_in).map_err(Problem::internal)?,
        account: account_answer(holder),
        device: device_answer(holder),
        role: holder.grant.role.name(),
        may_approve: app.service.may_approve(holder),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

pub(super) async fn close(
    State(app): State<Arc<App>>,
    SignedInDevice(holder): SignedInDevice,
) -> Result<StatusCode, Problem> {
    app.service.sign_out(&holder).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account whose password this is. A name that nobody has, or nobody could have, costs the
/// same time and gets the same answer as a wrong password.
async fn authenticate(app: &App, name: &str, password: String) -> Result<Account, Problem> {
    let password = Password::presented(password)?;
    let account = match LoginName::parse(name) {
        Some(name) => app
            .service
            .accounts
            .by_name(&name)
            .await
            .map_err(Problem::internal)?,
        None => None,
    };
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = app.passwords.verify(password, hash).await?;
    account
        .filter(|_| right)
        .ok_or_else(|| Problem::new(Code::InvalidCredentials))
}

fn role(named: Option<&str>) -> Result<Role, Problem> {
    let wrong = || {
        Problem::new(Code::InvalidRequest).detail("The member `role` must be `phone` or `desktop`.")
    };
    named.map_or(Ok(Role::Phone), |name| Role::parse(name).ok_or_else(wrong))
}

/// A name for a device that gave none, from what its browser claims.
fn name_of(browser: &Browser) -> Option<String> {
    match agent::families(browser.agent.as_deref()) {
        (Some(browser), Some(os)) => Some(format!("{browser} on {os}")),
        (browser, os) => browser.or(os),
    }
}

pub(super) fn account_answer(holder: &Holder) -> Value {
    json!({ "id": holder.account.id.to_string(), "name": holder.account.display_name })
}

pub(super) fn device_answer(holder: &Holder) -> Value {
    let device = &holder.device;
    json!({ "id": device.id.to_string(), "name": device_name(device), "kind": device.info.kind.name() })
}

/// What to call a device. One that gave no name is called by its kind, so that there always is a text to show.
pub(super) fn device_name(device: &Device) -> &str {
    let info = &device.info;
    info.name.as_deref().unwrap_or(info.kind.name())
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::new(Code::Busy),
            PasswordError::TooLong | PasswordError::TooShort => Self::new(Code::InvalidRequest)
                .detail("The password must have 8 to 256 characters."),
            PasswordError::Failed => Self::internal(error),
        }
    }
}
