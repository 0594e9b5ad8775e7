//! Invitations: accepted once, and everything of before is over.

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::EndCause;
use countersign_core::ids::{AccountId, InvitationId, Thumbprint};
use countersign_core::invitation::Invitation;
use countersign_core::passkey::Passkey;
use countersign_core::ports::{Accepted, FirstCredential, Minting, Opened, PasswordChange};

use super::Subject;
use super::phones::{actor, numbered};
use super::samples::{HASH, START, Scene, at, key};
use super::scene::{Racer, at_once, password};

const NEW: &str = "$argon2id$new";

/// With its account; a later one takes its place.
pub async fn an_invitation_is_found_until_a_later_one_replaces_it(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let eve = scene.account("eve").await;
    let first = scene.invitation(anna.id, at(5)).await;
    let eves = scene.invitation(eve.id, at(5)).await;
    let second = scene.invitation(anna.id, at(6)).await;
    let scene = scene.reopened().await;
    let invitations = scene.store.invitations();
    let replaced = Invitation {
        used_at: Some(at(6)),
        ..first
    };
    for (invitation, account) in [(replaced, &anna), (second, &anna), (eves, &eve)] {
        let found = invitations.find(invitation.id).await;
        assert_eq!(found, Ok(Some((invitation, account.clone()))));
    }
    let unknown = InvitationId::from_bytes([5; 16]);
    assert_eq!(invitations.find(unknown).await, Ok(None));
}

/// So does whoever withdraws it, once; and a lock, and an admin's password. Nobody else's is touched.
pub async fn an_invitation_is_void_once_its_account_is_shut(store: impl Subject) {
    let scene = Scene::new(store);
    let eve = scene.account("eve").await.id;
    let eves = scene.invitation(eve, at(5)).await;
    for n in 0_u8..5 {
        let anna = scene.account(&format!("anna{n}")).await;
        let phone = scene.phone(anna.id, key(1)).await;
        let invitation = scene.invitation(anna.id, at(5)).await;
        let account = Some(anna.id);
        let entry = |kind| Entry {
            account,
            ..Entry::new(at(6), kind)
        };
        let change = |grant| PasswordChange {
            account: anna.id,
            hash: NEW.to_owned(),
            ends: None,
            entry: Entry {
                grant,
                ..entry(Kind::PasswordChanged)
            },
        };
        let (accounts, invitations) = (scene.store.accounts(), scene.store.invitations());
        match n {
            0 => {
                let told = scene.told(anna.id).await.len();
                for done in [true, false] {
                    let entry = entry(Kind::InvitationWithdrawn);
                    let withdrawn = invitations.withdraw(anna.id, entry).await;
                    assert_eq!(withdrawn, Ok(done));
                }
                assert_eq!(scene.told(anna.id).await.len(), told);
            }
            1 => {
                scene
                    .set_status(anna.id, AccountStatus::Locked, at(6))
                    .await;
            }
            2 => {
                scene
                    .set_status(anna.id, AccountStatus::Disabled, at(6))
                    .await;
                scene
                    .set_status(anna.id, AccountStatus::Active, at(6))
                    .await;
            }
            3 => assert!(accounts.set_password(change(None)).await.is_ok()),
            // Its owner's own new password has nothing to do with it.
            _ => {
                let changed = accounts.set_password(change(Some(phone.grant.id))).await;
                assert!(matches!(changed, Ok(Some(_))), "{changed:?}");
            }
        }
        let minting = scene.accepting(anna.id, key(2), at(7));
        let accepted = accept(&scene, invitation.id, minting).await;
        let good = matches!(accepted, Accepted::Done(_));
        assert_eq!(good, n == 4, "{n}: {accepted:?}");
    }
    let late = eves.expires_at;
    let entry = Entry::new(late, Kind::InvitationWithdrawn);
    let invitations = scene.store.invitations();
    let withdrawn = invitations.withdraw(eve, entry).await;
    assert_eq!(withdrawn, Ok(false), "it was over");
}

