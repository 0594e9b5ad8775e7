//! What can happen to a login, and what is answered when it can't.

use std::net::IpAddr;

use crate::context::{Context, ContextDigest};
use crate::ids::{AccountId, GrantId, PasskeyId, Thumbprint};
use crate::policy::Forbidden;
use crate::scan_code::Standing;

use super::StateName;

/// Something that somebody did. Who they are was established before: by token and proof for a
/// phone, by device code for a desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A phone presented a scan code.
    Scan(Box<Scan>),
    /// A phone's person pressed Continue.
    Confirm(Box<Confirm>),
    /// Somebody typed a check code on the desktop.
    Check {
        /// The desktop's key, as proved.
        key: Thumbprint,
        /// Whether it is the code of this claim.
        right: bool,
        /// Whether the client's rules still allow what was decided.
        allowed: bool,
    },
    /// A phone's person declined.
    Deny {
        /// The phone session, from its token.
        session: GrantId,
        /// The claim version that its ticket is bound to.
        claim: u32,
        /// Whether they said "I didn't start this".
        report: bool,
    },
    /// The desktop took its login back.
    Cancel,
    /// The desktop fetches what it was given.
    Collect {
        /// The desktop's key, as proved.
        key: Thumbprint,
        /// The id of the grant to make.
        grant: GrantId,
        /// Whether the client's rules still allow what was decided.
        allowed: bool,
    },
    /// The desktop came from another network than it asked from.
    DesktopMoved,
    /// At collect the account or the phone's session turned out to be no longer allowed to approve.
    Withdraw,
    /// Nothing but time: write an expiry down.
    Tick,
}

/// A scan code presented by a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// How the code stands, judged as of when it was received.
    pub standing: Standing,
    /// The phone session, from its token.
    pub session: GrantId,
    /// Its account.
    pub account: AccountId,
    /// Its key, as proved.
    pub phone_key: Thumbprint,
    /// What the phone would be shown, or why it would be nothing. Counts only where there is no claim.
    pub offer: Result<Offer, Refusal>,
}

/// What a phone is shown and asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is shown.
    pub context: Context,
    /// What its passkey is asked, sealed for the claim that this makes; exactly at level `passkey`.
    pub challenge: Option<String>,
    /// Where the phone is.
    pub address: Option<IpAddr>,
}

/// A phone's decision to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// The phone session, from its token.
    pub session: GrantId,
    /// Its key, as proved.
    pub phone_key: Thumbprint,
    /// The claim version that its ticket is bound to.
    pub claim: u32,
    /// The digest of what it showed.
    pub digest: ContextDigest,
    /// Whether the desktop stays signed in for longer.
    pub keep: bool,
    /// What it would be shown now, or why it would be nothing. Counts only where nothing is decided.
    pub fresh: Result<Offer, Refusal>,
    /// What its passkey answered. Counts at level `passkey` only.
    pub assertion: Assertion,
    /// How the phrase that its person typed compares. Counts only where the login has one.
    pub phrase: Typed,
}

/// A phrase typed on the phone, beside the one that was typed on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// There is none.
    Missing,
    /// It is another one.
    Wrong,
    /// It is the same.
    Right,
}

/// A passkey's answer to the claim's challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assertion {
    /// There is none.
    Missing,
    /// It is not one of the account's, or not an answer to this.
    Wrong,
    /// It is this one's.
    By(PasskeyId),
}

/// Why an event did not do what it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Whoever asks has no right to know whether this login exists.
    Unknown,
    /// The scan code was right once and has rotated away.
    CodeStale,
    /// Somebody else scanned first.
    Claimed,
    /// The phone is the desktop: nobody would look at two screens.
    SameDevice,
    /// What was shown is no longer what would be approved: look again.
    ContextChanged,
    /// The client's rules refuse it.
    NotAllowedHere(Forbidden),
    /// It takes a passkey.
    PasskeyRequired {
        /// Whether the account has one that can be used here.
        has_passkey: bool,
    },
    /// That passkey's answer is wrong; so many tries are left.
    PasskeyRejected {
        /// Tries that are left.
        tries_left: u8,
    },
    /// It takes a phrase.
    PhraseRequired,
    /// That phrase is not the one that was typed on the desktop; so many tries are left.
    WrongPhrase {
        /// Tries that are left.
        tries_left: u8,
    },
    /// The event doesn't fit the state.
    NotReady,
    /// A wrong check code; so many tries are left.
    WrongCode {
        /// Tries that are left.
        tries_left: u8,
    },
    /// Nothing to collect yet.
    Pending,
    /// The login is over; this is its end.
    Ended(StateName),
}
