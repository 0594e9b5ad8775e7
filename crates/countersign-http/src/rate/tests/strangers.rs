//! Who signed in here lately is kept out by no crowd; a crowd is.

use super::*;

const OTHER: Thumbprint = Thumbprint::from_bytes([8; 32]);

/// Spends what all strangers have together.
fn crowd(mut what: impl FnMut(&Caller) -> Result<(), TooOften>) -> usize {
    let allowed = (10_000..20_000).filter(|n| what(&from(*n, 0)).is_ok());
    allowed.count()
}

#[test]
fn a_spent_common_budget_refuses_strangers_only() {
    let (rates, shop) = (rates(&small()), client("shop"));
    signed_in(&rates, &from(1, 0), &KEY, (1, "anna"));
    crowd(|caller| rates.create(caller, &shop));
    crowd(|caller| guess(&rates, caller, &format!("{:?}", caller.address)));
    crowd(|caller| rates.register(caller));
    crowd(|caller| rates.passkey(caller));
    crowd(|caller| rates.passkey_options(caller));
    crowd(|caller| rates.invitation(caller));
    crowd(|caller| rates.undo(caller));

    let all = |caller: &Caller| {
        [
            rates.create(caller, &shop).is_ok(),
            guess(&rates, caller, "anna").is_ok(),
            rates.register(caller).is_ok(),
            rates.passkey(caller).is_ok(),
            rates.passkey_options(caller).is_ok(),
            rates.invitation(caller).is_ok(),
            rates.undo(caller).is_ok(),
        ]
    };
    assert_eq!(all(&from(2, 0)), [false; 7], "a stranger");
    assert_eq!(all(&from(1, 0)), [true; 7], "at home");
    assert_eq!(all(&from(2, 0).proved(KEY)), [true; 7], "her key elsewhere");
    assert_eq!(all(&from(2, 0).proved(OTHER)), [false; 7], "another key");
    assert!(
        guess(&rates, &from(1, 0), "bert").is_ok(),
        "a guest of hers"
    );
    // Live sessions and right codes never had anything to do with it.
    assert!(rates.verify(&from(2, 0), GRANT).is_ok());
    assert!(rates.change_password(&from(2, 0), GRANT).is_ok());
    assert!(rates.scan(&from(2, 0), account(1)).is_ok());
    assert!(rates.prompt(&from(2, 0), account(1)).is_ok());
    assert!(rates.collect(&from(2, 0)).is_ok());
    assert!(rates.request(&from(2, 0)).is_ok());
}

#[test]
fn nobody_spends_what_a_session_needs() {
    let rates = rates(&small());
    crowd(|caller| rates.passkey(caller));
    crowd(|caller| rates.passkey_options(caller));
    let session = || from(2, 0).signed_in(OTHER);
    assert_eq!(times(|| rates.passkey_options(&session())), 4);
    assert_eq!(times(|| rates.passkey(&session())), 4);
    // At an address that is worn out, too.
    while rates.passkey(&from(1, 0)).is_ok() {}
    assert!(rates.passkey(&from(1, 0).signed_in(KEY)).is_ok());
}

#[test]
fn no_crowd_keeps_the_operator_out() {
    let rates = rates(&small());
    let asked = crowd(|caller| rates.operator(caller));
    assert_eq!(asked, 10_000);
    assert_eq!(times(|| rates.operator(&from(1, 0))), 100);
}

#[test]
fn who_is_known_still_has_an_end() {
    let (rates, shop) = (rates(&small()), client("shop"));
    signed_in(&rates, &from(1, 0), &KEY, (1, "anna"));
    assert_eq!(times(|| rates.create(&from(1, 0), &shop)), 4);
    let on_many = |n: usize| guess(&rates, &from(1, 0), &format!("name{n}"));
    assert_eq!((0..500).filter(|n| on_many(*n).is_ok()).count(), 100);
}

