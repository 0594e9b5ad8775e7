//! The scan code: the secret in the QR code. It can only *claim* a login.
//!
//! It is the login's id and a MAC over the number of the current period, so that a photographed
//! or mailed code dies within a minute without a single write. Who *started* the login can always
//! show a fresh one: rotation is no defence against that.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::ids::LoginId;
use crate::keys::RotationKey;
use crate::limits::SCAN_CODE_STEPS;
use crate::secret::{decode, encode};
use crate::time::Timestamp;

/// What a QR code says about a login: `<login_id>.<mac>`.
#[derive(Clone, PartialEq, Eq)]
pub struct ScanCode {
    /// The login that it claims.
    pub login: LoginId,
    /// The MAC of one period.
    pub mac: [u8; 8],
}

impl std::fmt::Debug for ScanCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScanCode({}.[redacted])", self.login)
    }
}

impl ScanCode {
    /// Reads `<login_id>.<mac>` or the whole link `<issuer>/q#<login_id>.<mac>`.
    ///
    /// `None` for anything else, in particular for a link of another origin: a phone must not
    /// take a code to a server that it was not made by.
    pub fn parse(text: &str, issuer: &str) -> Option<Self> {
        let text = text.trim();
        let code = match text.split_once('#') {
            Some((page, fragment)) => {
                (page.strip_suffix("/q")? == issuer.trim_end_matches('/')).then_some(fragment)?
            }
            None => text,
        };
        let (login, mac) = code.split_once('.')?;
        Some(Self {
            login: LoginId::parse(login)?,
            mac: decode(mac)?,
        })
    }

    /// `<login_id>.<mac>`, as it stands in the fragment of the link.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.login, encode(&self.mac))
    }
}

/// How a login's scan code changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// A new code every so often.
    Every(Duration),
    /// One code for life, step 0; such a login never drops below level `code`.
    Static,
}

/// How a presented code stands to the login it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The code of this period, or of the one before.
    Current,
    /// Was right once; its sender may be told the truth about the login, and nothing more.
    Stale,
    /// Never was a code of this login.
    Foreign,
}

impl Rotation {
    /// The number of the period at `now`, counted from the login's creation.
    pub fn step(self, created: Timestamp, now: Timestamp) -> u64 {
        match self {
            Self::Every(period) => now.since(created).as_secs() / period.as_secs().max(1),
            Self::Static => 0,
        }
    }

    /// Seconds until the next period, rounded up; 0 for a static code.
    pub fn next_in(self, created: Timestamp, now: Timestamp) -> u64 {
        match self {
            Self::Every(period) => {
                let elapsed = now.since(created).as_millis();
                let period = period.as_millis().max(1);
                u64::try_from((period - elapsed % period).div_ceil(1000)).unwrap_or(u64::MAX)
            }
            Self::Static => 0,
        }
    }

    /// The length of a period in seconds; 0 for a static code.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Every(period) => period.as_secs(),
            Self::Static => 0,
        }
    }
}

/// The scan codes of one login.
pub struct Codes<'a> {
    /// The login.
    pub login: LoginId,
    /// Its rotation key.
    pub key: &'a RotationKey,
    /// How its codes change.
    pub rotation: Rotation,
    /// When it was created; periods count from here.
    pub created: Timestamp,
}

impl Codes<'_> {
    /// How the code with `mac` stands at `now`.
    ///
    /// Each comparison is in constant time; how many are made depends on the login's age alone,
    /// and is bounded: no login lives longer than that many periods.
    pub fn standing(&self, mac: [u8; 8], now: Timestamp) -> Standing {
        let current = self.rotation.step(self.created, now);
        let matches = |step: &u64| bool::from(step_mac(self.key, self.login, *step).ct_eq(&mac));
        match (0..=current.min(SCAN_CODE_STEPS)).rev().find(matches) {
            Some(step) if current - step <= 1 => Standing::Current,
            Some(_) => Standing::Stale,
            None => Standing::Foreign,
        }
    }
}

