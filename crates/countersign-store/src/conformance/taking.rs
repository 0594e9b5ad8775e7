//! What a device that is taken back takes with it, and what stays.

use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, EndCause, Ended, Role};
use countersign_core::ids::GrantId;
use countersign_core::ports::{
    Allowed, Gone, Holder, Opened, Opening, Over, PasswordChange, Which,
};
use countersign_core::time::Timestamp;

use super::Subject;
use super::making::sorted;
use super::phones::{actor, numbered};
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{Racer, at_once, password, rules};

/// Its passkeys, its codes, the phones that it let approve, what those opened; and of these the same.
pub async fn what_a_device_made_goes_with_it(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let phone = allowed(&scene, &first, key(2), at(1)).await;
    // By `phone` a passkey, by that a phone, and so on.
    let passkey = scene.passkey(&phone).await;
    let by_passkey = scene.passkey_phone(&passkey, key(3), at(5)).await;
    let second = scene.passkey(&by_passkey).await;
    let by_second = scene.passkey_phone(&second, key(4), at(6)).await;
    let let_in = allowed(&scene, &by_second, key(5), at(7)).await;
    let codes = scene.codes(2);
    assert!(
        scene
            .replace_codes(actor(&let_in), codes.clone(), at(8))
            .await
    );
    let minting = scene.recovering(anna, key(6), at(9));
    let opened = scene
        .try_open(minting, Opening::Recovery(codes[0].clone()))
        .await;
    let Opened::Done(recovered) = opened else {
        unreachable!("{opened:?}");
    };
    let desktop = scene.acting_desktop(key(9), &first).await;
    let stays = scene.passkey(&desktop).await;
    let by_stays = scene.passkey_phone(&stays, key(7), at(9)).await;

    let ended = Ended {
        at: at(20),
        cause: EndCause::Undone,
    };
    let gone = scene.gone(Which::One(phone.grant.id), ended).await;
    assert_eq!(gone.passkeys, 2);
    let taken = [&by_passkey, &by_second, &let_in, &*recovered];
    let mut expected: Vec<_> = taken.iter().map(|holder| holder.grant.id).collect();
    expected.push(phone.grant.id);
    assert_eq!(gone.grants[0], phone.grant.id, "first what was meant");
    assert_eq!(sorted(gone.grants), sorted(expected));
    let scene = scene.reopened().await;
    for holder in taken {
        let over = scene.grant(holder.grant.id).await.ended.unwrap();
        let cause = EndCause::MakerUndone;
        assert_eq!(over, Ended { cause, ..ended });
    }
    assert_eq!(
        scene.alive([&first, &desktop, &by_stays], at(20)).await,
        [true; 3]
    );
    let kept: Vec<_> = scene.passkeys(anna).await;
    assert_eq!(
        kept.iter().map(|kept| kept.id).collect::<Vec<_>>(),
        [stays.id]
    );
    assert_eq!(scene.store.recovery_codes().left(anna).await, Ok(None));
    let told = scene.told(anna).await;
    let removed = told.iter().filter(|t| t.entry.kind == Kind::PasskeyRemoved);
    let named = removed.map(|t| (t.entry.detail.as_deref().unwrap(), t.entry.grant));
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(_, grant)| *grant);
    let mut makers = [phone.grant.id, by_passkey.grant.id];
    makers.sort();
    assert_eq!(named, makers.map(|maker| ("Anna's key", Some(maker))));
    // Their devices are trusted no more, and the same again takes nothing.
    let again = scene.confirming_phone(anna, key(3), at(21)).await;
    assert!(again.grant.approves_from > Some(at(21)));
    let gone = scene.gone(Which::One(phone.grant.id), ended).await;
    assert_eq!(gone, Gone::default());
}

