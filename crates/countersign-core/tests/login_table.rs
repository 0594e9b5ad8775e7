//! The whole table of states and events, as a snapshot: what happens to a login in each state on
//! each event. Compare with the table in the protocol's design; a changed line is a changed rule.

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use countersign_core::context::Context;
use countersign_core::limits::Lifetimes;
use countersign_core::login::{Assertion, Event, Login, Refusal, State, Step, Typed};
use countersign_core::policy::Forbidden;
use countersign_core::policy::Level::{Code, Passkey, Tap};
use countersign_core::scan_code::Standing::{Current, Foreign, Stale};
use countersign_core::time::Timestamp;
use support::{
    DESKTOP, OTHER_KEY, PASSKEY, Phone, START, after, check, collect, confirm, confirm_by, context,
    deny, from, phone, refused, scan, typing, waiting_with_phrase,
};

const RIGHT: Event = Event::Check {
    key: DESKTOP,
    right: true,
    allowed: true,
};
const WRONG: Event = Event::Check {
    key: DESKTOP,
    right: false,
    allowed: true,
};

/// When the tried event happens: ten seconds in, long before every deadline.
const NOW: Duration = Duration::from_secs(10);

fn states() -> Vec<(&'static str, Login)> {
    let (p, shown) = (phone(1), context(Code, 0));
    let scanned = scan(p, Code, Current, 0);
    let confirmed = confirm(p, 1, &shown, shown.clone());
    let tapped = [
        scan(p, Tap, Current, 0),
        confirm(p, 1, &context(Tap, 0), context(Tap, 0)),
    ];
    let with_passkey = [
        scan(p, Passkey, Current, 0),
        confirm_by(
            p,
            1,
            &context(Passkey, 0),
            context(Passkey, 0),
            Assertion::By(PASSKEY),
        ),
    ];
    let till = |events: &[&Event]| {
        after(
            &events
                .iter()
                .map(|event| (*event).clone())
                .collect::<Vec<_>>(),
        )
    };
    vec![
        ("waiting", till(&[])),
        ("scanned", till(&[&scanned])),
        ("scanned at passkey", after(&with_passkey[..1])),
        (
            "scanned with a phrase",
            from(waiting_with_phrase(), std::slice::from_ref(&scanned)),
        ),
        ("checking", till(&[&scanned, &confirmed])),
        ("checking after passkey", after(&with_passkey)),
        (
            "checking after a phrase",
            from(
                waiting_with_phrase(),
                &[scanned.clone(), typing(confirmed.clone(), Typed::Right)],
            ),
        ),
        ("confirmed by code", till(&[&scanned, &confirmed, &RIGHT])),
        ("confirmed by tap", after(&tapped)),
        (
            "collected",
            till(&[&scanned, &confirmed, &RIGHT, &collect(DESKTOP)]),
        ),
        ("denied after scan", till(&[&scanned, &deny(p, 1)])),
        (
            "denied by wrong codes",
            till(&[&scanned, &confirmed, &WRONG, &WRONG, &WRONG]),
        ),
        ("cancelled", till(&[&scanned, &Event::Cancel])),
        ("expired", {
            let late = START.plus(Duration::from_secs(300));
            after(&[])
                .apply(&Event::Tick, late, &Lifetimes::default())
                .login
        }),
    ]
}

/// The same decision where the rules refuse it by now.
fn with_fresh(mut event: Event, refusal: Refusal) -> Event {
    if let Event::Confirm(confirm) = &mut event {
        confirm.fresh = Err(refusal);
    }
    event
}

