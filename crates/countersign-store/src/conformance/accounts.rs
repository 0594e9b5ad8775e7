//! Accounts, sessions, refresh families, devices.

use std::sync::Arc;

use countersign_core::account::{AccountStatus, Device, LoginName};
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, EndCause, Ended, Grant, Role};
use countersign_core::ids::{FamilyId, GrantId, Thumbprint};
use countersign_core::limits::{DEVICES_LISTED, PHONE_SESSION};
use countersign_core::ports::{Holder, Listed, Replaced};
use countersign_core::refresh::Family;
use countersign_core::secret::Secret;
use countersign_core::time::Timestamp;
use tokio::sync::Barrier;

use super::Subject;
use super::collect::{end, end_for};
use super::logins::RACERS;
use super::samples::{START, Scene, at, client, key};

/// The second account of a name is not written.
pub async fn a_login_name_is_taken_once(store: impl Subject) {
    let scene = Scene::new(store);
    let first = scene.account("anna").await;
    let second = scene.unsaved_account("Anna");
    let accounts = scene.store.accounts();
    let entry = Entry::new(START, Kind::AccountAdded);
    assert_eq!(accounts.add(second.clone(), entry).await, Ok(false));
    let scene = scene.reopened().await;
    let (accounts, grants) = (scene.store.accounts(), scene.store.grants());
    assert_eq!(accounts.by_name(&first.login_name).await, Ok(Some(first)));
    let nobody = LoginName::parse("nobody").unwrap();
    assert_eq!(accounts.by_name(&nobody).await, Ok(None));
    let minting = scene.session(second.id, key(1), Role::Phone, START);
    assert_eq!(
        grants.open_session(minting, Additional::Open).await,
        Ok(None)
    );
}

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
        .open_session(minting, Additional::Confirm)
        .await;
    assert_eq!(opened, Ok(Some(expected.clone())));
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
            grants.open_session(minting, Additional::Open).await,
            Ok(None)
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

/// Last seen first, each with its live grants, and nobody else's.
pub async fn devices_are_listed_with_their_live_grants(store: impl Subject) {
    let scene = Scene::new(store);
    let (anna, eve) = (scene.account("anna").await, scene.account("eve").await);
    let phone = scene.phone(anna.id, key(1)).await;
    let eves = scene.phone(eve.id, key(2)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(40))
        .await;
    let mut other = scene.unsaved_login(key(9));
    other.request.client = client("other");
    let other = scene
        .desktop(scene.insert(other).await, &phone, at(50))
        .await;
    let gone = scene
        .desktop(scene.waiting(key(10)).await, &phone, at(60))
        .await;
    end(&scene, gone.grant.id, at(61)).await;

    let devices = scene.store.devices();
    let listed = devices.list(anna.id, at(70)).await.unwrap();
    let by = |grant: &Grant| (grant.clone(), Some("A phone".to_owned()));
    let expected = vec![
        listed_as(gone.device, vec![]),
        listed_as(other.device, vec![by(&desktop.grant), by(&other.grant)]),
        listed_as(phone.device, vec![(phone.grant, None)]),
    ];
    assert_eq!(listed, expected);
    let listed = devices.list(eve.id, at(70)).await.unwrap();
    assert_eq!(
        listed,
        vec![listed_as(eves.device, vec![(eves.grant, None)])]
    );
    let later = other.grant.expires_at;
    let listed = devices.list(anna.id, later).await.unwrap();
    assert_eq!(listed[1].grants, vec![], "expired at {later:?}");
}

fn listed_as(device: Device, grants: Vec<(Grant, Option<String>)>) -> Listed {
    Listed { device, grants }
}

/// One more device than the limit: the one that was not seen for longest is left out.
pub async fn no_more_devices_are_listed_than_the_limit(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let opening: Vec<_> = (0..=u64::from(DEVICES_LISTED))
        .map(|n| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            let key = Thumbprint::from_bytes(bytes);
            let minting = scene.session(anna.id, key, Role::Phone, at(n));
            let grants = scene.store.grants();
            let open = async move { grants.open_session(minting, Additional::Open).await };
            tokio::spawn(open)
        })
        .collect();
    for opened in opening {
        assert!(opened.await.unwrap().unwrap().is_some());
    }
    let last = u64::from(DEVICES_LISTED);
    let listed = scene.store.devices().list(anna.id, at(last)).await;
    let seen: Vec<_> = listed
        .unwrap()
        .iter()
        .map(|listed| listed.device.last_seen)
        .collect();
    let expected: Vec<_> = (1..=last).rev().map(at).collect();
    assert_eq!(seen, expected);
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
