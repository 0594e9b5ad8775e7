//! Upkeep: what is overdue, what is swept and what is kept.

use std::time::Duration;

use countersign_core::grant::{EndCause, Role};
use countersign_core::ids::LoginId;
use countersign_core::limits::{PHONE_MEMORY, PHONE_SESSION};
use countersign_core::login::{Event, Login};
use countersign_core::ports::{Collected, Known, SweepBefore, Which};
use countersign_core::time::Timestamp;

use super::Subject;
use super::phones::actor;
use super::samples::{START, Scene, at, client, context, deny, key};
use super::scene::{Racer, at_once};
use super::taking::allowed;

/// Nothing is old enough.
const NOTHING: SweepBefore = SweepBefore {
    logins: Timestamp::from_millis(0),
    denials: Timestamp::from_millis(0),
    grants: Timestamp::from_millis(0),
    audit: Timestamp::from_millis(0),
    notices: Timestamp::from_millis(0),
    passwords: Timestamp::from_millis(0),
};

/// Those whose deadline has passed, oldest first, until somebody writes it down.
pub async fn overdue_logins_are_named_oldest_first(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let late = scene.waiting(key(9)).await;
    let scanned = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    let over = scene.waiting(key(9)).await;
    scene.step(&over, &Event::Cancel, at(2)).await;
    let deadline = |login: &Login| login.state.deadline().unwrap();
    let (first, second) = (deadline(&scanned), deadline(&late));
    assert!(first < second);
    let just = Duration::from_millis(1);
    for (now, limit, expected) in [
        (first.minus(just), 10, vec![]),
        (first, 10, vec![scanned.id]),
        (second.minus(just), 10, vec![scanned.id]),
        (second, 10, vec![scanned.id, late.id]),
        (second, 1, vec![scanned.id]),
    ] {
        assert_eq!(overdue(&scene, now, limit).await, expected);
    }
    scene.step(&scanned, &Event::Tick, second).await;
    assert_eq!(overdue(&scene, second, 10).await, [late.id]);
}

/// Each kind by its own time, a millisecond exact.
pub async fn logins_are_swept_when_they_ended_long_ago(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let open = scene.waiting(key(9)).await;
    let checking = scene.approved(scene.waiting(key(9)).await, &phone).await;
    let cancelled = scene.waiting(key(9)).await;
    scene.step(&cancelled, &Event::Cancel, at(50)).await;
    let expired = scene.waiting(key(9)).await;
    scene.step(&expired, &Event::Tick, at(3600)).await;
    let denied = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    scene
        .step(&denied, &deny(&denied, &phone, false), at(50))
        .await;
    let collected = scene.waiting(key(9)).await;
    let desktop = scene.desktop(collected.clone(), &phone, at(4)).await;

    let everything = at(1_000_000);
    let just = Duration::from_millis(1);
    let sweeps = [
        (logins_before(at(50)), vec![collected.id]),
        (logins_before(at(50).plus(just)), vec![cancelled.id]),
        (logins_before(everything), vec![expired.id]),
        (denials_before(at(50)), vec![]),
        (denials_before(at(50).plus(just)), vec![denied.id]),
        (denials_before(everything), vec![]),
    ];
    let mut gone = Vec::new();
    for (before, expected) in sweeps {
        assert_eq!(
            sweep(&scene, before, 10).await,
            expected.len(),
            "{before:?}"
        );
        gone.extend(expected);
        for login in [&cancelled, &expired, &denied, &collected] {
            let found = scene.store.logins().find(login.id).await.unwrap();
            assert_eq!(found.is_none(), gone.contains(&login.id), "{before:?}");
        }
    }
    let scene = scene.reopened().await;
    assert_eq!(scene.found(open.id).await, open);
    assert_eq!(scene.found(checking.id).await, checking);
    assert_eq!(scene.grant(desktop.grant.id).await, desktop.grant);
    // The log is another matter.
    let entries = scene.store.audit().of_login(cancelled.id).await;
    assert_eq!(entries.unwrap().len(), 2);
}

