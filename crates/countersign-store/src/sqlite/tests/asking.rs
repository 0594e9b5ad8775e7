//! Every question that a store is ever asked, so that somebody may listen to what it makes of them.

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, EndCause, Ended, Role};
use countersign_core::login::Event;
use countersign_core::outbox::Fate;
use countersign_core::passkey::Passkey;
use countersign_core::ports::{
    Accepted, Accounts as _, Actor, Allowed, Audit as _, Clients as _, Devices as _, Filter,
    FirstCredential, Grants as _, Holder, Invitations as _, Known, Network, Opening, Outbox as _,
    Over, Passkeys, PasswordChange, RecoveryCodes as _, SweepBefore, Upkeep as _, Verified,
    Watch as _, Which,
};

use super::subject::Sqlite;
use crate::conformance::phones::actor;
use crate::conformance::samples::{HASH, START, Scene, at, client, context, deny, key};
use crate::conformance::scene::password;

/// Every question that the ports know.
pub(super) async fn ask_for_everything(scene: &Scene<Sqlite>) {
    let store = &scene.store.store;
    let anna = scene.account("anna").await;
    let again = scene.unsaved_account("anna");
    let entry = Entry::new(START, Kind::AccountAdded);
    let added = countersign_core::ports::Accounts::add(store, again, entry).await;
    assert_eq!(added, Ok(false));
    store.by_name(&anna.login_name).await.unwrap();
    countersign_core::ports::Accounts::list(store, None, 5)
        .await
        .unwrap();
    let phone = scene.confirming_phone(anna.id, key(1), START).await;
    ask_about_phones(scene, &phone).await;
    ask_about_desktops(scene, &phone).await;
    ask_about_credentials(scene, &phone).await;
    ask_what_is_told(scene).await;
    end_and_forget(scene, &phone).await;
}

fn entry(kind: Kind) -> Entry {
    Entry::new(at(2), kind)
}

async fn ask_about_phones(scene: &Scene<Sqlite>, first: &Holder) {
    let (store, account) = (&scene.store.store, first.account.id);
    let minting = scene.session(account, key(2), Role::Phone, at(1));
    let family = minting.family.clone();
    let waiting = scene.open_with(minting, Additional::Confirm).await.grant.id;
    let allowed = store.allow(actor(first), waiting, entry(Kind::PhoneAllowed));
    assert_eq!(allowed.await, Ok(Allowed::Done));
    let noted = store
        .verified(waiting, password(HASH), entry(Kind::Verified))
        .await;
    assert_eq!(noted, Ok(Verified::Done));
    store.seen(family.id, at(2)).await.unwrap();
    let mut next = store.family(family.id).await.unwrap().unwrap();
    next.version += 1;
    let refreshed = entry(Kind::Refreshed);
    store.replace_family(1, next, refreshed).await.unwrap();
}

async fn ask_about_desktops(scene: &Scene<Sqlite>, phone: &Holder) {
    let (store, account) = (&scene.store.store, phone.account.id);
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, phone, at(4))
        .await;
    let family = scene.family(&desktop.grant, at(5));
    let again = store.collect_again(family, entry(Kind::CollectedAgain));
    assert_eq!(again.await, Ok(true));
    let denied = scene.scanned(scene.waiting(key(9)).await, phone).await;
    scene
        .step(&denied, &deny(&denied, phone, false), at(5))
        .await;
    let over = scene.waiting(key(9)).await;
    scene.step(&over, &Event::Cancel, at(5)).await;
    let known = Known {
        account,
        key: key(9),
        client: client("demo"),
        scopes: context().scopes,
        since: START,
    };
    store.known_since(known).await.unwrap();
    countersign_core::ports::Devices::list(store, account, at(6))
        .await
        .unwrap();
    let renamed = entry(Kind::DeviceRenamed);
    let label = Some("Hers".to_owned());
    countersign_core::ports::Devices::rename(store, account, phone.device.id, label, renamed)
        .await
        .unwrap();
    store.of_login(denied.id).await.unwrap();
    scene.told(account).await;
}

