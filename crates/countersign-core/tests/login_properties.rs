//! What holds in any order of events and at any time.

mod support;

use std::time::Duration;

use countersign_core::audit::Entry;
use countersign_core::limits::{CHECK_TRIES, Lifetimes, PASSKEY_TRIES, PHRASE_TRIES, STRANGERS};
use countersign_core::login::{
    Assertion, Confirm, DenyCause, Event, Login, Refusal, State, StateName, Step, Typed,
};
use countersign_core::policy::{Forbidden, Level};
use countersign_core::scan_code::Standing;
use countersign_core::time::Timestamp;
use proptest::prelude::*;
use support::{
    DESKTOP, GRANT, OTHER_KEY, PASSKEY, START, confirm_by, context, deny, phone, refused, scan,
    typing, waiting, waiting_with_phrase,
};

/// An event by anybody, and how long after the one before it happens.
fn happening() -> impl Strategy<Value = (Event, Duration)> {
    let standing = prop_oneof![4 => Just(Standing::Current), 1 => Just(Standing::Stale), 1 => Just(Standing::Foreign)];
    let level = prop_oneof![Just(Level::Tap), Just(Level::Code), Just(Level::Passkey)];
    let strangers = 0..3_u8;
    let refusal = prop_oneof![
        Just(Refusal::NotAllowedHere(Forbidden::Far)),
        Just(Refusal::NotAllowedHere(Forbidden::Account)),
        Just(Refusal::PasskeyRequired { has_passkey: false }),
    ];
    let assertion = prop_oneof![
        1 => Just(Assertion::Missing),
        1 => Just(Assertion::Wrong),
        3 => Just(Assertion::By(PASSKEY)),
    ];
    let phrase = prop_oneof![
        1 => Just(Typed::Missing),
        1 => Just(Typed::Wrong),
        3 => Just(Typed::Right),
    ];
    let key = prop_oneof![5 => Just(DESKTOP), 1 => Just(OTHER_KEY)];
    let allowed = prop_oneof![6 => Just(true), 1 => Just(false)];
    let event = prop_oneof![
        4 => (1..6_u8, level.clone(), standing, strangers.clone())
            .prop_map(|(by, level, standing, strangers)| scan(phone(by), level, standing, strangers)),
        1 => (1..6_u8, refusal.clone()).prop_map(|(by, refusal)| refused(phone(by), refusal)),
        4 => (1..6_u8, 1..3_u32, level.clone(), level, strangers.clone(), strangers, assertion, phrase).prop_map(
            |(by, claim, shown, fresh, before, now, assertion, phrase)| {
                let (shown, fresh) = (context(shown, before), context(fresh, now));
                typing(confirm_by(phone(by), claim, &shown, fresh, assertion), phrase)
            }
        ),
        1 => (1..6_u8, refusal).prop_map(|(by, refusal)| {
            let shown = context(Level::Code, 0);
            let mut event = confirm_by(phone(by), 1, &shown, shown.clone(), Assertion::Missing);
            if let Event::Confirm(confirm) = &mut event {
                confirm.fresh = Err(refusal);
            }
            event
        }),
        4 => (any::<bool>(), key.clone(), allowed.clone())
            .prop_map(|(right, key, allowed)| Event::Check { key, right, allowed }),
        1 => (1..6_u8, 1..3_u32).prop_map(|(by, claim)| deny(phone(by), claim)),
        1 => Just(Event::Cancel),
        3 => (key, allowed).prop_map(|(key, allowed)| Event::Collect { key, grant: GRANT, allowed }),
        1 => Just(Event::DesktopMoved),
        1 => Just(Event::Withdraw),
        1 => Just(Event::Tick),
    ];
    let pause = prop_oneof![8 => 0..5_000_u64, 1 => 0..400_000_u64];
    (event, pause.prop_map(Duration::from_millis))
}

