//! Ending grants: exactly those that were meant, with their families, each told once.

use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{EndCause, Ended, Role};
use countersign_core::ids::{AccountId, FamilyId, GrantId};
use countersign_core::ports::{Collected, Holder, Replaced, Which};
use countersign_core::secret::Secret;

use super::Subject;
use super::phones::numbered;
use super::samples::{HASH, START, Scene, at, client, key};
use super::scene::{Racer, at_once, password, rules};
use super::taking::allowed;

/// An account with two phones, and four desktops on three devices.
struct Household {
    account: AccountId,
    a: Holder,
    b: Holder,
    by_a: Holder,
    other_by_a: Holder,
    by_b: Holder,
    by_password: Holder,
}

impl Household {
    async fn of<S: Subject>(scene: &Scene<S>, name: &str) -> Self {
        let account = scene.account(name).await.id;
        let a = scene.phone(account, key(1)).await;
        let b = scene.phone(account, key(2)).await;
        let login = scene.waiting(key(9)).await;
        let by_a = scene.desktop(login, &a, at(4)).await;
        let mut other = scene.unsaved_login(key(9));
        other.request.client = client("other");
        let other = scene.insert(other).await;
        let other_by_a = scene.desktop(other, &a, at(5)).await;
        let login = scene.waiting(key(10)).await;
        let by_b = scene.desktop(login, &b, at(6)).await;
        let session = scene.session(account, key(11), Role::Desktop, at(7));
        let by_password = scene.open(session).await;
        Self {
            account,
            a,
            b,
            by_a,
            other_by_a,
            by_b,
            by_password,
        }
    }

    fn all(&self) -> [&Holder; 6] {
        [
            &self.a,
            &self.b,
            &self.by_a,
            &self.other_by_a,
            &self.by_b,
            &self.by_password,
        ]
    }
}

/// What a household loses by each, the one that goes for another reason included.
fn losses(home: &Household) -> Vec<(Which, Vec<(GrantId, EndCause)>)> {
    let own = EndCause::Undone;
    let because = EndCause::ApproverUndone;
    let [a, b, by_a, other_by_a, by_b, by_password] = home.all().map(|holder| holder.grant.id);
    let account = home.account;
    let every = |but: Option<GrantId>, role: Option<Role>| {
        let all = home.all().into_iter();
        let meant = all.filter(|holder| {
            Some(holder.grant.id) != but && role.is_none_or(|role| holder.grant.role == role)
        });
        meant.map(|holder| (holder.grant.id, own)).collect()
    };
    let foreign = AccountId::from_bytes([5; 16]);
    vec![
        (Which::One(by_a), vec![(by_a, own)]),
        (Which::One(a), vec![(a, own)]),
        (
            Which::WithApproved(a),
            vec![(a, own), (by_a, because), (other_by_a, because)],
        ),
        (Which::WithApproved(by_b), vec![(by_b, own)]),
        (
            Which::OfDevice(account, home.by_a.device.id),
            vec![(by_a, own), (other_by_a, own)],
        ),
        (
            Which::OfDevice(account, home.by_password.device.id),
            vec![(by_password, own)],
        ),
        (Which::OfDevice(foreign, home.by_a.device.id), vec![]),
        (Which::Others(account, a, None), every(Some(a), None)),
        (
            Which::Others(account, a, Some(Role::Desktop)),
            every(None, Some(Role::Desktop)),
        ),
        (Which::Others(account, a, Some(Role::Phone)), vec![(b, own)]),
        (Which::All(account), every(None, None)),
        (Which::All(foreign), vec![]),
        (Which::One(GrantId::from_bytes([5; 16])), vec![]),
    ]
}

