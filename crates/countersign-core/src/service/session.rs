//! Sessions: grants that a password opened, and who holds which grant.

use crate::account::{Account, AccountStatus, Device, DeviceInfo};
use crate::audit::{Entry, Kind};
use crate::client::{Binding, Client, Ending};
use crate::grant::{EndCause, Ended, Grant, How, Role};
use crate::ids::{DeviceId, FamilyId, GrantId, Thumbprint};
use crate::limits::{COOKIE_SEEN, PHONE_SESSION, VERIFIED};
use crate::ports::{Holder, Minting, Opened, Verified, Which};
use crate::refresh::{Family, FamilyKind, SessionCookie};
use crate::secret::{Located, Secret};
use crate::time::Timestamp;

use super::{Failure, Service, SignedIn};

/// A sign-in whose password was right.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// The account as it was read when its password was verified: meanwhile it may have another.
    pub account: &'a Account,
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
    /// [`Failure::UnknownClient`] also for clients that may not; [`Failure::AccountUnavailable`];
    /// [`Failure::WrongPassword`] when the password was changed since it was verified.
    pub async fn open_session(&self, new: NewSession<'_>) -> Result<SignedIn, Failure> {
        let client = self.client(new.client)?;
        let allowed = client.first_party
            && client.binding == Binding::Dpop
            && (client.phone || new.role == Role::Desktop);
        if !allowed {
            return Err(Failure::UnknownClient);
        }
        let (now, secret) = (self.now(), self.secret());
        let hash = &new.account.password_hash;
        let minting = self.session(&new, client, &secret, now);
        let (locator, kind) = (*minting.family.id.bytes(), minting.family.kind);
        let opened = self.grants.open_session(minting, hash, self.additional);
        let holder = match opened.await? {
            Opened::Done(holder) => *holder,
            Opened::WrongPassword => return Err(Failure::WrongPassword),
            Opened::NotActive => return Err(Failure::AccountUnavailable),
        };
        Ok(SignedIn {
            holder,
            secret: Located { locator, secret },
            kind,
        })
    }

    fn session(
        &self,
        new: &NewSession<'_>,
        client: &Client,
        secret: &Secret<32>,
        now: Timestamp,
    ) -> Minting {
        let device = Device {
            id: DeviceId::from_bytes(self.random()),
            account: new.account.id,
            info: new.device.clone(),
            label: None,
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
            account: new.account.id,
            device: device.id,
            key: new.key,
            client: client.id.clone(),
            scopes: client.qr_scopes.clone(),
            role: new.role,
            how: How::Password,
            binding: Binding::Dpop,
            kept: false,
            approves_from: None,
            verified_at: Some(now),
            created_at: now,
            expires_at: now.plus(duration),
            ended: None,
        };
        let kind = match (new.role, client.ending) {
            (Role::Desktop, Ending::Cookie) => FamilyKind::Cookie,
            _ => FamilyKind::Refresh,
        };
        let id = FamilyId::from_bytes(self.random());
        let family = Family::new(id, kind, (grant.id, new.key), secret, now);
        let entry = Entry {
            account: Some(new.account.id),
            grant: Some(grant.id),
            ..Entry::new(now, Kind::SessionOpened)
        };
        Minting {
            device,
            grant,
            family,
            at: now,
            entry,
        }
    }

    /// Who holds a grant, if it is alive, its account active, and `key` its device's.
    ///
    /// # Errors
    /// [`Failure::InvalidGrant`], the same for every reason.
    pub async fn holder(&self, grant: GrantId, key: &Thumbprint) -> Result<Holder, Failure> {
        let holder = self.live(grant).await?;
        (holder.grant.key == *key)
            .then_some(holder)
            .ok_or(Failure::InvalidGrant)
    }

    /// Who holds the session of a cookie, if it is alive and was used lately. Whoever has a cookie
    /// alone may read; what changes something also takes a proof by the grant's key.
    ///
    /// # Errors
    /// [`Failure::InvalidGrant`], the same for every reason.
    pub async fn cookie_holder(&self, cookie: &SessionCookie) -> Result<Holder, Failure> {
        let id = FamilyId::from_bytes(cookie.locator);
        let family = self.grants.family(id).await?.ok_or(Failure::InvalidGrant)?;
        if !family.is_cookie(&cookie.secret) {
            return Err(Failure::InvalidGrant);
        }
        let holder = self.live(family.grant).await?;
        let now = self.now();
        if now >= family.used_at.plus(holder.grant.role.idle()) {
            return Err(Failure::InvalidGrant);
        }
        if now >= family.used_at.plus(COOKIE_SEEN) {
            self.grants.seen(id, now).await?;
        }
        Ok(holder)
    }

    async fn live(&self, grant: GrantId) -> Result<Holder, Failure> {
        let holder = self
            .grants
            .holder(grant)
            .await?
            .ok_or(Failure::InvalidGrant)?;
        let alive =
            holder.grant.alive(self.now()) && holder.account.status == AccountStatus::Active;
        alive.then_some(holder).ok_or(Failure::InvalidGrant)
    }

    /// Whether the holder is a phone, of a client that is registered as one, and may approve now.
    ///
    /// # Errors
    /// [`Failure::NotAPhone`], or [`Failure::PhoneWaiting`] for one that may not yet.
    pub fn may_approve(&self, holder: &Holder) -> Result<(), Failure> {
        let client = self.clients.get(&holder.grant.client);
        let from = holder.grant.approves_from.filter(|_| {
            holder.grant.role == Role::Phone && client.is_some_and(|client| client.phone)
        });
        let (from, now) = (from.ok_or(Failure::NotAPhone)?, self.now());
        if now >= from {
            return Ok(());
        }
        Err(Failure::PhoneWaiting {
            approves_in: now.seconds_until(from),
        })
    }

    /// Notes that the holder gave the account's password on this device just now: the one whose hash is
    /// the holder's.
    ///
    /// # Errors
    /// [`Failure::NotAPhone`]: a session that was made otherwise gains nothing by a password;
    /// [`Failure::WrongPassword`] when it was changed since it was verified; [`Failure::InvalidGrant`].
    pub async fn verified(&self, holder: &Holder) -> Result<(), Failure> {
        if holder.grant.role != Role::Phone {
            return Err(Failure::NotAPhone);
        }
        let entry = self.entry(holder, Kind::Verified);
        let (grant, hash) = (holder.grant.id, &holder.account.password_hash);
        match self.grants.verified(grant, hash, entry).await? {
            Verified::Done => Ok(()),
            Verified::WrongPassword => Err(Failure::WrongPassword),
            Verified::NotAllowed => Err(Failure::InvalidGrant),
        }
    }

    /// Until when a password given on the holder's device counts for sensitive acts.
    pub fn verified_until(&self, grant: &Grant) -> Option<Timestamp> {
        let until = grant.verified_at?.plus(VERIFIED);
        (self.now() < until).then_some(until)
    }

    /// Whether the holder may do a sensitive act: a phone that may approve, on which the password
    /// was given lately.
    ///
    /// # Errors
    /// Those of [`Service::may_approve`]; [`Failure::VerificationRequired`].
    pub fn sensitive(&self, holder: &Holder) -> Result<(), Failure> {
        self.may_approve(holder)?;
        self.verified_until(&holder.grant)
            .map(|_| ())
            .ok_or(Failure::VerificationRequired)
    }

    /// Ends the holder's own grant.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, holder: &Holder) -> Result<(), Failure> {
        self.end(Which::One(holder.grant.id), EndCause::SignedOut)
            .await
            .map(drop)
    }

    /// Ends grants; gives those that were alive.
    pub(super) async fn end(&self, which: Which, cause: EndCause) -> Result<Vec<GrantId>, Failure> {
        let at = self.now();
        Ok(self.grants.end(which, Ended { at, cause }).await?)
    }

    /// An audit entry about something that the holder does to their own account.
    pub(super) fn entry(&self, holder: &Holder, kind: Kind) -> Entry {
        Entry {
            account: Some(holder.account.id),
            device: Some(holder.device.id),
            grant: Some(holder.grant.id),
            ..Entry::new(self.now(), kind)
        }
    }
}
