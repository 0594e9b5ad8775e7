//! Collect: login, device, grant, refresh family and audit entry together, or nothing at all.

use std::sync::Arc;

use countersign_core::account::{AccountStatus, DeviceInfo, DeviceKind};
use countersign_core::grant::{EndCause, Ended, Role};
use countersign_core::ids::{AccountId, GrantId, Thumbprint};
use countersign_core::limits::PHONE_SESSION;
use countersign_core::login::{Login, StateName};
use countersign_core::ports::{Collected, Holder, StoreError, Which};
use countersign_core::time::Timestamp;
use tokio::sync::Barrier;

use super::Subject;
use super::logins::RACERS;
use super::samples::{START, Scene, at, client, key};

/// Everything is there afterwards, as it was given.
pub async fn collecting_writes_everything_at_once(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, phone) = confirmed(&scene, key(9)).await;
    let (next, minting) = scene.collecting(&login, at(4));
    let (grant, family) = (minting.grant.clone(), minting.family.clone());
    let device = minting.device.clone();
    let logins = scene.store.logins();
    let collected = logins.collect(login.version, next.clone(), minting).await;
    let holder = Holder {
        grant: grant.clone(),
        device,
        account: phone.account,
    };
    assert_eq!(collected, Ok(Collected::Done(Box::new(holder.clone()))));
    let scene = scene.reopened().await;
    let grants = scene.store.grants();
    assert_eq!(scene.found(login.id).await, next);
    assert_eq!(grants.holder(grant.id).await, Ok(Some(holder)));
    assert_eq!(grants.family(family.id).await, Ok(Some(family)));
    let entries = scene.store.audit().of_login(login.id).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last.login.unwrap().to, StateName::Collected);
    assert_eq!(last.grant, Some(grant.id));
}

/// However many collect at once, one grant is made.
pub async fn of_two_hundred_collects_one_mints(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, _) = confirmed(&scene, key(9)).await;
    let barrier = Arc::new(Barrier::new(RACERS));
    let racers: Vec<_> = (0..RACERS)
        .map(|_| {
            let (next, minting) = scene.collecting(&login, at(4));
            let (logins, barrier) = (scene.store.logins(), Arc::clone(&barrier));
            let (expected, grant) = (login.version, minting.grant.id);
            tokio::spawn(async move {
                barrier.wait().await;
                let collected = logins.collect(expected, next, minting).await;
                (collected.unwrap(), grant)
            })
        })
        .collect();
    let mut minted = Vec::new();
    let mut losers = Vec::new();
    for racer in racers {
        match racer.await.unwrap() {
            (Collected::Done(_), grant) => minted.push(grant),
            (Collected::Conflict, grant) => losers.push(grant),
            (Collected::NotAllowed, _) => unreachable!("it was allowed"),
        }
    }
    assert_eq!(minted.len(), 1);
    let grants = scene.store.grants();
    assert!(grants.holder(minted[0]).await.unwrap().is_some());
    for grant in losers {
        assert_eq!(grants.holder(grant).await, Ok(None));
    }
}

/// The account must be active, and the phone's session its own, a phone's, and alive.
pub async fn who_may_not_approve_any_more_mints_nothing(store: impl Subject) {
    let scene = Scene::new(store);
    for status in [AccountStatus::Locked, AccountStatus::Disabled] {
        let (login, phone) = confirmed(&scene, key(9)).await;
        // Later than the end of the phone's session, which is alive when it is asked about.
        let late = START.plus(PHONE_SESSION);
        scene.set_status(phone.account.id, status, late).await;
        mints_nothing(&scene, &login, at(4)).await;
        let active = AccountStatus::Active;
        scene.set_status(phone.account.id, active, late).await;
        // The same login, once it is allowed again: nothing of the refused collect is in its way.
        assert!(is_done(&scene.collect(&login, at(4)).await));
    }

    let (login, phone) = confirmed(&scene, key(9)).await;
    end(&scene, phone.grant.id, at(3)).await;
    mints_nothing(&scene, &login, at(4)).await;

    let (login, _) = confirmed(&scene, key(9)).await;
    mints_nothing_late(&scene, &login, START.plus(PHONE_SESSION)).await;

    let anna = named(&scene, "anna").await;
    let minting = scene.session(anna, key(5), Role::Desktop, START);
    let desktop = scene.open(minting).await;
    let login = scene.confirmed(scene.waiting(key(9)).await, &desktop).await;
    mints_nothing(&scene, &login, at(4)).await;

    let mut posing = scene.phone(named(&scene, "eve").await, key(6)).await;
    posing.account.id = anna;
    let login = scene.confirmed(scene.waiting(key(9)).await, &posing).await;
    mints_nothing(&scene, &login, at(4)).await;
}