/// Exactly those, and of nobody else's; repeating ends and tells nothing.
pub async fn every_choice_ends_what_it_says(store: impl Subject) {
    let scene = Scene::new(store);
    let neighbour = Household::of(&scene, "neighbour").await;
    let choices = losses(&neighbour).len();
    for n in 0..choices {
        let home = Household::of(&scene, &format!("home{n}")).await;
        let (which, expected) = losses(&home).swap_remove(n);
        let before = scene.told(home.account).await.len();
        let mut over = scene.end(which, EndCause::Undone, at(20)).await;
        let again = scene.end(which, EndCause::SignedOut, at(21)).await;
        assert_eq!(again, Vec::new(), "{which:?}");
        let mut named: Vec<_> = expected.iter().map(|(id, _)| *id).collect();
        over.sort();
        named.sort();
        assert_eq!(over, named, "{which:?}");
        for holder in home.all() {
            let end = expected.iter().find(|(id, _)| *id == holder.grant.id);
            let ended = end.map(|(_, cause)| Ended {
                at: at(20),
                cause: *cause,
            });
            assert_eq!(scene.grant(holder.grant.id).await.ended, ended, "{which:?}");
        }
        let told = scene.told(home.account).await;
        assert_eq!(told.len() - before, expected.len(), "{which:?}");
        for told in &told[..expected.len()] {
            let grant = told.entry.grant.unwrap();
            let (_, cause) = expected.iter().find(|(id, _)| *id == grant).unwrap();
            let device = scene.grant(grant).await.device;
            let ended = Ended {
                at: at(20),
                cause: *cause,
            };
            let entry = Entry::ended((home.account, device, grant), ended);
            assert_eq!(told.entry, entry, "{which:?}");
        }
    }
    for holder in neighbour.all() {
        assert_eq!(scene.grant(holder.grant.id).await.ended, None);
    }
}

/// What a phone approved can be taken back when the phone itself is gone already.
pub async fn what_a_phone_approved_ends_after_it_as_well(store: impl Subject) {
    let scene = Scene::new(store);
    let home = Household::of(&scene, "home").await;
    let phone = home.a.grant.id;
    scene
        .end(Which::One(phone), EndCause::SignedOut, at(20))
        .await;
    let which = Which::WithApproved(phone);
    let over = scene.end(which, EndCause::Undone, at(21)).await;
    assert_eq!(over, [home.by_a.grant.id, home.other_by_a.grant.id]);
    let ended = scene.grant(phone).await.ended.unwrap();
    assert_eq!(ended.cause, EndCause::SignedOut);
}

/// Also what it approved before it signed in anew; what others approved stays.
pub async fn what_a_phone_approved_in_earlier_sessions_ends_as_well(store: impl Subject) {
    let scene = Scene::new(store);
    let home = Household::of(&scene, "home").await;
    let session = scene.session(home.account, key(1), Role::Phone, at(10));
    let again = scene.open(session).await;
    let login = scene.waiting(key(12)).await;
    let lately = scene.desktop(login, &again, at(14)).await;
    let which = Which::WithApproved(again.grant.id);
    let mut over = scene.end(which, EndCause::Undone, at(20)).await;
    let mut expected = [&again, &home.by_a, &home.other_by_a, &lately].map(|h| h.grant.id);
    over.sort();
    expected.sort();
    assert_eq!(over, expected);
    for stays in [&home.b, &home.by_b, &home.by_password] {
        assert_eq!(scene.grant(stays.grant.id).await.ended, None);
    }
}

/// With what a phone approved goes what those approved that it let in, and what all of these made.
pub async fn what_phones_approved_that_were_let_in_ends_as_well(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), START).await;
    let by_first = scene.acting_desktop(key(9), &first).await;
    let second = allowed(&scene, &first, key(2), at(1)).await;
    let by_second = scene.acting_desktop(key(10), &second).await;
    let passkey = scene.passkey(&by_second).await;
    let third = scene.passkey_phone(&passkey, key(3), at(6)).await;
    let other = scene.phone(anna, key(4)).await;
    let stays = scene.acting_desktop(key(11), &other).await;
    let cause = EndCause::Undone;
    let ended = Ended { at: at(7), cause };
    let gone = scene.gone(Which::WithApproved(first.grant.id), ended).await;
    let meant = [&first, &by_first, &second, &by_second, &third];
    let mut expected = meant.map(|holder| holder.grant.id).to_vec();
    assert_eq!(gone.passkeys, 1);
    expected.sort();
    let mut over = gone.grants;
    over.sort();
    assert_eq!(over, expected);
    assert_eq!(scene.alive([&other, &stays], at(7)).await, [true, true]);
    let ended = scene.grant(by_second.grant.id).await.ended.unwrap();
    assert_eq!(ended.cause, EndCause::ApproverUndone);
}

