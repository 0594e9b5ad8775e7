//! `/v1/logins`: what a desktop does.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use countersign_core::account::{DeviceInfo, DeviceKind};
use countersign_core::ids::{LoginId, Thumbprint};
use countersign_core::login::Login;
use countersign_core::service::{Created, DeviceCode, NewLogin};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agent;
use crate::app::App;
use crate::caller::{Address, Browser, Proved};
use crate::dpop::Target;
use crate::extract::JsonBody;
use crate::problem::{Code, Problem};

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
    dpop_jkt: String,
    #[serde(default)]
    device: DeviceBody,
    rotate: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct CheckBody {
    device_code: String,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct CodeBody {
    device_code: String,
}

#[derive(Serialize)]
pub(super) struct CreatedAnswer {
    login_id: String,
    device_code: String,
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
    Address(address): Address,
    browser: Browser,
    named: NamedKey,
    JsonBody(body): JsonBody<CreateBody>,
) -> Result<(StatusCode, Json<CreatedAnswer>), Problem> {
    let key = named.agrees_with(&body.dpop_jkt)?;
    let new = NewLogin {
        client: &body.client_id,
        origin: browser.origin.as_deref(),
        scope: body.scope.as_deref(),
        key,
        proved: named.0.is_some(),
        rotate: body.rotate,
        device: body.device.info(),
        agent: agent::families(browser.agent.as_deref()),
        address,
    };
    let created = app.service.create_login(new).await?;
    Ok((StatusCode::CREATED, Json(created_answer(&app, &created))))
}

fn created_answer(app: &App, created: &Created) -> CreatedAnswer {
    let Created {
        login,
        device_code,
        rotation_key,
    } = created;
    let view = login.view(login.created_at);
    let (rotation_step, rotate_in) = view.rotation.unwrap_or_default();
    CreatedAnswer {
        login_id: login.id.to_string(),
        device_code: device_code.reveal(),
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
    Proved(key): Proved,
    JsonBody(body): JsonBody<CheckBody>,
) -> Result<Json<Value>, Problem> {
    let (id, code) = names(id, &body.device_code)?;
    let login = app.service.check(id, &code, key, &body.code).await?;
    Ok(Json(standing(&app, &login)))
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    InUrl(id): InUrl,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<Json<Value>, Problem> {
    let (id, code) = names(id, &body.device_code)?;
    let login = app.service.cancel(id, &code).await?;
    Ok(Json(standing(&app, &login)))
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
    /// The key that the body names; a proof beside it must be by the same.
    fn agrees_with(&self, named: &str) -> Result<Thumbprint, Problem> {
        let invalid = |detail| Problem::new(Code::InvalidRequest).detail(detail);
        let key = Thumbprint::parse(named).ok_or_else(|| {
            invalid("The member `dpop_jkt` must be the base64url SHA-256 thumbprint of a key.")
        })?;
        if self.0.is_some_and(|proved| proved != key) {
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
