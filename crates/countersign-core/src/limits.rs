//! Every number that bounds something, with its reason, in one place.
//!
//! Past a limit comes a clear refusal, early, with flat memory. What an operator may choose is in
//! [`Lifetimes`], with its bounds.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Length of one period of the rotating scan code: a photographed or mailed code dies within a
/// minute (this period and one more in which it is still taken).
pub const ROTATION: Duration = Duration::from_secs(30);
/// Shortest period: a slow camera needs a few seconds, and the step before is taken too.
pub const ROTATION_MIN: Duration = Duration::from_secs(15);
/// Longest period, so that at least one rotation fits the default life of a login.
pub const ROTATION_MAX: Duration = Duration::from_secs(120);

/// Periods within the longest life of a login at the shortest period: 600 s / 15 s.
pub const SCAN_CODE_STEPS: u64 = 40;

/// Digits of a check code: NIST SP 800-63B-4 §3.1.3.2 asks for six, ASVS 5.0 6.5.4 for 20 bits.
pub const CHECK_CODE_DIGITS: usize = 6;
/// Wrong check codes in all for one login: 3 of 10⁶ is the chance that guessing gets.
pub const CHECK_TRIES: u8 = 3;
/// Wrong passkeys in all for one login: somebody who picks the wrong one finds the right one.
pub const PASSKEY_TRIES: u8 = 5;
/// Characters of a phrase: a word is easily told, and a sentence easily typed.
pub const PHRASE_CHARS: RangeInclusive<usize> = 4..=64;
/// Wrong phrases in all for one login: a phrase may be one word, so it bears no more guesses than a check code.
pub const PHRASE_TRIES: u8 = 3;
/// Distinct other accounts that scan a claimed login before it is cancelled: two people can
/// mis-scan in an office; a third means that the code is being passed around (RFC 10027 §6.1.4).
pub const STRANGERS: usize = 3;

/// After the first collect, how long the same client and key may collect again: the answer may
/// have been lost on the way.
pub const COLLECT_AGAIN: Duration = Duration::from_secs(10);
/// How long a ticket still reads its login after the end: the phone shows the outcome.
pub const TICKET_READS: Duration = Duration::from_secs(600);
/// How often the predecessor of a refresh token may be presented again (lost answers).
pub const REFRESH_REPEATS: u8 = 10;
/// How long a desktop stays known after it last collected.
pub const KNOWN_DESKTOP: Duration = Duration::from_secs(30 * 86_400);

/// Seconds between plain polls (RFC 8628 §3.2 default).
pub const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// A poll this much earlier than the interval is still on time: clients' timers jitter.
pub const POLL_TOLERANCE: Duration = Duration::from_millis(750);
/// What one `slow_down` adds to the interval (RFC 8628 §3.5).
pub const SLOW_DOWN: Duration = Duration::from_secs(5);

/// A phone's session: absolute end, and idle end.
pub const PHONE_SESSION: Duration = Duration::from_secs(180 * 86_400);
/// A phone that was not used for this long signs in again.
pub const PHONE_IDLE: Duration = Duration::from_secs(30 * 86_400);
/// How long a further phone waits before it may approve: a day in which the others are told.
pub const PHONE_WAIT: Duration = Duration::from_secs(86_400);
/// For how long a phone that is gone still makes the next one a further one: long enough that
/// nobody becomes the first phone by waiting for a holiday.
pub const PHONE_MEMORY: Duration = Duration::from_secs(30 * 86_400);
/// How long a password given on a device counts for sensitive acts on it.
pub const VERIFIED: Duration = Duration::from_secs(300);
/// How often the use of a cookie session is written down: the idle end is counted in days.
pub const COOKIE_SEEN: Duration = Duration::from_secs(3600);
/// A desktop's grant by default: a new desktop earns trust slowly (RFC 10027 §6.1.10).
pub const DESKTOP_GRANT: Duration = Duration::from_secs(8 * 3600);
/// A desktop's grant when its owner chose "keep me signed in here" on the phone.
pub const DESKTOP_KEEP: Duration = Duration::from_secs(30 * 86_400);
/// A desktop that was not used for this long is signed out.
pub const DESKTOP_IDLE: Duration = Duration::from_secs(7 * 86_400);

