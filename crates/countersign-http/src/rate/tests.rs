use std::net::{IpAddr, Ipv6Addr};

use countersign_core::account::LoginName;
use countersign_core::time::Timestamp;

use super::*;

const KEY: Thumbprint = Thumbprint::from_bytes([7; 32]);
const GRANT: GrantId = GrantId::from_bytes([1; 16]);

fn rates(limits: &Limits) -> Rates {
    Rates::new(limits, Duration::from_secs(600))
}

fn small() -> Limits {
    Limits {
        creations: 4,
        sign_ins: 100,
        account_sign_ins: 6,
        registrations: 2,
        scans: 3,
        prompts: 2,
        requests: 8,
        open_logins: 1_000,
        streams: 2,
    }
}

/// A caller from the `n`th address, some seconds after the start.
fn from(n: u32, seconds: u64) -> Caller {
    let address = IpAddr::from((0xc000_0200 + n).to_be_bytes());
    let now = Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000);
    Caller::new(Some(address), now, Ledger::default())
}

/// A caller from this network of IPv6.
fn from_v6(a: u16, b: u16, c: u16) -> Caller {
    Caller {
        address: Some(Ipv6Addr::new(0x2001, a, b, c, 0, 0, 0, 1).into()),
        ..from(0, 0)
    }
}

fn unknown() -> Caller {
    Caller {
        address: None,
        ..from(0, 0)
    }
}

fn account(n: u8) -> AccountId {
    AccountId::from_bytes([n; 16])
}

/// The caller has signed in to the account of this name, whose id is made of `n`.
fn signed_in(rates: &Rates, caller: &Caller, key: &Thumbprint, (n, name): (u8, &str)) {
    let name = LoginName::parse(name).unwrap();
    rates.history.learn(caller, key, account(n), &name);
}

/// A wrong password that nobody else tries, for the account of this name.
fn guess(rates: &Rates, caller: &Caller, name: &str) -> Result<(), TooOften> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let password = COUNT.fetch_add(1, Ordering::Relaxed).to_string();
    rates.sign_in(caller, name, &password).map(|_| ())
}

fn client(id: &str) -> ClientId {
    ClientId::parse(id).unwrap()
}

/// How often in a row it is allowed.
fn times(mut what: impl FnMut() -> Result<(), TooOften>) -> usize {
    (0..10_000).take_while(|_| what().is_ok()).count()
}

#[test]
fn an_address_creates_so_many_logins_and_others_theirs() {
    let (rates, shop) = (rates(&small()), client("shop"));
    assert_eq!(times(|| rates.create(&from(1, 0), &shop)), 4);
    assert_eq!(rates.create(&from(1, 0), &shop), Err(TooOften(15)));
    assert_eq!(times(|| rates.create(&from(2, 0), &shop)), 4);
    assert_eq!(times(|| rates.create(&from(1, 60), &shop)), 4);
}

#[test]
fn a_proved_key_is_counted_wherever_it_comes_from() {
    let (rates, shop) = (rates(&small()), client("shop"));
    let allowed = (0..50)
        .filter(|n| rates.create(&from(*n, 0).proved(KEY), &shop).is_ok())
        .count();
    assert_eq!(allowed, 4);
    assert_eq!(
        times(|| rates.create(&from(99, 0), &shop)),
        4,
        "who only names a key is not its owner"
    );
}

#[test]
fn a_flood_in_one_clients_name_leaves_the_others_theirs() {
    let rates = rates(&small());
    let (shop, blog) = (client("shop"), client("blog"));
    assert_eq!(times(|| rates.create(&unknown(), &shop)), 200);
    assert_eq!(
        times(|| rates.create(&unknown(), &blog)),
        200,
        "and all together come to an end"
    );
    assert!(rates.create(&from(1, 0), &client("third")).is_err());
}

#[test]
fn open_logins_are_never_more_than_their_limit() {
    let limits = Limits {
        open_logins: 100,
        creations: 1_000_000,
        ..small()
    };
    let (rates, shop) = (rates(&limits), client("shop"));
    let created: Vec<u64> = (0..3_000)
        .filter(|second| rates.create(&from(1, *second), &shop).is_ok())
        .collect();
    for now in 0..3_000 {
        let open = created
            .iter()
            .filter(|at| **at <= now && now < **at + 600)
            .count();
        assert!(open <= 100, "{open} open after {now} s");
    }
    assert_eq!(created.iter().filter(|at| **at < 50).count(), 50);
    assert!(created.len() > 250, "they come back");
}

#[test]
fn what_one_budget_refuses_is_charged_to_none() {
    let (rates, shop) = (rates(&small()), client("shop"));
    assert_eq!(times(|| rates.create(&from(1, 0).proved(KEY), &shop)), 4);
    assert_eq!(
        times(|| rates.create(&from(2, 0).proved(KEY), &shop)),
        0,
        "the key has none left"
    );
    assert_eq!(
        times(|| rates.create(&from(2, 0), &shop)),
        4,
        "the address has all of its own"
    );
}

#[test]
fn one_address_cannot_lock_an_account() {
    let rates = rates(&small());
    assert_eq!(times(|| guess(&rates, &from(1, 0), "anna")), 3);
    assert_eq!(
        times(|| guess(&rates, &from(2, 0), "anna")),
        3,
        "its owner elsewhere still gets in"
    );
    assert_eq!(
        guess(&rates, &from(3, 0), "anna"),
        Err(TooOften(100)),
        "now the account is worn out"
    );
    assert!(guess(&rates, &from(1, 0), "bert").is_ok(), "and no other");
}

