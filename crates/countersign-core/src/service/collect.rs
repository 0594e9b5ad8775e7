//! Collect: where a confirmed login becomes a grant, once.

use std::net::IpAddr;
use std::sync::Arc;

use crate::account::Device;
use crate::audit::{Entry, Kind};
use crate::client::Ending;
use crate::grant::{EndCause, Ended, Grant, How, Role};
use crate::ids::{DeviceId, FamilyId, GrantId, LoginId, Thumbprint};
use crate::limits::RACE_ROUNDS;
use crate::login::{Event, Login, Refusal, State, StateName};
use crate::ports::{Collected, Minting, StoreError, Which};
use crate::refresh::{Family, FamilyKind};
use crate::secret::{Located, Secret};
use crate::time::Timestamp;

use super::desktop::{Desk, holds, is_there};
use super::{DeviceCode, Failure, Service, SignedIn};

/// The door through which a desktop collects. Each login has one, fixed when it was created; the
/// others don't know it.
#[derive(Clone, Copy, Debug)]
pub enum Door<'a> {
    /// The token endpoint, which names the client.
    Tokens {
        /// The client's id.
        client: &'a str,
    },
    /// The server's own pages, for this login.
    Cookie {
        /// The login that the URL names.
        login: LoginId,
    },
}

impl Door<'_> {
    fn is_of(&self, login: &Login) -> bool {
        match self {
            Self::Tokens { client } => {
                login.request.ending == Ending::Tokens && login.request.client.as_str() == *client
            }
            Self::Cookie { login: id } => login.request.ending == Ending::Cookie && login.id == *id,
        }
    }
}

impl Service {
    /// The login that a device code, presented from `address`, collects through this door; from memory
    /// while it is live.
    ///
    /// # Errors
    /// [`Failure::InvalidGrant`] for a code that is unknown or belongs to another door.
    pub async fn collectable(
        &self,
        code: &DeviceCode,
        door: Door<'_>,
        address: Option<IpAddr>,
    ) -> Result<Arc<Login>, Failure> {
        let login = self
            .logins
            .find(LoginId::from_bytes(code.locator))
            .await?
            .ok_or(Failure::InvalidGrant)?;
        let right = holds(&login, code) && door.is_of(&login);
        if !right {
            return Err(Failure::InvalidGrant);
        }
        self.note_move(login, address).await
    }

    /// Gives a confirmed login's grant to its desktop.
    ///
    /// Within ten seconds of the first collect the same desktop gets fresh tokens of the same
    /// grant, because its answer may have been lost. A collect with another key ends the grant.
    ///
    /// # Errors
    /// [`Refusal::Pending`]; [`Refusal::Ended`] with the login's end; [`Failure::InvalidGrant`]
    /// for a code that is unknown, another door's, another key's or browser's, or used up.
    pub async fn collect(&self, desk: Desk<'_>, door: Door<'_>) -> Result<SignedIn, Failure> {
        let key = desk.key;
        for _ in 0..RACE_ROUNDS {
            let before = self.collectable(desk.code, door, desk.address).await?;
            if !is_there(&before, &desk) {
                return Err(Failure::InvalidGrant);
            }
            let facts = self.facts_of_claim(&before).await?;
            let now = self.now();
            let event = Event::Collect {
                key,
                grant: GrantId::from_bytes(self.random()),
                allowed: self.still_allows(&before, &facts, desk.address),
            };
            let step = Login::clone(&before).apply(&event, now, &self.lifetimes);
            match step.verdict {
                Ok(()) if step.login.version == before.version => {
                    return self.collect_again(&before, now).await;
                }
                Ok(()) => {
                    let signed_in = self.mint(&before, step.login, desk.address).await?;
                    if let Some(signed_in) = signed_in {
                        return Ok(signed_in);
                    }
                }
                Err(refusal) => {
                    self.write_down(&before, step.login, now).await?;
                    return Err(self.refuse_collect(&before, key, refusal, now).await?);
                }
            }
        }
        Err(Failure::Store(StoreError::Busy))
    }

