//! The settings as types, once every value is known to be allowed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use countersign_core::grant::{Additional, PhoneRules};
use countersign_core::limits::Lifetimes;
use countersign_core::scan_code::Rotation;
use countersign_core::service::{Registration, Retention};
use countersign_http::rate::Limits;
use serde::Deserialize;

use super::ConfigError;
use super::file::Values;

/// All keys but the clients.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) listen: SocketAddr,
    pub(super) data: PathBuf,
    pub(super) issuer: Option<String>,
    pub(super) trusted_proxies: Vec<String>,
    #[serde(default)]
    pub(super) tls: TlsTable,
    accounts: AccountsTable,
    phones: PhonesTable,
    lifetimes: LifetimesTable,
    rotation: RotationTable,
    pub(super) network: NetworkTable,
    recovery: RecoveryTable,
    limits: LimitsTable,
    retention: RetentionTable,
    pub(super) mail: MailTable,
    #[serde(default)]
    pub(super) admin: AdminTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsTable {
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) authority: Option<PathBuf>,
    pub(super) authority_listen: Option<SocketAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsTable {
    registration: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhonesTable {
    additional: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LifetimesTable {
    waiting: u64,
    decision: u64,
    check: u64,
    collect: u64,
    hold: u64,
    access_token: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RotationTable {
    seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkTable {
    pub(super) places: Option<PathBuf>,
    pub(super) anonymous: Option<PathBuf>,
    pub(super) near: Vec<String>,
    pub(super) shared_exits: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryTable {
    wait_hours: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsTable {
    creations: u32,
    sign_ins: u32,
    account_sign_ins: u32,
    registrations: u32,
    scans: u32,
    prompts: u32,
    requests: u32,
    open_logins: u32,
    streams: u32,
    connections: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailTable {
    pub(super) server: Option<String>,
    pub(super) security: String,
    pub(super) authority: Option<PathBuf>,
    pub(super) from: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminTable {
    pub(super) token_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetentionTable {
    audit_days: u64,
}

impl Tables {
    /// Takes the values, each of which is of its key's kind.
    pub(super) fn of(values: &Values) -> Result<Self, ConfigError> {
        nested(values)
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::one(error.message()))
    }

    pub(super) fn lifetimes(&self) -> Lifetimes {
        let table = &self.lifetimes;
        Lifetimes {
            waiting: Duration::from_secs(table.waiting),
            decision: Duration::from_secs(table.decision),
            check: Duration::from_secs(table.check),
            collect: Duration::from_secs(table.collect),
            hold: Duration::from_secs(table.hold),
            access_token: Duration::from_secs(table.access_token),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        let table = &self.limits;
        Limits {
            creations: table.creations,
            sign_ins: table.sign_ins,
            account_sign_ins: table.account_sign_ins,
            registrations: table.registrations,
            scans: table.scans,
            prompts: table.prompts,
            requests: table.requests,
            open_logins: table.open_logins,
            streams: table.streams,
        }
    }

    /// Of the listener, which is none of the routes'.
    pub(super) fn connections(&self) -> u32 {
        self.limits.connections
    }

    /// The stricter one for a word that nobody knows, which the key's kind does not let through.
    pub(super) fn registration(&self) -> Registration {
        Registration::parse(&self.accounts.registration).unwrap_or(Registration::Closed)
    }

    /// Likewise.
    pub(super) fn phones(&self) -> PhoneRules {
        PhoneRules {
            additional: Additional::parse(&self.phones.additional).unwrap_or(Additional::Confirm),
            recovery_wait: Duration::from_secs(self.recovery.wait_hours * 3600),
        }
    }

    pub(super) fn retention(&self) -> Retention {
        let audit = Duration::from_secs(self.retention.audit_days * 86_400);
        Retention { audit }
    }

    pub(super) fn rotation(&self) -> Rotation {
        rotation_of(self.rotation.seconds)
    }
}

/// 0 seconds are none.
pub(super) fn rotation_of(seconds: u64) -> Rotation {
    match seconds {
        0 => Rotation::Static,
        seconds => Rotation::Every(Duration::from_secs(seconds)),
    }
}

/// `section.key` as the tables of a file.
pub(super) fn nested(values: &Values) -> toml::Table {
    let mut tables = toml::Table::new();
    for (name, given) in values {
        let value = toml::Value::from(&given.value);
        match name.split_once('.') {
            None => {
                tables.insert((*name).to_owned(), value);
            }
            Some((section, key)) => {
                let section = tables
                    .entry(section)
                    .or_insert_with(|| toml::Value::Table(toml::Table::new()));
                if let Some(section) = section.as_table_mut() {
                    section.insert(key.to_owned(), value);
                }
            }
        }
    }
    tables
}
