//! What a person does with their passkeys: look, add, rename, remove.

use crate::account::Account;
use crate::audit::{Entry, Kind};
use crate::grant::How;
use crate::ids::PasskeyId;
use crate::limits::{CREDENTIAL_BYTES, VERIFIED};
use crate::login::Act;
use crate::passkey::{Passkey, Spent};
use crate::policy::Level;
use crate::ports::{Added, Holder, Removed};
use crate::time::Timestamp;

use super::{Failure, Service};

/// A passkey as it came out of its registration.
#[derive(Clone)]
pub struct NewPasskey {
    /// The id that authenticators know it by.
    pub credential: Vec<u8>,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What the edge keeps of it.
    pub state: String,
    /// Whether it is kept on more than one device.
    pub synced: bool,
}

impl Service {
    /// The passkeys of the holder's account, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn list_passkeys(&self, holder: &Holder) -> Result<Vec<Passkey>, Failure> {
        Ok(self.passkeys.of_account(holder.account.id).await?)
    }

    /// The passkey that authenticators know by this id, and whose it is.
    ///
    /// # Errors
    /// The store's.
    pub async fn passkey(&self, credential: &[u8]) -> Result<Option<(Passkey, Account)>, Failure> {
        Ok(self.passkeys.by_credential(credential).await?)
    }

    /// Until when a desktop may add a passkey, because a phone approved just that with a passkey.
    pub fn may_add_passkey_until(&self, holder: &Holder) -> Option<Timestamp> {
        let grant = &holder.grant;
        let approved = matches!(
            grant.how,
            How::Scan {
                level: Level::Passkey,
                act: Some(Act::AddPasskey),
                ..
            }
        );
        let until = grant.created_at.plus(VERIFIED);
        (approved && self.now() < until).then_some(until)
    }

    /// Whether the holder may add a passkey to their account.
    ///
    /// # Errors
    /// Those of a sensitive act, which ends a recovery.
    pub fn may_add_passkey(&self, holder: &Holder) -> Result<(), Failure> {
        match self.may_add_passkey_until(holder) {
            Some(_) => Ok(()),
            None => self.may_give_credential(holder),
        }
    }

    /// Adds a passkey to the holder's account.
    ///
    /// # Errors
    /// Those of [`Service::may_add_passkey`]; [`Failure::PasskeyRejected`]; [`Failure::LimitReached`];
    /// [`Failure::InvalidGrant`] when the holder has lost the right to it, or used it.
    pub async fn add_passkey(
        &self,
        holder: &Holder,
        new: NewPasskey,
        spent: Spent,
    ) -> Result<Passkey, Failure> {
        self.may_add_passkey(holder)?;
        let passkey = self.new_passkey(new, (holder.account.id, holder.grant.id))?;
        let entry = Entry {
            detail: Some(passkey.name.clone().into()),
            ..self.entry(holder, Kind::PasskeyAdded)
        };
        let added = self.passkeys.add(passkey.clone(), spent, entry).await?;
        self.signal.tell(holder.account.id);
        match added {
            Added::Done => Ok(passkey),
            Added::NotAllowed => Err(Failure::InvalidGrant),
            Added::Spent | Added::Taken => Err(Failure::PasskeyRejected),
            Added::Full => Err(Failure::LimitReached),
        }
    }

    pub(super) fn new_passkey(
        &self,
        new: NewPasskey,
        (account, made_by): (crate::ids::AccountId, crate::ids::GrantId),
    ) -> Result<Passkey, Failure> {
        if new.credential.is_empty() || new.credential.len() > CREDENTIAL_BYTES {
            return Err(Failure::PasskeyRejected);
        }
        Ok(Passkey {
            id: PasskeyId::from_bytes(self.random()),
            account,
            credential: new.credential,
            name: Passkey::name(new.name.as_deref()),
            state: new.state,
            synced: new.synced,
            made_by,
            created_at: self.now(),
            used_at: None,
        })
    }

    /// Gives a passkey of the holder's account another name.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    pub async fn rename_passkey(
        &self,
        holder: &Holder,
        id: PasskeyId,
        name: &str,
    ) -> Result<Passkey, Failure> {
        let entry = self.entry(holder, Kind::PasskeyRenamed);
        let name = Passkey::name(Some(name));
        self.passkeys
            .rename(holder.account.id, id, name, entry)
            .await?
            .ok_or(Failure::NotFound)
    }

    /// Removes a passkey of the holder's account. The sessions that it opened end, with what these made, but
    /// for the holder's own.
    ///
    /// # Errors
    /// Those of a sensitive act; [`Failure::NotFound`]; [`Failure::LastCredential`];
    /// [`Failure::InvalidGrant`] when the holder has lost the right to it.
    pub async fn remove_passkey(&self, holder: &Holder, id: PasskeyId) -> Result<(), Failure> {
        self.sensitive(holder)?;
        let entry = Entry {
            by: Some(holder.grant.id),
            ..self.entry(holder, Kind::PasskeyRemoved)
        };
        let removed = self.passkeys.remove(self.actor(holder), id, entry).await?;
        self.signal.tell(holder.account.id);
        match removed {
            Removed::Done => Ok(()),
            Removed::NotFound => Err(Failure::NotFound),
            Removed::Last => Err(Failure::LastCredential),
            Removed::NotAllowed => Err(Failure::InvalidGrant),
        }
    }
}
