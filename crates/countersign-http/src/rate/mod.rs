//! How often one party may do what costs the server something: limits on this node, in memory.
//!
//! Owns the budgets and which of them a request is charged to. All of them are asked before the work begins; a
//! request that one refuses is charged to none. What was done with success counts like what failed, and nothing
//! resets a budget but time. What a refusal looks like on the wire is in [`crate::problem`] and
//! [`crate::oauth_error`]; the numbers and their reasons are in `limits.rs` beside this file.
//!
//! Budgets that all share keep out strangers only: whose network or key signed in here lately (`history.rs`) has its
//! own and no others, and so has whoever comes with a live session or a right code.
//!
//! Passwords have budgets of their own. Whoever spends them keeps strangers from signing in with a password for some
//! minutes, and nobody from anything else: passkeys, recovery codes, sessions, refreshes, scans, checks and collects
//! are not charged to them.

mod admit;
mod bill;
mod buckets;
mod caller;
mod guesses;
mod history;
mod limits;
mod network;
mod places;

use std::time::Duration;

use countersign_core::account::Account;
use countersign_core::ids::{AccountId, ClientId, GrantId, Thumbprint};

pub(crate) use admit::admit;
use bill::Bill;
use buckets::{Buckets, Quota, Taken};
pub(crate) use caller::{Caller, Ledger};
use guesses::{Guesses, canonical};
use history::History;
use limits::Quotas;
pub use limits::{LimitError, Limits};
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

/// All budgets of this node.
#[derive(Debug)]
pub(crate) struct Rates {
    /// The places for open streams and long polls.
    pub(crate) waits: Places,
    history: History,
    requests: Buckets,
    creations: ByParty,
    client_creations: Buckets,
    open_logins: Buckets,
    sign_ins: Guesses,
    /// Of each wrong password, whoever's account it was tried on.
    same_password: Buckets,
    recoveries: ByParty,
    passkeys: ByParty,
    challenges: ByParty,
    invitations: ByParty,
    undos: ByParty,
    operators: Buckets,
    verifications: Buckets,
    new_passwords: Buckets,
    hashes: Buckets,
    registrations: ByParty,
    scans: Buckets,
    holds: Buckets,
    prompts: Buckets,
    collects: Buckets,
}

/// A budget of each party, and one of all strangers.
#[derive(Debug)]
struct ByParty {
    each: Buckets,
    all: Buckets,
}

impl ByParty {
    fn new(name: &'static str, each: Quota, all: Quota) -> Self {
        Self {
            each: Buckets::new(name, each),
            all: Buckets::new(name, all),
        }
    }
}

impl Rates {
    /// Full budgets. `longest` is how long a login can be open at most.
    pub(crate) fn new(limits: &Limits, longest: Duration) -> Self {
        let of = Quotas(limits);
        let pages = |name| ByParty::new(name, of.creations(), of.all_creations());
        let links = |name| ByParty::new(name, of.sign_ins(), of.hashes());
        Self {
            waits: Places::new(limits.streams),
            history: History::new(),
            requests: Buckets::new("requests", of.requests()),
            creations: pages("creations"),
            client_creations: Buckets::new("client-creations", of.client_creations()),
            open_logins: Buckets::new("open-logins", of.open_logins(longest)),
            sign_ins: Guesses::new(["sign-ins", "account-sign-ins"], &of),
            same_password: Buckets::new("same-password", of.same_password()),
            recoveries: links("recoveries"),
            passkeys: pages("passkeys"),
            challenges: pages("challenges"),
            invitations: links("invitations"),
            undos: links("undos"),
            operators: Buckets::new("operators", of.sign_ins()),
            verifications: Buckets::new("verifications", of.account_sign_ins()),
            new_passwords: Buckets::new("new-passwords", of.account_sign_ins()),
            hashes: Buckets::new("hashes", of.hashes()),
            registrations: ByParty::new(
                "registrations",
                of.registrations(),
                of.all_registrations(),
            ),
            scans: Buckets::new("scans", of.scans()),
            holds: Buckets::new("holds", of.scans()),
            prompts: Buckets::new("prompts", of.prompts()),
            collects: Buckets::new("collects", of.collects()),
        }
    }

    /// Any request at all.
    pub(crate) fn request(&self, caller: &Caller) -> Result<(), TooOften> {
        self.bill(caller).address(&self.requests).done()
    }

    /// A new login of `client`.
    pub(crate) fn create(&self, caller: &Caller, client: &ClientId) -> Result<(), TooOften> {
        self.bill(caller)
            .address(&self.creations.each)
            .address(&self.open_logins)
            .key(&self.creations.each)
            .strangers(&self.client_creations, client.as_str())
            .strangers(&self.creations.all, ())
            .done()
    }

