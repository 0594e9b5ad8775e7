//! The server key, and the secrets that are derived from it instead of stored.
//!
//! The key lives beside the signing key, not in the database, and all nodes share it. What is
//! derived can be given again in the same form, and a copied database derives nothing.
//!
//! Every derivation is HMAC-SHA-256 over a label and fields of fixed length, of which only the last
//! may have any, so that no two inputs can run into each other.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::ZeroizeOnDrop;

use crate::ids::{GrantId, LoginId};
use crate::limits::CHECK_CODE_DIGITS;
use crate::phrase::Phrase;
use crate::secret::Secret;

/// Which server key a login was made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u8);

/// One server key.
#[derive(Clone, ZeroizeOnDrop)]
struct ServerKey {
    #[zeroize(skip)]
    id: KeyId,
    bytes: Secret<32>,
}

/// The server keys: the one in use, and those from which live logins were still derived.
#[derive(Clone)]
pub struct ServerKeys {
    current: ServerKey,
    former: Vec<ServerKey>,
}

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServerKeys {{ current: {:?} }}", self.current.id)
    }
}

/// A scan code's 64-bit MAC key, given to the desktop alone.
pub type RotationKey = Secret<32>;
/// The secret part of a ticket.
pub type TicketMac = Secret<32>;
/// What is kept of a phrase. Without the server key nobody can try phrases against it.
pub type PhraseMac = Secret<32>;

impl ServerKeys {
    /// Starts with `bytes` as the key in use.
    pub const fn new(id: KeyId, bytes: Secret<32>) -> Self {
        Self {
            current: ServerKey { id, bytes },
            former: Vec::new(),
        }
    }

    /// Adds a key that is no longer used for new logins.
    #[must_use]
    pub fn with_former(mut self, id: KeyId, bytes: Secret<32>) -> Self {
        self.former.push(ServerKey { id, bytes });
        self
    }

    /// The key that new logins are made under.
    pub const fn current(&self) -> KeyId {
        self.current.id
    }

    /// The rotation key of `login`; `None` when the key it was made under is gone.
    pub fn rotation_key(&self, key: KeyId, login: LoginId) -> Option<RotationKey> {
        self.derive(key, b"countersign rotation\0", &[login.bytes()])
    }

    /// The secret part of the ticket that `session` got for version `claim` of its claim.
    pub fn ticket(
        &self,
        key: KeyId,
        login: LoginId,
        claim: u32,
        session: GrantId,
    ) -> Option<TicketMac> {
        self.derive(
            key,
            b"countersign ticket\0",
            &[login.bytes(), &claim.to_be_bytes(), session.bytes()],
        )
    }

    /// The check code that `session`'s phone shows for version `claim` of its claim.
    pub fn check_code(
        &self,
        key: KeyId,
        login: LoginId,
        claim: u32,
        session: GrantId,
    ) -> Option<CheckCode> {
        let mac: Secret<32> = self.derive(
            key,
            b"countersign check\0",
            &[login.bytes(), &claim.to_be_bytes(), session.bytes()],
        )?;
        Some(CheckCode::from_mac(&mac))
    }

    /// What is kept of `phrase` for `login`.
    pub fn phrase(&self, key: KeyId, login: LoginId, phrase: &Phrase) -> Option<PhraseMac> {
        self.derive(
            key,
            b"countersign phrase\0",
            &[login.bytes(), phrase.bytes()],
        )
    }

    /// A key for another purpose (holds, nonces), named by `label`.
    ///
    /// `None` when `key` is not among the server keys.
    pub fn purpose(&self, key: KeyId, label: &'static [u8]) -> Option<Secret<32>> {
        self.derive(key, label, &[])
    }

    fn derive(&self, key: KeyId, label: &[u8], fields: &[&[u8]]) -> Option<Secret<32>> {
        let found = std::iter::once(&self.current)
            .chain(&self.former)
            .find(|candidate| candidate.id == key)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(found.bytes.expose()).ok()?;
        mac.update(label);
        for field in fields {
            mac.update(field);
        }
        Some(Secret::new(mac.finalize().into_bytes().into()))
    }
}

