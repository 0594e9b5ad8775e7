//! The configuration: the command line, above the environment, above one TOML file, above defaults.
//!
//! Everything is checked before anything is opened, and what is wrong is named with its place.
//! Unknown keys are refused: a misspelt limit would silently not be there.

mod clients;
mod file;
mod keys;
mod nearest;
mod networks;
mod notices;
mod print;
mod tables;
mod value;
mod variables;

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use countersign_core::client::Client;
use countersign_core::grant::{Additional, PhoneRules};
use countersign_core::limits::Lifetimes;
use countersign_core::network::Known;
use countersign_core::service::{Registration, Retention};
use countersign_http::address::Proxies;
use countersign_http::connections::Connections;
use countersign_http::issuer::Issuer;
use countersign_http::rate::Limits;
use url::{Host, Url};

use crate::cli::SettingsArgs;
use crate::environment;
use crate::places::PlaceFiles;
use file::{File, Lists, Values};
use tables::Tables;
use value::{Given, Origin, Value};

pub(crate) use keys::KEYS;
use keys::{CLIENTS, WEBHOOKS};
pub(crate) use nearest::nearest_name;
pub(crate) use notices::{Events, Mail, Security, Webhook};

/// Everything that `serve` needs to know, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) issuer: Issuer,
    pub(crate) proxies: Proxies,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) registration: Registration,
    pub(crate) phones: PhoneRules,
    pub(crate) networks: Known,
    pub(crate) places: PlaceFiles,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) limits: Limits,
    /// Open connections of one address.
    pub(crate) connections: u32,
    pub(crate) retention: Retention,
    /// The built-in clients and the configured ones.
    pub(crate) clients: Vec<Client>,
    /// Who is told of what happened.
    pub(crate) webhooks: Vec<Webhook>,
    /// The way for mail to people.
    pub(crate) mail: Option<Mail>,
    /// The file of the operator's token.
    pub(crate) admin_token_file: Option<PathBuf>,
}

/// The files to serve https with.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// A local authority for people to install, and where its page is.
    pub(crate) authority: Option<(PathBuf, SocketAddr)>,
}

/// What is wrong with the configuration, in words for the operator: a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(crate) struct ConfigError(Vec<String>);

impl ConfigError {
    fn one(words: impl Into<String>) -> Self {
        Self(vec![words.into()])
    }

    fn all(lines: Vec<String>) -> Self {
        Self(lines)
    }
}

/// What was asked for, before the address is known that the system gives for port 0.
#[derive(Debug)]
pub(crate) struct Settings {
    values: Values,
    lists: Lists,
    tables: Tables,
}

impl Settings {
    /// Reads the command line, the environment, and the file that one of them names.
    pub(crate) fn read(args: &SettingsArgs) -> Result<Self, ConfigError> {
        Self::layered(args, environment::settings())
    }

    fn layered(
        args: &SettingsArgs,
        environment: Vec<(String, OsString)>,
    ) -> Result<Self, ConfigError> {
        let variables = variables::read(environment)?;
        let path = args.config.as_ref().or(variables.file.as_ref());
        let file = path.map_or_else(|| Ok(File::default()), |path| file::read(path))?;
        let mut values = defaults();
        values.extend(file.values);
        values.extend(variables.values);
        values.extend(options(args));
        let tables = Tables::of(&values)?;
        let mut lists = file.lists;
        lists.extend(variables.lists);
        Ok(Self {
            values,
            lists,
            tables,
        })
    }

