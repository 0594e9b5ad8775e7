//! Revoking all of a kind: exactly those for which every part holds.

use countersign_core::grant::{EndCause, Role};
use countersign_core::ids::{AccountId, DeviceId, GrantId};
use countersign_core::ports::{Filter, Holder, Network, Which};

use super::Subject;
use super::making::sorted;
use super::samples::{Scene, at, key};

/// Sessions of two accounts, from different places at different times.
async fn sessions<S: Subject>(scene: &Scene<S>) -> Vec<Holder> {
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let mut all = Vec::new();
    for (account, key_of, role, address, now) in [
        (anna, 1, Role::Phone, Some("192.0.2.7"), 10),
        (anna, 2, Role::Desktop, Some("192.0.2.8"), 20),
        (anna, 1, Role::Desktop, Some("2001:db8:1:2::3"), 30),
        (eve, 1, Role::Phone, Some("2001:db8:1:2::4"), 40),
        (eve, 3, Role::Desktop, None, 50),
    ] {
        let mut minting = scene.session(account, key(key_of), role, at(now));
        minting.grant.address = address.map(|address| address.parse().unwrap());
        all.push(scene.open(minting).await);
    }
    all
}

fn network(address: &str, bits: u8) -> Network {
    Network::with_prefix(address.parse().unwrap(), bits).unwrap()
}

/// What makes a filter of an empty one.
type Change = fn(&mut Filter, &[Holder]);

/// Changes, and which of the sessions they mean.
const QUESTIONS: [(Change, &[usize]); 25] = [
    (|_, _| (), &[]),
    (|f, all| f.but = Some(all[1].grant.id), &[]),
    (|f, _| f.device = Some(DeviceId::from_bytes([5; 16])), &[]),
    (|f, _| f.account = Some(AccountId::from_bytes([5; 16])), &[]),
    (|f, _| f.network = Some(network("192.0.2.9", 32)), &[]),
    (|f, _| f.network = Some(network("2001:db8:1:3::", 64)), &[]),
    (
        |f, all| (f.grant, f.but) = (Some(all[1].grant.id), Some(all[1].grant.id)),
        &[],
    ),
    (
        |f, all| (f.grant, f.account) = (Some(all[1].grant.id), Some(all[3].account.id)),
        &[],
    ),
    (|f, all| f.grant = Some(all[1].grant.id), &[1]),
    (|f, _| f.network = Some(network("192.0.2.7", 32)), &[0]),
    (
        |f, _| f.network = Some(network("2001:db8:1:2::4", 128)),
        &[3],
    ),
    (
        |f, _| (f.network, f.since) = (Some(network("192.0.2.0", 24)), Some(at(20))),
        &[1],
    ),
    (
        |f, all| (f.account, f.role) = (Some(all[0].account.id), Some(Role::Phone)),
        &[0],
    ),
    (|f, _| f.network = Some(network("192.0.2.0", 24)), &[0, 1]),
    (|f, _| f.network = Some(network("0.0.0.0", 0)), &[0, 1]),
    (|f, _| f.until = Some(at(30)), &[0, 1]),
    (|f, all| f.device = Some(all[0].device.id), &[0, 2]),
    (
        |f, all| (f.account, f.but) = (Some(all[0].account.id), Some(all[1].grant.id)),
        &[0, 2],
    ),
    (
        |f, _| (f.key, f.role) = (Some(key(1)), Some(Role::Phone)),
        &[0, 3],
    ),
    (
        |f, _| (f.since, f.until) = (Some(at(20)), Some(at(40))),
        &[1, 2],
    ),
    (
        |f, _| f.network = Some(network("2001:db8:1:2::", 64)),
        &[2, 3],
    ),
    (|f, _| f.key = Some(key(1)), &[0, 2, 3]),
    (|f, _| f.since = Some(at(30)), &[2, 3, 4]),
    (|f, _| f.role = Some(Role::Desktop), &[1, 2, 4]),
    (|f, all| f.account = Some(all[0].account.id), &[0, 1, 2]),
];