/// A grant goes with its families, and a device with its last grant.
pub async fn grants_are_swept_with_their_families_and_devices(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let minting = scene.session(anna, key(1), Role::Phone, START);
    let families = [minting.family.id, scene.family(&minting.grant, at(1)).id];
    let phone = scene.open(minting).await;
    let desktop = scene.session(anna, key(1), Role::Desktop, at(1));
    let desktop = scene.open(desktop).await;
    let other = scene.phone(anna, key(2)).await;
    scene
        .end(Which::One(phone.grant.id), EndCause::SignedOut, at(50))
        .await;
    let just = Duration::from_millis(1);

    assert_eq!(sweep(&scene, grants_before(at(50)), 10).await, 0);
    let before = grants_before(at(50).plus(just));
    assert_eq!(sweep(&scene, before, 10).await, 2, "grant and family");
    let grants = scene.store.grants();
    assert_eq!(grants.holder(phone.grant.id).await, Ok(None));
    for family in families {
        assert_eq!(grants.family(family).await, Ok(None));
    }
    // Its device has another grant, which expires with the session of the other phone.
    assert_eq!(scene.grant(desktop.grant.id).await, desktop.grant);
    let over = desktop.grant.expires_at;
    assert_eq!(sweep(&scene, grants_before(over), 10).await, 3);
    let before = grants_before(over.plus(just));
    assert_eq!(sweep(&scene, before, 10).await, 3, "with its device");
    let devices = scene.store.devices();
    assert_eq!(devices.list(anna, at(50)).await, Ok(Vec::new()));
    for over in [desktop, other] {
        assert_eq!(grants.holder(over.grant.id).await, Ok(None));
    }
    // The device is a new one when it comes back.
    let again = scene.phone(anna, key(1)).await;
    assert_ne!(again.device.id, phone.device.id);
}

/// A phone that is gone is kept for what it approved: that can be taken back with it.
pub async fn who_approved_what_stays_is_kept(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    scene
        .end(Which::One(phone.grant.id), EndCause::SignedOut, at(5))
        .await;
    let before = grants_before(at(100));
    assert_eq!(sweep(&scene, before, 10).await, 0);
    let devices = scene.store.devices();
    let listed = devices.list(anna, at(6)).await.unwrap();
    let name = Some(phone.device.name().to_owned());
    assert_eq!(listed[0].grants, [(desktop.grant.clone(), name)]);
    let which = Which::WithApproved(phone.grant.id);
    let over = scene.end(which, EndCause::Undone, at(6)).await;
    assert_eq!(over, [desktop.grant.id]);
    // First the one, then the other; each with family and device.
    assert_eq!(sweep(&scene, before, 10).await, 3);
    assert_eq!(sweep(&scene, before, 10).await, 3);
    assert_eq!(sweep(&scene, before, 10).await, 0);
    assert_eq!(devices.list(anna, at(6)).await, Ok(Vec::new()));
}

/// What made something that stays is kept for as long, and can be taken back.
pub async fn who_made_what_stays_is_kept(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = allowed(&scene, &first, key(2), at(1)).await;
    let passkey = scene.passkey(&second).await;
    let third = allowed(&scene, &first, key(3), at(5)).await;
    assert!(
        scene
            .replace_codes(actor(&third), scene.codes(1), at(6))
            .await
    );
    for phone in [&first, &second, &third] {
        let own = Which::One(phone.grant.id);
        scene.end(own, EndCause::SignedOut, at(7)).await;
    }
    let upkeep = scene.store.upkeep();
    let before = grants_before(at(100));
    assert_eq!(upkeep.sweep(before, 10).await, Ok(0));
    assert_eq!(scene.passkeys(anna).await, [passkey]);
    let own = Which::One(first.grant.id);
    let gone = scene.end(own, EndCause::Undone, at(8)).await;
    assert_eq!(gone, []);
    assert_eq!(scene.passkeys(anna).await, []);
    assert_eq!(scene.store.recovery_codes().left(anna).await, Ok(None));
    // Two that rest on the third, then that.
    assert_eq!(upkeep.sweep(before, 10).await, Ok(6));
    assert_eq!(upkeep.sweep(before, 10).await, Ok(3));
    assert_eq!(upkeep.sweep(before, 10).await, Ok(0));
}

/// What further phones are told apart by is kept as long as it is asked for.
pub async fn a_sweep_forgets_no_phone_too_early(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.confirming_phone(anna, key(1), START).await;
    scene
        .end(Which::One(phone.grant.id), EndCause::SignedOut, at(5))
        .await;
    let now = at(5).plus(PHONE_MEMORY).minus(Duration::from_millis(1));
    sweep(&scene, grants_before(now.minus(PHONE_MEMORY)), 10).await;
    let further = scene.confirming_phone(anna, key(2), now).await;
    assert!(further.grant.approves_from > Some(now));
}

/// A denial takes trust away for as long as it is kept.
pub async fn a_swept_login_costs_no_trust(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let denied = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    scene
        .step(&denied, &deny(&denied, &phone, false), at(50))
        .await;
    let known = async || {
        let known = Known {
            account: anna,
            key: key(9),
            client: client("demo"),
            scopes: context().scopes,
            since: START,
        };
        scene.store.devices().known_since(known).await.unwrap()
    };
    assert_eq!(sweep(&scene, logins_before(at(100)), 10).await, 1);
    assert_eq!(known().await, None);
    assert_eq!(sweep(&scene, denials_before(at(100)), 10).await, 1);
    assert_eq!(known().await, Some(at(4)));
}

