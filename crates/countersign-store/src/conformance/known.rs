//! Known desktops: what earns trust, and what loses it.

use std::time::Duration;

use countersign_core::client::{Binding, Scopes};
use countersign_core::grant::{EndCause, Role};
use countersign_core::ids::AccountId;
use countersign_core::login::Login;
use countersign_core::policy::Level;
use countersign_core::ports::{Collected, Holder, Known, Which};
use countersign_core::scan_code::Standing;
use countersign_core::time::Timestamp;

use super::Subject;
use super::collect::{end_for, named};
use super::samples::{START, Scene, at, client, confirm, deny, key, offer, scan_for};

/// Not the last collect counts but the first, in the time asked about.
pub async fn a_desktop_is_known_since_its_first_collect(store: impl Subject) {
    let scene = Scene::new(store);
    let phone = phone(&scene, "anna", 1).await;
    let question = known(&phone);
    assert_eq!(since(&scene, &question).await, None);
    for now in [at(4), at(50)] {
        scene
            .desktop(scene.waiting(key(9)).await, &phone, now)
            .await;
    }
    assert_eq!(since(&scene, &question).await, Some(at(4)));
    let later = |since| Known {
        since,
        ..question.clone()
    };
    assert_eq!(since(&scene, &later(at(4))).await, Some(at(50)));
    assert_eq!(since(&scene, &later(at(50))).await, None);
}

/// Another account, key or client knows nothing of it, nor does a wider question.
pub async fn a_desktop_is_known_to_its_account_and_client_alone(store: impl Subject) {
    let scene = Scene::new(store);
    let phone = phone(&scene, "anna", 1).await;
    scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let question = known(&phone);
    let narrower = Known {
        scopes: Scopes::of(&["openid"]),
        ..question.clone()
    };
    for right in [&question, &narrower] {
        assert_eq!(since(&scene, right).await, Some(at(4)));
    }
    let wrong = [
        Known {
            account: named(&scene, "eve").await,
            ..question.clone()
        },
        Known {
            key: key(10),
            ..question.clone()
        },
        Known {
            client: client("other"),
            ..question.clone()
        },
        Known {
            scopes: Scopes::of(&["openid", "profile", "email"]),
            ..question.clone()
        },
    ];
    for wrong in wrong {
        assert_eq!(since(&scene, &wrong).await, None, "{wrong:?}");
    }
}

/// A key that was not proved when asking, a device id, a tap, and a password on the desktop itself.
pub async fn what_earns_no_trust_makes_no_desktop_known(store: impl Subject) {
    let scene = Scene::new(store);
    let phone = phone(&scene, "anna", 1).await;
    let question = known(&phone);
    let mut unproved = scene.unsaved_login(key(9));
    unproved.request.proved = false;
    scene
        .desktop(scene.insert(unproved).await, &phone, at(4))
        .await;
    assert_eq!(since(&scene, &question).await, None);

    let mut copied = scene.unsaved_login(key(9));
    copied.request.binding = Binding::DeviceId;
    scene
        .desktop(scene.insert(copied).await, &phone, at(4))
        .await;
    assert_eq!(since(&scene, &question).await, None);

    let tapped = tapped(&scene, scene.waiting(key(9)).await, &phone).await;
    let collected = scene.collect(&tapped, at(4)).await;
    assert!(matches!(collected, Collected::Done(_)));
    assert_eq!(since(&scene, &question).await, None);

    let role = countersign_core::grant::Role::Desktop;
    let mut session = scene.session(phone.account.id, key(9), role, at(5));
    session.grant.client = client("demo");
    session.grant.scopes = question.scopes.clone();
    scene.open(session).await;
    assert_eq!(since(&scene, &question).await, None);
}

/// A shared key is nobody's, until the other account's collect is long ago.
pub async fn a_key_that_two_accounts_collected_with_is_known_to_neither(store: impl Subject) {
    let scene = Scene::new(store);
    let annas = phone(&scene, "anna", 1).await;
    let eves = phone(&scene, "eve", 2).await;
    scene
        .desktop(scene.waiting(key(9)).await, &eves, at(4))
        .await;
    scene
        .desktop(scene.waiting(key(9)).await, &annas, at(50))
        .await;
    for phone in [&annas, &eves] {
        assert_eq!(since(&scene, &known(phone)).await, None);
    }
    let later = Known {
        since: at(4),
        ..known(&annas)
    };
    assert_eq!(since(&scene, &later).await, Some(at(50)));
}

