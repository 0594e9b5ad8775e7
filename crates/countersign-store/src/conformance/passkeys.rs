//! Passkeys: who adds, names and removes them.

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Role};
use countersign_core::ids::{GrantId, PasskeyId};
use countersign_core::limits::PASSKEYS;
use countersign_core::passkey::Passkey;
use countersign_core::ports::{Accepted, Added, FirstCredential, Holder, Opened, Removed, Which};

use super::Subject;
use super::phones::actor;
use super::samples::{START, Scene, at, key};
use super::scene::{Racer, at_once};

/// Oldest first, each with everything that it was given; found by what authenticators call it.
pub async fn a_passkey_comes_back_as_it_was_added(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let eve = scene.account("eve").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let eves = scene.phone(eve.id, key(2)).await;
    let first = scene.passkey(&phone).await;
    let mut second = scene.unsaved_passkey(&phone);
    second.created_at = at(4);
    second.synced = false;
    second.used_at = Some(at(6));
    assert_eq!(scene.add(&second, scene.spent(), at(5)).await, Added::Done);
    let theirs = scene.passkey(&eves).await;
    let scene = scene.reopened().await;
    assert_eq!(scene.passkeys(anna.id).await, [second.clone(), first]);
    assert_eq!(scene.passkeys(eve.id).await, [theirs]);
    let passkeys = scene.store.passkeys();
    let found = passkeys.by_credential(&second.credential).await;
    assert_eq!(found, Ok(Some((second, anna))));
    assert_eq!(passkeys.by_credential(b"nobody's").await, Ok(None));
}

/// A phone that may approve, and a desktop once for which one approved just that.
pub async fn who_may_not_add_a_passkey_adds_none(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let waiting = scene.confirming_phone(anna, key(2), START).await;
    let ended = scene.phone(anna, key(3)).await;
    let own = Which::One(ended.grant.id);
    scene.end(own, EndCause::SignedOut, at(1)).await;
    let plain = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let session = scene.session(anna, key(8), Role::Desktop, START);
    let by_password = scene.open(session).await;
    let eves = scene.phone(eve, key(4)).await;
    let foreign = Holder {
        account: eves.account.clone(),
        ..phone.clone()
    };
    let mut nobody = phone.clone();
    nobody.grant.id = GrantId::from_bytes([5; 16]);
    let before = scene.told(anna).await;
    for who in [&waiting, &ended, &plain, &by_password, &foreign, &nobody] {
        let passkey = scene.unsaved_passkey(who);
        let added = scene.add(&passkey, scene.spent(), at(5)).await;
        assert_eq!(added, Added::NotAllowed, "{:?}", who.grant);
    }
    let passkey = scene.unsaved_passkey(&phone);
    let late = phone.grant.expires_at;
    let added = scene.add(&passkey, scene.spent(), late).await;
    assert_eq!(added, Added::NotAllowed);
    assert_eq!(scene.told(anna).await, before);
    assert_eq!(scene.passkeys(anna).await, []);
    assert_eq!(scene.passkeys(eve).await, []);
}

/// Also when that passkey is gone: what a phone approved was one.
pub async fn a_desktop_adds_one_passkey_ever(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let desktop = scene.acting_desktop(key(9), &phone).await;
    let other = scene.acting_desktop(key(10), &phone).await;
    let signed_out = scene.acting_desktop(key(11), &phone).await;
    let own = Which::One(signed_out.grant.id);
    scene.end(own, EndCause::SignedOut, at(4)).await;
    let added = async |who: &Holder| {
        let passkey = scene.unsaved_passkey(who);
        scene.add(&passkey, scene.spent(), at(5)).await
    };
    assert_eq!(added(&signed_out).await, Added::NotAllowed);
    let passkey = scene.passkey(&desktop).await;
    assert_eq!(added(&desktop).await, Added::NotAllowed);
    assert_eq!(remove(&scene, &phone, passkey.id).await, Removed::Done);
    assert_eq!(added(&desktop).await, Added::NotAllowed);
    // What was approved for it is lost with a challenge that counts no more, and only with it.
    let spent = scene.spent();
    let passkey = scene.unsaved_passkey(&phone);
    assert_eq!(scene.add(&passkey, spent.clone(), at(5)).await, Added::Done);
    let passkey = scene.unsaved_passkey(&other);
    assert_eq!(scene.add(&passkey, spent, at(5)).await, Added::Spent);
    assert_eq!(added(&other).await, Added::Done);
    assert_eq!(scene.grant(other.grant.id).await, other.grant);
    scene.set_status(anna, AccountStatus::Locked, at(6)).await;
    assert_eq!(added(&phone).await, Added::NotAllowed);
}

