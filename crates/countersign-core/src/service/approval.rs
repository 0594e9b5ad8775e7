//! What an approval takes and shows: what is looked up for it, how the rules judge it, what the phone
//! is offered, and what its passkey is asked.
//!
//! Knows every path that asks [`policy::decide`], and none of the states in which they may.

use std::net::IpAddr;
use std::sync::Arc;

use crate::client::{Approval, Client, Desktops, Far};
use crate::context::{Context, Flags};
use crate::ids::{AccountId, GrantId};
use crate::limits::{ADDRESS_ACCOUNTS, KEY_ACCOUNTS, KNOWN_DESKTOP};
use crate::login::{
    Assertion, Claim, Event, Login, Offer, Refusal, Request, State, StateName, Typed,
};
use crate::network::Side;
use crate::opened_by::OpenedBy;
use crate::passkey::{Ceremony, Passkey, Used};
use crate::phrase::Phrase;
use crate::policy::{self, Circumstances, Level};
use crate::ports::{Holder, Known};
use crate::time::Timestamp;

use super::{Failure, Service};

/// With what a challenge is sealed while it stands with a claim.
const CHALLENGE: &[u8] = b"countersign approval challenge\0";

/// What is looked up once, before a login is judged in however many rounds.
#[derive(Default)]
pub(super) struct Facts {
    known_since: Option<Timestamp>,
    many_accounts: bool,
    passkeys: Vec<Passkey>,
}

/// Who would approve, and from where.
#[derive(Clone, Copy)]
pub(super) struct Approver<'a> {
    pub(super) phone: &'a Holder,
    pub(super) address: Option<IpAddr>,
    pub(super) opened_by: OpenedBy,
}

impl Service {
    /// Looks up what the rules ask about `login`, of which `account` is or would be the claimant.
    pub(super) async fn facts(&self, login: &Login, account: AccountId) -> Result<Facts, Failure> {
        let mut facts = Facts::default();
        let state = login.view(self.now()).state;
        if state.is_final() && state != StateName::Collected {
            return Ok(facts);
        }
        let (client, request) = (self.client_of(login)?, &login.request);
        let rules = &client.rules;
        // Once it is decided, trust and suspicion tell only `tap` from more.
        let decided = login.state.claim().filter(|_| !is_open(login));
        let tapped = decided.is_none_or(|claim| claim.context.level == Level::Tap);
        if request.proved && (tapped || rules.desktops == Desktops::Known) {
            let known = Known {
                account,
                key: request.key,
                client: request.client.clone(),
                scopes: request.scopes.clone(),
                since: self.now().minus(KNOWN_DESKTOP),
            };
            facts.known_since = self.devices.known_since(known).await?;
        }
        if tapped {
            let asked = self.asked(login).await?;
            // Before the claim its own account may not be among them.
            let own = u32::from(matches!(login.state, State::Waiting { .. }));
            facts.many_accounts =
                asked.by_key + own >= KEY_ACCOUNTS || asked.by_network + own >= ADDRESS_ACCOUNTS;
        }
        let may_ask = rules.approval == Approval::Passkey
            || rules.far == Far::Passkey
            || request.act.is_some();
        let asked = decided.is_some_and(|claim| claim.context.level == Level::Passkey);
        if may_ask || asked {
            facts.passkeys = self.passkeys.of_account(account).await?;
        }
        Ok(facts)
    }

    /// The same, of the account that claimed it.
    pub(super) async fn facts_of_claim(&self, login: &Login) -> Result<Facts, Failure> {
        match login.state.claim() {
            Some(claim) => self.facts(login, claim.account).await,
            None => Ok(Facts::default()),
        }
    }