type Named = (&'static str, Event);

/// The events, with confirms that name what `login` showed.
fn events(login: &Login) -> Vec<Named> {
    let shown = login
        .state
        .claim()
        .map_or(context(Code, 0), |claim| claim.context.clone());
    let claimant = phone(1);
    let mut events = scans(claimant);
    events.extend(confirms(claimant, &shown));
    events.extend(others(claimant));
    events
}

fn scans(claimant: Phone) -> Vec<Named> {
    let desktop_itself = Phone {
        key: DESKTOP,
        ..claimant
    };
    vec![
        ("scan", scan(claimant, Code, Current, 0)),
        ("scan, old code", scan(claimant, Code, Stale, 0)),
        ("scan, foreign code", scan(claimant, Code, Foreign, 0)),
        (
            "scan by the desktop itself",
            scan(desktop_itself, Code, Current, 0),
        ),
        (
            "scan by another session of the account",
            scan(phone(2), Code, Current, 0),
        ),
        ("scan by another account", scan(phone(3), Code, Current, 0)),
        (
            "scan, refused by the rules",
            refused(claimant, Refusal::NotAllowedHere(Forbidden::Network)),
        ),
        (
            "scan by an account that is not named",
            refused(phone(3), Refusal::NotAllowedHere(Forbidden::Account)),
        ),
        (
            "scan by one that needs a passkey",
            refused(claimant, Refusal::PasskeyRequired { has_passkey: false }),
        ),
        (
            "scan by another account, old code",
            scan(phone(3), Code, Stale, 0),
        ),
    ]
}

fn confirms(claimant: Phone, shown: &Context) -> Vec<Named> {
    let riskier = context(shown.level, 1);
    vec![
        ("confirm", confirm(claimant, 1, shown, shown.clone())),
        (
            "confirm, other digest",
            confirm(claimant, 1, &riskier, shown.clone()),
        ),
        ("confirm, riskier now", confirm(claimant, 1, shown, riskier)),
        (
            "confirm, old ticket",
            confirm(claimant, 0, shown, shown.clone()),
        ),
        (
            "confirm by another session",
            confirm(phone(2), 1, shown, shown.clone()),
        ),
        (
            "confirm with a passkey",
            confirm_by(claimant, 1, shown, shown.clone(), Assertion::By(PASSKEY)),
        ),
        (
            "confirm with a wrong passkey",
            confirm_by(claimant, 1, shown, shown.clone(), Assertion::Wrong),
        ),
        (
            "confirm with the phrase",
            typing(confirm(claimant, 1, shown, shown.clone()), Typed::Right),
        ),
        (
            "confirm with a wrong phrase",
            typing(confirm(claimant, 1, shown, shown.clone()), Typed::Wrong),
        ),
        (
            "confirm, riskier now, with a wrong phrase",
            typing(
                confirm(claimant, 1, shown, context(shown.level, 1)),
                Typed::Wrong,
            ),
        ),
        (
            "confirm, refused by the rules now",
            with_fresh(
                confirm(claimant, 1, shown, shown.clone()),
                Refusal::NotAllowedHere(Forbidden::Far),
            ),
        ),
    ]
}

fn others(claimant: Phone) -> Vec<Named> {
    vec![
        ("check, right", RIGHT),
        ("check, wrong", WRONG),
        ("check, wrong key", check(OTHER_KEY, true)),
        (
            "check, not allowed any more",
            Event::Check {
                key: DESKTOP,
                right: true,
                allowed: false,
            },
        ),
        ("deny", deny(claimant, 1)),
        ("deny by another session", deny(phone(2), 1)),
        ("cancel", Event::Cancel),
        ("collect", collect(DESKTOP)),
        ("collect, wrong key", collect(OTHER_KEY)),
        (
            "collect, not allowed any more",
            Event::Collect {
                key: DESKTOP,
                grant: support::GRANT,
                allowed: false,
            },
        ),
        ("desktop moved", Event::DesktopMoved),
        ("withdraw", Event::Withdraw),
        ("tick", Event::Tick),
    ]
}

fn outcome(before: &Login, step: &Step, now: Timestamp) -> String {
    let verdict = match step.verdict {
        Ok(()) => "granted".to_owned(),
        Err(Refusal::Ended(end)) => format!("refused: ended {end}"),
        Err(refusal) => format!("refused: {refusal:?}"),
    };
    let change = if step.login.version == before.version {
        assert_eq!(&step.login, before, "an unwritten change");
        return format!("{verdict}, nothing written");
    } else {
        assert_eq!(
            step.login.version,
            before.version + 1,
            "one write, one version"
        );
        step.login.state.name()
    };
    let left = step.login.state.deadline().map_or(String::new(), |until| {
        format!(" for {} s", now.seconds_until(until))
    });
    format!("{verdict} -> {change}{left}")
}

#[test]
fn every_state_meets_every_event() {
    let now = START.plus(NOW);
    let mut table = String::new();
    for (state, login) in states() {
        writeln!(table, "## {state}").unwrap();
        for (event, tried) in events(&login) {
            let step = login.clone().apply(&tried, now, &Lifetimes::default());
            writeln!(table, "{event:40} {}", outcome(&login, &step, now)).unwrap();
        }
        writeln!(table).unwrap();
    }
    insta::assert_snapshot!("login_table", table);
}

#[test]
fn a_deadline_is_final_to_the_millisecond_in_every_state() {
    for (name, login) in states() {
        let Some(until) = login.state.deadline() else {
            continue;
        };
        let just_before = until.minus(Duration::from_millis(1));
        assert!(!login.expired(just_before), "{name}");
        assert!(login.expired(until), "{name}");
        assert_eq!(login.view(until).expires_in, 0, "{name}");
        for (event, tried) in events(&login) {
            let step = login.clone().apply(&tried, until, &Lifetimes::default());
            let expired = matches!(step.login.state, State::Expired { at, .. } if at == until);
            assert!(
                expired,
                "{name}: {event} at the deadline gave {:?}",
                step.login.state
            );
            assert_eq!(
                step.login.version,
                login.view(until).version,
                "{name}: the view foretells the version"
            );
        }
    }
}
