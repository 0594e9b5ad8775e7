//! The budgets of what is guessed for a name: passwords.
//!
//! Three at once: of the caller's address, so that nobody tries one guess on all names; of the name, so that nobody
//! tries all guesses on one, from wherever; and of the caller for this name, which is half of the name's, so that
//! nobody alone can lock its owner out. Somebody with many addresses could: so the name's budget is for strangers, and
//! who signed in to this account lately has one that no stranger can spend. Names that nobody has are counted alike.

use countersign_core::account::LoginName;

use super::bill::Bill;
use super::buckets::Buckets;
use super::history::Party;
use super::limits::Quotas;
use super::network::Network;

/// The budgets of one kind of secret.
#[derive(Debug)]
pub(super) struct Guesses {
    each: Buckets,
    pair: Buckets,
    account: Buckets,
}

impl Guesses {
    /// `names` are those of an address' budget and of one for a single account.
    pub(super) fn new([address, account]: [&'static str; 2], of: &Quotas<'_>) -> Self {
        Self {
            each: Buckets::new(address, of.sign_ins()),
            pair: Buckets::new(account, of.shared_sign_ins()),
            account: Buckets::new(account, of.account_sign_ins()),
        }
    }

    /// A guess for the account of this name by a caller whom that account knows by `known`.
    pub(super) fn charge<'a>(
        &'a self,
        bill: Bill<'a>,
        name: &str,
        known: Option<Party>,
    ) -> Bill<'a> {
        match known {
            // Nobody else has the key, so nothing that others do at the same address counts.
            Some(party @ Party::Key(_)) => bill.own(&self.pair, (party, name)),
            Some(party @ Party::Network(_)) => {
                bill.address(&self.each).own(&self.pair, (party, name))
            }
            None => self.stranger(bill, name),
        }
    }

    /// A stranger is as large a network as may be his: else the /64s of one would have the name's whole budget.
    fn stranger<'a>(&'a self, bill: Bill<'a>, name: &str) -> Bill<'a> {
        let network = bill.caller().address.map(Network::widest);
        let bill = bill.address(&self.each);
        let bill = match network {
            Some(network) => bill.own(&self.pair, ("stranger", network, name)),
            None => bill,
        };
        bill.shared(&self.account, name)
    }
}

/// One name is one name, however it is written, and whether it can be one or not.
pub(super) fn canonical(name: &str) -> String {
    let parsed = LoginName::parse(name);
    parsed.as_ref().map_or(name, LoginName::as_str).to_owned()
}
