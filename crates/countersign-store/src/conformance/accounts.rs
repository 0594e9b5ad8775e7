//! Accounts: their names, their passwords, their status.

use countersign_core::account::{Account, AccountStatus, LoginName};
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, EndCause, Role};
use countersign_core::ids::{AccountId, FamilyId};
use countersign_core::limits::PHONE_SESSION;
use countersign_core::ports::{Collected, Opened, PasswordChange, StoreError, Which};

use super::Subject;
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{Racer, at_once, password, rules};

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
    let kept = accounts.by_name(&first.login_name).await;
    assert_eq!(kept, Ok(Some(first.clone())));
    let nobody = LoginName::parse("nobody").unwrap();
    assert_eq!(accounts.by_name(&nobody).await, Ok(None));
    let minting = scene.session(second.id, key(1), Role::Phone, START);
    assert_eq!(
        grants
            .open_session(minting, password(HASH), rules(Additional::Open))
            .await,
        Ok(Opened::Wrong)
    );
    // Nobody is told: neither whose name it is nor whoever asked.
    for account in [first.id, second.id] {
        assert_eq!(scene.told(account).await, Vec::new());
    }
}

/// In the order of their names, from after a name on, so many at a time.
pub async fn accounts_are_listed_by_name(store: impl Subject) {
    let scene = Scene::new(store);
    let accounts = scene.store.accounts();
    assert_eq!(accounts.list(None, 10).await, Ok(Vec::new()));
    let mut all = Vec::new();
    for name in ["mia", "anna", "anna-2", "zoe", "9"] {
        all.push(scene.account(name).await);
    }
    all.sort_by(|a, b| a.login_name.as_str().cmp(b.login_name.as_str()));
    assert_eq!(accounts.list(None, 10).await, Ok(all.clone()));
    let mut paged: Vec<Account> = Vec::new();
    for count in [2, 2, 1, 0] {
        let after = paged.last().map(|account| account.login_name.clone());
        let page = accounts.list(after.as_ref(), 2).await.unwrap();
        assert_eq!(page.len(), count);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let between = LoginName::parse("b").unwrap();
    assert_eq!(
        accounts.list(Some(&between), 1).await,
        Ok(vec![all[3].clone()])
    );
}

/// The hash changes, and those end that were named, as far as they are alive; nobody else's.
pub async fn a_password_changes_and_ends_what_it_names(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let eve = scene.account("eve").await;
    let own = scene.phone(anna.id, key(1)).await;
    let other = scene.phone(anna.id, key(2)).await;
    let eves = scene.phone(eve.id, key(3)).await;
    let accounts = scene.store.accounts();
    let ends = Which::Others(anna.id, own.grant.id, None);
    let expected = [(None, vec![]), (Some(ends), vec![other.grant.id])];
    for (n, (ends, over)) in expected.into_iter().enumerate() {
        let hash = format!("$argon2id$new{n}");
        let change = change(anna.id, &hash, ends);
        let gone = accounts.set_password(change).await.unwrap().unwrap();
        assert_eq!(gone.grants, over);
        let kept = accounts.by_name(&anna.login_name).await.unwrap().unwrap();
        assert_eq!(kept.password_hash, Some(hash));
        let ended = scene.grant(other.grant.id).await.ended;
        assert_eq!(ended.is_some(), !over.is_empty());
        let told = scene.told(anna.id).await;
        let kinds: Vec<_> = told.iter().map(|told| told.entry.kind).collect();
        let changes = kinds.iter().filter(|kind| **kind == Kind::PasswordChanged);
        assert_eq!(changes.count(), n + 1);
    }
    let scene = scene.reopened().await;
    let ended = scene.grant(other.grant.id).await.ended.unwrap();
    assert_eq!((ended.at, ended.cause), (at(5), EndCause::PasswordChanged));
    for alive in [own, eves] {
        assert_eq!(scene.grant(alive.grant.id).await, alive.grant);
    }
    let kept = scene.store.accounts().by_name(&eve.login_name).await;
    assert_eq!(kept, Ok(Some(eve)));
}

/// Nothing ends for a password that is nobody's.
pub async fn a_password_of_no_account_is_an_error(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let nobody = scene.unsaved_account("nobody");
    let accounts = scene.store.accounts();
    let change = change(nobody.id, "$new", Some(Which::All(anna.id)));
    let changed = accounts.set_password(change).await;
    assert!(matches!(changed, Err(StoreError::Failed(_))), "{changed:?}");
    let entry = Entry::new(at(5), Kind::StatusChanged);
    let set = accounts.set_status(nobody.id, AccountStatus::Locked, entry);
    assert!(matches!(set.await, Err(StoreError::Failed(_))));
    assert_eq!(scene.grant(phone.grant.id).await, phone.grant);
}

/// Unless it is then active, nothing of the account goes on; being active again brings nothing back.
pub async fn a_status_ends_everything_unless_it_is_active(store: impl Subject) {
    let mut scene = Scene::new(store);
    let eve = scene.account("eve").await;
    let eves = scene.phone(eve.id, key(1)).await;
    for (n, status) in [AccountStatus::Locked, AccountStatus::Disabled]
        .into_iter()
        .enumerate()
    {
        let anna = scene.account(&format!("anna{n}")).await;
        let minting = scene.session(anna.id, key(1), Role::Phone, START);
        let family: FamilyId = minting.family.id;
        let phone = scene.open(minting).await;
        let desktop = scene
            .desktop(scene.waiting(key(9)).await, &phone, at(4))
            .await;
        let before = scene.told(anna.id).await.len();
        scene
            .set_status(anna.id, AccountStatus::Active, at(5))
            .await;
        assert_eq!(scene.told(anna.id).await.len(), before, "it was active");
        for now in [at(6), at(7)] {
            scene.set_status(anna.id, status, now).await;
        }
        scene = scene.reopened().await;
        for grant in [phone.grant.id, desktop.grant.id] {
            let ended = scene.grant(grant).await.ended.unwrap();
            assert_eq!((ended.at, ended.cause), (at(6), EndCause::AccountLocked));
        }
        let told = scene.told(anna.id).await;
        assert_eq!(told.len(), before + 3, "the status and two ends, once");
        let statuses: Vec<_> = told
            .iter()
            .filter(|told| told.entry.kind == Kind::StatusChanged)
            .map(|told| told.entry.detail.clone())
            .collect();
        assert_eq!(statuses, [Some(status.name().into())]);
        scene
            .set_status(anna.id, AccountStatus::Active, at(8))
            .await;
        let grants = scene.store.grants();
        assert!(grants.family(family).await.unwrap().unwrap().ended);
        assert!(!scene.grant(phone.grant.id).await.alive(at(8)));
        let found = scene.store.accounts().by_name(&anna.login_name).await;
        assert_eq!(found.unwrap().unwrap().status, AccountStatus::Active);
    }
    assert_eq!(scene.grant(eves.grant.id).await, eves.grant);
}

/// Whoever is quicker: when the account is locked, nothing of it is alive, nor ever will be.
pub async fn a_lock_wins_against_collects_and_sign_ins(store: impl Subject) {
    let scene = Scene::new(store);
    for round in 0..5 {
        let anna = scene.account(&format!("anna{round}")).await;
        let phone = scene.phone(anna.id, key(1)).await;
        let mut racers: Vec<Racer<()>> = Vec::new();
        let mut minted = Vec::new();
        for n in 0..16 {
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
            let session = scene.session(anna.id, key(40 + n), Role::Desktop, at(4));
            minted.push((session.grant.id, session.family.id));
            let grants = scene.store.grants();
            racers.push(Box::pin(async move {
                let opened = grants
                    .open_session(session, password(HASH), rules(Additional::Open))
                    .await;
                assert!(opened.is_ok(), "{opened:?}");
            }));
        }
        let (accounts, account) = (scene.store.accounts(), anna.id);
        let entry = Entry::new(at(5), Kind::StatusChanged);
        racers.insert(
            16,
            Box::pin(async move {
                let set = accounts.set_status(account, AccountStatus::Locked, entry);
                assert_eq!(set.await, Ok(true));
            }),
        );
        at_once(racers).await;
        let grants = scene.store.grants();
        for (grant, family) in minted {
            let grant = grants.holder(grant).await.unwrap();
            assert!(grant.is_none_or(|holder| holder.grant.ended.is_some()));
            let family = grants.family(family).await.unwrap();
            assert!(family.is_none_or(|family| family.ended));
        }
        assert!(!scene.grant(phone.grant.id).await.alive(at(5)));
    }
}

/// What is past its end is not ended by a status either.
pub async fn a_status_leaves_what_expired_as_it_was(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let late = START.plus(PHONE_SESSION);
    scene.set_status(anna.id, AccountStatus::Locked, late).await;
    assert_eq!(scene.grant(phone.grant.id).await, phone.grant);
}

fn change(account: AccountId, hash: &str, ends: Option<Which>) -> PasswordChange {
    PasswordChange {
        account,
        hash: hash.to_owned(),
        ends,
        entry: Entry {
            account: Some(account),
            ..Entry::new(at(5), Kind::PasswordChanged)
        },
    }
}