async fn mints_nothing<S: Subject>(scene: &Scene<S>, login: &Login, now: Timestamp) {
    let (next, minting) = scene.collecting(login, now);
    refused(scene, login, next, minting).await;
}

/// Like [`mints_nothing`] for a login that would have expired long before: the store does not judge
/// a login's deadline, and a session's end lies far off.
async fn mints_nothing_late<S: Subject>(scene: &Scene<S>, login: &Login, now: Timestamp) {
    let (next, mut minting) = scene.collecting(login, at(4));
    minting.at = now;
    refused(scene, login, next, minting).await;
}

async fn refused<S: Subject>(
    scene: &Scene<S>,
    login: &Login,
    next: Login,
    minting: countersign_core::ports::Minting,
) {
    let grants = scene.store.grants();
    let (grant, family) = (minting.grant.id, minting.family.id);
    let (account, device) = (minting.grant.account, minting.device.id);
    let before = scene.store.audit().of_login(login.id).await.unwrap();
    let logins = scene.store.logins();
    let collected = logins.collect(login.version, next, minting).await;
    assert_eq!(collected, Ok(Collected::NotAllowed));
    assert_eq!(scene.found(login.id).await, *login);
    assert_eq!(grants.holder(grant).await, Ok(None));
    assert_eq!(grants.family(family).await, Ok(None));
    let devices = scene.store.devices().list(account, at(4)).await.unwrap();
    assert!(devices.iter().all(|listed| listed.device.id != device));
    let after = scene.store.audit().of_login(login.id).await.unwrap();
    assert_eq!(after, before);
}

/// A part that can't be written takes everything with it.
pub async fn a_collect_that_fails_half_way_leaves_nothing(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, phone) = confirmed(&scene, key(9)).await;
    let (next, mut minting) = scene.collecting(&login, at(4));
    // The family comes last but one; its id is taken.
    let taken = scene.session(phone.account.id, key(7), Role::Phone, START);
    minting.family.id = taken.family.id;
    let grants = scene.store.grants();
    scene.open(taken).await;
    let (grant, device) = (minting.grant.id, minting.device.id);
    let logins = scene.store.logins();
    let collected = logins.collect(login.version, next, minting).await;
    assert!(
        matches!(collected, Err(StoreError::Failed(_))),
        "{collected:?}"
    );
    assert_eq!(scene.found(login.id).await, login);
    assert_eq!(grants.holder(grant).await, Ok(None));
    let devices = scene
        .store
        .devices()
        .list(phone.account.id, at(4))
        .await
        .unwrap();
    assert!(devices.iter().all(|listed| listed.device.id != device));
    assert!(is_done(&scene.collect(&login, at(4)).await));
}

/// At most one grant ever exists for a login, whatever version a caller names.
pub async fn a_collected_login_is_never_collected_again(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, _) = confirmed(&scene, key(9)).await;
    let (mut next, minting) = scene.collecting(&login, at(4));
    assert!(is_done(&scene.collect(&login, at(4)).await));
    let logins = scene.store.logins();
    let again = logins.collect(login.version, next.clone(), minting.clone());
    assert_eq!(again.await, Ok(Collected::Conflict));
    let grant = minting.grant.id;
    next.version += 1;
    let again = logins.collect(login.version + 1, next, minting).await;
    assert_eq!(again, Ok(Collected::Conflict));
    assert_eq!(scene.store.grants().holder(grant).await, Ok(None));
}

