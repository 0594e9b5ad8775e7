//! How often one party may do what costs the server something: limits on this node, in memory.
//!
//! Owns the budgets and which of them a request is charged to. All of them are asked before the work begins; a
//! request that one refuses is charged to none. What was done with success counts like what failed, and nothing
//! resets a budget but time. What a refusal looks like on the wire is in [`crate::problem`] and
//! [`crate::oauth_error`]; the numbers and their reasons are in `limits.rs` beside this file.
//!
//! Passwords have budgets of their own. Whoever spends them keeps people from signing in with a password for some
//! minutes, and from nothing else: sessions, refreshes, scans, checks and collects are not charged to them.

mod admit;
mod buckets;
mod limits;
mod network;
mod places;

use std::net::IpAddr;
use std::time::Duration;

use countersign_core::account::LoginName;
use countersign_core::ids::{AccountId, ClientId, GrantId, Thumbprint};
use countersign_core::time::Timestamp;

pub(crate) use admit::admit;
use buckets::{Buckets, Taken};
use limits::Quotas;
pub use limits::{LimitError, Limits};
use network::Network;
pub(crate) use places::{Place, Places};

use crate::oauth_error::OAuthError;
use crate::problem::{Code, Problem};

/// A refusal: there is room again in so many whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooOften(pub(crate) u64);

impl From<TooOften> for Problem {
    fn from(TooOften(seconds): TooOften) -> Self {
        Self::new(Code::SlowDown).retry_after(seconds)
    }
}

impl From<TooOften> for OAuthError {
    fn from(TooOften(seconds): TooOften) -> Self {
        Self::too_often(seconds)
    }
}

/// Who calls, and when: what every budget asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// `None` when nobody knows; then no budget by address applies.
    pub(crate) address: Option<IpAddr>,
    pub(crate) now: Timestamp,
}

/// All budgets of this node.
#[derive(Debug)]
pub(crate) struct Rates {
    /// The places for open streams and long polls.
    pub(crate) waits: Places,
    requests: Buckets,
    creations: ByParty,
    client_creations: Buckets,
    open_logins: Buckets,
    sign_ins: Buckets,
    account_sign_ins: Buckets,
    shared_sign_ins: Buckets,
    verifications: Buckets,
    hashes: Buckets,
    registrations: ByParty,
    scans: Buckets,
    collects: Buckets,
}

/// A budget of each party, and one of all of them.
#[derive(Debug)]
struct ByParty {
    each: Buckets,
    all: Buckets,
}

impl Rates {
    /// Full budgets. `longest` is how long a login can be open at most.
    pub(crate) fn new(limits: &Limits, longest: Duration) -> Self {
        let quotas = Quotas(limits);
        Self {
            waits: Places::new(limits.streams),
            requests: Buckets::new(quotas.requests()),
            creations: ByParty {
                each: Buckets::new(quotas.creations()),
                all: Buckets::new(quotas.all_creations()),
            },
            client_creations: Buckets::new(quotas.client_creations()),
            open_logins: Buckets::new(quotas.open_logins(longest)),
            sign_ins: Buckets::new(quotas.sign_ins()),
            account_sign_ins: Buckets::new(quotas.account_sign_ins()),
            shared_sign_ins: Buckets::new(quotas.shared_sign_ins()),
            verifications: Buckets::new(quotas.account_sign_ins()),
            hashes: Buckets::new(quotas.hashes()),
            registrations: ByParty {
                each: Buckets::new(quotas.registrations()),
                all: Buckets::new(quotas.all_registrations()),
            },
            scans: Buckets::new(quotas.scans()),
            collects: Buckets::new(quotas.collects()),
        }
    }

    /// Any request at all.
    pub(crate) fn request(&self, caller: Caller) -> Result<(), TooOften> {
        Bill::new(caller).address(&self.requests).settled()
    }

