//! How far an end reaches: at a tap, by a link, after a device signed in anew, with a passkey or a recovery code.

use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended, Role};
use countersign_core::ids::GrantId;
use countersign_core::ports::{Actor, Added, Gone, Holder, Opened, Opening, Over, Removed, Which};
use countersign_core::time::Timestamp;

use super::Subject;
use super::making::sorted;
use super::phones::actor;
use super::samples::{START, Scene, at, key};
use super::taking::allowed;

/// The end that `by` wishes at a tap, without a password or passkey given lately.
async fn tap<S: Subject>(scene: &Scene<S>, by: &Holder, which: Which, cause: EndCause) -> Over {
    let by = Actor {
        verified: false,
        ..actor(by)
    };
    let ended = Ended { at: at(20), cause };
    let over = scene.store.grants().end(which, ended, Some(by)).await;
    over.unwrap()
}

async fn verified<S: Subject>(scene: &Scene<S>, by: &Holder, which: Which) -> Gone {
    let ended = undone(at(30));
    match scene
        .store
        .grants()
        .end(which, ended, Some(actor(by)))
        .await
    {
        Ok(Over::Done(gone)) => gone,
        other => unreachable!("{other:?}"),
    }
}

fn undone(at: Timestamp) -> Ended {
    let cause = EndCause::Undone;
    Ended { at, cause }
}

/// A phone that a recovery code opened at `now`, with one of the codes that `by` made before.
async fn recovered<S: Subject>(scene: &Scene<S>, by: &Holder, k: u8, now: Timestamp) -> Holder {
    let codes = scene.codes(3);
    assert!(scene.replace_codes(actor(by), codes.clone(), at(2)).await);
    let minting = scene.recovering(by.account.id, key(k), now);
    let opening = Opening::Recovery(codes[0].clone());
    match scene.try_open(minting, opening).await {
        Opened::Done(holder) => *holder,
        other => unreachable!("{other:?}"),
    }
}

/// Computers, phones that wait, and what is one's own; no phone that approves or did, and no recovery.
pub async fn a_tap_ends_only_what_nobody_misses(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = allowed(&scene, &first, key(2), at(1)).await;
    let waiting = scene.confirming_phone(anna, key(3), at(2)).await;
    let recovery = recovered(&scene, &first, 4, at(3)).await;
    let away = allowed(&scene, &first, key(5), at(4)).await;
    let own = Which::One(away.grant.id);
    scene.end(own, EndCause::SignedOut, at(5)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &first, at(6))
        .await;
    let told = scene.told(anna).await;
    for phone in [&second, &recovery, &away] {
        let (id, device) = (phone.grant.id, phone.device.id);
        for (which, cause) in [
            (Which::One(id), EndCause::Undone),
            (Which::WithApproved(id), EndCause::Undone),
            (Which::OfDevice(anna, device), EndCause::SignedOutElsewhere),
            (
                Which::OfDeviceWithApproved(anna, device),
                EndCause::DeviceLost,
            ),
        ] {
            let over = tap(&scene, &first, which, cause).await;
            assert_eq!(over, Over::VerificationRequired, "{which:?}");
        }
    }
    assert_eq!(scene.told(anna).await, told);
    let all = [&first, &second, &waiting, &recovery, &desktop];
    assert_eq!(scene.alive(all, at(20)).await, [true; 5]);
    let again = scene.confirming_phone(anna, key(5), at(7)).await;
    assert_eq!(again.grant.approves_from, Some(at(7)), "it is trusted");
    for (by, holder) in [(&first, &waiting), (&first, &desktop), (&second, &second)] {
        let grants = vec![holder.grant.id];
        let over = tap(&scene, by, Which::One(grants[0]), EndCause::Undone).await;
        assert_eq!(
            over,
            Over::Done(Gone {
                grants,
                passkeys: 0
            })
        );
    }
}

