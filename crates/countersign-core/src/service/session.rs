//! Sessions: grants that a password, a passkey or a recovery code opened, and who holds which grant.

use std::net::IpAddr;
use std::sync::Arc;

use crate::account::{AccountStatus, Device, DeviceInfo};
use crate::audit::{BY_PASSKEY, Entry, Kind};
use crate::client::{Binding, Client, Ending};
use crate::grant::{EndCause, Ended, Grant, How, Role};
use crate::ids::{AccountId, DeviceId, FamilyId, GrantId, Thumbprint};
use crate::limits::{COOKIE_SEEN, PHONE_SESSION, RECOVERY_TAKES, VERIFIED};
use crate::ports::{Actor, Gone, Holder, Minting, Opened, Opening, Over, Verified, Which};
use crate::refresh::{Family, FamilyKind, SessionCookie};
use crate::secret::{Located, Secret};
use crate::time::Timestamp;

use super::{Failure, Service, SignedIn};

/// A sign-in whose password, passkey or recovery code was right.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Whose. What opens it is judged once more: meanwhile the account may have another.
    pub account: AccountId,
    /// What opens it.
    pub opening: Opening,
    /// What the device will be; with a recovery code always a phone.
    pub role: Role,
    /// The device.
    pub device: NewDevice<'a>,
}

/// A device that signs in by itself.
#[derive(Clone, Debug)]
pub struct NewDevice<'a> {
    /// The client's id.
    pub client: &'a str,
    /// What it says of itself.
    pub info: DeviceInfo,
    /// Its key, as proved.
    pub key: Thumbprint,
    /// Where it is, as far as known.
    pub address: Option<IpAddr>,
}

/// Whose session, as what, and how it came about.
pub(super) struct Session<'a> {
    pub(super) grant: GrantId,
    pub(super) account: AccountId,
    pub(super) role: Role,
    pub(super) how: How,
    pub(super) kind: Kind,
    pub(super) device: &'a NewDevice<'a>,
}

impl Service {
    /// The client with this id, if its devices may sign in by themselves, whatever they are: only one that
    /// belongs to whoever runs the server and is registered for phones. No other ever sees a password; and a
    /// desktop of any other is signed in by a scan, where its client's rules are asked.
    ///
    /// # Errors
    /// [`Failure::UnknownClient`] also for clients that may not.
    pub fn client_of_sessions(&self, id: &str) -> Result<&Arc<Client>, Failure> {
        let client = self.client(id)?;
        let allowed = client.first_party && client.phone && client.binding == Binding::Dpop;
        allowed.then_some(client).ok_or(Failure::UnknownClient)
    }

    /// Opens a session, of a client that [may](Service::client_of_sessions).
    ///
    /// # Errors
    /// [`Failure::UnknownClient`] also for clients that may not; [`Failure::AccountUnavailable`];
    /// [`Failure::WrongCredential`] when what opens it was changed or used since it was found right.
    pub async fn open_session(&self, new: NewSession<'_>) -> Result<SignedIn, Failure> {
        let (how, kind) = match &new.opening {
            Opening::Password(_) => (How::Password, Kind::SessionOpened),
            Opening::Passkey(used, _) => {
                let passkey = used.passkey;
                (How::Passkey { passkey }, Kind::SessionOpened)
            }
            Opening::Recovery(_) => (How::Recovery, Kind::RecoveryStarted),
        };
        if how == How::Recovery && new.role != Role::Phone {
            return Err(Failure::NotAPhone);
        }
        let session = Session {
            grant: GrantId::from_bytes(self.random()),
            account: new.account,
            role: new.role,
            how,
            kind,
            device: &new.device,
        };
        let secret = self.secret();
        let minting = self.session(&session, &secret)?;
        let (locator, kind) = (*minting.family.id.bytes(), minting.family.kind);
        let opened = self.grants.open_session(minting, new.opening, self.phones);
        let holder = match opened.await? {
            Opened::Done(holder) => *holder,
            Opened::Wrong => return Err(Failure::WrongCredential),
            Opened::NotActive => return Err(Failure::AccountUnavailable),
        };
        self.signal.tell(holder.account.id);
        Ok(SignedIn {
            holder,
            secret: Located { locator, secret },
            kind,
        })
    }

