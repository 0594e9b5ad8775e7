//! What a desktop does to a login: check, cancel, collect, move. And what takes it away.

use crate::ids::{GrantId, Thumbprint};
use crate::limits::{CHECK_TRIES, COLLECT_AGAIN, Lifetimes};
use crate::policy::Level;
use crate::time::Timestamp;

use super::Login;
use super::apply::Step;
use super::event::Refusal;
use super::state::{CancelCause, DenyCause, State, StateName};

impl Login {
    pub(super) fn check(
        mut self,
        key: &Thumbprint,
        (right, allowed): (bool, bool),
        now: Timestamp,
        lifetimes: &Lifetimes,
    ) -> Step {
        if *key != self.request.key {
            return self.refuse(Refusal::Unknown);
        }
        match &self.state {
            State::Checking { .. } if !allowed => self.no_longer_allowed(now),
            State::Checking {
                claim,
                confirmation,
                ..
            } if right => {
                let (claim, confirmation) = (claim.clone(), *confirmation);
                self.moved(State::Confirmed {
                    until: now.plus(lifetimes.collect),
                    claim,
                    confirmation,
                })
                .granted()
            }
            State::Checking { claim, .. } => {
                let claim = claim.clone();
                self.wrong_codes += 1;
                let tries_left = self.tries_left();
                let login = if self.wrong_codes >= CHECK_TRIES {
                    self.moved(State::Denied {
                        at: now,
                        claim,
                        cause: DenyCause::WrongCodes,
                    })
                } else {
                    self.changed()
                };
                login.refuse(Refusal::WrongCode { tries_left })
            }
            State::Confirmed { claim, .. } if right && claim.context.level >= Level::Code => {
                self.granted()
            }
            State::Waiting { .. } | State::Scanned { .. } | State::Confirmed { .. } => {
                self.refuse(Refusal::NotReady)
            }
            State::Collected { .. }
            | State::Denied { .. }
            | State::Cancelled { .. }
            | State::Expired { .. } => self.over(),
        }
    }

    pub(super) fn cancel(self, now: Timestamp) -> Step {
        match &self.state {
            State::Cancelled { .. } => self.granted(),
            State::Collected { .. } | State::Denied { .. } | State::Expired { .. } => self.over(),
            _ => {
                let claim = self.state.claim().cloned();
                self.moved(State::Cancelled {
                    at: now,
                    claim,
                    cause: CancelCause::Desktop,
                })
                .granted()
            }
        }
    }

    pub(super) fn collect(
        self,
        key: &Thumbprint,
        grant: GrantId,
        allowed: bool,
        now: Timestamp,
    ) -> Step {
        // After a collect another key is no stranger: it holds the device code. The service ends
        // the grant; here it learns only that this login is over.
        let collected = matches!(self.state, State::Collected { .. });
        if *key != self.request.key && !collected {
            return self.refuse(Refusal::Unknown);
        }
        match &self.state {
            State::Waiting { .. } | State::Scanned { .. } | State::Checking { .. } => {
                self.refuse(Refusal::Pending)
            }
            State::Confirmed { .. } if !allowed => self.no_longer_allowed(now),
            State::Confirmed {
                claim,
                confirmation,
                ..
            } => {
                let (claim, confirmation) = (claim.clone(), *confirmation);
                self.moved(State::Collected {
                    at: now,
                    claim,
                    confirmation,
                    grant,
                })
                .granted()
            }
            State::Collected { at, .. }
                if *key == self.request.key && allowed && now < at.plus(COLLECT_AGAIN) =>
            {
                self.granted()
            }
            State::Collected { .. }
            | State::Denied { .. }
            | State::Cancelled { .. }
            | State::Expired { .. } => self.over(),
        }
    }

    /// The desktop's network is another one: remembered for as long as the login lives.
    pub(super) fn desktop_moved(self) -> Step {
        if self.state.name().is_final() {
            return self.over();
        }
        if self.desktop_moved {
            return self.granted();
        }
        Self {
            desktop_moved: true,
            ..self
        }
        .changed()
        .granted()
    }

    pub(super) fn withdraw(self, now: Timestamp) -> Step {
        match &self.state {
            State::Confirmed { .. } => self.taken_back(now).granted(),
            State::Waiting { .. } | State::Scanned { .. } | State::Checking { .. } => {
                self.refuse(Refusal::NotReady)
            }
            _ => self.over(),
        }
    }

    /// Ends a decided login that the client's rules do not allow any more.
    fn no_longer_allowed(self, now: Timestamp) -> Step {
        self.taken_back(now)
            .refuse(Refusal::Ended(StateName::Denied))
    }

    fn taken_back(self, now: Timestamp) -> Self {
        let Some(claim) = self.state.claim().cloned() else {
            return self;
        };
        self.moved(State::Denied {
            at: now,
            claim,
            cause: DenyCause::NoLongerAllowed,
        })
    }
}
