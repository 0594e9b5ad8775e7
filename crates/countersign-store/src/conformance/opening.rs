//! What passkeys open, that each challenge counts once, and when a recovery is over.

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind, PHONE_WAITS};
use countersign_core::grant::{Additional, EndCause, Ended, Role};
use countersign_core::ids::PasskeyId;
use countersign_core::limits::PHONE_WAIT;
use countersign_core::passkey::{Passkey, Used};
use countersign_core::ports::{Added, Opened, Opening, PasswordChange, Removed, Verified, Which};

use super::Subject;
use super::logins::RACERS;
use super::passkeys::remove;
use super::phones::{actor, numbered};
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{Racer, at_once, password, rules};

/// Whatever it was met for.
pub async fn a_challenge_counts_once(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let (passkey, spent) = (scene.unsaved_passkey(&phone), scene.spent());
    assert_eq!(scene.add(&passkey, spent.clone(), at(5)).await, Added::Done);
    let other = scene.unsaved_passkey(&phone);
    assert_eq!(scene.add(&other, spent.clone(), at(5)).await, Added::Spent);
    let used = Used {
        passkey: passkey.id,
        before: passkey.state.clone(),
        state: "later".to_owned(),
    };
    let again = Opening::Passkey(used.clone(), spent);
    let (minting, fresh) = scene.by_passkey(&passkey, (key(2), Role::Phone), at(6));
    let opened = scene.try_open(minting.clone(), again.clone()).await;
    assert_eq!(opened, Opened::Wrong);
    let verified = async |opening| {
        let entry = Entry::new(at(7), Kind::Verified);
        let grants = scene.store.grants();
        grants.verified(phone.grant.id, opening, entry).await
    };
    assert_eq!(verified(again).await, Ok(Verified::Wrong));
    assert_eq!(scene.passkeys(anna).await, [passkey], "nothing was kept");
    assert_eq!(verified(fresh.clone()).await, Ok(Verified::Done));
    assert_eq!(scene.grant(phone.grant.id).await.verified_at, Some(at(7)));
    assert_eq!(scene.try_open(minting, fresh).await, Opened::Wrong);
    let scene = scene.reopened().await;
    assert_eq!(scene.passkeys(anna).await[0].state, "{\"counter\":1}");
}

/// Of any number of sign-ins with one answer.
pub async fn of_two_hundred_answers_to_one_challenge_one_counts(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let passkey = scene.passkey(&phone).await;
    let (_, opening) = scene.by_passkey(&passkey, (key(2), Role::Desktop), at(6));
    let racers = (0..RACERS).map(|n| {
        let who = (numbered(n), Role::Desktop);
        let (minting, _) = scene.by_passkey(&passkey, who, at(6));
        let (grants, opening) = (scene.store.grants(), opening.clone());
        let confirm = rules(Additional::Confirm);
        let racer: Racer<bool> = Box::pin(async move {
            let opened = grants.open_session(minting, opening, confirm).await;
            assert!(matches!(opened, Ok(Opened::Done(_) | Opened::Wrong)));
            matches!(opened, Ok(Opened::Done(_)))
        });
        racer
    });
    let opened = at_once(racers.collect()).await;
    assert_eq!(opened.iter().filter(|opened| **opened).count(), 1);
}

/// Of any number that were judged at the same moment, each by a challenge of its own: else the last one would set
/// the counter back.
pub async fn of_uses_judged_at_once_one_counts(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let passkey = scene.passkey(&phone).await;
    let racers = (0..RACERS).map(|n| {
        let who = (numbered(n), Role::Desktop);
        let (minting, opening) = scene.by_passkey(&passkey, who, at(6));
        let (grants, grant) = (scene.store.grants(), phone.grant.id);
        let racer: Racer<bool> = Box::pin(async move {
            if n % 2 == 0 {
                let entry = Entry::new(at(6), Kind::Verified);
                return grants.verified(grant, opening, entry).await == Ok(Verified::Done);
            }
            let confirm = rules(Additional::Confirm);
            let opened = grants.open_session(minting, opening, confirm).await;
            assert!(matches!(opened, Ok(Opened::Done(_) | Opened::Wrong)));
            matches!(opened, Ok(Opened::Done(_)))
        });
        racer
    });
    let counted = at_once(racers.collect()).await;
    assert_eq!(counted.iter().filter(|counted| **counted).count(), 1);
}

