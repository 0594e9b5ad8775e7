//! Recovery codes: who makes them, and that each opens one session, which waits.

use countersign_core::audit::{Kind, PHONE_WAITS};
use countersign_core::grant::{Additional, EndCause, Role};
use countersign_core::limits::{PHONE_WAIT, RECOVERY_WAIT};
use countersign_core::ports::{Allowed, Opened, Opening, Verified, Which};

use super::Subject;
use super::logins::RACERS;
use super::phones::{actor, numbered};
use super::samples::{START, Scene, at, key};
use super::scene::{Racer, at_once, rules};

/// New ones void those from before; used ones count no more.
pub async fn recovery_codes_replace_those_from_before(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let left = async |account| scene.store.recovery_codes().left(account).await.unwrap();
    assert_eq!(left(anna).await, None);
    let first = scene.codes(10);
    assert!(
        scene
            .replace_codes(actor(&phone), first.clone(), at(5))
            .await
    );
    assert_eq!(left(anna).await, Some((10, at(5))));
    let second = scene.codes(3);
    assert!(
        scene
            .replace_codes(actor(&phone), second.clone(), at(6))
            .await
    );
    assert_eq!(left(anna).await, Some((3, at(6))));
    assert_eq!(left(eve).await, None);
    let minting = scene.recovering(anna, key(2), at(7));
    let old = Opening::Recovery(first[0].clone());
    assert_eq!(scene.try_open(minting.clone(), old).await, Opened::Wrong);
    let foreign = scene.recovering(eve, key(2), at(7));
    let code = Opening::Recovery(second[0].clone());
    assert_eq!(scene.try_open(foreign, code.clone()).await, Opened::Wrong);
    assert_eq!(left(anna).await, Some((3, at(6))));
    let opened = scene.try_open(minting, code.clone()).await;
    assert!(matches!(opened, Opened::Done(_)), "{opened:?}");
    let scene = scene.reopened().await;
    let left = scene.store.recovery_codes().left(anna).await;
    assert_eq!(left, Ok(Some((2, at(6)))));
    let again = scene.recovering(anna, key(3), at(8));
    assert_eq!(scene.try_open(again, code).await, Opened::Wrong);
}

/// A live phone of the account that may approve.
pub async fn who_may_not_make_recovery_codes_makes_none(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), START).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let codes = scene.codes(2);
    assert!(scene.replace_codes(actor(&phone), codes, at(5)).await);
    for who in [&waiting, &desktop] {
        let codes = scene.codes(10);
        assert!(!scene.replace_codes(actor(who), codes, at(5)).await);
    }
    let own = Which::One(phone.grant.id);
    scene.end(own, EndCause::SignedOut, at(6)).await;
    let codes = scene.codes(10);
    assert!(!scene.replace_codes(actor(&phone), codes, at(5)).await);
    let left = scene.store.recovery_codes().left(anna).await;
    assert_eq!(left, Ok(Some((2, at(5)))));
}

/// However many try it at the same moment.
pub async fn a_recovery_code_opens_one_session(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let codes = scene.codes(2);
    assert!(
        scene
            .replace_codes(actor(&phone), codes.clone(), at(5))
            .await
    );
    let racers = (0..RACERS).map(|n| {
        let minting = scene.recovering(anna, numbered(n), at(6));
        let grants = scene.store.grants();
        let code = Opening::Recovery(codes[n % 2].clone());
        let racer: Racer<bool> = Box::pin(async move {
            let opened = grants.open_session(minting, code, rules(Additional::Open));
            matches!(opened.await, Ok(Opened::Done(_)))
        });
        racer
    });
    let opened = at_once(racers.collect()).await;
    assert_eq!(opened.iter().filter(|opened| **opened).count(), 2);
    let left = scene.store.recovery_codes().left(anna).await;
    assert_eq!(left, Ok(Some((0, at(5)))));
}

/// Also when it is the first phone; nobody lets it approve, and no code is a password.
pub async fn a_recovery_waits_whoever_allows_it(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let codes = scene.codes(2);
    assert!(
        scene
            .replace_codes(actor(&phone), codes.clone(), at(5))
            .await
    );
    let minting = scene.recovering(anna, key(2), at(6));
    let code = Opening::Recovery(codes[0].clone());
    let Opened::Done(holder) = scene.try_open(minting, code).await else {
        unreachable!("the code is good");
    };
    let from = at(6).plus(RECOVERY_WAIT);
    assert_eq!(holder.grant.approves_from, Some(from));
    let told = &scene.told(anna).await[0].entry;
    let expected = (Kind::RecoveryStarted, Some(PHONE_WAITS));
    assert_eq!((told.kind, told.detail.as_deref()), expected);

    let id = holder.grant.id;
    let entry = |now, kind| countersign_core::audit::Entry::new(now, kind);
    let grants = scene.store.grants();
    for (now, allowed) in [(at(7), Allowed::NoSuchPhone), (from, Allowed::Done)] {
        let entry = entry(now, Kind::PhoneAllowed);
        assert_eq!(grants.allow(actor(&phone), id, entry).await, Ok(allowed));
    }
    let code = Opening::Recovery(codes[1].clone());
    let verified = grants.verified(id, code, entry(at(7), Kind::Verified));
    assert_eq!(verified.await, Ok(Verified::Wrong));
    assert_eq!(scene.grant(id).await, holder.grant);
    let left = scene.store.recovery_codes().left(anna).await;
    assert_eq!(left, Ok(Some((1, at(5)))));
}

/// A password on the same phone shortens no recovery below what a further phone waits.
pub async fn a_password_beside_a_recovery_gains_nothing(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let codes = scene.codes(1);
    assert!(
        scene
            .replace_codes(actor(&phone), codes.clone(), at(5))
            .await
    );
    let minting = scene.recovering(anna, key(2), at(6));
    let opened = scene
        .try_open(minting, Opening::Recovery(codes[0].clone()))
        .await;
    assert!(matches!(opened, Opened::Done(_)));
    let again = scene.confirming_phone(anna, key(2), at(60)).await;
    let from = at(6).plus(RECOVERY_WAIT).min(at(60).plus(PHONE_WAIT));
    assert_eq!(again.grant.approves_from, Some(from));
    assert_eq!(again.grant.role, Role::Phone);
    // It goes with who made the code.
    let own = Which::One(phone.grant.id);
    let over = scene.end(own, EndCause::Undone, at(70)).await;
    assert_eq!(over, [phone.grant.id, again.grant.id]);
}