/// Not by the same account either.
pub async fn a_passkey_belongs_to_one_account(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let eves = scene.phone(eve, key(2)).await;
    let passkey = scene.passkey(&phone).await;
    for who in [&phone, &eves] {
        let copy = Passkey {
            credential: passkey.credential.clone(),
            ..scene.unsaved_passkey(who)
        };
        let spent = scene.spent();
        let added = scene.add(&copy, spent.clone(), at(5)).await;
        assert_eq!(added, Added::Taken);
        let fresh = scene.unsaved_passkey(who);
        assert_eq!(scene.add(&fresh, spent, at(5)).await, Added::Done);
    }
    let (minting, opening) = scene.by_passkey(&passkey, (key(3), Role::Phone), at(6));
    let mut foreign = scene.session(eve, key(3), Role::Phone, at(6));
    foreign.grant.how = minting.grant.how;
    assert_eq!(scene.try_open(foreign, opening).await, Opened::Wrong);
}

/// One more is refused, until one is removed.
pub async fn an_account_has_so_many_passkeys(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let mut first = None;
    for _ in 0..PASSKEYS {
        first = Some(scene.passkey(&phone).await.id);
    }
    let passkey = scene.unsaved_passkey(&phone);
    let added = scene.add(&passkey, scene.spent(), at(5)).await;
    assert_eq!(added, Added::Full);
    let removed = remove(&scene, &phone, first.unwrap()).await;
    assert_eq!(removed, Removed::Done);
    assert_eq!(scene.add(&passkey, scene.spent(), at(5)).await, Added::Done);
    let eve = scene.account("eve").await.id;
    scene.passkey(&scene.phone(eve, key(2)).await).await;
}

/// Nobody else names or removes it; the log keeps its name.
pub async fn only_its_account_names_and_removes_a_passkey(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let phone = scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), START).await;
    let eves = scene.phone(eve, key(3)).await;
    let passkey = scene.passkey(&phone).await;
    let rename = async |account, id| {
        let entry = Entry::new(at(6), Kind::PasskeyRenamed);
        let passkeys = scene.store.passkeys();
        let named = passkeys.rename(account, id, "Blue".to_owned(), entry).await;
        named.unwrap()
    };
    let unknown = PasskeyId::from_bytes([5; 16]);
    assert_eq!(rename(eve, passkey.id).await, None);
    assert_eq!(rename(anna, unknown).await, None);
    let named = Passkey {
        name: "Blue".to_owned(),
        ..passkey.clone()
    };
    assert_eq!(rename(anna, passkey.id).await, Some(named.clone()));
    for (by, id, removed) in [
        (&eves, passkey.id, Removed::NotFound),
        (&phone, unknown, Removed::NotFound),
        (&waiting, passkey.id, Removed::NotAllowed),
    ] {
        assert_eq!(remove(&scene, by, id).await, removed);
        assert_eq!(scene.passkeys(anna).await, std::slice::from_ref(&named));
    }
    assert_eq!(remove(&scene, &phone, passkey.id).await, Removed::Done);
    assert_eq!(scene.passkeys(anna).await, []);
    let told = &scene.told(anna).await[0].entry;
    assert_eq!(told.kind, Kind::PasskeyRemoved);
    assert_eq!(told.detail.as_deref(), Some("Blue"));
}

/// However many are removed at once, one stays where there is no password.
pub async fn the_last_way_into_an_account_is_not_removed(store: impl Subject) {
    let scene = Scene::new(store);
    let other = scene.account("other").await.id;
    let other = scene.phone(other, key(1)).await;
    for round in 0..5 {
        // An invitation that was accepted with a passkey leaves no password.
        let anna = scene.account(&format!("anna{round}")).await.id;
        let invitation = scene.invitation(anna, at(6)).await;
        let minting = scene.accepting(anna, key(2), at(7));
        let first = Passkey {
            account: anna,
            made_by: minting.grant.id,
            ..scene.unsaved_passkey(&other)
        };
        let credential = FirstCredential::Passkey(Box::new(first.clone()), scene.spent());
        let invitations = scene.store.invitations();
        let accepted = invitations.accept(invitation.id, credential, minting).await;
        let Ok(Accepted::Done(phone)) = accepted else {
            unreachable!("{accepted:?}");
        };
        let mut ids = vec![first.id];
        for _ in 0..3 {
            let passkey = scene.unsaved_passkey(&phone);
            assert_eq!(scene.add(&passkey, scene.spent(), at(8)).await, Added::Done);
            ids.push(passkey.id);
        }
        let racers = ids.iter().map(|id| {
            let (passkeys, by, id) = (scene.store.passkeys(), actor(&phone), *id);
            let racer: Racer<Removed> = Box::pin(async move {
                let entry = Entry::new(at(9), Kind::PasskeyRemoved);
                passkeys.remove(by, id, entry).await.unwrap()
            });
            racer
        });
        let mut removed = at_once(racers.collect()).await;
        removed.sort_by_key(|removed| *removed == Removed::Last);
        let done = Removed::Done;
        assert_eq!(removed, [done, done, done, Removed::Last]);
        assert_eq!(scene.passkeys(anna).await.len(), 1);
    }
}

/// Removes a passkey at a fixed time.
pub(super) async fn remove<S: Subject>(scene: &Scene<S>, by: &Holder, id: PasskeyId) -> Removed {
    let entry = Entry {
        account: Some(by.account.id),
        ..Entry::new(at(6), Kind::PasskeyRemoved)
    };
    let passkeys = scene.store.passkeys();
    passkeys.remove(actor(by), id, entry).await.unwrap()
}