/// No passkey, no codes, no phone: neither of another device nor of one's own.
pub async fn a_tap_takes_nothing_that_was_made(store: impl Subject) {
    let scene = Scene::new(store);
    for (n, own) in [false, true].into_iter().enumerate() {
        for made in ["passkey", "codes", "phone", "session"] {
            let anna = scene.account(&format!("{made}{n}")).await.id;
            let first = scene.confirming_phone(anna, key(1), START).await;
            let maker = if own {
                allowed(&scene, &first, key(2), at(1)).await
            } else {
                scene.acting_desktop(key(9), &first).await
            };
            match made {
                "passkey" => drop(scene.passkey(&maker).await),
                // Only phones make these.
                _ if !own => continue,
                "session" => {
                    let passkey = scene.passkey(&maker).await;
                    let opened = scene.passkey_phone(&passkey, key(3), at(6)).await;
                    let entry = Entry::new(at(7), Kind::PasskeyRemoved);
                    let passkeys = scene.store.passkeys();
                    let removed = passkeys.remove(actor(&opened), passkey.id, entry).await;
                    assert_eq!(removed, Ok(Removed::Done));
                }
                "codes" => {
                    let codes = scene.codes(2);
                    assert!(scene.replace_codes(actor(&maker), codes, at(6)).await);
                }
                _ => drop(allowed(&scene, &maker, key(3), at(6)).await),
            }
            let by = if own { &maker } else { &first };
            let (id, device) = (maker.grant.id, maker.device.id);
            let before = scene.told(anna).await;
            for (which, cause) in [
                (Which::One(id), EndCause::Undone),
                (
                    Which::OfDeviceWithApproved(anna, device),
                    EndCause::DeviceLost,
                ),
            ] {
                let over = tap(&scene, by, which, cause).await;
                assert_eq!(over, Over::VerificationRequired, "{made} {own}");
            }
            assert_eq!(scene.told(anna).await, before);
            if own {
                // To sign out takes nothing, and needs nothing.
                let which = Which::OfDevice(anna, device);
                let over = tap(&scene, by, which, EndCause::SignedOut).await;
                let grants = vec![id];
                assert_eq!(
                    over,
                    Over::Done(Gone {
                        grants,
                        passkeys: 0
                    })
                );
            } else {
                let gone = verified(&scene, by, Which::One(id)).await;
                assert_eq!(gone.passkeys, 1);
            }
        }
    }
}

/// Whoever signs in anew does not escape: the sessions in a grant's place go with it, where it is taken back.
pub async fn what_came_in_the_place_of_a_grant_goes_with_it(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let owner = scene.phone(anna, key(1)).await;
    for (n, which) in [Which::One, Which::WithApproved].into_iter().enumerate() {
        let n = u8::try_from(n).unwrap() * 10;
        let stolen = scene.phone(anna, key(n + 2)).await;
        let mut later = Vec::new();
        for second in [5, 6] {
            let session = scene.session(anna, key(n + 2), Role::Phone, at(second));
            later.push(scene.open(session).await.grant.id);
        }
        let desktop = scene.session(anna, key(n + 2), Role::Desktop, at(7));
        let desktop = scene.open(desktop).await;
        let misused = EndCause::RefreshMisused;
        let own = Which::One(stolen.grant.id);
        assert_eq!(scene.end(own, misused, at(8)).await, Vec::<GrantId>::new());
        let gone = verified(&scene, &owner, which(stolen.grant.id)).await;
        assert_eq!(gone.grants, [later[1]]);
        assert_eq!(
            scene.alive([&owner, &desktop], at(30)).await,
            [true, true],
            "another role is another session"
        );
        // What the device does once it has signed out is something else.
        let session = scene.session(anna, key(n + 2), Role::Phone, at(31));
        let back = scene.open(session).await;
        let again = verified(&scene, &owner, which(stolen.grant.id)).await;
        assert_eq!(again.grants, []);
        assert_eq!(scene.alive([&back], at(31)).await, [true]);
    }
}

