//! What one request is charged to, and what of it the caller may be told.

use std::hash::Hash;

use super::TooOften;
use super::buckets::{Buckets, Refused, Taken};
use super::caller::Caller;
use super::history::History;
use super::network::Network;

/// Takes from budget after budget; when one has nothing left, the others get theirs back.
#[must_use]
pub(super) struct Bill<'a> {
    caller: Caller,
    history: &'a History,
    paid: Vec<Taken<'a>>,
    refused: Option<TooOften>,
    told: Option<Told>,
}

/// What the caller has left of a budget that is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) budget: &'static str,
    /// Requests that the full budget has, and the seconds in which as many come back.
    pub(super) count: u32,
    pub(super) period: u64,
    pub(super) left: u32,
    /// Seconds until there is one more; `None` when that would not help.
    pub(super) more_in: Option<u64>,
}

impl<'a> Bill<'a> {
    pub(super) fn new(caller: Caller, history: &'a History) -> Self {
        Self {
            caller,
            history,
            paid: Vec::new(),
            refused: None,
            told: None,
        }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The caller's address and the wider networks around it. Those may have others in them, so it is told of its
    /// own only.
    pub(super) fn address(mut self, budget: &'a Buckets) -> Self {
        let Some(address) = self.caller.address else {
            return self;
        };
        let own = Network::of(address);
        for (network, share) in Network::all(address) {
            self = self.charge(budget, ("address", network), share, network == own);
        }
        self
    }

    /// The caller's key. One that is only named is anybody's to name, so it is charged to nobody.
    pub(super) fn key(self, budget: &'a Buckets) -> Self {
        match self.caller.key {
            Some(key) => self.own(budget, ("key", key.bytes())),
            None => self,
        }
    }

    /// What the caller alone can spend.
    pub(super) fn own(self, budget: &'a Buckets, party: impl Hash) -> Self {
        self.charge(budget, party, 1, true)
    }

    /// What others spend too: how much of it they did is not told.
    pub(super) fn shared(self, budget: &'a Buckets, party: impl Hash) -> Self {
        self.charge(budget, party, 1, false)
    }

    /// What all strangers spend together: whoever signed in here lately is none.
    pub(super) fn strangers(self, budget: &'a Buckets, party: impl Hash) -> Self {
        if self.history.knows(&self.caller) {
            return self;
        }
        self.shared(budget, party)
    }

    /// Whether there is room in all of them.
    pub(super) fn done(self) -> Result<(), TooOften> {
        self.settled().map(|_| ())
    }

    /// Whether there is room in all of them; what was taken can then still be given back.
    pub(super) fn settled(self) -> Result<Vec<Taken<'a>>, TooOften> {
        if let Some(told) = self.told {
            self.caller.ledger.note(told);
        }
        match self.refused {
            None => Ok(self.paid),
            Some(refused) => {
                self.paid.into_iter().for_each(Taken::give_back);
                Err(refused)
            }
        }
    }

    fn charge(mut self, budget: &'a Buckets, party: impl Hash, share: u32, told: bool) -> Self {
        if self.refused.is_some() {
            return self;
        }
        match budget.take(party, share, self.caller.now) {
            Ok(taken) => {
                if told {
                    self.tell(taken.told());
                }
                self.paid.push(taken);
            }
            Err(refused) if told => {
                let seconds = refused.told.more_in.unwrap_or(refused.at_most);
                self.refused = Some(TooOften(seconds));
                self.tell(refused.told);
            }
            // Whoever waits that long finds one whatever the others did, and learns nothing of them.
            Err(Refused { at_most, .. }) => {
                self.refused = Some(TooOften(at_most));
                // What the caller paid of its own it gets back, but to wait for more of it is no use.
                self.told = self.told.map(|told| Told {
                    left: told.left + 1,
                    more_in: None,
                    ..told
                });
            }
        }
        self
    }

    /// Of several budgets the caller is told of the one that is nearest to its end.
    fn tell(&mut self, new: Told) {
        if self.told.is_none_or(|told| new.left <= told.left) {
            self.told = Some(new);
        }
    }
}
