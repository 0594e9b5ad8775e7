//! `/v1/passkeys`: what an account's owner does with passkeys, and the questions that any use of one begins with.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use countersign_core::grant::Role;
use countersign_core::ids::{PasskeyId, Thumbprint};
use countersign_core::invitation::InvitationSecret;
use countersign_core::limits::{CHALLENGE, PASSKEYS};
use countersign_core::passkey::{Passkey, Spent};
use countersign_core::ports::Holder;
use countersign_core::service::{Failure, NewPasskey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::devices::Named;
use super::invitations::invitation;
use crate::app::App;
use crate::caller::{AnyPhone, Browser, Phone, Proved, SignedInDevice};
use crate::extract::JsonBody;
use crate::passkey::{Challenges, Purpose, Question};
use crate::problem::{Code, Problem};
use crate::rate::Caller;

#[derive(Deserialize)]
struct OptionsBody {
    purpose: String,
    invitation: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct AddBody {
    name: Option<String>,
    challenge: String,
    response: Value,
}

#[derive(Deserialize)]
pub(super) struct RenameBody {
    name: String,
}

/// A question that is asked for, by whom that takes: what has to be shown follows from what it is for.
pub(super) enum Asked {
    SignIn(Thumbprint),
    Verify(Holder),
    Add(Holder),
    Invitation(Thumbprint, InvitationSecret),
}

impl FromRequest<Arc<App>> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        let JsonBody(body) = JsonBody::<OptionsBody>::from_request(request, app).await?;
        let key = |parts: &Parts| Proved::by(parts, app).map(|Proved(key)| key);
        match (body.purpose.as_str(), body.invitation) {
            ("sign-in", _) => key(&parts).map(Self::SignIn),
            ("verify", _) => {
                let AnyPhone(holder) = AnyPhone::from_request_parts(&mut parts, app).await?;
                Ok(Self::Verify(holder))
            }
            ("add", _) => {
                let device = SignedInDevice::from_request_parts(&mut parts, app).await?;
                Ok(Self::Add(device.0))
            }
            ("invitation", Some(link)) => {
                Ok(Self::Invitation(key(&parts)?, invitation(&link)?))
            }
            _ => Err(Problem::new(Code::InvalidRequest).detail(
                "The member `purpose` must be `sign-in`, `verify`, `add` or, with `invitation` beside it, `invitation`.",
            )),
        }
    }
}

/// Makes a question for a browser. Writes nothing.
pub(super) async fn options(
    State(app): State<Arc<App>>,
    browser: Browser,
    caller: Caller,
    asked: Asked,
) -> Result<Json<Value>, Problem> {
    browser.is_our_page(&app.service.issuer)?;
    app.rates.passkey_options(&asked.by(caller))?;
    let (purpose, question) = asked.question(&app).await?;
    let failed = || Problem::internal("no question for a passkey could be made");
    let question = question.ok_or_else(failed)?;
    let challenge = Challenges::of(&app.service)
        .seal(purpose, &asked.key(), &question)
        .ok_or_else(failed)?;
    Ok(Json(json!({
        "challenge": challenge,
        "expires_in": CHALLENGE.as_secs(),
        "options": question.options,
    })))
}

impl Asked {
    fn key(&self) -> Thumbprint {
        match self {
            Self::SignIn(key) | Self::Invitation(key, _) => *key,
            Self::Verify(holder) | Self::Add(holder) => holder.grant.key,
        }
    }

    /// The caller, by what it has shown.
    fn by(&self, caller: Caller) -> Caller {
        match self {
            Self::SignIn(key) | Self::Invitation(key, _) => caller.proved(*key),
            Self::Verify(holder) | Self::Add(holder) => caller.signed_in(holder.grant.key),
        }
    }

    /// What is asked, and for what, if it may be.
    async fn question(&self, app: &App) -> Result<(Purpose, Option<Question>), Problem> {
        let party = app.relying_party()?;
        Ok(match self {
            Self::SignIn(_) => (Purpose::SignIn, party.ask_anybody()),
            Self::Verify(holder) => {
                let passkeys = app.service.list_passkeys(holder).await?;
                if passkeys.is_empty() {
                    return Err(Problem::new(Code::PasskeyRequired).with("has_passkey", false));
                }
                (Purpose::Verify(holder.grant.id), party.ask(&passkeys))
            }
            Self::Add(holder) => {
                let passkeys = may_add(app, holder).await?;
                let question = party.ask_for_new(&holder.account, &passkeys);
                (Purpose::Add(holder.grant.id), question)
            }
            Self::Invitation(_, link) => {
                let (invitation, account) = app.service.invitation(link).await?;
                let question = party.ask_for_new(&account, &[]);
                (Purpose::Invitation(invitation.id), question)
            }
        })
    }
}