#[test]
fn no_stranger_locks_an_owner_out_who_signed_in_before() {
    let rates = rates(&small());
    signed_in(&rates, &from(1, 0), &KEY, (1, "anna"));
    assert_eq!(crowd(|caller| guess(&rates, caller, "anna")), 6);
    assert!(guess(&rates, &from(3, 0), "anna").is_err(), "somewhere new");
    assert_eq!(times(|| guess(&rates, &from(1, 0), "anna")), 3);
    // Even those at her own address, who have just spent that, leave her key its own.
    for n in 0..200 {
        let _ = guess(&rates, &from(1, 0), &format!("name{n}"));
    }
    assert!(guess(&rates, &from(1, 0), "bert").is_err(), "all of it");
    let herself = from(1, 0).proved(KEY);
    assert_eq!(times(|| guess(&rates, &herself, "ANNA")), 3);
    let abroad = from(99, 600).proved(KEY);
    assert_eq!(times(|| guess(&rates, &abroad, "anna")), 3);
}

#[test]
fn no_few_addresses_spend_what_an_owner_needs_to_come_back() {
    let rates = rates(&small());
    for thief in 0..10 {
        assert_eq!(times(|| rates.recover(&from(thief, 0))), 100);
    }
    assert!(rates.recover(&from(99, 0)).is_ok(), "somewhere new");
    // An address has its end, and all strangers together; who signed in here lately is none.
    signed_in(&rates, &from(99, 0), &KEY, (1, "anna"));
    assert_eq!(crowd(|caller| rates.recover(caller)), 4_000 - 1_001);
    assert!(rates.recover(&from(98, 0)).is_err());
    assert!(rates.recover(&from(99, 0)).is_ok());
    assert!(rates.recover(&from(98, 0).proved(KEY)).is_ok());
    assert!(
        guess(&rates, &from(98, 0), "anna").is_ok(),
        "passwords are apart"
    );
}

#[test]
fn to_be_known_to_one_account_helps_with_no_other() {
    let rates = rates(&small());
    signed_in(&rates, &from(1, 0), &OTHER, (2, "mallory"));
    crowd(|caller| guess(&rates, caller, "anna"));
    assert!(guess(&rates, &from(1, 0).proved(OTHER), "anna").is_err());
}

#[test]
fn a_success_gives_nothing_back() {
    let rates = rates(&small());
    let mut own = 0;
    let guesses = (0..50)
        .filter(|_| {
            let caller = from(1, 0).proved(OTHER);
            if let Ok(attempt) = rates.sign_in(&caller, "mallory", "her own") {
                attempt.was_harmless();
                signed_in(&rates, &caller, &OTHER, (2, "mallory"));
                own += 1;
            }
            guess(&rates, &caller, "anna").is_ok()
        })
        .count();
    assert_eq!(guesses, 3);
    assert!(own < 10, "{own}");
}

#[test]
fn one_password_is_tried_on_few_accounts_wherever_it_comes_from() {
    let rates = rates(&small());
    let spray = |caller: &Caller, n: u32| {
        let attempt = rates.sign_in(caller, &format!("name{n}"), "Summer2026!");
        attempt.map(|_| ())
    };
    let tried = (0..1_000).filter(|n| spray(&from(*n, 0), *n).is_ok());
    assert_eq!(tried.count(), 6);
    assert_eq!(spray(&from(7, 599), 1_001), Err(TooOften(600)));
    assert_eq!(spray(&from(7, 600), 1_001), Ok(()));
    assert!(
        guess(&rates, &from(7, 600), "name1001").is_ok(),
        "another one"
    );
    // Whose own it is signs in where she did before.
    signed_in(&rates, &from(1, 0), &KEY, (1, "anna"));
    for caller in [from(1, 0), from(2, 0).proved(KEY)] {
        assert!(rates.sign_in(&caller, "anna", "Summer2026!").is_ok());
    }
}

#[test]
fn a_right_password_is_not_counted_as_tried() {
    let rates = rates(&small());
    for n in 0..100 {
        let attempt = rates.sign_in(&from(n, 0), &format!("name{n}"), "everybody's");
        attempt.unwrap().was_harmless();
    }
}
