//! Rows that are no legal state: they can't be written, and whoever writes them past the checks
//! finds them refused when they are read.

use countersign_core::audit::{Entry, Kind};
use countersign_core::client::Client;
use countersign_core::grant::{Additional, Role};
use countersign_core::ports::{
    Accounts as _, Audit as _, Clients as _, Devices, Grants as _, Logins as _, StoreError,
};
use rusqlite::{Connection, ErrorCode};

use super::subject::Sqlite;
use crate::conformance::samples::{HASH, START, Scene, at, client, key};
use crate::conformance::scene::{password, rules};

/// Changes to a confirmed login that make it no legal state; the tables' own checks refuse them.
const IMPOSSIBLE_LOGINS: [&str; 49] = [
    "version = 4294967296",
    "version = -1",
    "created_at = -1",
    "server_key = 256",
    "client = ''",
    "key = x'00'",
    "binding = 'trust'",
    "ending = 'never'",
    "ending = 'cookie'",
    "cookie = zeroblob(32)",
    "ending = 'cookie', cookie = zeroblob(31)",
    "ending = 'cookie', cookie = zeroblob(32), binding = 'device-id'",
    "proved = 2",
    "rotate_ms = -1",
    "device_kind = ''",
    "address = x'00'",
    "origin = ''",
    "device_code = zeroblob(31)",
    "strangers = x'0011'",
    "wrong_codes = 300",
    "wrong_passkeys = 300",
    "wrong_phrases = 300",
    "phrase = zeroblob(31)",
    "desktop_moved = 2",
    "hint = ''",
    "act = 'dance'",
    "claim_challenge = 'sealed'",
    "claim_context = json_set(claim_context, '$.level', 'passkey')",
    "claim_context = json_set(claim_context, '$.level', 'passkey'), claim_challenge = 'sealed'",
    "claim_address = x'00'",
    "passkey_id = zeroblob(16)",
    "passkey_id = x'00'",
    "state = 'asleep'",
    "state = 'waiting'",
    "state = 'scanned'",
    "state = 'collected'",
    "state = 'denied'",
    "until = NULL",
    "ended_at = 5",
    "claim_version = NULL",
    "claim_session = NULL",
    "claim_account = NULL",
    "claim_context = NULL",
    "claim_context = 'secret words'",
    "claimed_at = NULL",
    "phone_key = NULL",
    "keep = NULL",
    "grant_id = zeroblob(16)",
    "cause = 'declined'",
];

/// Changes that only the reader sees through.
const ODD_LOGINS: [&str; 5] = [
    "client = 'two words'",
    "scopes = 'a\"b'",
    "device_kind = 'fridge'",
    "claim_context = '{}'",
    "hint = 'two words'",
];

/// The same for a scanned, ended grant.
const IMPOSSIBLE_GRANTS: [&str; 14] = [
    "role = 'phone'",
    "role = 'tablet'",
    "how = 'password'",
    "how = 'magic'",
    "login_id = NULL",
    "approved_by = NULL",
    "level = NULL",
    "proved = NULL",
    "binding = 'trust'",
    "kept = 2",
    "approves_from = 5",
    "verified_at = 5",
    "role = 'phone', approves_from = 5",
    "end_cause = NULL",
];

/// The same for a phone's grant.
const IMPOSSIBLE_PHONES: [&str; 8] = [
    "role = 'desktop'",
    "approves_from = NULL",
    "approves_from = -1",
    "verified_at = NULL",
    "verified_at = -1",
    "binding = 'device-id'",
    "kept = 1",
    "how = 'scan'",
];

pub(super) fn refused_by_checks(db: &Connection, sql: &str) {
    let error = db.execute(sql, []).unwrap_err();
    let code = error.sqlite_error_code();
    assert_eq!(code, Some(ErrorCode::ConstraintViolation), "{sql}: {error}");
}

pub(super) fn refused_by_reader<T: std::fmt::Debug>(
    table: &str,
    sql: &str,
    read: Result<T, StoreError>,
) {
    let Err(StoreError::Failed(words)) = read else {
        unreachable!("{sql}: {read:?}");
    };
    assert!(
        words.contains(&format!("table {table}, row ")),
        "{sql}: {words}"
    );
    assert!(!words.contains("secret words"), "{sql}: {words}");
}

