//! Sessions that a password opens, and their refresh families.

use std::sync::Arc;

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, EndCause, Ended, Role};
use countersign_core::ids::{FamilyId, GrantId};
use countersign_core::limits::PHONE_SESSION;
use countersign_core::ports::{Holder, Opened, Replaced};
use countersign_core::refresh::Family;
use countersign_core::secret::Secret;
use countersign_core::time::Timestamp;
use tokio::sync::Barrier;

use super::Subject;
use super::collect::{end, end_for};
use super::logins::RACERS;
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{password, rules};

/// Device, grant and family are there afterwards.
pub async fn a_password_opens_a_session(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let minting = scene.session(anna.id, key(1), Role::Phone, START);
    let family = minting.family.clone();
    let mut expected = Holder {
        grant: minting.grant.clone(),
        device: minting.device.clone(),
        account: anna,
    };
    expected.grant.approves_from = Some(START);
    let opened = scene
        .store
        .grants()
        .open_session(minting, password(HASH), rules(Additional::Confirm))
        .await;
    assert_eq!(opened, Ok(Opened::Done(Box::new(expected.clone()))));
    let scene = scene.reopened().await;
    let grants = scene.store.grants();
    let grant = expected.grant.id;
    assert_eq!(grants.holder(grant).await, Ok(Some(expected)));
    assert_eq!(grants.family(family.id).await, Ok(Some(family)));
    let nobody = GrantId::from_bytes([5; 16]);
    assert_eq!(grants.holder(nobody).await, Ok(None));
    let nothing = FamilyId::from_bytes([5; 16]);
    assert_eq!(grants.family(nothing).await, Ok(None));
}

/// A locked or disabled account opens none, and nothing is written.
pub async fn only_an_active_account_opens_a_session(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let (accounts, grants) = (scene.store.accounts(), scene.store.grants());
    for status in [AccountStatus::Locked, AccountStatus::Disabled] {
        scene.set_status(anna.id, status, START).await;
        let minting = scene.session(anna.id, key(1), Role::Phone, START);
        let grant = minting.grant.id;
        assert_eq!(
            grants
                .open_session(minting, password(HASH), rules(Additional::Open))
                .await,
            Ok(Opened::NotActive)
        );
        assert_eq!(grants.holder(grant).await, Ok(None));
        let listed = scene.store.devices().list(anna.id, START).await;
        assert_eq!(listed, Ok(Vec::new()));
        let found = accounts.by_name(&anna.login_name).await.unwrap().unwrap();
        assert_eq!(found.status, status);
    }
}

/// The session before is over; one of another role is not.
pub async fn a_device_that_signs_in_anew_replaces_its_session(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let grants = scene.store.grants();
    let first = scene.phone(anna.id, key(1)).await;
    let other_role = scene.session(anna.id, key(1), Role::Desktop, at(1));
    let other_role = scene.open(other_role).await;
    let second = scene.session(anna.id, key(1), Role::Phone, at(9));
    let second = scene.open(second).await;
    assert_eq!(second.device.id, first.device.id);
    let ended = Ended {
        at: at(9),
        cause: EndCause::Replaced,
    };
    let ends = [
        (first.grant.id, Some(ended)),
        (other_role.grant.id, None),
        (second.grant.id, None),
    ];
    for (grant, expected) in ends {
        let holder = grants.holder(grant).await.unwrap().unwrap();
        assert_eq!(holder.grant.ended, expected);
    }
}

/// The first end counts, whatever comes after; its families end with it.
pub async fn an_ended_grant_is_ended_once(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let minting = scene.session(anna.id, key(1), Role::Phone, START);
    let (grant, family) = (minting.grant.id, minting.family.id);
    let grants = scene.store.grants();
    scene.open(minting).await;
    end_for(&scene, grant, at(5), EndCause::RefreshMisused).await;
    let first = grants.holder(grant).await.unwrap().unwrap();
    let dead = grants.family(family).await.unwrap().unwrap();
    end(&scene, grant, at(6)).await;
    end(&scene, GrantId::from_bytes([5; 16]), at(6)).await;
    let scene = scene.reopened().await;
    let grants = scene.store.grants();
    let ended = Ended {
        at: at(5),
        cause: EndCause::RefreshMisused,
    };
    assert_eq!(first.grant.ended, Some(ended));
    assert_eq!(grants.holder(grant).await, Ok(Some(first)));
    assert!(dead.ended);
    assert_eq!(grants.family(family).await, Ok(Some(dead)));
}

/// What is past its end was not ended before it.
pub async fn an_expired_grant_is_not_ended_any_more(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    end(&scene, phone.grant.id, START.plus(PHONE_SESSION)).await;
    let grants = scene.store.grants();
    assert_eq!(grants.holder(phone.grant.id).await, Ok(Some(phone)));
}

