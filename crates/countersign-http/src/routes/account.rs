//! `/v1/accounts`, `/v1/account`, `/v1/password`: what people do with their accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::account::{LoginName, display_name};
use countersign_core::service::NewAccount;
use serde::Deserialize;
use serde_json::{Value, json};

use super::undo::gone_answer;
use crate::app::App;
use crate::caller::{Browser, Phone};
use crate::extract::JsonBody;
use crate::password::Password;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

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
    app.service.may_give_credential(&holder)?;
    app.rates.change_password(&caller, holder.grant.id)?;
    let account = &holder.account;
    let names = [account.login_name.as_str(), &account.display_name];
    let password = Password::chosen(body.password, &names)?;
    let hash = app.passwords.hash(password).await?;
    let gone = app
        .service
        .change_password(&holder, hash, body.sign_out_others)
        .await?;
    Ok(Json(gone_answer(&gone)))
}

pub(super) async fn lock(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
) -> Result<StatusCode, Problem> {
    app.service.lock(&holder).await?;
    Ok(StatusCode::NO_CONTENT)
}
