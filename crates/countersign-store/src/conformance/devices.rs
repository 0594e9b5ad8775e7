//! Devices: how they are listed, and what their owner calls them.

use countersign_core::account::Device;
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, Grant, Role};
use countersign_core::ids::{AccountId, DeviceId};
use countersign_core::limits::DEVICES_LISTED;
use countersign_core::ports::{Listed, Opened};

use super::Subject;
use super::collect::end;
use super::phones::numbered;
use super::samples::{HASH, Scene, at, client, key};
use super::scene::{Racer, at_once, password, rules};

/// Last seen first, each with its live grants, and nobody else's.
pub async fn devices_are_listed_with_their_live_grants(store: impl Subject) {
    let scene = Scene::new(store);
    let (anna, eve) = (scene.account("anna").await, scene.account("eve").await);
    let phone = scene.phone(anna.id, key(1)).await;
    let eves = scene.phone(eve.id, key(2)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(40))
        .await;
    let mut other = scene.unsaved_login(key(9));
    other.request.client = client("other");
    let other = scene
        .desktop(scene.insert(other).await, &phone, at(50))
        .await;
    let gone = scene
        .desktop(scene.waiting(key(10)).await, &phone, at(60))
        .await;
    end(&scene, gone.grant.id, at(61)).await;

    let devices = scene.store.devices();
    let listed = devices.list(anna.id, at(70)).await.unwrap();
    let by = |grant: &Grant| (grant.clone(), Some("A phone".to_owned()));
    let expected = vec![
        listed_as(gone.device, vec![]),
        listed_as(other.device, vec![by(&desktop.grant), by(&other.grant)]),
        listed_as(phone.device, vec![(phone.grant, None)]),
    ];
    assert_eq!(listed, expected);
    let listed = devices.list(eve.id, at(70)).await.unwrap();
    assert_eq!(
        listed,
        vec![listed_as(eves.device, vec![(eves.grant, None)])]
    );
    let later = other.grant.expires_at;
    let listed = devices.list(anna.id, later).await.unwrap();
    assert_eq!(listed[1].grants, vec![], "expired at {later:?}");
}

fn listed_as(device: Device, grants: Vec<(Grant, Option<String>)>) -> Listed {
    Listed { device, grants }
}

/// One more device than the limit: the one that was not seen for longest is left out.
pub async fn no_more_devices_are_listed_than_the_limit(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let racers = (0..=u64::from(DEVICES_LISTED)).map(|n| {
        let key = numbered(usize::try_from(n).unwrap());
        let minting = scene.session(anna.id, key, Role::Phone, at(n));
        let grants = scene.store.grants();
        let racer: Racer<bool> = Box::pin(async move {
            let opened = grants
                .open_session(minting, password(HASH), rules(Additional::Open))
                .await;
            matches!(opened, Ok(Opened::Done(_)))
        });
        racer
    });
    assert!(
        at_once(racers.collect())
            .await
            .into_iter()
            .all(|opened| opened)
    );
    let last = u64::from(DEVICES_LISTED);
    let listed = scene.store.devices().list(anna.id, at(last)).await;
    let seen: Vec<_> = listed
        .unwrap()
        .iter()
        .map(|listed| listed.device.last_seen)
        .collect();
    let expected: Vec<_> = (1..=last).rev().map(at).collect();
    assert_eq!(seen, expected);
}

/// The name stays when the device signs in again, stands where it approved, and can be taken away.
pub async fn a_device_is_called_what_its_owner_calls_it(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let other = scene.phone(anna, key(2)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let renamed = rename(&scene, anna, phone.device.id, Some("Anna's")).await;
    let called = Device {
        label: Some("Anna's".to_owned()),
        ..phone.device.clone()
    };
    assert_eq!(renamed, Some(called));
    let session = scene.session(anna, key(1), Role::Phone, at(20));
    let again = scene.open(session).await;
    assert_eq!(again.device.label.as_deref(), Some("Anna's"));

    let scene = scene.reopened().await;
    let listed = scene.store.devices().list(anna, at(30)).await.unwrap();
    let labels: Vec<_> = listed
        .iter()
        .map(|listed| (listed.device.id, listed.device.label.as_deref()))
        .collect();
    let expected = [
        (phone.device.id, Some("Anna's")),
        (desktop.device.id, None),
        (other.device.id, None),
    ];
    assert_eq!(labels, expected);
    let by = Some("Anna's".to_owned());
    assert_eq!(listed[1].grants, [(desktop.grant.clone(), by)]);
    let told = scene.told(anna).await;
    let entry = told.iter().find(|t| t.entry.kind == Kind::DeviceRenamed);
    assert_eq!(entry.unwrap().device.as_deref(), Some("Anna's"));

    let bare = rename(&scene, anna, phone.device.id, None).await.unwrap();
    assert_eq!(bare.label, None);
    assert_eq!(bare.name(), "A phone");
}

/// Another account's device, and one that there is not, are left alone.
pub async fn a_device_that_is_not_the_accounts_is_not_renamed(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let before = scene.told(eve).await;
    for device in [phone.device.id, DeviceId::from_bytes([5; 16])] {
        assert_eq!(rename(&scene, eve, device, Some("Mine")).await, None);
    }
    let holder = scene.store.grants().holder(phone.grant.id).await;
    assert_eq!(holder.unwrap().unwrap().device, phone.device);
    assert_eq!(scene.told(eve).await, before);
}

async fn rename<S: Subject>(
    scene: &Scene<S>,
    account: AccountId,
    device: DeviceId,
    label: Option<&str>,
) -> Option<Device> {
    let entry = Entry {
        account: Some(account),
        device: Some(device),
        ..Entry::new(at(10), Kind::DeviceRenamed)
    };
    let label = label.map(str::to_owned);
    let devices = scene.store.devices();
    devices.rename(account, device, label, entry).await.unwrap()
}
