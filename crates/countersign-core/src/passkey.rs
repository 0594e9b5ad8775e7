//! Passkeys: credentials that sign in without a password and prove who holds a phone (WebAuthn Level 3).
//!
//! What a signature must look like is the edge's matter, as with passwords; here stands what a passkey *is*, whose it
//! is, and that each challenge is used once.

use crate::account::clean;
use crate::ids::{AccountId, GrantId, PasskeyId};
use crate::limits::DEVICE_NAME_CHARS;
use crate::secret::SecretHash;
use crate::time::Timestamp;

/// A passkey of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub account: AccountId,
    /// The id that authenticators know it by (WebAuthn §4 "credential ID"), at most
    /// [`crate::limits::CREDENTIAL_BYTES`].
    pub credential: Vec<u8>,
    /// What its owner calls it.
    pub name: String,
    /// What the edge needs to verify it: public key, counter, flags, in the edge's own form.
    pub state: String,
    /// Whether it is kept on more than one device (WebAuthn §6.1.3, "backup eligible").
    pub synced: bool,
    /// The grant that added it; when its owner takes that back, this goes too.
    pub made_by: GrantId,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl std::fmt::Debug for Passkey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passkey")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Passkey {
    /// A name as it can be shown, or what a passkey without one is called.
    pub fn name(said: Option<&str>) -> String {
        said.and_then(|said| clean(said, DEVICE_NAME_CHARS))
            .unwrap_or_else(|| "Passkey".to_owned())
    }
}

/// A challenge that was just met. Whatever it gives, it gives once: the store remembers it until it would have expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The challenge, hashed as [`crate::secret::SecretKind::Challenge`].
    pub challenge: SecretHash,
    /// When it expires.
    pub until: Timestamp,
}

/// What a passkey's use leaves behind.
#[derive(Clone, PartialEq, Eq)]
pub struct Used {
    /// Which one.
    pub passkey: PasskeyId,
    /// What the edge kept of it when it judged the use. It counts only as long as that is what is kept: of two at
    /// once, the later one would set the counter back (WebAuthn §6.1.1).
    pub before: String,
    /// What the edge keeps of it from now on.
    pub state: String,
}

impl std::fmt::Debug for Used {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Used")
            .field("passkey", &self.passkey)
            .finish_non_exhaustive()
    }
}

/// A question that a passkey can answer.
#[derive(Clone)]
pub struct Ceremony {
    /// What the browser is given, as JSON.
    pub options: String,
    /// What the edge needs to judge the answer. Holds the challenge: a secret.
    pub state: String,
}

impl std::fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}
