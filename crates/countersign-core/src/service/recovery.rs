//! The way back in for who has lost every phone.

use crate::audit::Kind;
use crate::grant::Role;
use crate::ids::AccountId;
use crate::limits::RECOVERY_CODES;
use crate::ports::{Holder, Opening};
use crate::recovery::{self, RecoveryCode};
use crate::secret::Secret;
use crate::time::Timestamp;

use super::{Failure, NewDevice, NewSession, Service, SignedIn};

impl Service {
    /// Makes new recovery codes for the holder's account; those from before are void. They exist in
    /// clear only here.
    ///
    /// # Errors
    /// Those of a sensitive act; [`Failure::InvalidGrant`] when the holder has lost the right to it.
    pub async fn make_recovery_codes(&self, holder: &Holder) -> Result<Vec<RecoveryCode>, Failure> {
        self.sensitive(holder)?;
        let codes: Vec<RecoveryCode> = std::iter::repeat_with(|| Secret::new(self.random()))
            .take(RECOVERY_CODES)
            .collect();
        let account = holder.account.id;
        let hashes = codes.iter().map(|code| recovery::hash(account, code));
        let entry = self.entry(holder, Kind::RecoveryCodesMade);
        let hashes = hashes.collect();
        let replaced = self
            .recovery_codes
            .replace(self.actor(holder), hashes, entry);
        let replaced = replaced.await?;
        self.signal.tell(account);
        replaced.then_some(codes).ok_or(Failure::InvalidGrant)
    }

    /// How many recovery codes the holder's account has left, and since when; `None` when it never had.
    ///
    /// # Errors
    /// The store's.
    pub async fn recovery_codes_left(
        &self,
        holder: &Holder,
    ) -> Result<Option<(u32, Timestamp)>, Failure> {
        Ok(self.recovery_codes.left(holder.account.id).await?)
    }

    /// Opens a phone's session with a recovery code, which is used up. The session waits; everybody else
    /// of the account is told, and a phone of it can end it.
    ///
    /// # Errors
    /// [`Failure::WrongCredential`] for a code that the account doesn't have, the same, and after the same
    /// work, where there is no account; those of [`Service::open_session`].
    pub async fn recover(
        &self,
        account: Option<AccountId>,
        code: &RecoveryCode,
        device: NewDevice<'_>,
    ) -> Result<SignedIn, Failure> {
        let account = account.unwrap_or_else(|| AccountId::from_bytes(self.random()));
        let new = NewSession {
            account,
            opening: Opening::Recovery(recovery::hash(account, code)),
            role: Role::Phone,
            device,
        };
        self.open_session(new).await
    }
}
