//! The outbox: what is written with an entry, sent, tried again and forgotten.

use std::collections::BTreeSet;

use countersign_core::audit::{Entry, Kind, notified};
use countersign_core::ids::ClientId;
use countersign_core::outbox::{Addressee, Delivery, Fate};
use countersign_core::ports::{SweepBefore, Verified};
use countersign_core::time::Timestamp;

use super::Subject;
use super::samples::{HASH, START, Scene, at, deny, key};
use super::scene::password;

/// Over which channels a fresh store tells.
pub const CHANNELS: [&str; 2] = ["mail", "webhook:desk"];

async fn due<S: Subject>(scene: &Scene<S>, now: Timestamp) -> Vec<Delivery> {
    scene.store.outbox().due(now, 1000).await.unwrap()
}

/// Each entry that is to be told, once for each channel, with the names that it needs.
pub async fn what_is_notified_is_due_over_every_channel(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let entry = Entry {
        account: Some(anna.id),
        ..Entry::new(START, Kind::EmailChanged)
    };
    let email = countersign_core::account::Email::parse("new@mail.example");
    let accounts = scene.store.accounts();
    let set = accounts.set_email(anna.id, email.clone(), entry).await;
    assert_eq!(set, Ok(()));
    let kept = accounts.by_name(&anna.login_name).await.unwrap().unwrap();
    assert_eq!(kept.email, email);
    let phone = scene.phone(anna.id, key(1)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let login = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    scene.step(&login, &deny(&login, &phone, true), at(5)).await;
    let scene = scene.reopened().await;
    let all = due(&scene, at(5)).await;
    let expected = [
        (Kind::AccountAdded, None, None),
        (Kind::EmailChanged, None, None),
        (Kind::SessionOpened, Some("A phone"), Some("countersign")),
        (Kind::LoginMoved, Some("Firefox"), Some("demo")),
        (Kind::LoginMoved, None, Some("demo")),
    ];
    for channel in CHANNELS {
        let over: Vec<_> = all.iter().filter(|due| due.channel == channel).collect();
        let told: Vec<_> = over
            .iter()
            .map(|due| {
                let notice = &due.notice;
                let client = notice.client.as_ref().map(ClientId::as_str);
                (notice.entry.kind, notice.device.as_deref(), client)
            })
            .collect();
        assert_eq!(told, expected, "{channel}");
        assert!(over.iter().all(|due| due.attempts == 0));
        assert!(over.is_sorted_by_key(|due| due.notice.seq));
        let whom = Some(Addressee {
            login_name: "anna".to_owned(),
            display_name: anna.display_name.clone(),
            email: Some("new@mail.example".to_owned()),
        });
        // The account was added by an entry that names none.
        assert!(over[1..].iter().all(|due| due.notice.account == whom));
        assert_eq!(over[0].notice.account, None);
        assert_eq!(over[3].notice.entry.grant, Some(desktop.grant.id));
    }
    let ids: BTreeSet<_> = all.iter().map(|due| due.id).collect();
    assert_eq!(ids.len(), all.len());
    let none = accounts_email(&scene, None).await;
    assert_eq!(none, Ok(()));
    assert_eq!(
        due(&scene, at(6)).await[1]
            .notice
            .account
            .as_ref()
            .unwrap()
            .email,
        None
    );
}

async fn accounts_email<S: Subject>(
    scene: &Scene<S>,
    email: Option<countersign_core::account::Email>,
) -> Result<(), countersign_core::ports::StoreError> {
    let accounts = scene.store.accounts();
    let name = countersign_core::account::LoginName::parse("anna").unwrap();
    let anna = accounts.by_name(&name).await.unwrap().unwrap();
    let nobody = scene.unsaved_account("nobody").id;
    let entry = Entry::new(at(6), Kind::EmailChanged);
    let unknown = accounts.set_email(nobody, None, entry.clone()).await;
    assert!(unknown.is_err(), "{unknown:?}");
    accounts.set_email(anna.id, email, entry).await
}

/// Every kind that the core says, and no other.
pub async fn what_is_not_notified_is_not_due(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let before = due(&scene, at(10)).await.len();
    let mut expected = Vec::new();
    for kind in Kind::ALL {
        let entry = Entry::new(at(10), *kind);
        if notified(&entry) {
            expected.push(*kind);
        }
        let grants = scene.store.grants();
        let noted = grants.verified(phone.grant.id, password(HASH), entry).await;
        assert_eq!(noted, Ok(Verified::Done));
    }
    let told = due(&scene, at(10)).await;
    let told = told.iter().filter(|due| due.channel == CHANNELS[0]);
    let told: Vec<_> = told.map(|due| due.notice.entry.kind).collect();
    assert_eq!(told[before / CHANNELS.len()..], expected);
}

/// What arrived is gone, what didn't comes again at its time, and nobody else's is touched.
pub async fn what_is_tried_again_is_due_later(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    for n in 0..3 {
        scene.phone(anna, key(n)).await;
    }
    let all = due(&scene, START).await;
    assert_eq!(all.len(), 8);
    assert_eq!(
        due(&scene, START.minus(std::time::Duration::from_millis(1))).await,
        []
    );
    let outbox = scene.store.outbox();
    let limited = outbox.due(START, 2).await.unwrap();
    let first: Vec<_> = limited.iter().map(|due| due.id).collect();
    let expected = [all[0].id, all[1].id, all[4].id, all[5].id];
    assert_eq!(first, expected, "two for each channel");

    let fates = vec![
        (all[0].id, Fate::Over),
        (all[1].id, Fate::Again(at(50))),
        (all[1].id + 1000, Fate::Over),
        (all[1].id + 1000, Fate::Again(at(50))),
        (u64::MAX, Fate::Over),
    ];
    assert_eq!(outbox.settle(fates).await, Ok(()));
    let scene = scene.reopened().await;
    let ids = async |now| -> Vec<(u64, u32)> {
        let due = due(&scene, now).await;
        due.iter().map(|due| (due.id, due.attempts)).collect()
    };
    let mut left: Vec<_> = all[2..].iter().map(|due| (due.id, 0)).collect();
    assert_eq!(ids(at(49)).await, left);
    // Due for less long than the others of its channel.
    left.insert(2, (all[1].id, 1));
    assert_eq!(ids(at(50)).await, left);
    let outbox = scene.store.outbox();
    let over = all.iter().map(|due| (due.id, Fate::Over)).collect();
    assert_eq!(outbox.settle(over).await, Ok(()));
    assert_eq!(ids(at(50)).await, []);
    // An id is never given twice: a late answer about the old one says nothing about the new one.
    scene.phone(anna, key(9)).await;
    let new = due(&scene, START).await;
    assert!(new.iter().all(|new| all.iter().all(|old| new.id > old.id)));
}

/// When they are old, when their channel is no more, and with their entries.
pub async fn deliveries_are_swept(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    scene.phone(anna, key(1)).await;
    let later = scene.session(anna, key(2), countersign_core::grant::Role::Phone, at(9));
    scene.open(later).await;
    assert_eq!(sweep(&scene, notices(START), 10).await, 0);
    assert_eq!(due(&scene, at(9)).await.len(), 6);
    assert_eq!(sweep(&scene, notices(at(9)), 3).await, 3);
    assert_eq!(sweep(&scene, notices(at(9)), 3).await, 1);
    assert_eq!(sweep(&scene, notices(at(9)), 3).await, 0);
    assert_eq!(due(&scene, at(9)).await.len(), 2);

    let one = &CHANNELS[1..];
    let scene = scene.reopened_with(one).await;
    let left = due(&scene, at(9)).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].channel, CHANNELS[1]);
    scene.phone(anna, key(3)).await;
    assert_eq!(due(&scene, at(9)).await.len(), 2);
    assert_eq!(
        sweep(&scene, notices(START), 10).await,
        1,
        "the other channel's"
    );
    let scene = scene.reopened_with(&CHANNELS).await;
    assert_eq!(due(&scene, at(9)).await.len(), 2);
    let audit = SweepBefore {
        audit: at(10),
        ..notices(START)
    };
    assert!(sweep(&scene, audit, 10).await > 0);
    assert_eq!(due(&scene, at(9)).await, []);
}

