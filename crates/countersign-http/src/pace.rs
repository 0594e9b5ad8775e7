//! Who polled when: bookkeeping in memory, never a write.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use countersign_core::ids::LoginId;
use countersign_core::limits::OPEN_LOGINS;
use countersign_core::poll::Pace;
use countersign_core::time::Timestamp;

/// Entries that were not touched for this long are forgotten; no login lives longer.
const FORGET: std::time::Duration = std::time::Duration::from_secs(600);

/// A party of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    Desktop,
    Phone,
}

/// The paces of all polled logins.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<Polled>);

#[derive(Debug, Default)]
struct Polled {
    paces: HashMap<(LoginId, Party), Pace>,
    /// Doubles as the map grows, so that looking for old entries costs each poll next to nothing.
    clean_at: usize,
}

impl Paces {
    /// Counts a poll that would be answered "pending": the interval from now on, or, when it came
    /// too early, `Err` with that interval.
    pub(crate) fn poll(&self, login: LoginId, party: Party, now: Timestamp) -> Result<u64, u64> {
        let mut polled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        polled.make_room(now);
        let key = (login, party);
        let (pace, on_time) = polled
            .paces
            .get(&key)
            .map_or((Pace::first(now), true), |pace| pace.poll(now));
        if polled.paces.len() < OPEN_LOGINS || polled.paces.contains_key(&key) {
            polled.paces.insert(key, pace);
        }
        if on_time {
            Ok(pace.interval())
        } else {
            Err(pace.interval())
        }
    }

    /// The interval that a party is to keep.
    pub(crate) fn interval(&self, login: LoginId, party: Party, now: Timestamp) -> u64 {
        let polled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        polled
            .paces
            .get(&(login, party))
            .copied()
            .unwrap_or(Pace::first(now))
            .interval()
    }
}

impl Polled {
    fn make_room(&mut self, now: Timestamp) {
        if self.paces.len() >= self.clean_at.max(1024) {
            self.paces.retain(|_, pace| now.since(pace.last()) < FORGET);
            self.clean_at = self.paces.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> LoginId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        LoginId::from_bytes(bytes)
    }

    #[test]
    fn parties_and_logins_have_paces_of_their_own() {
        let (paces, now) = (Paces::default(), Timestamp::from_millis(0));
        assert_eq!(paces.poll(id(1), Party::Desktop, now), Ok(5));
        assert_eq!(paces.poll(id(1), Party::Phone, now), Ok(5));
        assert_eq!(paces.poll(id(2), Party::Desktop, now), Ok(5));
        assert_eq!(paces.poll(id(1), Party::Desktop, now), Err(10));
        assert_eq!(paces.interval(id(1), Party::Desktop, now), 10);
        assert_eq!(paces.interval(id(1), Party::Phone, now), 5);
    }

    #[test]
    fn old_entries_are_forgotten() {
        let (paces, start) = (Paces::default(), Timestamp::from_millis(0));
        for n in 0..5000 {
            let _ = paces.poll(id(n), Party::Desktop, start.plus(FORGET * n / 100));
        }
        assert!(paces.0.lock().unwrap().paces.len() < 2100);
    }
}
