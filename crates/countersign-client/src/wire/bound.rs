//! Bounds of the numbers that a server may say. They are applied where an answer is read, so that everything behind
//! can add and wait without care: a clock overflows near 2⁶⁴ seconds, and nobody is to be kept waiting for a year.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// Seconds that a step of the scan code may last, and that may pass until the next one. A server that turns its code
/// more rarely than each hour means one that does not turn.
const LONGEST_STEP: u64 = 3600;
/// Seconds to a deadline. No login lives for longer than minutes.
const LONGEST_LIFE: u64 = 3600;
/// Seconds between polls: at least one, so that a 0 makes no flood; five minutes are as long as a login lives.
const INTERVAL: (u64, u64) = (1, 300);
/// The longest pause before another try. Behind it the login is over anyway.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// A pause that the server asks for.
pub(crate) fn pause(seconds: u64) -> Duration {
    Duration::from_secs(seconds).min(LONGEST_PAUSE)
}

/// A member with the seconds of a step.
pub(super) fn step<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(u64::deserialize(from)?.min(LONGEST_STEP))
}

/// The same, where it may be missing.
pub(super) fn step_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let seconds = Option::<u64>::deserialize(from)?;
    Ok(seconds.map(|seconds| seconds.min(LONGEST_STEP)))
}

/// A member with the seconds to a deadline.
pub(super) fn life<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(u64::deserialize(from)?.min(LONGEST_LIFE))
}

/// A member with the seconds between polls.
pub(super) fn interval<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(u64::deserialize(from)?.clamp(INTERVAL.0, INTERVAL.1))
}

/// The same, where it may be missing.
pub(super) fn interval_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let seconds = Option::<u64>::deserialize(from)?;
    Ok(seconds.map(|seconds| seconds.clamp(INTERVAL.0, INTERVAL.1)))
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use crate::wire::{Checked, Confirmed, Created, Held, LoginState, ScanState, Scanned};

    fn read<T: DeserializeOwned>(answer: Value) -> T {
        serde_json::from_value(answer).unwrap()
    }

    fn created(rotates: u64, turns_in: u64, expires_in: u64, interval: u64) -> Created {
        read(json!({
            "login_id": "l", "device_code": "d", "expires_in": expires_in, "interval": interval,
            "scan": {"url": "u", "rotation_key": "k", "rotate_seconds": rotates, "rotate_in": turns_in},
        }))
    }

    #[test]
    fn what_a_server_says_about_time_is_kept_in_bounds() {
        let most = u64::MAX;
        let login = created(most, most, most, most);
        assert_eq!(
            (login.scan.rotate_seconds, login.scan.rotate_in),
            (3600, 3600)
        );
        assert_eq!((login.expires_in, login.interval), (3600, 300));
        let now: LoginState = read(json!({
            "state": "waiting", "version": 1, "expires_in": most, "rotate_in": most, "interval": most,
        }));
        assert_eq!(
            (now.expires_in, now.rotate_in, now.interval),
            (3600, Some(3600), Some(300))
        );
        assert_eq!(created(30, 7, 300, 0).interval, 1, "no flood of polls");
    }

    #[test]
    fn every_deadline_is_bounded() {
        let most = u64::MAX;
        let state = || json!({"state": "checking", "version": 1, "expires_in": most});
        let lives = [
            read::<Checked>(state()).expires_in,
            read::<ScanState>(state()).expires_in,
            read::<Confirmed>(state()).expires_in,
            read::<Held>(json!({"hold": "h", "expires_in": most})).expires_in,
            read::<Scanned>(json!({
                "ticket": "t", "expires_in": most, "version": 1, "context_digest": "d", "approval": "tap",
                "context": {
                    "client": {"name": "n"}, "network": "same", "requested_at": 1, "desktop": "new", "opened_by": "link",
                },
            }))
            .expires_in,
        ];
        assert_eq!(lives, [3600; 5]);
    }

    #[test]
    fn what_an_honest_server_says_is_kept_as_it_is() {
        let login = created(30, 7, 300, 5);
        assert_eq!((login.scan.rotate_seconds, login.scan.rotate_in), (30, 7));
        assert_eq!((login.expires_in, login.interval), (300, 5));
        let bare: LoginState = read(json!({"state": "scanned", "version": 1}));
        assert_eq!(
            (bare.expires_in, bare.rotate_in, bare.interval),
            (0, None, None)
        );
    }
}