/// Nothing ends for one that is not good.
pub async fn what_is_not_good_is_not_accepted(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let replaced = scene.invitation(anna.id, at(5)).await;
    let good = scene.invitation(anna.id, at(6)).await;
    let late = good.expires_at;
    let before = scene.told(anna.id).await;
    let unknown = InvitationId::from_bytes([5; 16]);
    for (id, now) in [(replaced.id, at(7)), (good.id, late), (unknown, at(7))] {
        let minting = scene.accepting(anna.id, key(2), now);
        let accepted = accept(&scene, id, minting).await;
        assert_eq!(accepted, Accepted::NotGood);
    }
    assert_eq!(scene.told(anna.id).await, before);
    let status = AccountStatus::Disabled;
    scene.set_status(anna.id, status, at(7)).await;
    let minting = scene.accepting(anna.id, key(2), at(8));
    let accepted = accept(&scene, good.id, minting).await;
    assert_eq!(accepted, Accepted::NotGood);
    let found = scene.store.accounts().by_name(&anna.login_name).await;
    let found = found.unwrap().unwrap();
    assert_eq!(
        (found.password_hash, found.status),
        (anna.password_hash, status)
    );
    let ended = scene.grant(phone.grant.id).await.ended.unwrap();
    assert_eq!(ended.cause, EndCause::AccountLocked);
}

/// Sessions, passkeys, codes and the password: nothing else opens the account or acts for it any more.
pub async fn accepting_ends_all_that_was(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let eve = scene.account("eve").await.id;
    let eves = scene.phone(eve, key(1)).await;
    scene.passkey(&eves).await;
    let phone = scene.phone(anna, key(1)).await;
    let desktop = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    let passkey = scene.passkey(&phone).await;
    let codes = scene.codes(2);
    assert!(scene.replace_codes(actor(&phone), codes, at(5)).await);
    let status = AccountStatus::Locked;
    scene.set_status(anna, status, at(5)).await;
    scene.set_status(anna, AccountStatus::Active, at(5)).await;
    let second = scene.passkey_phone(&passkey, key(3), at(5)).await;
    scene.set_status(anna, status, at(6)).await;
    let invitation = scene.invitation(anna, at(6)).await;

    let minting = scene.accepting(anna, key(2), at(7));
    let Accepted::Done(holder) = accept(&scene, invitation.id, minting.clone()).await else {
        unreachable!("it is good");
    };
    assert_eq!(holder.grant.approves_from, Some(at(7)));
    assert_eq!(holder.account.status, AccountStatus::Active);
    assert_eq!(holder.account.password_hash.as_deref(), Some(NEW));
    let scene = scene.reopened().await;
    assert_eq!(scene.grant(holder.grant.id).await, holder.grant);
    let others = [&phone, &desktop, &second, &*holder];
    assert_eq!(
        scene.alive(others, at(7)).await,
        [false, false, false, true]
    );
    assert_eq!(scene.passkeys(anna).await, []);
    assert_eq!(scene.store.recovery_codes().left(anna).await, Ok(None));
    let kinds: Vec<_> = scene
        .told(anna)
        .await
        .iter()
        .map(|t| t.entry.kind)
        .collect();
    let expected = [
        Kind::InvitationAccepted,
        Kind::StatusChanged,
        Kind::PasskeyRemoved,
    ];
    assert_eq!(kinds[..3], expected);
    // Whoever was there starts anew, and once is enough.
    let old = scene.session(anna, key(1), countersign_core::grant::Role::Phone, at(8));
    let opened = scene.try_open(old.clone(), password(HASH)).await;
    assert_eq!(opened, Opened::Wrong);
    let Opened::Done(old) = scene.try_open(old, password(NEW)).await else {
        unreachable!("the password is right");
    };
    assert!(old.grant.approves_from > Some(at(8)));
    let again = scene.accepting(anna, key(4), at(9));
    let accepted = accept(&scene, invitation.id, again).await;
    assert_eq!(accepted, Accepted::NotGood);
    assert_eq!(scene.passkeys(eve).await.len(), 1);
    assert_eq!(scene.alive([&eves], at(9)).await, [true]);
}

