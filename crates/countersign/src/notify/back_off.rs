//! When something that could not be delivered is tried again.

use std::time::Duration;

use countersign_core::time::Timestamp;

/// The pauses before the second, third, … attempt: quick for a receiver that starts anew, patient with one that is
/// down for a day. After the last one it is given up, some 31 hours after it happened.
const PAUSES: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(24 * 3600),
];

/// The time of the next attempt, when the one after `attempts` others has failed at `now`; `None` when it was the last.
pub(crate) fn next(attempts: u32, now: Timestamp) -> Option<Timestamp> {
    let pause = PAUSES.get(usize::try_from(attempts).ok()?)?;
    Some(now.plus(*pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_attempts_over_a_day_and_a_quarter_and_no_more() {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let (mut now, mut attempts) = (start, 0);
        while let Some(next) = next(attempts, now) {
            assert!(next > now);
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(attempts, 7, "after the first one");
        assert_eq!(
            now.since(start).as_secs(),
            5 + 30 + 120 + 600 + 3600 + 6 * 3600 + 24 * 3600
        );
        assert_eq!(super::next(u32::MAX, now), None);
    }
}
