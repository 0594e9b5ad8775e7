//! The pace of plain polls: who asks too often is told to slow down (RFC 8628 §3.5).
//!
//! Streams and long polls have no pace. A result is never held back: `slow_down` is only ever
//! said instead of "pending".

use std::time::Duration;

use crate::limits::{POLL_INTERVAL, POLL_TOLERANCE, SLOW_DOWN};
use crate::time::Timestamp;

/// When one party of one login may poll again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    last: Timestamp,
    interval: Duration,
}

impl Pace {
    /// The first poll, which is never too early.
    pub const fn first(now: Timestamp) -> Self {
        Self {
            last: now,
            interval: POLL_INTERVAL,
        }
    }

    /// Another poll: the pace afterwards, and whether it was on time. Early by what timers jitter
    /// is on time; earlier than that makes the interval longer for good.
    #[must_use]
    pub fn poll(self, now: Timestamp) -> (Self, bool) {
        let on_time = now.since(self.last) + POLL_TOLERANCE >= self.interval;
        let interval = if on_time {
            self.interval
        } else {
            self.interval + SLOW_DOWN
        };
        (
            Self {
                last: now,
                interval,
            },
            on_time,
        )
    }

    /// Seconds that are to lie between polls.
    pub const fn interval(self) -> u64 {
        self.interval.as_secs()
    }

    /// When it was last polled.
    pub const fn last(self) -> Timestamp {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_steady_poller_with_jitter_is_never_slowed_down() {
        let mut pace = Pace::first(at(0));
        for round in 1..100_u64 {
            let jitter = if round % 2 == 0 { 500 } else { 0 };
            let (next, on_time) = pace.poll(at(round * 5000 - jitter));
            assert!(on_time, "round {round}");
            pace = next;
        }
        assert_eq!(pace.interval(), 5);
    }

    #[test]
    fn each_hasty_poll_adds_five_seconds_for_good() {
        let (pace, on_time) = Pace::first(at(0)).poll(at(1000));
        assert!(!on_time);
        assert_eq!(pace.interval(), 10);
        let (pace, on_time) = pace.poll(at(7000));
        assert!(!on_time);
        assert_eq!(pace.interval(), 15);
        assert!(pace.poll(at(22_000)).1);
    }
}
