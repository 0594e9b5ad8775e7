//! What a phone does with the devices of its account: look, rename, sign out, undo, allow.

use crate::account::{Device, clean};
use crate::audit::Kind;
use crate::grant::{EndCause, Role};
use crate::ids::{DeviceId, GrantId};
use crate::limits::DEVICE_NAME_CHARS;
use crate::ports::{Allowed, Gone, Holder, Listed, Which};

use super::{Failure, Service};

impl Service {
    /// The devices of the holder's account, each with its live grants.
    ///
    /// # Errors
    /// The store's.
    pub async fn list_devices(&self, holder: &Holder) -> Result<Vec<Listed>, Failure> {
        Ok(self.devices.list(holder.account.id, self.now()).await?)
    }

    /// Gives a device of the holder's account a name, cleaned for one line; without one it is called
    /// what it calls itself.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for a device that is not the account's.
    pub async fn rename_device(
        &self,
        holder: &Holder,
        device: DeviceId,
        name: Option<&str>,
    ) -> Result<Device, Failure> {
        let label = name.and_then(|name| clean(name, DEVICE_NAME_CHARS));
        let mut entry = self.entry(holder, Kind::DeviceRenamed);
        entry.device = Some(device);
        self.devices
            .rename(holder.account.id, device, label, entry)
            .await?
            .ok_or(Failure::NotFound)
    }

    /// Signs a device of the holder's account out of everything; gives what went. Of one's own that is a plain
    /// sign-out, which distrusts nobody.
    ///
    /// # Errors
    /// [`Failure::VerificationRequired`] where more goes than a tap may end: whoever stole an unlocked phone
    /// must not throw its owner's other phones out with it, nor take what they made. A device that is not the
    /// account's has nothing that could end.
    pub async fn sign_out_device(
        &self,
        holder: &Holder,
        device: DeviceId,
    ) -> Result<Gone, Failure> {
        let which = Which::OfDevice(holder.account.id, device);
        let cause = if device == holder.device.id {
            EndCause::SignedOut
        } else {
            EndCause::SignedOutElsewhere
        };
        self.end(which, cause, Some(holder)).await
    }

    /// Signs out every other device of the holder's account, or those of one role.
    ///
    /// # Errors
    /// Those of a sensitive act.
    pub async fn sign_out_others(
        &self,
        holder: &Holder,
        only: Option<Role>,
    ) -> Result<Gone, Failure> {
        self.sensitive(holder)?;
        let which = Which::Others(holder.account.id, holder.grant.id, only);
        self.end(which, EndCause::SignedOutElsewhere, Some(holder))
            .await
    }

    /// Takes back what a sign-in gave and what its device made; on choice also everything that the grant
    /// approved. Gives what went: nothing when it was over already, and then its device is trusted no more.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for a grant that is unknown or another account's; those of
    /// [`Service::sign_out_device`].
    pub async fn undo(
        &self,
        holder: &Holder,
        grant: GrantId,
        approved_too: bool,
    ) -> Result<Gone, Failure> {
        self.own(holder, grant).await?;
        let which = if approved_too {
            Which::WithApproved(grant)
        } else {
            Which::One(grant)
        };
        self.end(which, EndCause::Undone, Some(holder)).await
    }

    /// Takes back everything of a device that is lost: what it holds, what it made, what it approved.
    ///
    /// # Errors
    /// As [`Service::sign_out_device`].
    pub async fn lost(&self, holder: &Holder, device: DeviceId) -> Result<Gone, Failure> {
        let which = Which::OfDeviceWithApproved(holder.account.id, device);
        self.end(which, EndCause::DeviceLost, Some(holder)).await
    }

    /// Lets a phone of the holder's account approve that still waits.
    ///
    /// # Errors
    /// Those of a sensitive act; [`Failure::NotFound`] for what is no live phone of the account;
    /// [`Failure::InvalidGrant`] when the holder's own session has ended meanwhile.
    pub async fn allow_phone(&self, holder: &Holder, grant: GrantId) -> Result<(), Failure> {
        self.sensitive(holder)?;
        let phone = self.own(holder, grant).await?;
        let mut entry = self.entry(holder, Kind::PhoneAllowed);
        (entry.device, entry.grant) = (Some(phone.device.id), Some(grant));
        let allowed = self.grants.allow(self.actor(holder), grant, entry).await?;
        self.signal.tell(holder.account.id);
        match allowed {
            Allowed::Done => Ok(()),
            Allowed::NoSuchPhone => Err(Failure::NotFound),
            Allowed::Refused => Err(Failure::InvalidGrant),
        }
    }

    /// The holder of a grant of the same account.
    async fn own(&self, holder: &Holder, grant: GrantId) -> Result<Holder, Failure> {
        let found = self.grants.holder(grant).await?;
        found
            .filter(|other| other.account.id == holder.account.id)
            .ok_or(Failure::NotFound)
    }
}
