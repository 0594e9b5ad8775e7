use super::*;

const KEY: Thumbprint = Thumbprint::from_bytes([7; 32]);

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
        requests: 8,
        open_logins: 1_000,
        streams: 2,
    }
}

/// A caller from the `n`th address, some seconds after the start.
fn from(n: u32, seconds: u64) -> Caller {
    Caller {
        address: Some(IpAddr::from((0xc000_0200 + n).to_be_bytes())),
        now: Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000),
    }
}

fn unknown() -> Caller {
    Caller {
        address: None,
        ..from(0, 0)
    }
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
    assert_eq!(times(|| rates.create(from(1, 0), &shop, None)), 4);
    assert_eq!(rates.create(from(1, 0), &shop, None), Err(TooOften(15)));
    assert_eq!(times(|| rates.create(from(2, 0), &shop, None)), 4);
    assert_eq!(times(|| rates.create(from(1, 60), &shop, None)), 4);
}

#[test]
fn a_proved_key_is_counted_wherever_it_comes_from() {
    let (rates, shop) = (rates(&small()), client("shop"));
    let allowed = (0..50)
        .filter(|n| rates.create(from(*n, 0), &shop, Some(&KEY)).is_ok())
        .count();
    assert_eq!(allowed, 4);
    assert_eq!(
        times(|| rates.create(from(99, 0), &shop, None)),
        4,
        "who only names a key is not its owner"
    );
}

#[test]
fn a_flood_in_one_clients_name_leaves_the_others_theirs() {
    let rates = rates(&small());
    let (shop, blog) = (client("shop"), client("blog"));
    assert_eq!(times(|| rates.create(unknown(), &shop, None)), 200);
    assert_eq!(
        times(|| rates.create(unknown(), &blog, None)),
        200,
        "and all together come to an end"
    );
    assert!(rates.create(from(1, 0), &client("third"), None).is_err());
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
        .filter(|second| rates.create(from(1, *second), &shop, None).is_ok())
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
    assert_eq!(times(|| rates.create(from(1, 0), &shop, Some(&KEY))), 4);
    assert_eq!(
        times(|| rates.create(from(2, 0), &shop, Some(&KEY))),
        0,
        "the key has none left"
    );
    assert_eq!(
        times(|| rates.create(from(2, 0), &shop, None)),
        4,
        "the address has all of its own"
    );
}

#[test]
fn one_address_cannot_lock_an_account() {
    let rates = rates(&small());
    assert_eq!(times(|| rates.sign_in(from(1, 0), "anna")), 3);
    assert_eq!(
        times(|| rates.sign_in(from(2, 0), "anna")),
        3,
        "its owner elsewhere still gets in"
    );
    assert_eq!(
        rates.sign_in(from(3, 0), "anna"),
        Err(TooOften(100)),
        "now the account is worn out"
    );
    assert!(rates.sign_in(from(1, 0), "bert").is_ok(), "and no other");
}

#[test]
fn a_name_is_one_name_however_it_is_written_and_whether_it_exists_or_not() {
    let rates = rates(&small());
    for name in ["anna", " Anna ", "ANNA"] {
        assert!(rates.sign_in(from(1, 0), name).is_ok());
    }
    assert!(rates.sign_in(from(1, 0), "aNNa").is_err());
    let nobody = "no name at all \u{202e}";
    assert_eq!(times(|| rates.sign_in(from(1, 0), nobody)), 3);
}

#[test]
fn guessing_from_everywhere_stays_within_the_accounts_budget_and_the_hashers() {
    let rates = rates(&small());
    let tries = (0..1_000)
        .filter(|n| rates.sign_in(from(*n, 0), "anna").is_ok())
        .count();
    assert_eq!(tries, 6);
    let spray = (0..5_000)
        .filter(|n| rates.sign_in(unknown(), &format!("name{n}")).is_ok())
        .count();
    assert_eq!(spray, 4_000 - 6);
}

#[test]
fn worn_out_passwords_touch_nothing_else() {
    let rates = rates(&small());
    while rates.sign_in(from(1, 0), "anna").is_ok() {}
    let account = AccountId::from_bytes([1; 16]);
    assert!(
        rates
            .verify(from(1, 0), GrantId::from_bytes([1; 16]))
            .is_ok()
    );
    assert!(rates.change_password(from(1, 0)).is_ok());
    assert!(rates.collect(from(1, 0)).is_ok());
    assert!(rates.scan(from(1, 0), Some(account)).is_ok());
    assert!(rates.request(from(1, 0)).is_ok());
    assert!(rates.create(from(1, 0), &client("shop"), None).is_ok());
}

#[test]
fn no_phone_of_an_account_spends_what_another_one_needs() {
    let rates = rates(&small());
    let (thief, owner) = (GrantId::from_bytes([1; 16]), GrantId::from_bytes([2; 16]));
    let guesses = (0..1_000)
        .filter(|n| rates.verify(from(*n, 0), thief).is_ok())
        .count();
    assert_eq!(guesses, 6);
    assert!(rates.verify(from(1_001, 0), owner).is_ok());
    assert!(rates.change_password(from(1_001, 0)).is_ok());
}

#[test]
fn scans_count_for_the_address_and_for_the_account() {
    let rates = rates(&small());
    let (anna, bert) = (
        AccountId::from_bytes([1; 16]),
        AccountId::from_bytes([2; 16]),
    );
    let scans = (0..50)
        .filter(|n| rates.scan(from(*n, 0), Some(anna)).is_ok())
        .count();
    assert_eq!(scans, 3);
    assert_eq!(times(|| rates.scan(from(100, 0), Some(bert))), 3);
    assert_eq!(times(|| rates.scan(from(101, 0), None)), 3, "a hold");
}

#[test]
fn registrations_have_an_hour() {
    let rates = rates(&small());
    assert_eq!(times(|| rates.register(from(1, 0))), 2);
    assert_eq!(rates.register(from(1, 0)), Err(TooOften(1_800)));
    assert_eq!(times(|| rates.register(from(1, 1_800))), 1);
    let all = (0..1_000)
        .filter(|n| rates.register(from(1_000 + n, 1_800)).is_ok())
        .count();
    assert_eq!(all, 200 - 1);
}

#[test]
fn without_an_address_only_the_common_budgets_hold() {
    let rates = rates(&small());
    assert_eq!(times(|| rates.request(unknown())), 10_000);
    assert_eq!(times(|| rates.collect(unknown())), 10_000);
    assert_eq!(times(|| rates.sign_in(unknown(), "anna")), 6);
}
