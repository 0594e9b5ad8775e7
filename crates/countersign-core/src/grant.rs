//! Grants: what one sign-in gave one device.

use std::time::Duration;

use crate::client::Scopes;
use crate::ids::{AccountId, ClientId, DeviceId, GrantId, LoginId, Thumbprint};
use crate::limits::{DESKTOP_IDLE, PHONE_IDLE};
use crate::named::named;
use crate::policy::Level;
use crate::time::Timestamp;

/// What one sign-in gave one device. A phone's grant is its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whose it is.
    pub account: AccountId,
    /// The device that holds it.
    pub device: DeviceId,
    /// The device's key: every use is proved with it.
    pub key: Thumbprint,
    /// The application that it is for.
    pub client: ClientId,
    /// What it allows; never grows.
    pub scopes: Scopes,
    /// What its holder is.
    pub role: Role,
    /// How it came about.
    pub how: How,
    /// When; `auth_time` of its tokens.
    pub created_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// When and why it was ended before that.
    pub ended: Option<Ended>,
}

named! {
    /// What the holder of a grant is.
    pub enum Role {
        /// May approve.
        Phone = "phone",
        /// May not.
        Desktop = "desktop",
    }
}

impl Role {
    /// How long a holder of this role may be idle.
    pub const fn idle(self) -> Duration {
        match self {
            Self::Phone => PHONE_IDLE,
            Self::Desktop => DESKTOP_IDLE,
        }
    }
}

/// How a grant came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A password, on the device itself.
    Password,
    /// A login that a phone approved.
    Scan {
        /// The login; at most one grant exists for it.
        login: LoginId,
        /// The phone session that approved.
        approved_by: GrantId,
        /// What the approval took.
        level: Level,
        /// Whether the desktop had proved its key when it asked.
        proved: bool,
    },
}

impl How {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Scan { .. } => "scan",
        }
    }
}

/// Why a grant ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: EndCause,
}

named! {
    /// Why a grant ended early.
    pub enum EndCause {
        /// Its holder signed out.
        SignedOut = "signed_out",
        /// An old refresh token, or one with another key, was presented.
        RefreshMisused = "refresh_misused",
        /// The login was collected again with another key.
        CollectedByAnotherKey = "collected_by_another_key",
        /// The same device signed in anew.
        Replaced = "replaced",
    }
}

impl Grant {
    /// Whether it is alive at `now`: not ended, not past its end.
    pub fn alive(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }
}
