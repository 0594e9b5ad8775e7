//! The phone's side: what was scanned, what is asked, how it goes on.

use serde::{Deserialize, Serialize};

use super::{State, bound};

/// Answer to `POST /v1/holds`.
#[derive(Clone, Deserialize)]
pub struct Held {
    /// Stands for the code while the phone signs in: a secret.
    pub hold: String,
    /// Seconds that it lives, at most 3600.
    #[serde(deserialize_with = "bound::life")]
    pub expires_in: u64,
}

/// How much the person has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Continue on the phone is enough.
    Tap,
    /// The desktop also has to send the check code.
    Code,
    /// First the phone has to prove its person with a passkey.
    Passkey,
}

/// The client that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its registered name.
    pub name: String,
    /// The registered web host; none for a program that is on no web page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Whether the server could verify who asks.
    #[serde(default)]
    pub verified: bool,
}

/// A scope, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Its name on the wire.
    pub name: String,
    /// What it allows, for a person.
    #[serde(default)]
    pub text: String,
}

/// Whether the account has used this desktop before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesktopHistory {
    /// Never, or not lately.
    New,
    /// Since then, in Unix seconds.
    KnownSince(u64),
}

/// Where the desktop is, by the operator's database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Two letters (ISO 3166-1).
    pub country: String,
    /// The region's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// What the server saw of the request: what the person has to judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Who asks.
    pub client: Client,
    /// The browser, as it claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The operating system, as it claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The desktop's network beside the phone's: `same`, `near`, `far` or `unknown`.
    pub network: String,
    /// Unix seconds.
    pub requested_at: u64,
    /// New or known.
    pub desktop: DesktopHistory,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// How long it stays signed in, in seconds.
    #[serde(default)]
    pub duration_seconds: u64,
    /// Other accounts that scanned this login.
    #[serde(default)]
    pub strangers: u32,
    /// What is odd about the desktop: `many_accounts`, `desktop_moved`.
    #[serde(default)]
    pub flags: Vec<String>,
    /// What it may do beside signing in: `add_passkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// Whether confirm takes the phrase that was typed on the desktop.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub phrase: bool,
    /// `scanner`, `link` or `cross-site-link`.
    pub opened_by: String,
    /// What the desktop calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_itself: Option<String>,
    /// Seconds since it was requested, at the time of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<u64>,
}

/// How long the desktop may stay signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// Without more.
    pub default_seconds: u64,
    /// With "keep me signed in".
    pub keep_seconds: u64,
}

/// Answer to `POST /v1/scans`.
#[derive(Clone, Deserialize)]
pub struct Scanned {
    /// Needed to decide: a secret.
    pub ticket: String,
    /// Seconds to decide, at most 3600.
    #[serde(deserialize_with = "bound::life")]
    pub expires_in: u64,
    /// The login's version.
    pub version: u64,
    /// What is asked.
    pub context: Context,
    /// Names exactly this context; goes back with the confirmation.
    pub context_digest: String,
    /// What has to be done.
    pub approval: Level,
    /// The choice of durations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations: Option<Durations>,
    /// At level `passkey`: what a browser asks its authenticators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey_options: Option<serde_json::Value>,
}

/// Answer to `POST /v1/scans/confirm`. Holds the check code, so it has no `Debug`.
#[derive(Clone, Deserialize)]
pub struct Confirmed {
    /// `checking`, or `confirmed` at level `tap`.
    pub state: State,
    /// The login's version.
    pub version: u64,
    /// What has to be typed on the desktop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_code: Option<String>,
    /// Seconds to the state's deadline, at most 3600.
    #[serde(default, deserialize_with = "bound::life")]
    pub expires_in: u64,
}

/// What the phone sees of the login that it decides on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanState {
    /// Where it stands.
    pub state: State,
    /// Rises with each change.
    pub version: u64,
    /// Seconds to the state's deadline, at most 3600.
    #[serde(default, deserialize_with = "bound::life")]
    pub expires_in: u64,
    /// Other accounts that scanned this login.
    #[serde(default)]
    pub strangers: u32,
    /// Wrong check codes so far.
    #[serde(default)]
    pub wrong_codes: u32,
    /// Whether the desktop's network changed since it showed the code.
    #[serde(default)]
    pub desktop_moved: bool,
    /// Once collected: the grant that it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<serde_json::Value>,
}