/// The steps of a whole history, of a login with a phrase when its length is odd: the login before, the event, when, and what became of it.
fn run(history: Vec<(Event, Duration)>) -> Vec<(Login, Event, Timestamp, Step)> {
    let phrase = history.len() % 2 == 1;
    let (mut login, mut now) = (
        if phrase {
            waiting_with_phrase()
        } else {
            waiting()
        },
        START,
    );
    history
        .into_iter()
        .map(|(event, pause)| {
            now = now.plus(pause);
            let step = login.clone().apply(&event, now, &Lifetimes::default());
            let before = std::mem::replace(&mut login, step.login.clone());
            (before, event, now, step)
        })
        .collect()
}

fn allowed(from: StateName, to: StateName) -> bool {
    use StateName::{Cancelled, Checking, Collected, Confirmed, Denied, Expired, Scanned, Waiting};
    match (from, to) {
        (from, to) if from == to => true,
        (Waiting, Scanned | Cancelled | Expired)
        | (Scanned, Checking | Confirmed | Denied | Cancelled | Expired)
        | (Checking, Confirmed | Denied | Cancelled | Expired)
        | (Confirmed, Collected | Denied | Cancelled | Expired) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn states_follow_the_diagram_and_final_ones_never_change(history in prop::collection::vec(happening(), 1..40)) {
        for (before, event, now, step) in run(history) {
            let (from, to) = (before.state.name(), step.login.state.name());
            prop_assert!(allowed(from, to), "{from} -> {to} by {event:?}");
            if from.is_final() {
                prop_assert_eq!(&before, &step.login);
            }
            let written = step.login.version - before.version;
            prop_assert!(written <= 1);
            prop_assert_eq!(written == 1, step.login != before, "a change is a version");
            if before.expired(now) {
                prop_assert_eq!(to, StateName::Expired);
            }
            prop_assert_eq!(step.login.view(now).state, to);
        }
    }

    #[test]
    fn one_phone_session_claims_confirms_and_gives_its_account(history in prop::collection::vec(happening(), 1..40)) {
        let mut claimed = None;
        for (before, event, _, step) in run(history) {
            if let Some(claim) = step.login.state.claim() {
                let who = (claim.session, claim.account);
                prop_assert_eq!(*claimed.get_or_insert(who), who, "a claim never changes hands");
            }
            let decided = matches!(
                (before.state.name(), step.login.state.name()),
                (StateName::Scanned, StateName::Checking | StateName::Confirmed)
            );
            if decided {
                let Event::Confirm(confirm) = event else {
                    return Err(TestCaseError::fail("only a confirm confirms"));
                };
                let Confirm { session, digest, assertion, phrase, .. } = *confirm;
                let claim = before.state.claim().expect("claimed");
                prop_assert_eq!(claim.session, session);
                prop_assert_eq!(claim.context.digest(), digest, "what was stored is what was confirmed");
                let proved = assertion == Assertion::By(PASSKEY);
                prop_assert!(proved || claim.context.level < Level::Passkey);
                prop_assert!(before.request.phrase.is_none() || phrase == Typed::Right);
            }
        }
    }

    #[test]
    fn a_grant_needs_a_confirm_a_right_code_and_the_desktops_key(history in prop::collection::vec(happening(), 1..60)) {
        let (mut right_code, mut collected) = (false, None);
        for (_, event, _, step) in run(history) {
            right_code |= matches!(&event, Event::Check { key, right: true, allowed: true } if *key == DESKTOP) && step.verdict.is_ok();
            if let State::Collected { grant, claim, .. } = &step.login.state {
                if collected.is_none() {
                    let by_desktop = matches!(&event, Event::Collect { key, allowed: true, .. } if *key == DESKTOP);
                    prop_assert!(by_desktop, "{event:?}");
                    prop_assert!(right_code || claim.context.level == Level::Tap);
                }
                prop_assert_eq!(*collected.get_or_insert(*grant), *grant, "one grant for ever");
            }
        }
    }

    #[test]
    fn tries_and_strangers_are_bounded(history in prop::collection::vec(happening(), 1..60)) {
        for (_, event, _, step) in run(history) {
            prop_assert!(step.login.wrong_codes <= CHECK_TRIES);
            prop_assert!(step.login.wrong_passkeys <= PASSKEY_TRIES);
            prop_assert!(step.login.wrong_phrases <= PHRASE_TRIES);
            prop_assert!(step.login.wrong_phrases == 0 || step.login.request.phrase.is_some());
            prop_assert!(step.login.strangers.len() <= STRANGERS);
            let mut distinct = step.login.strangers.clone();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), step.login.strangers.len());
            if let Err(
                Refusal::WrongCode { tries_left }
                | Refusal::PasskeyRejected { tries_left }
                | Refusal::WrongPhrase { tries_left },
            ) = step.verdict
            {
                prop_assert_eq!(tries_left == 0, step.login.state.name() == StateName::Denied, "{:?}", event);
            }
        }
    }

    #[test]
    fn passkey_and_challenge_are_there_exactly_where_the_level_asks_for_them(history in prop::collection::vec(happening(), 1..40)) {
        for (_, event, _, step) in run(history) {
            let Some(claim) = step.login.state.claim() else { continue };
            let asked = claim.context.level == Level::Passkey;
            prop_assert_eq!(claim.challenge.is_some(), asked, "{:?}", event);
            if let State::Checking { confirmation, .. } | State::Confirmed { confirmation, .. } | State::Collected { confirmation, .. } = &step.login.state {
                prop_assert_eq!(confirmation.passkey.is_some(), asked, "{:?}", event);
            }
        }
    }

    #[test]
    fn what_the_rules_no_longer_allow_is_denied(history in prop::collection::vec(happening(), 1..40)) {
        for (before, event, now, step) in run(history) {
            let refused = match (&event, before.state.name()) {
                (Event::Check { key, allowed: false, .. }, StateName::Checking)
                | (Event::Collect { key, allowed: false, .. }, StateName::Confirmed) => *key == DESKTOP,
                _ => false,
            };
            if refused && !before.expired(now) {
                let denied = matches!(step.login.state, State::Denied { cause: DenyCause::NoLongerAllowed, .. });
                prop_assert!(denied, "{event:?} -> {:?}", step.login.state);
            }
        }
    }

    #[test]
    fn a_repeat_by_the_same_party_changes_nothing(history in prop::collection::vec(happening(), 1..40)) {
        for (_, event, now, step) in run(history) {
            let repeatable = !matches!(event, Event::Check { right: false, .. } | Event::Withdraw);
            if step.verdict.is_ok() && repeatable {
                let again = step.login.clone().apply(&event, now, &Lifetimes::default());
                prop_assert_eq!(&again.login, &step.login, "{:?}", event);
                prop_assert_eq!(again.verdict, Ok(()), "{:?}", event);
            }
        }
    }

    #[test]
    fn only_entering_a_state_sets_its_deadline(history in prop::collection::vec(happening(), 1..40)) {
        for (before, event, _, step) in run(history) {
            if before.state.name() == step.login.state.name() {
                prop_assert_eq!(before.state.deadline(), step.login.state.deadline(), "{:?}", event);
            }
        }
    }

    #[test]
    fn folding_the_audit_log_gives_the_login(history in prop::collection::vec(happening(), 1..40)) {
        let (mut state, mut version) = (StateName::Waiting, 1);
        let mut last = waiting();
        for (before, _, now, step) in run(history) {
            if step.login.version != before.version {
                let change = Entry::step(&before, &step.login, now).login.expect("a login's entry");
                prop_assert_eq!(change.from, Some(state));
                prop_assert_eq!(change.version, version + 1);
                (state, version) = (change.to, change.version);
            }
            last = step.login;
        }
        prop_assert_eq!((state, version), (last.state.name(), last.version));
    }
}
