//! What became of a write: done, or why nothing was written.

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

/// What became of a password sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Everything is written, durably; this is the holder of the new grant.
    Done(Box<Holder>),
    /// The account's password is another one by now, or there is no such account; nothing was written.
    WrongPassword,
    /// The account is not active (any more); nothing was written.
    NotActive,
}

/// What became of a password that was given on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is noted.
    Done,
    /// The account's password is another one by now; nothing was written.
    WrongPassword,
    /// The grant is not alive, or was made by scanning; nothing was written.
    NotAllowed,
}

/// What became of the wish to let a phone approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// It may approve.
    Done,
    /// It is no live phone of the account; nothing was written.
    NoSuchPhone,
    /// The grant that wishes it may not do so (any more); nothing was written.
    Refused,
}
