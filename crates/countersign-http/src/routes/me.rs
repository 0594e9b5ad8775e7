//! `/v1/me` and `/v1/devices`: who a token speaks for, and the account's devices.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_core::account::Device;
use countersign_core::grant::{Grant, How};
use countersign_core::ports::Holder;
use serde_json::{Value, json};

use super::sessions::{device_answer, device_name};
use crate::app::App;
use crate::caller::{Phone, SignedInDevice};
use crate::problem::Problem;

pub(super) async fn me(SignedInDevice(holder): SignedInDevice) -> Json<Value> {
    let grant = &holder.grant;
    let mut account = json!({ "id": holder.account.id.to_string() });
    if grant.scopes.has("profile") {
        account["name"] = holder.account.display_name.as_str().into();
        account["login"] = holder.account.login_name.as_str().into();
    }
    Json(
        json!({ "account": account, "device": device_answer(&holder), "grant": grant_answer(grant) }),
    )
}

pub(super) async fn devices(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
) -> Result<Json<Value>, Problem> {
    let devices = app.service.devices(&holder).await?;
    let listed: Vec<Value> = devices
        .iter()
        .map(|(device, grants)| listed(&holder, device, grants))
        .collect();
    Ok(Json(json!({ "devices": listed })))
}

fn listed(holder: &Holder, device: &Device, grants: &[Grant]) -> Value {
    json!({
        "id": device.id.to_string(),
        "name": device_name(device),
        "kind": device.info.kind.name(),
        "platform": device.info.platform,
        "first_seen": device.first_seen.seconds(),
        "last_seen": device.last_seen.seconds(),
        "this_device": device.id == holder.device.id,
        "grants": grants.iter().map(grant_answer).collect::<Vec<_>>(),
    })
}

fn grant_answer(grant: &Grant) -> Value {
    let mut answer = json!({
        "id": grant.id.to_string(),
        "client": grant.client.as_str(),
        "scopes": grant.scopes.names(),
        "role": grant.role.name(),
        "how": grant.how.name(),
        "signed_in_at": grant.created_at.seconds(),
        "expires_at": grant.expires_at.seconds(),
    });
    if let How::Scan { approved_by, .. } = grant.how {
        answer["approved_by"] = approved_by.to_string().into();
    }
    answer
}