    /// What the phone is offered now, if the rules let it approve. `claim` is the version of the claim
    /// that this makes.
    pub(super) fn offer(
        &self,
        login: &Login,
        approver: Approver<'_>,
        facts: &Facts,
        claim: u32,
    ) -> Result<Offer, Refusal> {
        let client = self.client_of(login).map_err(|_| Refusal::Unknown)?;
        let (request, phone) = (&login.request, approver.phone);
        let hint = request.hint.as_ref();
        let desktop = self.side(request.address);
        let network = self
            .networks
            .between(&desktop, &self.side(approver.address));
        let strangers = strangers(login);
        let flags = Flags {
            many_accounts: facts.many_accounts,
            desktop_moved: login.desktop_moved,
        };
        let circumstances = Circumstances {
            desktop: desktop_of(request, request.address, flags),
            phone: Some(policy::Phone {
                knows_desktop: facts.known_since.is_some(),
                invited: hint.is_none_or(|name| *name == phone.account.login_name),
                network,
                address: approver.address,
                opened_by: approver.opened_by,
                strangers,
            }),
            act: request.act,
        };
        let level = policy::decide(&client.rules, &circumstances)
            .outcome
            .map_err(Refusal::NotAllowedHere)?;
        let challenge = match level {
            Level::Tap | Level::Code => None,
            Level::Passkey => {
                let made = self.challenge(login, (claim, phone.grant.id), &facts.passkeys);
                Some(made.ok_or(Refusal::PasskeyRequired { has_passkey: false })?)
            }
        };
        let origin = request.origin.as_deref();
        let context = Context {
            client: client.id.clone(),
            client_name: client.name.clone(),
            host: origin
                .and_then(|origin| client.host(origin))
                .map(str::to_owned),
            verified: facts.known_since.is_some(),
            browser: request.browser.clone(),
            os: request.os.clone(),
            calls_itself: request.device.name.clone(),
            place: desktop.place,
            network,
            requested_at: login.created_at,
            known_since: facts.known_since,
            scopes: request.scopes.clone(),
            duration: client.duration,
            keep: client.keep,
            strangers,
            flags,
            opened_by: approver.opened_by,
            act: request.act,
            phrase: request.phrase.is_some(),
            level,
        };
        Ok(Offer {
            context,
            challenge,
            address: approver.address,
        })
    }

    /// Whether the rules still allow what was decided, now that the desktop comes from `address`: they
    /// neither refuse nor ask for more, and the passkey that confirmed is still the account's.
    pub(super) fn still_allows(
        &self,
        login: &Login,
        facts: &Facts,
        address: Option<IpAddr>,
    ) -> bool {
        let (Some(claim), Ok(client)) = (login.state.claim(), self.client_of(login)) else {
            return false;
        };
        let request = &login.request;
        let flags = Flags {
            many_accounts: facts.many_accounts,
            desktop_moved: login.desktop_moved || self.networks.moved(request.address, address),
        };
        let circumstances = Circumstances {
            desktop: desktop_of(request, address, flags),
            phone: Some(policy::Phone {
                knows_desktop: facts.known_since.is_some(),
                // Nobody else could have claimed it.
                invited: true,
                network: self
                    .networks
                    .between(&self.side(address), &self.side(claim.address)),
                address: claim.address,
                opened_by: claim.context.opened_by,
                strangers: strangers(login),
            }),
            act: request.act,
        };
        let enough = policy::decide(&client.rules, &circumstances)
            .outcome
            .is_ok_and(|level| level <= claim.context.level);
        let passkey = login
            .state
            .confirmation()
            .and_then(|confirmation| confirmation.passkey);
        let there = |id| facts.passkeys.iter().any(|passkey| passkey.id == id);
        enough && passkey.is_none_or(there)
    }

    /// Remembers that the desktop came from another network than it asked from, once. Whoever holds
    /// the device code may say so, as it may cancel.
    pub(super) async fn note_move(
        &self,
        login: Arc<Login>,
        address: Option<IpAddr>,
    ) -> Result<Arc<Login>, Failure> {
        let noted = login.desktop_moved || login.view(self.now()).state.is_final();
        if noted || !self.networks.moved(login.request.address, address) {
            return Ok(login);
        }
        let decide = |_: &Login, _: Timestamp| Ok(Event::DesktopMoved);
        // Refused only when it ended meanwhile, which whoever looks at it next will see.
        let (login, _verdict) = self.transition(login.id, decide).await?;
        Ok(login)
    }