/// The passkeys of the holder's account, if the holder may add one.
async fn may_add(app: &App, holder: &Holder) -> Result<Vec<Passkey>, Problem> {
    app.service.may_add_passkey(holder)?;
    let passkeys = app.service.list_passkeys(holder).await?;
    if used_up(app, holder, &passkeys) {
        return Err(Problem::new(Code::NotAPhone));
    }
    if u32::try_from(passkeys.len()).is_ok_and(|count| count < PASSKEYS) {
        return Ok(passkeys);
    }
    Err(Problem::new(Code::LimitReached))
}

/// Whether a desktop has added the one passkey that a phone approved.
pub(super) fn used_up(app: &App, holder: &Holder, passkeys: &[Passkey]) -> bool {
    let own = |passkey: &Passkey| passkey.made_by == holder.grant.id;
    app.service.may_add_passkey_until(holder).is_some() && passkeys.iter().any(own)
}

pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    SignedInDevice(holder): SignedInDevice,
    JsonBody(body): JsonBody<AddBody>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    app.rates.passkey(&caller.signed_in(holder.grant.key))?;
    may_add(&app, &holder).await?;
    let key = holder.grant.key;
    let purpose = Purpose::Add(holder.grant.id);
    let registered = registered(&app, (purpose, &key), &body.challenge, &body.response)?;
    let (mut new, spent) = registered;
    new.name = body.name;
    let added = app.service.add_passkey(&holder, new, spent).await;
    let passkey = added.map_err(|failure| match failure {
        // Its leave was used up meanwhile; signed in it still is.
        Failure::InvalidGrant if holder.grant.role == Role::Desktop => {
            Problem::new(Code::NotAPhone)
        }
        other => Problem::from(other),
    })?;
    let answer = passkey_answer(&passkey, Some(holder.device.name()));
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The new passkey that an authenticator answered with to a challenge of this purpose and key.
pub(super) fn registered(
    app: &App,
    (purpose, key): (Purpose, &Thumbprint),
    challenge: &str,
    response: &Value,
) -> Result<(NewPasskey, Spent), Problem> {
    let party = app.relying_party()?;
    Challenges::of(&app.service)
        .open(purpose, key, challenge)
        .and_then(|(state, spent)| Some((party.registered(&state, response)?, spent)))
        .ok_or_else(|| Problem::new(Code::PasskeyRejected))
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    AnyPhone(holder): AnyPhone,
) -> Result<Json<Value>, Problem> {
    let mut listed = Vec::new();
    for passkey in app.service.list_passkeys(&holder).await? {
        let maker = app.service.grants.holder(passkey.made_by).await;
        let maker = maker.map_err(Failure::Store)?;
        let made_on = maker.as_ref().map(|maker| maker.device.name());
        listed.push(passkey_answer(&passkey, made_on));
    }
    Ok(Json(json!({ "passkeys": listed })))
}

pub(super) async fn rename(
    State(app): State<Arc<App>>,
    Named(id): Named<PasskeyId>,
    Phone(holder): Phone,
    JsonBody(body): JsonBody<RenameBody>,
) -> Result<Json<Value>, Problem> {
    let passkey = app.service.rename_passkey(&holder, id, &body.name).await?;
    Ok(Json(passkey_answer(&passkey, None)))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Named(id): Named<PasskeyId>,
    Phone(holder): Phone,
) -> Result<StatusCode, Problem> {
    app.service.remove_passkey(&holder, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn passkey_answer(passkey: &Passkey, made_on: Option<&str>) -> Value {
    let mut answer = json!({
        "id": passkey.id.to_string(),
        "name": passkey.name,
        "created_at": passkey.created_at.seconds(),
        "synced": passkey.synced,
    });
    if let Some(used) = passkey.used_at {
        answer["last_used_at"] = used.seconds().into();
    }
    if let Some(device) = made_on {
        answer["made_on"] = device.into();
    }
    answer
}