/// On choice what it approved goes, and with it what the phones approved that it made.
pub async fn with_what_it_approved_goes_what_its_phones_approved(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let mut ends = Vec::new();
    for (n, choice) in [false, true].into_iter().enumerate() {
        let n = u8::try_from(n).unwrap() * 10;
        let phone = allowed(&scene, &first, key(n + 2), at(1)).await;
        let passkey = scene.passkey(&phone).await;
        let made = scene.passkey_phone(&passkey, key(n + 3), at(2)).await;
        let desktop = scene.acting_desktop(key(n + 4), &made).await;
        let which = if choice {
            Which::OfDeviceWithApproved(anna, phone.device.id)
        } else {
            Which::OfDevice(anna, phone.device.id)
        };
        let cause = EndCause::DeviceLost;
        let gone = scene.gone(which, Ended { at: at(20), cause }).await;
        assert_eq!(gone.grants.len(), if choice { 3 } else { 2 });
        assert_eq!(
            scene.alive([&first, &made, &desktop], at(20)).await,
            [true, false, !choice]
        );
        ends.push(
            scene
                .grant(desktop.grant.id)
                .await
                .ended
                .map(|end| end.cause),
        );
    }
    assert_eq!(ends, [None, Some(EndCause::ApproverUndone)]);
}

/// Only where its owner takes it back: who signs out, expires or is locked out keeps what it made.
pub async fn what_a_device_made_outlives_a_sign_out(store: impl Subject) {
    let scene = Scene::new(store);
    for (n, cause) in EndCause::ALL.iter().enumerate() {
        let anna = scene.account(&format!("anna{n}")).await.id;
        let phone = scene.phone(anna, key(1)).await;
        let passkey = scene.passkey(&phone).await;
        let other = scene.passkey_phone(&passkey, key(2), at(6)).await;
        let codes = scene.codes(2);
        assert!(scene.replace_codes(actor(&phone), codes, at(7)).await);
        let own = Which::One(phone.grant.id);
        let over = scene.end(own, *cause, at(8)).await;
        let stays = !cause.distrusts();
        assert_eq!(over.len(), if stays { 1 } else { 2 }, "{cause:?}");
        assert_eq!(scene.passkeys(anna).await.len(), usize::from(stays));
        assert_eq!(scene.alive([&other], at(9)).await, [stays], "{cause:?}");
        let left = scene.store.recovery_codes().left(anna).await;
        assert_eq!(left.unwrap().is_some(), stays, "{cause:?}");
    }
}

/// Also what it made in sessions before, and when none of it is alive any more.
pub async fn what_a_device_made_in_earlier_sessions_goes_as_well(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let passkey = scene.passkey(&phone).await;
    let other = scene.passkey_phone(&passkey, key(2), at(6)).await;
    let session = scene.session(anna, key(1), Role::Phone, at(7));
    let again = scene.open(session).await;
    let own = Which::One(again.grant.id);
    scene.end(own, EndCause::SignedOut, at(8)).await;
    let over = scene.end(own, EndCause::Undone, at(9)).await;
    assert_eq!(over, [other.grant.id]);
    assert_eq!(scene.passkeys(anna).await, []);
}

/// A passkey that is gone leaves its trace: who came in by it goes with who made it.
pub async fn who_came_by_a_passkey_that_is_gone_goes_as_well(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let passkey = scene.passkey(&phone).await;
    let other = scene.passkey_phone(&passkey, key(2), at(6)).await;
    let entry = Entry::new(at(7), Kind::PasskeyRemoved);
    let passkeys = scene.store.passkeys();
    let removed = passkeys.remove(actor(&other), passkey.id, entry).await;
    assert_eq!(removed, Ok(countersign_core::ports::Removed::Done));
    let own = Which::One(phone.grant.id);
    let over = scene.end(own, EndCause::DeviceLost, at(8)).await;
    assert_eq!(over, [phone.grant.id, other.grant.id]);
}

