//! The transitions: one function for each kind of event.

use crate::ids::{GrantId, Thumbprint};
use crate::limits::{CHECK_TRIES, COLLECT_AGAIN, Lifetimes, STRANGERS};
use crate::policy::Level;
use crate::scan_code::Standing;
use crate::time::Timestamp;

use super::Login;
use super::event::{Event, Refusal, Scan};
use super::state::{CancelCause, Claim, Confirmation, DenyCause, State};

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
            Event::Confirm { session, claim, .. } => match login.state.claim() {
                Some(held) if held.session == *session && held.version == *claim => {
                    login.confirm(event, now, lifetimes)
                }
                _ => login.refuse(Refusal::Unknown),
            },
            Event::Check { key, right } => login.check(key, *right, now, lifetimes),
            Event::Deny {
                session,
                claim,
                report,
            } => match login.state.claim() {
                Some(held) if held.session == *session && held.version == *claim => {
                    login.deny(*report, now)
                }
                _ => login.refuse(Refusal::Unknown),
            },
            Event::Cancel => login.cancel(now),
            Event::Collect { key, grant } => login.collect(key, *grant, now),
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

    fn scan(self, scan: &Scan, now: Timestamp, lifetimes: &Lifetimes) -> Step {
        if scan.standing == Standing::Foreign {
            return self.refuse(Refusal::Unknown);
        }
        if scan.phone_key == self.request.key {
            return self.refuse(Refusal::SameDevice);
        }
        match &self.state {
            State::Waiting { .. } if scan.standing == Standing::Stale => {
                self.refuse(Refusal::CodeStale)
            }
            State::Waiting { .. } => {
                let claim = Claim {
                    version: 1,
                    session: scan.session,
                    account: scan.account,
                    context: scan.context.clone(),
                    at: now,
                };
                self.moved(State::Scanned {
                    until: now.plus(lifetimes.decision),
                    claim,
                })
                .granted()
            }
            State::Scanned { claim, .. }
            | State::Checking { claim, .. }
            | State::Confirmed { claim, .. }
                if claim.session == scan.session =>
            {
                self.granted()
            }
            State::Scanned { claim, .. } if claim.account != scan.account => {
                self.stranger(scan, now)
            }
            State::Scanned { .. } | State::Checking { .. } | State::Confirmed { .. } => {
                self.refuse(Refusal::Claimed)
            }
            State::Collected { .. }
            | State::Denied { .. }
            | State::Cancelled { .. }
            | State::Expired { .. } => self.over(),
        }
    }

    fn stranger(mut self, scan: &Scan, now: Timestamp) -> Step {
        // An old code proves that its sender saw the screen once; only a fresh one counts.
        if scan.standing == Standing::Current && !self.strangers.contains(&scan.account) {
            self.strangers.push(scan.account);
            self = if self.strangers.len() >= STRANGERS {
                let claim = self.state.claim().cloned();
                self.moved(State::Cancelled {
                    at: now,
                    claim,
                    cause: CancelCause::Strangers,
                })
            } else {
                self.changed()
            };
        }
        self.refuse(Refusal::Claimed)
    }

    fn confirm(self, event: &Event, now: Timestamp, lifetimes: &Lifetimes) -> Step {
        let Event::Confirm {
            phone_key,
            digest,
            keep,
            fresh,
            ..
        } = event
        else {
            return self.refuse(Refusal::NotReady);
        };
        match &self.state {
            State::Scanned { claim, .. } if claim.context.digest() != *digest => {
                self.refuse(Refusal::ContextChanged)
            }
            State::Scanned { until, claim } if fresh.riskier_than(&claim.context) => {
                let claim = Claim {
                    version: claim.version + 1,
                    context: (**fresh).clone(),
                    ..claim.clone()
                };
                let until = *until;
                self.moved(State::Scanned { until, claim })
                    .refuse(Refusal::ContextChanged)
            }
            State::Scanned { claim, .. } => {
                let claim = claim.clone();
                let confirmation = Confirmation {
                    keep: *keep,
                    phone_key: *phone_key,
                    at: now,
                };
                self.moved(match claim.context.level {
                    Level::Tap => State::Confirmed {
                        until: now.plus(lifetimes.collect),
                        claim,
                        confirmation,
                    },
                    Level::Code | Level::Passkey => State::Checking {
                        until: now.plus(lifetimes.check),
                        claim,
                        confirmation,
                    },
                })
                .granted()
            }
            State::Checking { claim, .. } if claim.context.digest() == *digest => self.granted(),
            State::Confirmed { claim, .. }
                if claim.context.level == Level::Tap && claim.context.digest() == *digest =>
            {
                self.granted()
            }
            State::Waiting { .. } | State::Checking { .. } | State::Confirmed { .. } => {
                self.refuse(Refusal::NotReady)
            }
            State::Collected { .. }
            | State::Denied { .. }
            | State::Cancelled { .. }
            | State::Expired { .. } => self.over(),
        }
    }

    fn check(
        mut self,
        key: &Thumbprint,
        right: bool,
        now: Timestamp,
        lifetimes: &Lifetimes,
    ) -> Step {
        if *key != self.request.key {
            return self.refuse(Refusal::Unknown);
        }
        match &self.state {
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

    fn deny(self, report: bool, now: Timestamp) -> Step {
        match &self.state {
            State::Scanned { claim, .. }
            | State::Checking { claim, .. }
            | State::Confirmed { claim, .. } => {
                let claim = claim.clone();
                let cause = if report {
                    DenyCause::Reported
                } else {
                    DenyCause::Declined
                };
                self.moved(State::Denied {
                    at: now,
                    claim,
                    cause,
                })
                .granted()
            }
            State::Denied { .. } => self.granted(),
            State::Waiting { .. } => self.refuse(Refusal::NotReady),
            State::Collected { .. } | State::Cancelled { .. } | State::Expired { .. } => {
                self.over()
            }
        }
    }

    fn cancel(self, now: Timestamp) -> Step {
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

    fn collect(self, key: &Thumbprint, grant: GrantId, now: Timestamp) -> Step {
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
                if *key == self.request.key && now < at.plus(COLLECT_AGAIN) =>
            {
                self.granted()
            }
            State::Collected { .. }
            | State::Denied { .. }
            | State::Cancelled { .. }
            | State::Expired { .. } => self.over(),
        }
    }

    fn withdraw(self, now: Timestamp) -> Step {
        match &self.state {
            State::Confirmed { claim, .. } => {
                let claim = claim.clone();
                self.moved(State::Denied {
                    at: now,
                    claim,
                    cause: DenyCause::NoLongerAllowed,
                })
                .granted()
            }
            State::Waiting { .. } | State::Scanned { .. } | State::Checking { .. } => {
                self.refuse(Refusal::NotReady)
            }
            _ => self.over(),
        }
    }

    fn moved(self, state: State) -> Self {
        Self { state, ..self }.changed()
    }

    fn changed(self) -> Self {
        Self {
            version: self.version + 1,
            ..self
        }
    }

    fn granted(self) -> Step {
        Step {
            login: self,
            verdict: Ok(()),
        }
    }

    fn refuse(self, refusal: Refusal) -> Step {
        Step {
            login: self,
            verdict: Err(refusal),
        }
    }

    fn over(self) -> Step {
        let end = self.state.name();
        self.refuse(Refusal::Ended(end))
    }
}