    /// A new login of `client`; `key` is the desktop's, if it is proved. A key that is only named is anybody's to
    /// name, so it is charged to nobody.
    pub(crate) fn create(
        &self,
        caller: Caller,
        client: &ClientId,
        key: Option<&Thumbprint>,
    ) -> Result<(), TooOften> {
        let mut bill = Bill::new(caller)
            .address(&self.creations.each)
            .address(&self.open_logins);
        if let Some(key) = key {
            bill = bill.party(&self.creations.each, ("key", key.bytes()));
        }
        bill.party(&self.client_creations, client.as_str())
            .party(&self.creations.all, ())
            .settled()
    }

    /// A password for the account of this name, there is one or not: names that nobody has are counted like others.
    pub(crate) fn sign_in(&self, caller: Caller, name: &str) -> Result<(), TooOften> {
        let parsed = LoginName::parse(name);
        let name = parsed.as_ref().map_or(name, LoginName::as_str);
        let mut bill = Bill::new(caller).address(&self.sign_ins);
        if let Some(network) = caller.network() {
            bill = bill.party(&self.shared_sign_ins, (network, name));
        }
        bill.party(&self.account_sign_ins, name)
            .party(&self.hashes, ())
            .settled()
    }

    /// The password once more, on a device that is signed in. Apart from [`Rates::sign_in`], so that no stranger can
    /// spend it, and for each sign-in, so that none of an account's phones can spend what another one needs.
    pub(crate) fn verify(&self, caller: Caller, grant: GrantId) -> Result<(), TooOften> {
        Bill::new(caller)
            .address(&self.sign_ins)
            .party(&self.verifications, grant.bytes())
            .party(&self.hashes, ())
            .settled()
    }

    /// A new password, on a device where the old one was just given: there is nothing to guess, only work to do.
    pub(crate) fn change_password(&self, caller: Caller) -> Result<(), TooOften> {
        Bill::new(caller)
            .address(&self.sign_ins)
            .party(&self.hashes, ())
            .settled()
    }

    /// A new account.
    pub(crate) fn register(&self, caller: Caller) -> Result<(), TooOften> {
        Bill::new(caller)
            .address(&self.registrations.each)
            .party(&self.registrations.all, ())
            .party(&self.hashes, ())
            .settled()
    }

    /// A scan by a phone of `account`, or a hold, which comes before anybody is signed in.
    pub(crate) fn scan(&self, caller: Caller, account: Option<AccountId>) -> Result<(), TooOften> {
        let bill = Bill::new(caller).address(&self.scans);
        match account {
            Some(account) => bill
                .party(&self.scans, ("account", account.bytes()))
                .settled(),
            None => bill.settled(),
        }
    }

    /// A check, a collect, a refresh.
    pub(crate) fn collect(&self, caller: Caller) -> Result<(), TooOften> {
        Bill::new(caller).address(&self.collects).settled()
    }
}

impl Caller {
    fn network(self) -> Option<Network> {
        self.address.map(Network::of)
    }
}

/// What one request is charged to, budget after budget; when one has nothing left, the others get theirs back.
struct Bill<'a> {
    caller: Caller,
    paid: Vec<Taken<'a>>,
    refused: Option<TooOften>,
}

impl<'a> Bill<'a> {
    fn new(caller: Caller) -> Self {
        Self {
            caller,
            paid: Vec::new(),
            refused: None,
        }
    }

    fn address(self, budget: &'a Buckets) -> Self {
        match self.caller.network() {
            Some(network) => self.party(budget, ("address", network)),
            None => self,
        }
    }

    fn party(mut self, budget: &'a Buckets, key: impl std::hash::Hash) -> Self {
        if self.refused.is_none() {
            match budget.take(key, self.caller.now) {
                Ok(taken) => self.paid.push(taken),
                Err(seconds) => self.refused = Some(TooOften(seconds)),
            }
        }
        self
    }

    fn settled(self) -> Result<(), TooOften> {
        let Some(refused) = self.refused else {
            return Ok(());
        };
        self.paid.into_iter().for_each(Taken::give_back);
        Err(refused)
    }
}

#[cfg(test)]
mod tests;
