//! `/healthz` and `/readyz`: for what watches over this server and sends it requests.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::service::Service;
use countersign_core::time::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::app::App;
use crate::limits::{READY_KEPT, READY_TIMEOUT};

/// What the store last said of itself, and when. Whoever asks meanwhile waits for the same answer, so that nobody
/// makes the store work by asking.
#[derive(Debug, Default)]
pub(crate) struct StoreReady(Mutex<Option<(Timestamp, bool)>>);

impl StoreReady {
    async fn ask(&self, service: &Service) -> bool {
        let mut last = self.0.lock().await;
        let now = service.now();
        if let Some((at, ready)) = *last
            && at <= now
            && now.since(at) < READY_KEPT
        {
            return ready;
        }
        let asked = tokio::time::timeout(READY_TIMEOUT, service.upkeep.ready()).await;
        let ready = match asked {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "the store is not ready");
                false
            }
            Err(_) => {
                tracing::error!("the store does not say whether it is ready");
                false
            }
        };
        *last = Some((service.now(), ready));
        ready
    }
}

/// That the process serves.
pub(super) async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether it should be sent requests: it is not about to stop, and what it answers with success is kept.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let reason = if app.stop.is_cancelled() {
        "stopping"
    } else if app.store_ready.ask(&app.service).await {
        return (StatusCode::OK, Json(json!({ "status": "ready" })));
    } else {
        "store"
    };
    let body = json!({ "status": "not ready", "reason": reason });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
}
