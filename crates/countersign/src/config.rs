//! The configuration: one TOML file, the command line above it, defaults below.
//!
//! Everything is checked before anything is opened, and what is wrong is named with its place in
//! the file. Unknown keys are refused: a misspelt limit would silently not be there.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_core::client::{Approval, Client, Scopes};
use countersign_core::ids::ClientId;
use countersign_core::limits::{Lifetimes, ROTATION, ROTATION_MAX, ROTATION_MIN};
use countersign_core::scan_code::Rotation;
use countersign_http::issuer::Issuer;
use serde::Deserialize;
use url::{Host, Url};

use crate::cli::ServeArgs;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_DATA: &str = "countersign-data";
/// The longest that a desktop may stay signed in, in days.
const KEEP_DAYS_MAX: u64 = 90;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientTable {
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

fn clients(
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

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.toml");
        std::fs::write(&path, toml).unwrap();
        checked(&ServeArgs {
            config: Some(path),
            ..arguments()
        })
    }

    fn arguments() -> ServeArgs {
        ServeArgs {
            data: None,
            listen: None,
            issuer: None,
            config: None,
        }
    }

    fn checked(args: &ServeArgs) -> Result<Config, ConfigError> {
        let settings = Settings::read(args)?;
        let listen = settings.listen();
        settings.check(listen)
    }

    fn complaint(toml: &str) -> String {
        load(toml).unwrap_err().to_string()
    }

    #[test]
    fn without_a_file_it_is_a_demo_on_localhost() {
        let config = checked(&arguments()).unwrap();
        assert_eq!(config.issuer.as_str(), "http://localhost:8080");
        assert!(config.demo());
        assert_eq!(
            config.clients.iter().filter(|client| client.phone).count(),
            1
        );
    }

    #[test]
    fn a_configured_client_takes_the_place_of_the_demo() {
        let config =
            load("[[clients]]\nid = 'shop'\norigins = ['https://shop.example']\nkeep_days = 7")
                .unwrap();
        assert!(!config.demo());
        let shop = config
            .clients
            .iter()
            .find(|client| client.id.as_str() == "shop")
            .unwrap();
        assert_eq!(shop.host("https://shop.example"), Some("shop.example"));
        assert_eq!(shop.keep, Duration::from_secs(7 * 86_400));
        assert!(!shop.native && !shop.phone && !shop.first_party);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let words = complaint("listen = '127.0.0.1:1'\n[lifetimes]\nwating = 3\n");
        assert!(
            words.contains("wating") && words.contains("line 3"),
            "{words}"
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        assert!(complaint("[lifetimes]\nwaiting = 601").contains("lifetimes.waiting"));
        assert!(complaint("[rotation]\nseconds = 3").contains("rotation.seconds"));
        assert!(complaint("[[clients]]\nid = 'a b'\nnative = true").contains("a b"));
        assert!(complaint("[[clients]]\nid = 'demo2'").contains("needs origins"));
        assert!(complaint("[[clients]]\nid = 'countersign'\nnative = true").contains("built in"));
        assert!(
            complaint("[[clients]]\nid = 'x'\nnative = true\nkeep_days = 91").contains("keep_days")
        );
        assert!(
            complaint("[[clients]]\nid = 'x'\norigins = ['https://a.example/']")
                .contains("nothing else")
        );
    }

    #[test]
    fn an_issuer_is_https_or_localhost_on_loopback() {
        for good in [
            "https://login.example",
            "https://login.example:8443",
            "http://localhost:9000",
        ] {
            assert_eq!(
                load(&format!("issuer = '{good}'")).unwrap().issuer.as_str(),
                good
            );
        }
        assert_eq!(
            load("issuer = 'https://LOGIN.example/'")
                .unwrap()
                .issuer
                .as_str(),
            "https://login.example"
        );
        for bad in [
            "http://login.example",
            "http://127.0.0.1:8080",
            "https://login.example/path",
            "https://user@login.example",
            "https://login.example?x",
            "ftp://login.example",
            "login.example",
        ] {
            assert!(load(&format!("issuer = '{bad}'")).is_err(), "{bad}");
        }
        assert!(
            complaint(&format!("issuer = 'https://{}.example'", "x".repeat(63))).contains("longer")
        );
        assert!(complaint("listen = '0.0.0.0:8080'").contains("issuer is missing"));
        assert!(
            complaint("listen = '0.0.0.0:8080'\nissuer = 'http://localhost:8080'")
                .contains("https")
        );
    }
}