/// The device with this key keeps its id and its first day; what it says of itself is news.
pub async fn a_device_is_found_again_by_its_key(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, phone) = confirmed(&scene, key(9)).await;
    let Collected::Done(first) = scene.collect(&login, at(4)).await else {
        unreachable!("the first collect was allowed");
    };
    let mut login = scene.unsaved_login(key(9));
    login.request.device = DeviceInfo::new(Some("Renamed"), DeviceKind::Terminal, None);
    login.request.client = client("other");
    let login = scene.insert(login).await;
    let second = scene.desktop(login, &phone, at(50)).await;
    assert_eq!(second.device.id, first.device.id);
    assert_eq!(second.grant.device, first.device.id);
    assert_eq!(second.device.first_seen, at(4));
    assert_eq!(second.device.last_seen, at(50));
    assert_eq!(second.device.info.name.as_deref(), Some("Renamed"));
    assert_eq!(second.device.info.kind, DeviceKind::Terminal);

    // The same key in another account's hands is another device.
    let eve = named(&scene, "eve").await;
    let eves_phone = scene.phone(eve, key(8)).await;
    let other = scene
        .desktop(scene.waiting(key(9)).await, &eves_phone, at(60))
        .await;
    assert_ne!(other.device.id, first.device.id);
}

/// The same device, client and role has one live grant; what else there is stays.
pub async fn an_earlier_grant_of_the_same_device_is_replaced(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, phone) = confirmed(&scene, key(9)).await;
    let (next, minting) = scene.collecting(&login, at(4));
    let (first, family) = (minting.grant.id, minting.family.clone());
    let logins = scene.store.logins();
    let collected = logins.collect(login.version, next, minting).await.unwrap();
    assert!(is_done(&collected));
    let mut login = scene.unsaved_login(key(9));
    login.request.client = client("other");
    let other_client = scene
        .desktop(scene.insert(login).await, &phone, at(5))
        .await;
    let other_device = scene
        .desktop(scene.waiting(key(10)).await, &phone, at(6))
        .await;

    let second = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(50))
        .await;
    let grants = scene.store.grants();
    let replaced = grants.holder(first).await.unwrap().unwrap();
    let ended = Ended {
        at: at(50),
        cause: EndCause::Replaced,
    };
    assert_eq!(replaced.grant.ended, Some(ended));
    let dead = grants.family(family.id).await.unwrap().unwrap();
    assert!(dead.ended && dead.version > family.version);
    for alive in [&second, &other_client, &other_device, &phone] {
        let holder = grants.holder(alive.grant.id).await.unwrap().unwrap();
        assert_eq!(holder.grant.ended, None);
    }
}

/// A confirmed login of a desktop with `desktop` as its key, and anna's phone that confirmed it.
pub(super) async fn confirmed<S: Subject>(
    scene: &Scene<S>,
    desktop: Thumbprint,
) -> (Login, Holder) {
    let anna = named(scene, "anna").await;
    let phone = scene.phone(anna, key(1)).await;
    let login = scene.confirmed(scene.waiting(desktop).await, &phone).await;
    (login, phone)
}

/// The account called `name`, added when it is missing.
pub(super) async fn named<S: Subject>(scene: &Scene<S>, name: &str) -> AccountId {
    let login_name = countersign_core::account::LoginName::parse(name).unwrap();
    let found = scene.store.accounts().by_name(&login_name).await.unwrap();
    match found {
        Some(account) => account.id,
        None => scene.account(name).await.id,
    }
}

/// Signs a grant out.
pub(super) async fn end<S: Subject>(scene: &Scene<S>, grant: GrantId, at: Timestamp) {
    end_for(scene, grant, at, EndCause::SignedOut).await;
}

/// Ends a grant.
pub(super) async fn end_for<S: Subject>(
    scene: &Scene<S>,
    grant: GrantId,
    at: Timestamp,
    cause: EndCause,
) {
    let grants = scene.store.grants();
    let ended = grants
        .end(Which::One(grant), Ended { at, cause }, None)
        .await;
    assert!(ended.is_ok(), "{ended:?}");
}

fn is_done(collected: &Collected) -> bool {
    matches!(collected, Collected::Done(_))
}
