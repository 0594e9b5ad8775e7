//! Logins: what is written is found, and of those who race one wins.

use std::net::IpAddr;
use std::sync::Arc;

use countersign_core::account::{DeviceInfo, DeviceKind, LoginName};
use countersign_core::audit::{Entry, Kind};
use countersign_core::client::{Binding, Ending, Scopes};
use countersign_core::ids::{LoginId, PasskeyId};
use countersign_core::limits::{PASSKEY_TRIES, PHRASE_TRIES};
use countersign_core::login::{Act, Assertion, Event, Login, Refusal, StateName, Typed};
use countersign_core::policy::{Forbidden, Level};
use countersign_core::ports::{Holder, Replaced, StoreError};
use countersign_core::scan_code::{Rotation, Standing};
use countersign_core::secret::{Secret, SecretHash};
use tokio::sync::Barrier;

use super::Subject;
use super::collect::named;
use super::samples::{
    Scene, applied, at, check, confirm, confirm_typing, confirm_with, deny, key, offer, scan,
    scan_for,
};

/// Racers for one prize.
pub(super) const RACERS: usize = 200;

/// Every state, with and without what is optional in it, is the same after a restart.
pub async fn a_login_comes_back_in_every_state(store: impl Subject) {
    let scene = Scene::new(store);
    let kept = Box::pin(logins_in_every_state(&scene)).await;
    let states: std::collections::BTreeSet<_> =
        kept.iter().map(|login| login.state.name()).collect();
    assert_eq!(states.len(), StateName::ALL.len());
    for login in &kept {
        assert_eq!(scene.found(login.id).await, *login);
    }
    let scene = scene.reopened().await;
    for login in &kept {
        assert_eq!(scene.found(login.id).await, *login);
    }
}

/// Logins in every state, by every way there that leaves a different row.
async fn logins_in_every_state<S: Subject>(scene: &Scene<S>) -> Vec<Login> {
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let phone = &phone;
    let late = at(3600);
    let mut kept = vec![scene.waiting(key(9)).await];

    let waiting = async || scene.waiting(key(9)).await;
    let scanned = async || scene.scanned(waiting().await, phone).await;
    let checking = async || scene.approved(waiting().await, phone).await;
    let confirmed = async || scene.confirmed(waiting().await, phone).await;
    kept.extend([scanned().await, checking().await, confirmed().await]);

    let login = confirmed().await;
    scene.collect(&login, at(4)).await;
    kept.push(scene.found(login.id).await);

    for report in [false, true] {
        let login = scanned().await;
        let event = deny(&login, phone, report);
        kept.push(scene.step(&login, &event, at(5)).await);
    }
    let mut login = checking().await;
    for _ in 0..3 {
        login = scene.step(&login, &check(&login, false), at(6)).await;
        kept.push(login.clone());
    }
    kept.remove(kept.len() - 2);
    kept.remove(kept.len() - 2);
    let login = confirmed().await;
    kept.push(scene.step(&login, &Event::Withdraw, at(7)).await);

    for login in [waiting().await, scanned().await, confirmed().await] {
        kept.push(scene.step(&login, &Event::Cancel, at(8)).await);
    }
    let mut login = scanned().await;
    for n in 0..3 {
        let other = scene.account(&format!("other{n}")).await;
        let other = scene.phone(other.id, key(20 + n)).await;
        let event = scan(&other, Standing::Current);
        login = scene.step(&login, &event, at(9)).await;
    }
    kept.push(login);

    for login in [waiting().await, scanned().await, checking().await] {
        kept.push(scene.step(&login, &Event::Tick, late).await);
    }
    kept.extend(logins_with_a_passkey(scene, phone).await);
    kept.extend(logins_with_a_phrase(scene, phone).await);
    for login in [waiting().await, scanned().await, confirmed().await] {
        kept.push(scene.step(&login, &Event::DesktopMoved, at(5)).await);
    }
    let login = waiting().await;
    let other = scene.phone(named(scene, "another").await, key(30)).await;
    let refused = Err(Refusal::NotAllowedHere(Forbidden::Account));
    let event = scan_for(&other, Standing::Current, refused);
    kept.push(scene.step(&login, &event, at(5)).await);
    kept
}

/// Logins at level passkey: asked, answered, collected, answered wrongly, and given up.
async fn logins_with_a_passkey<S: Subject>(scene: &Scene<S>, phone: &Holder) -> Vec<Login> {
    let passkey = Assertion::By(PasskeyId::from_bytes([6; 16]));
    let scanned = async || {
        let event = scan_for(phone, Standing::Current, Ok(offer(Level::Passkey)));
        scene
            .step(&scene.waiting(key(9)).await, &event, at(1))
            .await
    };
    let checking = async || {
        let login = scanned().await;
        let event = confirm_with(&login, phone, passkey);
        scene.step(&login, &event, at(2)).await
    };
    let mut kept = vec![scanned().await, checking().await];
    let login = checking().await;
    let login = scene.step(&login, &check(&login, true), at(3)).await;
    kept.push(login);
    let login = checking().await;
    let login = scene.step(&login, &check(&login, true), at(3)).await;
    scene.collect(&login, at(4)).await;
    kept.push(scene.found(login.id).await);
    let login = scanned().await;
    let event = confirm_with(&login, phone, Assertion::Wrong);
    kept.push(scene.step(&login, &event, at(2)).await);
    let mut login = scanned().await;
    for _ in 0..PASSKEY_TRIES {
        let event = confirm_with(&login, phone, Assertion::Wrong);
        login = scene.step(&login, &event, at(2)).await;
    }
    kept.push(login);
    kept
}

