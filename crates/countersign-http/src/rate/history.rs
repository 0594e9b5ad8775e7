//! Who signed in here lately: whom a crowd of strangers is not to keep out.
//!
//! Owns a bounded memory of networks and keys that completed a sign-in, in all and for which account. What is in it
//! opens no door: it says only which budgets a caller is charged to. Without it, after a restart, everybody is a
//! stranger, and what is left are the budgets that all share.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_core::account::LoginName;
use countersign_core::ids::{AccountId, Thumbprint};
use countersign_core::time::Timestamp;

use super::buckets::{Buckets, Quota};
use super::caller::Caller;
use super::network::Network;
use crate::limits::{RATE_HISTORY_LIFE, RATE_HISTORY_MAX, RATE_LEARNED_A_DAY};

/// What a caller is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Party {
    Network(Network),
    Key([u8; 32]),
}

/// The networks and keys that signed in.
#[derive(Debug)]
pub(super) struct History {
    /// Entries are digests of 64 bits that nobody outside can compute.
    digest: RandomState,
    most: usize,
    seen: Mutex<Seen>,
    /// What one account may teach: else an account and many networks would make a crowd of friends.
    learned: Buckets,
}

/// When each was seen last. When `new` is half of the memory, it becomes `old` and what was old is forgotten: who was
/// not seen since goes first.
#[derive(Debug, Default)]
struct Seen {
    new: HashMap<u64, Timestamp>,
    old: HashMap<u64, Timestamp>,
}

impl History {
    pub(super) fn new() -> Self {
        Self::with(RATE_HISTORY_MAX, RATE_LEARNED_A_DAY)
    }

    fn with(most: usize, learned_a_day: u32) -> Self {
        let quota = Quota {
            count: learned_a_day,
            period: Duration::from_hours(24),
        };
        Self {
            digest: RandomState::new(),
            most,
            seen: Mutex::default(),
            learned: Buckets::new("learned", quota),
        }
    }

    /// Whether the caller's network or key signed in, for whomever.
    pub(super) fn knows(&self, caller: &Caller) -> bool {
        parties(caller).any(|party| self.has(party, caller.now))
    }

    /// What the account of this name knows the caller by: the key sooner than the network, which others may be in.
    pub(super) fn known_to(&self, caller: &Caller, name: &str) -> Option<Party> {
        parties(caller).find(|party| self.has((party, name), caller.now))
    }

    /// Remembers that the caller, by this key, signed in to the account of this name.
    pub(super) fn learn(
        &self,
        caller: &Caller,
        key: &Thumbprint,
        account: AccountId,
        name: &LoginName,
    ) {
        let (now, name) = (caller.now, name.as_str());
        for party in parties(&caller.clone().proved(*key)) {
            let known = self.has((party, name), now);
            if known || self.learned.take(account.bytes(), 1, now).is_ok() {
                self.see(party, now);
                self.see((party, name), now);
            }
        }
    }

    fn has(&self, what: impl Hash, now: Timestamp) -> bool {
        let what = self.digest.hash_one(what);
        let seen = self.lock();
        let at = seen.new.get(&what).or_else(|| seen.old.get(&what));
        at.is_some_and(|at| now.since(*at) < RATE_HISTORY_LIFE)
    }

    fn see(&self, what: impl Hash, now: Timestamp) {
        let what = self.digest.hash_one(what);
        let mut seen = self.lock();
        if seen.new.len() >= self.most / 2 && !seen.new.contains_key(&what) {
            seen.old = mem::take(&mut seen.new);
        }
        seen.new.insert(what, now);
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        // A thread that panicked here left whole entries behind.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parties(caller: &Caller) -> impl Iterator<Item = Party> + use<> {
    let key = caller.key.map(|key| Party::Key(*key.bytes()));
    let network = caller
        .address
        .map(|address| Party::Network(Network::of(address)));
    key.into_iter().chain(network)
}

#[cfg(test)]
mod tests;
