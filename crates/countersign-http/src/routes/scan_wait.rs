//! `POST /v1/scans/wait`: what the phone's screen lives on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use countersign_core::ids::LoginId;
use countersign_core::ports::Holder;
use countersign_core::service::Ticket;
use serde::Deserialize;
use serde_json::json;

use super::scans::ticket;
use super::waiting::{self, Look, Watch};
use crate::app::App;
use crate::caller::{Address, Phone};
use crate::extract::JsonBody;
use crate::pace::Party;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct WaitBody {
    ticket: String,
    version: Option<u32>,
}

struct PhoneWatch {
    app: Arc<App>,
    phone: Holder,
    ticket: Ticket,
}

impl Watch for PhoneWatch {
    const PARTY: Party = Party::Phone;

    fn app(&self) -> &Arc<App> {
        &self.app
    }

    fn login(&self) -> LoginId {
        LoginId::from_bytes(self.ticket.locator)
    }

    async fn look(&self) -> Result<Look, Problem> {
        // A session that ended meanwhile sees nothing any more, open stream or not.
        let service = &self.app.service;
        let phone = service
            .holder(self.phone.grant.id, &self.phone.grant.key)
            .await?;
        let seen = service.phone_view(&phone, &self.ticket).await?;
        let mut body = json!({
            "state": seen.view.state.name(),
            "version": seen.view.version,
            "expires_in": seen.view.expires_in,
            "interval": self.app.paces.interval(self.login(), Party::Phone, service.now()),
            "strangers": seen.strangers,
            "wrong_codes": seen.wrong_codes,
            "desktop_moved": seen.desktop_moved,
        });
        if let Some(grant) = seen.grant {
            body["grant"] = grant.to_string().into();
        }
        Ok(Look::new(&self.app, &seen.login, body))
    }
}

pub(super) async fn wait(
    State(app): State<Arc<App>>,
    Phone(phone): Phone,
    address: Address,
    headers: HeaderMap,
    JsonBody(body): JsonBody<WaitBody>,
) -> Result<Response, Problem> {
    let ticket = ticket(&body.ticket)?;
    let watch = PhoneWatch { app, phone, ticket };
    waiting::answer(watch, address, &headers, body.version).await
}
