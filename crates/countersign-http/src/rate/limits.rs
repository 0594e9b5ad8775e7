//! What an operator may choose of the limits, and what follows from it.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::buckets::Quota;

/// How often one party may do what costs the server something. Each number is also what may come at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Logins that one address may create in a minute. An office behind one address has hundreds of pages open,
    /// and each asks again when its code has expired.
    pub creations: u32,
    /// Passwords that one address may try in a minute: people of one office, not a list of names.
    pub sign_ins: u32,
    /// Passwords that may be tried for one account in ten minutes, from all addresses: at most 2,900 a day, against
    /// passwords of which the common ones are refused.
    pub account_sign_ins: u32,
    /// Accounts that one address may register in an hour.
    pub registrations: u32,
    /// Scans of one address, and of one account, in a minute.
    pub scans: u32,
    /// Approvals that all phones of one account may be asked for in two minutes: an honest person decides on each,
    /// and who is worn down with questions says yes to one of them.
    pub prompts: u32,
    /// Requests of one address in a minute, over all routes.
    pub requests: u32,
    /// Logins of one address that may be open.
    pub open_logins: u32,
    /// Streams and long polls of one address that may be open.
    pub streams: u32,
}

/// The values that make sense: none at all would close the server, and beyond the largest there is no limit left to
/// speak of.
const BOUNDS: RangeInclusive<u32> = 1..=1_000_000;

/// How many addresses, each at its limit, all of them together may be. Who has more than that is no crowd of people
/// but somebody with many addresses, and even then the store has room for others: at the default 500 creations a
/// second, of the thousands that it can write.
const CROWD: u32 = 100;

/// The same for passwords: 20 a second at the default, half of what two cores can hash. So this refuses before the
/// queue of hashes is full, and everything else stays quick.
const CROWD_WITH_PASSWORDS: u32 = 40;

const MINUTE: Duration = Duration::from_secs(60);
const TWO_MINUTES: Duration = Duration::from_secs(120);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3_600);

impl Default for Limits {
    fn default() -> Self {
        Self {
            creations: 300,
            sign_ins: 30,
            account_sign_ins: 20,
            registrations: 10,
            scans: 120,
            prompts: 10,
            requests: 6_000,
            open_logins: 2_000,
            streams: 1_000,
        }
    }
}

/// A limit that is out of its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be between {} and {}, not {given}", BOUNDS.start(), BOUNDS.end())]
pub struct LimitError {
    /// The setting's name, as in the config file.
    pub name: &'static str,
    /// What was given.
    pub given: u32,
}

impl Limits {
    /// The largest of each.
    pub const HIGHEST: Self = {
        let most = *BOUNDS.end();
        Self {
            creations: most,
            sign_ins: most,
            account_sign_ins: most,
            registrations: most,
            scans: most,
            prompts: most,
            requests: most,
            open_logins: most,
            streams: most,
        }
    };

    /// Checks every limit against its bounds.
    ///
    /// # Errors
    /// Names the first that is out of them.
    pub fn check(&self) -> Result<(), LimitError> {
        let all = [
            ("creations", self.creations),
            ("sign_ins", self.sign_ins),
            ("account_sign_ins", self.account_sign_ins),
            ("registrations", self.registrations),
            ("scans", self.scans),
            ("prompts", self.prompts),
            ("requests", self.requests),
            ("open_logins", self.open_logins),
            ("streams", self.streams),
        ];
        let wrong = all.iter().find(|(_, given)| !BOUNDS.contains(given));
        wrong.map_or(Ok(()), |&(name, given)| Err(LimitError { name, given }))
    }
}

/// What each budget holds, by what the operator chose.
pub(super) struct Quotas<'a>(pub(super) &'a Limits);

impl Quotas<'_> {
    pub(super) fn requests(&self) -> Quota {
        a(self.0.requests, MINUTE)
    }

    /// Also of sign-ins by passkey, and of their challenges: each sign-in page that is opened asks for one.
    pub(super) fn creations(&self) -> Quota {
        a(self.0.creations, MINUTE)
    }

    pub(super) fn all_creations(&self) -> Quota {
        a(crowd(self.0.creations), MINUTE)
    }

    /// Half of what all clients have: a flood in one's name leaves the others theirs.
    pub(super) fn client_creations(&self) -> Quota {
        a(crowd(self.0.creations).div_ceil(2), MINUTE)
    }

    /// A count of open logins that needs no word of their end: half of them at once, and half again over the longest
    /// life of one, are never more than all of them at any moment.
    pub(super) fn open_logins(&self, longest: Duration) -> Quota {
        a(self.0.open_logins.div_ceil(2), longest)
    }

    /// Also of recovery codes, invitations and undo tokens, each apart: all are too long to guess, so no account has a
    /// budget of them that others could spend.
    pub(super) fn sign_ins(&self) -> Quota {
        a(self.0.sign_ins, MINUTE)
    }

    /// What all strangers' sign-ins and registrations together may hash.
    pub(super) fn hashes(&self) -> Quota {
        a(self.0.sign_ins.saturating_mul(CROWD_WITH_PASSWORDS), MINUTE)
    }

    pub(super) fn account_sign_ins(&self) -> Quota {
        a(self.0.account_sign_ins, TEN_MINUTES)
    }

    /// One party gets half of what an account has, so that it can't lock the account's owner out alone.
    pub(super) fn shared_sign_ins(&self) -> Quota {
        a(self.0.account_sign_ins.div_ceil(2), TEN_MINUTES)
    }

    /// How often the same wrong password may be tried, over all accounts and addresses. People's own mistakes are
    /// their own; what hundreds have in common is a list's next line.
    pub(super) fn same_password(&self) -> Quota {
        a(self.0.account_sign_ins, HOUR)
    }

    pub(super) fn registrations(&self) -> Quota {
        a(self.0.registrations, HOUR)
    }

    pub(super) fn all_registrations(&self) -> Quota {
        a(crowd(self.0.registrations), HOUR)
    }

    pub(super) fn scans(&self) -> Quota {
        a(self.0.scans, MINUTE)
    }

    pub(super) fn prompts(&self) -> Quota {
        a(self.0.prompts, TWO_MINUTES)
    }

    /// Checks, collects and refreshes: half of all requests. What they can guess is bounded by the login itself; this
    /// bounds the signatures that are verified for it.
    pub(super) fn collects(&self) -> Quota {
        a(self.0.requests.div_ceil(2), MINUTE)
    }
}

fn a(count: u32, period: Duration) -> Quota {
    Quota { count, period }
}

fn crowd(of_one: u32) -> u32 {
    of_one.saturating_mul(CROWD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_more_than_any_are_refused_by_name() {
        assert_eq!(Limits::default().check(), Ok(()));
        assert_eq!(Limits::HIGHEST.check(), Ok(()));
        let none = Limits {
            scans: 0,
            ..Limits::default()
        };
        assert_eq!(
            none.check(),
            Err(LimitError {
                name: "scans",
                given: 0
            })
        );
        let many = Limits {
            streams: 1_000_001,
            ..Limits::default()
        };
        let said = many.check().unwrap_err().to_string();
        assert_eq!(said, "streams must be between 1 and 1000000, not 1000001");
    }

    #[test]
    fn one_address_never_has_all_of_an_account() {
        for account_sign_ins in 2..100 {
            let limits = Limits {
                account_sign_ins,
                ..Limits::default()
            };
            let quotas = Quotas(&limits);
            assert!(quotas.shared_sign_ins().count < quotas.account_sign_ins().count);
        }
    }
}
