//! The system's clock and randomness: the one place where the server meets them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use countersign_core::ports::{Clock, Entropy};
use countersign_core::time::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Time that never runs backwards and never jumps.
///
/// It starts from the wall clock and then follows the monotonic one, leaning towards the wall clock
/// by at most a tenth of what passes. Who sets the clock of a running machine by an hour revives no
/// login that was over and ends none that was not; after ten hours this time is the new one.
pub(crate) struct SystemClock(Mutex<Reading>);

#[derive(Clone, Copy)]
struct Reading {
    shown: Duration,
    at: Duration,
}

impl SystemClock {
    /// Starts from the wall clock.
    pub(crate) fn start() -> Self {
        Self(Mutex::new(Reading {
            shown: wall(),
            at: monotonic(),
        }))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = monotonic();
        let shown = advance(reading.shown, at.saturating_sub(reading.at), wall());
        *reading = Reading { shown, at };
        Timestamp::from_millis(u64::try_from(shown.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The time to show after `passed`, starting from `shown`, while the wall clock says `wall`.
fn advance(shown: Duration, passed: Duration, wall: Duration) -> Duration {
    let due = shown + passed;
    let lean = passed / 10;
    if wall > due {
        due + lean.min(wall.saturating_sub(due))
    } else {
        due.saturating_sub(lean.min(due.saturating_sub(wall)))
    }
}

fn wall() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "this file is the one that may")]
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Time since the machine started, the time asleep included: a laptop that slept through a login's
/// life wakes up to its end.
fn monotonic() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

/// The operating system's randomness.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this file is the one that may")]
        if getrandom::fill(bytes).is_err() {
            tracing::error!(
                "the operating system gives no randomness; stopping before a predictable secret is made"
            );
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const START: Duration = Duration::from_secs(1_800_000_000);

    /// Lets `seconds` pass one by one while the wall clock is off by `HOUR` in one direction.
    fn after(seconds: u64, ahead: bool) -> Duration {
        let mut shown = START;
        for second in 1..=seconds {
            let true_time = START + Duration::from_secs(second);
            let wall = if ahead {
                true_time + HOUR
            } else {
                true_time.saturating_sub(HOUR)
            };
            let next = advance(shown, Duration::from_secs(1), wall);
            assert!(next > shown, "time runs on");
            shown = next;
        }
        shown
    }

    #[test]
    fn a_clock_that_is_set_back_or_forth_by_an_hour_moves_no_deadline() {
        for ahead in [true, false] {
            let five_minutes = after(300, ahead).saturating_sub(START);
            assert!(
                (270..=330).contains(&five_minutes.as_secs()),
                "{five_minutes:?}"
            );
        }
    }

    #[test]
    fn after_ten_hours_the_new_time_is_taken() {
        assert_eq!(
            after(36_001, true),
            START + Duration::from_secs(36_001) + HOUR
        );
        assert_eq!(
            after(36_001, false) + HOUR,
            START + Duration::from_secs(36_001)
        );
    }

    #[test]
    fn a_right_clock_is_followed_to_the_point() {
        assert_eq!(advance(START, HOUR, START + HOUR), START + HOUR);
        assert_eq!(
            advance(START, Duration::ZERO, START + HOUR),
            START,
            "no time, no step"
        );
    }

    #[test]
    fn the_clock_starts_at_the_wall_clock() {
        let before = wall().as_millis();
        let shown = u128::from(SystemClock::start().now().millis());
        assert!((before..before + 60_000).contains(&shown));
    }
}