/// So many rows of each kind at a time, until nothing is left.
pub async fn a_sweep_takes_so_many_at_a_time(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let mut grants = Vec::new();
    for n in 0..5 {
        let login = scene.waiting(key(9)).await;
        scene.step(&login, &Event::Cancel, at(5)).await;
        let session = scene.session(anna, key(n), Role::Desktop, START);
        grants.push(scene.open(session).await.grant.id);
    }
    let late = at(5).plus(PHONE_SESSION);
    let before = SweepBefore {
        logins: late,
        grants: late,
        ..NOTHING
    };
    // Logins, and grants with family and device each.
    for rows in [2 + 6, 2 + 6, 1 + 3, 0] {
        assert_eq!(sweep(&scene, before, 2).await, rows);
    }
    for grant in grants {
        assert_eq!(scene.store.grants().holder(grant).await, Ok(None));
    }
}

/// Entries go by their own age, whatever they tell of.
pub async fn the_log_is_swept_by_age(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let login = scene.waiting(key(9)).await;
    let login = scene.scanned(login, &phone).await;
    let before = |audit| SweepBefore { audit, ..NOTHING };
    assert_eq!(sweep(&scene, before(START), 10).await, 0);
    // The account, the session and the login began at one moment; the scan came later.
    assert_eq!(sweep(&scene, before(at(1)), 2).await, 2);
    assert_eq!(sweep(&scene, before(at(1)), 2).await, 1);
    let entries = scene.store.audit().of_login(login.id).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(scene.told(anna).await, []);
    assert_eq!(scene.found(login.id).await, login);
    assert_eq!(scene.grant(phone.grant.id).await, phone.grant);
}

/// A collect in the middle of a sweep: what it writes is there, on a device that was about to go.
pub async fn a_sweep_takes_nothing_from_a_collect(store: impl Subject) {
    let scene = Scene::new(store);
    for round in 0..10 {
        let anna = scene.account(&format!("anna{round}")).await.id;
        let phone = scene.phone(anna, key(1)).await;
        let mut racers: Vec<Racer<Option<Collected>>> = Vec::new();
        for n in 0..8 {
            // Each desktop was here before, long ago.
            let before = scene
                .desktop(scene.waiting(key(10 + n)).await, &phone, at(4))
                .await;
            let which = Which::One(before.grant.id);
            scene.end(which, EndCause::SignedOut, at(5)).await;
            let login = scene.waiting(key(10 + n)).await;
            let login = scene.confirmed(login, &phone).await;
            let (next, minting) = scene.collecting(&login, at(60));
            let logins = scene.store.logins();
            racers.push(Box::pin(async move {
                let collected = logins.collect(login.version, next, minting).await;
                Some(collected.unwrap())
            }));
            let upkeep = scene.store.upkeep();
            racers.push(Box::pin(async move {
                let before = SweepBefore {
                    logins: at(50),
                    ..grants_before(at(50))
                };
                assert!(upkeep.sweep(before, 3).await.is_ok());
                None
            }));
        }
        for collected in at_once(racers).await.into_iter().flatten() {
            let Collected::Done(holder) = collected else {
                unreachable!("{collected:?}");
            };
            let kept = scene.store.grants().holder(holder.grant.id).await;
            assert_eq!(kept, Ok(Some(*holder)));
        }
    }
}

/// A store that is well says so.
pub async fn a_store_that_is_well_is_ready(store: impl Subject) {
    let scene = Scene::new(store);
    assert_eq!(scene.store.upkeep().ready().await, Ok(()));
    scene.waiting(key(1)).await;
    assert_eq!(scene.store.upkeep().ready().await, Ok(()));
}

async fn overdue<S: Subject>(scene: &Scene<S>, now: Timestamp, limit: u32) -> Vec<LoginId> {
    let overdue = scene.store.upkeep().overdue(now, limit).await;
    overdue.unwrap()
}

async fn sweep<S: Subject>(scene: &Scene<S>, before: SweepBefore, limit: u32) -> usize {
    let rows = scene.store.upkeep().sweep(before, limit).await;
    usize::try_from(rows.unwrap()).unwrap()
}

fn logins_before(logins: Timestamp) -> SweepBefore {
    SweepBefore { logins, ..NOTHING }
}

fn denials_before(denials: Timestamp) -> SweepBefore {
    SweepBefore { denials, ..NOTHING }
}

fn grants_before(grants: Timestamp) -> SweepBefore {
    SweepBefore { grants, ..NOTHING }
}
