//! Opening: what is taken, and what is refused in words and left as it was.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use countersign_core::account::LoginName;
use countersign_core::audit::{Entry, Kind};
use countersign_core::ports::Accounts as _;
use rusqlite::Connection;
use tempfile::TempDir;

use super::subject::Sqlite;
use crate::conformance::samples::{START, Scene};
use crate::{OpenError, Options, SqliteStore};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    (folder, path)
}

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(path, &Options::default())
}

fn impatient() -> Options {
    Options {
        busy_timeout: Duration::ZERO,
        ..Options::default()
    }
}

/// Opening `path` fails with words that name the file, and leaves its bytes alone.
fn refused(path: &Path) -> OpenError {
    let before = std::fs::read(path).unwrap();
    let error = open(path).unwrap_err();
    assert!(error.to_string().contains("test.db"), "{error}");
    assert_eq!(std::fs::read(path).unwrap(), before);
    error
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let (_folder, path) = folder();
    std::fs::write(&path, "Dear diary, ".repeat(500)).unwrap();
    let error = refused(&path);
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
}

#[test]
fn another_applications_database_is_refused() {
    for theirs in [
        "PRAGMA application_id = 77; CREATE TABLE t (x)",
        "PRAGMA application_id = 77",
        "CREATE TABLE accounts (x)",
    ] {
        let (_folder, path) = folder();
        Connection::open(&path)
            .unwrap()
            .execute_batch(theirs)
            .unwrap();
        let error = refused(&path);
        assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
    }
}

#[test]
fn a_newer_programs_database_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let newer = "INSERT INTO refinery_schema_history SELECT 999, name, applied_on, checksum \
                 FROM refinery_schema_history";
    Connection::open(&path)
        .unwrap()
        .execute_batch(newer)
        .unwrap();
    let error = refused(&path);
    assert!(
        matches!(
            error,
            OpenError::Newer {
                found: 999,
                known: 1,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn tables_with_another_history_are_refused() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let db = Connection::open(&path).unwrap();
    let other = "UPDATE refinery_schema_history SET checksum = '1'";
    assert_eq!(db.execute(other, []), Ok(1));
    drop(db);
    let error = refused(&path);
    assert!(matches!(error, OpenError::OtherHistory { .. }), "{error:?}");
    assert!(error.to_string().contains("V1__first_tables"), "{error}");
}

#[test]
fn tables_that_were_changed_by_hand_are_refused() {
    for (changed, named) in [
        ("DROP TABLE audit", "audit"),
        ("DROP INDEX families_alive", "families_alive"),
        (
            "DROP INDEX logins_over; CREATE INDEX logins_over ON logins (until)",
            "logins_over",
        ),
        ("ALTER TABLE grants DROP COLUMN approves_from", "grants"),
        ("ALTER TABLE devices ADD COLUMN colour TEXT", "devices"),
        ("DROP TABLE refinery_schema_history", "version"),
        ("DELETE FROM refinery_schema_history", "version"),
    ] {
        let (_folder, path) = folder();
        drop(open(&path).unwrap());
        let db = Connection::open(&path).unwrap();
        db.execute_batch("PRAGMA writable_schema = ON").unwrap();
        if db.execute_batch(changed).is_err() {
            // A column that a condition names is taken out of the text instead.
            let cut = "UPDATE sqlite_schema SET sql = replace(sql, 'approves_from INTEGER CHECK \
                       (approves_from >= 0)', 'approves_from INTEGER') WHERE name = 'grants'";
            assert_eq!(db.execute(cut, []), Ok(1), "{changed}");
        }
        drop(db);
        let error = refused(&path);
        assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn what_somebody_added_to_look_at_is_in_nobodys_way() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .execute_batch("ANALYZE; CREATE VIEW who AS SELECT login_name FROM accounts")
        .unwrap();
    open(&path).unwrap();
}

#[test]
fn a_database_of_which_a_part_is_missing_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    for length in [50, 100, 4096, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = refused(&path);
        let clear = matches!(
            error,
            OpenError::Damaged { .. } | OpenError::NotADatabase { .. }
        );
        assert!(clear, "{length}: {error:?}");
    }
}

#[test]
fn a_folder_in_the_files_place_is_refused() {
    let (_folder, path) = folder();
    std::fs::create_dir(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Unwritable { .. }), "{error:?}");
    assert!(error.to_string().contains("test.db"), "{error}");
}

#[tokio::test]
async fn a_file_that_somebody_writes_to_is_opened_all_the_same() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    SqliteStore::open(&path, &impatient()).unwrap();
}