/// Signing in once more washes nothing off: whoever was let in is, under its new session, too.
pub async fn a_new_session_stands_in_the_trust_of_the_old_one(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = allowed(&scene, &first, key(2), at(1)).await;
    let let_in = allowed(&scene, &second, key(3), at(2)).await;
    let passkey = scene.passkey(&second).await;
    let by_passkey = scene.passkey_phone(&passkey, key(4), at(6)).await;
    let mut again = Vec::new();
    for (n, holder) in [(7, &let_in), (8, &by_passkey), (9, &let_in)] {
        let phone = scene.confirming_phone(anna, holder.grant.key, at(n)).await;
        assert_eq!(phone.grant.approves_from, Some(at(n)));
        again.push(phone.grant.id);
    }
    // One that had waited for itself owes nobody anything.
    let waited = scene.confirming_phone(anna, key(5), at(10)).await;
    let from = waited.grant.approves_from.unwrap();
    let own = Which::One(second.grant.id);
    let over = scene.end(own, EndCause::Undone, from).await;
    let expected = [second.grant.id, again[1], again[2]];
    assert_eq!(sorted(over), sorted(expected.to_vec()));
    assert_eq!(scene.alive([&first, &waited], from).await, [true, true]);
}

/// A phone that takes back the one that let it approve goes on, with what it made and came in by.
pub async fn whoever_wishes_it_is_spared(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = allowed(&scene, &first, key(2), at(1)).await;
    let own = scene.passkey(&second).await;
    let passkey = scene.passkey(&first).await;
    let third = scene.passkey_phone(&passkey, key(3), at(5)).await;
    let theirs = scene.passkey(&third).await;
    let codes = scene.codes(2);
    assert!(scene.replace_codes(actor(&second), codes, at(7)).await);
    let take_back = async |by: &Holder| {
        let ended = Ended {
            at: at(8),
            cause: EndCause::Undone,
        };
        let grants = scene.store.grants();
        let which = Which::WithApproved(first.grant.id);
        grants.end(which, ended, Some(actor(by))).await.unwrap()
    };
    let Over::Done(gone) = take_back(&second).await else {
        unreachable!()
    };
    assert_eq!(gone.grants, [first.grant.id, third.grant.id]);
    assert_eq!(gone.passkeys, 2, "{passkey:?} and {theirs:?}");
    assert_eq!(scene.alive([&second], at(8)).await, [true]);
    assert_eq!(scene.passkeys(anna).await, [own]);
    assert_eq!(
        take_back(&third).await,
        Over::NotAllowed,
        "it went with the first"
    );
    let left = scene.store.recovery_codes().left(anna).await;
    assert_eq!(left, Ok(Some((2, at(7)))));
    let again = scene.confirming_phone(anna, key(2), at(20)).await;
    assert_eq!(again.grant.approves_from, Some(at(20)), "it is trusted");
    // Who means itself goes, with what its device made.
    let ended = Ended {
        at: at(21),
        cause: EndCause::Undone,
    };
    let grants = scene.store.grants();
    let which = Which::OfDeviceWithApproved(anna, again.device.id);
    let gone = grants.end(which, ended, Some(actor(&again))).await;
    let expected = Gone {
        grants: vec![again.grant.id],
        passkeys: 1,
    };
    assert_eq!(gone, Ok(Over::Done(expected)));
    assert_eq!(scene.store.recovery_codes().left(anna).await, Ok(None));
}

/// A password that is changed by who came in with a passkey of another device leaves that passkey.
pub async fn the_passkey_of_who_wishes_it_stays(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let (passkey, _) = (scene.passkey(&first).await, scene.passkey(&first).await);
    let second = scene.passkey_phone(&passkey, key(2), at(6)).await;
    let change = PasswordChange {
        account: anna,
        hash: "$new".to_owned(),
        ends: Some(Which::Others(anna, second.grant.id, None)),
        entry: Entry {
            account: Some(anna),
            grant: Some(second.grant.id),
            ..Entry::new(at(7), Kind::PasswordChanged)
        },
    };
    let gone = scene.store.accounts().set_password(change).await;
    let expected = Gone {
        grants: vec![first.grant.id],
        passkeys: 1,
    };
    assert_eq!(gone, Ok(Some(expected)));
    let kept: Vec<_> = scene
        .passkeys(anna)
        .await
        .iter()
        .map(|kept| kept.id)
        .collect();
    assert_eq!(kept, [passkey.id]);
    assert_eq!(scene.alive([&second], at(7)).await, [true]);
}

