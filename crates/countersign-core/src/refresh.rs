//! Refresh families: lines of refresh tokens, each made from the one before.
//!
//! A refresh token is used once. Its answer may be lost on the way, so until the successor was
//! used, the same key may present the predecessor again and gets a new successor. Anything else
//! that is old means that somebody copied it: the family dies (RFC 9700 §4.14.2).

use crate::ids::{FamilyId, GrantId, Thumbprint};
use crate::limits::REFRESH_REPEATS;
use crate::named::named;
use crate::secret::{Located, Secret, SecretHash, SecretKind};
use crate::time::Timestamp;

/// A refresh token: the family's id and 256 random bits.
pub type RefreshToken = Located<32>;

/// The cookie of a session on the server's own pages: the family's id and 256 random bits.
pub type SessionCookie = Located<32>;

named! {
    /// What a family's secrets are.
    pub enum FamilyKind {
        /// Refresh tokens, each used once.
        Refresh = "refresh",
        /// One cookie, which stays the same: a browser can't be told a new one in time when several
        /// of its requests are under way. What changes something is proved with the key as well.
        Cookie = "cookie",
    }
}

impl FamilyKind {
    const fn secret(self) -> SecretKind {
        match self {
            Self::Refresh => SecretKind::RefreshToken,
            Self::Cookie => SecretKind::SessionCookie,
        }
    }
}

/// A line of refresh tokens of one grant, or its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its id, which stands in front of the secret in every token of it.
    pub id: FamilyId,
    /// What its secrets are.
    pub kind: FamilyKind,
    /// The grant that its tokens renew.
    pub grant: GrantId,
    /// The key that every use must be proved with.
    pub key: Thumbprint,
    /// Rises with each change; writes name the version that they were decided on.
    pub version: u32,
    /// The token that was given last.
    pub current: SecretHash,
    /// The one that it was made from, while the current one has not been used.
    pub previous: Option<SecretHash>,
    /// How often the previous one was presented again.
    pub repeats: u8,
    /// When a token of it was last used; the idle end counts from here.
    pub used_at: Timestamp,
    /// Whether it is dead.
    pub ended: bool,
}

/// Why a refresh token was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshRefusal {
    /// The family is dead, or idle for too long.
    Dead,
    /// An old token or another key: the family dies now, and its grant with it.
    Misused,
}

