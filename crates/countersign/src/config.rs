//! The configuration: one TOML file, the command line above it, defaults below.
//!
//! Everything is checked before anything is opened, and what is wrong is named with its place in
//! the file. Unknown keys are refused: a misspelt limit would silently not be there.

mod clients;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_core::client::Client;
use countersign_core::limits::{Lifetimes, ROTATION, ROTATION_MAX, ROTATION_MIN};
use countersign_core::scan_code::Rotation;
use countersign_http::issuer::Issuer;
use serde::Deserialize;

use crate::cli::ServeArgs;
use clients::{ClientTable, clients};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_DATA: &str = "countersign-data";

/// Everything that `serve` needs to know, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) issuer: Issuer,
    pub(crate) lifetimes: Lifetimes,
    /// The built-in clients and the configured ones.
    pub(crate) clients: Vec<Client>,
}

/// What is wrong with the configuration, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("can't read the config file {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the config file {path} is not right: {source}")]
    Syntax {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("{0}")]
    Setting(String),
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    issuer: Option<String>,
    lifetimes: LifetimesTable,
    rotation: RotationTable,
    clients: Vec<ClientTable>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LifetimesTable {
    waiting: Option<u64>,
    decision: Option<u64>,
    check: Option<u64>,
    collect: Option<u64>,
    hold: Option<u64>,
    access_token: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RotationTable {
    seconds: Option<u64>,
}

/// What was asked for, before the address is known that the system gives for port 0.
pub(crate) struct Settings<'a> {
    args: &'a ServeArgs,
    file: File,
}

impl<'a> Settings<'a> {
    /// Reads the file that the command line names, if it names one.
    pub(crate) fn read(args: &'a ServeArgs) -> Result<Self, ConfigError> {
        let file = args
            .config
            .as_deref()
            .map_or_else(|| Ok(File::default()), read)?;
        Ok(Self { args, file })
    }

    /// Where to listen.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.args
            .listen
            .or(self.file.listen)
            .unwrap_or(DEFAULT_LISTEN)
    }

    /// Checks everything; `listen` is the address that was really bound.
    pub(crate) fn check(self, listen: SocketAddr) -> Result<Config, ConfigError> {
        let Self { args, file } = self;
        let issuer = issuer(args.issuer.as_deref().or(file.issuer.as_deref()), listen)?;
        let lifetimes = lifetimes(&file.lifetimes);
        lifetimes
            .check()
            .map_err(|error| setting(format!("lifetimes.{error}")))?;
        let clients = clients(&file.clients, issuer.as_str(), rotation(&file.rotation)?)?;
        let data = args
            .data
            .clone()
            .or(file.data)
            .unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
        Ok(Config {
            data,
            issuer,
            lifetimes,
            clients,
        })
    }
}

impl Config {
    /// Whether the built-in client `demo` is there: it is while no other client is configured.
    pub(crate) fn demo(&self) -> bool {
        self.clients
            .iter()
            .any(|client| client.id.as_str() == "demo")
    }
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| ConfigError::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn setting(words: impl Into<String>) -> ConfigError {
    ConfigError::Setting(words.into())
}

/// The server's own origin, checked: what stands in every token and every QR code.
fn issuer(given: Option<&str>, listen: SocketAddr) -> Result<Issuer, ConfigError> {
    let text = match given {
        Some(text) => text.to_owned(),
        None if listen.ip().is_loopback() => format!("http://localhost:{}", listen.port()),
        None => {
            return Err(setting(format!(
                "issuer is missing: say under which https:// address people reach this server, \
                 because it listens on {listen}, beyond this computer"
            )));
        }
    };
    let issuer =
        Issuer::parse(&text).map_err(|error| setting(format!("issuer {text:?}: {error}")))?;
    if !issuer.is_https() && !listen.ip().is_loopback() {
        return Err(setting(format!(
            "issuer {text:?} must be https, because the server listens on {listen}, beyond this computer: \
             over http anyone on the way reads and changes what is sent"
        )));
    }
    Ok(issuer)
}

fn lifetimes(table: &LifetimesTable) -> Lifetimes {
    let defaults = Lifetimes::default();
    let or = |given: Option<u64>, default| given.map_or(default, Duration::from_secs);
    Lifetimes {
        waiting: or(table.waiting, defaults.waiting),
        decision: or(table.decision, defaults.decision),
        check: or(table.check, defaults.check),
        collect: or(table.collect, defaults.collect),
        hold: or(table.hold, defaults.hold),
        access_token: or(table.access_token, defaults.access_token),
    }
}

fn rotation(table: &RotationTable) -> Result<Rotation, ConfigError> {
    let (min, max) = (ROTATION_MIN.as_secs(), ROTATION_MAX.as_secs());
    match table.seconds {
        None => Ok(Rotation::Every(ROTATION)),
        Some(0) => Ok(Rotation::Static),
        Some(seconds) if (min..=max).contains(&seconds) => {
            Ok(Rotation::Every(Duration::from_secs(seconds)))
        }
        Some(seconds) => Err(setting(format!(
            "rotation.seconds must be 0 (off) or between {min} and {max}, not {seconds}"
        ))),
    }
}

#[cfg(test)]
mod tests;
