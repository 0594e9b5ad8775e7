//! `POST /v1/logins/{login_id}/wait`: never tokens, never anything about the account.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use countersign_core::ids::LoginId;
use countersign_core::service::DeviceCode;
use serde::Deserialize;
use serde_json::json;

use super::logins::{InUrl, from_its_client, names};
use super::waiting::{self, Look, Watch};
use crate::app::App;
use crate::caller::Address;
use crate::extract::JsonBody;
use crate::pace::Party;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct WaitBody {
    device_code: String,
    version: Option<u32>,
}

struct DesktopWatch {
    app: Arc<App>,
    id: LoginId,
    code: DeviceCode,
    address: Option<IpAddr>,
}

impl Watch for DesktopWatch {
    const PARTY: Party = Party::Desktop;

    fn app(&self) -> &Arc<App> {
        &self.app
    }

    fn login(&self) -> LoginId {
        self.id
    }

    async fn look(&self) -> Result<Look, Problem> {
        let service = &self.app.service;
        let login = service
            .desktop_view(self.id, &self.code, self.address)
            .await?;
        let now = self.app.service.now();
        let view = login.view(now);
        let mut body = json!({
            "state": view.state.name(),
            "version": view.version,
            "expires_in": view.expires_in,
            "interval": self.app.paces.interval(self.id, Party::Desktop, now),
        });
        if let Some((step, rotate_in)) = view.rotation {
            body["rotation_step"] = step.into();
            body["rotate_in"] = rotate_in.into();
        }
        Ok(Look::new(&self.app, &login, body))
    }
}

pub(super) async fn wait(
    State(app): State<Arc<App>>,
    InUrl(id): InUrl,
    address: Address,
    headers: HeaderMap,
    JsonBody(body): JsonBody<WaitBody>,
) -> Result<Response, Problem> {
    let (id, code) = names(id, &body.device_code)?;
    from_its_client(&app, id, &code, &headers).await?;
    let watch = DesktopWatch {
        app,
        id,
        code,
        address: address.0,
    };
    waiting::answer(watch, address, &headers, body.version).await
}