    /// What a session is made of.
    ///
    /// # Errors
    /// [`Failure::UnknownClient`] also for clients that may not open one.
    pub(super) fn session(
        &self,
        new: &Session<'_>,
        secret: &Secret<32>,
    ) -> Result<Minting, Failure> {
        let client = self.client_of_sessions(new.device.client)?;
        let (now, key) = (self.now(), new.device.key);
        let device = Device {
            id: DeviceId::from_bytes(self.random()),
            account: new.account,
            info: new.device.info.clone(),
            label: None,
            key,
            first_seen: now,
            last_seen: now,
        };
        let duration = match new.role {
            Role::Phone => PHONE_SESSION,
            Role::Desktop => client.duration,
        };
        let grant = Grant {
            id: new.grant,
            account: new.account,
            device: device.id,
            key,
            client: client.id.clone(),
            scopes: client.qr_scopes.clone(),
            role: new.role,
            how: new.how,
            binding: Binding::Dpop,
            kept: false,
            approves_from: None,
            allowed_by: None,
            // A code from a drawer proves nothing later.
            verified_at: (new.how != How::Recovery).then_some(now),
            address: new.device.address,
            created_at: now,
            expires_at: now.plus(duration),
            ended: None,
        };
        let kind = match (new.role, client.ending) {
            (Role::Desktop, Ending::Cookie) => FamilyKind::Cookie,
            _ => FamilyKind::Refresh,
        };
        let id = FamilyId::from_bytes(self.random());
        let family = Family::new(id, kind, (grant.id, key), secret, now);
        let entry = Entry {
            account: Some(new.account),
            grant: Some(grant.id),
            detail: matches!(new.how, How::Passkey { .. }).then(|| BY_PASSKEY.into()),
            ..Entry::new(now, new.kind)
        };
        Ok(Minting {
            device,
            grant,
            family,
            at: now,
            entry,
        })
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

    /// Notes that the holder gave the account's password or a passkey on this device just now.
    ///
    /// # Errors
    /// [`Failure::NotAPhone`]: a session of another role gains nothing by it;
    /// [`Failure::WrongCredential`] when it was changed or used since it was found right;
    /// [`Failure::InvalidGrant`].
    pub async fn verified(&self, holder: &Holder, opening: Opening) -> Result<(), Failure> {
        if holder.grant.role != Role::Phone {
            return Err(Failure::NotAPhone);
        }
        let entry = self.entry(holder, Kind::Verified);
        let noted = self.grants.verified(holder.grant.id, opening, entry);
        match noted.await? {
            Verified::Done => Ok(()),
            Verified::Wrong => Err(Failure::WrongCredential),
            Verified::NotAllowed => Err(Failure::InvalidGrant),
        }
    }

    /// Until when a password or passkey given on the holder's device counts for sensitive acts.
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

    /// Whether the holder may give the account a credential: a sensitive act, and the one that ends a
    /// recovery. Whoever came by a recovery code has no password to give, and waited instead; that counts
    /// for [`RECOVERY_TAKES`].
    ///
    /// # Errors
    /// Those of [`Service::sensitive`].
    pub fn may_give_credential(&self, holder: &Holder) -> Result<(), Failure> {
        self.may_approve(holder)?;
        let grant = &holder.grant;
        let returned = grant.how == How::Recovery && grant.verified_at.is_none();
        let until = grant.approves_from.map(|from| from.plus(RECOVERY_TAKES));
        if returned && until.is_some_and(|until| self.now() < until) {
            return Ok(());
        }
        self.sensitive(holder)
    }

    /// Ends the holder's own grant.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, holder: &Holder) -> Result<(), Failure> {
        let own = Which::One(holder.grant.id);
        self.end(own, EndCause::SignedOut, None).await?;
        self.signal.tell(holder.account.id);
        Ok(())
    }

    /// Ends grants; gives what went. `by` wishes it, if anybody does.
    ///
    /// # Errors
    /// [`Failure::InvalidGrant`] when `by` has lost the right to it; [`Failure::VerificationRequired`] when more
    /// would go than `by` may end at a tap.
    pub(super) async fn end(
        &self,
        which: Which,
        cause: EndCause,
        by: Option<&Holder>,
    ) -> Result<Gone, Failure> {
        let at = self.now();
        let ended = Ended { at, cause };
        let actor = by.map(|holder| self.actor(holder));
        let over = self.grants.end(which, ended, actor).await?;
        if let Some(holder) = by {
            self.signal.tell(holder.account.id);
        }
        match over {
            Over::Done(gone) => Ok(gone),
            Over::NotAllowed => Err(Failure::InvalidGrant),
            Over::VerificationRequired => Err(Failure::VerificationRequired),
        }
    }

    /// The holder, as one who acts.
    pub(super) fn actor(&self, holder: &Holder) -> Actor {
        Actor {
            account: holder.account.id,
            grant: holder.grant.id,
            verified: self.sensitive(holder).is_ok(),
        }
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