impl Family {
    /// A new family of `grant` whose first token is `secret`.
    pub fn new(
        id: FamilyId,
        kind: FamilyKind,
        (grant, key): (GrantId, Thumbprint),
        secret: &Secret<32>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            kind,
            grant,
            key,
            version: 1,
            current: SecretHash::of(kind.secret(), secret),
            previous: None,
            repeats: 0,
            used_at: now,
            ended: false,
        }
    }

    /// Whether `secret` is its live cookie.
    pub fn is_cookie(&self, secret: &Secret<32>) -> bool {
        let live = self.kind == FamilyKind::Cookie && !self.ended;
        live && self.current.matches(self.kind.secret(), secret)
    }

    /// Presents `secret`, proved with `key`; on success `next` becomes the current token.
    ///
    /// Gives the family as it is afterwards: it changes also when a misuse kills it.
    pub fn present(
        self,
        secret: &Secret<32>,
        key: &Thumbprint,
        next: &Secret<32>,
        now: Timestamp,
    ) -> (Self, Result<(), RefreshRefusal>) {
        if self.ended || self.kind != FamilyKind::Refresh {
            return (self, Err(RefreshRefusal::Dead));
        }
        let is_current = self.current.matches(SecretKind::RefreshToken, secret);
        let is_previous = self
            .previous
            .as_ref()
            .is_some_and(|hash| hash.matches(SecretKind::RefreshToken, secret));
        let repeated_too_often = is_previous && self.repeats >= REFRESH_REPEATS;
        if *key != self.key || repeated_too_often || !(is_current || is_previous) {
            let dead = Self {
                ended: true,
                version: self.version + 1,
                ..self
            };
            return (dead, Err(RefreshRefusal::Misused));
        }
        let (previous, repeats) = if is_current {
            (Some(self.current), 0)
        } else {
            (self.previous, self.repeats + 1)
        };
        let renewed = Self {
            version: self.version + 1,
            current: SecretHash::of(SecretKind::RefreshToken, next),
            previous,
            repeats,
            used_at: now,
            ..self
        };
        (renewed, Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Thumbprint = Thumbprint::from_bytes([1; 32]);

    fn secret(n: u8) -> Secret<32> {
        Secret::new([n; 32])
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1000)
    }

    fn family() -> Family {
        Family::new(
            FamilyId::from_bytes([1; 16]),
            FamilyKind::Refresh,
            (GrantId::from_bytes([2; 16]), KEY),
            &secret(0),
            now(),
        )
    }

    #[test]
    fn a_token_rotates_and_the_one_before_last_kills_the_family() {
        let (family, first) = family().present(&secret(0), &KEY, &secret(1), now());
        assert_eq!(first, Ok(()));
        let (family, second) = family.present(&secret(1), &KEY, &secret(2), now());
        assert_eq!(second, Ok(()));
        let (family, reuse) = family.present(&secret(0), &KEY, &secret(3), now());
        assert_eq!(reuse, Err(RefreshRefusal::Misused));
        assert!(family.ended);
        assert_eq!(
            family.present(&secret(2), &KEY, &secret(4), now()).1,
            Err(RefreshRefusal::Dead)
        );
    }

    #[test]
    fn a_lost_answer_signs_nobody_out_and_the_unused_successor_dies() {
        let (family, _) = family().present(&secret(0), &KEY, &secret(1), now());
        let (family, again) = family.present(&secret(0), &KEY, &secret(2), now());
        assert_eq!(again, Ok(()));
        let (_, unused) = family.clone().present(&secret(1), &KEY, &secret(3), now());
        assert_eq!(unused, Err(RefreshRefusal::Misused));
        assert_eq!(
            family.present(&secret(2), &KEY, &secret(3), now()).1,
            Ok(())
        );
    }

    #[test]
    fn the_predecessor_comes_back_ten_times_at_most() {
        let (mut family, _) = family().present(&secret(0), &KEY, &secret(1), now());
        for n in 0..REFRESH_REPEATS {
            let (next, again) = family.present(&secret(0), &KEY, &secret(2 + n), now());
            assert_eq!(again, Ok(()));
            family = next;
        }
        assert_eq!(
            family.present(&secret(0), &KEY, &secret(99), now()).1,
            Err(RefreshRefusal::Misused)
        );
    }

    #[test]
    fn a_cookie_is_no_refresh_token_and_the_other_way_round() {
        let cookie = Family {
            kind: FamilyKind::Cookie,
            current: SecretHash::of(SecretKind::SessionCookie, &secret(0)),
            ..family()
        };
        assert!(cookie.is_cookie(&secret(0)));
        assert!(!cookie.is_cookie(&secret(1)));
        let (cookie, refused) = cookie.present(&secret(0), &KEY, &secret(1), now());
        assert_eq!(refused, Err(RefreshRefusal::Dead));
        assert!(cookie.is_cookie(&secret(0)), "and it stays alive");
        assert!(!family().is_cookie(&secret(0)));
        let ended = Family {
            ended: true,
            ..cookie
        };
        assert!(!ended.is_cookie(&secret(0)));
    }

    #[test]
    fn another_key_kills_the_family() {
        let (family, refused) = family().present(
            &secret(0),
            &Thumbprint::from_bytes([9; 32]),
            &secret(1),
            now(),
        );
        assert_eq!(refused, Err(RefreshRefusal::Misused));
        assert!(family.ended);
    }
}
