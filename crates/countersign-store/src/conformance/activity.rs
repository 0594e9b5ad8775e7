//! What an account's owner is told: their own, newest first, without what is part of something else.

use countersign_core::audit::{Entry, Kind, TOLD, Told};
use countersign_core::ids::AccountId;
use countersign_core::login::{Event, StateName};
use countersign_core::ports::{Page, SweepBefore, Verified};
use countersign_core::scan_code::Standing;

use super::Subject;
use super::samples::{HASH, START, Scene, at, check, client, deny, key, scan};
use super::scene::{page, password};

/// Of a login's moves only its end, with the application and the device as they are called.
pub async fn an_owner_is_told_of_ends_and_not_of_steps(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let eves = scene.phone(eve, key(2)).await;
    scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let denied = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    let denied = scene
        .step(&denied, &scan(&eves, Standing::Current), at(5))
        .await;
    scene
        .step(&denied, &deny(&denied, &phone, true), at(6))
        .await;
    let wrong = scene.approved(scene.waiting(key(9)).await, &phone).await;
    let wrong = scene.step(&wrong, &check(&wrong, false), at(7)).await;
    scene.step(&wrong, &Event::Tick, at(3600)).await;

    let told: Vec<_> = scene.told(anna).await.iter().map(line).collect();
    let expected = [
        (Kind::LoginMoved, Some(StateName::Expired), None, "demo"),
        (Kind::WrongCode, Some(StateName::Checking), None, "demo"),
        (Kind::LoginMoved, Some(StateName::Denied), None, "demo"),
        (
            Kind::LoginMoved,
            Some(StateName::Collected),
            Some("Firefox"),
            "demo",
        ),
        (Kind::SessionOpened, None, Some("A phone"), "countersign"),
    ];
    assert_eq!(told, expected.map(owned));
    let told: Vec<_> = scene.told(eve).await.iter().map(line).collect();
    let expected = [
        (
            Kind::StrangerScanned,
            Some(StateName::Scanned),
            None,
            "demo",
        ),
        (Kind::SessionOpened, None, Some("A phone"), "countersign"),
    ];
    assert_eq!(told, expected.map(owned));
    assert_eq!(scene.told(AccountId::from_bytes([5; 16])).await, []);
}

type Line = (Kind, Option<StateName>, Option<String>, Option<String>);

fn line(told: &Told) -> Line {
    let client = told
        .client
        .as_ref()
        .map(|client| client.as_str().to_owned());
    let to = told.entry.login.map(|change| change.to);
    (told.entry.kind, to, told.device.clone(), client)
}

fn owned((kind, to, device, client): (Kind, Option<StateName>, Option<&str>, &str)) -> Line {
    (kind, to, device.map(str::to_owned), Some(client.to_owned()))
}

/// Each kind that is told, and none that is not.
pub async fn an_owner_is_told_what_the_list_says(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    // An entry of any kind, by a port that takes it as it is.
    let phone = scene.phone(anna, key(1)).await;
    for kind in Kind::ALL {
        let entry = Entry {
            account: Some(anna),
            ..Entry::new(at(10), *kind)
        };
        let noted = scene
            .store
            .grants()
            .verified(phone.grant.id, password(HASH), entry)
            .await;
        assert_eq!(noted, Ok(Verified::Done));
    }
    let mut told: Vec<_> = scene
        .told(anna)
        .await
        .iter()
        .map(|t| t.entry.kind)
        .collect();
    assert_eq!(told.pop(), Some(Kind::SessionOpened));
    // A login's move that names no login is no end of one.
    let expected = TOLD.iter().filter(|kind| **kind != Kind::LoginMoved);
    let mut expected: Vec<_> = expected.copied().collect();
    expected.sort();
    told.sort();
    assert_eq!(told, expected);
}

/// Page by page nothing is missing and nothing comes twice, while more is written.
pub async fn activity_is_read_page_by_page(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    for n in 0..7 {
        scene.phone(anna, key(n)).await;
        scene.phone(eve, key(n)).await;
    }
    let all = scene.told(anna).await;
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted_by(|a, b| a.id > b.id));
    let audit = scene.store.audit();
    let mut read: Vec<Told> = Vec::new();
    for pages in 0..=3 {
        let before = read.last().map(|told| told.id);
        let page = audit
            .of_account(anna, Page { before, ..page(3) })
            .await
            .unwrap();
        scene.phone(anna, key(100)).await;
        assert_eq!(page.len(), [3, 3, 1, 0][pages]);
        read.extend(page);
    }
    assert_eq!(read, all);
    for (before, count) in [(0, 0), (all[6].id, 0), (all[6].id + 1, 1), (u64::MAX, 11)] {
        let page = audit
            .of_account(
                anna,
                Page {
                    before: Some(before),
                    ..page(100)
                },
            )
            .await
            .unwrap();
        assert_eq!(page.len(), count, "before {before}");
    }
    assert_eq!(audit.of_account(anna, page(0)).await, Ok(Vec::new()));
}

/// What came since an entry, the newest of it.
pub async fn activity_since_an_entry_is_read(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    for n in 0..5 {
        scene.phone(anna, key(n)).await;
    }
    let all = scene.told(anna).await;
    let audit = scene.store.audit();
    for (after, before, limit, expected) in [
        (None, None, 2, &all[..2]),
        (Some(all[2].id), None, 10, &all[..2]),
        (Some(all[2].id), None, 1, &all[..1]),
        (Some(all[0].id), None, 10, &[]),
        (Some(0), Some(all[3].id), 10, &all[4..]),
        (Some(all[4].id), Some(all[1].id), 10, &all[2..4]),
        (Some(u64::MAX), None, 10, &[]),
    ] {
        let page = Page {
            before,
            after,
            limit,
        };
        let told = audit.of_account(anna, page).await.unwrap();
        assert_eq!(told, expected, "{page:?}");
    }
}

/// What is swept can't be named any more; the entry stays.
pub async fn an_entry_outlives_what_it_tells_of(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let phone = scene.phone(anna, key(1)).await;
    let denied = scene.scanned(scene.waiting(key(9)).await, &phone).await;
    scene
        .step(&denied, &deny(&denied, &phone, false), at(5))
        .await;
    let before = SweepBefore {
        logins: START,
        denials: at(6),
        grants: START,
        audit: START,
        notices: START,
        passwords: START,
    };
    assert_eq!(scene.told(anna).await[0].client, Some(client("demo")));
    assert_eq!(scene.store.upkeep().sweep(before, 10).await, Ok(1));
    let told = scene.told(anna).await;
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0].client, &told[0].device), (&None, &None));
    assert_eq!(told[0].entry.detail.as_deref(), Some("declined"));
}
