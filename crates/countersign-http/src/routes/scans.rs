//! `/v1/holds` and `/v1/scans`: what a phone does.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_core::context::{Context, ContextDigest};
use countersign_core::opened_by::OpenedBy;
use countersign_core::service::{Decision, Presented, Scanned, Ticket};
use countersign_core::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::logins::{phrase, standing};
use crate::app::App;
use crate::caller::{Address, Phone, Proved};
use crate::extract::JsonBody;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

#[derive(Deserialize)]
pub(super) struct HoldBody {
    scan: String,
}

#[derive(Deserialize)]
pub(super) struct ScanBody {
    scan: Option<String>,
    hold: Option<String>,
    opened_by: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ConfirmBody {
    ticket: String,
    context_digest: String,
    #[serde(default)]
    keep: bool,
    /// What `navigator.credentials.get()` gave, as JSON (WebAuthn §5.1, `AuthenticationResponseJSON`).
    assertion: Option<Value>,
    /// What its person typed, where the desktop's person typed one.
    phrase: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct DenyBody {
    ticket: String,
    #[serde(default)]
    report: bool,
}

pub(super) async fn hold(
    State(app): State<Arc<App>>,
    caller: Caller,
    Proved(key): Proved,
    JsonBody(body): JsonBody<HoldBody>,
) -> Result<Json<Value>, Problem> {
    app.rates.hold(&caller)?;
    let hold = app.service.hold(&body.scan, &key)?;
    Ok(Json(
        json!({ "hold": hold, "expires_in": app.service.lifetimes.hold.as_secs() }),
    ))
}

pub(super) async fn scan(
    State(app): State<Arc<App>>,
    Phone(phone): Phone,
    caller: Caller,
    JsonBody(body): JsonBody<ScanBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    app.rates.scan(&caller, phone.account.id)?;
    let presented = match (&body.scan, &body.hold) {
        (Some(scan), None) => Presented::Scan(scan),
        (None, Some(hold)) => Presented::Hold(hold),
        _ => return Err(Problem::new(Code::InvalidRequest).detail("Send either `scan` or `hold`.")),
    };
    let opened_by = OpenedBy::said(body.opened_by.as_deref());
    let prompt = app.rates.prompt(&caller, phone.account.id)?;
    let scanned = app
        .service
        .scan(&phone, presented, opened_by, caller.address)
        .await;
    let scanned = match scanned {
        Ok(scanned) => scanned,
        Err(refused) => {
            prompt.was_harmless();
            return Err(refused.into());
        }
    };
    Ok((StatusCode::CREATED, Json(scanned_answer(&app, &scanned)?)))
}

pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    Phone(phone): Phone,
    Address(address): Address,
    JsonBody(body): JsonBody<ConfirmBody>,
) -> Result<Json<Value>, Problem> {
    let ticket = ticket(&body.ticket)?;
    let digest = ContextDigest::parse(&body.context_digest).ok_or_else(|| {
        Problem::new(Code::InvalidRequest).detail("The member `context_digest` is no digest.")
    })?;
    let assertion = body.assertion.map(|assertion| assertion.to_string());
    let phrase = phrase(body.phrase.as_deref())?;
    let decision = Decision {
        digest,
        keep: body.keep,
        assertion: assertion.as_deref(),
        phrase: phrase.as_ref(),
    };
    let confirmed = app
        .service
        .confirm(&phone, &ticket, decision, address)
        .await?;
    let mut answer = standing(&app, &confirmed.login);
    if let Some(code) = &confirmed.check_code {
        answer["check_code"] = code.reveal().into();
    }
    Ok(Json(answer))
}

pub(super) async fn deny(
    State(app): State<Arc<App>>,
    Phone(phone): Phone,
    JsonBody(body): JsonBody<DenyBody>,
) -> Result<Json<Value>, Problem> {
    let login = app
        .service
        .deny(&phone, &ticket(&body.ticket)?, body.report)
        .await?;
    Ok(Json(standing(&app, &login)))
}

/// Reads a ticket. Text that can't be one is answered like one that is unknown.
pub(super) fn ticket(text: &str) -> Result<Ticket, Problem> {
    Ticket::parse(text).ok_or_else(|| Problem::new(Code::UnknownLogin))
}

fn scanned_answer(app: &App, scanned: &Scanned) -> Result<Value, Problem> {
    let (context, now) = (&scanned.claim.context, app.service.now());
    let view = scanned.login.view(now);
    let mut answer = json!({
        "ticket": scanned.ticket.reveal(),
        "state": view.state.name(),
        "version": view.version,
        "expires_in": view.expires_in,
        "context": shown(context, now),
        "context_digest": context.digest().to_string(),
        "approval": context.level.name(),
        "durations": {
            "default_seconds": context.duration.as_secs(),
            "keep_seconds": context.keep.as_secs(),
        },
    });
    if let Some(options) = &scanned.passkey_options {
        answer["passkey_options"] = serde_json::from_str(options).map_err(Problem::internal)?;
    }
    Ok(answer)
}

fn shown(context: &Context, now: Timestamp) -> Value {
    let scopes: Vec<Value> = context
        .scopes
        .names()
        .iter()
        .map(|name| json!({ "name": name, "text": in_words(name) }))
        .collect();
    let mut client = json!({ "id": context.client.as_str(), "name": context.client_name, "verified": context.verified });
    if let Some(host) = &context.host {
        client["host"] = host.as_str().into();
    }
    let known = |since: Timestamp| json!({ "known_since": since.seconds() });
    let mut shown = json!({
        "client": client,
        "network": context.network.name(),
        "requested_at": context.requested_at.seconds(),
        "age_seconds": now.since(context.requested_at).as_secs(),
        "desktop": context.known_since.map_or_else(|| json!("new"), known),
        "scopes": scopes,
        "duration_seconds": context.duration.as_secs(),
        "strangers": context.strangers,
        "flags": flags(context),
        "opened_by": context.opened_by.name(),
    });
    if let Some(place) = &context.place {
        shown["place"] = json!({ "country": place.country });
        if let Some(region) = &place.region {
            shown["place"]["region"] = region.as_str().into();
        }
    }
    if let Some(act) = context.act {
        shown["act"] = act.name().into();
    }
    if context.phrase {
        shown["phrase"] = true.into();
    }
    for (name, text) in [
        ("browser", &context.browser),
        ("os", &context.os),
        ("calls_itself", &context.calls_itself),
    ] {
        if let Some(text) = text {
            shown[name] = text.as_str().into();
        }
    }
    shown
}

/// What is odd about the desktop, in words of the wire.
fn flags(context: &Context) -> Vec<&'static str> {
    let flags = context.flags;
    [
        (flags.many_accounts, "many_accounts"),
        (flags.desktop_moved, "desktop_moved"),
    ]
    .into_iter()
    .filter_map(|(raised, name)| raised.then_some(name))
    .collect()
}

/// What a scope allows, for a person; one that we do not know speaks for itself.
fn in_words(scope: &str) -> &str {
    match scope {
        "openid" => "Know that it is you",
        "profile" => "See your name",
        "email" => "See your e-mail address",
        other => other,
    }
}