/// Whoever may not act ends nothing; nor may it once it is over.
pub async fn only_a_phone_that_may_approve_ends_anything(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.confirming_phone(anna, key(1), START).await;
    let waiting = scene.confirming_phone(anna, key(2), START).await;
    let eve = scene.account("eve").await.id;
    let eves = scene.phone(eve, key(3)).await;
    let mut stranger = actor(&eves);
    stranger.account = anna;
    let before = scene.told(anna).await;
    let end = async |by| {
        let ended = Ended {
            at: at(5),
            cause: EndCause::Undone,
        };
        let grants = scene.store.grants();
        grants
            .end(Which::One(phone.grant.id), ended, Some(by))
            .await
    };
    for by in [actor(&waiting), stranger] {
        assert_eq!(end(by).await, Ok(Over::NotAllowed));
    }
    assert_eq!(scene.told(anna).await, before);
    let gone = Gone {
        grants: vec![phone.grant.id],
        passkeys: 0,
    };
    assert_eq!(end(actor(&phone)).await, Ok(Over::Done(gone)));
    assert_eq!(end(actor(&phone)).await, Ok(Over::NotAllowed));
}

/// Whoever is quicker: no phone stays that was let in by one that was taken back.
pub async fn an_undo_wins_against_letting_in(store: impl Subject) {
    let scene = Scene::new(store);
    for round in 0..5 {
        let anna = scene.account(&format!("anna{round}")).await.id;
        let first = scene.confirming_phone(anna, key(1), START).await;
        let mut racers: Vec<Racer<()>> = Vec::new();
        let mut let_in: Vec<GrantId> = Vec::new();
        for n in 0..8 {
            let waiting = scene.confirming_phone(anna, numbered(n), START).await;
            let (grants, by, id) = (scene.store.grants(), actor(&first), waiting.grant.id);
            let_in.push(id);
            racers.push(Box::pin(async move {
                let entry = Entry::new(at(5), Kind::PhoneAllowed);
                assert!(grants.allow(by, id, entry).await.is_ok());
            }));
            let minting = scene.session(anna, numbered(n), Role::Phone, at(5));
            let_in.push(minting.grant.id);
            let grants = scene.store.grants();
            racers.push(Box::pin(async move {
                let confirm = rules(Additional::Confirm);
                let opened = grants.open_session(minting, password(HASH), confirm).await;
                assert!(opened.is_ok(), "{opened:?}");
            }));
        }
        let (grants, which) = (scene.store.grants(), Which::One(first.grant.id));
        let ended = Ended {
            at: at(5),
            cause: EndCause::Undone,
        };
        let undo = async move { drop(grants.end(which, ended, None).await.unwrap()) };
        racers.insert(8, Box::pin(undo));
        at_once(racers).await;
        for id in let_in {
            let grant = scene.grant(id).await;
            let approves = grant.approves_from.is_some_and(|from| from <= at(5));
            assert!(grant.ended.is_some() || !approves, "{grant:?}");
        }
    }
}

/// A further phone that `by` lets approve at `now`.
pub(super) async fn allowed<S: Subject>(
    scene: &Scene<S>,
    by: &Holder,
    key: countersign_core::ids::Thumbprint,
    now: Timestamp,
) -> Holder {
    let phone = scene.confirming_phone(by.account.id, key, now).await;
    let entry = Entry::new(now, Kind::PhoneAllowed);
    let grants = scene.store.grants();
    let allowed = grants.allow(actor(by), phone.grant.id, entry).await;
    assert_eq!(allowed, Ok(Allowed::Done));
    let grant = scene.grant(phone.grant.id).await;
    assert_eq!(grant.allowed_by, Some(by.grant.id));
    Holder { grant, ..phone }
}
