//! `/v1/undo`: the link in a notice, for whoever reads it. Needs nobody who is signed in, and says nothing of anybody.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_core::ports::Gone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::caller::Browser;
use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::rate::Caller;

#[derive(Deserialize)]
pub(super) struct UndoBody {
    undo: String,
}

pub(super) async fn undo(
    State(app): State<Arc<App>>,
    browser: Browser,
    caller: Caller,
    JsonBody(body): JsonBody<UndoBody>,
) -> Result<Json<Value>, Problem> {
    browser.is_our_page(&app.service.issuer)?;
    app.rates.undo(&caller)?;
    let gone = app.service.undo_by_token(&body.undo).await?;
    Ok(Json(gone_answer(&gone)))
}

/// What an end took.
pub(super) fn gone_answer(gone: &Gone) -> Value {
    json!({ "ended": gone.grants.len(), "passkeys_removed": gone.passkeys })
}
