//! `/v1/logins`: what a desktop does.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use countersign_core::account::{DeviceInfo, DeviceKind, LoginName};
use countersign_core::ids::{LoginId, Thumbprint};
use countersign_core::login::{Act, Login};
use countersign_core::phrase::Phrase;
use countersign_core::secret::Secret;
use countersign_core::service::{Created, Desk, DeviceCode, NewLogin};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agent;
use crate::app::App;
use crate::caller::{Browser, DeskKey};
use crate::cookies;
use crate::dpop::Target;
use crate::extract::JsonBody;
use crate::origin;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

/// What a device says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct DeviceBody {
    pub(super) name: Option<String>,
    pub(super) kind: String,
    pub(super) platform: Option<String>,
}

impl DeviceBody {
    pub(super) fn info(&self) -> DeviceInfo {
        let kind = DeviceKind::said(&self.kind);
        DeviceInfo::new(self.name.as_deref(), kind, self.platform.as_deref())
    }
}

#[derive(Deserialize)]
pub(super) struct CreateBody {
    client_id: String,
    scope: Option<String>,
    dpop_jkt: Option<String>,
    #[serde(default)]
    device: DeviceBody,
    rotate: Option<bool>,
    login_hint: Option<String>,
    act: Option<String>,
    phrase: Option<String>,
}

impl CreateBody {
    /// The account that it is for. A name that no account can have would be nobody's.
    fn hint(&self) -> Result<Option<LoginName>, Problem> {
        let read = |text: &String| {
            LoginName::parse(text).ok_or_else(|| {
                Problem::new(Code::InvalidRequest)
                    .detail("The member `login_hint` must be a login name.")
            })
        };
        self.login_hint.as_ref().map(read).transpose()
    }

    fn act(&self) -> Result<Option<Act>, Problem> {
        let read = |text: &String| {
            Act::parse(text).ok_or_else(|| {
                Problem::new(Code::InvalidRequest).detail("The member `act` names no act.")
            })
        };
        self.act.as_ref().map(read).transpose()
    }
}