    /// A password for the account of this name.
    pub(crate) fn sign_in(
        &self,
        caller: &Caller,
        name: &str,
        password: &str,
    ) -> Result<Attempt<'_>, TooOften> {
        let name = canonical(name);
        let known = self.history.known_to(caller, &name);
        let bill = self.sign_ins.charge(self.bill(caller), &name, known);
        if known.is_some() {
            return bill.done().map(|()| Attempt(None));
        }
        let paid = bill
            .strangers(&self.hashes, ())
            .shared(&self.same_password, password)
            .settled()?;
        Ok(Attempt(paid.into_iter().next_back()))
    }

    /// A recovery code, whoever's account it is for: nobody guesses one, and a budget of the account would be for a
    /// few addresses to spend, which would keep its owner out.
    pub(crate) fn recover(&self, caller: &Caller) -> Result<(), TooOften> {
        self.party(caller, &self.recoveries)
    }

    /// A sign-in by passkey.
    pub(crate) fn passkey(&self, caller: &Caller) -> Result<(), TooOften> {
        self.party(caller, &self.passkeys)
    }

    /// A challenge for a passkey.
    pub(crate) fn passkey_options(&self, caller: &Caller) -> Result<(), TooOften> {
        self.party(caller, &self.challenges)
    }

    /// An invitation, looked at or accepted.
    pub(crate) fn invitation(&self, caller: &Caller) -> Result<(), TooOften> {
        self.party(caller, &self.invitations)
    }

    /// An undo token.
    pub(crate) fn undo(&self, caller: &Caller) -> Result<(), TooOften> {
        self.party(caller, &self.undos)
    }

    /// A request with the operator's token, or with what somebody takes for it. No crowd keeps the operator out: a
    /// token is compared in no time.
    pub(crate) fn operator(&self, caller: &Caller) -> Result<(), TooOften> {
        self.bill(caller).address(&self.operators).done()
    }

    /// The password once more, on a device that is signed in: apart from [`Rates::sign_in`], so that no stranger can
    /// spend it, and for each sign-in, so that none of an account's phones can spend what another one needs.
    pub(crate) fn verify(&self, caller: &Caller, grant: GrantId) -> Result<(), TooOften> {
        self.bill(caller)
            .own(&self.verifications, grant.bytes())
            .done()
    }

    /// A new password, on a device where the old one was just given: there is nothing to guess, only work to do.
    pub(crate) fn change_password(&self, caller: &Caller, grant: GrantId) -> Result<(), TooOften> {
        self.bill(caller)
            .own(&self.new_passwords, grant.bytes())
            .done()
    }

    /// A new account.
    pub(crate) fn register(&self, caller: &Caller) -> Result<(), TooOften> {
        self.bill(caller)
            .address(&self.registrations.each)
            .strangers(&self.registrations.all, ())
            .strangers(&self.hashes, ())
            .done()
    }

    /// A hold, which comes before anybody is signed in.
    pub(crate) fn hold(&self, caller: &Caller) -> Result<(), TooOften> {
        self.bill(caller).address(&self.holds).done()
    }

    /// A scan by a phone of `account`.
    pub(crate) fn scan(&self, caller: &Caller, account: AccountId) -> Result<(), TooOften> {
        self.bill(caller)
            .address(&self.scans)
            .own(&self.scans, ("account", account.bytes()))
            .done()
    }

    /// A scan that would put a question before the person of `account`, whose phone the caller is; when it does not,
    /// this is to be given back.
    pub(crate) fn prompt(
        &self,
        caller: &Caller,
        account: AccountId,
    ) -> Result<Attempt<'_>, TooOften> {
        let bill = self.bill(caller).own(&self.prompts, account.bytes());
        Ok(Attempt(bill.settled()?.into_iter().next_back()))
    }

    /// A check, a collect, a refresh.
    pub(crate) fn collect(&self, caller: &Caller) -> Result<(), TooOften> {
        self.bill(caller).address(&self.collects).done()
    }

    /// The caller has signed in to `account` with this key, or shown that it still is: from now on it is no stranger.
    /// Gives nothing back.
    pub(crate) fn succeeded(&self, caller: &Caller, key: &Thumbprint, account: &Account) {
        self.history
            .learn(caller, key, account.id, &account.login_name);
    }

    fn bill(&self, caller: &Caller) -> Bill<'_> {
        Bill::new(caller.clone(), &self.history)
    }

    fn party(&self, caller: &Caller, budget: &ByParty) -> Result<(), TooOften> {
        let bill = self.bill(caller).key(&budget.each);
        if caller.signed_in {
            // What others spend, be it at the same address, is nothing to a session.
            return bill.done();
        }
        bill.address(&budget.each).strangers(&budget.all, ()).done()
    }
}

/// What counts only if it turns out as feared: a password that is wrong, a scan that asks somebody.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt<'a>(Option<Taken<'a>>);

impl Attempt<'_> {
    /// It did not.
    pub(crate) fn was_harmless(self) {
        if let Some(taken) = self.0 {
            taken.give_back();
        }
    }
}

#[cfg(test)]
mod tests;