/// After a misuse, or once it was taken back, it starts anew; signing out and signing in again loses nothing.
pub async fn misuse_ends_what_a_desktop_had_earned(store: impl Subject) {
    let scene = Scene::new(store);
    let phone = phone(&scene, "anna", 1).await;
    let question = known(&phone);
    for cause in [EndCause::SignedOut, EndCause::AccountLocked] {
        let harmless = scene
            .desktop(scene.waiting(key(9)).await, &phone, at(4))
            .await;
        end_for(&scene, harmless.grant.id, at(5), cause).await;
        assert_eq!(since(&scene, &question).await, Some(at(4)), "{cause:?}");
    }
    for (cause, now) in [
        (EndCause::RefreshMisused, 10),
        (EndCause::CollectedByAnotherKey, 14),
        (EndCause::Undone, 18),
        (EndCause::ApproverUndone, 22),
        (EndCause::SignedOutElsewhere, 24),
        (EndCause::PasswordChanged, 26),
    ] {
        let desktop = scene
            .desktop(scene.waiting(key(9)).await, &phone, at(now))
            .await;
        assert!(since(&scene, &question).await.is_some());
        end_for(&scene, desktop.grant.id, at(now + 1), cause).await;
        assert_eq!(since(&scene, &question).await, None, "{cause:?}");
    }
    scene
        .desktop(scene.waiting(key(9)).await, &phone, at(30))
        .await;
    assert_eq!(since(&scene, &question).await, Some(at(30)));
}

/// It need not have been signed in any more when it was taken back; what it does itself costs nothing.
pub async fn a_desktop_that_is_taken_back_once_it_is_over_starts_anew(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = named(&scene, "anna").await;
    let first = scene.phone(anna, key(1)).await;
    let question = known(&first);
    let mut now = 10;
    for way in 0..5 {
        let second = scene.phone(anna, key(2)).await;
        let desktop = scene
            .desktop(scene.waiting(key(9)).await, &second, at(now))
            .await;
        let own = Which::One(desktop.grant.id);
        let mut taken_back = at(now + 2);
        if way == 4 {
            taken_back = desktop.grant.expires_at;
        } else {
            for again in [now + 1, now + 2] {
                scene.end(own, EndCause::SignedOut, at(again)).await;
            }
        }
        let since_collect = since(&scene, &question).await;
        assert_eq!(since_collect, Some(at(now)), "{way}");
        let (which, cause) = match way {
            0 => (
                Which::OfDevice(anna, desktop.device.id),
                EndCause::SignedOutElsewhere,
            ),
            1 => (
                Which::Others(anna, first.grant.id, Some(Role::Desktop)),
                EndCause::SignedOutElsewhere,
            ),
            2 => (
                Which::Others(anna, first.grant.id, None),
                EndCause::PasswordChanged,
            ),
            3 => (Which::WithApproved(second.grant.id), EndCause::Undone),
            _ => (own, EndCause::Undone),
        };
        let others = scene.account(&format!("eve{way}")).await.id;
        let elsewhere = Which::OfDevice(others, desktop.device.id);
        for (which, left) in [(elsewhere, since_collect), (which, None)] {
            scene.end(which, cause, taken_back).await;
            assert_eq!(since(&scene, &question).await, left, "{way}");
        }
        now += 10;
    }
}

/// A denied login, for whatever reason, takes the trust of before away, and of nobody else.
pub async fn a_denial_ends_what_a_desktop_had_earned(store: impl Subject) {
    let scene = Scene::new(store);
    let annas = phone(&scene, "anna", 1).await;
    let eves = phone(&scene, "eve", 2).await;
    scene
        .desktop(scene.waiting(key(9)).await, &annas, at(4))
        .await;
    let theirs = scene.scanned(scene.waiting(key(9)).await, &eves).await;
    scene
        .step(&theirs, &deny(&theirs, &eves, true), at(9))
        .await;
    assert_eq!(since(&scene, &known(&annas)).await, Some(at(4)));
    for (report, now) in [(false, 10), (true, 20)] {
        let denied = scene.scanned(scene.waiting(key(9)).await, &annas).await;
        scene
            .step(&denied, &deny(&denied, &annas, report), at(now))
            .await;
        assert_eq!(since(&scene, &known(&annas)).await, None, "{now}");
        scene
            .desktop(scene.waiting(key(9)).await, &annas, at(now + 1))
            .await;
        assert_eq!(since(&scene, &known(&annas)).await, Some(at(now + 1)));
    }
}

async fn phone<S: Subject>(scene: &Scene<S>, name: &str, n: u8) -> Holder {
    let account: AccountId = named(scene, name).await;
    scene.phone(account, key(n)).await
}

/// Asks about the desktop with key 9 for what its logins ask for.
fn known(phone: &Holder) -> Known {
    Known {
        account: phone.account.id,
        key: key(9),
        client: client("demo"),
        scopes: Scopes::of(&["openid", "profile"]),
        since: START.minus(Duration::from_secs(1)),
    }
}

async fn since<S: Subject>(scene: &Scene<S>, known: &Known) -> Option<Timestamp> {
    let answer = scene.store.devices().known_since(known.clone()).await;
    answer.unwrap()
}

/// A login that was confirmed by a tap alone.
async fn tapped<S: Subject>(scene: &Scene<S>, login: Login, phone: &Holder) -> Login {
    let event = scan_for(phone, Standing::Current, Ok(offer(Level::Tap)));
    let login = scene.step(&login, &event, at(1)).await;
    scene.step(&login, &confirm(&login, phone), at(2)).await
}
