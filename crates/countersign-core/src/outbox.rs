//! The outbox: what operators and people are told, kept in the same commit as what it tells of.

use crate::audit::Entry;
use crate::grant::Role;
use crate::ids::ClientId;
use crate::time::Timestamp;

/// A message that has to be sent over one channel, at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: u64,
    /// Over which channel: `mail`, or `webhook:` with the webhook's id.
    pub channel: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What it tells.
    pub notice: Notice,
}

/// Something that happened, with the names that a person or another system needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its place in the audit log: the same in every delivery of it.
    pub seq: u64,
    /// What happened.
    pub entry: Entry,
    /// Whom it concerns.
    pub account: Option<Addressee>,
    /// What the device is called.
    pub device: Option<String>,
    /// What the device is called by which it was done, where the entry names that.
    pub by_device: Option<String>,
    /// What the holder of the entry's grant is, where there is one.
    pub role: Option<Role>,
    /// The application, as far as grant or login still tell.
    pub client: Option<ClientId>,
}

/// A person to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The name that they sign in with.
    pub login_name: String,
    /// What they are called.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: Option<String>,
}

impl std::fmt::Debug for Addressee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Addressee(…)")
    }
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived, or will never: nothing is left to do.
    Over,
    /// To be tried again then.
    Again(Timestamp),
}