/// With what was approved; and then never again, whatever the device does since.
pub async fn a_link_takes_back_once(store: impl Subject) {
    let scene = Scene::new(store);
    for (n, first_over) in [None, Some(EndCause::SignedOut), Some(EndCause::Undone)]
        .into_iter()
        .enumerate()
    {
        let anna = scene.account(&format!("anna{n}")).await.id;
        let phone = scene.phone(anna, key(1)).await;
        let login = scene.waiting(key(9)).await;
        let desktop = scene.desktop(login, &phone, at(4)).await;
        let replaced = phone.grant.id;
        let session = scene.session(anna, key(1), Role::Phone, at(5));
        let phone = scene.open(session).await;
        if let Some(cause) = first_over {
            scene.end(Which::One(phone.grant.id), cause, at(6)).await;
        }
        let press = async |now| {
            let which = Which::ByLink(replaced);
            scene.gone(which, undone(now)).await.grants
        };
        let expected = match first_over {
            None => vec![phone.grant.id, desktop.grant.id],
            Some(EndCause::SignedOut) => vec![desktop.grant.id],
            _ => vec![],
        };
        assert_eq!(
            sorted(press(at(7)).await),
            sorted(expected),
            "{first_over:?}"
        );
        let session = scene.session(anna, key(1), Role::Phone, at(8));
        let back = scene.open(session).await;
        let passkey = scene.unsaved_passkey(&back);
        let added = scene.add(&passkey, scene.spent(), at(9)).await;
        assert_eq!(added, Added::Done);
        let told = scene.told(anna).await;
        assert_eq!(press(at(9)).await, []);
        assert_eq!(scene.told(anna).await, told);
        assert_eq!(scene.passkeys(anna).await, [passkey]);
        assert_eq!(scene.alive([&back], at(9)).await, [true]);
    }
}

/// Who had one code may have them all; those that were made since are other ones.
pub async fn a_recovered_phone_takes_the_codes_with_it(store: impl Subject) {
    let scene = Scene::new(store);
    for anew in [false, true] {
        let anna = scene.account(&format!("anna{anew}")).await.id;
        let owner = scene.phone(anna, key(1)).await;
        let phone = recovered(&scene, &owner, 2, at(3)).await;
        if anew {
            let codes = scene.codes(2);
            assert!(scene.replace_codes(actor(&owner), codes, at(10)).await);
        }
        let gone = verified(&scene, &owner, Which::One(phone.grant.id)).await;
        assert_eq!(gone.grants, [phone.grant.id]);
        let left = scene.store.recovery_codes().left(anna).await;
        assert_eq!(left, Ok(anew.then_some((2, at(10)))));
    }
}

/// What it opened ends, and what came in its place, with what that made; whoever removes it stays.
pub async fn a_passkey_that_is_removed_takes_its_sessions(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let passkey = scene.passkey(&first).await;
    let own = scene.passkey_phone(&passkey, key(2), at(5)).await;
    let kept = scene.passkey(&own).await;
    let other = scene.passkey_phone(&passkey, key(3), at(6)).await;
    let more = scene.unsaved_passkey(&other);
    let added = scene.add(&more, scene.spent(), at(7)).await;
    assert_eq!(added, Added::Done);
    let let_in = allowed(&scene, &other, key(4), at(7)).await;
    let again = scene.confirming_phone(anna, key(3), at(8)).await;
    let entry = Entry {
        account: Some(anna),
        by: Some(own.grant.id),
        ..Entry::new(at(9), Kind::PasskeyRemoved)
    };
    let passkeys = scene.store.passkeys();
    let removed = passkeys.remove(actor(&own), passkey.id, entry).await;
    assert_eq!(removed, Ok(Removed::Done));
    assert_eq!(
        scene.alive([&first, &own, &again, &let_in], at(9)).await,
        [true, true, false, false]
    );
    let ended = scene.grant(again.grant.id).await.ended;
    let cause = EndCause::MakerUndone;
    assert_eq!(ended, Some(Ended { at: at(9), cause }));
    assert_eq!(scene.passkeys(anna).await, [kept]);
    let told = scene.told(anna).await;
    let over = told.iter().filter(|told| told.entry.at == at(9));
    let by: Vec<_> = over.map(|told| told.entry.by).collect();
    assert_eq!(by, [Some(own.grant.id); 4], "two passkeys, two sessions");
}

/// By its grant in the log, and by its device's name where that is read.
pub async fn who_wished_it_is_named(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let second = allowed(&scene, &first, key(2), at(1)).await;
    scene.passkey(&second).await;
    let before = scene.told(anna).await.len();
    verified(&scene, &first, Which::One(second.grant.id)).await;
    let told = scene.told(anna).await;
    for told in &told[..2] {
        assert_eq!(told.entry.by, Some(first.grant.id), "{told:?}");
        assert_eq!(told.by_device.as_deref(), Some(first.device.name()));
    }
    assert_eq!(told.len(), before + 2);
    assert_eq!(told[2].by_device, None);
    let own = Which::One(first.grant.id);
    scene.end(own, EndCause::Revoked, at(40)).await;
    assert_eq!(scene.told(anna).await[0].entry.by, None);
}
