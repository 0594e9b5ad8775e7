//! How a new account gets its first credential and its first phone.

use crate::account::Account;
use crate::audit::{Entry, Kind, WAY_BACK};
use crate::grant::{How, Role};
use crate::ids::{AccountId, GrantId, InvitationId};
use crate::invitation::{Invitation, InvitationSecret};
use crate::passkey::Spent;
use crate::ports::{self, Accepted};
use crate::secret::{Located, SecretHash, SecretKind};
use crate::time::Timestamp;

use super::session::Session;
use super::{Failure, NewDevice, NewPasskey, Service, SignedIn};

/// What a guest chose to sign in with from now on.
#[derive(Clone)]
pub enum FirstCredential {
    /// A password, hashed in PHC form.
    Password(String),
    /// A passkey, and the challenge that it met.
    Passkey(NewPasskey, Spent),
}

/// Who accepts an invitation.
#[derive(Clone)]
pub struct Guest<'a> {
    /// With what they will sign in.
    pub credential: FirstCredential,
    /// Their first phone.
    pub device: NewDevice<'a>,
}

impl Invitation {
    /// An invitation for an account, with the secret of its link. `id` and `secret` are fresh random bytes.
    pub fn new(
        account: AccountId,
        (id, secret): ([u8; 16], [u8; 32]),
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> (Self, InvitationSecret) {
        let secret = Located {
            locator: id,
            secret: crate::secret::Secret::new(secret),
        };
        let invitation = Self {
            id: InvitationId::from_bytes(id),
            account,
            secret: SecretHash::of(SecretKind::Invitation, &secret.secret),
            created_at,
            expires_at,
            used_at: None,
        };
        (invitation, secret)
    }
}

impl Service {
    /// The invitation of a link, with its account.
    ///
    /// # Errors
    /// [`Failure::InvitationInvalid`] for a link that is not good (any more), the same for every reason.
    pub async fn invitation(
        &self,
        link: &InvitationSecret,
    ) -> Result<(Invitation, Account), Failure> {
        let id = InvitationId::from_bytes(link.locator);
        let found = self.invitations.find(id).await?;
        found
            .filter(|(invitation, _)| {
                invitation.good(self.now())
                    && invitation
                        .secret
                        .matches(SecretKind::Invitation, &link.secret)
            })
            .ok_or(Failure::InvitationInvalid)
    }

    /// Accepts an invitation: the account gets its credential, and this device is its first phone.
    /// Whatever else it had ends.
    ///
    /// # Errors
    /// [`Failure::InvitationInvalid`]; [`Failure::PasskeyRejected`]; [`Failure::UnknownClient`].
    pub async fn accept_invitation(
        &self,
        link: &InvitationSecret,
        guest: Guest<'_>,
    ) -> Result<SignedIn, Failure> {
        let (invitation, account) = self.invitation(link).await?;
        let session = Session {
            grant: GrantId::from_bytes(self.random()),
            account: account.id,
            role: Role::Phone,
            how: How::Invitation,
            kind: Kind::InvitationAccepted,
            device: &guest.device,
        };
        let secret = self.secret();
        let minting = self.session(&session, &secret)?;
        let (locator, kind) = (*minting.family.id.bytes(), minting.family.kind);
        let credential = match guest.credential {
            FirstCredential::Password(hash) => ports::FirstCredential::Password(hash),
            FirstCredential::Passkey(new, spent) => {
                let passkey = self.new_passkey(new, (account.id, session.grant))?;
                ports::FirstCredential::Passkey(Box::new(passkey), spent)
            }
        };
        let accepted = self.invitations.accept(invitation.id, credential, minting);
        let holder = match accepted.await? {
            Accepted::Done(holder) => *holder,
            Accepted::NotGood => return Err(Failure::InvitationInvalid),
            Accepted::Spent => return Err(Failure::PasskeyRejected),
        };
        self.signal.tell(account.id);
        Ok(SignedIn {
            holder,
            secret: Located { locator, secret },
            kind,
        })
    }

    /// The audit entry for an invitation to an account that is `there` already, or is new: an owner is told of the
    /// first, and there is nobody yet to tell of the other.
    pub fn invitation_entry(account: AccountId, there: bool, at: Timestamp) -> Entry {
        Entry {
            account: Some(account),
            detail: there.then(|| WAY_BACK.into()),
            ..Entry::new(at, Kind::InvitationMade)
        }
    }
}
