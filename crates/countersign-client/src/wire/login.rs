//! The desktop's side: a login, its state, its end.

use serde::{Deserialize, Serialize};

use super::bound;

/// Where a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The code is shown; nobody has scanned it.
    Waiting,
    /// A phone has scanned it and has to decide.
    Scanned,
    /// The phone has confirmed; the desktop has to send the check code.
    Checking,
    /// All agreed; the desktop may collect.
    Confirmed,
    /// The desktop has its tokens. Final.
    Collected,
    /// The phone declined, or the check code was wrong three times. Final.
    Denied,
    /// The desktop gave up, or too many strangers scanned. Final.
    Cancelled,
    /// A deadline passed. Final.
    Expired,
}

impl State {
    /// Whether nothing can change any more.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Collected | Self::Denied | Self::Cancelled | Self::Expired
        )
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Scanned => "scanned",
            Self::Checking => "checking",
            Self::Confirmed => "confirmed",
            Self::Collected => "collected",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// The scan part of [`Created`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Scan {
    /// The link without its fragment.
    pub url: String,
    /// Key of the rotation, base64url: a secret.
    pub rotation_key: String,
    /// Seconds that a code lives, at most 3600; 0 when it does not rotate.
    #[serde(deserialize_with = "bound::step")]
    pub rotate_seconds: u64,
    /// The step that is current now.
    #[serde(default)]
    pub rotation_step: u64,
    /// Seconds to the next step, rounded up; at most 3600.
    #[serde(default, deserialize_with = "bound::step")]
    pub rotate_in: u64,
}

/// Answer to `POST /v1/logins`. Holds secrets, so it has no `Debug`; it may be saved to resume after a restart.
#[derive(Clone, Serialize, Deserialize)]
pub struct Created {
    /// Public id of the login.
    pub login_id: String,
    /// The secret that only the desktop keeps.
    pub device_code: String,
    /// What the QR code is made of.
    pub scan: Scan,
    /// Seconds that the code can be scanned, at most 3600.
    #[serde(deserialize_with = "bound::life")]
    pub expires_in: u64,
    /// Seconds between plain polls, 1 to 300.
    #[serde(deserialize_with = "bound::interval")]
    pub interval: u64,
}

/// What the desktop sees of its login; nothing about the account, in any state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginState {
    /// Where it stands.
    pub state: State,
    /// Rises with each change.
    pub version: u64,
    /// Seconds to the state's deadline, rounded up; at most 3600.
    #[serde(default, deserialize_with = "bound::life")]
    pub expires_in: u64,
    /// In `waiting`: the current step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_step: Option<u64>,
    /// In `waiting`: seconds to the next step, rounded up; at most 3600.
    #[serde(
        default,
        deserialize_with = "bound::step_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub rotate_in: Option<u64>,
    /// Seconds between plain polls, 1 to 300.
    #[serde(
        default,
        deserialize_with = "bound::interval_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub interval: Option<u64>,
}

/// Answer to a right check code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Checked {
    /// Normally `confirmed`.
    pub state: State,
    /// The login's version now.
    pub version: u64,
    /// Seconds to collect, at most 3600.
    #[serde(default, deserialize_with = "bound::life")]
    pub expires_in: u64,
}

/// Answer to cancel and deny.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stopped {
    /// How the login ended.
    pub state: State,
    /// Its version now.
    pub version: u64,
}
