//! What a phone does: take a hold, scan, confirm, deny, look.

use std::net::IpAddr;
use std::sync::Arc;

use crate::context::ContextDigest;
use crate::hold::Hold;
use crate::ids::{GrantId, LoginId, Thumbprint};
use crate::keys::CheckCode;
use crate::limits::TICKET_READS;
use crate::login::{Claim, Confirm, Event, Login, Refusal, Scan, State, View};
use crate::opened_by::OpenedBy;
use crate::phrase::Phrase;
use crate::policy::Level;
use crate::ports::Holder;
use crate::scan_code::{Codes, ScanCode, Standing};
use crate::time::Timestamp;

use super::approval::{Approver, is_open};
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
    /// What the phone's passkey is asked, as JSON; exactly at level `passkey`.
    pub passkey_options: Option<String>,
}

/// A phone's decision to continue.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// The digest of the context that was on the screen.
    pub digest: ContextDigest,
    /// Whether the desktop stays signed in for the longer duration.
    pub keep: bool,
    /// What its passkey answered, as JSON; asked for at level `passkey`.
    pub assertion: Option<&'a str>,
    /// What its person typed; asked for where the desktop's person typed a phrase.
    pub phrase: Option<&'a Phrase>,
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
    /// Whether the desktop's network changed since it asked.
    pub desktop_moved: bool,
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
        let facts = self.facts(&login, phone.account.id).await?;
        let approver = Approver {
            phone,
            address,
            opened_by,
        };
        let decide = |login: &Login, now: Timestamp| {
            let standing = self.standing(login, &code, received_at.unwrap_or(now));
            // Whoever comes later is offered nothing.
            let offer = if matches!(login.state, State::Waiting { .. }) {
                self.offer(login, approver, &facts, 1)
            } else {
                Err(Refusal::Claimed)
            };
            Ok(Event::Scan(Box::new(Scan {
                standing,
                session: phone.grant.id,
                account: phone.account.id,
                phone_key: phone.grant.key,
                offer,
            })))
        };
        let (login, verdict) = self.transition(code.login, decide).await?;
        verdict?;
        let claim = login.state.claim().cloned().ok_or(Refusal::Unknown)?;
        let ticket = self.ticket(&login, &claim)?;
        let passkey_options = self
            .asked_of_passkey(&login, &claim)
            .map(|asked| asked.options);
        Ok(Scanned {
            login,
            claim,
            ticket,
            passkey_options,
        })
    }

    /// Takes the decision to continue.
    ///
    /// # Errors
    /// [`Refusal::ContextChanged`] when what was shown is no longer what would be approved;
    /// [`Refusal::PasskeyRequired`] and [`Refusal::PasskeyRejected`] at level `passkey`;
    /// [`Refusal::PhraseRequired`] and [`Refusal::WrongPhrase`] where there is a phrase; the other
    /// refusals of the table.
    pub async fn confirm(
        &self,
        phone: &Holder,
        ticket: &Ticket,
        decision: Decision<'_>,
        address: Option<IpAddr>,
    ) -> Result<Confirmed, Failure> {
        let id = LoginId::from_bytes(ticket.locator);
        let login = self.find(id).await?;
        let claim = self.claim(&login, ticket, phone)?;
        let facts = self.facts(&login, phone.account.id).await?;
        // A ticket is of one version of the claim, and so is its challenge: judged once, whatever
        // happens beside it. A repeat of what is decided needs no second answer.
        let asked = is_open(&login) && claim.context.level == Level::Passkey;
        let response = decision.assertion.filter(|_| asked);
        let (assertion, used) = self.judge(&login, claim, response, &facts);
        let phrase = self.compare(&login, decision.phrase);
        let approver = Approver {
            phone,
            address,
            opened_by: claim.context.opened_by,
        };
        let decide = |login: &Login, _: Timestamp| {
            let claim = self.claim(login, ticket, phone)?;
            Ok(Event::Confirm(Box::new(Confirm {
                session: phone.grant.id,
                phone_key: phone.grant.key,
                claim: claim.version,
                digest: decision.digest,
                keep: decision.keep,
                fresh: self.offer(login, approver, &facts, claim.version + 1),
                assertion,
                phrase,
            })))
        };
        let (login, verdict) = self.transition(id, decide).await?;
        verdict?;
        if let Some(used) = used {
            self.passkeys.used(used, self.now()).await?;
        }
        let claim = login.state.claim().ok_or(Refusal::Unknown)?;
        let check_code = (claim.context.level > Level::Tap)
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
            desktop_moved: login.desktop_moved,
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
}

/// Whether the phone's session holds the login's claim: its own repeat is never too late.
fn claims(login: &Login, phone: &Holder) -> bool {
    login
        .state
        .claim()
        .is_some_and(|claim| claim.session == phone.grant.id)
}
