use std::net::{IpAddr, Ipv4Addr};

use super::super::caller::Ledger;
use super::*;

const KEY: Thumbprint = Thumbprint::from_bytes([7; 32]);

fn from(n: u32, seconds: u64) -> Caller {
    let address = IpAddr::V4(Ipv4Addr::from_bits(n));
    let now = Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000);
    Caller::new(Some(address), now, Ledger::default())
}

fn key(n: u32) -> Thumbprint {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    Thumbprint::from_bytes(bytes)
}

fn anna(history: &History, caller: &Caller, key: &Thumbprint) {
    let name = LoginName::parse("anna").unwrap();
    history.learn(caller, key, AccountId::from_bytes([1; 16]), &name);
}

#[test]
fn network_and_key_are_known_and_to_whom() {
    let history = History::new();
    anna(&history, &from(1, 0), &KEY);
    assert!(history.knows(&from(1, 0)) && history.knows(&from(2, 0).proved(KEY)));
    assert!(!history.knows(&from(2, 0)) && !history.knows(&from(2, 0).proved(key(1))));
    let by_key = Some(Party::Key([7; 32]));
    assert_eq!(history.known_to(&from(1, 0).proved(KEY), "anna"), by_key);
    assert_eq!(history.known_to(&from(2, 0).proved(KEY), "anna"), by_key);
    let by_network = history.known_to(&from(1, 0).proved(key(1)), "anna");
    assert!(matches!(by_network, Some(Party::Network(_))));
    assert_eq!(history.known_to(&from(1, 0).proved(KEY), "bert"), None);
}

#[test]
fn after_a_month_without_a_sign_in_one_is_a_stranger_again() {
    let history = History::new();
    let month = RATE_HISTORY_LIFE.as_secs();
    anna(&history, &from(1, 0), &KEY);
    assert!(history.knows(&from(1, month - 1)) && !history.knows(&from(1, month)));
    anna(&history, &from(1, month - 1), &KEY);
    assert!(history.knows(&from(1, 2 * month - 2)));
}

#[test]
fn one_account_makes_no_crowd_of_friends() {
    let history = History::with(10_000, 6);
    for n in 0..1_000 {
        anna(&history, &from(n, 0), &key(n));
    }
    let known = |seconds| {
        (0..1_000)
            .filter(|n| history.knows(&from(*n, seconds)))
            .count()
    };
    assert_eq!(known(0), 3, "three networks and three keys");
    anna(&history, &from(0, 1), &key(0));
    anna(&history, &from(2_000, 24 * 3_600), &key(2_000));
    assert!(history.knows(&from(2_000, 24 * 3_600)), "the next day");
}

#[test]
fn the_memory_is_bounded_and_who_was_not_seen_for_longest_goes_first() {
    let history = History::with(1_000, 1_000_000);
    anna(&history, &from(0, 0), &KEY);
    for n in 1..10_000 {
        anna(&history, &from(n, 0), &KEY);
        let seen = history.lock();
        assert!(seen.new.len() + seen.old.len() <= 1_000);
    }
    assert!(history.knows(&from(9_999, 0)) && history.knows(&from(9_800, 0)));
    assert!(!history.knows(&from(0, 0)));
    assert!(history.knows(&from(0, 0).proved(KEY)), "seen all the time");
}
