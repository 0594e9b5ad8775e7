//! Invitations: links that give an account its first credential and its first phone.

use crate::ids::{AccountId, InvitationId};
use crate::secret::{Located, SecretHash};
use crate::time::Timestamp;

/// What the link carries, in its fragment: the invitation's id and 256 random bits.
pub type InvitationSecret = Located<32>;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Whom it is for. The account stands already, without a credential unless it had one before.
    pub account: AccountId,
    /// The secret part, hashed.
    pub secret: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
    /// When it was accepted, or a later one took its place.
    pub used_at: Option<Timestamp>,
}

impl Invitation {
    /// Whether it may be accepted at `now`.
    pub fn good(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}
