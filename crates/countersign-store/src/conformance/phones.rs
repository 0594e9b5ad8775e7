//! Phones: the first one approves at once, a further one waits or is allowed.

use std::time::Duration;

use countersign_core::audit::{Entry, Kind, PHONE_WAITS};
use countersign_core::grant::{Additional, EndCause, Role};
use countersign_core::ids::{GrantId, Thumbprint};
use countersign_core::limits::{PHONE_MEMORY, PHONE_SESSION, PHONE_WAIT};
use countersign_core::ports::{Actor, Allowed, Collected, Holder, Opened, Verified, Which};
use countersign_core::time::Timestamp;

use super::Subject;
use super::logins::RACERS;
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{Racer, at_once, password, rules};

/// A day, unless the server is open to further phones; the log tells who waits.
pub async fn the_first_phone_approves_at_once_and_a_further_one_waits(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = scene.confirming_phone(anna, key(2), at(10)).await;
    let third = scene.session(anna, key(3), Role::Phone, at(20));
    let third = scene.open_with(third, Additional::Open).await;
    let desktop = scene.session(anna, key(4), Role::Desktop, at(30));
    let desktop = scene.open_with(desktop, Additional::Confirm).await;
    let scene = scene.reopened().await;
    for (phone, from) in [
        (&first, Some(START)),
        (&second, Some(at(10).plus(PHONE_WAIT))),
        (&third, Some(at(20))),
        (&desktop, None),
    ] {
        assert_eq!(phone.grant.approves_from, from);
        assert_eq!(scene.grant(phone.grant.id).await, phone.grant);
    }
    let told: Vec<_> = scene
        .told(anna)
        .await
        .into_iter()
        .map(|told| (told.entry.grant.unwrap(), told.entry.detail))
        .collect();
    let waits = Some(PHONE_WAITS.into());
    let expected = [
        (desktop.grant.id, None),
        (third.grant.id, None),
        (second.grant.id, waits),
        (first.grant.id, None),
    ];
    assert_eq!(told, expected);
}

/// However many sign in at the same moment.
pub async fn of_two_hundred_first_phones_one_approves_at_once(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let racers = (0..RACERS).map(|n| {
        let minting = scene.session(anna, numbered(n), Role::Phone, START);
        let grants = scene.store.grants();
        let racer: Racer<Option<Timestamp>> = Box::pin(async move {
            let opened = grants
                .open_session(minting, password(HASH), rules(Additional::Confirm))
                .await;
            let Ok(Opened::Done(holder)) = opened else {
                unreachable!("{opened:?}")
            };
            holder.grant.approves_from
        });
        racer
    });
    let from = at_once(racers.collect()).await;
    let first = from.iter().filter(|from| **from == Some(START));
    assert_eq!(first.count(), 1);
    let day = Some(START.plus(PHONE_WAIT));
    let further = from.iter().filter(|from| **from == day);
    assert_eq!(further.count(), RACERS - 1);
}

/// Its own session is the one that it replaces.
pub async fn a_phone_that_signs_in_again_is_no_further_one(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), at(10)).await;
    let again = scene.confirming_phone(anna, key(1), at(20)).await;
    assert_eq!(again.grant.approves_from, Some(at(20)));
    // Nor does it wait for longer when it waits.
    let still = scene.confirming_phone(anna, key(2), at(30)).await;
    assert_eq!(still.grant.approves_from, waiting.grant.approves_from);
    // But when somebody took it back, it begins anew.
    let which = Which::One(again.grant.id);
    scene.end(which, EndCause::Undone, at(40)).await;
    let undone = scene.confirming_phone(anna, key(1), at(50)).await;
    assert_eq!(undone.grant.approves_from, Some(at(50).plus(PHONE_WAIT)));
    // However often it signs in from then on, until that day has passed.
    for now in [at(60), at(70)] {
        let undone = scene.confirming_phone(anna, key(1), now).await;
        assert_eq!(undone.grant.approves_from, Some(at(50).plus(PHONE_WAIT)));
    }
}

/// A phone that is gone for so long is forgotten; until then it makes the next one a further one.
pub async fn a_phone_is_remembered_for_a_month(store: impl Subject) {
    let scene = Scene::new(store);
    let just = Duration::from_millis(1);
    for (name, ended) in [("anna", true), ("eve", false)] {
        let account = scene.account(name).await.id;
        let first = scene.confirming_phone(account, key(1), START).await;
        let mut over = START.plus(PHONE_SESSION);
        if ended {
            over = at(5);
            let which = Which::One(first.grant.id);
            scene.end(which, EndCause::SignedOut, over).await;
        }
        let month = over.plus(PHONE_MEMORY);
        let early = month.minus(just);
        let further = scene.confirming_phone(account, key(2), early).await;
        assert_eq!(further.grant.approves_from, Some(early.plus(PHONE_WAIT)));
        let first = scene.confirming_phone(account, key(3), month).await;
        assert_eq!(first.grant.approves_from, Some(month));
    }
}

