//! `/v1/revocations` and `/admin/v1/revocations`: ends all sign-ins of a kind, of one's own account or of any.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use countersign_core::account::Account;
use countersign_core::grant::Role;
use countersign_core::ids::{DeviceId, GrantId, Thumbprint};
use countersign_core::ports::{Filter, Network};
use countersign_core::time::Timestamp;
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Value, json};

use super::sessions::account;
use super::undo::gone_answer;
use crate::app::App;
use crate::caller::Phone;
use crate::extract::JsonBody;
use crate::problem::{Code, Problem};
use crate::rate::Caller;

/// Which sign-ins are meant: those for which all that is given holds. Here alone a member that is not known is
/// refused: a slip would mean more than was meant, or do what was only to be tried.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    grant: Option<String>,
    device: Option<String>,
    key: Option<String>,
    address: Option<String>,
    since: Option<u64>,
    until: Option<u64>,
    role: Option<String>,
    /// For the operator alone, as is the next one.
    account: Option<String>,
    dry_run: Option<bool>,
}

/// Whoever has the operator's token.
pub(super) struct Operator;

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = Caller::of(app, &parts.extensions, &parts.headers);
        app.rates.operator(&caller)?;
        let mut fields = parts.headers.get_all(AUTHORIZATION).iter();
        let field = fields.next().and_then(|field| field.to_str().ok());
        let token = field.and_then(|field| field.strip_prefix("Bearer "));
        let right = token
            .filter(|_| fields.next().is_none())
            .is_some_and(|token| app.operator.as_ref().is_some_and(|known| known.is(token)));
        right
            .then_some(Self)
            .ok_or_else(|| Problem::new(Code::InvalidToken).header(WWW_AUTHENTICATE, "Bearer"))
    }
}

pub(super) async fn own(
    State(app): State<Arc<App>>,
    Phone(holder): Phone,
    JsonBody(body): JsonBody<Meant>,
) -> Result<Json<Value>, Problem> {
    if body.account.is_some() || body.dry_run.is_some() {
        let wrong = "The members `account` and `dry_run` are for the operator.";
        return Err(Problem::new(Code::InvalidRequest).detail(wrong));
    }
    let gone = app.service.revoke(&holder, body.filter()?).await?;
    Ok(Json(gone_answer(&gone)))
}

pub(super) async fn any(
    State(app): State<Arc<App>>,
    _: Operator,
    JsonBody(body): JsonBody<Meant>,
) -> Result<Json<Value>, Problem> {
    let mut filter = body.filter()?;
    if let Some(name) = &body.account {
        filter.account = Some(of_name(&app, name).await?.id);
    }
    if body.dry_run == Some(true) {
        let count = app.service.would_revoke(filter).await?;
        return Ok(Json(json!({ "would_end": count })));
    }
    let gone = app.service.revoke_as_operator(filter).await?;
    Ok(Json(gone_answer(&gone)))
}

async fn of_name(app: &App, name: &str) -> Result<Account, Problem> {
    account(app, name)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound).detail("There is no such account."))
}

impl Meant {
    /// What is meant. A part that can't be read is an error: without it, more would end than was asked for.
    fn filter(&self) -> Result<Filter, Problem> {
        let moment = |seconds: u64| Timestamp::from_millis(seconds.saturating_mul(1_000));
        Ok(Filter {
            account: None,
            grant: read("grant", self.grant.as_deref(), GrantId::parse)?,
            device: read("device", self.device.as_deref(), DeviceId::parse)?,
            key: read("key", self.key.as_deref(), Thumbprint::parse)?,
            network: read("address", self.address.as_deref(), network)?,
            since: self.since.map(moment),
            until: self.until.map(moment),
            role: read("role", self.role.as_deref(), Role::parse)?,
            but: None,
        })
    }
}

fn read<T>(
    name: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let wrong =
        || Problem::new(Code::InvalidRequest).detail(format!("The member `{name}` can't be read."));
    text.map(|text| parse(text).ok_or_else(wrong)).transpose()
}

/// An address, or a range of them as `192.0.2.0/24`.
fn network(text: &str) -> Option<Network> {
    let net: IpNet = match text.parse() {
        Ok(net) => net,
        Err(_) => IpNet::from(text.parse::<std::net::IpAddr>().ok()?),
    };
    Network::with_prefix(net.addr(), net.prefix_len())
}
