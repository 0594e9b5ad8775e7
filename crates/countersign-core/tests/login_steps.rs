//! Single steps of a login that the table does not show: counts, versions, what is kept.

mod support;

use std::time::Duration;

use countersign_core::limits::Lifetimes;
use countersign_core::login::{Assertion, Event, Refusal, State, Typed};
use countersign_core::policy::Forbidden;
use countersign_core::policy::Level::{Code, Passkey, Tap};
use countersign_core::scan_code::Standing::Current;
use support::{
    PASSKEY, START, after, confirm, confirm_by, context, from, offer, phone, refused, scan, typing,
    waiting_with_phrase,
};

/// When the tried event happens: ten seconds in, long before every deadline.
const NOW: Duration = Duration::from_secs(10);

#[test]
fn a_riskier_context_raises_the_claim_and_leaves_the_deadline() {
    let (p, shown, riskier) = (phone(1), context(Code, 0), context(Code, 1));
    let login = after(&[scan(p, Code, Current, 0)]);
    let until = login.state.deadline();
    let refused = login.apply(
        &confirm(p, 1, &shown, riskier.clone()),
        START.plus(NOW),
        &Lifetimes::default(),
    );
    assert_eq!(refused.verdict, Err(Refusal::ContextChanged));
    assert_eq!(refused.login.state.deadline(), until);
    let claim = refused.login.state.claim().unwrap();
    assert_eq!((claim.version, &claim.context), (2, &riskier));
    let stale = refused.login.clone().apply(
        &confirm(p, 1, &shown, riskier.clone()),
        START.plus(NOW),
        &Lifetimes::default(),
    );
    assert_eq!(
        stale.verdict,
        Err(Refusal::Unknown),
        "the first ticket is dead"
    );
    let seen = refused.login.apply(
        &confirm(p, 2, &riskier, riskier.clone()),
        START.plus(NOW),
        &Lifetimes::default(),
    );
    assert_eq!(seen.verdict, Ok(()));
}

#[test]
fn the_third_stranger_cancels_and_the_same_one_counts_once() {
    let login = after(&[
        scan(phone(1), Code, Current, 0),
        scan(phone(3), Code, Current, 0),
        scan(phone(3), Code, Current, 0),
        scan(phone(4), Code, Current, 0),
    ]);
    assert_eq!(login.strangers.len(), 2);
    let last = login.apply(
        &scan(phone(5), Code, Current, 0),
        START.plus(NOW),
        &Lifetimes::default(),
    );
    assert_eq!(
        last.verdict,
        Err(Refusal::Claimed),
        "the stranger learns nothing new"
    );
    assert_eq!(last.login.state.name().name(), "cancelled");
}

#[test]
fn five_wrong_passkeys_deny_and_are_no_check_codes() {
    let (p, shown) = (phone(1), context(Passkey, 0));
    let wrong = confirm_by(p, 1, &shown, shown.clone(), Assertion::Wrong);
    let mut login = after(&[scan(p, Passkey, Current, 0)]);
    for left in (0..5).rev() {
        let step = login.apply(&wrong, START.plus(NOW), &Lifetimes::default());
        let refusal = Refusal::PasskeyRejected { tries_left: left };
        assert_eq!(step.verdict, Err(refusal));
        login = step.login;
    }
    assert_eq!(login.state.cause(), Some("wrong_passkeys"));
    assert_eq!(login.wrong_codes, 0);
}

#[test]
fn three_wrong_phrases_deny_and_are_neither_check_codes_nor_passkeys() {
    let (p, shown) = (phone(1), context(Passkey, 0));
    let confirm = confirm_by(p, 1, &shown, shown.clone(), Assertion::Wrong);
    let mut login = from(waiting_with_phrase(), &[scan(p, Passkey, Current, 0)]);
    for left in (0..3).rev() {
        let wrong = typing(confirm.clone(), Typed::Wrong);
        let step = login.apply(&wrong, START.plus(NOW), &Lifetimes::default());
        assert_eq!(step.verdict, Err(Refusal::WrongPhrase { tries_left: left }));
        login = step.login;
    }
    assert_eq!(login.state.cause(), Some("wrong_phrases"));
    assert_eq!((login.wrong_codes, login.wrong_passkeys), (0, 0));
    let right = typing(confirm, Typed::Right);
    let step = login.apply(&right, START.plus(NOW), &Lifetimes::default());
    assert!(matches!(step.verdict, Err(Refusal::Ended(_))));
}

