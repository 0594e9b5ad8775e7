//! Sessions: grants that a password opened, and who holds which grant.

use crate::account::AccountStatus;
use crate::account::{Device, DeviceInfo};
use crate::audit::{Entry, Kind};
use crate::grant::{EndCause, Ended, Grant, How, Role};
use crate::ids::{AccountId, DeviceId, FamilyId, GrantId, Thumbprint};
use crate::limits::PHONE_SESSION;
use crate::ports::{Holder, Minting};
use crate::refresh::{Family, RefreshToken};

use super::{Failure, Service, SignedIn};

/// A sign-in whose password was right.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// The account whose password it was.
    pub account: AccountId,
    /// The client's id.
    pub client: &'a str,
    /// What the device will be.
    pub role: Role,
    /// What it says of itself.
    pub device: DeviceInfo,
    /// Its key, as proved.
    pub key: Thumbprint,
}

impl Service {
    /// Opens a session. Only a first-party client may: no third party ever sees a password.
    ///
    /// # Errors
    /// [`Failure::UnknownClient`] also for clients that may not; [`Failure::AccountUnavailable`].
    pub async fn open_session(&self, new: NewSession<'_>) -> Result<SignedIn, Failure> {
        let client = self.client(new.client)?;
        let allowed = client.first_party && (client.phone || new.role == Role::Desktop);
        if !allowed {
            return Err(Failure::UnknownClient);
        }
        let (now, secret) = (self.now(), self.secret());
        let device = Device {
            id: DeviceId::from_bytes(self.random()),
            account: new.account,
            info: new.device,
            key: new.key,
            first_seen: now,
            last_seen: now,
        };
        let duration = match new.role {
            Role::Phone => PHONE_SESSION,
            Role::Desktop => client.duration,
        };
        let grant = Grant {
            id: GrantId::from_bytes(self.random()),
            account: new.account,
            device: device.id,
            key: new.key,
            client: client.id.clone(),
            scopes: client.qr_scopes.clone(),
            role: new.role,
            how: How::Password,
            created_at: now,
            expires_at: now.plus(duration),
            ended: None,
        };
        let family = Family::new(
            FamilyId::from_bytes(self.random()),
            grant.id,
            new.key,
            &secret,
            now,
        );
        let refresh_token = RefreshToken {
            locator: *family.id.bytes(),
            secret,
        };
        let entry = Entry {
            account: Some(new.account),
            grant: Some(grant.id),
            ..Entry::new(now, Kind::SessionOpened)
        };
        let minting = Minting {
            device,
            grant,
            family,
            at: now,
            entry,
        };
        let holder = self
            .accounts
            .open_session(minting)
            .await?
            .ok_or(Failure::AccountUnavailable)?;
        Ok(SignedIn {
            holder,
            refresh_token,
        })
    }

    /// Who holds a grant, if it is alive, its account active, and `key` its device's.
    ///
    /// # Errors
    /// [`Failure::InvalidGrant`], the same for every reason.
    pub async fn holder(&self, grant: GrantId, key: &Thumbprint) -> Result<Holder, Failure> {
        let holder = self
            .accounts
            .holder(grant)
            .await?
            .ok_or(Failure::InvalidGrant)?;
        let alive =
            holder.grant.alive(self.now()) && holder.account.status == AccountStatus::Active;
        (alive && holder.grant.key == *key)
            .then_some(holder)
            .ok_or(Failure::InvalidGrant)
    }

    /// Whether the holder may approve: a phone, of a client that is registered as one.
    pub fn may_approve(&self, holder: &Holder) -> bool {
        let client = self.clients.get(&holder.grant.client);
        holder.grant.role == Role::Phone && client.is_some_and(|client| client.phone)
    }

    /// Ends the holder's own grant.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, holder: &Holder) -> Result<(), Failure> {
        self.end(&holder.grant, EndCause::SignedOut).await
    }

    /// The devices of the holder's account, each with its live grants.
    ///
    /// # Errors
    /// The store's.
    pub async fn devices(&self, holder: &Holder) -> Result<Vec<(Device, Vec<Grant>)>, Failure> {
        Ok(self.accounts.devices(holder.account.id, self.now()).await?)
    }

    pub(super) async fn end(&self, grant: &Grant, cause: EndCause) -> Result<(), Failure> {
        let now = self.now();
        let entry = Entry {
            account: Some(grant.account),
            device: Some(grant.device),
            grant: Some(grant.id),
            detail: Some(cause.name().into()),
            ..Entry::new(now, Kind::GrantEnded)
        };
        Ok(self
            .accounts
            .end_grant(grant.id, Ended { at: now, cause }, entry)
            .await?)
    }
}
