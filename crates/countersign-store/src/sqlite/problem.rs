//! What goes wrong inside the SQLite store, before the port's one opaque error hides it.

use countersign_core::ports::StoreError;
use rusqlite::ErrorCode;

/// Why a request did not do what it was asked.
#[derive(Debug)]
pub(super) enum Problem {
    /// SQLite's own word.
    Sqlite(rusqlite::Error),
    /// A row that is no legal state. Names the row, never what stands in it.
    Row {
        table: &'static str,
        id: String,
        what: String,
    },
    /// What was asked for can't be kept.
    Unfit(&'static str),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Problem> for StoreError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Sqlite(error) => failed(&error),
            Problem::Row { table, id, what } => {
                Self::Failed(format!("table {table}, row {id} is no legal state: {what}"))
            }
            Problem::Unfit(what) => Self::Failed(format!("refused to write {what}")),
        }
    }
}

/// The port's error for SQLite's. Its words name tables and columns, never values.
pub(super) fn failed(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        // Another process kept the lock for longer than the busy timeout.
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::DiskFull) => StoreError::Failed("the disk is full".to_owned()),
        _ => StoreError::Failed(error.to_string()),
    }
}
