//! Collecting again: the answer was lost, and the same desktop gets fresh tokens of the same grant.

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind};
use countersign_core::client::Ending;
use countersign_core::grant::{Grant, Role};
use countersign_core::ids::FamilyId;
use countersign_core::limits::PHONE_SESSION;
use countersign_core::ports::{Collected, Holder};
use countersign_core::refresh::{Family, FamilyKind};
use countersign_core::secret::{Secret, SecretHash, SecretKind};
use countersign_core::time::Timestamp;

use super::Subject;
use super::collect::{confirmed, end};
use super::samples::{START, Scene, at, key};

/// One family lives: the new one.
pub async fn collecting_again_replaces_the_refresh_family(store: impl Subject) {
    let scene = Scene::new(store);
    let (login, _) = confirmed(&scene, key(9)).await;
    let (next, minting) = scene.collecting(&login, at(4));
    let (grant, first) = (minting.grant.clone(), minting.family.id);
    let logins = scene.store.logins();
    let collected = logins.collect(login.version, next, minting).await.unwrap();
    assert!(matches!(collected, Collected::Done(_)));

    let second = scene.family(&grant, at(6));
    let grants = scene.store.grants();
    let entry = Entry::new(at(6), Kind::CollectedAgain);
    let again = grants.collect_again(second.clone(), entry.clone()).await;
    assert_eq!(again, Ok(true));
    let third = scene.family(&grant, at(7));
    let again = grants.collect_again(third.clone(), entry).await;
    assert_eq!(again, Ok(true));

    let scene = scene.reopened().await;
    let grants = scene.store.grants();
    for dead in [first, second.id] {
        assert!(grants.family(dead).await.unwrap().unwrap().ended);
    }
    assert_eq!(grants.family(third.id).await, Ok(Some(third)));
    let holder = grants.holder(grant.id).await.unwrap().unwrap();
    assert_eq!(holder.grant.ended, None);
}

/// A cookie that was given once more is the only one.
pub async fn collecting_a_cookie_again_kills_the_one_before(store: impl Subject) {
    let scene = Scene::new(store);
    let phone = scene.phone(scene.account("anna").await.id, key(1)).await;
    let mut login = scene.unsaved_login(key(9));
    login.request.ending = Ending::Cookie;
    login.request.cookie = Some(SecretHash::of(
        SecretKind::LoginCookie,
        &Secret::new([3; 32]),
    ));
    let login = scene.confirmed(scene.insert(login).await, &phone).await;
    let (next, mut minting) = scene.collecting(&login, at(4));
    let grant = minting.grant.clone();
    let cookie = |n: u8| {
        let (id, secret) = (FamilyId::from_bytes(scene.bytes()), Secret::new([n; 32]));
        let of = (grant.id, grant.key);
        (
            Family::new(id, FamilyKind::Cookie, of, &secret, at(4)),
            secret,
        )
    };
    let ((first, old), (second, new)) = (cookie(4), cookie(5));
    minting.family = first.clone();
    let logins = scene.store.logins();
    let collected = logins.collect(login.version, next, minting).await.unwrap();
    assert!(matches!(collected, Collected::Done(_)));
    let kept = scene
        .store
        .grants()
        .family(first.id)
        .await
        .unwrap()
        .unwrap();
    assert!(kept.is_cookie(&old));
    let entry = Entry::new(at(6), Kind::CollectedAgain);
    let grants = scene.store.grants();
    let again = grants.collect_again(second.clone(), entry).await;
    assert_eq!(again, Ok(true));
    let scene = scene.reopened().await;
    let grants = scene.store.grants();
    assert!(
        !grants
            .family(first.id)
            .await
            .unwrap()
            .unwrap()
            .is_cookie(&old)
    );
    let kept = grants.family(second.id).await.unwrap().unwrap();
    assert!(kept.is_cookie(&new) && !kept.is_cookie(&old));
}

/// Account, phone session and grant must be alive; otherwise nothing is written.
pub async fn collecting_again_needs_every_condition_of_collect(store: impl Subject) {
    let scene = Scene::new(store);
    let (desktop, phone) = signed_in(&scene).await;
    refused(&scene, &desktop.grant, desktop.grant.expires_at).await;
    end(&scene, phone.grant.id, at(5)).await;
    refused(&scene, &desktop.grant, at(6)).await;

    let (desktop, phone) = signed_in(&scene).await;
    end(&scene, desktop.grant.id, at(5)).await;
    refused(&scene, &desktop.grant, at(6)).await;

    // What no login made is not collected again.
    refused(&scene, &phone.grant, at(6)).await;
    let unknown = scene.session(phone.account.id, key(7), Role::Desktop, START);
    refused(&scene, &unknown.grant, at(6)).await;

    // The phone's session is over while the grant that it gave goes on.
    let mut session = scene.session(phone.account.id, key(1), Role::Phone, START);
    session.grant.expires_at = at(60);
    let brief = scene.open(session).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &brief, at(4))
        .await;
    assert!(desktop.grant.alive(at(60)) && at(60) < START.plus(PHONE_SESSION));
    refused(&scene, &desktop.grant, at(60)).await;

    // An account that is locked when session and grant are over, asked about a moment before.
    for status in [AccountStatus::Locked, AccountStatus::Disabled] {
        let late = START.plus(PHONE_SESSION);
        scene.set_status(phone.account.id, status, late).await;
        let grant = scene.store.grants().holder(desktop.grant.id).await;
        assert_eq!(grant.unwrap().unwrap().grant.ended, None);
        refused(&scene, &desktop.grant, at(59)).await;
    }
}

async fn signed_in<S: Subject>(scene: &Scene<S>) -> (Holder, Holder) {
    let (login, phone) = confirmed(scene, key(9)).await;
    let collected = scene.collect(&login, at(4)).await;
    let Collected::Done(desktop) = collected else {
        unreachable!("{collected:?}");
    };
    (*desktop, phone)
}

async fn refused<S: Subject>(scene: &Scene<S>, grant: &Grant, now: Timestamp) {
    let grants = scene.store.grants();
    let family = scene.family(grant, now);
    let id: FamilyId = family.id;
    let entry = Entry::new(now, Kind::CollectedAgain);
    assert_eq!(grants.collect_again(family, entry).await, Ok(false));
    assert_eq!(grants.family(id).await, Ok(None));
}
