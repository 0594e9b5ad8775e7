//! Opening the file: what is refused, in words. Its tables are the schema's matter.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Options, lock, schema};

/// The oldest SQLite that this runs on: 3.51.3 mends the WAL-reset bug, by which a writer and a
/// checkpoint in two connections could, in a rare moment, damage the file.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Bytes to which the write-ahead log is cut back after it has grown: it does so while somebody
/// reads for long, and would keep that size for ever.
const LOG_LIMIT: i64 = 64 << 20;

/// Prepared statements kept by each connection; there are about 60.
const STATEMENTS: usize = 128;

/// Why a file can't be used. It is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite in this program is too old.
    #[error(
        "SQLite {found} is too old: 3.51.3 is needed, because older ones can damage a database \
         that several connections write to"
    )]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// Not a database.
    #[error("{}: this is not an SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else's database.
    #[error("{}: this SQLite database belongs to another application", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer version of this program.
    #[error(
        "{}: its tables are of version {found}, this program knows version {known}: start a newer \
         program, or restore a backup from before the upgrade", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i32,
        /// The newest version that this program knows.
        known: i32,
    },
    /// Damaged.
    #[error("{}: the database is damaged ({reason}): restore it from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Its tables were made by other steps than this program's.
    #[error(
        "{}: its tables were made by another build of this program (step {step} differs): use that \
         build, or restore a backup that this one made", path.display()
    )]
    OtherHistory {
        /// The file.
        path: PathBuf,
        /// The first step that differs.
        step: String,
    },
    /// Nothing can be written there.
    #[error("{}: can't be written ({reason}): the file and its folder must be writable", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// Another process keeps it locked.
    #[error("{}: another process keeps the database locked", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Another server owns it.
    #[error("{}: another server is running on this database", path.display())]
    Running {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{}: the database can't be opened: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl OpenError {
    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }

    pub(super) fn failed(path: &Path, reason: String) -> Self {
        let path = path.to_owned();
        Self::Failed { path, reason }
    }

    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, reason },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::Unwritable { path, reason }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            _ => Self::Failed { path, reason },
        }
    }
}

pub(super) fn no_thread(path: &Path, error: &io::Error) -> OpenError {
    OpenError::failed(path, format!("no thread can be started: {error}"))
}

/// The connection that writes, on a file that is ours, sound and up to date.
pub(super) fn prepare(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let found = rusqlite::version().to_owned();
        return Err(OpenError::OldSqlite { found });
    }
    // Whoever opens the file at the same moment waits: one makes it, one changes its tables.
    let _lock = lock::schema(path, options.busy_timeout)?;
    create(path)?;
    let mut db = connect(path, options)?;
    let of = |error| OpenError::of(path, &error);
    if db.is_readonly("main").map_err(of)? {
        return Err(OpenError::unwritable(
            path,
            &io::ErrorKind::PermissionDenied.into(),
        ));
    }
    let version = schema::version(&db, path)?;
    if version.is_some() {
        check(&db, path)?;
    }
    let mode: String = db
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(of)?;
    if mode != "wal" {
        let reason = "no write-ahead log is possible there; is it on a network drive?";
        return Err(OpenError::failed(path, reason.to_owned()));
    }
    // A commit that was answered survives a power cut.
    db.pragma_update(None, "synchronous", "full").map_err(of)?;
    db.pragma_update(None, "foreign_keys", true).map_err(of)?;
    db.pragma_update(None, "journal_size_limit", LOG_LIMIT)
        .map_err(of)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut db, path)?;
    schema::check(&db, path)?;
    Ok(db)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    let db = connect(path, options)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.pragma_update(None, "query_only", true)
        .map_err(|error| OpenError::of(path, &error))?;
    Ok(db)
}

fn connect(path: &Path, options: &Options) -> Result<Connection, OpenError> {
    let of = |error| OpenError::of(path, &error);
    // Without SQLITE_OPEN_URI, so that no file name means anything but a file.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(of)?;
    db.busy_timeout(options.busy_timeout).map_err(of)?;
    db.pragma_update(None, "trusted_schema", false)
        .map_err(of)?;
    Ok(db)
}

/// Makes an empty file that only its owner reads: it will hold password hashes. SQLite gives the
/// files beside it the same permissions.
fn create(path: &Path) -> Result<(), OpenError> {
    let mut file = std::fs::File::options();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(OpenError::unwritable(path, &error)),
    }
}

fn check(db: &Connection, path: &Path) -> Result<(), OpenError> {
    let result: String = db
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| OpenError::of(path, &error))?;
    if result == "ok" {
        return Ok(());
    }
    Err(OpenError::Damaged {
        path: path.to_owned(),
        reason: result,
    })
}
