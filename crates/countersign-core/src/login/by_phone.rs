//! What a phone does to a login: scan, confirm, deny.

use crate::ids::GrantId;
use crate::limits::{Lifetimes, PASSKEY_TRIES, PHRASE_TRIES, STRANGERS};
use crate::policy::{Forbidden, Level};
use crate::scan_code::Standing;
use crate::time::Timestamp;

use super::Login;
use super::apply::Step;
use super::event::{Assertion, Confirm, Offer, Refusal, Scan, Typed};
use super::state::{CancelCause, Claim, Confirmation, DenyCause, State};

impl Login {
    pub(super) fn scan(self, scan: &Scan, now: Timestamp, lifetimes: &Lifetimes) -> Step {
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
            State::Waiting { .. } => match &scan.offer {
                Ok(offer) => self.claimed(scan, offer.clone(), now, lifetimes),
                Err(refusal @ Refusal::NotAllowedHere(Forbidden::Account)) => {
                    self.stranger(scan, now).refuse(*refusal)
                }
                Err(refusal) => self.refuse(*refusal),
            },
            State::Scanned { claim, .. }
            | State::Checking { claim, .. }
            | State::Confirmed { claim, .. }
                if claim.session == scan.session =>
            {
                self.granted()
            }
            State::Scanned { claim, .. } if claim.account != scan.account => {
                self.stranger(scan, now).refuse(Refusal::Claimed)
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

    fn claimed(self, scan: &Scan, offer: Offer, now: Timestamp, lifetimes: &Lifetimes) -> Step {
        let Offer {
            context,
            challenge,
            address,
        } = offer;
        let claim = Claim {
            version: 1,
            session: scan.session,
            account: scan.account,
            context,
            challenge,
            address,
            at: now,
        };
        self.moved(State::Scanned {
            until: now.plus(lifetimes.decision),
            claim,
        })
        .granted()
    }

    /// Remembers an account that scanned what is not for it; the last one that is too many cancels.
    fn stranger(mut self, scan: &Scan, now: Timestamp) -> Self {
        // An old code proves that its sender saw the screen once; only a fresh one counts.
        if scan.standing != Standing::Current || self.strangers.contains(&scan.account) {
            return self;
        }
        self.strangers.push(scan.account);
        if self.strangers.len() < STRANGERS {
            return self.changed();
        }
        let claim = self.state.claim().cloned();
        self.moved(State::Cancelled {
            at: now,
            claim,
            cause: CancelCause::Strangers,
        })
    }

    pub(super) fn confirm(self, confirm: &Confirm, now: Timestamp, lifetimes: &Lifetimes) -> Step {
        if !self.is_claim_of((confirm.session, confirm.claim)) {
            return self.refuse(Refusal::Unknown);
        }
        match &self.state {
            State::Scanned { until, claim } => {
                let (until, claim) = (*until, claim.clone());
                self.decide(confirm, (until, claim), now, lifetimes)
            }
            State::Checking { claim, .. } if claim.context.digest() == confirm.digest => {
                self.granted()
            }
            State::Confirmed { claim, .. }
                if claim.context.level == Level::Tap
                    && claim.context.digest() == confirm.digest =>
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

    /// Decides what a claim becomes whose phone's person pressed Continue.
    fn decide(
        self,
        confirm: &Confirm,
        (until, claim): (Timestamp, Claim),
        now: Timestamp,
        lifetimes: &Lifetimes,
    ) -> Step {
        if claim.context.digest() != confirm.digest {
            return self.refuse(Refusal::ContextChanged);
        }
        let fresh = match &confirm.fresh {
            Ok(fresh) => fresh,
            Err(refusal) => return self.refuse(*refusal),
        };
        if fresh.context.riskier_than(&claim.context) {
            let claim = Claim {
                version: claim.version + 1,
                context: fresh.context.clone(),
                challenge: fresh.challenge.clone(),
                address: fresh.address,
                ..claim
            };
            return self
                .moved(State::Scanned { until, claim })
                .refuse(Refusal::ContextChanged);
        }
        match (&self.request.phrase, confirm.phrase) {
            (Some(_), Typed::Missing) => return self.refuse(Refusal::PhraseRequired),
            (Some(_), Typed::Wrong) => return self.wrong_phrase(claim, now),
            (Some(_), Typed::Right) | (None, _) => {}
        }
        let level = claim.context.level;
        let passkey = match (level, confirm.assertion) {
            (Level::Passkey, Assertion::By(passkey)) => Some(passkey),
            (Level::Passkey, Assertion::Missing) => {
                return self.refuse(Refusal::PasskeyRequired { has_passkey: true });
            }
            (Level::Passkey, Assertion::Wrong) => return self.wrong_passkey(claim, now),
            (Level::Tap | Level::Code, _) => None,
        };
        // Compared with where the phone is now, when the desktop comes again.
        let address = fresh.address;
        let claim = Claim { address, ..claim };
        let confirmation = Confirmation {
            keep: confirm.keep,
            phone_key: confirm.phone_key,
            passkey,
            at: now,
        };
        self.moved(match level {
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

    fn wrong_phrase(mut self, claim: Claim, now: Timestamp) -> Step {
        self.wrong_phrases += 1;
        let tries_left = self.phrase_tries_left();
        let login = if self.wrong_phrases >= PHRASE_TRIES {
            self.moved(State::Denied {
                at: now,
                claim,
                cause: DenyCause::WrongPhrases,
            })
        } else {
            self.changed()
        };
        login.refuse(Refusal::WrongPhrase { tries_left })
    }

    fn wrong_passkey(mut self, claim: Claim, now: Timestamp) -> Step {
        self.wrong_passkeys += 1;
        let tries_left = self.passkey_tries_left();
        let login = if self.wrong_passkeys >= PASSKEY_TRIES {
            self.moved(State::Denied {
                at: now,
                claim,
                cause: DenyCause::WrongPasskeys,
            })
        } else {
            self.changed()
        };
        login.refuse(Refusal::PasskeyRejected { tries_left })
    }

    pub(super) fn deny(self, by: (GrantId, u32), report: bool, now: Timestamp) -> Step {
        if !self.is_claim_of(by) {
            return self.refuse(Refusal::Unknown);
        }
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

    /// Whether this session, with a ticket of this version, holds the claim.
    fn is_claim_of(&self, (session, version): (GrantId, u32)) -> bool {
        self.state
            .claim()
            .is_some_and(|held| held.session == session && held.version == version)
    }
}
