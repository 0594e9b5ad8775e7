//! What became of a write: done, or why nothing was written.

use crate::ids::GrantId;

use super::Holder;

/// What became of a write that named the version it was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is written, durably, with its audit entry.
    Done,
    /// The row has another version now, or is gone; nothing was written.
    Conflict,
}

/// What became of a collect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// Everything is written, durably; this is the holder of the new grant.
    Done(Box<Holder>),
    /// The login has another version now; nothing was written.
    Conflict,
    /// The account or the phone's session is no longer allowed to approve; nothing was written.
    NotAllowed,
}

/// What an end took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// The grants that were alive, in the order in which they ended.
    pub grants: Vec<GrantId>,
    /// Passkeys that went with what added them.
    pub passkeys: u32,
}

/// What became of the wish to end grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// They are over, durably; this is what went.
    Done(Gone),
    /// Whoever wishes it may not (any more); nothing was written.
    NotAllowed,
    /// More would go than whoever wishes it may end without a password or passkey; nothing was written.
    VerificationRequired,
}

/// What became of a new passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is kept.
    Done,
    /// Whoever adds it may not (any more); nothing was written.
    NotAllowed,
    /// The challenge was used before; nothing was written.
    Spent,
    /// An account has this very passkey; nothing was written.
    Taken,
    /// The account has [`crate::limits::PASSKEYS`]; nothing was written.
    Full,
}

/// What became of the wish to remove a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Done,
    /// The account has no such passkey; nothing was written.
    NotFound,
    /// It is the only way into an account without a password; nothing was written.
    Last,
    /// Whoever wishes it may not (any more); nothing was written.
    NotAllowed,
}

/// What became of an invitation that somebody accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Everything is written, durably; this is the holder of the new grant.
    Done(Box<Holder>),
    /// It is not good (any more), or its account is disabled; nothing was written.
    NotGood,
    /// The challenge was used before, or an account has this very passkey; nothing was written.
    Spent,
}

/// What became of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Everything is written, durably; this is the holder of the new grant.
    Done(Box<Holder>),
    /// What was to open it doesn't (any more), or there is no such account; nothing was written.
    Wrong,
    /// The account is not active (any more); nothing was written.
    NotActive,
}

/// What became of a password or passkey that was given on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is noted.
    Done,
    /// It opens the account no more, or was used before; nothing was written.
    Wrong,
    /// The grant is not alive, or no phone's; nothing was written.
    NotAllowed,
}

/// What became of the wish to let a phone approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// It may approve.
    Done,
    /// It is no live phone of the account, or one that nobody can allow; nothing was written.
    NoSuchPhone,
    /// The grant that wishes it may not do so (any more); nothing was written.
    Refused,
}