#[test]
fn wrong_phrases_count_on_when_the_context_changed() {
    let (p, shown, riskier) = (phone(1), context(Code, 0), context(Code, 1));
    let wrong = typing(confirm(p, 1, &shown, shown.clone()), Typed::Wrong);
    let right = confirm(p, 1, &shown, riskier.clone());
    let scanned = scan(p, Code, Current, 0);
    let changed = from(
        waiting_with_phrase(),
        &[scanned, wrong, typing(right, Typed::Right)],
    );
    let claim = changed.state.claim().unwrap();
    assert_eq!((claim.version, changed.wrong_phrases), (2, 1));
    let wrong = typing(confirm(p, 2, &riskier, riskier.clone()), Typed::Wrong);
    let step = changed.apply(&wrong, START.plus(NOW), &Lifetimes::default());
    assert_eq!(step.verdict, Err(Refusal::WrongPhrase { tries_left: 1 }));
}

#[test]
fn a_confirm_at_passkey_keeps_which_and_a_safer_context_asks_no_less() {
    let (p, shown) = (phone(1), context(Passkey, 0));
    let scanned = after(&[scan(p, Passkey, Current, 0)]);
    let now = START.plus(NOW);
    let safer = |assertion| confirm_by(p, 1, &shown, context(Tap, 0), assertion);
    let step = scanned
        .clone()
        .apply(&safer(Assertion::Missing), now, &Lifetimes::default());
    let required = Refusal::PasskeyRequired { has_passkey: true };
    assert_eq!((step.verdict, &step.login), (Err(required), &scanned));
    let step = scanned.apply(&safer(Assertion::By(PASSKEY)), now, &Lifetimes::default());
    let State::Checking { confirmation, .. } = step.login.state else {
        panic!("{:?}", step.login.state)
    };
    assert_eq!(confirmation.passkey, Some(PASSKEY));
}

#[test]
fn a_context_that_comes_to_ask_a_passkey_brings_its_own_challenge() {
    let (p, shown) = (phone(1), context(Code, 0));
    let mut event = confirm(p, 1, &shown, context(Passkey, 0));
    if let Event::Confirm(confirm) = &mut event {
        confirm.fresh = Ok(support::Offer {
            challenge: Some("another".to_owned()),
            address: "192.0.2.9".parse().ok(),
            ..offer(context(Passkey, 0))
        });
    }
    let step =
        after(&[scan(p, Code, Current, 0)]).apply(&event, START.plus(NOW), &Lifetimes::default());
    let claim = step.login.state.claim().unwrap();
    assert_eq!(claim.version, 2);
    assert_eq!(claim.challenge.as_deref(), Some("another"));
    assert_eq!(claim.address, "192.0.2.9".parse().ok());
}

#[test]
fn accounts_that_are_not_named_cancel_as_strangers_do() {
    let not_named = |n| refused(phone(n), Refusal::NotAllowedHere(Forbidden::Account));
    let login = after(&[not_named(3), not_named(3), not_named(4)]);
    assert_eq!(login.strangers.len(), 2);
    assert_eq!(login.state.name().name(), "waiting");
    let last = login.apply(&not_named(5), START.plus(NOW), &Lifetimes::default());
    assert_eq!(
        last.verdict,
        Err(Refusal::NotAllowedHere(Forbidden::Account))
    );
    assert_eq!(last.login.state.cause(), Some("strangers"));
    assert_eq!(last.login.state.claim(), None);
}