/// The MAC of one period: the first 8 bytes of `HMAC-SHA-256(key, login_id ‖ step)`.
pub fn step_mac(key: &RotationKey, login: LoginId, step: u64) -> [u8; 8] {
    let mut out = [0; 8];
    // A 32-byte key is always accepted; were it not, the all-zero MAC of no login would result.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose()) {
        mac.update(login.bytes());
        mac.update(&step.to_be_bytes());
        out.copy_from_slice(&mac.finalize().into_bytes()[..8]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const ISSUER: &str = "https://login.example";

    /// (rotation key, login id, step, mac) from an independent program.
    const VECTORS: [(&str, &str, u64, &str); 8] = [
        (
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "AAECAwQFBgcICQoLDA0ODw",
            0,
            "GypVt34Btu0",
        ),
        (
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "AAECAwQFBgcICQoLDA0ODw",
            1,
            "rKCI0wNQmZE",
        ),
        (
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "AAECAwQFBgcICQoLDA0ODw",
            9,
            "bQWx45A0sts",
        ),
        (
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "AAECAwQFBgcICQoLDA0ODw",
            4_294_967_296,
            "oo8HW3HkwPw",
        ),
        (
            "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM",
            "QoghNQ6WkUkfYWt1TNgxXw",
            0,
            "x4DZLngicl4",
        ),
        (
            "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM",
            "QoghNQ6WkUkfYWt1TNgxXw",
            1,
            "V_JHakWSDcY",
        ),
        (
            "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM",
            "QoghNQ6WkUkfYWt1TNgxXw",
            9,
            "t7E9nR-RB50",
        ),
        (
            "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmtoM",
            "QoghNQ6WkUkfYWt1TNgxXw",
            4_294_967_296,
            "nbk7NOm_sLE",
        ),
    ];

    #[test]
    fn the_mac_is_that_of_the_vectors() {
        for (key, login, step, mac) in VECTORS {
            let key = Secret::parse(key).unwrap();
            assert_eq!(
                encode(&step_mac(&key, LoginId::parse(login).unwrap(), step)),
                mac
            );
        }
    }

    #[test]
    fn a_code_is_read_bare_or_as_a_link_of_this_issuer_only() {
        let code = ScanCode {
            login: LoginId::from_bytes([5; 16]),
            mac: [6; 8],
        };
        let text = code.reveal();
        assert_eq!(ScanCode::parse(&text, ISSUER), Some(code.clone()));
        assert_eq!(
            ScanCode::parse(&format!("{ISSUER}/q#{text}"), ISSUER),
            Some(code)
        );
        for foreign in [
            "https://evil.example",
            "http://login.example",
            "https://login.example.evil.example",
            "",
        ] {
            assert_eq!(
                ScanCode::parse(&format!("{foreign}/q#{text}"), ISSUER),
                None,
                "{foreign}"
            );
        }
        assert_eq!(
            ScanCode::parse(&format!("{ISSUER}/other#{text}"), ISSUER),
            None
        );
        for broken in [
            "",
            ".",
            "#",
            &text[1..],
            &format!("{text}x"),
            "https://login.example/q#",
        ] {
            assert_eq!(ScanCode::parse(broken, ISSUER), None, "{broken}");
        }
    }

    #[test]
    fn a_code_is_current_for_two_periods_then_stale_and_another_is_foreign() {
        let (key, login) = (Secret::new([1; 32]), LoginId::from_bytes([2; 16]));
        let rotation = Rotation::Every(Duration::from_secs(30));
        let created = Timestamp::from_millis(1_000_000);
        let codes = Codes {
            login,
            key: &key,
            rotation,
            created,
        };
        let at = |millis| {
            codes.standing(
                step_mac(&key, login, 0),
                created.plus(Duration::from_millis(millis)),
            )
        };
        assert_eq!(at(0), Standing::Current);
        assert_eq!(at(59_999), Standing::Current);
        assert_eq!(at(60_000), Standing::Stale);
        assert_eq!(
            codes.standing(step_mac(&key, login, 1), created),
            Standing::Foreign,
            "ahead of its time"
        );
        let another = Secret::new([3; 32]);
        assert_eq!(
            codes.standing(step_mac(&another, login, 0), created),
            Standing::Foreign
        );
    }

    #[test]
    fn the_desktop_learns_when_to_draw_the_next_code() {
        let rotation = Rotation::Every(Duration::from_secs(30));
        let created = Timestamp::from_millis(0);
        assert_eq!(rotation.next_in(created, created), 30);
        assert_eq!(rotation.next_in(created, Timestamp::from_millis(29_001)), 1);
        assert_eq!(
            rotation.next_in(created, Timestamp::from_millis(30_000)),
            30
        );
        assert_eq!(Rotation::Static.next_in(created, created), 0);
        assert_eq!(
            Rotation::Static.step(created, Timestamp::from_millis(600_000)),
            0
        );
    }
}