/// The short number that the phone shows and the desktop's person types.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckCode(String);

impl CheckCode {
    fn from_mac(mac: &Secret<32>) -> Self {
        // 64 bits modulo 10⁶: the bias is below 10⁻¹³.
        let number = mac.expose()[..8]
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Self(format!(
            "{:0width$}",
            number % 1_000_000,
            width = CHECK_CODE_DIGITS
        ))
    }

    /// The digits, for the phone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `typed` is this code, in constant time. Spaces and dashes that people add count for
    /// nothing.
    pub fn matches(&self, typed: &str) -> bool {
        use subtle::ConstantTimeEq as _;
        let digits: String = typed
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '\u{a0}'))
            .take(16)
            .collect();
        digits.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for CheckCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> ServerKeys {
        ServerKeys::new(KeyId(1), Secret::new([9; 32]))
    }

    #[test]
    fn each_derivation_differs_by_label_login_claim_and_session() {
        let keys = keys();
        let (login, other) = (LoginId::from_bytes([1; 16]), LoginId::from_bytes([2; 16]));
        let session = GrantId::from_bytes([3; 16]);
        let ticket = keys.ticket(KeyId(1), login, 1, session).unwrap();
        assert_eq!(keys.ticket(KeyId(1), login, 1, session).unwrap(), ticket);
        assert_ne!(keys.ticket(KeyId(1), other, 1, session).unwrap(), ticket);
        assert_ne!(keys.ticket(KeyId(1), login, 2, session).unwrap(), ticket);
        assert_ne!(
            keys.ticket(KeyId(1), login, 1, GrantId::from_bytes([4; 16]))
                .unwrap(),
            ticket
        );
        assert_ne!(keys.rotation_key(KeyId(1), login).unwrap(), ticket);
    }

    #[test]
    fn what_is_kept_of_a_phrase_is_of_one_login_and_one_server_key() {
        let (login, other) = (LoginId::from_bytes([1; 16]), LoginId::from_bytes([2; 16]));
        let kept = |keys: &ServerKeys, login, typed| {
            let phrase = Phrase::parse(typed).unwrap();
            keys.phrase(KeyId(1), login, &phrase).unwrap()
        };
        let same = kept(&keys(), login, "blue geese");
        assert_eq!(kept(&keys(), login, " BLUE  geese"), same);
        assert_ne!(kept(&keys(), login, "blue goose"), same);
        assert_ne!(kept(&keys(), other, "blue geese"), same);
        let elsewhere = ServerKeys::new(KeyId(1), Secret::new([8; 32]));
        assert_ne!(kept(&elsewhere, login, "blue geese"), same);
    }

    #[test]
    fn a_login_outlives_the_rotation_of_the_server_key_but_not_its_loss() {
        let login = LoginId::from_bytes([1; 16]);
        let before = keys().rotation_key(KeyId(1), login);
        let rotated = ServerKeys::new(KeyId(2), Secret::new([8; 32]))
            .with_former(KeyId(1), Secret::new([9; 32]));
        assert_eq!(rotated.rotation_key(KeyId(1), login), before);
        assert_eq!(
            ServerKeys::new(KeyId(2), Secret::new([8; 32])).rotation_key(KeyId(1), login),
            None
        );
    }

    #[test]
    fn a_check_code_is_six_digits_and_forgives_only_spacing() {
        let code = keys()
            .check_code(
                KeyId(1),
                LoginId::from_bytes([1; 16]),
                1,
                GrantId::from_bytes([3; 16]),
            )
            .unwrap();
        let digits = code.reveal().to_owned();
        assert_eq!(digits.len(), 6);
        assert!(digits.chars().all(|c| c.is_ascii_digit()));
        assert!(code.matches(&format!("{} {}", &digits[..3], &digits[3..])));
        assert!(!code.matches(&digits[..5]));
        assert!(!code.matches(""));
        assert!(!code.matches(&format!("{digits}0")));
        assert_eq!(format!("{code:?}"), "[redacted]");
    }
}
