//! The database from behind.

use countersign_tests::Server;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// Every row of every table, as text. But for deliveries: they go by themselves, and each came with an audit entry.
pub(crate) fn rows(server: &Server) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = Connection::open_with_flags(server.database(), flags).unwrap();
    db.execute_batch("BEGIN").unwrap();
    let names =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'outbox' ORDER BY name";
    let mut query = db.prepare(names).unwrap();
    let tables = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let tables: Vec<String> = tables.map(Result::unwrap).collect();
    assert!(tables.len() > 5, "{tables:?}");
    tables.iter().flat_map(|table| of(&db, table)).collect()
}

fn of(db: &Connection, table: &str) -> Vec<String> {
    let mut query = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = query.column_count();
    let rows = query.query_map([], |row| {
        let values = (0..columns).map(|column| row.get_ref(column).map(shown));
        values.collect::<Result<Vec<String>, _>>()
    });
    let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    rows.iter()
        .map(|row| format!("{table}: {}", row.join(" | ")))
        .collect()
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
            hex.collect::<Vec<_>>().concat()
        }
    }
}