/// Another account's phones are nobody's, and a desktop is no phone.
pub async fn what_is_no_phone_of_the_account_makes_no_further_one(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    scene.confirming_phone(eve, key(1), START).await;
    let desktop = scene.session(anna, key(2), Role::Desktop, START);
    scene.open(desktop).await;
    let first = scene.confirming_phone(anna, key(3), at(1)).await;
    assert_eq!(first.grant.approves_from, Some(at(1)));
}

/// Nobody becomes the first phone, or a known one, by signing in so often that the others are lost.
pub async fn however_many_signed_in_since_the_first_phone_counts(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    scene.confirming_phone(anna, key(1), START).await;
    let racers = (0..600).map(|n| {
        let minting = scene.session(anna, numbered(n % 3), Role::Phone, at(10));
        let grants = scene.store.grants();
        let racer: Racer<bool> = Box::pin(async move {
            let opened = grants
                .open_session(minting, password(HASH), rules(Additional::Confirm))
                .await;
            matches!(opened, Ok(Opened::Done(_)))
        });
        racer
    });
    assert!(
        at_once(racers.collect())
            .await
            .into_iter()
            .all(|opened| opened)
    );
    let further = scene.confirming_phone(anna, key(2), at(20)).await;
    assert_eq!(further.grant.approves_from, Some(at(20).plus(PHONE_WAIT)));
    let own = scene.confirming_phone(anna, key(1), at(30)).await;
    assert_eq!(own.grant.approves_from, Some(at(30)));
}

/// Nor does a phone that was sent away gain anything by how often it had signed in before.
pub async fn however_often_it_had_signed_in_a_phone_that_was_sent_away_waits(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let mut last = scene.confirming_phone(anna, key(1), START).await;
    for n in 1..270 {
        last = scene.confirming_phone(anna, key(1), at(n)).await;
    }
    let which = Which::One(last.grant.id);
    scene.end(which, EndCause::Undone, at(300)).await;
    let again = scene.confirming_phone(anna, key(1), at(310)).await;
    assert_eq!(again.grant.approves_from, Some(at(310).plus(PHONE_WAIT)));
}

/// Nor by having signed out before somebody took it back.
pub async fn a_phone_that_was_over_when_it_was_taken_back_begins_anew(store: impl Subject) {
    let scene = Scene::new(store);
    for way in 0..4 {
        let anna = scene.account(&format!("anna{way}")).await.id;
        let first = scene.confirming_phone(anna, key(1), START).await;
        let second = scene.confirming_phone(anna, key(2), at(10)).await;
        assert!(allow(&scene, &first, second.grant.id, at(20)).await);
        let own = Which::One(second.grant.id);
        let over = scene.end(own, EndCause::SignedOut, at(30)).await;
        assert_eq!(over, [second.grant.id]);
        let which = match way {
            0 => own,
            1 => Which::WithApproved(second.grant.id),
            2 => Which::OfDevice(anna, second.device.id),
            _ => Which::Others(anna, first.grant.id, None),
        };
        let cause = if way < 2 {
            EndCause::Undone
        } else {
            EndCause::SignedOutElsewhere
        };
        let over = scene.end(which, cause, at(40)).await;
        assert_eq!(over, [], "{way}");
        let scene = &scene;
        let waits = async |n: u64| {
            let again = scene.confirming_phone(anna, key(2), at(n)).await;
            again.grant.approves_from
        };
        let day = Some(at(50).plus(PHONE_WAIT));
        assert_eq!(waits(50).await, day, "{way}");
        assert_eq!(waits(60).await, day, "{way}: not for longer");
        // The one that did it is none of those.
        let first = scene.confirming_phone(anna, key(1), at(70)).await;
        assert_eq!(first.grant.approves_from, Some(at(70)), "{way}");
    }
}

/// A phone loses nothing where another sign-in of its device was taken back.
pub async fn a_phone_that_was_spared_goes_on(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = scene.confirming_phone(anna, key(2), START).await;
    assert!(allow(&scene, &first, second.grant.id, at(1)).await);
    let desktop = scene.session(anna, key(2), Role::Desktop, at(2));
    let desktop = scene.open(desktop).await;
    assert_eq!(desktop.device.id, second.device.id);
    let which = Which::Others(anna, first.grant.id, Some(Role::Desktop));
    let over = scene.end(which, EndCause::SignedOutElsewhere, at(3)).await;
    assert_eq!(over, [desktop.grant.id]);
    let second = scene.confirming_phone(anna, key(2), at(4)).await;
    assert_eq!(second.grant.approves_from, Some(at(4)));
}