#[test]
fn a_name_is_one_name_however_it_is_written_and_whether_it_exists_or_not() {
    let rates = rates(&small());
    for name in ["anna", " Anna ", "ANNA"] {
        assert!(guess(&rates, &from(1, 0), name).is_ok());
    }
    assert!(guess(&rates, &from(1, 0), "aNNa").is_err());
    let nobody = "no name at all \u{202e}";
    assert_eq!(times(|| guess(&rates, &from(1, 0), nobody)), 3);
}

#[test]
fn guessing_from_everywhere_stays_within_the_accounts_budget_and_the_hashers() {
    let rates = rates(&small());
    let tries = (0..1_000)
        .filter(|n| guess(&rates, &from(*n, 0), "anna").is_ok())
        .count();
    assert_eq!(tries, 6);
    let spray = (0..5_000)
        .filter(|n| guess(&rates, &unknown(), &format!("name{n}")).is_ok())
        .count();
    assert_eq!(spray, 4_000 - 6);
}

#[test]
fn worn_out_passwords_touch_nothing_else() {
    let rates = rates(&small());
    while guess(&rates, &from(1, 0), "anna").is_ok() {}
    assert!(rates.verify(&from(1, 0), GRANT).is_ok());
    assert!(rates.passkey(&from(1, 0)).is_ok());
    assert!(rates.passkey_options(&from(1, 0)).is_ok());
    assert!(rates.recover(&from(1, 0)).is_ok());
    assert!(rates.invitation(&from(1, 0)).is_ok());
    assert!(rates.undo(&from(1, 0)).is_ok());
    assert!(rates.change_password(&from(1, 0), GRANT).is_ok());
    assert!(rates.collect(&from(1, 0)).is_ok());
    assert!(rates.scan(&from(1, 0), account(1)).is_ok());
    assert!(rates.request(&from(1, 0)).is_ok());
    assert!(rates.create(&from(1, 0), &client("shop")).is_ok());
}

#[test]
fn no_phone_of_an_account_spends_what_another_one_needs() {
    let rates = rates(&small());
    let (thief, owner) = (GrantId::from_bytes([1; 16]), GrantId::from_bytes([2; 16]));
    let guesses = (0..1_000)
        .filter(|n| rates.verify(&from(*n, 0), thief).is_ok())
        .count();
    assert_eq!(guesses, 6);
    assert!(rates.verify(&from(1_001, 0), owner).is_ok());
    assert!(rates.change_password(&from(1_001, 0), GRANT).is_ok());
}

#[test]
fn scans_count_for_the_address_and_for_the_account() {
    let rates = rates(&small());
    let (anna, bert) = (account(1), account(2));
    let scans = (0..50)
        .filter(|n| rates.scan(&from(*n, 0), anna).is_ok())
        .count();
    assert_eq!(scans, 3);
    assert_eq!(times(|| rates.scan(&from(100, 0), bert)), 3);
    assert_eq!(times(|| rates.hold(&from(101, 0))), 3, "a hold");
}

#[test]
fn registrations_have_an_hour() {
    let rates = rates(&small());
    assert_eq!(times(|| rates.register(&from(1, 0))), 2);
    assert_eq!(rates.register(&from(1, 0)), Err(TooOften(1_800)));
    assert_eq!(times(|| rates.register(&from(1, 1_800))), 1);
    let all = (0..1_000)
        .filter(|n| rates.register(&from(1_000 + n, 1_800)).is_ok())
        .count();
    assert_eq!(all, 200 - 1);
}

#[test]
fn without_an_address_only_the_common_budgets_hold() {
    let rates = rates(&small());
    assert_eq!(times(|| rates.request(&unknown())), 10_000);
    assert_eq!(times(|| rates.collect(&unknown())), 10_000);
    assert_eq!(times(|| guess(&rates, &unknown(), "anna")), 6);
}

#[test]
fn a_large_network_is_some_callers_and_not_65_536() {
    let (rates, shop) = (rates(&small()), client("shop"));
    let created = |network: &dyn Fn(u16) -> Caller| {
        (0..1_000)
            .filter(|n| rates.create(&network(*n), &shop).is_ok())
            .count()
    };
    assert_eq!(created(&|_| from_v6(1, 0, 0)), 4, "a /64");
    assert_eq!(created(&|n| from_v6(2, 0, n & 0xff)), 16, "a /56");
    assert_eq!(created(&|n| from_v6(3, 0, n << 8)), 64, "a /48");
    assert_eq!(created(&|n| from_v6(4, n, 0)), 200 - 84, "all strangers");
}

#[test]
fn the_many_networks_of_one_party_cannot_lock_an_account() {
    let rates = rates(&small());
    let guesses = (0..1_000)
        .filter(|n| guess(&rates, &from_v6(1, 0, *n), "anna").is_ok())
        .count();
    assert_eq!(guesses, 3);
    assert!(guess(&rates, &from_v6(2, 0, 0), "anna").is_ok());
}

#[test]
fn a_person_is_asked_so_often_whoever_shows_the_codes() {
    let rates = rates(&small());
    let asked = |from: Caller, n| rates.prompt(&from, account(n)).map(|_| ());
    let asked_at = |seconds| {
        (0..50)
            .filter(|n| asked(from(*n, seconds), 1).is_ok())
            .count()
    };
    assert_eq!(asked_at(0), 2);
    assert_eq!(asked(from(1, 0), 1), Err(TooOften(60)));
    assert_eq!(asked(from(1, 0), 2), Ok(()), "somebody else");
    assert_eq!(asked_at(60), 1);
    assert_eq!(asked_at(1_000), 2);
}

#[test]
fn a_scan_that_asks_nobody_is_no_question() {
    let rates = rates(&small());
    for _ in 0..50 {
        let prompt = rates.prompt(&from(1, 0), account(1)).unwrap();
        prompt.was_harmless();
    }
    assert!(rates.prompt(&from(1, 0), account(1)).is_ok());
}

mod strangers;
mod told;
