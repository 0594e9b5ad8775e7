//! The transitions: where each event goes, and what all of them share.

use crate::limits::Lifetimes;
use crate::time::Timestamp;

use super::Login;
use super::event::{Event, Refusal};
use super::state::State;

/// What became of an event.
///
/// A refusal may change the login too (a wrong code is counted, a stranger remembered), so both
/// stand side by side. The version tells whether there is anything to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The login afterwards; unchanged, version included, when there is nothing to write.
    pub login: Login,
    /// Whether the event did what it asked for.
    pub verdict: Result<(), Refusal>,
}

impl Login {
    /// Applies `event` at `now`.
    ///
    /// The same party's repeat of the event that led to the present state is granted again
    /// without a change; nobody else's is. Final states never change.
    #[must_use]
    pub fn apply(self, event: &Event, now: Timestamp, lifetimes: &Lifetimes) -> Step {
        let login = self.expire(now);
        match event {
            Event::Scan(scan) => login.scan(scan, now, lifetimes),
            Event::Confirm(confirm) => login.confirm(confirm, now, lifetimes),
            Event::Check {
                key,
                right,
                allowed,
            } => login.check(key, (*right, *allowed), now, lifetimes),
            Event::Deny {
                session,
                claim,
                report,
            } => login.deny((*session, *claim), *report, now),
            Event::Cancel => login.cancel(now),
            Event::Collect {
                key,
                grant,
                allowed,
            } => login.collect(key, *grant, *allowed, now),
            Event::DesktopMoved => login.desktop_moved(),
            Event::Withdraw => login.withdraw(now),
            Event::Tick => login.granted(),
        }
    }

    fn expire(self, now: Timestamp) -> Self {
        let Some(at) = self.state.deadline().filter(|until| now >= *until) else {
            return self;
        };
        let claim = self.state.claim().cloned();
        self.moved(State::Expired { at, claim })
    }

    pub(super) fn moved(self, state: State) -> Self {
        Self { state, ..self }.changed()
    }

    pub(super) fn changed(self) -> Self {
        Self {
            version: self.version + 1,
            ..self
        }
    }

    pub(super) fn granted(self) -> Step {
        Step {
            login: self,
            verdict: Ok(()),
        }
    }

    pub(super) fn refuse(self, refusal: Refusal) -> Step {
        Step {
            login: self,
            verdict: Err(refusal),
        }
    }

    pub(super) fn over(self) -> Step {
        let end = self.state.name();
        self.refuse(Refusal::Ended(end))
    }
}