/// What a phone approved that may not yet, whoever let it, is not minted.
pub async fn a_waiting_phone_mints_nothing_until_it_is_allowed(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), START).await;
    let login = scene.confirmed(scene.waiting(key(9)).await, &waiting).await;
    assert_eq!(scene.collect(&login, at(4)).await, Collected::NotAllowed);
    assert!(allow(&scene, &first, waiting.grant.id, at(4)).await);
    let collected = scene.collect(&login, at(4)).await;
    assert!(matches!(collected, Collected::Done(_)), "{collected:?}");
}

/// From that moment on, with one entry; a phone that may already keeps its own moment.
pub async fn a_waiting_phone_is_allowed_once(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), at(10)).await;
    for now in [at(20), at(30)] {
        for phone in [&first, &waiting] {
            assert!(allow(&scene, &first, phone.grant.id, now).await);
        }
    }
    let scene = scene.reopened().await;
    for (phone, from) in [(first, START), (waiting.clone(), at(20))] {
        let kept = scene.grant(phone.grant.id).await;
        assert_eq!(kept.approves_from, Some(from));
    }
    let allowed: Vec<_> = scene
        .told(anna)
        .await
        .into_iter()
        .filter(|told| told.entry.kind == Kind::PhoneAllowed)
        .map(|told| (told.entry.at, told.entry.grant))
        .collect();
    assert_eq!(allowed, [(at(20), Some(waiting.grant.id))]);
}

/// Another account's, a desktop, one that is over, and one that is unknown.
pub async fn what_is_no_live_phone_of_the_account_is_not_allowed(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), START).await;
    let ended = scene.confirming_phone(anna, key(3), START).await;
    scene
        .end(Which::One(ended.grant.id), EndCause::SignedOut, at(1))
        .await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &first, at(4))
        .await;
    let eves = scene.confirming_phone(eve, key(4), START).await;
    let later = scene.session(anna, key(5), Role::Phone, at(4));
    let later = scene.open(later).await;
    let before = scene.told(anna).await;
    let unknown = GrantId::from_bytes([5; 16]);
    for (by, grant, now) in [
        (&eves, waiting.grant.id, at(5)),
        (&first, desktop.grant.id, at(5)),
        (&first, ended.grant.id, at(5)),
        (&later, waiting.grant.id, START.plus(PHONE_SESSION)),
        (&first, unknown, at(5)),
    ] {
        assert!(!allow(&scene, by, grant, now).await, "{grant}");
    }
    for phone in [waiting, desktop] {
        assert_eq!(scene.grant(phone.grant.id).await, phone.grant);
    }
    assert_eq!(scene.told(anna).await, before);
}

/// On the grant whose device it was, while that is alive; what a scan made has never seen one.
pub async fn a_password_given_again_is_noted(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.confirming_phone(anna, key(1), at(50)).await;
    let other = scene.confirming_phone(anna, key(2), at(50)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(52))
        .await;
    for (now, noted) in [(at(60), at(60)), (at(55), at(60))] {
        assert!(verified(&scene, &phone, now).await);
        let kept = scene.grant(phone.grant.id).await;
        assert_eq!(kept.verified_at, Some(noted), "a clock may be set back");
    }
    assert!(!verified(&scene, &desktop, at(60)).await);
    assert!(!verified(&scene, &phone, phone.grant.expires_at).await);
    scene
        .end(Which::One(phone.grant.id), EndCause::SignedOut, at(70))
        .await;
    assert!(!verified(&scene, &phone, at(80)).await);
    let scene = scene.reopened().await;
    let kept = scene.grant(phone.grant.id).await;
    assert_eq!(kept.verified_at, Some(at(60)));
    for untouched in [other, desktop] {
        assert_eq!(scene.grant(untouched.grant.id).await, untouched.grant);
    }
}

async fn allow<S: Subject>(scene: &Scene<S>, by: &Holder, grant: GrantId, now: Timestamp) -> bool {
    let account = by.account.id;
    let entry = Entry {
        account: Some(account),
        grant: Some(grant),
        ..Entry::new(now, Kind::PhoneAllowed)
    };
    let grants = scene.store.grants();
    match grants.allow(actor(by), grant, entry).await {
        Ok(Allowed::Done) => true,
        Ok(Allowed::NoSuchPhone) => false,
        other => unreachable!("{other:?}"),
    }
}

/// The holder, as one who acts and said lately who they are.
pub fn actor(holder: &Holder) -> Actor {
    Actor {
        account: holder.account.id,
        grant: holder.grant.id,
        verified: true,
    }
}

async fn verified<S: Subject>(scene: &Scene<S>, holder: &Holder, now: Timestamp) -> bool {
    let entry = Entry::new(now, Kind::Verified);
    let grants = scene.store.grants();
    match grants
        .verified(holder.grant.id, password(HASH), entry)
        .await
    {
        Ok(Verified::Done) => true,
        Ok(Verified::NotAllowed) => false,
        other => unreachable!("{other:?}"),
    }
}

/// One of many keys.
pub(super) fn numbered(n: usize) -> Thumbprint {
    let mut bytes = [0xee; 32];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Thumbprint::from_bytes(bytes)
}
