//! The password of before: who set the new one is taken back, and the account has the old one again.

use std::time::Duration;

use countersign_core::account::Account;
use countersign_core::audit::{Entry, Kind, RESTORED};
use countersign_core::grant::EndCause;
use countersign_core::ids::AccountId;
use countersign_core::limits::UNDO_TOKEN;
use countersign_core::ports::{
    Accepted, FirstCredential, Holder, Opened, PasswordChange, SweepBefore, Which,
};
use countersign_core::time::Timestamp;

use super::Subject;
use super::samples::{HASH, START, Scene, at, key};
use super::scene::password;

/// What the account's password is, as its owner's sign-in sees it.
async fn hash<S: Subject>(scene: &Scene<S>, account: &Account) -> Option<String> {
    let found = scene.store.accounts().by_name(&account.login_name).await;
    found.unwrap().unwrap().password_hash
}

/// Sets a password by a phone, or as an admin.
async fn set<S: Subject>(
    scene: &Scene<S>,
    (account, by): (AccountId, Option<&Holder>),
    hash: &str,
    (ends, now): (Option<Which>, Timestamp),
) {
    let change = PasswordChange {
        account,
        hash: hash.to_owned(),
        ends,
        entry: Entry {
            account: Some(account),
            grant: by.map(|by| by.grant.id),
            ..Entry::new(now, Kind::PasswordChanged)
        },
    };
    let changed = scene.store.accounts().set_password(change).await;
    assert!(matches!(changed, Ok(Some(_))), "{changed:?}");
}

async fn take<S: Subject>(scene: &Scene<S>, phone: &Holder, now: Timestamp) {
    let own = Which::One(phone.grant.id);
    scene.end(own, EndCause::Undone, now).await;
}

/// Also when it set several, in turn with another one that goes with it; its owner is told.
pub async fn a_password_goes_with_who_set_it(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let eve = scene.account("eve").await;
    let thief = scene.phone(anna.id, key(1)).await;
    let passkey = scene.passkey(&thief).await;
    let friend = scene.passkey_phone(&passkey, key(2), at(6)).await;
    let eves = scene.phone(eve.id, key(1)).await;
    set(&scene, (eve.id, Some(&eves)), "$eves", (None, at(7))).await;
    for (by, new) in [
        (&thief, "$1"),
        (&friend, "$2"),
        (&thief, "$3"),
        (&friend, "$4"),
    ] {
        set(&scene, (anna.id, Some(by)), new, (None, at(8))).await;
    }
    let scene = scene.reopened().await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some("$4"));
    // A sign-out distrusts nobody.
    let own = Which::One(thief.grant.id);
    scene.end(own, EndCause::SignedOut, at(9)).await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some("$4"));
    take(&scene, &thief, at(10)).await;
    let scene = scene.reopened().await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some(HASH));
    assert_eq!(hash(&scene, &eve).await.as_deref(), Some("$eves"));
    let told = scene.told(anna.id).await;
    let restored = told.iter().map(|told| &told.entry).find(|entry| {
        entry.kind == Kind::PasswordChanged && entry.detail.as_deref() == Some(RESTORED)
    });
    assert_eq!(restored.unwrap().at, at(10));
    // What opens the account is that one, and no other.
    let session = scene.session(
        anna.id,
        key(3),
        countersign_core::grant::Role::Phone,
        at(11),
    );
    let opened = scene.try_open(session.clone(), password("$4")).await;
    assert_eq!(opened, Opened::Wrong);
    let opened = scene.try_open(session, password(HASH)).await;
    assert!(matches!(opened, Opened::Done(_)), "{opened:?}");
    // Repeating takes back nothing more.
    take(&scene, &thief, at(12)).await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some(HASH));
}

/// And goes back, if it is taken back itself, behind all that.
pub async fn a_password_that_somebody_else_set_since_stays(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let owner = scene.phone(anna.id, key(1)).await;
    let thief = scene.phone(anna.id, key(2)).await;
    set(&scene, (anna.id, Some(&thief)), "$thief", (None, at(6))).await;
    // With the sign-out of all others in the same commit.
    let others = Which::Others(anna.id, owner.grant.id, None);
    let ends = (Some(others), at(7));
    set(&scene, (anna.id, Some(&owner)), "$owner", ends).await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some("$owner"));
    let ended = scene.grant(thief.grant.id).await.ended.unwrap();
    assert_eq!(ended.cause, EndCause::PasswordChanged);
    take(&scene, &owner, at(8)).await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some(HASH));
}

/// Of before is what the account had, or none.
pub async fn an_accepted_invitation_sets_a_password(store: impl Subject) {
    let scene = Scene::new(store);
    for (n, first) in [Some(HASH), None].into_iter().enumerate() {
        let mut account = scene.unsaved_account(&format!("anna{n}"));
        account.password_hash = first.map(str::to_owned);
        let entry = Entry::new(START, Kind::AccountAdded);
        let added = scene.store.accounts().add(account.clone(), entry).await;
        assert_eq!(added, Ok(true));
        let invitation = scene.invitation(account.id, at(5)).await;
        let minting = scene.accepting(account.id, key(1), at(6));
        let credential = FirstCredential::Password("$new".to_owned());
        let invitations = scene.store.invitations();
        let accepted = invitations.accept(invitation.id, credential, minting).await;
        let Ok(Accepted::Done(guest)) = accepted else {
            unreachable!("{accepted:?}");
        };
        assert_eq!(hash(&scene, &account).await.as_deref(), Some("$new"));
        take(&scene, &guest, at(7)).await;
        assert_eq!(hash(&scene, &account).await.as_deref(), first);
    }
}

/// As long as whoever set the new one may be taken back by a notice; then it is forgotten.
pub async fn a_former_password_is_kept_for_a_week(store: impl Subject) {
    let scene = Scene::new(store);
    let just = Duration::from_millis(1);
    for (n, late) in [UNDO_TOKEN, UNDO_TOKEN.saturating_sub(just)]
        .into_iter()
        .enumerate()
    {
        let anna = scene.account(&format!("anna{n}")).await;
        let phone = scene.phone(anna.id, key(1)).await;
        set(&scene, (anna.id, Some(&phone)), "$new", (None, at(6))).await;
        let nothing = Timestamp::from_millis(0);
        let before = |passwords| SweepBefore {
            logins: nothing,
            denials: nothing,
            grants: nothing,
            audit: nothing,
            notices: nothing,
            passwords,
        };
        let upkeep = scene.store.upkeep();
        assert_eq!(upkeep.sweep(before(at(6)), 10).await, Ok(0));
        take(&scene, &phone, at(6).plus(late)).await;
        let expected = if late == UNDO_TOKEN { "$new" } else { HASH };
        assert_eq!(hash(&scene, &anna).await.as_deref(), Some(expected));
        let swept = u32::from(late == UNDO_TOKEN);
        assert_eq!(upkeep.sweep(before(at(7)), 10).await, Ok(swept));
    }
}

/// And lasts, whoever set another before.
pub async fn what_an_admin_sets_comes_of_nobody(store: impl Subject) {
    let scene = Scene::new(store);
    let anna = scene.account("anna").await;
    let thief = scene.phone(anna.id, key(1)).await;
    set(&scene, (anna.id, Some(&thief)), "$thief", (None, at(6))).await;
    let ends = Some(Which::All(anna.id));
    set(&scene, (anna.id, None), "$admin", (ends, at(7))).await;
    take(&scene, &thief, at(8)).await;
    assert_eq!(hash(&scene, &anna).await.as_deref(), Some("$admin"));
}