/// However many there are.
pub async fn all_end_however_many(store: impl Subject) {
    const MANY: usize = 600;
    let scene = Scene::new(store);
    let account = scene.account("anna").await.id;
    let racers = (0..MANY).map(|n| {
        let minting = scene.session(account, numbered(n), Role::Desktop, START);
        let grants = scene.store.grants();
        let additional = countersign_core::grant::Additional::Open;
        let racer: Racer<bool> = Box::pin(async move {
            grants
                .open_session(minting, password(HASH), rules(additional))
                .await
                .is_ok()
        });
        racer
    });
    assert!(
        at_once(racers.collect())
            .await
            .into_iter()
            .all(|opened| opened)
    );
    let which = Which::All(account);
    let over = scene.end(which, EndCause::AccountLocked, at(1)).await;
    assert_eq!(over.len(), MANY);
    let again = scene.end(which, EndCause::AccountLocked, at(1)).await;
    assert_eq!(again, Vec::new());
}

/// A refresh and an end at the same moment: afterwards nothing is alive.
pub async fn an_end_wins_against_a_refresh(store: impl Subject) {
    let scene = Scene::new(store);
    let account = scene.account("anna").await.id;
    let mut racers: Vec<Racer<()>> = Vec::new();
    let mut all = Vec::new();
    for n in 0..100 {
        let minting = scene.session(account, numbered(n), Role::Desktop, START);
        let family = minting.family.clone();
        let grant = scene.open(minting).await.grant.id;
        all.push((grant, family.id));
        let (first, next) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let (renewed, _) = family.clone().present(&first, &family.key, &next, at(5));
        let grants = scene.store.grants();
        racers.push(Box::pin(async move {
            let entry = Entry::new(at(5), Kind::Refreshed);
            let replaced = grants.replace_family(family.version, renewed, entry).await;
            assert!(matches!(replaced, Ok(Replaced::Done | Replaced::Conflict)));
        }));
        let grants = scene.store.grants();
        let ended = Ended {
            at: at(5),
            cause: EndCause::Undone,
        };
        let end = async move { drop(grants.end(Which::One(grant), ended, None).await.unwrap()) };
        racers.insert(racers.len() - n % 2, Box::pin(end));
    }
    at_once(racers).await;
    for (grant, family) in all {
        assert!(scene.grant(grant).await.ended.is_some());
        let family = scene.store.grants().family(family).await;
        assert!(family.unwrap().unwrap().ended);
    }
}

/// A phone is taken back with what it approved, while that is collected, for the first time or
/// once more: afterwards nothing of it is alive.
pub async fn an_undo_wins_against_collects(store: impl Subject) {
    let scene = Scene::new(store);
    for round in 0..10 {
        let account = scene.account(&format!("anna{round}")).await.id;
        let phone = scene.phone(account, key(1)).await;
        let mut racers: Vec<Racer<()>> = Vec::new();
        let mut minted: Vec<(GrantId, FamilyId)> = Vec::new();
        for n in 0..8 {
            let login = scene
                .confirmed(scene.waiting(key(10 + n)).await, &phone)
                .await;
            let (next, minting) = scene.collecting(&login, at(4));
            minted.push((minting.grant.id, minting.family.id));
            let logins = scene.store.logins();
            racers.push(Box::pin(async move {
                let collected = logins.collect(login.version, next, minting).await;
                assert_ne!(collected.unwrap(), Collected::Conflict);
            }));
            let login = scene.waiting(key(30 + n)).await;
            let desktop = scene.desktop(login, &phone, at(4)).await;
            let family = scene.family(&desktop.grant, at(5));
            minted.push((desktop.grant.id, family.id));
            let grants = scene.store.grants();
            racers.push(Box::pin(async move {
                let entry = Entry::new(at(5), Kind::CollectedAgain);
                assert!(grants.collect_again(family, entry).await.is_ok());
            }));
        }
        let (grants, which) = (scene.store.grants(), Which::WithApproved(phone.grant.id));
        let ended = Ended {
            at: at(5),
            cause: EndCause::Undone,
        };
        let undo = async move { drop(grants.end(which, ended, None).await.unwrap()) };
        racers.insert(8, Box::pin(undo));
        at_once(racers).await;
        let grants = scene.store.grants();
        for (grant, family) in minted {
            let holder = grants.holder(grant).await.unwrap();
            assert!(holder.is_none_or(|holder| holder.grant.ended.is_some()));
            let family = grants.family(family).await.unwrap();
            assert!(family.is_none_or(|family| family.ended));
        }
    }
}
