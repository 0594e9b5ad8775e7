//! Where what happened is told: the webhooks, and mail.

use std::net::IpAddr;
use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::Deserialize;
use url::{Host, Url};

use super::clients::with_defaults;
use super::file::Values;
use super::keys::WEBHOOK_KEYS;
use super::tables::{MailTable, nested};
use super::value::Value;
use super::{ConfigError, Settings};
use crate::notify::{TYPES, check_address};

/// The word for all events.
const ALL: &str = "*";
/// Webhooks that a server has at most: each is told of everything on its own.
const WEBHOOKS_MAX: usize = 32;
/// Letters of a webhook's id.
const ID_CHARS: usize = 64;

/// A webhook, checked.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) url: Url,
    pub(crate) secret_file: PathBuf,
    pub(crate) events: Events,
    /// Whether it may be in a private network.
    pub(crate) private: bool,
}

/// Which events a webhook is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Events {
    All,
    /// Of these types.
    These(Vec<String>),
}

impl Events {
    pub(crate) fn has(&self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(kinds) => kinds.iter().any(|these| these == kind),
        }
    }
}

/// The way to the mail server, checked.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) authority: Option<PathBuf>,
    pub(crate) from: Mailbox,
    /// The name to sign in with, and the file of its password.
    pub(crate) user: Option<(String, PathBuf)>,
}

/// How the way to the mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    StartTls,
    Tls,
    None,
}

/// A `[[webhooks]]` table, every value of which is of its key's kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookTable {
    id: Option<String>,
    url: Option<String>,
    secret_file: Option<PathBuf>,
    events: Vec<String>,
    private: bool,
}

/// The webhooks of the configuration.
pub(super) fn webhooks(given: &[Values]) -> Result<Vec<Webhook>, ConfigError> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for values in given {
        let webhook = webhook(values)?;
        if webhooks.iter().any(|other| other.id == webhook.id) {
            return Err(wrong(values, "id", "this id is there twice"));
        }
        if webhooks.len() == WEBHOOKS_MAX {
            let what = format!("there are more than {WEBHOOKS_MAX}");
            return Err(wrong(values, "id", &what));
        }
        webhooks.push(webhook);
    }
    Ok(webhooks)
}

fn webhook(given: &Values) -> Result<Webhook, ConfigError> {
    let values = with_defaults(given, WEBHOOK_KEYS);
    let table: WebhookTable = nested(&values)
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::one(error.message()))?;
    let refuse = |key: &'static str, what: &str| wrong(given, key, what);
    let id = table.id.ok_or_else(|| refuse("id", "it needs an id"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > ID_CHARS || !id.chars().all(plain) {
        let what = "the id must be 1 to 64 letters, digits, dashes or underscores";
        return Err(refuse("id", what));
    }
    let url = table.url.ok_or_else(|| refuse("id", "it needs a url"))?;
    let url = url_of(&url, table.private).map_err(|what| refuse("url", &what))?;
    let secret_file = table.secret_file.ok_or_else(|| {
        let what = "it needs a secret_file: without a secret nobody could tell its events from forged ones";
        refuse("id", what)
    })?;
    let events = events_of(table.events).map_err(|what| refuse("events", &what))?;
    Ok(Webhook {
        id,
        url,
        secret_file,
        events,
        private: table.private,
    })
}

fn url_of(text: &str, private: bool) -> Result<Url, String> {
    // The text itself is not repeated: it may have a secret in it.
    let url = Url::parse(text).map_err(|error| format!("the url is none: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if private => {}
        "http" => {
            return Err("the url must be https, unless private = true".to_owned());
        }
        other => return Err(format!("the url must be https, not {other}")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the url must have no user part: events are signed instead".to_owned());
    }
    if url.fragment().is_some() {
        return Err("the url must have no fragment: none is ever sent".to_owned());
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err("the url has no host".to_owned()),
    };
    // A name is looked at each time that it is resolved.
    if let Some(address) = address {
        check_address(address, private).map_err(|refused| format!("the url: {refused}"))?;
    }
    Ok(url)
}

fn events_of(given: Vec<String>) -> Result<Events, String> {
    if given.is_empty() {
        return Err("events must name at least one".to_owned());
    }
    if given.iter().any(|kind| kind == ALL) {
        return Ok(Events::All);
    }
    match given.iter().find(|kind| !TYPES.contains(&kind.as_str())) {
        Some(unknown) => Err(format!(
            "there are no events {unknown:?}: docs/webhooks.md lists them"
        )),
        None => Ok(Events::These(given)),
    }
}

/// A complaint about a webhook's key, with where it stands.
fn wrong(values: &Values, key: &str, what: &str) -> ConfigError {
    let id = match values.get("id").map(|given| &given.value) {
        Some(Value::Text(id)) => format!("webhook {id:?}: "),
        _ => "webhooks: ".to_owned(),
    };
    let given = values.get(key).or_else(|| values.values().next());
    let origin = given.map_or(String::new(), |given| format!("{}: ", given.origin));
    ConfigError::one(format!("{origin}{id}{what}"))
}

/// The way to the mail server, if there is one.
pub(super) fn mail(settings: &Settings, table: &MailTable) -> Result<Option<Mail>, ConfigError> {
    let refuse = |key: &str, what: &str| settings.wrong(key, what);
    let Some(server) = &table.server else {
        let others = [
            ("mail.from", table.from.is_some()),
            ("mail.user", table.user.is_some()),
            ("mail.password_file", table.password_file.is_some()),
            ("mail.authority", table.authority.is_some()),
        ];
        return match others.iter().find(|(_, given)| *given) {
            Some((key, _)) => Err(refuse(
                key,
                " needs mail.server beside it: who to give mail to",
            )),
            None => Ok(None),
        };
    };
    let (host, port) = host_and_port(server).ok_or_else(|| {
        refuse(
            "mail.server",
            " must be a host and a port, such as mail.example.org:587",
        )
    })?;
    let security = match table.security.as_str() {
        "tls" => Security::Tls,
        "none" if is_local(&host) => Security::None,
        "none" => {
            let what = " \"none\" is only for a mail server on this computer: on the way to any other one, links that \
                        end sessions could be read";
            return Err(refuse("mail.security", what));
        }
        _ => Security::StartTls,
    };
    let from = table.from.as_deref().ok_or_else(|| {
        refuse(
            "mail.server",
            " needs mail.from beside it: whom mail comes from",
        )
    })?;
    let from = from.parse().map_err(|_| {
        refuse(
            "mail.from",
            " must be a mail address, such as Example <login@example.org>",
        )
    })?;
    let user = match (&table.user, &table.password_file) {
        (Some(user), Some(file)) => Some((user.clone(), file.clone())),
        (None, None) => None,
        (Some(_), None) => return Err(refuse("mail.user", " needs mail.password_file beside it")),
        (None, Some(_)) => return Err(refuse("mail.password_file", " needs mail.user beside it")),
    };
    Ok(Some(Mail {
        host,
        port,
        security,
        authority: table.authority.clone(),
        from,
        user,
    }))
}

/// `name:port`, `192.0.2.1:port` or `[2001:db8::1]:port`.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let host = match Host::parse(host).ok()? {
        Host::Domain(name) => name,
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Some((host, port))
}

fn is_local(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
