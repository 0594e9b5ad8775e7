//! What callers read of their limits, and what they don't.

use axum::http::HeaderMap;

use super::*;

/// `RateLimit-Policy` and `RateLimit` of an answer to this caller.
fn told(caller: &Caller) -> (String, String) {
    let mut headers = HeaderMap::new();
    caller.ledger.write(&mut headers);
    let text = |name: &str| match headers.get(name) {
        Some(value) => value.to_str().unwrap().to_owned(),
        None => String::new(),
    };
    (text("ratelimit-policy"), text("ratelimit"))
}

fn says(policy: &str, left: &str) -> (String, String) {
    (policy.to_owned(), left.to_owned())
}

#[test]
fn it_is_the_budget_that_is_nearest_to_its_end() {
    let (rates, shop) = (rates(&small()), client("shop"));
    let caller = from(1, 0);
    assert_eq!(told(&caller), says("", ""));
    rates.request(&caller).unwrap();
    assert_eq!(
        told(&caller),
        says(r#""requests";q=8;w=60"#, r#""requests";r=7;t=8"#)
    );
    rates.create(&caller, &shop).unwrap();
    let policy = r#""creations";q=4;w=60"#;
    assert_eq!(told(&caller), says(policy, r#""creations";r=3;t=15"#));

    while rates.create(&from(1, 0), &shop).is_ok() {}
    let refused = from(1, 5);
    assert_eq!(rates.create(&refused, &shop), Err(TooOften(10)));
    assert_eq!(told(&refused), says(policy, r#""creations";r=0;t=10"#));
}

#[test]
fn what_others_did_to_an_account_is_told_to_nobody() {
    let rates = rates(&small());
    let own = r#""account-sign-ins";q=3;w=600"#;
    let first = from(1, 0);
    guess(&rates, &first, "anna").unwrap();
    for n in 2..7 {
        guess(&rates, &from(n, 0), "anna").unwrap();
    }
    let refused = from(1, 30);
    assert_eq!(guess(&rates, &refused, "anna"), Err(TooOften(100)));
    assert_eq!(
        told(&refused),
        says(own, r#""account-sign-ins";r=2"#),
        "its own, and not when: it waits for others"
    );
    let elsewhere = from(99, 90);
    assert_eq!(
        guess(&rates, &elsewhere, "anna"),
        Err(TooOften(100)),
        "the same whenever they did it"
    );
    assert_eq!(told(&elsewhere), says(own, r#""account-sign-ins";r=3"#));

    // A name that nobody touched yet reads as the others did at first.
    let fresh = from(50, 0);
    guess(&rates, &fresh, "nobody").unwrap();
    assert_eq!(told(&fresh), told(&first));
}

#[test]
fn nor_what_the_crowd_or_a_neighbour_did() {
    let (rates, shop) = (rates(&small()), client("shop"));
    while rates.create(&unknown(), &shop).is_ok() {}
    let stranger = from(1, 0);
    assert_eq!(rates.create(&stranger, &shop), Err(TooOften(1)));
    assert_eq!(
        told(&stranger),
        says(r#""creations";q=4;w=60"#, r#""creations";r=4"#)
    );
    assert_eq!(told(&unknown()), says("", ""));

    for n in 0..20 {
        let _ = rates.request(&from_v6(1, 0, n % 4));
    }
    for n in 4..10 {
        let _ = rates.request(&from_v6(1, 0, n));
    }
    let neighbour = from_v6(1, 0, 77);
    let _ = rates.request(&neighbour);
    let (_, left) = told(&neighbour);
    assert!(left.starts_with(r#""requests";r=7"#), "{left}");
}
