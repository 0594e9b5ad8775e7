//! `/v1/recovery`: the way back in for who has lost every phone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::recovery::{self, parse};
use serde::Deserialize;
use serde_json::{Value, json};

use super::logins::DeviceBody;
use super::newcomers::{Answer, Newcomer, signed_in};
use super::sessions::account;
use crate::app::App;
use crate::caller::{AnyPhone, Phone};
use crate::extract::JsonBody;
use crate::problem::{Code, Problem};

#[derive(Deserialize)]
pub(super) struct RecoverBody {
    account: String,
    code: String,
    client_id: Option<String>,
    #[serde(default)]
    device: DeviceBody,
}

/// Says how many codes are left; never which.
pub(super) async fn left(
    State(app): State<Arc<App>>,
    AnyPhone(holder): AnyPhone,
) -> Result<Json<Value>, Problem> {
    let left = app.service.recovery_codes_left(&holder).await?;
    let wait = app.service.phones.recovery_wait.as_secs();
    let mut answer = json!({ "codes_left": 0, "wait_seconds": wait });
    if let Some((count, made_at)) = left {
        answer["codes_left"] = count.into();
        answer["made_at"] = made_at.seconds().into();
    }
    Ok(Json(answer))
}

/// Makes new codes. They are shown here and never again.
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let codes = app.service.make_recovery_codes(&holder).await?;
    let codes: Vec<String> = codes.iter().map(recovery::shown).collect();
    Ok((StatusCode::CREATED, Json(json!({ "codes": codes }))))
}

/// Opens a phone's session, which waits. Whatever is wrong is answered as a wrong password is.
pub(super) async fn recover(
    State(app): State<Arc<App>>,
    newcomer: Newcomer,
    JsonBody(body): JsonBody<RecoverBody>,
) -> Result<Answer, Problem> {
    newcomer.browser.is_our_page(&app.service.issuer)?;
    let device = newcomer.device(body.client_id.as_deref(), body.device);
    app.service.client_of_sessions(device.client)?;
    app.rates.recover(&newcomer.caller)?;
    let code = parse(&body.code).ok_or_else(|| Problem::new(Code::InvalidCredentials))?;
    let account = account(&app, &body.account)
        .await?
        .map(|account| account.id);
    let recovered = app.service.recover(account, &code, device).await?;
    signed_in(&app, &newcomer, &recovered)
}
