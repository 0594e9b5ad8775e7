//! The states of a login. Each carries exactly what is known in it.

use std::net::IpAddr;

use crate::context::Context;
use crate::ids::{AccountId, GrantId, PasskeyId, Thumbprint};
use crate::named::named;
use crate::time::Timestamp;

/// Where a login stands. A state that can be left by time carries its one deadline, `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Shown, not scanned.
    Waiting {
        /// Its deadline.
        until: Timestamp,
    },
    /// Claimed by a phone, not decided.
    Scanned {
        /// Its deadline.
        until: Timestamp,
        /// Whose claim.
        claim: Claim,
    },
    /// Approved; the desktop still has to prove that it is where the phone's person looks.
    Checking {
        /// Its deadline.
        until: Timestamp,
        /// Whose claim.
        claim: Claim,
        /// What was decided.
        confirmation: Confirmation,
    },
    /// Ready to be collected.
    Confirmed {
        /// Its deadline.
        until: Timestamp,
        /// Whose claim.
        claim: Claim,
        /// What was decided.
        confirmation: Confirmation,
    },
    /// Final: the desktop has its grant.
    Collected {
        /// When.
        at: Timestamp,
        /// Whose claim.
        claim: Claim,
        /// What was decided.
        confirmation: Confirmation,
        /// The one grant of this login.
        grant: GrantId,
    },
    /// Final: refused.
    Denied {
        /// When.
        at: Timestamp,
        /// Whose claim.
        claim: Claim,
        /// Why.
        cause: DenyCause,
    },
    /// Final: taken back.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Whose claim, when somebody had scanned.
        claim: Option<Claim>,
        /// Why.
        cause: CancelCause,
    },
    /// Final: a deadline passed.
    Expired {
        /// When the deadline was.
        at: Timestamp,
        /// Whose claim, when somebody had scanned.
        claim: Option<Claim>,
    },
}

/// A phone's claim of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Rises when the context changed and must be shown again; tickets are bound to it.
    pub version: u32,
    /// The phone session that scanned, and alone may decide.
    pub session: GrantId,
    /// Its account: the only identity that this login can ever give.
    pub account: AccountId,
    /// What the phone was shown.
    pub context: Context,
    /// What its passkey is asked, sealed: exactly at level `passkey`. Each version has its own.
    pub challenge: Option<String>,
    /// Where the phone was last.
    pub address: Option<IpAddr>,
    /// When it scanned.
    pub at: Timestamp,
}

/// What the phone's person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Whether the desktop stays signed in for the longer duration.
    pub keep: bool,
    /// The key of the phone that confirmed; the claim's session proves it with every request.
    pub phone_key: Thumbprint,
    /// The passkey that proved the phone's person: exactly at level `passkey`.
    pub passkey: Option<PasskeyId>,
    /// When.
    pub at: Timestamp,
}

named! {
    /// Why a login was denied.
    pub enum DenyCause {
        /// Declined on the phone.
        Declined = "declined",
        /// Declined on the phone, with "I didn't start this".
        Reported = "reported",
        /// Three wrong check codes.
        WrongCodes = "wrong_codes",
        /// Too many answers of a wrong passkey.
        WrongPasskeys = "wrong_passkeys",
        /// Three wrong phrases.
        WrongPhrases = "wrong_phrases",
        /// When the desktop came for its part, the account, the phone's session or the client's rules
        /// did not allow it any more.
        NoLongerAllowed = "no_longer_allowed",
    }
}

named! {
    /// Why a login was cancelled.
    pub enum CancelCause {
        /// The desktop took it back.
        Desktop = "desktop",
        /// Too many other accounts scanned it.
        Strangers = "strangers",
    }
}

named! {
    /// A state's name alone.
    pub enum StateName {
        /// Shown, not scanned.
        Waiting = "waiting",
        /// Claimed, not decided.
        Scanned = "scanned",
        /// Approved, the check code is missing.
        Checking = "checking",
        /// Ready to be collected.
        Confirmed = "confirmed",
        /// Final: signed in.
        Collected = "collected",
        /// Final: refused.
        Denied = "denied",
        /// Final: taken back.
        Cancelled = "cancelled",
        /// Final: too late.
        Expired = "expired",
    }
}

impl StateName {
    /// Whether it never changes any more.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Collected | Self::Denied | Self::Cancelled | Self::Expired
        )
    }
}

impl StateName {
    /// Whether nothing is decided yet: there is nothing to collect.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Waiting | Self::Scanned | Self::Checking)
    }
}

impl std::fmt::Display for StateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl State {
    /// The state's name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Waiting { .. } => StateName::Waiting,
            Self::Scanned { .. } => StateName::Scanned,
            Self::Checking { .. } => StateName::Checking,
            Self::Confirmed { .. } => StateName::Confirmed,
            Self::Collected { .. } => StateName::Collected,
            Self::Denied { .. } => StateName::Denied,
            Self::Cancelled { .. } => StateName::Cancelled,
            Self::Expired { .. } => StateName::Expired,
        }
    }

    /// When it ends by itself; `None` when it is final.
    pub const fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting { until }
            | Self::Scanned { until, .. }
            | Self::Checking { until, .. }
            | Self::Confirmed { until, .. } => Some(*until),
            Self::Collected { .. }
            | Self::Denied { .. }
            | Self::Cancelled { .. }
            | Self::Expired { .. } => None,
        }
    }

    /// When it became final; `None` while it is not.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Collected { at, .. }
            | Self::Denied { at, .. }
            | Self::Cancelled { at, .. }
            | Self::Expired { at, .. } => Some(*at),
            Self::Waiting { .. }
            | Self::Scanned { .. }
            | Self::Checking { .. }
            | Self::Confirmed { .. } => None,
        }
    }

    /// The phone's claim, once somebody scanned.
    pub const fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Waiting { .. } => None,
            Self::Scanned { claim, .. }
            | Self::Checking { claim, .. }
            | Self::Confirmed { claim, .. }
            | Self::Collected { claim, .. }
            | Self::Denied { claim, .. } => Some(claim),
            Self::Cancelled { claim, .. } | Self::Expired { claim, .. } => claim.as_ref(),
        }
    }

    /// What was decided, once it was and as long as it counts.
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Checking { confirmation, .. }
            | Self::Confirmed { confirmation, .. }
            | Self::Collected { confirmation, .. } => Some(confirmation),
            Self::Waiting { .. }
            | Self::Scanned { .. }
            | Self::Denied { .. }
            | Self::Cancelled { .. }
            | Self::Expired { .. } => None,
        }
    }

    /// Why it ended, where there is more than one way to this end.
    pub fn cause(&self) -> Option<&'static str> {
        match self {
            Self::Denied { cause, .. } => Some(cause.name()),
            Self::Cancelled { cause, .. } => Some(cause.name()),
            _ => None,
        }
    }
}