    /// Writes login, device, grant and family in one transaction; `None` when another request was
    /// quicker, or the login was withdrawn, and it has to be looked at again.
    async fn mint(
        &self,
        before: &Login,
        next: Login,
        address: Option<IpAddr>,
    ) -> Result<Option<SignedIn>, Failure> {
        let id = next.id;
        let secret = self.secret();
        let Some(minting) = self.minting(before, &next, &secret, address) else {
            return Err(Failure::InvalidGrant);
        };
        let (family, kind) = (minting.family.id, minting.family.kind);
        match self.logins.collect(before.version, next, minting).await? {
            Collected::Done(holder) => {
                self.signal.wake(id);
                self.signal.tell(holder.account.id);
                self.signal.tell(holder.account.id);
                Ok(Some(SignedIn {
                    holder: *holder,
                    secret: Located {
                        locator: *family.bytes(),
                        secret,
                    },
                    kind,
                }))
            }
            Collected::Conflict => Ok(None),
            Collected::NotAllowed => {
                let decide = |_: &Login, _: Timestamp| Ok(Event::Withdraw);
                // Refused only when somebody moved the login meanwhile; the caller looks again anyway.
                let (_login, _verdict) = self.transition(id, decide).await?;
                Ok(None)
            }
        }
    }

    fn minting(
        &self,
        before: &Login,
        next: &Login,
        secret: &Secret<32>,
        address: Option<IpAddr>,
    ) -> Option<Minting> {
        let State::Collected {
            at,
            claim,
            confirmation,
            grant,
        } = &next.state
        else {
            return None;
        };
        let (now, request) = (*at, &next.request);
        let device = Device {
            id: DeviceId::from_bytes(self.random()),
            account: claim.account,
            info: request.device.clone(),
            label: None,
            key: request.key,
            first_seen: now,
            last_seen: now,
        };
        let duration = if confirmation.keep {
            claim.context.keep
        } else {
            claim.context.duration
        };
        let grant = Grant {
            id: *grant,
            account: claim.account,
            device: device.id,
            key: request.key,
            client: request.client.clone(),
            scopes: request.scopes.clone(),
            role: Role::Desktop,
            how: How::Scan {
                login: next.id,
                approved_by: claim.session,
                level: claim.context.level,
                proved: request.proved,
                act: request.act,
            },
            binding: request.binding,
            kept: confirmation.keep,
            approves_from: None,
            allowed_by: None,
            verified_at: None,
            address,
            created_at: now,
            expires_at: now.plus(duration),
            ended: None,
        };
        let family = Family::new(
            FamilyId::from_bytes(self.random()),
            kind_of(next),
            (grant.id, grant.key),
            secret,
            now,
        );
        let entry = Entry {
            grant: Some(grant.id),
            ..Entry::step(before, next, now)
        };
        Some(Minting {
            device,
            grant,
            family,
            at: now,
            entry,
        })
    }

    async fn collect_again(&self, login: &Login, now: Timestamp) -> Result<SignedIn, Failure> {
        let State::Collected { grant, .. } = &login.state else {
            return Err(Failure::InvalidGrant);
        };
        let secret = self.secret();
        let family = Family::new(
            FamilyId::from_bytes(self.random()),
            kind_of(login),
            (*grant, login.request.key),
            &secret,
            now,
        );
        let (locator, kind) = (*family.id.bytes(), family.kind);
        let entry = Entry {
            grant: Some(*grant),
            ..Entry::new(now, Kind::CollectedAgain)
        };
        if !self.grants.collect_again(family, entry).await? {
            return Err(Failure::InvalidGrant);
        }
        let holder = self
            .grants
            .holder(*grant)
            .await?
            .ok_or(Failure::InvalidGrant)?;
        Ok(SignedIn {
            holder,
            secret: Located { locator, secret },
            kind,
        })
    }

    /// Writes an expiry down that this request was the first to see.
    async fn write_down(&self, before: &Login, next: Login, now: Timestamp) -> Result<(), Failure> {
        if next.version != before.version {
            let entry = Entry::step(before, &next, now);
            self.logins
                .replace(before.version, next.clone(), entry)
                .await?;
            self.announce(before, &next).await?;
        }
        Ok(())
    }

    /// The failure for a refused collect; a collected login that meets another key loses its grant.
    async fn refuse_collect(
        &self,
        login: &Login,
        key: Thumbprint,
        refusal: Refusal,
        now: Timestamp,
    ) -> Result<Failure, Failure> {
        if let State::Collected { grant, .. } = &login.state
            && key != login.request.key
        {
            let ended = Ended {
                at: now,
                cause: EndCause::CollectedByAnotherKey,
            };
            self.grants.end(Which::One(*grant), ended, None).await?;
        }
        Ok(match refusal {
            Refusal::Unknown | Refusal::Ended(StateName::Collected) => Failure::InvalidGrant,
            other => Failure::Refused(other),
        })
    }
}

/// What keeps the grant of this login.
fn kind_of(login: &Login) -> FamilyKind {
    match login.request.ending {
        Ending::Tokens => FamilyKind::Refresh,
        Ending::Cookie => FamilyKind::Cookie,
    }
}
