//! `/v1/accounts`, `/v1/account`, `/v1/password`, `/v1/activity`: what people do with their accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use countersign_core::account::{LoginName, display_name};
use countersign_core::audit::{Kind, PHONE_WAITS, Told};
use countersign_core::login::StateName;
use countersign_core::service::NewAccount;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::caller::{Browser, Phone};
use crate::extract::JsonBody;
use crate::password::Password;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

/// Entries of an activity answer that names no number.
const ENTRIES: u32 = 50;

#[derive(Deserialize)]
pub(super) struct RegisterBody {
    account: String,
    password: String,
    name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PasswordBody {
    password: String,
    #[serde(default = "yes")]
    sign_out_others: bool,
}

#[derive(Deserialize)]
pub(super) struct Page {
    before: Option<u64>,
    limit: Option<u32>,
}

const fn yes() -> bool {
    true
}

/// Makes an account. The answer is the same whether its name was free or not, and takes the same time.
pub(super) async fn register(
    State(app): State<Arc<App>>,
    caller: Caller,
    browser: Browser,
    JsonBody(body): JsonBody<RegisterBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    browser.is_ours(&app.service.issuer)?;
    app.service.may_register()?;
    app.rates.register(&caller)?;
    let rejected = || Problem::new(Code::NameRejected);
    let login_name = LoginName::parse(&body.account).ok_or_else(rejected)?;
    let shown = body.name.as_deref().unwrap_or(&body.account);
    let display_name = display_name(shown).ok_or_else(rejected)?;
    let password = Password::chosen(body.password, &[login_name.as_str(), &display_name])?;
    let password_hash = app.passwords.hash(password).await?;
    let new = NewAccount {
        login_name,
        display_name,
        password_hash,
    };
    app.service.register(new).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))))
}

pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Phone(holder): Phone,
    JsonBody(body): JsonBody<PasswordBody>,
) -> Result<Json<Value>, Problem> {
    app.service.sensitive(&holder)?;
    app.rates.change_password(&caller, holder.grant.id)?;
    let account = &holder.account;
    let names = [account.login_name.as_str(), &account.display_name];
    let password = Password::chosen(body.password, &names)?;
    let hash = app.passwords.hash(password).await?;
    let ended = app
        .service
        .change_password(&holder, hash, body.sign_out_others)
        .await?;
    Ok(Json(json!({ "ended": ended.len() })))
}

pub(super) async fn lock(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
) -> Result<StatusCode, Problem> {
    app.service.lock(&holder).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn activity(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
    page: Result<Query<Page>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let wrong = "The parameters `before` and `limit` must be whole numbers, `limit` from 1 to 100.";
    let invalid = || Problem::new(Code::InvalidRequest).detail(wrong);
    let Query(page) = page.map_err(|_| invalid())?;
    let limit = page.limit.unwrap_or(ENTRIES);
    if !(1..=countersign_core::limits::ACTIVITY_PAGE).contains(&limit) {
        return Err(invalid());
    }
    let told = app.service.activity(&holder, page.before, limit).await?;
    let full = told.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let mut answer =
        json!({ "entries": told.iter().map(|told| entry(&app, told)).collect::<Vec<_>>() });
    if let Some(last) = told.last().filter(|_| full) {
        answer["next"] = last.id.into();
    }
    Ok(Json(answer))
}

fn entry(app: &App, told: &Told) -> Value {
    let entry = &told.entry;
    let (kind, detail) = happened(told);
    let client = told.client.as_ref();
    let client = client.map(|id| {
        app.service
            .clients
            .get(id)
            .map_or(id.as_str(), |client| &client.name)
    });
    let mut answer = json!({ "id": told.id, "at": entry.at.seconds(), "kind": kind });
    for (name, value) in [
        ("device", told.device.as_deref()),
        ("client", client),
        ("detail", detail),
    ] {
        if let Some(value) = value {
            answer[name] = value.into();
        }
    }
    answer
}

/// What happened, in the word of the wire, and what more there is to say.
fn happened(told: &Told) -> (&'static str, Option<&str>) {
    let entry = &told.entry;
    let detail = entry.detail.as_deref();
    match entry.kind {
        Kind::LoginMoved => {
            let to = entry.login.map(|change| change.to);
            match (to, detail) {
                (Some(StateName::Collected), _) => ("signed_in", None),
                (Some(StateName::Denied), Some("reported")) => ("reported", None),
                (Some(StateName::Denied), Some("wrong_codes")) => ("wrong_codes", None),
                (Some(StateName::Denied), detail) => ("declined", detail),
                (Some(StateName::Cancelled), detail) => ("cancelled", detail),
                _ => ("expired", None),
            }
        }
        Kind::SessionOpened if detail == Some(PHONE_WAITS) => ("phone_added", None),
        Kind::SessionOpened => ("signed_in_by_password", None),
        Kind::GrantEnded => match detail {
            Some("refresh_misused" | "collected_by_another_key") => ("misuse", detail),
            detail => ("signed_out", detail),
        },
        Kind::StatusChanged => match detail {
            Some("active") => ("account_unlocked", None),
            detail => ("account_locked", detail),
        },
        kind => (kind.name(), detail),
    }
}