#[derive(Deserialize)]
pub(super) struct CheckBody {
    device_code: String,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct CodeBody {
    pub(super) device_code: String,
}

#[derive(Serialize)]
pub(super) struct CreatedAnswer {
    login_id: String,
    device_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    scan: ScanAnswer,
    expires_in: u64,
    interval: u64,
}

#[derive(Serialize)]
struct ScanAnswer {
    url: String,
    rotation_key: String,
    rotate_seconds: u64,
    rotation_step: u64,
    rotate_in: u64,
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    (browser, named): (Browser, NamedKey),
    headers: HeaderMap,
    JsonBody(body): JsonBody<CreateBody>,
) -> Result<(StatusCode, HeaderMap, Json<CreatedAnswer>), Problem> {
    let key = named.agrees_with(body.dpop_jkt.as_deref())?;
    let (hint, act, phrase) = (body.hint()?, body.act()?, phrase(body.phrase.as_deref())?);
    let client = &app.service.client(&body.client_id)?.id;
    let caller = caller.proved(named.0);
    app.rates.create(&caller, client)?;
    let new = NewLogin {
        client: &body.client_id,
        origin: browser.origin.as_deref(),
        scope: body.scope.as_deref(),
        key,
        proved: named.0.is_some(),
        rotate: body.rotate,
        device: body.device.info(),
        agent: agent::families(browser.agent.as_deref()),
        address: caller.address,
        hint,
        act,
        phrase,
    };
    let created = app.service.create_login(new).await?;
    let mut answer = HeaderMap::new();
    if let Some(cookie) = &created.cookie {
        cookies::set_login(&mut answer, &headers, created.login.id, cookie);
    }
    Ok((
        StatusCode::CREATED,
        answer,
        Json(created_answer(&app, &created)),
    ))
}

/// A phrase as somebody typed it, if they did.
pub(super) fn phrase(typed: Option<&str>) -> Result<Option<Phrase>, Problem> {
    let read = |typed: &str| {
        Phrase::parse(typed).ok_or_else(|| {
            Problem::new(Code::InvalidRequest)
                .detail("The member `phrase` must have 4 to 64 characters.")
        })
    };
    typed.map(read).transpose()
}

fn created_answer(app: &App, created: &Created) -> CreatedAnswer {
    let Created {
        login,
        device_code,
        rotation_key,
        device_id,
        ..
    } = created;
    let view = login.view(login.created_at);
    let (rotation_step, rotate_in) = view.rotation.unwrap_or_default();
    CreatedAnswer {
        login_id: login.id.to_string(),
        device_code: device_code.reveal(),
        device_id: device_id.as_ref().map(Secret::reveal),
        scan: ScanAnswer {
            url: format!("{}/q", app.service.issuer),
            rotation_key: rotation_key.reveal(),
            rotate_seconds: login.request.rotation.seconds(),
            rotation_step,
            rotate_in,
        },
        expires_in: view.expires_in,
        interval: countersign_core::limits::POLL_INTERVAL.as_secs(),
    }
}

pub(super) async fn check(
    State(app): State<Arc<App>>,
    InUrl(id): InUrl,
    (caller, headers): (Caller, HeaderMap),
    DeskKey(binding, key): DeskKey,
    JsonBody(body): JsonBody<CheckBody>,
) -> Result<Json<Value>, Problem> {
    app.rates.collect(&caller)?;
    let (id, code) = names(id, &body.device_code)?;
    from_its_client(&app, id, &code, &headers).await?;
    let cookie = cookies::login(&headers, id);
    let desk = Desk {
        code: &code,
        key,
        binding,
        cookie: cookie.as_ref(),
        address: caller.address,
    };
    let login = app.service.check(id, desk, &body.code).await?;
    Ok(Json(standing(&app, &login)))
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    InUrl(id): InUrl,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<(HeaderMap, Json<Value>), Problem> {
    let (id, code) = names(id, &body.device_code)?;
    from_its_client(&app, id, &code, &headers).await?;
    let login = app.service.cancel(id, &code).await?;
    let mut answer = HeaderMap::new();
    if login.request.cookie.is_some() {
        cookies::clear_login(&mut answer, id);
    }
    Ok((answer, Json(standing(&app, &login))))
}

/// Refuses the request of a page whose origin is not one of the login's client. Whoever has no right to know of the
/// login hears nothing of that either.
pub(super) async fn from_its_client(
    app: &App,
    id: LoginId,
    code: &DeviceCode,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let Some(origin) = origin::sent(headers)? else {
        return Ok(());
    };
    let login = app.service.desktop_login(id, code).await?;
    Ok(origin::speaks_for(
        app,
        &login.request.client,
        Some(origin),
    )?)
}

/// State, version and time left, as every deciding route answers.
pub(super) fn standing(app: &App, login: &Login) -> Value {
    let view = login.view(app.service.now());
    json!({ "state": view.state.name(), "version": view.version, "expires_in": view.expires_in })
}

/// Reads id and device code. Text that can't be either is answered like one that is unknown.
pub(super) fn names(
    login_id: Option<LoginId>,
    device_code: &str,
) -> Result<(LoginId, DeviceCode), Problem> {
    let unknown = || Problem::new(Code::UnknownLogin);
    let id = login_id.ok_or_else(unknown)?;
    let code = DeviceCode::parse(device_code).ok_or_else(unknown)?;
    Ok((id, code))
}

/// The login that the URL names; `None` for what can't be an id, be it text or not.
pub(super) struct InUrl(pub(super) Option<LoginId>);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for InUrl {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        Ok(Self(text.and_then(|Path(text)| LoginId::parse(&text))))
    }
}

/// The key of an optional proof.
pub(super) struct NamedKey(Option<Thumbprint>);

impl NamedKey {
    /// The key that the body names, if it names one; a proof beside it must be by the same.
    fn agrees_with(&self, named: Option<&str>) -> Result<Option<Thumbprint>, Problem> {
        let invalid = |detail| Problem::new(Code::InvalidRequest).detail(detail);
        let read = |named| {
            Thumbprint::parse(named).ok_or_else(|| {
                invalid("The member `dpop_jkt` must be the base64url SHA-256 thumbprint of a key.")
            })
        };
        let key = named.map(read).transpose()?;
        if self.0.is_some() && self.0 != key {
            return Err(invalid(
                "The proof is by another key than `dpop_jkt` names.",
            ));
        }
        Ok(key)
    }
}

impl axum::extract::FromRequestParts<Arc<App>> for NamedKey {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        app: &Arc<App>,
    ) -> Result<Self, Problem> {
        let (method, uri, headers): (&Method, &Uri, &HeaderMap) =
            (&parts.method, &parts.uri, &parts.headers);
        let target = Target {
            method: method.as_str(),
            path: uri.path(),
            access_token: None,
        };
        let now = app.service.now().millis();
        let proof = app
            .authenticator
            .proofs()
            .verify_if_present(headers, &target, now)?;
        Ok(Self(proof.map(|proof| Thumbprint::from_bytes(proof.jkt))))
    }
}
