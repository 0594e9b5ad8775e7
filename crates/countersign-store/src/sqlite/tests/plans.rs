//! How the database finds what is asked for: never by reading a whole table.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::asking::ask_for_everything;
use super::subject::{Sqlite, options};
use crate::SqliteStore;
use crate::conformance::outbox::CHANNELS;
use crate::conformance::samples::Scene;
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;
use crate::sqlite::{Shared, open, outbox};

/// Every start writes all clients anew.
const MAY_BE_SCANNED: [&str; 1] = ["clients"];

/// Indexes of which a part is read from one end, so many rows at a time.
const READ_IN_ORDER: [&str; 11] = [
    "former_passwords_before",
    "logins_by_deadline",
    "logins_over",
    "logins_denied_before",
    "grants_over",
    "audit_before",
    "outbox_due",
    "outbox_before",
    "used_challenges_until",
    "invitations_over",
    "sqlite_autoindex_accounts_2", // by login name
];

/// Indexes of which a range is read that whoever asks has named: a network, a time, or all that is alive.
const READ_BY_RANGE: [&str; 5] = [
    "grants_over",
    "logins_asked_from",
    "logins_denied_from",
    "grants_from",
    "grants_made",
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
    let (options, asked) = (options(&CHANNELS), Asked::default());
    let mut writer = open::prepare(&path, &options).unwrap();
    outbox::set_channels(&writer, &options.channels).unwrap();
    outbox::set_channels(&writer, &options.channels).unwrap();
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
        "accounts",
        "audit",
        "devices",
        "families",
        "former_passwords",
        "grants",
        "invitations",
        "logins",
        "outbox",
        "passkeys",
        "recovery_codes",
        "used_challenges",
    ];
    for table in tables {
        let named = |sql: &&String| sql.contains(table);
        assert!(asked.iter().filter(named).count() > 1, "{table}");
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
                let in_order = walked && !sorted && sql.contains("LIMIT");
                // Where an account, a device or a key is named, that is what it is found by.
                let named = ["account_id = :", "device_id = :", "key = :", "id = :grant"];
                let named = named.iter().any(|named| sql.contains(named));
                let range = READ_BY_RANGE.iter().any(|index| step.contains(index));
                assert!(in_order || (range && !named), "{step}: {sql}");
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
    assert_eq!(found.len(), 11);
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
        "approver" | "approved" | "target" | "phone" | "made" | "kept" | "resting" => "grants",
        "codes" => "recovery_codes",
        // Of an account's devices those that are listed.
        "devices" if sql.contains(") AS devices") => "a part of devices",
        name => name,
    }
}