#[tokio::test]
async fn a_login_that_is_no_legal_state_is_neither_written_nor_read() {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let login = scene.confirmed(scene.waiting(key(9)).await, &phone).await;
    let (by_hand, store) = (scene.store.by_hand(), &scene.store.store);
    let checked = Connection::open(&scene.store.path).unwrap();
    by_hand
        .execute_batch("CREATE TEMP TABLE good AS SELECT * FROM logins")
        .unwrap();
    for change in IMPOSSIBLE_LOGINS {
        refused_by_checks(&checked, &format!("UPDATE logins SET {change}"));
    }
    for change in IMPOSSIBLE_LOGINS.iter().chain(&ODD_LOGINS) {
        let sql = format!("UPDATE logins SET {change}");
        by_hand.execute(&sql, []).unwrap();
        refused_by_reader("logins", &sql, store.find(login.id).await);
        by_hand
            .execute_batch("DELETE FROM logins; INSERT INTO logins SELECT * FROM good")
            .unwrap();
        assert_eq!(scene.found(login.id).await, login);
    }
}

#[tokio::test]
async fn a_grant_that_is_no_legal_state_is_neither_written_nor_read() {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let first = scene
        .desktop(scene.waiting(key(9)).await, &phone, at(4))
        .await;
    scene
        .desktop(scene.waiting(key(9)).await, &phone, at(5))
        .await;
    let (by_hand, store) = (scene.store.by_hand(), &scene.store.store);
    let checked = Connection::open(&scene.store.path).unwrap();
    by_hand
        .execute_batch("CREATE TEMP TABLE good AS SELECT * FROM grants")
        .unwrap();
    let one = "WHERE ended_at IS NOT NULL";
    for change in IMPOSSIBLE_GRANTS {
        refused_by_checks(&checked, &format!("UPDATE grants SET {change} {one}"));
    }
    for change in IMPOSSIBLE_GRANTS.iter().chain(&["end_cause = 'boredom'"]) {
        let sql = format!("UPDATE grants SET {change} {one}");
        assert_eq!(by_hand.execute(&sql, []), Ok(1));
        refused_by_reader("grants", &sql, store.holder(first.grant.id).await);
        by_hand
            .execute_batch(
                "PRAGMA foreign_keys = OFF; DELETE FROM grants; \
                 INSERT INTO grants SELECT * FROM good",
            )
            .unwrap();
        store.holder(first.grant.id).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_phone_that_is_no_legal_state_is_neither_written_nor_read() {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let (by_hand, store) = (scene.store.by_hand(), &scene.store.store);
    let checked = Connection::open(&scene.store.path).unwrap();
    by_hand
        .execute_batch("CREATE TEMP TABLE good AS SELECT * FROM grants")
        .unwrap();
    for change in IMPOSSIBLE_PHONES {
        let sql = format!("UPDATE grants SET {change}");
        refused_by_checks(&checked, &sql);
        assert_eq!(by_hand.execute(&sql, []), Ok(1));
        refused_by_reader("grants", &sql, store.holder(phone.grant.id).await);
        by_hand
            .execute_batch(
                "PRAGMA foreign_keys = OFF; DELETE FROM grants; \
                 INSERT INTO grants SELECT * FROM good",
            )
            .unwrap();
        store.holder(phone.grant.id).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_else_is_no_legal_state_is_refused_when_read() {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let minting = scene.session(anna.id, key(1), Role::Phone, START);
    let family = minting.family.id;
    let store = &scene.store.store;
    let phone = scene.open(minting).await;
    let login = scene.waiting(key(9)).await;
    let by_hand = scene.store.by_hand();
    let checked = Connection::open(&scene.store.path).unwrap();
    let spoil = |sql: &str| assert_eq!(by_hand.execute(sql, []), Ok(1), "{sql}");

    for change in [
        "kind = 'cookie', repeats = 1",
        "kind = 'cookie', previous = current",
    ] {
        refused_by_checks(&checked, &format!("UPDATE families SET {change}"));
    }
    for change in [
        "kind = 'cookie', repeats = 1",
        "kind = 'biscuit'",
        "ended = 2",
        "key = x'00'",
        "version = -1",
        "repeats = 256",
    ] {
        let sql = format!("UPDATE families SET {change}");
        spoil(&sql);
        refused_by_reader("families", &sql, store.family(family).await);
    }
    for change in ["kind = 'fridge'", "key = x'00'"] {
        let sql = format!("UPDATE devices SET {change}");
        spoil(&sql);
        refused_by_reader("devices", &sql, Devices::list(store, anna.id, START).await);
    }
    for change in ["kind = 'party'", "login_to = NULL"] {
        let sql = format!("UPDATE audit SET {change} WHERE login_id IS NOT NULL");
        spoil(&sql);
        refused_by_reader("audit", &sql, store.of_login(login.id).await);
    }
    for change in ["status = 'asleep'", "login_name = 'Anna'"] {
        let sql = format!("UPDATE accounts SET {change}");
        spoil(&sql);
        spoil("UPDATE devices SET kind = 'other', key = zeroblob(32)");
        refused_by_reader("accounts", &sql, store.holder(phone.grant.id).await);
    }
}

#[tokio::test]
async fn what_the_rules_never_ask_for_is_not_written() {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let phone = scene.phone(anna.id, key(1)).await;
    let login = scene.confirmed(scene.waiting(key(9)).await, &phone).await;
    let store = &scene.store.store;

    // A collected login without its grant.
    let (next, minting) = scene.collecting(&login, at(4));
    let replaced = store.replace(login.version, next.clone(), minting.entry.clone());
    assert!(replaced.await.is_err());
    // A grant that is another login's, another session's, another key's, or no login's.
    let mut other = minting.clone();
    other.grant.id = phone.grant.id;
    assert!(
        store
            .collect(login.version, next.clone(), other)
            .await
            .is_err()
    );
    let mut other = minting.clone();
    (other.grant.key, other.device.key, other.family.key) = (key(2), key(2), key(2));
    assert!(
        store
            .collect(login.version, next.clone(), other)
            .await
            .is_err()
    );
    let mut other = minting.clone();
    other.family.key = key(2);
    assert!(
        store
            .collect(login.version, next.clone(), other)
            .await
            .is_err()
    );
    let opened = store.open_session(minting.clone(), password(HASH), rules(Additional::Open));
    assert!(opened.await.is_err());
    // A login that has another version without having risen.
    let mut same = login.clone();
    same.state = next.state.clone();
    let entry = minting.entry.clone();
    assert!(store.replace(login.version, same, entry).await.is_err());
    // A login that begins half-way.
    let mut late = login.clone();
    late.id = countersign_core::ids::LoginId::from_bytes([9; 16]);
    assert!(store.insert(late, minting.entry).await.is_err());
    assert_eq!(scene.found(login.id).await, login);
}

#[tokio::test]
async fn a_taken_name_leaves_an_entry_of_nobody() {
    let scene = Scene::new(Sqlite::fresh(false));
    let anna = scene.account("anna").await;
    let second = scene.unsaved_account("anna");
    let entry = Entry {
        account: Some(second.id),
        detail: Some("a detail".into()),
        ..Entry::new(at(7), Kind::AccountAdded)
    };
    let store = &scene.store.store;
    let before = store.write_counts().commits;
    assert_eq!(store.add(second, entry.clone()).await, Ok(false));
    assert_eq!(store.write_counts().commits, before + 1);
    let third = scene.unsaved_account("third");
    assert_eq!(store.add(third, entry).await, Ok(true));
    let kept = scene.store.by_hand().query_row(
        "SELECT group_concat(kind || ' ' || at), count(account_id), count(detail) FROM audit \
         WHERE at > ?",
        [i64::try_from(anna.created_at.millis()).unwrap()],
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
    );
    let time = at(7).millis();
    let expected = format!("name_taken {time},account_added {time}");
    assert_eq!(kept, Ok((expected, 1, 1)));
}

#[tokio::test]
async fn the_clients_are_those_of_the_last_start() {
    let scene = Scene::new(Sqlite::fresh(false));
    let store = &scene.store.store;
    let of = |name: &str| Client::new(client(name), name);
    store.put(&[of("demo"), of("old")]).await.unwrap();
    let mut demo = of("demo");
    demo.origins = vec!["https://shop.example".to_owned()];
    store.put(&[demo, of("new")]).await.unwrap();
    let kept = scene.store.by_hand().query_row(
        "SELECT group_concat(id || ' ' || origins) FROM (SELECT * FROM clients ORDER BY id)",
        [],
        |row| row.get::<_, String>(0),
    );
    let expected = r#"demo ["https://shop.example"],new []"#;
    assert_eq!(kept.as_deref(), Ok(expected));
}
