//! `/v1/me`: who a token or a session speaks for, in the words that other answers use too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_core::grant::{Grant, How};
use countersign_core::ports::Holder;
use serde_json::{Value, json};

use super::passkeys::used_up;
use crate::app::App;
use crate::caller::SignedInDevice;
use crate::problem::Problem;

pub(super) async fn me(
    State(app): State<Arc<App>>,
    SignedInDevice(holder): SignedInDevice,
) -> Result<Json<Value>, Problem> {
    let mut account = account_answer(&holder);
    let named = holder.grant.scopes.has("profile");
    if named {
        account["login"] = holder.account.login_name.as_str().into();
    }
    let mut grant = grant_answer(&app, &holder.grant);
    grant["may_approve"] = app.service.may_approve(&holder).is_ok().into();
    if let Some(until) = app.service.verified_until(&holder.grant) {
        grant["verified_until"] = until.seconds().into();
    }
    // How an account can be entered is nothing for other sites' clients.
    let client = app.service.clients.get(&holder.grant.client);
    if named && client.is_some_and(|client| client.first_party) {
        let passkeys = app.service.list_passkeys(&holder).await?;
        account["has_password"] = holder.account.password_hash.is_some().into();
        account["passkeys"] = passkeys.len().into();
        let until = app.service.may_add_passkey_until(&holder);
        if let Some(until) = until.filter(|_| !used_up(&app, &holder, &passkeys)) {
            grant["may_add_passkey_until"] = until.seconds().into();
        }
    }
    let device = device_answer(&holder);
    Ok(Json(
        json!({ "account": account, "device": device, "grant": grant }),
    ))
}

/// Whose the grant is; by name only with the scope for that.
pub(super) fn account_answer(holder: &Holder) -> Value {
    let mut account = json!({ "id": holder.account.id.to_string() });
    if holder.grant.scopes.has("profile") {
        account["name"] = holder.account.display_name.as_str().into();
    }
    account
}

/// The device that holds it.
pub(super) fn device_answer(holder: &Holder) -> Value {
    let device = &holder.device;
    json!({ "id": device.id.to_string(), "name": device.name(), "kind": device.info.kind.name() })
}

/// What a person may know about a grant of theirs.
pub(super) fn grant_answer(app: &App, grant: &Grant) -> Value {
    let client = app.service.clients.get(&grant.client);
    let mut answer = json!({
        "id": grant.id.to_string(),
        "client": grant.client.as_str(),
        "client_name": client.map_or(grant.client.as_str(), |client| &client.name),
        "scopes": grant.scopes.names(),
        "role": grant.role.name(),
        "how": grant.how.name(),
        "signed_in_at": grant.created_at.seconds(),
        "expires_at": grant.expires_at.seconds(),
        "lasts": if grant.kept { "kept" } else { "default" },
        "idle_seconds": grant.role.idle().as_secs(),
    });
    if let Some(from) = grant.approves_from {
        answer["may_approve"] = (app.service.now() >= from).into();
        answer["approves_at"] = from.seconds().into();
    }
    if let How::Scan { approved_by, .. } = grant.how {
        answer["approved_by"] = approved_by.to_string().into();
    }
    answer
}
