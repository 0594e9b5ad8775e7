//! The audit log: one entry for each change, written in the same commit as the change.
//!
//! Folding the entries of a login gives its row (`from`, `to`, `version`), which a test does.

use std::borrow::Cow;

use crate::ids::{AccountId, DeviceId, GrantId, LoginId};
use crate::login::{Login, StateName};
use crate::named::named;
use crate::time::Timestamp;

named! {
    /// What happened.
    pub enum Kind {
        /// A login was created.
        LoginCreated = "login_created",
        /// A login went from one state to another.
        LoginMoved = "login_moved",
        /// Another account scanned a claimed login.
        StrangerScanned = "stranger_scanned",
        /// A wrong check code was typed.
        WrongCode = "wrong_code",
        /// What the phone had been shown became riskier, so it must look again.
        ContextChanged = "context_changed",
        /// An account was added.
        AccountAdded = "account_added",
        /// A password sign-in opened a session.
        SessionOpened = "session_opened",
        /// A desktop collected the same grant once more.
        CollectedAgain = "collected_again",
        /// A grant was ended: by its owner, or because a secret was misused.
        GrantEnded = "grant_ended",
        /// A refresh token was used.
        Refreshed = "refreshed",
    }
}

/// One entry. Holds names of things, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// The login that changed, its version after the change, and its states before and after.
    pub login: Option<Change>,
    /// The account that it concerns, as far as known.
    pub account: Option<AccountId>,
    /// The device that it concerns.
    pub device: Option<DeviceId>,
    /// The grant that it concerns.
    pub grant: Option<GrantId>,
    /// A word more: the cause of an end.
    pub detail: Option<Cow<'static, str>>,
}

/// A login's change, as the log keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which login.
    pub id: LoginId,
    /// Its version after the change.
    pub version: u32,
    /// Its state before; `None` when it was created.
    pub from: Option<StateName>,
    /// Its state after.
    pub to: StateName,
}

impl Entry {
    /// An entry that concerns no login.
    pub const fn new(at: Timestamp, kind: Kind) -> Self {
        Self {
            at,
            kind,
            login: None,
            account: None,
            device: None,
            grant: None,
            detail: None,
        }
    }

    /// The entry for a new login.
    pub fn created(login: &Login) -> Self {
        let change = Change {
            id: login.id,
            version: login.version,
            from: None,
            to: login.state.name(),
        };
        Self {
            login: Some(change),
            ..Self::new(login.created_at, Kind::LoginCreated)
        }
    }

    /// The entry for the step from `before` to `after`.
    pub fn step(before: &Login, after: &Login, at: Timestamp) -> Self {
        let (from, to) = (before.state.name(), after.state.name());
        let kind = if from != to {
            Kind::LoginMoved
        } else if after.strangers.len() > before.strangers.len() {
            Kind::StrangerScanned
        } else if after.wrong_codes > before.wrong_codes {
            Kind::WrongCode
        } else {
            Kind::ContextChanged
        };
        let change = Change {
            id: after.id,
            version: after.version,
            from: Some(from),
            to,
        };
        Self {
            login: Some(change),
            account: match kind {
                Kind::StrangerScanned => after.strangers.last().copied(),
                _ => after.state.claim().map(|claim| claim.account),
            },
            detail: after.state.cause().map(Cow::Borrowed),
            ..Self::new(at, kind)
        }
    }
}