/// Challenges when they would have expired, invitations when they did.
pub async fn challenges_and_invitations_are_swept(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let invitation = scene.invitation(anna, at(5)).await;
    let (passkey, spent) = (scene.unsaved_passkey(&phone), scene.spent());
    scene.add(&passkey, spent.clone(), at(6)).await;
    let again = async || {
        let passkey = scene.unsaved_passkey(&phone);
        scene.add(&passkey, spent.clone(), at(6)).await
    };
    let just = std::time::Duration::from_millis(1);
    let all = due(&scene, at(10)).await;
    let over = all.iter().map(|due| (due.id, Fate::Over)).collect();
    scene.store.outbox().settle(over).await.unwrap();
    assert_eq!(sweep(&scene, notices(spent.until), 10).await, 0);
    assert_eq!(again().await, countersign_core::ports::Added::Spent);
    assert_eq!(sweep(&scene, notices(spent.until.plus(just)), 10).await, 1);
    assert_eq!(again().await, countersign_core::ports::Added::Done);
    let all = due(&scene, at(10)).await;
    let over = all.iter().map(|due| (due.id, Fate::Over)).collect();
    scene.store.outbox().settle(over).await.unwrap();
    let invitations = scene.store.invitations();
    let until = invitation.expires_at;
    assert_eq!(sweep(&scene, notices(until), 10).await, 1, "the challenge");
    assert!(invitations.find(invitation.id).await.unwrap().is_some());
    assert_eq!(sweep(&scene, notices(until.plus(just)), 10).await, 1);
    assert_eq!(invitations.find(invitation.id).await, Ok(None));
}

async fn sweep<S: Subject>(scene: &Scene<S>, before: SweepBefore, limit: u32) -> u32 {
    scene.store.upkeep().sweep(before, limit).await.unwrap()
}

const fn notices(notices: Timestamp) -> SweepBefore {
    let long_ago = Timestamp::from_millis(0);
    SweepBefore {
        logins: long_ago,
        denials: long_ago,
        grants: long_ago,
        audit: long_ago,
        notices,
        passwords: long_ago,
    }
}
