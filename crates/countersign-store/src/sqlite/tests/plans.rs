//! How the database finds what is asked for: never by reading a whole table.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use countersign_core::account::AccountStatus;
use countersign_core::audit::{Entry, Kind};
use countersign_core::grant::{Additional, EndCause, Role};
use countersign_core::login::Event;
use countersign_core::ports::{
    Accounts as _, Allowed, Audit as _, Clients as _, Devices as _, Grants as _, Holder, Known,
    PasswordChange, SweepBefore, Upkeep as _, Verified, Which,
};
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::subject::Sqlite;
use crate::conformance::phones::actor;
use crate::conformance::scene::password;
use crate::conformance::samples::{HASH, START, Scene, at, client, context, deny, key};
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;
use crate::sqlite::{Shared, open};
use crate::{Options, SqliteStore};

/// Every start writes all clients anew.
const MAY_BE_SCANNED: [&str; 1] = ["clients"];

/// Indexes of which a part is read from one end, so many rows at a time.
const READ_IN_ORDER: [&str; 6] = [
    "logins_by_deadline",
    "logins_over",
    "logins_denied_before",
    "grants_over",
    "audit_before",
    "sqlite_autoindex_accounts_2", // by login name
];

/// The statements that a store ran.
type Asked = Arc<Mutex<BTreeSet<String>>>;

fn listen(db: &mut Connection, asked: &Asked) {
    let asked = Arc::clone(asked);
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(_, sql) = event {
            asked.lock().unwrap().insert(sql.to_owned());
        }
    };
    let statements = TraceEventCodes::SQLITE_TRACE_STMT;
    db.trace_v2(statements, Some(note)).unwrap();
}

/// A store that is listened to.
fn overheard() -> (Sqlite, Asked) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let (options, asked) = (Options::default(), Asked::default());
    let mut writer = open::prepare(&path, &options).unwrap();
    let mut reader = open::reader(&path, &options).unwrap();
    listen(&mut writer, &asked);
    listen(&mut reader, &asked);
    let shared = Shared {
        writer: Writer::start(writer, options.queue).unwrap(),
        readers: Readers::start(vec![reader], options.queue).unwrap(),
        channels: options.channels.clone(),
        lock: Mutex::new(None),
    };
    let store = SqliteStore {
        shared: Arc::new(shared),
    };
    (Sqlite::of(store, path, Some(folder), false), asked)
}

#[tokio::test]
async fn nothing_reads_a_whole_table() {
    let (store, asked) = overheard();
    let scene = Scene::new(store);
    ask_for_everything(&scene).await;

    let asked = std::mem::take(&mut *asked.lock().unwrap());
    let tables = [
        "accounts", "audit", "devices", "families", "grants", "logins",
    ];
    for table in tables {
        let named = |sql: &&String| sql.contains(table);
        assert!(asked.iter().filter(named).count() > 2, "{table}");
    }
    let db = Connection::open(&scene.store.path).unwrap();
    for sql in asked {
        let plan = plan(&db, &sql);
        for step in &plan {
            let scanned = step
                .strip_prefix("SCAN ")
                .and_then(|rest| rest.split(' ').next());
            let named = scanned.map(|name| real_name(&sql, name));
            let allowed =
                named.is_none_or(|name| MAY_BE_SCANNED.contains(&name) || !tables.contains(&name));
            assert!(allowed, "{step}: {sql}");
            if step.starts_with("SEARCH ") && !step.contains("=?") {
                let walked = READ_IN_ORDER.iter().any(|index| step.contains(index));
                let sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
                assert!(walked && !sorted && sql.contains("LIMIT"), "{step}: {sql}");
            }
        }
    }
}

/// What a deleted row's references are looked for by.
#[tokio::test]
async fn every_reference_has_an_index_to_be_found_by() {
    let scene = Scene::new(Sqlite::fresh(false));
    let db = Connection::open(&scene.store.path).unwrap();
    let references = "SELECT m.name, f.\"from\" FROM sqlite_schema m \
         JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
    let mut statement = db.prepare(references).unwrap();
    let found: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(found.len(), 4);
    for (table, column) in found {
        let sql = format!("SELECT 1 FROM {table} WHERE {column} = ?");
        let plan = plan(&db, &sql).join("; ");
        assert!(plan.starts_with("SEARCH"), "{sql}: {plan}");
    }
}

/// The steps of a statement; none for what has no plan.
fn plan(db: &Connection, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let Ok(mut statement) = db.prepare(&sql) else {
        return Vec::new();
    };
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

/// The table that a name in a plan stands for.
fn real_name<'a>(sql: &str, name: &'a str) -> &'a str {
    match name {
        "named" => "devices",
        "approver" | "approved" | "target" | "phone" => "grants",
        // Of an account's devices those that are listed.
        "devices" if sql.contains(") AS devices") => "a part of devices",
        name => name,
    }
}

/// Every question that the ports know.
async fn ask_for_everything(scene: &Scene<Sqlite>) {
    let store = &scene.store.store;
    let anna = scene.account("anna").await;
    let again = scene.unsaved_account("anna");
    let entry = Entry::new(START, Kind::AccountAdded);
    assert_eq!(store.add(again, entry).await, Ok(false));
    store.by_name(&anna.login_name).await.unwrap();
    countersign_core::ports::Accounts::list(store, None, 5)
        .await
        .unwrap();
    let phone = scene.confirming_phone(anna.id, key(1), START).await;
    ask_about_phones(scene, &phone).await;
    ask_about_desktops(scene, &phone).await;
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
    store
        .rename(account, phone.device.id, label, renamed)
        .await
        .unwrap();
    let may = store.approves(account, phone.device.id, at(6)).await;
    assert_eq!(may, Ok(true));
    store.of_login(denied.id).await.unwrap();
    scene.told(account).await;
}

async fn end_and_forget(scene: &Scene<Sqlite>, phone: &Holder) {
    let (store, account) = (&scene.store.store, phone.account.id);
    for which in [
        Which::One(phone.grant.id),
        Which::WithApproved(phone.grant.id),
        Which::OfDevice(account, phone.device.id),
        Which::Others(account, phone.grant.id, Some(Role::Desktop)),
        Which::All(account),
    ] {
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
    };
    while store.sweep(before, 100).await.unwrap() > 0 {}
    store.ready().await.unwrap();
}
