//! Grants: how they are opened, how they end, and which are meant.

use async_trait::async_trait;

use crate::audit::Entry;
use crate::grant::{Ended, PhoneRules, Role};
use crate::ids::{AccountId, DeviceId, FamilyId, GrantId};
use crate::passkey::{Spent, Used};
use crate::refresh::Family;
use crate::secret::SecretHash;
use crate::time::Timestamp;

use super::{Allowed, Filter, Holder, Minting, Opened, Over, Replaced, StoreError, Verified};

/// Which grants to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one. Where the cause [distrusts](crate::grant::EndCause::distrusts) and its device signed in
    /// anew, what came in its place is meant with it, here as in the next two.
    One(GrantId),
    /// This one and, if it is a phone's, every one that its device approved in this or another phone
    /// session, also when it is over itself; those end with [`crate::grant::EndCause::ApproverUndone`].
    WithApproved(GrantId),
    /// The same, once: nothing when this one, and what came in its place, was taken back before. So a link
    /// that somebody kept is no weapon against a device that came back.
    ByLink(GrantId),
    /// Those of a device of the account.
    OfDevice(AccountId, DeviceId),
    /// Those of a device of the account, and every one that it approved in any phone session; those end
    /// with [`crate::grant::EndCause::ApproverUndone`].
    OfDeviceWithApproved(AccountId, DeviceId),
    /// All of the account but this one; of this role alone, if one is named.
    Others(AccountId, GrantId, Option<Role>),
    /// All of the account.
    All(AccountId),
    /// All for which every part of the filter holds.
    Matching(Filter),
}

/// A grant that acts: a phone of the account that may approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: AccountId,
    /// The grant.
    pub grant: GrantId,
    /// Whether a password or passkey was given on its device lately.
    pub verified: bool,
}

/// What opens a session, each judged once more in the transaction that opens it.
#[derive(Clone, PartialEq, Eq)]
pub enum Opening {
    /// The password with this hash: it must still be the account's.
    Password(String),
    /// A passkey of the account, which must still be there as it was judged; its new state is kept.
    Passkey(Used, Spent),
    /// A recovery code of the account, which is used up.
    Recovery(SecretHash),
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Opening::Password",
            Self::Passkey(..) => "Opening::Passkey",
            Self::Recovery(_) => "Opening::Recovery",
        })
    }
}

/// Grants with their refresh families.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Writes a sign-in: device, grant, family and audit entry in one commit, if the account is active
    /// and what `opening` names still opens it: a password that was verified before a change counts for
    /// nothing after it, a challenge and a recovery code count once. The grant's
    /// [`crate::grant::How`] must be of the same kind.
    ///
    /// A phone's grant gets its `approves_from` here, by [`crate::grant::Grant::approving_from`], so that of two
    /// phones that sign in at once only one is the first. Where that lies ahead, the audit entry's
    /// detail is [`crate::audit::PHONE_WAITS`]. One that need not wait because of what an earlier session
    /// of its device was given goes with whoever gave it, as that would ([`Grants::end`]).
    async fn open_session(
        &self,
        minting: Minting,
        opening: Opening,
        rules: PhoneRules,
    ) -> Result<Opened, StoreError>;

    /// The grant with its device and account, dead or alive, as it was last written.
    async fn holder(&self, id: GrantId) -> Result<Option<Holder>, StoreError>;

    /// Ends grants with their families, as far as they are alive at `ended.at`, each with an audit
    /// entry ([`Entry::ended`]), in one commit; gives what went. Repeating ends nothing.
    ///
    /// Where the cause [distrusts](crate::grant::EndCause::distrusts), the same commit notes at the
    /// devices that hold or held such grants that they were taken back at `ended.at`, also when
    /// nothing of them was alive; with [`Which::Others`] not at the device of the one that stays. And it
    /// takes what those devices made for the account, in any of their grants: the passkeys that they added
    /// and the recovery codes, with the grants that those opened, and the sessions of phones that they let
    /// approve; these grants end with [`crate::grant::EndCause::MakerUndone`], and what their devices made
    /// goes likewise; where `which` means what was approved, what those phones approved as well. A phone that a
    /// recovery code had opened takes the codes of which one was used. Nothing of this touches the grant of
    /// `by`, the passkey that opened it and what its device made, unless `which` means that grant too.
    ///
    /// `by` wishes it, if anybody does: it must be alive and a phone of the active account that may
    /// approve at `ended.at`; otherwise [`Over::NotAllowed`], and nothing is written. Where it is not verified,
    /// only computers may go, phones that wait (but no recovery's), and what is its device's own; and nothing that any of
    /// these made: no passkey, no recovery code, no phone that ever could approve. Otherwise
    /// [`Over::VerificationRequired`], and nothing is written.
    async fn end(&self, which: Which, ended: Ended, by: Option<Actor>) -> Result<Over, StoreError>;

    /// How many live grants [`Grants::end`] would begin with, at `now`.
    async fn count(&self, which: Which, now: Timestamp) -> Result<u64, StoreError>;

    /// The refresh family.
    async fn family(&self, id: FamilyId) -> Result<Option<Family>, StoreError>;

    /// Compare-and-swap on the family's version; also marks the device as seen at `entry.at`.
    async fn replace_family(
        &self,
        expected: u32,
        next: Family,
        entry: Entry,
    ) -> Result<Replaced, StoreError>;

    /// For a collect that is repeated: ends the grant's families and writes this one, if the
    /// grant, its account (active) and the session that approved it are alive at `entry.at`.
    /// `false` when one is not, or no login made the grant, and nothing is written.
    async fn collect_again(&self, family: Family, entry: Entry) -> Result<bool, StoreError>;

    /// Notes that a password or passkey was given on the grant's device at `entry.at`, if the grant is
    /// alive then, is a phone's, and `opening` still opens its account; a recovery code never does.
    async fn verified(
        &self,
        id: GrantId,
        opening: Opening,
        entry: Entry,
    ) -> Result<Verified, StoreError>;

    /// Lets a phone of the account approve from `entry.at` on; writes nothing when it may already. `by`
    /// wishes it, and is kept as `allowed_by`: it must be alive and a phone of the active account that may
    /// approve at `entry.at`. A phone that a recovery code opened waits, whoever allows it: it is
    /// [`Allowed::NoSuchPhone`].
    async fn allow(&self, by: Actor, id: GrantId, entry: Entry) -> Result<Allowed, StoreError>;

    /// Marks a live family and its device as used at `at`, without an audit entry and a new version.
    async fn seen(&self, id: FamilyId, at: Timestamp) -> Result<(), StoreError>;
}