/// Logins with a phrase: typed wrongly, rightly, and wrongly too often.
async fn logins_with_a_phrase<S: Subject>(scene: &Scene<S>, phone: &Holder) -> Vec<Login> {
    let scanned = async || {
        let mut login = scene.unsaved_login(key(9));
        login.request.phrase = Some(Secret::new([5; 32]));
        let login = scene.insert(login).await;
        scene
            .step(&login, &scan(phone, Standing::Current), at(1))
            .await
    };
    let login = scanned().await;
    let event = confirm_typing(&login, phone, Typed::Wrong);
    let mut kept = vec![scene.step(&login, &event, at(2)).await];
    let login = scanned().await;
    let event = confirm_typing(&login, phone, Typed::Right);
    kept.push(scene.step(&login, &event, at(2)).await);
    let mut login = scanned().await;
    for _ in 0..PHRASE_TRIES {
        let event = confirm_typing(&login, phone, Typed::Wrong);
        login = scene.step(&login, &event, at(2)).await;
    }
    kept.push(login);
    kept
}

/// What a desktop may leave out, and what it may say, is kept as it was.
pub async fn a_login_has_every_detail_that_it_was_given(store: impl Subject) {
    let scene = Scene::new(store);
    let mut bare = scene.unsaved_login(key(1));
    bare.request.scopes = Scopes::default();
    bare.request.proved = false;
    bare.request.rotation = Rotation::Static;
    bare.request.device = DeviceInfo::new(None, DeviceKind::Other, None);
    bare.request.browser = None;
    bare.request.os = None;
    bare.request.origin = None;
    bare.request.address = None;
    let mut odd = scene.unsaved_login(key(2));
    odd.request.device = DeviceInfo::new(Some("'); DROP"), DeviceKind::Tv, Some("\u{1f4fa} x"));
    odd.request.address = Some("192.0.2.7".parse::<IpAddr>().unwrap());
    odd.request.binding = Binding::DeviceId;
    let mut cookie = scene.unsaved_login(key(3));
    cookie.request.ending = Ending::Cookie;
    cookie.request.cookie = Some(SecretHash::from_bytes([4; 32]));
    cookie.request.hint = LoginName::parse("nobody");
    cookie.request.act = Some(Act::AddPasskey);
    let (bare, odd) = (scene.insert(bare).await, scene.insert(odd).await);
    let cookie = scene.insert(cookie).await;
    let scene = scene.reopened().await;
    assert_eq!(scene.found(bare.id).await, bare);
    assert_eq!(scene.found(odd.id).await, odd);
    assert_eq!(scene.found(cookie.id).await, cookie);
}

/// "Not found" is `None`.
pub async fn an_unknown_login_is_none_and_no_error(store: impl Subject) {
    let id = LoginId::from_bytes([5; 16]);
    assert_eq!(store.logins().find(id).await, Ok(None));
    assert_eq!(store.audit().of_login(id).await, Ok(Vec::new()));
}

/// An id that is there already is an error, and the first login stays.
pub async fn an_id_is_taken_once(store: impl Subject) {
    let scene = Scene::new(store);
    let first = scene.waiting(key(1)).await;
    let mut second = scene.unsaved_login(key(2));
    second.id = first.id;
    let entry = Entry::created(&second);
    let inserted = scene.store.logins().insert(second, entry).await;
    assert!(
        matches!(inserted, Err(StoreError::Failed(_))),
        "{inserted:?}"
    );
    assert_eq!(scene.found(first.id).await, first);
    assert_eq!(
        scene.store.audit().of_login(first.id).await.unwrap().len(),
        1
    );
}

