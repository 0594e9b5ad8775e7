//! Devices that sign in by themselves, with a password, a passkey, a recovery code or an invitation: who they are and
//! what they are answered, the same for all.

use std::sync::Arc;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use countersign_core::account::Account;
use countersign_core::ids::Thumbprint;
use countersign_core::passkey::{Passkey, Spent, Used};
use countersign_core::ports::Holder;
use countersign_core::refresh::FamilyKind;
use countersign_core::service::{Failure, NewDevice, SignedIn};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::login_session::begin;
use super::logins::DeviceBody;
use super::me::{account_answer, device_answer};
use crate::agent;
use crate::app::App;
use crate::caller::{Browser, Proved};
use crate::passkey::{Challenges, Purpose, named, one_of};
use crate::password::Password;
use crate::problem::{Code, Problem};
use crate::rate::Caller;
use crate::tokens::Tokens;

/// The client that opens a session when the request names none.
const OWN_CLIENT: &str = "countersign";

/// Somebody who is not signed in yet, and proves a key.
#[derive(Clone, Debug)]
pub(super) struct Newcomer {
    pub(super) browser: Browser,
    pub(super) caller: Caller,
    pub(super) key: Thumbprint,
}

impl FromRequestParts<Arc<App>> for Newcomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let browser = Browser::from_request_parts(parts, app).await?;
        let caller = Caller::of(app, &parts.extensions, &parts.headers);
        let Proved(key) = Proved::by(parts, app)?;
        Ok(Self {
            browser,
            caller: caller.proved(key),
            key,
        })
    }
}

impl Newcomer {
    /// The device that signs in, of this client, with what it says of itself.
    pub(super) fn device<'a>(&self, client: Option<&'a str>, said: DeviceBody) -> NewDevice<'a> {
        let mut said = said;
        said.name = said.name.or_else(|| name_of(&self.browser));
        NewDevice {
            client: client.unwrap_or(OWN_CLIENT),
            info: said.info(),
            key: self.key,
            address: self.caller.address,
        }
    }
}

/// A name for a device that gave none, from what its browser claims.
fn name_of(browser: &Browser) -> Option<String> {
    match agent::families(browser.agent.as_deref()) {
        (Some(browser), Some(os)) => Some(format!("{browser} on {os}")),
        (browser, os) => browser.or(os),
    }
}

/// A password as somebody gives it. One that is too long to be anybody's is a request that makes no sense.
pub(super) fn presented(password: String) -> Result<Password, Problem> {
    Password::presented(password).map_err(|_| {
        Problem::new(Code::InvalidRequest).detail("The password must have at most 256 characters.")
    })
}

/// What a passkey answers, with the challenge that it answers to.
#[derive(Deserialize)]
pub(super) struct PasskeyBody {
    pub(super) challenge: String,
    pub(super) response: Value,
}

/// The passkey that answers rightly to a challenge for signing in, and whose it is; `None` for everything else.
pub(super) async fn by_any_passkey(
    app: &App,
    key: &Thumbprint,
    body: &PasskeyBody,
) -> Result<Option<(Account, Used, Spent)>, Problem> {
    let party = app.relying_party()?;
    let opened = Challenges::of(&app.service).open(Purpose::SignIn, key, &body.challenge);
    let (Some((state, spent)), Some(named)) = (opened, named(&body.response)) else {
        return Ok(None);
    };
    let found = app.service.passkey(&named.credential).await?;
    let found = found.filter(|(passkey, _)| *passkey.account.bytes() == *named.account);
    Ok(found.and_then(|(passkey, account)| {
        let used = party.answered(&state, &body.response, &passkey)?;
        Some((account, used, spent))
    }))
}

/// The passkey of the holder's account that answers rightly to a challenge for showing who holds this device.
pub(super) fn by_own_passkey(
    app: &App,
    holder: &Holder,
    passkeys: &[Passkey],
    body: &PasskeyBody,
) -> Result<(Used, Spent), Problem> {
    let party = app.relying_party()?;
    let purpose = Purpose::Verify(holder.grant.id);
    let judged = Challenges::of(&app.service)
        .open(purpose, &holder.grant.key, &body.challenge)
        .and_then(|(state, spent)| {
            let passkey = one_of(&body.response, passkeys)?;
            Some((party.answered(&state, &body.response, passkey)?, spent))
        });
    judged.ok_or_else(|| Problem::new(Code::PasskeyRejected))
}

/// How a sign-in is answered.
pub(super) type Answer = (StatusCode, HeaderMap, Json<SessionAnswer>);

#[derive(Serialize)]
pub(super) struct SessionAnswer {
    /// What keeps the session: tokens or, for a desktop on our own pages, what says whose the cookie is.
    #[serde(flatten)]
    session: Kept,
    account: Value,
    device: Value,
    role: &'static str,
    may_approve: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    approves_in: Option<u64>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Kept {
    Tokens(Tokens),
    Cookie(Value),
}

/// Answers a device that is signed in from now on, and remembers it as no stranger.
pub(super) fn signed_in(
    app: &App,
    newcomer: &Newcomer,
    signed_in: &SignedIn,
) -> Result<Answer, Problem> {
    let holder = &signed_in.holder;
    app.rates
        .succeeded(&newcomer.caller, &newcomer.key, &holder.account);
    let mut headers = HeaderMap::new();
    let session = match signed_in.kind {
        FamilyKind::Refresh => Kept::Tokens(app.tokens(signed_in).map_err(Problem::internal)?),
        FamilyKind::Cookie => Kept::Cookie(begin(app, signed_in, &mut headers)),
    };
    let may_approve = app.service.may_approve(holder);
    let answer = SessionAnswer {
        session,
        account: account_answer(holder),
        device: device_answer(holder),
        role: holder.grant.role.name(),
        approves_in: match may_approve {
            Err(Failure::PhoneWaiting { approves_in }) => Some(approves_in),
            _ => None,
        },
        may_approve: may_approve.is_ok(),
    };
    Ok((StatusCode::CREATED, headers, Json(answer)))
}
