//! `/v1/sessions`: signing in with a password, and signing out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use countersign_core::account::{Account, LoginName};
use countersign_core::client::Ending;
use countersign_core::grant::Role;
use countersign_core::limits::VERIFIED;
use countersign_core::refresh::FamilyKind;
use countersign_core::service::{Failure, NewSession};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::login_session::begin;
use super::logins::DeviceBody;
use super::me::{account_answer, device_answer};
use crate::agent;
use crate::app::App;
use crate::caller::{AnyPhone, Browser, Proved, SignedInDevice};
use crate::cookies;
use crate::extract::JsonBody;
use crate::password::{Password, PasswordError};
use crate::problem::{Code, Problem};
use crate::rate::Caller;
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

#[derive(Deserialize)]
pub(super) struct VerifyBody {
    password: String,
}

#[derive(Serialize)]
pub(super) struct OpenAnswer {
    /// What keeps the session: tokens or, for a desktop on our own pages, what says whose the cookie is.
    #[serde(flatten)]
    session: Opened,
    account: Value,
    device: Value,
    role: &'static str,
    may_approve: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    approves_in: Option<u64>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Opened {
    Tokens(Tokens),
    Cookie(Value),
}

pub(super) async fn open(
    State(app): State<Arc<App>>,
    browser: Browser,
    caller: Caller,
    Proved(key): Proved,
    JsonBody(body): JsonBody<OpenBody>,
) -> Result<(StatusCode, HeaderMap, Json<OpenAnswer>), Problem> {
    browser.is_ours(&app.service.issuer)?;
    let role = role(body.role.as_deref())?;
    let client = body.client_id.as_deref().unwrap_or(OWN_CLIENT);
    if role == Role::Desktop && app.service.client(client)?.ending == Ending::Cookie {
        browser.is_our_page(&app.service.issuer)?;
    }
    let caller = caller.proved(key);
    let attempt = app.rates.sign_in(&caller, &body.account, &body.password)?;
    let account = authenticate(&app, &body.account, body.password).await?;
    attempt.was_harmless();
    let mut device = body.device;
    device.name = device.name.or_else(|| name_of(&browser));
    let new = NewSession {
        account: &account,
        client,
        role,
        device: device.info(),
        key,
    };
    let signed_in = app.service.open_session(new).await?;
    app.rates.succeeded(&caller, &key, &account);
    let mut headers = HeaderMap::new();
    let session = match signed_in.kind {
        FamilyKind::Refresh => Opened::Tokens(app.tokens(&signed_in).map_err(Problem::internal)?),
        FamilyKind::Cookie => Opened::Cookie(begin(&app, &signed_in, &mut headers)),
    };
    let holder = &signed_in.holder;
    let may_approve = app.service.may_approve(holder);
    let answer = OpenAnswer {
        session,
        account: account_answer(holder),
        device: device_answer(holder),
        role: holder.grant.role.name(),
        approves_in: match may_approve {
            Err(Failure::PhoneWaiting { approves_in }) => Some(approves_in),
            _ => None,
        },
        may_approve: may_approve.is_ok(),
    };
    Ok((StatusCode::CREATED, headers, Json(answer)))
}

/// Takes the account's password once more, on a phone that is signed in: sensitive acts need it.
pub(super) async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    AnyPhone(holder): AnyPhone,
    JsonBody(body): JsonBody<VerifyBody>,
) -> Result<Json<Value>, Problem> {
    app.rates.verify(&caller, holder.grant.id)?;
    let password = presented(body.password)?;
    let hash = Some(holder.account.password_hash.clone());
    if !app.passwords.verify(password, hash).await? {
        return Err(Problem::new(Code::InvalidCredentials));
    }
    app.service.verified(&holder).await?;
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

/// The account whose password this is. A name that nobody has, or nobody could have, costs the
/// same time and gets the same answer as a wrong password.
async fn authenticate(app: &App, name: &str, password: String) -> Result<Account, Problem> {
    let password = presented(password)?;
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

/// A password that somebody signs in with. One that is too long to be anybody's is a request that makes no sense.
fn presented(password: String) -> Result<Password, Problem> {
    Password::presented(password).map_err(|_| {
        Problem::new(Code::InvalidRequest).detail("The password must have at most 256 characters.")
    })
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
