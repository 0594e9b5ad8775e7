//! What a phone does: take a hold, scan, confirm, deny, look.

use std::net::IpAddr;
use std::sync::Arc;

use crate::context::{Context, ContextDigest, Flags};
use crate::hold::Hold;
use crate::ids::{GrantId, LoginId, Thumbprint};
use crate::keys::CheckCode;
use crate::limits::{KNOWN_DESKTOP, TICKET_READS};
use crate::login::{Claim, Event, Login, Refusal, Scan, State, StateName, View};
use crate::network::Side;
use crate::opened_by::OpenedBy;
use crate::policy::{self, Circumstances, Level};
use crate::ports::{Holder, Known};
use crate::scan_code::{Codes, ScanCode, Standing};
use crate::time::Timestamp;

use super::{Failure, Service, Ticket};

/// What a phone presents.
#[derive(Clone, Copy, Debug)]
pub enum Presented<'a> {
    /// What the code says.
    Scan(&'a str),
    /// A hold that it took before it signed in.
    Hold(&'a str),
}

/// What a scan gives.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// The login.
    pub login: Arc<Login>,
    /// The phone's claim, with the context to show.
    pub claim: Claim,
    /// The secret that decides.
    pub ticket: Ticket,
}

/// A phone's decision to continue.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// The digest of the context that was on the screen.
    pub digest: ContextDigest,
    /// Whether the desktop stays signed in for the longer duration.
    pub keep: bool,
}

/// What a confirm gives.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// The login.
    pub login: Arc<Login>,
    /// The code to show; `None` at level `tap`.
    pub check_code: Option<CheckCode>,
}

/// What the phone's screen lives on.
#[derive(Clone, Debug)]
pub struct PhoneView {
    /// The login.
    pub login: Arc<Login>,
    /// State, version and time left.
    pub view: View,
    /// Other accounts that scanned too.
    pub strangers: usize,
    /// Wrong check codes so far.
    pub wrong_codes: u8,
    /// The grant, once collected.
    pub grant: Option<GrantId>,
}

impl Service {
    /// Seals a hold on what a phone with `key` scanned, before it signs in. Any well-formed code
    /// gets one; it is judged at scan.
    ///
    /// # Errors
    /// [`Failure::NotAScanCode`].
    pub fn hold(&self, scan: &str, key: &Thumbprint) -> Result<String, Failure> {
        let code = ScanCode::parse(scan, &self.issuer).ok_or(Failure::NotAScanCode)?;
        let hold = Hold {
            code,
            received_at: self.now(),
        };
        hold.seal(&self.keys, key, self.random())
            .ok_or(Failure::NotAScanCode)
    }

    /// Claims a login for the phone session `phone`.
    ///
    /// # Errors
    /// The refusals of the table; [`Failure::HoldExpired`] for a hold that is too old or another
    /// phone's.
    pub async fn scan(
        &self,
        phone: &Holder,
        presented: Presented<'_>,
        opened_by: OpenedBy,
        address: Option<IpAddr>,
    ) -> Result<Scanned, Failure> {
        let (code, received_at) = self.open(presented, &phone.grant.key)?;
        let login = self.find(code.login).await?;
        let now = self.now();
        if received_at.is_some_and(|at| now.since(at) >= self.lifetimes.hold)
            && !claims(&login, phone)
        {
            return Err(Failure::HoldExpired);
        }
        if self.standing(&login, &code, received_at.unwrap_or(now)) == Standing::Foreign {
            return Err(Failure::Refused(Refusal::Unknown));
        }
        let known_since = self.known_since(&login, phone).await?;
        let decide = |login: &Login, now: Timestamp| {
            let context = self.context(login, address, opened_by, known_since)?;
            let standing = self.standing(login, &code, received_at.unwrap_or(now));
            Ok(Event::Scan(Box::new(Scan {
                standing,
                session: phone.grant.id,
                account: phone.account.id,
                phone_key: phone.grant.key,
                context,
            })))
        };
        let (login, verdict) = self.transition(code.login, decide).await?;
        verdict?;
        let claim = login.state.claim().cloned().ok_or(Refusal::Unknown)?;
        let ticket = self.ticket(&login, &claim)?;
        Ok(Scanned {
            login,
            claim,
            ticket,
        })
    }