    /// Where to listen.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.tables.listen
    }

    /// Checks everything; `listen` is the address that was really bound, or [`Settings::listen`].
    pub(crate) fn check(&self, listen: SocketAddr) -> Result<Config, ConfigError> {
        let tables = &self.tables;
        let tls = self.tls()?;
        let issuer = self.issuer(listen, tls.is_some())?;
        let proxies = Proxies::parse(&tables.trusted_proxies)
            .map_err(|error| self.wrong("trusted_proxies", &format!(": {error}")))?;
        let lifetimes = tables.lifetimes();
        lifetimes
            .check()
            .map_err(|error| self.wrong("lifetimes", &format!(".{error}")))?;
        let clients = clients::clients(self.list(CLIENTS), issuer.as_str(), tables.rotation())?;
        Ok(Config {
            data: tables.data.clone(),
            issuer,
            proxies,
            tls,
            registration: tables.registration(),
            phones: tables.phones(),
            networks: self.networks()?,
            places: self.place_files(),
            lifetimes,
            limits: tables.limits(),
            connections: tables.connections(),
            retention: tables.retention(),
            clients,
            webhooks: notices::webhooks(self.list(WEBHOOKS))?,
            mail: notices::mail(self, &tables.mail)?,
            admin_token_file: tables.admin.token_file.clone(),
        })
    }

    /// The tables of a list.
    fn list(&self, name: &str) -> &[Values] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// A complaint about a key, with where its value came from.
    fn wrong(&self, key: &str, what: &str) -> ConfigError {
        let line = match self.values.get(key).map(|given| &given.origin) {
            None | Some(Origin::Default) => format!("{key}{what}"),
            Some(origin) => format!("{origin}: {key}{what}"),
        };
        ConfigError::one(line)
    }

    fn tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        let table = &self.tables.tls;
        let together = |one: &str, other: &str, why: &str| {
            Err(self.wrong(one, &format!(" needs {other} beside it: {why}")))
        };
        let authority = match (&table.authority, table.authority_listen) {
            (Some(file), Some(listen)) => Some((file.clone(), listen)),
            (None, None) => None,
            (Some(_), None) => {
                return together("tls.authority", "tls.authority_listen", "where to serve it");
            }
            (None, Some(_)) => {
                return together("tls.authority_listen", "tls.authority", "what to serve");
            }
        };
        match (&table.certificate, &table.key) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
                authority,
            })),
            (Some(_), None) => together("tls.certificate", "tls.key", "its private key"),
            (None, Some(_)) => together("tls.key", "tls.certificate", "what it is the key of"),
            (None, None) if authority.is_some() => together(
                "tls.authority",
                "tls.certificate",
                "the one that this authority has signed",
            ),
            (None, None) => Ok(None),
        }
    }

    /// The server's own origin, checked: what stands in every token and every QR code.
    fn issuer(&self, listen: SocketAddr, tls: bool) -> Result<Issuer, ConfigError> {
        let text = match (&self.tables.issuer, default_issuer(listen, tls)) {
            (Some(text), _) => text.clone(),
            (None, Some(text)) => text,
            (None, None) => {
                return Err(ConfigError::one(format!(
                    "issuer is missing: say under which https:// address people reach this server, \
                     because it listens on {listen}, beyond this computer"
                )));
            }
        };
        let wrong = |what: String| self.wrong("issuer", &format!(" {text:?}{what}"));
        let issuer = Issuer::parse(&text).map_err(|error| wrong(format!(": {error}")))?;
        if !issuer.is_https() && !listen.ip().is_loopback() {
            return Err(wrong(format!(
                " must be https, because the server listens on {listen}, beyond this computer: \
                 over http anyone on the way reads and changes what is sent"
            )));
        }
        if !issuer.is_https() && tls {
            return Err(wrong(
                " must be https, because tls.certificate is set".to_owned(),
            ));
        }
        Ok(issuer)
    }
}

/// Without an issuer: this computer's own name, for a server that nobody else reaches.
fn default_issuer(listen: SocketAddr, tls: bool) -> Option<String> {
    let scheme = if tls { "https" } else { "http" };
    let local = listen.ip().is_loopback();
    local.then(|| format!("{scheme}://localhost:{}", listen.port()))
}

fn defaults() -> Values {
    let default = |key: &'static keys::Key| {
        let value = key.kind.read_text(key.default?)?;
        let origin = Origin::Default;
        Some((key.name, Given { value, origin }))
    };
    KEYS.iter().filter_map(default).collect()
}

fn options(args: &SettingsArgs) -> Values {
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let options = [
        ("data", "--data", args.data.as_ref().map(text)),
        ("listen", "--listen", args.listen.map(|at| at.to_string())),
        ("issuer", "--issuer", args.issuer.clone()),
    ];
    let given = |(key, option, value): (_, _, Option<String>)| {
        let value = Value::Text(value?);
        let origin = Origin::Option(option);
        Some((key, Given { value, origin }))
    };
    options.into_iter().filter_map(given).collect()
}

impl Config {
    /// Whether the built-in client `demo` is there: it is while no other client is configured.
    pub(crate) fn demo(&self) -> bool {
        self.clients
            .iter()
            .any(|client| client.id.as_str() == "demo")
    }

    /// Whether passkeys can be used at this server's address.
    pub(crate) fn passkeys_work(&self) -> bool {
        clients::rules::passkeys_work(self.issuer.as_str())
    }

    /// The count of open connections, for all listeners together.
    pub(crate) fn connections(&self) -> Connections {
        let direct = self.tls.is_some() || !self.issuer.is_https();
        Connections::new(self.connections, self.proxies.clone(), direct)
    }

    /// What works, but an operator should know.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let https = self.issuer.is_https();
        let blind = https && self.tls.is_none() && self.proxies.is_empty();
        let public = https && is_public(self.issuer.as_str());
        let said = [
            (
                blind,
                "The issuer is https and neither [tls] nor trusted_proxies is set, so nobody's address is known: \
                limits by address don't apply, and every approval takes the check code. Name the proxy in trusted_proxies.",
            ),
            (
                public && self.demo(),
                "No client is configured, so the public client `demo` is open to all accounts.",
            ),
            (
                public && self.phones.additional == Additional::Open,
                "phones.additional is \"open\": who has a password has a phone that \
                may approve at once.",
            ),
            (
                self.registration == Registration::Open,
                "accounts.registration is \"open\": everybody who reaches this \
                server may add an account.",
            ),
            (
                self.phones.recovery_wait.is_zero(),
                "recovery.wait_hours is 0: a recovery code opens an account \
                at once, before its owner can be told.",
            ),
        ];
        let said = said.into_iter().filter(|(applies, _)| *applies);
        let said = said.map(|(_, words)| words.to_owned());
        said.chain(self.warnings_of_networks(blind))
            .map(|words| format!("warning: {words} See docs/config.md."))
            .collect()
    }
}

/// Whether an issuer is more than a name in a private network.
fn is_public(issuer: &str) -> bool {
    let url = Url::parse(issuer).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => !address.is_private() && !address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            !address.is_unique_local() && !IpAddr::V6(address).is_loopback()
        }
        Some(Host::Domain(name)) => name != "localhost",
        None => true,
    }
}

#[cfg(test)]
mod tests;
