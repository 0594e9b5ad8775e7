//! The tables: whose they are, of which version, how they are brought up to date, whether they are
//! all there.

use std::collections::BTreeMap;
use std::path::Path;

use refinery::error::Kind;
use rusqlite::Connection;

use super::open::OpenError;

/// Marks the file as ours: "CSGN" (SQLite file format §1.2.16). The first migration writes it.
const APPLICATION_ID: i32 = 0x4353_474E;

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The version of the tables; `None` when there are none yet. Refuses files that are not ours.
pub(super) fn version(db: &Connection, path: &Path) -> Result<Option<i32>, OpenError> {
    let of = |error| OpenError::of(path, &error);
    let application: i32 = db
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(of)?;
    // A process that died between the two leaves refinery's table and no mark.
    let others = "SELECT count(*) FROM sqlite_schema \
                  WHERE tbl_name <> 'refinery_schema_history' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let others: i64 = db.query_row(others, [], |row| row.get(0)).map_err(of)?;
    match application {
        0 if others == 0 => return Ok(None),
        APPLICATION_ID => {}
        _ => {
            return Err(OpenError::Foreign {
                path: path.to_owned(),
            });
        }
    }
    let Some(found) = newest_there(db).map_err(of)? else {
        return Err(damaged(path, "nothing tells the version of its tables"));
    };
    let known = newest();
    if found > known {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(Some(found))
}

fn newest_there(db: &Connection) -> rusqlite::Result<Option<i32>> {
    if !db.table_exists(None, "refinery_schema_history")? {
        return Ok(None);
    }
    let newest = "SELECT max(version) FROM refinery_schema_history";
    db.query_row(newest, [], |row| row.get(0))
}

fn newest() -> i32 {
    let runner = embedded::migrations::runner();
    let versions = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().unwrap_or_default()
}

/// Brings the tables up to date, forward only; refuses tables that another history made.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let runner = embedded::migrations::runner();
    runner
        .run(db)
        .map(drop)
        .map_err(|error| match error.kind() {
            Kind::DivergentVersion(step, _) | Kind::MissingVersion(step) => {
                OpenError::OtherHistory {
                    path: path.to_owned(),
                    step: step.to_string(),
                }
            }
            _ => OpenError::failed(path, error.to_string()),
        })
}

/// Refuses tables and indexes that are not as the steps make them: without a condition or an index
/// the store would work, and not keep what it promises. What else somebody added is left alone.
pub(super) fn check(db: &Connection, path: &Path) -> Result<(), OpenError> {
    let of = |error| OpenError::of(path, &error);
    let mut made = Connection::open_in_memory().map_err(of)?;
    migrate(&mut made, path)?;
    let found = objects(db).map_err(of)?;
    for (name, sql) in objects(&made).map_err(of)? {
        if found.get(&name) != Some(&sql) {
            let reason = format!("{name} is missing or is not what this program made");
            return Err(damaged(path, &reason));
        }
    }
    Ok(())
}

/// What was made by a statement, and the statement.
fn objects(db: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let sql = "SELECT name, sql FROM sqlite_schema \
               WHERE sql IS NOT NULL AND name <> 'refinery_schema_history'";
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn damaged(path: &Path, reason: &str) -> OpenError {
    OpenError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