    /// Takes the decision to continue.
    ///
    /// # Errors
    /// [`Refusal::ContextChanged`] when what was shown is no longer what would be approved; the
    /// other refusals of the table.
    pub async fn confirm(
        &self,
        phone: &Holder,
        ticket: &Ticket,
        decision: Decision,
        address: Option<IpAddr>,
    ) -> Result<Confirmed, Failure> {
        let id = LoginId::from_bytes(ticket.locator);
        let known_since = self.known_since(&*self.find(id).await?, phone).await?;
        let decide = |login: &Login, _: Timestamp| {
            let claim = self.claim(login, ticket, phone)?;
            let fresh = self.context(login, address, claim.context.opened_by, known_since)?;
            let (session, phone_key) = (phone.grant.id, phone.grant.key);
            let Decision { digest, keep } = decision;
            Ok(Event::Confirm {
                session,
                phone_key,
                claim: claim.version,
                digest,
                keep,
                fresh: Box::new(fresh),
            })
        };
        let (login, verdict) = self.transition(id, decide).await?;
        verdict?;
        let claim = login.state.claim().ok_or(Refusal::Unknown)?;
        let check_code = (claim.context.level >= Level::Code)
            .then(|| {
                self.keys
                    .check_code(login.server_key, id, claim.version, claim.session)
            })
            .flatten();
        Ok(Confirmed { login, check_code })
    }

    /// Takes the decision to decline; `report` says "I didn't start this".
    ///
    /// # Errors
    /// The refusals of the table.
    pub async fn deny(
        &self,
        phone: &Holder,
        ticket: &Ticket,
        report: bool,
    ) -> Result<Arc<Login>, Failure> {
        let decide = |login: &Login, _: Timestamp| {
            let claim = self.claim(login, ticket, phone)?;
            Ok(Event::Deny {
                session: phone.grant.id,
                claim: claim.version,
                report,
            })
        };
        let (login, verdict) = self
            .transition(LoginId::from_bytes(ticket.locator), decide)
            .await?;
        verdict.map(|()| login).map_err(Failure::from)
    }

    /// How the login looks to the phone that claimed it, until ten minutes after its end.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] for everybody else, and later.
    pub async fn phone_view(&self, phone: &Holder, ticket: &Ticket) -> Result<PhoneView, Failure> {
        let login = self.find(LoginId::from_bytes(ticket.locator)).await?;
        self.claim(&login, ticket, phone)?;
        let now = self.now();
        let over = login.state.ended_at().or_else(|| login.state.deadline());
        if over.is_some_and(|at| now >= at.plus(TICKET_READS)) {
            return Err(Failure::Refused(Refusal::Unknown));
        }
        let grant = match &login.state {
            State::Collected { grant, .. } => Some(*grant),
            _ => None,
        };
        Ok(PhoneView {
            login: Arc::clone(&login),
            view: login.view(now),
            strangers: login.strangers.len(),
            wrong_codes: login.wrong_codes,
            grant,
        })
    }

    fn open(
        &self,
        presented: Presented<'_>,
        key: &Thumbprint,
    ) -> Result<(ScanCode, Option<Timestamp>), Failure> {
        match presented {
            Presented::Scan(text) => Ok((
                ScanCode::parse(text, &self.issuer).ok_or(Failure::NotAScanCode)?,
                None,
            )),
            Presented::Hold(text) => {
                let hold = Hold::open(text, &self.keys, key).ok_or(Failure::HoldExpired)?;
                Ok((hold.code, Some(hold.received_at)))
            }
        }
    }

