//! Counting over time: each key has a bucket that a request takes a drop from and that fills up again by itself.
//!
//! Owns the arithmetic (GCRA, the leaky bucket of ITU-T I.371, one number for each key) and a bounded memory. Time
//! is an argument, and a drop can be given back, so that a request which another budget refuses costs nobody.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_core::time::Timestamp;

use super::bill::Told;
use crate::limits::{RATE_KEYS_MAX, RATE_SWEEP};

/// So many at once, and as many again, evenly, in each period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) count: u32,
    pub(super) period: Duration,
}

/// One budget: the same quota for each of many keys.
///
/// Past its most keys newcomers share the bucket of one: whoever fills the memory with keys locks out neither those
/// that are known nor, altogether, those that are not, and gains no more than one key's worth.
#[derive(Debug)]
pub(super) struct Buckets {
    name: &'static str,
    quota: Quota,
    /// Microseconds in which one drop comes back, and those that a full bucket has.
    drop: u64,
    depth: u64,
    keys_max: usize,
    /// Keys are kept as digests of 64 bits that nobody outside can compute or aim at: short, and no names of
    /// accounts lie in memory.
    digest: RandomState,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When each key's bucket is full again, in microseconds; who is not here has a full one.
    full_at: HashMap<u64, u64>,
    newcomers: u64,
    /// Doubles as the map grows, so that looking for full buckets costs each request next to nothing.
    sweep_at: usize,
    swept: u64,
}

/// A drop that was taken.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    buckets: &'a Buckets,
    key: u64,
    drop: u64,
    told: Told,
}

/// An empty bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) told: Told,
    /// The longest that it can be until there is one more, whatever was taken when, in whole seconds.
    pub(super) at_most: u64,
}

impl Taken<'_> {
    /// What is left behind.
    pub(super) fn told(&self) -> Told {
        self.told
    }

    /// Puts it back, as if it had never been taken.
    pub(super) fn give_back(self) {
        let mut state = self.buckets.lock();
        let State {
            full_at, newcomers, ..
        } = &mut *state;
        let full_at = full_at.get_mut(&self.key).unwrap_or(newcomers);
        *full_at = full_at.saturating_sub(self.drop);
    }
}

impl Buckets {
    /// `name` is what callers read it as: lower case and dashes.
    pub(super) fn new(name: &'static str, quota: Quota) -> Self {
        Self::with_keys(name, quota, RATE_KEYS_MAX)
    }

    fn with_keys(name: &'static str, quota: Quota, keys_max: usize) -> Self {
        let period = micros(quota.period);
        let drop = (period / u64::from(quota.count.max(1))).max(1);
        Self {
            name,
            quota,
            drop,
            depth: drop.saturating_mul(quota.count.into()),
            keys_max,
            digest: RandomState::new(),
            state: Mutex::default(),
        }
    }

    /// Takes a drop from the key's bucket, which has `share` times the quota.
    ///
    /// # Errors
    /// It is empty. `left.more_in` says in how many whole seconds there is a drop again, at least 1.
    pub(super) fn take(
        &self,
        key: impl Hash,
        share: u32,
        now: Timestamp,
    ) -> Result<Taken<'_>, Refused> {
        let (key, time) = (
            self.digest.hash_one(key),
            now.millis().saturating_mul(1_000),
        );
        // A bucket that is larger has smaller drops.
        let drop = (self.drop / u64::from(share.max(1))).max(1);
        let mut state = self.lock();
        let full_at = self.slot(&mut state, key, time);
        // An empty bucket's is the latest that makes sense, also when the clock was set back.
        *full_at = (*full_at).clamp(time, time.saturating_add(self.depth));
        let next = full_at.saturating_add(drop);
        let level = next - time;
        if level > self.depth {
            return Err(Refused {
                told: self.tell(0, level - self.depth),
                at_most: seconds(drop),
            });
        }
        *full_at = next;
        let room = self.depth - level;
        let left = u32::try_from(room / drop).unwrap_or(u32::MAX);
        Ok(Taken {
            buckets: self,
            key,
            drop,
            told: self.tell(left, drop - room % drop),
        })
    }

    fn tell(&self, left: u32, more_in: u64) -> Told {
        Told {
            budget: self.name,
            count: self.quota.count,
            period: self.quota.period.as_secs().max(1),
            left,
            more_in: Some(seconds(more_in)),
        }
    }

    /// The key's place, or the newcomers' common one.
    fn slot<'a>(&self, state: &'a mut State, key: u64, time: u64) -> &'a mut u64 {
        if !state.full_at.contains_key(&key) {
            state.make_room(self.keys_max, time);
            if state.full_at.len() >= self.keys_max {
                return &mut state.newcomers;
            }
        }
        state.full_at.entry(key).or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked here left whole numbers behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    fn keys(&self) -> usize {
        self.lock().full_at.len()
    }
}

impl State {
    /// Forgets the full buckets, which are as if never touched: when the map has doubled, and when it has no more
    /// room, but then not for every newcomer.
    fn make_room(&mut self, keys_max: usize, time: u64) {
        let crowded = self.full_at.len() >= self.sweep_at.max(1024).min(keys_max);
        let full = self.full_at.len() >= keys_max;
        if crowded && !(full && time.abs_diff(self.swept) < micros(RATE_SWEEP)) {
            self.full_at.retain(|_, full_at| *full_at > time);
            self.sweep_at = self.full_at.len() * 2;
            self.swept = time;
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn seconds(micros: u64) -> u64 {
    micros.div_ceil(1_000_000).max(1)
}

#[cfg(test)]
mod tests;
