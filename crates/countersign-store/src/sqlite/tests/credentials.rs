//! Passkeys, codes, invitations and deliveries that are no legal state: neither written nor read.

use countersign_core::ports::{
    Accounts as _, Grants as _, Invitations as _, Outbox as _, Passkeys as _,
};
use rusqlite::Connection;

use super::rows::{refused_by_checks, refused_by_reader};
use super::subject::Sqlite;
use crate::conformance::phones::actor;
use crate::conformance::samples::{Scene, at, key};

/// Changes that the tables' own checks refuse.
const IMPOSSIBLE: [(&str, &[&str]); 8] = [
    (
        "grants",
        &[
            "how = 'passkey'",
            "passkey_id = zeroblob(16)",
            "act = 'add_passkey'",
            "acted_at = 5",
            "address = x'7f000001'",
            "allowed_by = zeroblob(16)",
            "how = 'recovery', allowed_by = zeroblob(16), rests_on = zeroblob(16)",
            "how = 'invitation', verified_at = NULL",
            "how = 'invitation', role = 'desktop', approves_from = NULL",
            "how = 'recovery', role = 'desktop', approves_from = NULL",
            "rests_on = x'00'",
        ],
    ),
    (
        "passkeys",
        &[
            "credential = x''",
            "credential = zeroblob(1024)",
            "name = ''",
            "state = ''",
            "synced = 2",
            "made_by = x'00'",
            "used_at = -1",
        ],
    ),
    (
        "invitations",
        &[
            "secret = x'00'",
            "expires_at = created_at - 1",
            "used_at = -1",
        ],
    ),
    (
        "recovery_codes",
        &["code = x'00'", "made_at = -1", "used_at = -1"],
    ),
    ("used_challenges", &["challenge = x'00'", "until = -1"]),
    (
        "outbox",
        &[
            "channel = ''",
            "attempts = -1",
            "due_at = -1",
            "written_at = -1",
        ],
    ),
    ("accounts", &["password_hash = ''", "email = ''"]),
    ("audit", &["subject = ''"]),
];

/// An account with one of everything.
async fn everything() -> Scene<Sqlite> {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    scene.passkey(&phone).await;
    assert!(
        scene
            .replace_codes(actor(&phone), scene.codes(1), at(6))
            .await
    );
    scene.invitation(anna.id, at(6)).await;
    scene
}

#[tokio::test]
async fn what_is_no_legal_state_is_not_written() {
    let scene = everything().await;
    let checked = Connection::open(&scene.store.path).unwrap();
    for (table, changes) in IMPOSSIBLE {
        for change in changes {
            refused_by_checks(&checked, &format!("UPDATE {table} SET {change}"));
        }
    }
    let dangling = "UPDATE passkeys SET made_by = randomblob(16)";
    checked.pragma_update(None, "foreign_keys", true).unwrap();
    refused_by_checks(&checked, dangling);
}

#[tokio::test]
async fn what_is_no_legal_state_is_not_read() {
    let scene = everything().await;
    let store = &scene.store.store;
    let name = countersign_core::account::LoginName::parse("anna").unwrap();
    let anna = store.by_name(&name).await.unwrap().unwrap();
    let passkey = scene.passkeys(anna.id).await.remove(0);
    let invitation = scene.invitation(anna.id, at(7)).await.id;
    let by_hand = scene.store.by_hand();
    by_hand
        .execute_batch("PRAGMA foreign_keys = OFF; CREATE TEMP TABLE good AS SELECT * FROM grants")
        .unwrap();
    for change in [
        "how = 'passkey'",
        "passkey_id = zeroblob(16)",
        "act = 'add_passkey'",
        "address = x'7f000001'",
        "how = 'recovery', allowed_by = zeroblob(16)",
        "how = 'invitation', verified_at = NULL",
        "how = 'invitation', role = 'desktop', approves_from = NULL",
    ] {
        let sql = format!("UPDATE grants SET {change}");
        assert_eq!(by_hand.execute(&sql, []), Ok(1));
        refused_by_reader("grants", &sql, store.holder(passkey.made_by).await);
        by_hand
            .execute_batch("DELETE FROM grants; INSERT INTO grants SELECT * FROM good")
            .unwrap();
        store.holder(passkey.made_by).await.unwrap().unwrap();
    }
    let spoil = |sql: &str| assert!(by_hand.execute(sql, []).unwrap() > 0, "{sql}");
    for change in [
        "credential = zeroblob(1024)",
        "name = ''",
        "synced = 2",
        "used_at = -1",
    ] {
        let sql = format!("UPDATE passkeys SET {change}");
        spoil(&sql);
        refused_by_reader("passkeys", &sql, store.of_account(anna.id).await);
    }
    for change in ["secret = x'00'", "used_at = -1"] {
        let sql = format!("UPDATE invitations SET {change}");
        spoil(&sql);
        refused_by_reader("invitations", &sql, store.find(invitation).await);
    }
    for change in ["email = 'a secret words@b'", "email = ''"] {
        let sql = format!("UPDATE accounts SET {change}");
        spoil(&sql);
        refused_by_reader("accounts", &sql, store.by_name(&name).await);
    }
    let sql = "UPDATE outbox SET attempts = -1";
    spoil(sql);
    refused_by_reader("outbox", sql, store.due(at(9), 5).await);
}
