//! Which proofs were seen, so that each counts once (RFC 9449 §11.1).
//!
//! Owns a bounded memory of (key, `jti`) digests on this node. Losing it, by a restart, can let a proof pass a
//! second time within its minute; the state machine and the single-use secrets behind it are what then holds.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::limits::{REPLAY_ENTRIES, REPLAY_SHARDS};

/// Width of the time slices in which entries are forgotten together, in milliseconds.
const SLICE_MS: u64 = 15_000;

/// What was said about a proof that was not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Seen before.
    #[error("the proof was used before")]
    Seen,
    /// The memory is full: nobody can say whether it was seen, so it does not pass.
    #[error("too many proofs to remember")]
    Full,
}

/// A memory of proofs.
#[derive(Debug)]
pub struct ReplayCache {
    /// Keys the choice of the shard, so that nobody can aim at one.
    aim: RandomState,
    shards: Vec<Mutex<Shard>>,
    shard_max: usize,
}

/// Entries by the slice of time after which they can't be accepted any more. A slice is dropped as a whole; with
/// lives of at most five minutes there are some twenty.
#[derive(Debug, Default)]
struct Shard {
    slices: BTreeMap<u64, HashSet<[u8; 16]>>,
    len: usize,
}

impl Default for ReplayCache {
    fn default() -> Self {
        Self::with_capacity(REPLAY_ENTRIES)
    }
}

impl ReplayCache {
    /// A memory for `entries` proofs.
    pub fn with_capacity(entries: usize) -> Self {
        Self {
            aim: RandomState::new(),
            shards: (0..REPLAY_SHARDS).map(|_| Mutex::default()).collect(),
            shard_max: entries.div_ceil(REPLAY_SHARDS),
        }
    }

    /// Counts a proof, or says why not.
    ///
    /// `id` is a digest over key and `jti`; `until` the moment from which the proof is refused for its age alone,
    /// `now` this moment, both in milliseconds since 1970.
    pub fn record(&self, id: [u8; 16], until: u64, now: u64) -> Result<(), ReplayError> {
        let Some(shard) = self.shards.get(self.shard_of(&id)) else {
            return Err(ReplayError::Full);
        };
        // A thread that panicked here left at worst an entry uncounted; the sets themselves are whole.
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.forget(now);
        // The same `jti` may come again with another life, so every slice is asked.
        if shard.slices.values().any(|seen| seen.contains(&id)) {
            return Err(ReplayError::Seen);
        }
        if shard.len >= self.shard_max {
            return Err(ReplayError::Full);
        }
        shard.slices.entry(until / SLICE_MS).or_default().insert(id);
        shard.len += 1;
        Ok(())
    }

    fn shard_of(&self, id: &[u8; 16]) -> usize {
        let aimed = self.aim.hash_one(id) % REPLAY_SHARDS as u64;
        usize::try_from(aimed).unwrap_or_default()
    }
}

impl Shard {
    /// Drops the slices that lie wholly in the past.
    fn forget(&mut self, now: u64) {
        while let Some(oldest) = self.slices.first_entry() {
            if *oldest.key() >= now / SLICE_MS {
                break;
            }
            self.len -= oldest.remove().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn id(n: u64) -> [u8; 16] {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_le_bytes());
        id
    }

    #[test]
    fn a_proof_counts_once_for_as_long_as_it_could_be_accepted() {
        let cache = ReplayCache::default();
        let until = NOW + 60_000;
        assert_eq!(cache.record(id(1), until, NOW), Ok(()));
        for later in [NOW, NOW + 1, until - 1] {
            assert_eq!(cache.record(id(1), until, later), Err(ReplayError::Seen));
        }
        assert_eq!(cache.record(id(2), until, NOW), Ok(()));
    }

    #[test]
    fn the_same_jti_with_another_life_is_the_same_proof() {
        let cache = ReplayCache::default();
        cache.record(id(1), NOW + 60_000, NOW).unwrap();
        assert_eq!(
            cache.record(id(1), NOW + 300_000, NOW),
            Err(ReplayError::Seen)
        );
    }

    #[test]
    fn nobody_can_aim_at_a_shard() {
        let (one, other) = (ReplayCache::default(), ReplayCache::default());
        let shards =
            |cache: &ReplayCache| (0..64).map(|n| cache.shard_of(&id(n))).collect::<Vec<_>>();
        assert_ne!(
            shards(&one),
            shards(&other),
            "the same proofs fall elsewhere in each process"
        );
    }

    #[test]
    fn a_full_memory_refuses_and_recovers_as_entries_age() {
        let cache = ReplayCache::with_capacity(REPLAY_SHARDS * 2);
        let first = cache.shard_of(&id(0));
        let same: Vec<_> = (0..)
            .map(id)
            .filter(|id| cache.shard_of(id) == first)
            .take(8)
            .collect();
        let all_in_one_shard = |n: usize| same[n];
        cache
            .record(all_in_one_shard(1), NOW + 60_000, NOW)
            .unwrap();
        cache
            .record(all_in_one_shard(2), NOW + 90_000, NOW)
            .unwrap();
        assert_eq!(
            cache.record(all_in_one_shard(3), NOW + 60_000, NOW),
            Err(ReplayError::Full)
        );
        assert_eq!(
            cache.record(all_in_one_shard(1), NOW + 60_000, NOW),
            Err(ReplayError::Seen)
        );

        let later = NOW + 60_000 + SLICE_MS;
        assert_eq!(
            cache.record(all_in_one_shard(3), later + 60_000, later),
            Ok(())
        );
        assert_eq!(
            cache.record(all_in_one_shard(2), NOW + 90_000, later),
            Err(ReplayError::Seen)
        );
    }

    #[test]
    fn of_many_at_once_exactly_one_counts() {
        let cache = ReplayCache::default();
        let counted = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    if cache.record(id(9), NOW + 60_000, NOW).is_ok() {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(counted.into_inner(), 1);
    }
}