/// Of any number of callers that name the same version, one gets `Done`.
pub async fn of_two_hundred_writers_one_wins(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let login = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    let events = [
        Event::Cancel,
        confirm(&login, &phone),
        deny(&login, &phone, false),
    ];
    let barrier = Arc::new(Barrier::new(RACERS));
    let racers: Vec<_> = (0..RACERS)
        .map(|n| {
            let next = applied(&login, &events[n % events.len()], at(5));
            let entry = Entry::step(&login, &next, at(5));
            let (logins, barrier) = (scene.store.logins(), Arc::clone(&barrier));
            let expected = login.version;
            tokio::spawn(async move {
                barrier.wait().await;
                let replaced = logins.replace(expected, next.clone(), entry).await;
                // Whoever has an answer sees at least that.
                let seen = logins.find(next.id).await.unwrap().unwrap();
                assert!(seen.version > expected);
                (replaced.unwrap(), next)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        if let (Replaced::Done, next) = racer.await.unwrap() {
            winners.push(next);
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(scene.found(login.id).await, winners[0]);
    let entries = scene.store.audit().of_login(login.id).await.unwrap();
    assert_eq!(entries.len(), 3, "created, scanned, and one outcome");
}

/// A write on a version that is not there writes nothing, its audit entry included.
pub async fn a_write_on_another_version_writes_nothing(store: impl Subject) {
    let scene = Scene::new(store);
    let login = scene.waiting(key(9)).await;
    let logins = scene.store.logins();
    let mut next = applied(&login, &Event::Cancel, at(5));
    let entry = Entry::step(&login, &next, at(5));
    next.version = 9;
    let replaced = logins.replace(8, next, entry.clone()).await;
    assert_eq!(replaced, Ok(Replaced::Conflict));
    let mut unknown = applied(&login, &Event::Cancel, at(5));
    unknown.id = LoginId::from_bytes([5; 16]);
    let replaced = logins.replace(1, unknown, entry).await;
    assert_eq!(replaced, Ok(Replaced::Conflict));
    assert_eq!(scene.found(login.id).await, login);
    assert_eq!(
        scene.store.audit().of_login(login.id).await.unwrap().len(),
        1
    );
}

/// A final state never changes, whatever a caller makes up.
pub async fn a_final_login_never_changes(store: impl Subject) {
    let scene = Scene::new(store);
    let login = scene.waiting(key(9)).await;
    let over = scene.step(&login, &Event::Cancel, at(5)).await;
    let mut revived = login.clone();
    revived.version = over.version + 1;
    let entry = Entry::step(&over, &revived, at(6));
    let logins = scene.store.logins();
    let replaced = logins.replace(over.version, revived, entry).await;
    assert_eq!(replaced, Ok(Replaced::Conflict));
    assert_eq!(scene.found(login.id).await, over);
}

/// While somebody writes, no reader sees an older login than it saw before.
pub async fn no_reader_goes_back_behind_what_was_written(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    for _ in 0..20 {
        let login = scene.waiting(key(9)).await;
        let readers: Vec<_> = (0..8)
            .map(|_| {
                let (logins, id) = (scene.store.logins(), login.id);
                tokio::spawn(async move {
                    let mut seen = 0;
                    loop {
                        let found = logins.find(id).await.unwrap().unwrap();
                        assert!(found.version >= seen, "{} after {seen}", found.version);
                        seen = found.version;
                        if found.state.name().is_final() {
                            return;
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        let login = scene.confirmed(login, &phone).await;
        assert_eq!(scene.found(login.id).await.version, login.version);
        scene.step(&login, &Event::Cancel, at(6)).await;
        for reader in readers {
            reader.await.unwrap();
        }
    }
}

/// After a restart everything that was answered with success is there.
pub async fn what_was_acknowledged_survives_a_restart(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let login = scene.approved(scene.waiting(key(9)).await, &phone).await;
    let scene = scene.reopened().await;
    assert_eq!(scene.found(login.id).await, login);
    let login = scene.step(&login, &check(&login, true), at(3)).await;
    let collected = scene.collect(&login, at(4)).await;
    let countersign_core::ports::Collected::Done(holder) = collected else {
        unreachable!("{collected:?}");
    };
    let scene = scene.reopened().await;
    let again = scene.store.grants().holder(holder.grant.id).await;
    assert_eq!(again, Ok(Some(*holder)));
    let phone_again = scene.store.grants().holder(phone.grant.id).await;
    assert_eq!(phone_again, Ok(Some(phone)));
}

/// Each change has exactly one entry, and the last one tells the row.
pub async fn folding_the_audit_log_gives_the_row(store: impl Subject) {
    let scene = Scene::new(store);
    let kept = Box::pin(logins_in_every_state(&scene)).await;
    let scene = scene.reopened().await;
    for login in kept {
        let entries = scene.store.audit().of_login(login.id).await.unwrap();
        let mut state = None;
        for (entry, version) in entries.iter().zip(1..) {
            let change = entry.login.unwrap();
            assert_eq!((change.id, change.version), (login.id, version));
            assert_eq!(change.from, state);
            assert_eq!(entry.kind == Kind::LoginCreated, version == 1);
            state = Some(change.to);
        }
        assert_eq!(state, Some(login.state.name()));
        assert_eq!(u32::try_from(entries.len()), Ok(login.version));
        let last = entries.last().unwrap();
        assert_eq!(last.detail.as_deref(), login.state.cause());
    }
}

/// Such a row is never taken for a login, and the error names it without telling what it holds.
pub async fn a_row_that_is_no_legal_state_is_an_error(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let login = scene.confirmed(scene.waiting(key(9)).await, &phone).await;
    let scene = scene.reopened().await;
    scene.store.spoil(login.id).await;
    let found = scene.store.logins().find(login.id).await;
    let Err(StoreError::Failed(words)) = found else {
        unreachable!("{found:?}");
    };
    assert!(words.contains(&login.id.to_string()), "{words}");
    assert!(!words.contains("shop.example"), "{words}");
}