/// Counted all at first, then ended one after the other: each takes what those before it left.
pub async fn a_filter_means_what_holds_in_every_part(store: impl Subject) {
    let scene = Scene::new(store);
    let all = sessions(&scene).await;
    let grants = scene.store.grants();
    let questions = QUESTIONS.map(|(change, expected)| {
        let mut filter = Filter::default();
        change(&mut filter, &all);
        (filter, expected)
    });
    for (filter, expected) in &questions {
        let count = grants.count(Which::Matching(*filter), at(60)).await;
        let expected = u64::try_from(expected.len()).unwrap();
        assert_eq!(count, Ok(expected), "{filter:?}");
    }
    let mut alive: Vec<usize> = (0..all.len()).collect();
    for (filter, expected) in questions {
        // By an end that trusts the devices still, so that nothing else goes with them.
        let over = scene
            .end(Which::Matching(filter), EndCause::AccountLocked, at(60))
            .await;
        let left = expected.iter().filter(|n| alive.contains(n));
        let named: Vec<GrantId> = left.map(|n| all[*n].grant.id).collect();
        assert_eq!(over, named, "{filter:?}: in the order in which they came");
        alive.retain(|n| !expected.contains(n));
    }
    assert_eq!(alive, [] as [usize; 0]);
}

/// What is counted is what would end, of every choice.
pub async fn what_would_end_is_counted(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let other = scene.phone(anna, key(2)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let grants = scene.store.grants();
    for (which, expected) in [
        (Which::One(phone.grant.id), 1),
        (Which::WithApproved(phone.grant.id), 2),
        (Which::OfDevice(anna, phone.device.id), 1),
        (Which::OfDeviceWithApproved(anna, phone.device.id), 2),
        (Which::OfDeviceWithApproved(anna, other.device.id), 1),
        (Which::Others(anna, phone.grant.id, None), 2),
        (Which::Others(anna, phone.grant.id, Some(Role::Desktop)), 1),
        (Which::All(anna), 3),
    ] {
        assert_eq!(grants.count(which, at(5)).await, Ok(expected), "{which:?}");
        let late = phone.grant.expires_at;
        assert_eq!(grants.count(which, late).await, Ok(0), "{which:?}");
    }
    let which = Which::OfDeviceWithApproved(anna, phone.device.id);
    let over = scene.end(which, EndCause::DeviceLost, at(6)).await;
    assert_eq!(over, [phone.grant.id, desktop.grant.id]);
    let ended = scene.grant(desktop.grant.id).await.ended.unwrap();
    assert_eq!(ended.cause, EndCause::ApproverUndone);
    assert_eq!(scene.alive([&other], at(6)).await, [true]);
    assert_eq!(grants.count(Which::All(anna), at(6)).await, Ok(1));
}

/// A device is trusted no more by what was revoked of it, but for the one that stays.
pub async fn who_is_spared_keeps_its_devices_trust(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let first = scene.confirming_phone(anna, key(1), at(1)).await;
    let second = scene.confirming_phone(anna, key(2), at(2)).await;
    let filter = Filter {
        account: Some(anna),
        role: Some(Role::Phone),
        but: Some(first.grant.id),
        ..Filter::default()
    };
    let over = scene
        .end(Which::Matching(filter), EndCause::Revoked, at(3))
        .await;
    assert_eq!(sorted(over), [second.grant.id]);
    // What is alive would count for itself.
    let own = Which::One(first.grant.id);
    scene.end(own, EndCause::SignedOut, at(4)).await;
    let again = scene.confirming_phone(anna, key(1), at(4)).await;
    assert_eq!(again.grant.approves_from, Some(at(4)));
    let again = scene.confirming_phone(anna, key(2), at(5)).await;
    assert!(again.grant.approves_from > Some(at(5)));
}