/// Characters of a client id.
pub const CLIENT_ID_CHARS: usize = 64;
/// Characters of a scope name, and how many one request may name: the approval screen must show
/// them all.
pub const SCOPE_CHARS: usize = 64;
/// Scopes that one request may name.
pub const SCOPES: usize = 16;
/// Characters of a device's name, as a person reads it on one line.
pub const DEVICE_NAME_CHARS: usize = 64;
/// Characters of a login name.
pub const LOGIN_NAME_CHARS: usize = 64;
/// Characters of a mail address (RFC 5321 §4.5.3.1).
pub const EMAIL_CHARS: usize = 254;
/// Bytes of a credential id (WebAuthn §5.8.3 of Level 3 says at most 1023).
pub const CREDENTIAL_BYTES: usize = 1023;
/// Passkeys of one account: more than anybody has devices, and a list that one looks through.
pub const PASSKEYS: u32 = 20;
/// How long a passkey challenge may take to be answered: another device may have to be fetched.
pub const CHALLENGE: Duration = Duration::from_secs(300);
/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;
/// How long a recovery waits by default, so that the account's owner hears of one that is not theirs.
pub const RECOVERY_WAIT: Duration = Duration::from_secs(86_400);
/// The longest that an operator may make a recovery wait.
pub const RECOVERY_WAIT_MAX: Duration = Duration::from_secs(7 * 86_400);
/// For how long after its wait a phone that a recovery code opened may give itself a credential without giving one: as
/// long as whoever came back by a code can be expected to take for it. One that was forgotten doesn't keep that right.
pub const RECOVERY_TAKES: Duration = Duration::from_secs(7 * 86_400);
/// How long an invitation is good by default; it travels by mail, and people have weekends.
pub const INVITATION: Duration = Duration::from_secs(7 * 86_400);
/// How long the undo link of a notice works.
pub const UNDO_TOKEN: Duration = Duration::from_secs(7 * 86_400);
/// How far back detectors look at who asked whom. A login that is over is kept for as long.
pub const ASKED_WINDOW: Duration = LOGIN_KEPT;
/// Accounts that one desktop key asked within [`ASKED_WINDOW`] before it is flagged: a family shares a computer.
pub const KEY_ACCOUNTS: u32 = 4;
/// Accounts that one address asked before it is flagged: an office signs in behind one address each morning, but not
/// this many within an hour where most desktops are signed in for eight.
pub const ADDRESS_ACCOUNTS: u32 = 50;
/// How far back denials are counted.
pub const DENIALS_WINDOW: Duration = Duration::from_secs(600);
/// Denials of one client's or one address's logins within [`DENIALS_WINDOW`] that are a burst.
pub const DENIALS: u32 = 5;
/// How long the same alert is not raised again.
pub const ALERT_QUIET: Duration = Duration::from_secs(3600);
/// How long what was not delivered is kept: the last of the retries is a day away.
pub const OUTBOX_KEPT: Duration = Duration::from_secs(3 * 86_400);
/// Characters of a display name.
pub const DISPLAY_NAME_CHARS: usize = 64;

/// Logins that one node keeps open at a time: at 450 bytes each this is half a gigabyte.
pub const OPEN_LOGINS: usize = 1_000_000;
/// How long a login that is over stays: its ticket reads it, and its parties' repeats are answered.
pub const LOGIN_KEPT: Duration = Duration::from_secs(3600);
/// How long a grant that is over stays: it tells known desktops and further phones apart, and what
/// an account's owner may ask about.
pub const GRANT_KEPT: Duration = Duration::from_secs(90 * 86_400);
/// How long the audit log goes back, in days: by default, at least, at most.
pub const AUDIT_DAYS: u64 = 400;
/// A month, which a complaint takes.
pub const AUDIT_DAYS_MIN: u64 = 30;
/// Eleven years.
pub const AUDIT_DAYS_MAX: u64 = 4000;
/// Rows that one step of the sweep takes: some milliseconds of the one writer.
pub const SWEEP_BATCH: u32 = 256;
/// Entries of an account's activity that are shown at once.
pub const ACTIVITY_PAGE: u32 = 100;
/// Devices listed for one account.
pub const DEVICES_LISTED: u32 = 200;
/// How often the loser of a race reads again: each loss means that somebody else moved the login
/// on, and no login has this many moves.
pub const RACE_ROUNDS: usize = 16;
/// The bytes of the scan link's QR symbol: version 6 at level M holds 106 (ISO/IEC 18004).
pub const SCAN_LINK_BYTES: usize = 106;

/// How long things live. Each login state has exactly one deadline, set on entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A code that nobody scanned: NIST SP 800-63B-4 and ASVS 5.0 6.5.5 allow ten minutes.
    pub waiting: Duration,
    /// From scan to the decision on the phone.
    pub decision: Duration,
    /// From the decision to the right check code (WCAG 2.2 §2.2.1: time enough to type six digits).
    pub check: Duration,
    /// From confirmed to collected: the desktop is there and waiting.
    pub collect: Duration,
    /// A hold, for a phone that first signs in.
    pub hold: Duration,
    /// An access token (RFC 10027 §6.1.10).
    pub access_token: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            waiting: Duration::from_secs(300),
            decision: Duration::from_secs(120),
            check: Duration::from_secs(120),
            collect: Duration::from_secs(60),
            hold: Duration::from_secs(180),
            access_token: Duration::from_secs(600),
        }
    }
}

/// A lifetime outside its bounds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be between {min} and {max} seconds, not {given}")]
pub struct OutOfBounds {
    /// The setting's name, as in the config file.
    pub name: &'static str,
    /// Smallest value, in seconds.
    pub min: u64,
    /// Largest value, in seconds.
    pub max: u64,
    /// What was given, in seconds.
    pub given: u64,
}

impl Lifetimes {
    /// Checks every lifetime against its bounds.
    ///
    /// # Errors
    /// Names the first one that is out of bounds.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        let bounds = [
            ("waiting", self.waiting, 1, 600),
            ("decision", self.decision, 1, 300),
            ("check", self.check, 1, 300),
            ("collect", self.collect, 1, 120),
            ("hold", self.hold, 1, 300),
            ("access_token", self.access_token, 60, 3600),
        ];
        for (name, value, min, max) in bounds {
            let given = value.as_secs();
            if given < min || given > max {
                return Err(OutOfBounds {
                    name,
                    min,
                    max,
                    given,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_bounds_and_end_within_ten_minutes() {
        let lifetimes = Lifetimes::default();
        assert_eq!(lifetimes.check(), Ok(()));
        let whole = lifetimes.waiting + lifetimes.decision + lifetimes.check + lifetimes.collect;
        assert!(whole <= Duration::from_secs(600));
    }

    #[test]
    fn a_lifetime_out_of_bounds_is_named() {
        let lifetimes = Lifetimes {
            waiting: Duration::from_secs(601),
            ..Lifetimes::default()
        };
        assert_eq!(lifetimes.check().unwrap_err().name, "waiting");
    }
}