    /// Judges what a passkey answered to the claim's challenge.
    pub(super) fn judge(
        &self,
        login: &Login,
        claim: &Claim,
        response: Option<&str>,
        facts: &Facts,
    ) -> (Assertion, Option<Used>) {
        let Some(response) = response else {
            return (Assertion::Missing, None);
        };
        let used = self
            .asked_of_passkey(login, claim)
            .zip(self.ceremonies.as_ref())
            .and_then(|(asked, ceremonies)| {
                ceremonies.approved(&asked.state, response, &facts.passkeys)
            });
        let assertion = used
            .as_ref()
            .map_or(Assertion::Wrong, |used| Assertion::By(used.passkey));
        (assertion, used)
    }

    /// Compares what was typed on the phone with what was typed on the desktop, in constant time.
    pub(super) fn compare(&self, login: &Login, typed: Option<&Phrase>) -> Typed {
        let Some(typed) = typed else {
            return Typed::Missing;
        };
        let typed = self.keys.phrase(login.server_key, login.id, typed);
        if typed.is_some() && typed == login.request.phrase {
            Typed::Right
        } else {
            Typed::Wrong
        }
    }

    /// What the claim asks of a passkey.
    pub(super) fn asked_of_passkey(&self, login: &Login, claim: &Claim) -> Option<Ceremony> {
        let bound = bound_to(login, claim.version, claim.session);
        let sealed = claim.challenge.as_deref()?;
        let clear = self.keys.unseal(CHALLENGE, &bound, sealed)?;
        let (length, rest) = clear.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (options, state) = rest.split_at_checked(length)?;
        Some(Ceremony {
            options: String::from_utf8(options.to_vec()).ok()?,
            state: String::from_utf8(state.to_vec()).ok()?,
        })
    }

    /// Asks for one of `passkeys`, sealed for this version of the session's claim. The length of the
    /// options stands in front.
    fn challenge(
        &self,
        login: &Login,
        (claim, session): (u32, GrantId),
        passkeys: &[Passkey],
    ) -> Option<String> {
        let Ceremony { options, state } = self.ceremonies.as_ref()?.approve(passkeys)?;
        let length = u32::try_from(options.len()).ok()?;
        let mut clear = length.to_be_bytes().to_vec();
        clear.extend_from_slice(options.as_bytes());
        clear.extend_from_slice(state.as_bytes());
        let bound = bound_to(login, claim, session);
        self.keys.seal(CHALLENGE, &bound, &clear, self.random())
    }

    fn side(&self, address: Option<IpAddr>) -> Side {
        Side {
            address,
            place: address.and_then(|address| self.places.place(address)),
            hosting: address.is_some_and(|address| self.places.hosting(address)),
        }
    }

    fn client_of(&self, login: &Login) -> Result<&Arc<Client>, Failure> {
        self.clients
            .get(&login.request.client)
            .ok_or(Failure::Refused(Refusal::Unknown))
    }
}

/// Whether the client's rules let this begin. What depends on who scans is not asked yet.
pub(super) fn may_begin(client: &Client, request: &Request) -> Result<(), Refusal> {
    let circumstances = Circumstances {
        desktop: desktop_of(request, request.address, Flags::default()),
        phone: None,
        act: request.act,
    };
    let ruling = policy::decide(&client.rules, &circumstances);
    ruling.outcome.map(|_| ()).map_err(Refusal::NotAllowedHere)
}

/// Whether nothing is decided yet.
pub(super) const fn is_open(login: &Login) -> bool {
    matches!(login.state, State::Waiting { .. } | State::Scanned { .. })
}

fn strangers(login: &Login) -> u8 {
    u8::try_from(login.strangers.len()).unwrap_or(u8::MAX)
}

fn desktop_of(request: &Request, address: Option<IpAddr>, flags: Flags) -> policy::Desktop {
    policy::Desktop {
        key: request.key,
        proved: request.proved,
        binding: request.binding,
        rotation: request.rotation,
        address,
        flags,
    }
}

/// What a challenge is bound to: login, claim version, session, and the key of the desktop.
fn bound_to(login: &Login, claim: u32, session: GrantId) -> Vec<u8> {
    [
        &login.id.bytes()[..],
        &claim.to_be_bytes(),
        session.bytes(),
        login.request.key.bytes(),
    ]
    .concat()
}
