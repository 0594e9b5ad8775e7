//! Who acts on an account: whoever still may when it is written, with the password that still is one.

use countersign_core::account::{Account, AccountStatus};
use countersign_core::audit::{Entry, Kind, RESTORED};
use countersign_core::grant::{Additional, EndCause, Role};
use countersign_core::ids::{AccountId, GrantId};
use countersign_core::limits::PHONE_SESSION;
use countersign_core::ports::{
    Actor, Allowed, Gone, Holder, Minting, Opened, Over, PasswordChange, StoreError, Verified,
    Which,
};
use countersign_core::time::Timestamp;

use super::Subject;
use super::logins::RACERS;
use super::phones::numbered;
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{Racer, at_once, password, rules};

const NEW: &str = "$argon2id$new";

/// A live phone of the active account that may approve: nobody else changes its password or its status
/// or lets a phone approve, whatever they were when they asked.
pub async fn only_a_phone_that_still_may_changes_an_account(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let eve = scene.account("eve").await;
    let phone = scene.confirming_phone(anna.id, key(1), START).await;
    let waiting = scene.confirming_phone(anna.id, key(2), START).await;
    let ended = scene.phone(anna.id, key(3)).await;
    let own = Which::One(ended.grant.id);
    scene.end(own, EndCause::Undone, at(1)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let eves = scene.phone(eve.id, key(4)).await;
    let before = scene.told(anna.id).await;
    for (by, now) in [
        (ended.grant.id, at(5)),
        // What was asked before the end is not written after it either.
        (ended.grant.id, START),
        (waiting.grant.id, at(5)),
        (desktop.grant.id, at(5)),
        (eves.grant.id, at(5)),
        (GrantId::from_bytes([5; 16]), at(5)),
        (phone.grant.id, START.plus(PHONE_SESSION)),
    ] {
        assert_eq!(changes(&scene, &anna, by, now).await, Ok(None), "{by}");
        assert_eq!(locks(&scene, &anna, by, now).await, Ok(false), "{by}");
        let allowed = allows(&scene, by, &waiting, now).await;
        assert_eq!(allowed, Ok(Allowed::Refused), "{by}");
    }
    let scene = scene.reopened().await;
    assert_eq!(scene.told(anna.id).await, before);
    for grant in [&phone, &waiting, &desktop] {
        assert_eq!(scene.grant(grant.grant.id).await, grant.grant);
    }
    let kept = scene.store.accounts().by_name(&anna.login_name).await;
    assert_eq!(kept, Ok(Some(anna.clone())));

    let by = phone.grant.id;
    let changed = changes(&scene, &anna, by, at(6)).await;
    let others = [waiting.grant.id, desktop.grant.id];
    let all = changed.unwrap().unwrap().grants;
    assert!(all.len() == 2 && others.iter().all(|id| all.contains(id)));
    assert_eq!(locks(&scene, &anna, by, at(7)).await, Ok(true));
    assert_eq!(locks(&scene, &anna, by, at(8)).await, Ok(false));
    let allowed = allows(&scene, by, &waiting, at(8)).await;
    assert_eq!(allowed, Ok(Allowed::Refused));
}

/// Whoever is quicker: nothing that a phone does to its account comes after its end.
pub async fn a_phone_that_was_taken_back_changes_nothing_any_more(store: impl Subject) {
    let scene = Scene::new(store);
    let mut racers: Vec<Racer<()>> = Vec::new();
    let mut phones = Vec::new();
    for n in 0..RACERS / 4 {
        let anna = scene.account(&format!("anna{n}")).await;
        let phone = scene.phone(anna.id, key(1)).await;
        let change = change_by(&anna, phone.grant.id, at(5));
        let accounts = scene.store.accounts();
        let changing: Racer<()> = Box::pin(async move {
            assert!(accounts.set_password(change).await.is_ok());
        });
        let (grants, which) = (scene.store.grants(), Which::One(phone.grant.id));
        let ended = countersign_core::grant::Ended {
            at: at(5),
            cause: EndCause::Undone,
        };
        let ending: Racer<()> = Box::pin(async move {
            let over = grants.end(which, ended, None).await.unwrap();
            assert!(matches!(over, Over::Done(gone) if gone.grants.len() == 1));
        });
        let pair = if n % 2 == 0 {
            [changing, ending]
        } else {
            [ending, changing]
        };
        racers.extend(pair);
        phones.push((anna, phone));
    }
    at_once(racers).await;
    for (anna, phone) in phones {
        assert!(!scene.grant(phone.grant.id).await.alive(at(5)));
        let told = scene.told(anna.id).await;
        let kinds: Vec<_> = told.iter().map(|told| told.entry.kind).collect();
        let kept = scene.store.accounts().by_name(&anna.login_name).await;
        let kept = kept.unwrap().unwrap().password_hash;
        // What it changed before went with it.
        assert_eq!(kept.as_deref(), Some(HASH));
        let restored = told[0].entry.detail.as_deref() == Some(RESTORED);
        let changes = kinds.iter().filter(|kind| **kind == Kind::PasswordChanged);
        assert_eq!(changes.count(), if restored { 2 } else { 0 });
        let last = usize::from(restored);
        assert_eq!(kinds[last], Kind::GrantEnded, "the end is the last of it");
    }
}

/// Nor is it noted on a device: it was verified against a hash that is no more.
pub async fn a_password_that_was_changed_meanwhile_opens_nothing(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let grants = scene.store.grants();
    let accounts = scene.store.accounts();
    let change = PasswordChange {
        ends: None,
        ..change_by(&anna, phone.grant.id, at(5))
    };
    assert_eq!(
        accounts.set_password(change).await,
        Ok(Some(Gone::default()))
    );
    let before = scene.told(anna.id).await;
    for role in [Role::Phone, Role::Desktop] {
        let minting = scene.session(anna.id, key(2), role, at(6));
        let grant = minting.grant.id;
        let opened = grants
            .open_session(minting, password(HASH), rules(Additional::Open))
            .await;
        assert_eq!(opened, Ok(Opened::Wrong));
        assert_eq!(grants.holder(grant).await, Ok(None));
    }
    let entry = Entry::new(at(6), Kind::Verified);
    let noted = grants
        .verified(phone.grant.id, password(HASH), entry.clone())
        .await;
    assert_eq!(noted, Ok(Verified::Wrong));
    let kept = scene.grant(phone.grant.id).await.verified_at;
    assert_eq!(kept, Some(at(5)), "when it gave a new one");
    assert_eq!(scene.told(anna.id).await, before);
    let devices = scene.store.devices().list(anna.id, at(6)).await.unwrap();
    assert_eq!(devices.len(), 1);

    let noted = grants.verified(phone.grant.id, password(NEW), entry).await;
    assert_eq!(noted, Ok(Verified::Done));
    let minting = scene.session(anna.id, key(2), Role::Phone, at(6));
    let opened = grants
        .open_session(minting, password(NEW), rules(Additional::Open))
        .await;
    assert!(matches!(opened, Ok(Opened::Done(_))), "{opened:?}");
    // A wrong password is told before an account that is out of use.
    scene
        .set_status(anna.id, AccountStatus::Locked, at(7))
        .await;
    for (hash, told) in [(HASH, Opened::Wrong), (NEW, Opened::NotActive)] {
        let minting = scene.session(anna.id, key(2), Role::Phone, at(8));
        let opened = grants
            .open_session(minting, password(hash), rules(Additional::Open))
            .await;
        assert_eq!(opened, Ok(told));
    }
}

/// Whoever is quicker: no session that the old password opened outlives a change that ends all.
pub async fn a_new_password_wins_against_sign_ins_with_the_old_one(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let mut racers: Vec<Racer<bool>> = Vec::new();
    let mut minted = Vec::new();
    for n in 0..RACERS {
        let minting = scene.session(anna.id, numbered(n), Role::Desktop, at(4));
        minted.push(minting.grant.id);
        racers.push(opening(&scene, minting));
    }
    let accounts = scene.store.accounts();
    let change = PasswordChange {
        ends: Some(Which::All(anna.id)),
        ..change_of(&anna, None, at(5))
    };
    racers.insert(
        RACERS / 2,
        Box::pin(async move {
            let changed = accounts.set_password(change).await;
            changed.unwrap().is_some()
        }),
    );
    let done = at_once(racers).await;
    assert!(done[RACERS / 2]);
    let grants = scene.store.grants();
    for id in minted {
        let holder = grants.holder(id).await.unwrap();
        assert!(holder.is_none_or(|holder| holder.grant.ended.is_some()));
    }
}

fn opening<S: Subject>(scene: &Scene<S>, minting: Minting) -> Racer<bool> {
    let grants = scene.store.grants();
    Box::pin(async move {
        let opened = grants
            .open_session(minting, password(HASH), rules(Additional::Open))
            .await;
        match opened.unwrap() {
            Opened::Done(_) => true,
            Opened::Wrong => false,
            Opened::NotActive => unreachable!("it is active"),
        }
    })
}

fn change_of(account: &Account, by: Option<GrantId>, now: Timestamp) -> PasswordChange {
    PasswordChange {
        account: account.id,
        hash: NEW.to_owned(),
        ends: None,
        entry: entry(account.id, by, now, Kind::PasswordChanged),
    }
}

fn change_by(account: &Account, by: GrantId, now: Timestamp) -> PasswordChange {
    PasswordChange {
        ends: Some(Which::Others(account.id, by, None)),
        ..change_of(account, Some(by), now)
    }
}

async fn changes<S: Subject>(
    scene: &Scene<S>,
    account: &Account,
    by: GrantId,
    now: Timestamp,
) -> Result<Option<Gone>, StoreError> {
    let change = change_by(account, by, now);
    scene.store.accounts().set_password(change).await
}

async fn locks<S: Subject>(
    scene: &Scene<S>,
    account: &Account,
    by: GrantId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let entry = entry(account.id, Some(by), now, Kind::StatusChanged);
    let accounts = scene.store.accounts();
    accounts
        .set_status(account.id, AccountStatus::Locked, entry)
        .await
}

async fn allows<S: Subject>(
    scene: &Scene<S>,
    by: GrantId,
    phone: &Holder,
    now: Timestamp,
) -> Result<Allowed, StoreError> {
    let (account, id) = (phone.account.id, phone.grant.id);
    let entry = entry(account, Some(id), now, Kind::PhoneAllowed);
    let by = Actor {
        account,
        grant: by,
        verified: true,
    };
    scene.store.grants().allow(by, id, entry).await
}

fn entry(account: AccountId, grant: Option<GrantId>, now: Timestamp, kind: Kind) -> Entry {
    Entry {
        account: Some(account),
        grant,
        ..Entry::new(now, kind)
    }
}