    fn standing(&self, login: &Login, code: &ScanCode, at: Timestamp) -> Standing {
        let Some(key) = self.keys.rotation_key(login.server_key, login.id) else {
            return Standing::Foreign;
        };
        let (rotation, created) = (login.request.rotation, login.created_at);
        Codes {
            login: login.id,
            key: &key,
            rotation,
            created,
        }
        .standing(code.mac, at)
    }

    fn ticket(&self, login: &Login, claim: &Claim) -> Result<Ticket, Failure> {
        let secret = self
            .keys
            .ticket(login.server_key, login.id, claim.version, claim.session)
            .ok_or(Refusal::Unknown)?;
        Ok(Ticket {
            locator: *login.id.bytes(),
            secret,
        })
    }

    /// The claim that `ticket` stands for, if it is this phone's.
    fn claim<'a>(
        &self,
        login: &'a Login,
        ticket: &Ticket,
        phone: &Holder,
    ) -> Result<&'a Claim, Failure> {
        let claim = login
            .state
            .claim()
            .filter(|claim| claim.session == phone.grant.id)
            .ok_or(Refusal::Unknown)?;
        if self.ticket(login, claim)? != *ticket {
            return Err(Failure::Refused(Refusal::Unknown));
        }
        Ok(claim)
    }

    /// Since when this desktop is known to the phone's account; only a key that was proved when
    /// asking can be.
    async fn known_since(
        &self,
        login: &Login,
        phone: &Holder,
    ) -> Result<Option<Timestamp>, Failure> {
        // Once decided nothing depends on it any more, and a final login is asked about often.
        let open = matches!(login.state.name(), StateName::Waiting | StateName::Scanned);
        if !login.request.proved || !open {
            return Ok(None);
        }
        let known = Known {
            account: phone.account.id,
            key: login.request.key,
            client: login.request.client.clone(),
            scopes: login.request.scopes.clone(),
            since: self.now().minus(KNOWN_DESKTOP),
        };
        Ok(self.devices.known_since(known).await?)
    }

    /// What the phone is shown about `login` now.
    fn context(
        &self,
        login: &Login,
        address: Option<IpAddr>,
        opened_by: OpenedBy,
        known_since: Option<Timestamp>,
    ) -> Result<Context, Failure> {
        let request = &login.request;
        let client = self
            .clients
            .get(&request.client)
            .ok_or(Failure::Refused(Refusal::Unknown))?;
        let side = |address| Side {
            address,
            ..Side::default()
        };
        let network = self
            .networks
            .between(&side(request.address), &side(address));
        let strangers = u8::try_from(login.strangers.len()).unwrap_or(u8::MAX);
        let ruling = policy::decide(
            &client.rules,
            &Circumstances {
                desktop: policy::Desktop {
                    key: request.key,
                    proved: request.proved,
                    binding: request.binding,
                    rotation: request.rotation,
                    address: request.address,
                    flags: Flags::default(),
                },
                phone: Some(policy::Phone {
                    knows_desktop: known_since.is_some(),
                    invited: true,
                    network,
                    address,
                    opened_by,
                    strangers,
                }),
                act: None,
            },
        );
        let level = ruling
            .outcome
            .map_err(|_| Failure::Refused(Refusal::Unknown))?;
        Ok(Context {
            client: client.id.clone(),
            client_name: client.name.clone(),
            host: request
                .origin
                .as_deref()
                .and_then(|origin| client.host(origin))
                .map(str::to_owned),
            verified: known_since.is_some(),
            browser: request.browser.clone(),
            os: request.os.clone(),
            calls_itself: request.device.name.clone(),
            network,
            requested_at: login.created_at,
            known_since,
            scopes: request.scopes.clone(),
            duration: client.duration,
            keep: client.keep,
            strangers,
            opened_by,
            level,
        })
    }
}

/// Whether the phone's session holds the login's claim: its own repeat is never too late.
fn claims(login: &Login, phone: &Holder) -> bool {
    login
        .state
        .claim()
        .is_some_and(|claim| claim.session == phone.grant.id)
}