#[test]
fn somebody_who_opens_it_without_end_is_waited_for_only_so_long() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let lock = path.with_file_name("countersign.schema.lock");
    let other = std::fs::File::options().write(true).open(lock).unwrap();
    other.lock().unwrap();
    let error = SqliteStore::open(&path, &impatient()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    drop(other);
    open(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn its_locks_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = folder();
    drop(SqliteStore::open_as_server(&path, &Options::default()).unwrap());
    for name in ["countersign.lock", "countersign.schema.lock"] {
        let lock = std::fs::metadata(path.with_file_name(name)).unwrap();
        assert_eq!(lock.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_damaged_database_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    let second_page = 4096..2 * 4096;
    bytes[second_page].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let error = refused(&path);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore"), "{error}");
}

#[test]
fn a_folder_that_can_not_be_written_is_named() {
    let (folder, _) = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    // Nobody can make files in /proc, not even root, who may do everything elsewhere.
    let places = [
        PathBuf::from("/proc/test.db"),
        folder.path().join("missing").join("test.db"),
        file.join("test.db"),
    ];
    for path in places {
        let error = open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Unwritable { .. }), "{error:?}");
        let error = SqliteStore::open_as_server(&path, &Options::default()).unwrap_err();
        assert!(matches!(error, OpenError::Unwritable { .. }), "{error:?}");
        assert!(error.to_string().contains("test.db"), "{error}");
    }
}

#[test]
fn a_database_that_somebody_keeps_locked_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        .unwrap();
    let error = SqliteStore::open(&path, &impatient()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    drop(other);
    open(&path).unwrap();
}

#[tokio::test]
async fn one_server_owns_the_file_until_it_closes_or_goes() {
    let (_folder, path) = folder();
    let serve = || SqliteStore::open_as_server(&path, &Options::default());
    let first = serve().unwrap();
    let error = serve().unwrap_err();
    assert!(matches!(error, OpenError::Running { .. }), "{error:?}");
    first.close().await;
    let second = serve().unwrap();
    drop(second);
    let third = serve().unwrap();
    drop(first);
    // The first one, which is closed, does not take the lock with it.
    assert!(serve().is_err());
    drop(third);
}

#[tokio::test]
async fn a_command_adds_an_account_while_the_server_runs() {
    let server = Sqlite::fresh(false);
    let beside = open(&server.path).unwrap();
    let (path, scene) = (server.path.clone(), Scene::new(server));
    let anna = scene.unsaved_account("anna");
    let entry = Entry::new(START, Kind::AccountAdded);
    assert_eq!(beside.add(anna.clone(), entry.clone()).await, Ok(true));
    let name = LoginName::parse("anna").unwrap();
    let seen = scene.store.store.by_name(&name).await;
    assert_eq!(seen, Ok(Some(anna)));
    let again = scene.unsaved_account("anna");
    assert_eq!(scene.store.store.add(again, entry).await, Ok(false));
    drop(beside);
    open(&path).unwrap();
}

#[test]
fn eight_that_make_the_file_at_once_all_get_it() {
    for _ in 0..10 {
        let (_folder, path) = folder();
        let barrier = Arc::new(Barrier::new(8));
        let openers: Vec<_> = (0..8)
            .map(|_| {
                let (path, barrier) = (path.clone(), Arc::clone(&barrier));
                std::thread::spawn(move || {
                    barrier.wait();
                    open(&path).map(drop)
                })
            })
            .collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
    }
}

#[test]
fn a_process_that_died_while_it_made_the_file_is_in_nobodys_way() {
    let (_folder, path) = folder();
    let begun = "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, \
                 name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))";
    Connection::open(&path)
        .unwrap()
        .execute_batch(begun)
        .unwrap();
    drop(open(&path).unwrap());
    open(&path).unwrap();
}

#[test]
#[cfg(unix)]
fn only_its_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = folder();
    let _store = open(&path).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("test.db") {
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 2, "the file and its log");
}

#[tokio::test]
async fn the_writer_syncs_and_checks_and_a_reader_can_not_write() {
    let (_folder, path) = folder();
    let store = open(&path).unwrap();
    let settings = store
        .write(|db| {
            let read = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            Ok(super::super::Outcome::Keep((
                read("synchronous")?,
                read("foreign_keys")?,
            )))
        })
        .await;
    assert_eq!(settings, Ok((2, 1)));
    let written = store
        .read(|db| Ok(db.execute("DELETE FROM audit", [])?))
        .await;
    let words = written.unwrap_err().to_string();
    assert!(words.contains("readonly"), "{words}");
}
