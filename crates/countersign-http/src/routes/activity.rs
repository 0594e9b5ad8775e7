//! `/v1/activity`: what happened to an account, for its owner to look back at, or to be told of as it happens.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use countersign_core::audit::{BY_PASSKEY, Kind, PHONE_WAITS, Told};
use countersign_core::grant::Grant;
use countersign_core::ids::GrantId;
use countersign_core::limits::ACTIVITY_PAGE;
use countersign_core::login::StateName;
use countersign_core::ports::{Holder, Page};
use serde::Deserialize;
use serde_json::{Value, json};

use super::waiting::{applied, long_poll_time};
use crate::app::App;
use crate::caller::{Address, Phone};
use crate::limits::LOOK_AGAIN;
use crate::problem::{Code, Problem};

/// Entries of an answer that names no number.
const ENTRIES: u32 = 50;

#[derive(Deserialize)]
pub(super) struct PageQuery {
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<u32>,
}

pub(super) async fn activity(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
    address: Address,
    headers: HeaderMap,
    query: Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let page = page(query)?;
    let Some(time) = long_poll_time(&headers).filter(|_| page.after.is_some()) else {
        let told = app.service.activity(&holder, page).await?;
        return Ok(answer(&app, &holder, page, &told).await?.into_response());
    };
    let _place = app.rates.waits.take(address.0)?;
    let told = news(&app, &holder, page, time).await?;
    let answer = answer(&app, &holder, page, &told).await?;
    Ok(applied(time, answer.into_response()))
}

fn page(
    query: Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Page, Problem> {
    let wrong = "The parameters `before`, `after` and `limit` must be whole numbers, `limit` from 1 to 100.";
    let invalid = || Problem::new(Code::InvalidRequest).detail(wrong);
    let Query(query) = query.map_err(|_| invalid())?;
    let limit = query.limit.unwrap_or(ENTRIES);
    let fits = (1..=ACTIVITY_PAGE).contains(&limit);
    fits.then_some(Page {
        before: query.before,
        after: query.after,
        limit,
    })
    .ok_or_else(invalid)
}

/// Waits at most `time` for entries of this page; without any it gives none.
async fn news(
    app: &App,
    holder: &Holder,
    page: Page,
    time: Duration,
) -> Result<Vec<Told>, Problem> {
    let until = tokio::time::Instant::now() + time;
    // First listening, then looking: nothing falls between.
    let mut listener = app.service.signal.listen_to_account(holder.account.id);
    loop {
        // A session that ended meanwhile is told nothing any more.
        let (grant, key) = (holder.grant.id, &holder.grant.key);
        app.service.holder(grant, key).await?;
        let told = app.service.activity(holder, page).await?;
        if !told.is_empty() || app.stop.is_cancelled() || tokio::time::Instant::now() >= until {
            return Ok(told);
        }
        tokio::select! {
            () = listener.changed() => {}
            // A lost wake-up is a delay.
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = tokio::time::sleep_until(until) => {}
            () = app.stop.cancelled() => {}
        }
    }
}

async fn answer(
    app: &App,
    holder: &Holder,
    page: Page,
    told: &[Told],
) -> Result<Json<Value>, Problem> {
    let devices = app.service.list_devices(holder).await?;
    let alive = devices.iter().flat_map(|listed| &listed.grants);
    let alive: Vec<&Grant> = alive.map(|(grant, _)| grant).collect();
    let entries = told.iter().map(|told| entry(app, holder, &alive, told));
    let mut answer = json!({ "entries": entries.collect::<Vec<_>>() });
    let full = told.len() == usize::try_from(page.limit).unwrap_or(usize::MAX);
    if let Some(last) = told.last().filter(|_| full) {
        answer["next"] = last.id.into();
    }
    Ok(Json(answer))
}

fn entry(app: &App, holder: &Holder, alive: &[&Grant], told: &Told) -> Value {
    let entry = &told.entry;
    let (kind, detail) = happened(told);
    let client = told.client.as_ref();
    let client = client.map(|id| {
        app.service
            .clients
            .get(id)
            .map_or(id.as_str(), |client| &client.name)
    });
    let mut answer = json!({ "id": told.id, "at": entry.at.seconds(), "kind": kind });
    for (name, value) in [
        ("device", told.device.as_deref()),
        (
            "by_device",
            told.by_device
                .as_deref()
                .filter(|_| entry.by != entry.grant),
        ),
        ("client", client),
        ("detail", detail),
    ] {
        if let Some(value) = value {
            answer[name] = value.into();
        }
    }
    if let Some(grant) = entry.grant {
        answer["grant"] = grant.to_string().into();
        if let Some(grant) = began(kind, grant, alive) {
            began_answer(app, holder, grant, &mut answer);
        }
    }
    answer
}

/// The live sign-in that an entry of this kind tells the beginning of.
fn began<'a>(kind: &str, id: GrantId, alive: &[&'a Grant]) -> Option<&'a Grant> {
    const BEGINNINGS: [&str; 6] = [
        "signed_in",
        "signed_in_by_passkey",
        "signed_in_by_password",
        "phone_added",
        "recovery_started",
        "invitation_accepted",
    ];
    let mut alive = alive.iter().filter(|_| BEGINNINGS.contains(&kind));
    alive.find(|grant| grant.id == id).copied()
}

/// What there is to say of a sign-in that is alive: how, from where, and whether to take it back.
fn began_answer(app: &App, holder: &Holder, grant: &Grant, answer: &mut Value) {
    answer["how"] = grant.how.name().into();
    if grant.id != holder.grant.id {
        answer["undoable"] = true.into();
    }
    if let Some(place) = grant.address.and_then(|at| app.service.places.place(at)) {
        answer["place"] = json!({ "country": place.country });
        if let Some(region) = place.region {
            answer["place"]["region"] = region.into();
        }
    }
}

/// What happened, in the word of the wire, and what more there is to say.
fn happened(told: &Told) -> (&'static str, Option<&str>) {
    let entry = &told.entry;
    let detail = entry.detail.as_deref();
    match entry.kind {
        Kind::LoginMoved => {
            let to = entry.login.map(|change| change.to);
            match (to, detail) {
                (Some(StateName::Collected), _) => ("signed_in", None),
                (Some(StateName::Denied), Some("reported")) => ("reported", None),
                (Some(StateName::Denied), Some("wrong_codes")) => ("wrong_codes", None),
                (Some(StateName::Denied), Some("wrong_phrases")) => ("wrong_phrases", None),
                (Some(StateName::Denied), detail) => ("declined", detail),
                (Some(StateName::Cancelled), detail) => ("cancelled", detail),
                _ => ("expired", None),
            }
        }
        Kind::SessionOpened if detail == Some(PHONE_WAITS) => ("phone_added", None),
        Kind::SessionOpened if detail == Some(BY_PASSKEY) => ("signed_in_by_passkey", None),
        Kind::SessionOpened => ("signed_in_by_password", None),
        Kind::GrantEnded => match detail {
            Some("refresh_misused" | "collected_by_another_key") => ("misuse", detail),
            detail => ("signed_out", detail),
        },
        Kind::StatusChanged => match detail {
            Some("active") => ("account_unlocked", None),
            detail => ("account_locked", detail),
        },
        kind => (kind.name(), detail),
    }
}