async fn ask_about_credentials(scene: &Scene<Sqlite>, phone: &Holder) {
    let (store, account) = (&scene.store.store, phone.account.id);
    let passkey = scene.passkey(phone).await;
    Passkeys::of_account(store, account).await.unwrap();
    store.by_credential(&passkey.credential).await.unwrap();
    scene.passkey_phone(&passkey, key(3), at(6)).await;
    scene.confirming_phone(account, key(3), at(6)).await;
    scene
        .passkey(&scene.acting_desktop(key(12), phone).await)
        .await;
    let name = "Blue".to_owned();
    let renamed = entry(Kind::PasskeyRenamed);
    Passkeys::rename(store, account, passkey.id, name, renamed)
        .await
        .unwrap();
    let used = countersign_core::passkey::Used {
        passkey: passkey.id,
        before: "{\"counter\":1}".to_owned(),
        state: "used".to_owned(),
    };
    store.used(used, at(6)).await.unwrap();
    let codes = scene.codes(2);
    assert!(
        scene
            .replace_codes(actor(phone), codes.clone(), at(6))
            .await
    );
    store.left(account).await.unwrap();
    let recovering = scene.recovering(account, key(4), at(6));
    let code = Opening::Recovery(codes[0].clone());
    scene.try_open(recovering, code).await;
    let removed = entry(Kind::PasskeyRemoved);
    store
        .remove(actor(phone), passkey.id, removed)
        .await
        .unwrap();
    let email = entry(Kind::EmailChanged);
    store.set_email(account, None, email).await.unwrap();
    let eve = scene.account("eve").await.id;
    scene.invitation(eve, at(5)).await;
    let withdrawn = entry(Kind::InvitationWithdrawn);
    assert_eq!(store.withdraw(eve, withdrawn).await, Ok(true));
    let invitation = scene.invitation(eve, at(6)).await;
    let minting = scene.accepting(eve, key(5), at(7));
    let first = Passkey {
        account: eve,
        made_by: minting.grant.id,
        ..scene.unsaved_passkey(phone)
    };
    let first = FirstCredential::Passkey(Box::new(first), scene.spent());
    let accepted = store.accept(invitation.id, first, minting).await;
    assert!(matches!(accepted, Ok(Accepted::Done(_))), "{accepted:?}");
}

async fn ask_what_is_told(scene: &Scene<Sqlite>) {
    let store = &scene.store.store;
    let due = store.due(at(8), 100).await.unwrap();
    let fates = [Fate::Over, Fate::Again(at(9))].into_iter();
    let fates = due.iter().map(|due| due.id).zip(fates).collect();
    store.settle(fates).await.unwrap();
    for network in [None, Some(Network::of("192.0.2.7".parse().unwrap()))] {
        store.asked(&key(9), network, START).await.unwrap();
        store.denied(&client("demo"), network, START).await.unwrap();
    }
    let alert = Entry {
        detail: Some("denials".into()),
        subject: Some("demo".to_owned()),
        ..entry(Kind::Alert)
    };
    assert_eq!(store.alert(alert, START).await, Ok(true));
}

/// A filter for each part, alone and with an account.
fn filters(phone: &Holder) -> Vec<Filter> {
    let none = Filter::default();
    let network = Some(Network::of("192.0.2.7".parse().unwrap()));
    let device = Some(phone.device.id);
    let grant = Some(phone.grant.id);
    let since = Some(at(1_000_000));
    let until = Some(START);
    let role = Some(Role::Phone);
    let key = Some(key(1));
    let alone = [
        Filter { grant, ..none },
        Filter { device, ..none },
        Filter { key, ..none },
        Filter { network, ..none },
        Filter { since, ..none },
        Filter { until, ..none },
        Filter {
            role,
            since,
            ..none
        },
    ];
    let account = Some(phone.account.id);
    let with = alone.map(|filter| Filter {
        account,
        but: grant,
        ..filter
    });
    alone.into_iter().chain(with).collect()
}

async fn end_and_forget(scene: &Scene<Sqlite>, phone: &Holder) {
    let (store, account) = (&scene.store.store, phone.account.id);
    let own = PasswordChange {
        account,
        hash: "$own".to_owned(),
        ends: None,
        entry: Entry {
            grant: Some(phone.grant.id),
            ..entry(Kind::PasswordChanged)
        },
    };
    store.set_password(own).await.unwrap();
    let matching = filters(phone).into_iter().map(Which::Matching);
    let others = [
        Which::One(phone.grant.id),
        Which::WithApproved(phone.grant.id),
        Which::ByLink(phone.grant.id),
        Which::OfDevice(account, phone.device.id),
        Which::OfDeviceWithApproved(account, phone.device.id),
        Which::Others(account, phone.grant.id, Some(Role::Desktop)),
        Which::All(account),
    ];
    let tap = Actor {
        verified: false,
        ..actor(phone)
    };
    let ended = Ended {
        at: at(7),
        cause: EndCause::Undone,
    };
    let over = store.end(Which::One(phone.grant.id), ended, Some(tap));
    assert_eq!(over.await, Ok(Over::VerificationRequired));
    for which in matching.chain(others) {
        store.count(which, at(7)).await.unwrap();
        scene.end(which, EndCause::Undone, at(7)).await;
    }
    let change = PasswordChange {
        account,
        hash: "$new".to_owned(),
        ends: None,
        entry: entry(Kind::PasswordChanged),
    };
    store.set_password(change).await.unwrap();
    for _ in 0..2 {
        scene
            .set_status(account, AccountStatus::Locked, at(8))
            .await;
    }
    store.put(&[]).await.unwrap();
    store.overdue(at(4000), 5).await.unwrap();
    let late = at(1_000_000_000);
    let before = SweepBefore {
        logins: late,
        denials: late,
        grants: late,
        audit: late,
        notices: late,
        passwords: late,
    };
    while store.sweep(before, 100).await.unwrap() > 0 {}
    store.ready().await.unwrap();
}
