//! What detectors ask: who was asked, who denied, and that an alert is raised once.

use std::net::IpAddr;

use countersign_core::audit::{Alert, Entry, Kind};
use countersign_core::ids::Thumbprint;
use countersign_core::limits::{ADDRESS_ACCOUNTS, DENIALS, KEY_ACCOUNTS};
use countersign_core::login::{Event, Login};
use countersign_core::ports::{Asked, Holder, Network};
use countersign_core::time::Timestamp;

use super::Subject;
use super::phones::numbered;
use super::samples::{START, Scene, at, client, deny, key};

/// A login of this key from this address.
async fn login_from<S: Subject>(
    scene: &Scene<S>,
    key: Thumbprint,
    address: Option<IpAddr>,
) -> Login {
    let mut login = scene.unsaved_login(key);
    login.request.address = address;
    scene.insert(login).await
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn asked<S: Subject>(
    scene: &Scene<S>,
    key: Thumbprint,
    from: &str,
    since: Timestamp,
) -> (u32, u32) {
    let network = Some(Network::of(address(from)));
    let asked = scene.store.watch().asked(&key, network, since).await;
    let Asked { by_key, by_network } = asked.unwrap();
    (by_key, by_network)
}

/// Distinct accounts, whatever became of the login, by key and by network, after a time.
pub async fn who_was_asked_is_counted_by_key_and_network(store: impl Subject) {
    let scene = Scene::new(store);
    let mut phones: Vec<Holder> = Vec::new();
    for n in 0..3 {
        let account = scene.account(&format!("anna{n}")).await.id;
        phones.push(scene.phone(account, key(n)).await);
    }
    let claims = [
        (10, "192.0.2.7", 0),
        (10, "192.0.2.7", 0),
        (10, "2001:db8::1", 1),
        (11, "2001:db8::ffff", 2),
        (12, "192.0.2.8", 1),
    ];
    for (of, from, who) in claims {
        let login = login_from(&scene, key(of), Some(address(from))).await;
        scene.scanned(login, &phones[who]).await;
    }
    // Who asked nobody yet, who asked from nowhere, and who is over, count by what is known.
    login_from(&scene, key(10), Some(address("192.0.2.7"))).await;
    let nowhere = login_from(&scene, key(13), None).await;
    let nowhere = scene.scanned(nowhere, &phones[2]).await;
    scene.step(&nowhere, &Event::Cancel, at(2)).await;
    let scene = scene.reopened().await;
    for (of, from, expected) in [
        (10, "192.0.2.7", (2, 1)),
        (10, "2001:db8::5", (2, 2)),
        (11, "2001:db8::", (1, 2)),
        (11, "2001:db8:0:1::", (1, 0)),
        (12, "192.0.2.8", (1, 1)),
        (13, "192.0.2.9", (1, 0)),
        (14, "2001:db9::", (0, 0)),
    ] {
        assert_eq!(
            asked(&scene, key(of), from, START).await,
            expected,
            "{of} {from}"
        );
    }
    assert_eq!(asked(&scene, key(10), "192.0.2.7", at(1)).await, (0, 0));
    // Whoever names somebody else's key says nothing of who has it.
    let mut named = scene.unsaved_login(key(10));
    named.request.proved = false;
    let named = scene.insert(named).await;
    scene.scanned(named, &phones[2]).await;
    assert_eq!(asked(&scene, key(10), "192.0.2.9", START).await, (2, 0));
    let only = scene.store.watch().asked(&key(10), None, START).await;
    assert_eq!(only.unwrap().by_network, 0);
}

/// Up to the thresholds.
pub async fn no_more_accounts_are_counted_than_matter(store: impl Subject) {
    let scene = Scene::new(store);
    for n in 0..ADDRESS_ACCOUNTS + 2 {
        let account = scene.account(&format!("anna{n}")).await.id;
        let phone = scene
            .phone(account, numbered(usize::try_from(n).unwrap()))
            .await;
        let login = login_from(&scene, key(9), Some(address("192.0.2.7"))).await;
        scene.scanned(login, &phone).await;
    }
    let most = (KEY_ACCOUNTS, ADDRESS_ACCOUNTS);
    assert_eq!(asked(&scene, key(9), "192.0.2.7", START).await, most);
}

/// Of the client or from the network, whichever is more, up to the threshold.
pub async fn denials_are_counted_by_client_and_network(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let mut now = 10;
    for (of, from) in [
        ("demo", "192.0.2.7"),
        ("demo", "192.0.2.8"),
        ("other", "2001:db8::1"),
        ("demo", "2001:db8::2"),
        ("third", "2001:db8::3"),
    ] {
        let mut login = scene.unsaved_login(key(9));
        login.request.client = client(of);
        login.request.address = Some(address(from));
        let login = scene.insert(login).await;
        let login = scene.scanned(login, &phone).await;
        scene
            .step(&login, &deny(&login, &phone, false), at(now))
            .await;
        now += 10;
    }
    let cancelled = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    scene.step(&cancelled, &Event::Cancel, at(60)).await;
    let denied = async |of: &str, from: &str, since| {
        let network = Some(Network::of(address(from)));
        let watch = scene.store.watch();
        watch.denied(&client(of), network, since).await.unwrap()
    };
    for (of, from, since, expected) in [
        ("demo", "192.0.2.7", START, 3),
        ("other", "192.0.2.7", START, 1),
        ("other", "2001:db8::9", START, 3),
        ("nobody", "192.0.2.9", START, 0),
        ("demo", "192.0.2.9", at(10), 2),
        ("nobody", "2001:db8::9", at(40), 1),
        ("nobody", "2001:db8::9", at(50), 0),
    ] {
        assert_eq!(denied(of, from, since).await, expected, "{of} {from}");
    }
    for _ in 0..DENIALS {
        let login = scene.scanned(scene.waiting(key(9)).await, &phone).await;
        scene
            .step(&login, &deny(&login, &phone, true), at(70))
            .await;
    }
    assert_eq!(denied("demo", "192.0.2.9", START).await, DENIALS);
    let (watch, other) = (scene.store.watch(), client("other"));
    assert_eq!(watch.denied(&other, None, START).await, Ok(1));
}

/// The same one once in a while, however many see it at once.
pub async fn an_alert_is_raised_once_in_a_while(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let raise = |alert: Alert, subject: &str, now| {
        let entry = Entry {
            account: Some(anna),
            detail: Some(alert.name().into()),
            subject: Some(subject.to_owned()),
            ..Entry::new(now, Kind::Alert)
        };
        let watch = scene.store.watch();
        async move {
            watch
                .alert(entry, now.minus(std::time::Duration::from_secs(60)))
                .await
        }
    };
    for (alert, subject, now, raised) in [
        (Alert::Denials, "demo", 100, true),
        (Alert::Denials, "demo", 100, false),
        (Alert::Denials, "other", 101, true),
        (Alert::Strangers, "demo", 102, true),
        (Alert::Denials, "demo", 159, false),
        (Alert::Denials, "demo", 160, true),
    ] {
        let done = raise(alert, subject, at(now)).await;
        assert_eq!(done, Ok(raised), "{alert:?} {subject} {now}");
    }
    // Somebody else's is another one, and so is nobody's.
    let eve = scene.account("eve").await.id;
    for account in [Some(eve), None] {
        for raised in [true, false] {
            let entry = Entry {
                account,
                detail: Some(Alert::Denials.name().into()),
                subject: Some("demo".to_owned()),
                ..Entry::new(at(161), Kind::Alert)
            };
            let done = scene.store.watch().alert(entry, at(100)).await;
            assert_eq!(done, Ok(raised), "{account:?}");
        }
    }
    let racers = (0..20).map(|_| {
        let raised = raise(Alert::Continents, "demo", at(200));
        let racer: super::scene::Racer<bool> = Box::pin(async move { raised.await.unwrap() });
        racer
    });
    let raised = super::scene::at_once(racers.collect()).await;
    assert_eq!(raised.iter().filter(|raised| **raised).count(), 1);
    let scene = scene.reopened().await;
    let told = scene.told(anna).await;
    assert_eq!(told.len(), 5);
    assert_eq!(told[0].entry.subject.as_deref(), Some("demo"));
    assert_eq!(told[0].entry.detail.as_deref(), Some("continents"));
    // What is no alert is none.
    let watch = scene.store.watch();
    let bare = watch.alert(Entry::new(at(5), Kind::Alert), START).await;
    assert!(bare.is_err(), "{bare:?}");
}
