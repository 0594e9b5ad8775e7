//! The clients of the configuration, and the two that exist without one.

use std::time::Duration;

use countersign_core::client::{Approval, Client, Scopes};
use countersign_core::ids::ClientId;
use countersign_core::scan_code::Rotation;
use serde::Deserialize;
use url::{Host, Url};

use super::{ConfigError, setting};

/// The longest that a desktop may stay signed in, in days.
const KEEP_DAYS_MAX: u64 = 90;

/// A `[[clients]]` table of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientTable {
    id: String,
    name: Option<String>,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    native: bool,
    #[serde(default)]
    approval: ApprovalWord,
    qr_scopes: Option<Vec<String>>,
    #[serde(default)]
    first_party: bool,
    desktop_hours: Option<u64>,
    keep_days: Option<u64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ApprovalWord {
    #[default]
    Auto,
    Code,
}

/// The built-in clients and those of `tables`, all checked.
pub(super) fn clients(
    tables: &[ClientTable],
    issuer: &str,
    rotation: Rotation,
) -> Result<Vec<Client>, ConfigError> {
    let mut clients = vec![own_client("countersign", "Countersign", issuer, rotation)?];
    if tables.is_empty() {
        clients.push(own_client("demo", "Countersign demo", issuer, rotation)?);
    }
    for table in tables {
        let client = client(table, issuer, rotation)?;
        if clients.iter().any(|other| other.id == client.id) {
            return Err(setting(format!(
                "clients: the id {:?} is there twice, or built in",
                table.id
            )));
        }
        clients.push(client);
    }
    Ok(clients)
}

/// The two clients that exist without a config: our own pages and phones, and the demo.
fn own_client(
    id: &str,
    name: &str,
    issuer: &str,
    rotation: Rotation,
) -> Result<Client, ConfigError> {
    let mut client = Client::new(client_id(id)?, name);
    client.origins = vec![issuer.to_owned()];
    client.native = true;
    client.phone = id == "countersign";
    client.first_party = true;
    client.rotation = rotation;
    Ok(client)
}

fn client(table: &ClientTable, issuer: &str, rotation: Rotation) -> Result<Client, ConfigError> {
    let wrong = |what: String| setting(format!("clients, id {:?}: {what}", table.id));
    let mut client = Client::new(
        client_id(&table.id)?,
        table.name.as_deref().unwrap_or(&table.id),
    );
    for origin in &table.origins {
        client
            .origins
            .push(origin_of(origin, issuer).map_err(&wrong)?);
    }
    if client.origins.is_empty() && !table.native {
        return Err(wrong(
            "needs origins, or native = true for a program: else nothing could start a login"
                .into(),
        ));
    }
    if let Some(names) = &table.qr_scopes {
        client.qr_scopes = Scopes::parse(&names.join(" "))
            .ok_or_else(|| wrong("qr_scopes has a malformed scope, or too many".into()))?;
    }
    client.native = table.native;
    client.first_party = table.first_party;
    client.rotation = rotation;
    client.approval = match table.approval {
        ApprovalWord::Auto => Approval::Auto,
        ApprovalWord::Code => Approval::Code,
    };
    let hours = |given: Option<u64>, scale: u64, default: Duration, name: &str| match given {
        None => Ok(default),
        Some(count) if (1..=KEEP_DAYS_MAX * 24).contains(&count.saturating_mul(scale)) => {
            Ok(Duration::from_secs(count * scale * 3600))
        }
        Some(count) => Err(wrong(format!(
            "{name} must be at least 1 and at most {KEEP_DAYS_MAX} days, not {count}"
        ))),
    };
    client.duration = hours(table.desktop_hours, 1, client.duration, "desktop_hours")?;
    client.keep = hours(table.keep_days, 24, client.keep, "keep_days")?.max(client.duration);
    Ok(client)
}

fn client_id(text: &str) -> Result<ClientId, ConfigError> {
    ClientId::parse(text).ok_or_else(|| {
        setting(format!(
            "clients: the id {text:?} must be 1 to 64 letters, digits, dots, dashes or underscores"
        ))
    })
}

/// A web origin as browsers send it. `http` only for localhost, and only beside an issuer on
/// localhost: a page that anyone on the way can change must not start logins.
fn origin_of(text: &str, issuer: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("origin {text:?} is no URL: {error}"))?;
    let origin = url.origin().ascii_serialization();
    if origin != text {
        return Err(format!(
            "origin {text:?} must be scheme, host and port and nothing else, like {origin}"
        ));
    }
    let local =
        url.host() == Some(Host::Domain("localhost")) && issuer.starts_with("http://localhost");
    match url.scheme() {
        "https" => Ok(origin),
        "http" if local => Ok(origin),
        _ => Err(format!("origin {text:?} must be https")),
    }
}
