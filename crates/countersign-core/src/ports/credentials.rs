//! What people sign in with beside a password: passkeys, recovery codes, invitations.

use async_trait::async_trait;

use crate::account::Account;
use crate::audit::Entry;
use crate::ids::{AccountId, InvitationId, PasskeyId};
use crate::invitation::Invitation;
use crate::passkey::{Ceremony, Passkey, Spent, Used};
use crate::secret::SecretHash;
use crate::time::Timestamp;

use super::{Accepted, Actor, Added, Minting, Removed, StoreError};

/// Passkeys.
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// The account's passkeys, oldest first.
    async fn of_account(&self, account: AccountId) -> Result<Vec<Passkey>, StoreError>;

    /// The passkey that authenticators know by this id, with its account.
    async fn by_credential(
        &self,
        credential: &[u8],
    ) -> Result<Option<(Passkey, Account)>, StoreError>;

    /// Adds a passkey, if `passkey.made_by` may do so at `entry.at`: alive, of the active account, and
    /// either a phone that may approve or a desktop for which a phone approved just that
    /// ([`crate::login::Act::AddPasskey`]) and that never added one. Takes the challenge with it. A phone
    /// on which neither password nor passkey was ever given is marked as verified then, so that a recovery
    /// is over with it.
    async fn add(&self, passkey: Passkey, spent: Spent, entry: Entry) -> Result<Added, StoreError>;

    /// Gives a passkey of the account another name; `None` when it has none with this id.
    async fn rename(
        &self,
        account: AccountId,
        id: PasskeyId,
        name: String,
        entry: Entry,
    ) -> Result<Option<Passkey>, StoreError>;

    /// Removes a passkey of the account, if `by` may act at `entry.at`; its name is the entry's detail.
    /// Ends the grants that it opened, and what came in their places, with
    /// [`crate::grant::EndCause::MakerUndone`] and what their devices made, as [`super::Grants::end`] does; but
    /// for the grant of `by`.
    async fn remove(&self, by: Actor, id: PasskeyId, entry: Entry) -> Result<Removed, StoreError>;

    /// Keeps what the use of a passkey left behind, at `at`; nothing if it is gone, or was used otherwise
    /// since it was judged.
    async fn used(&self, used: Used, at: Timestamp) -> Result<(), StoreError>;
}

/// Recovery codes.
#[async_trait]
pub trait RecoveryCodes: Send + Sync {
    /// Replaces the account's codes, if `by` may act at `entry.at`; says whether.
    async fn replace(
        &self,
        by: Actor,
        codes: Vec<SecretHash>,
        entry: Entry,
    ) -> Result<bool, StoreError>;

    /// How many codes are left, and when they were made; `None` when there never were any.
    async fn left(&self, account: AccountId) -> Result<Option<(u32, Timestamp)>, StoreError>;
}

/// Invitations.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// Keeps an invitation in place of earlier ones for its account, with its audit entry in the same
    /// commit.
    async fn add(&self, invitation: Invitation, entry: Entry) -> Result<(), StoreError>;

    /// Makes the account's invitation good for nothing, with its audit entry; `false` when none was good, and
    /// nothing is told.
    async fn withdraw(&self, account: AccountId, entry: Entry) -> Result<bool, StoreError>;

    /// The invitation with its account, good or not.
    async fn find(&self, id: InvitationId) -> Result<Option<(Invitation, Account)>, StoreError>;

    /// Accepts an invitation: uses it up, ends everything that the account has as
    /// [`crate::grant::EndCause::InvitedAnew`] with what that made, gives the account its credential in
    /// place of every password, passkey and recovery code of before (of the password as
    /// [`super::Accounts::set_password`] does), and opens the phone's session, which
    /// may approve at once, in one commit; if the invitation is good and the account not disabled at
    /// `minting.at`. A locked account is active after that, which is told.
    async fn accept(
        &self,
        id: InvitationId,
        first: FirstCredential,
        minting: Minting,
    ) -> Result<Accepted, StoreError>;
}

/// What an accepted invitation gives an account to sign in with.
#[derive(Clone, PartialEq, Eq)]
pub enum FirstCredential {
    /// A password, hashed in PHC form.
    Password(String),
    /// A passkey, and the challenge that it met.
    Passkey(Box<Passkey>, Spent),
}

/// Passkey ceremonies: questions and the judging of answers. Computes, and reads nothing.
pub trait Ceremonies: Send + Sync {
    /// Asks for one of these passkeys; `None` when none can be asked for.
    fn approve(&self, passkeys: &[Passkey]) -> Option<Ceremony>;

    /// Judges `response`, the JSON that a browser gave to a question that left `state` behind; `None`
    /// unless it is right, by one of `passkeys`, with its user verified.
    fn approved(&self, state: &str, response: &str, passkeys: &[Passkey]) -> Option<Used>;
}
