//! Grants: what one sign-in gave one device.

use std::net::IpAddr;
use std::time::Duration;

use crate::client::{Binding, Scopes};
use crate::ids::{AccountId, ClientId, DeviceId, GrantId, LoginId, PasskeyId, Thumbprint};
use crate::limits::{DESKTOP_IDLE, PHONE_IDLE, PHONE_WAIT};
use crate::login::Act;
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
    /// What proves the device with each request, fixed when it was made.
    pub binding: Binding,
    /// Whether its owner chose, on the phone, to keep it signed in for longer.
    pub kept: bool,
    /// From when a phone may approve; `None` for a desktop, which never may.
    pub approves_from: Option<Timestamp>,
    /// The phone that let this one approve, if one did.
    pub allowed_by: Option<GrantId>,
    /// When a password or passkey was last given on this very device; `None` when none ever was.
    pub verified_at: Option<Timestamp>,
    /// Where it was made from, as far as known.
    pub address: Option<IpAddr>,
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
    /// A passkey, on the device itself or by way of one nearby.
    Passkey {
        /// Which.
        passkey: PasskeyId,
    },
    /// An invitation.
    Invitation,
    /// A recovery code.
    Recovery,
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
        /// What else it may do once, because the phone approved just that.
        act: Option<Act>,
    },
}

impl How {
    /// Whether a phone approved it: what it gave never approves in its turn.
    pub const fn is_scan(self) -> bool {
        matches!(self, Self::Scan { .. })
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey { .. } => "passkey",
            Self::Invitation => "invitation",
            Self::Recovery => "recovery",
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
        /// Its owner took it back.
        Undone = "undone",
        /// Its owner took back the phone that approved it.
        ApproverUndone = "approver_undone",
        /// Its owner took back what it came from: the passkey that opened it, or the phone that let it approve.
        MakerUndone = "maker_undone",
        /// Its owner lost the device.
        DeviceLost = "device_lost",
        /// Its owner or an operator revoked all of a kind.
        Revoked = "revoked",
        /// Its owner came back by an invitation, and everything else ended.
        InvitedAnew = "invited_anew",
        /// An operator signed the account out.
        SignedOutByOperator = "signed_out_by_operator",
        /// Its owner signed it out from another device.
        SignedOutElsewhere = "signed_out_elsewhere",
        /// The account's password was changed.
        PasswordChanged = "password_changed",
        /// The account was locked or taken out of use.
        AccountLocked = "account_locked",
    }
}

impl EndCause {
    /// Whether its owner or an operator took it back, so that the device itself is trusted no more.
    pub const fn distrusts(self) -> bool {
        match self {
            Self::Undone
            | Self::ApproverUndone
            | Self::MakerUndone
            | Self::DeviceLost
            | Self::Revoked
            | Self::InvitedAnew
            | Self::SignedOutElsewhere
            | Self::PasswordChanged => true,
            Self::SignedOut
            | Self::SignedOutByOperator
            | Self::RefreshMisused
            | Self::CollectedByAnotherKey
            | Self::Replaced
            | Self::AccountLocked => false,
        }
    }
}

/// By what a new phone is judged.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// The account's phone grants that were alive at some moment of the last
    /// [`crate::limits::PHONE_MEMORY`].
    pub phones: Vec<Grant>,
    /// When the owner last took back the new phone's device, whether or not it was signed in then.
    pub distrusted_at: Option<Timestamp>,
    /// When the passkey that opens it was added, if a desktop added it.
    pub passkey_of_desktop: Option<Timestamp>,
}

named! {
    /// What a further phone of an account needs before it may approve.
    pub enum Additional {
        /// A day in which the others are told, or the word of one of them.
        Confirm = "confirm",
        /// Nothing.
        Open = "open",
    }
}

/// What the operator chose for phones.
#[derive(Clone, Copy, Debug)]
pub struct PhoneRules {
    /// What a further phone needs.
    pub additional: Additional,
    /// How long one that a recovery code opened waits.
    pub recovery_wait: Duration,
}

impl Grant {
    /// Whether it is alive at `now`: not ended, not past its end.
    pub fn alive(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }

    /// Whether it was ever able to approve before it ended or expired.
    fn ever_approved(&self, now: Timestamp) -> bool {
        let end = self
            .ended
            .map_or(self.expires_at, |ended| ended.at)
            .min(now);
        self.approves_from.is_some_and(|from| from <= end)
    }

    /// From when this new phone may approve.
    ///
    /// The first phone may at once; so may one whose key approved before and was not signed out by
    /// somebody else. A further one waits: a password alone must not make a second phone. Nor must one
    /// approval of a desktop: a passkey that a desktop added makes none until it is [`PHONE_WAIT`] old.
    pub fn approving_from(&self, earlier: &Earlier, rules: PhoneRules) -> Timestamp {
        let PhoneRules {
            additional,
            recovery_wait,
        } = rules;
        let now = self.created_at;
        let phones = &earlier.phones;
        let first = !phones.iter().any(|grant| grant.ever_approved(now));
        let waits_until = match (self.how, earlier.passkey_of_desktop) {
            // Whoever has a code from a drawer waits, whatever else is there.
            (How::Recovery, _) => return now.plus(recovery_wait),
            (How::Passkey { .. }, Some(added_at)) => added_at.plus(PHONE_WAIT),
            // A passkey proves more than a password, and an invitation is the operator's word.
            (How::Passkey { .. }, None) | (How::Invitation, _) => return now,
            (How::Password | How::Scan { .. }, _) => now.plus(PHONE_WAIT),
        };
        if additional == Additional::Open || first {
            return now;
        }
        let (sent_away, own): (Vec<_>, Vec<_>) = phones
            .iter()
            .filter(|grant| grant.key == self.key)
            .partition(|grant| {
                grant.ended.is_some_and(|ended| {
                    !matches!(ended.cause, EndCause::SignedOut | EndCause::Replaced)
                })
            });
        // Whoever was sent away begins anew, however often it had signed in before.
        let anew = sent_away.iter().filter_map(|grant| grant.ended);
        let anew = anew
            .map(|ended| ended.at)
            .chain(earlier.distrusted_at)
            .max();
        // What is alive was spared: of this device something else was taken back.
        let own = own
            .into_iter()
            .filter(|grant| anew.is_none_or(|at| grant.created_at > at) || grant.alive(now));
        // Signing in again on a phone that waits doesn't make it wait for longer.
        own.filter_map(|grant| grant.approves_from)
            .chain([waits_until])
            .min()
            .unwrap_or(now)
            .max(now)
    }
}

#[cfg(test)]
mod tests;
