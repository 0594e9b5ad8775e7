//! What can happen to a login, and what is answered when it can't.

use crate::context::{Context, ContextDigest};
use crate::ids::{AccountId, GrantId, Thumbprint};
use crate::scan_code::Standing;

use super::StateName;

/// Something that somebody did. Who they are was established before: by token and proof for a
/// phone, by device code for a desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A phone presented a scan code.
    Scan(Box<Scan>),
    /// A phone's person pressed Continue.
    Confirm {
        /// The phone session, from its token.
        session: GrantId,
        /// Its key, as proved.
        phone_key: Thumbprint,
        /// The claim version that its ticket is bound to.
        claim: u32,
        /// The digest of what it showed.
        digest: ContextDigest,
        /// Whether the desktop stays signed in for longer.
        keep: bool,
        /// The context as it would be shown now.
        fresh: Box<Context>,
    },
    /// Somebody typed a check code on the desktop.
    Check {
        /// The desktop's key, as proved.
        key: Thumbprint,
        /// Whether it is the code of this claim.
        right: bool,
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
    },
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
    /// What the phone would be shown.
    pub context: Context,
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