/// The challenge counts once, and the passkey is nobody else's; else nothing is written.
pub async fn a_passkey_takes_the_place_of_the_password(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let eve = scene.account("eve").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let eves = scene.phone(eve.id, key(2)).await;
    let theirs = scene.passkey(&eves).await;
    let own = scene.passkey(&phone).await;
    let invitation = scene.invitation(anna.id, at(6)).await;
    let minting = scene.accepting(anna.id, key(3), at(7));
    let spent = scene.spent();
    let first = Passkey {
        made_by: minting.grant.id,
        ..scene.unsaved_passkey(&phone)
    };
    let taken = Passkey {
        credential: theirs.credential,
        ..first.clone()
    };
    let challenge = scene.spent();
    let passkey = scene.unsaved_passkey(&phone);
    scene.add(&passkey, challenge.clone(), at(6)).await;
    let before = scene.told(anna.id).await;
    for (passkey, spent) in [(&first, &challenge), (&taken, &spent)] {
        let credential = FirstCredential::Passkey(Box::new(passkey.clone()), spent.clone());
        let invitations = scene.store.invitations();
        let accepted = invitations.accept(invitation.id, credential, minting.clone());
        assert_eq!(accepted.await, Ok(Accepted::Spent));
    }
    assert_eq!(scene.told(anna.id).await, before);
    assert_eq!(scene.passkeys(anna.id).await, [own, passkey]);
    // What goes with the account's own is free again.
    let again = Passkey {
        credential: scene.passkeys(anna.id).await[0].credential.clone(),
        ..first
    };
    let credential = FirstCredential::Passkey(Box::new(again.clone()), spent);
    let invitations = scene.store.invitations();
    let accepted = invitations.accept(invitation.id, credential, minting).await;
    let Ok(Accepted::Done(holder)) = accepted else {
        unreachable!("{accepted:?}");
    };
    assert_eq!(holder.account.password_hash, None);
    assert_eq!(scene.passkeys(anna.id).await, [again]);
    let old = scene.session(anna.id, key(1), countersign_core::grant::Role::Phone, at(8));
    let opened = scene.try_open(old, password(HASH)).await;
    assert_eq!(opened, Opened::Wrong);
}

/// However many accept it at the same moment.
pub async fn an_invitation_is_accepted_once(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await.id;
    let invitation = scene.invitation(anna, at(6)).await;
    let racers = (0..50).map(|n| {
        let minting = scene.accepting(anna, numbered(n), at(7));
        let invitations = scene.store.invitations();
        let racer: Racer<bool> = Box::pin(async move {
            let credential = FirstCredential::Password(format!("$hash{n}"));
            let accepted = invitations.accept(invitation.id, credential, minting).await;
            match accepted.unwrap() {
                Accepted::Done(_) => true,
                Accepted::NotGood => false,
                Accepted::Spent => unreachable!("no challenge is in it"),
            }
        });
        racer
    });
    let accepted = at_once(racers.collect()).await;
    assert_eq!(accepted.iter().filter(|done| **done).count(), 1);
    let n = accepted.iter().position(|done| *done).unwrap();
    let name = countersign_core::account::LoginName::parse("anna").unwrap();
    let kept = scene.store.accounts().by_name(&name).await;
    let hash = kept.unwrap().unwrap().password_hash;
    assert_eq!(hash, Some(format!("$hash{n}")));
    assert_eq!(devices(&scene, anna).await, [numbered(n)]);
}

async fn devices<S: Subject>(scene: &Scene<S>, account: AccountId) -> Vec<Thumbprint> {
    let listed = scene.store.devices().list(account, START).await.unwrap();
    listed.iter().map(|listed| listed.device.key).collect()
}

async fn accept<S: Subject>(scene: &Scene<S>, id: InvitationId, minting: Minting) -> Accepted {
    let credential = FirstCredential::Password(NEW.to_owned());
    let invitations = scene.store.invitations();
    let accepted = invitations.accept(id, credential, minting).await;
    accepted.unwrap()
}