/// Of any number of refreshes on the same version, one is written.
pub async fn of_two_hundred_refreshes_one_wins(store: impl Subject) {
    let scene = Scene::new(store);
    let (_, family) = refreshable(&scene).await;
    let barrier = Arc::new(Barrier::new(RACERS));
    let racers: Vec<_> = (0..RACERS)
        .map(|n| {
            let next = renewed(&family, n, at(5));
            let (grants, barrier) = (scene.store.grants(), Arc::clone(&barrier));
            let expected = family.version;
            tokio::spawn(async move {
                barrier.wait().await;
                let entry = Entry::new(at(5), Kind::Refreshed);
                let replaced = grants.replace_family(expected, next.clone(), entry);
                (replaced.await.unwrap(), next)
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
    let scene = scene.reopened().await;
    let kept = scene.store.grants().family(family.id).await;
    assert_eq!(kept, Ok(winners.pop()));
}

/// Using a device shows when it was last there.
pub async fn a_refresh_marks_the_device_as_seen(store: impl Subject) {
    let scene = Scene::new(store);
    let (phone, family) = refreshable(&scene).await;
    let grants = scene.store.grants();
    let entry = Entry::new(at(77), Kind::Refreshed);
    let next = renewed(&family, 1, at(77));
    let replaced = grants.replace_family(family.version, next.clone(), entry.clone());
    assert_eq!(replaced.await, Ok(Replaced::Done));
    let stale = grants.replace_family(family.version, next, entry).await;
    assert_eq!(stale, Ok(Replaced::Conflict));
    let holder = grants.holder(phone.grant.id).await.unwrap().unwrap();
    assert_eq!(holder.device.last_seen, at(77));
    assert_eq!(holder.device.first_seen, START);
}

/// A refresh that had begun when its grant ended brings nothing back to life.
pub async fn a_refresh_that_was_decided_before_the_end_loses(store: impl Subject) {
    let scene = Scene::new(store);
    let (phone, family) = refreshable(&scene).await;
    end(&scene, phone.grant.id, at(5)).await;
    let grants = scene.store.grants();
    for expected in [family.version, family.version + 1] {
        let mut next = renewed(&family, 1, at(6));
        next.version = expected + 1;
        let entry = Entry::new(at(6), Kind::Refreshed);
        let replaced = grants.replace_family(expected, next, entry).await;
        assert_eq!(replaced, Ok(Replaced::Conflict));
    }
    assert!(grants.family(family.id).await.unwrap().unwrap().ended);
}

/// Without an entry and without a new version; never back, and nothing that is over comes alive.
pub async fn a_family_and_its_device_are_seen(store: impl Subject) {
    let scene = Scene::new(store);
    let (phone, family) = refreshable(&scene).await;
    let told = scene.told(phone.account.id).await;
    let grants = scene.store.grants();
    for (now, seen) in [(at(50), at(50)), (at(40), at(50))] {
        assert_eq!(grants.seen(family.id, now).await, Ok(()));
        let kept = grants.family(family.id).await.unwrap().unwrap();
        let expected = Family {
            used_at: seen,
            ..family.clone()
        };
        assert_eq!(kept, expected);
        let holder = grants.holder(phone.grant.id).await.unwrap().unwrap();
        assert_eq!(holder.device.last_seen, seen);
    }
    let nothing = FamilyId::from_bytes([5; 16]);
    assert_eq!(grants.seen(nothing, at(60)).await, Ok(()));
    end(&scene, phone.grant.id, at(60)).await;
    let dead = grants.family(family.id).await.unwrap();
    assert_eq!(grants.seen(family.id, at(70)).await, Ok(()));
    let scene = scene.reopened().await;
    let grants = scene.store.grants();
    assert_eq!(grants.family(family.id).await, Ok(dead));
    let holder = grants.holder(phone.grant.id).await.unwrap().unwrap();
    assert_eq!(holder.device.last_seen, at(50));
    assert_eq!(scene.told(phone.account.id).await.len(), told.len() + 1);
}

async fn refreshable<S: Subject>(scene: &Scene<S>) -> (Holder, Family) {
    let anna = scene.account("anna").await;
    let minting = scene.session(anna.id, key(1), Role::Phone, START);
    let family = minting.family.clone();
    (scene.open(minting).await, family)
}

fn renewed(family: &Family, n: usize, now: Timestamp) -> Family {
    let next = Secret::new([u8::try_from(n % 250).unwrap() + 2; 32]);
    let current = Secret::new([1; 32]);
    let (next, verdict) = family.clone().present(&current, &family.key, &next, now);
    assert_eq!(verdict, Ok(()));
    next
}
