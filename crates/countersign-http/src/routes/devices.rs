//! `/v1/devices` and `/v1/grants`: what a phone does with the devices of its account.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use countersign_core::account::Device;
use countersign_core::grant::Role;
use countersign_core::ids::{DeviceId, GrantId, PasskeyId};
use countersign_core::ports::{Holder, Listed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::me::grant_answer;
use super::undo::gone_answer;
use crate::app::App;
use crate::caller::Phone;
use crate::extract::JsonBody;
use crate::problem::{Code, Problem};

#[derive(Deserialize)]
pub(super) struct RenameBody {
    name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct OthersBody {
    only: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct UndoBody {
    #[serde(default)]
    approved_too: bool,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
) -> Result<Json<Value>, Problem> {
    let devices = app.service.list_devices(&holder).await?;
    let listed: Vec<Value> = devices
        .iter()
        .map(|listed| listed_answer(&app, &holder, listed))
        .collect();
    Ok(Json(json!({ "devices": listed })))
}

pub(super) async fn rename(
    State(app): State<Arc<App>>,
    Named(id): Named<DeviceId>,
    Phone(holder): Phone,
    JsonBody(body): JsonBody<RenameBody>,
) -> Result<Json<Value>, Problem> {
    let name = body.name.as_deref();
    let device = app.service.rename_device(&holder, id, name).await?;
    Ok(Json(device_details(&holder, &device)))
}

pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    Named(id): Named<DeviceId>,
    Phone(holder): Phone,
) -> Result<StatusCode, Problem> {
    app.service.sign_out_device(&holder, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sign_out_others(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
    JsonBody(body): JsonBody<OthersBody>,
) -> Result<Json<Value>, Problem> {
    let only = match body.only.as_deref() {
        None => None,
        Some("desktops") => Some(Role::Desktop),
        Some(_) => {
            let wrong = "The member `only` must be `desktops`, or not be there.";
            return Err(Problem::new(Code::InvalidRequest).detail(wrong));
        }
    };
    let gone = app.service.sign_out_others(&holder, only).await?;
    Ok(Json(gone_answer(&gone)))
}

pub(super) async fn undo(
    State(app): State<Arc<App>>,
    Named(id): Named<GrantId>,
    Phone(holder): Phone,
    JsonBody(body): JsonBody<UndoBody>,
) -> Result<Json<Value>, Problem> {
    let gone = app.service.undo(&holder, id, body.approved_too).await?;
    Ok(Json(gone_answer(&gone)))
}

pub(super) async fn lost(
    State(app): State<Arc<App>>,
    Named(id): Named<DeviceId>,
    Phone(holder): Phone,
) -> Result<Json<Value>, Problem> {
    let gone = app.service.lost(&holder, id).await?;
    Ok(Json(gone_answer(&gone)))
}

pub(super) async fn allow(
    State(app): State<Arc<App>>,
    Named(id): Named<GrantId>,
    Phone(holder): Phone,
) -> Result<Json<Value>, Problem> {
    app.service.allow_phone(&holder, id).await?;
    Ok(Json(json!({})))
}

fn listed_answer(app: &App, holder: &Holder, listed: &Listed) -> Value {
    let mut answer = device_details(holder, &listed.device);
    let grants = listed.grants.iter().map(|(grant, approver)| {
        let mut answer = grant_answer(app, grant);
        if let Some(name) = approver {
            answer["approved_by_name"] = name.as_str().into();
        }
        answer
    });
    answer["grants"] = grants.collect();
    answer
}

fn device_details(holder: &Holder, device: &Device) -> Value {
    json!({
        "id": device.id.to_string(),
        "name": device.name(),
        "own_name": device.info.name,
        "kind": device.info.kind.name(),
        "platform": device.info.platform,
        "first_seen": device.first_seen.seconds(),
        "last_seen": device.last_seen.seconds(),
        "this_device": device.id == holder.device.id,
    })
}

/// What the URL names; text that can't be an id names nothing that the caller has.
pub(super) struct Named<T>(pub(super) T);

/// An id that stands in URLs.
pub(super) trait Id: Sized {
    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

impl Id for DeviceId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Id for GrantId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Id for PasskeyId {
    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl<S: Send + Sync, T: Id> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|Path(text)| T::read(&text))
            .map(Self)
            .ok_or_else(|| Problem::new(Code::NotFound))
    }
}