/// Until it is a day old, by what the transaction reads; the first phone of an account need not wait.
pub async fn a_passkey_that_a_desktop_added_makes_a_phone_wait(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.confirming_phone(anna, key(1), START).await;
    let desktop = scene.acting_desktop(key(9), &phone).await;
    let added = scene.passkey(&desktop).await;
    let day = PHONE_WAIT.as_secs();
    let open = async |n: u8, now| {
        let passkey = scene.passkeys(anna).await.remove(0);
        scene.passkey_phone(&passkey, key(n), now).await
    };
    let early = open(2, at(6)).await.grant;
    assert_eq!(early.approves_from, Some(added.created_at.plus(PHONE_WAIT)));
    let told = scene.told(anna).await.remove(0).entry;
    assert_eq!(told.detail.as_deref(), Some(PHONE_WAITS));
    let late = at(day + 9);
    assert_eq!(open(3, late).await.grant.approves_from, Some(late));
    // The phone that added one itself is trusted as before.
    let own = scene.passkey(&phone).await;
    let by_own = scene.passkey_phone(&own, key(4), at(7)).await;
    assert_eq!(by_own.grant.approves_from, Some(at(7)));
}

/// A phone that it signs in may approve at once; the passkey keeps how it was used.
pub async fn a_passkey_opens_a_session(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.confirming_phone(anna, key(1), START).await;
    let passkey = scene.passkey(&phone).await;
    let second = scene.passkey_phone(&passkey, key(2), at(6)).await;
    assert_eq!(second.grant.approves_from, Some(at(6)));
    let scene = scene.reopened().await;
    assert_eq!(scene.grant(second.grant.id).await, second.grant);
    let kept = Passkey {
        state: "{\"counter\":1}".to_owned(),
        used_at: Some(at(6)),
        ..passkey.clone()
    };
    assert_eq!(scene.passkeys(anna).await, std::slice::from_ref(&kept));

    let passkeys = scene.store.passkeys();
    let before = kept.state.clone();
    let used = |id| Used {
        passkey: id,
        before: before.clone(),
        state: "third".to_owned(),
    };
    let unknown = PasskeyId::from_bytes([5; 16]);
    assert_eq!(passkeys.used(used(unknown), at(9)).await, Ok(()));
    assert_eq!(scene.passkeys(anna).await, std::slice::from_ref(&kept));
    assert_eq!(passkeys.used(used(passkey.id), at(3)).await, Ok(()));
    let kept = Passkey {
        state: "third".to_owned(),
        ..kept
    };
    assert_eq!(
        scene.passkeys(anna).await,
        [kept],
        "a clock may be set back"
    );
    assert_eq!(passkeys.used(used(passkey.id), at(9)).await, Ok(()));
    let now = scene.passkeys(anna).await[0].used_at;
    assert_eq!(now, Some(at(6)), "judged by what is kept no more");

    let passkey = scene.passkeys(anna).await.remove(0);
    let (minting, opening) = scene.by_passkey(&passkey, (key(3), Role::Phone), at(10));
    assert_eq!(remove(&scene, &phone, passkey.id).await, Removed::Done);
    let opened = scene.try_open(minting.clone(), opening.clone()).await;
    assert_eq!(opened, Opened::Wrong, "it is gone");
    assert_eq!(scene.alive([&second], at(10)).await, [false], "with it");
    // What opens it is what it says.
    let grants = scene.store.grants();
    let confirm = rules(Additional::Confirm);
    let odd = grants.open_session(minting, password(HASH), confirm).await;
    assert!(odd.is_err(), "{odd:?}");
    let plain = scene.session(anna, key(3), Role::Phone, at(10));
    let odd = grants.open_session(plain, opening, confirm).await;
    assert!(odd.is_err(), "{odd:?}");
}

/// A locked account opens nothing, and nothing of the passkey is used up.
pub async fn a_passkey_of_a_locked_account_opens_nothing(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let passkey = scene.passkey(&phone).await;
    let (minting, opening) = scene.by_passkey(&passkey, (key(2), Role::Phone), at(6));
    scene.set_status(anna, AccountStatus::Locked, at(6)).await;
    let opened = scene.try_open(minting.clone(), opening.clone()).await;
    assert_eq!(opened, Opened::NotActive);
    assert_eq!(scene.passkeys(anna).await, [passkey]);
    scene.set_status(anna, AccountStatus::Active, at(7)).await;
    let opened = scene.try_open(minting, opening).await;
    assert!(matches!(opened, Opened::Done(_)), "{opened:?}");
}

/// Whoever is quicker: when a device was taken back, no passkey of it is left, nor what that opened.
pub async fn an_undo_wins_against_new_passkeys(store: impl Subject) {
    let scene = Scene::new(store);
    for round in 0..5 {
        let anna = scene.account(&format!("anna{round}")).await.id;
        let phone = scene.phone(anna, key(1)).await;
        let old = scene.passkey(&phone).await;
        let mut racers: Vec<Racer<()>> = Vec::new();
        let mut opened = Vec::new();
        for n in 0..8 {
            let (passkey, spent) = (scene.unsaved_passkey(&phone), scene.spent());
            let passkeys = scene.store.passkeys();
            racers.push(Box::pin(async move {
                let entry = Entry::new(at(6), Kind::PasskeyAdded);
                assert!(passkeys.add(passkey, spent, entry).await.is_ok());
            }));
            let who = (numbered(n), Role::Phone);
            let (minting, opening) = scene.by_passkey(&old, who, at(6));
            opened.push(minting.grant.id);
            let grants = scene.store.grants();
            let confirm = rules(Additional::Confirm);
            racers.push(Box::pin(async move {
                let opened = grants.open_session(minting, opening, confirm).await;
                assert!(opened.is_ok(), "{opened:?}");
            }));
        }
        let (grants, which) = (scene.store.grants(), Which::One(phone.grant.id));
        let ended = Ended {
            at: at(6),
            cause: EndCause::Undone,
        };
        let undo = async move { drop(grants.end(which, ended, None).await.unwrap()) };
        racers.insert(8, Box::pin(undo));
        at_once(racers).await;
        assert_eq!(scene.passkeys(anna).await, []);
        for grant in opened {
            let holder = scene.store.grants().holder(grant).await.unwrap();
            assert!(holder.is_none_or(|holder| holder.grant.ended.is_some()));
        }
    }
}

/// By a new password or a passkey; then it has given one.
pub async fn a_recovery_is_over_with_a_new_credential(store: impl Subject) {
    let scene = Scene::new(store);
    for way in 0..2 {
        let anna = scene.account(&format!("anna{way}")).await.id;
        let phone = scene.phone(anna, key(1)).await;
        let codes = scene.codes(1);
        assert!(
            scene
                .replace_codes(actor(&phone), codes.clone(), at(5))
                .await
        );
        let minting = scene.recovering(anna, key(2), at(6));
        let id = minting.grant.id;
        let opened = scene
            .try_open(minting, Opening::Recovery(codes[0].clone()))
            .await;
        let Opened::Done(mut holder) = opened else {
            unreachable!("{opened:?}");
        };
        let from = holder.grant.approves_from.unwrap();
        assert_eq!(scene.grant(id).await.verified_at, None);
        holder.grant.expires_at = from;
        if way == 0 {
            let passkey = scene.unsaved_passkey(&holder);
            assert_eq!(scene.add(&passkey, scene.spent(), from).await, Added::Done);
        } else {
            let entry = Entry {
                account: Some(anna),
                grant: Some(id),
                ..Entry::new(from, Kind::PasswordChanged)
            };
            let change = PasswordChange {
                account: anna,
                hash: "$new".to_owned(),
                ends: Some(Which::Others(anna, id, None)),
                entry,
            };
            let gone = scene.store.accounts().set_password(change).await;
            assert_eq!(gone.unwrap().unwrap().grants, [phone.grant.id]);
        }
        assert_eq!(scene.grant(id).await.verified_at, Some(from));
    }
}
