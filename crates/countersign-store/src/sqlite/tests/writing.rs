//! The writer: groups, queues, and faults that leave the others alone.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use countersign_core::audit::Entry;
use countersign_core::ports::{Logins as _, StoreError, Upkeep as _};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::conformance::samples::{Scene, key};
use crate::sqlite::Outcome;
use crate::sqlite::problem::Problem;
use crate::{Options, SqliteStore};

use super::subject::Sqlite;

type Answer = oneshot::Receiver<Result<(), StoreError>>;

/// A store with a table to write numbers into.
struct Numbers {
    store: SqliteStore,
    folder: TempDir,
}

impl Numbers {
    async fn with(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("test.db"), options).unwrap();
        let table = "CREATE TABLE numbers (n INTEGER PRIMARY KEY)";
        let made = store.write(move |db| Ok(Outcome::Keep(db.execute_batch(table)?)));
        assert_eq!(made.await, Ok(()));
        Self { store, folder }
    }

    async fn fresh() -> Self {
        Self::with(&Options::default()).await
    }

    fn submit(
        &self,
        work: impl FnOnce(&Connection) -> Result<Outcome<()>, Problem> + Send + 'static,
    ) -> Answer {
        self.store.shared.writer.submit(work).unwrap()
    }

    fn number(&self, n: i64) -> Answer {
        self.submit(move |db| Ok(Outcome::Keep(insert(db, n)?)))
    }

    /// Stops the writer in the middle of a commit of its own until the other end is dropped.
    fn hold(&self) -> Sender<()> {
        let (starts, started): (Sender<()>, Receiver<()>) = channel();
        let (release, held) = channel::<()>();
        drop(self.submit(move |_| {
            starts.send(()).unwrap();
            // The sender says nothing; it is dropped.
            assert!(held.recv().is_err());
            Ok(Outcome::Keep(()))
        }));
        started.recv().unwrap();
        release
    }

    /// Writes a number as another process would, if it need not wait.
    fn beside(&self, n: i64) -> Result<(), rusqlite::Error> {
        let db = Connection::open(self.folder.path().join("test.db"))?;
        db.busy_timeout(Duration::ZERO)?;
        db.execute("INSERT INTO numbers VALUES (?)", [n]).map(drop)
    }

    async fn kept(&self) -> Vec<i64> {
        let read = self.store.read(|db| {
            let mut statement = db.prepare("SELECT n FROM numbers ORDER BY n")?;
            let numbers = statement.query_map([], |row| row.get(0))?;
            Ok(numbers.collect::<Result<_, _>>()?)
        });
        read.await.unwrap()
    }
}

fn insert(db: &Connection, n: i64) -> Result<(), Problem> {
    db.prepare_cached("INSERT INTO numbers VALUES (?)")?
        .execute([n])?;
    Ok(())
}

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let numbers = Numbers::fresh().await;
    let release = numbers.hold();
    let before = numbers.store.write_counts();
    let answers: Vec<_> = (0..300).map(|n| numbers.number(n)).collect();
    drop(release);
    for answer in answers {
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
    let after = numbers.store.write_counts();
    // The one that was held, then 256, then 44.
    assert_eq!(after.requests - before.requests, 301);
    assert_eq!(after.commits - before.commits, 3);
    assert_eq!(numbers.kept().await, (0..300).collect::<Vec<_>>());
}

#[tokio::test]
async fn nothing_is_answered_before_the_commit() {
    let numbers = Numbers::fresh().await;
    let release = numbers.hold();
    let mut first = numbers.number(1);
    let (starts, started) = channel::<()>();
    let (open, gate) = channel::<()>();
    let second = numbers.submit(move |_| {
        starts.send(()).unwrap();
        assert!(gate.recv().is_err());
        Ok(Outcome::Keep(()))
    });
    drop(release);
    started.recv().unwrap();
    // The first has run, in a transaction that waits for the second.
    assert!(first.try_recv().is_err());
    assert_eq!(numbers.kept().await, Vec::<i64>::new());
    drop(open);
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_eq!(second.await.unwrap(), Ok(()));
}

#[tokio::test]
async fn one_that_fails_in_a_group_hurts_nobody_else() {
    let numbers = Numbers::fresh().await;
    let release = numbers.hold();
    let before = numbers.store.write_counts().commits;
    let first = numbers.number(1);
    let taken = numbers.submit(|db| {
        insert(db, 50)?;
        insert(db, 1)?;
        Ok(Outcome::Keep(()))
    });
    let panics = numbers.submit(|db| {
        insert(db, 51)?;
        std::panic::panic_any("a defect");
    });
    let undone = numbers.submit(|db| {
        insert(db, 52)?;
        Ok(Outcome::Undo(()))
    });
    let last = numbers.number(2);
    drop(release);
    assert_eq!(first.await.unwrap(), Ok(()));
    assert!(matches!(taken.await.unwrap(), Err(StoreError::Failed(_))));
    assert!(matches!(panics.await.unwrap(), Err(StoreError::Failed(_))));
    assert_eq!(undone.await.unwrap(), Ok(()));
    assert_eq!(last.await.unwrap(), Ok(()));
    assert_eq!(numbers.store.write_counts().commits - before, 2);
    assert_eq!(numbers.kept().await, [1, 2]);
}

#[tokio::test]
async fn a_commit_that_fails_is_told_to_everybody_and_keeps_nothing() {
    let numbers = Numbers::fresh().await;
    let release = numbers.hold();
    let first = numbers.number(1);
    let spoils = numbers.submit(|db| {
        db.execute_batch(
            "PRAGMA defer_foreign_keys = ON; \
             INSERT INTO devices VALUES (zeroblob(16), zeroblob(16), NULL, 'tv', NULL, NULL, \
             zeroblob(32), 0, 0, NULL)",
        )?;
        Ok(Outcome::Keep(()))
    });
    let last = numbers.number(2);
    drop(release);
    for answer in [first, spoils, last] {
        assert!(matches!(answer.await.unwrap(), Err(StoreError::Failed(_))));
    }
    assert_eq!(numbers.kept().await, Vec::<i64>::new());
    // Nor does it keep the lock: another process may write before this one does again.
    assert_eq!(numbers.beside(7), Ok(()));
    assert_eq!(numbers.number(3).await.unwrap(), Ok(()));
    assert_eq!(numbers.kept().await, [3, 7]);
}

#[tokio::test]
async fn nobody_else_writes_between_what_a_request_reads_and_what_it_writes() {
    let numbers = Arc::new(Numbers::fresh().await);
    let beside = Arc::clone(&numbers);
    let answer = numbers.submit(move |db| {
        let count = "SELECT count(*) FROM numbers";
        let before: i64 = db.query_row(count, [], |row| row.get(0))?;
        assert!(beside.beside(7).is_err());
        insert(db, before)?;
        Ok(Outcome::Keep(()))
    });
    assert_eq!(answer.await.unwrap(), Ok(()));
    assert_eq!(numbers.kept().await, [0]);
    assert_eq!(numbers.beside(7), Ok(()));
}

#[tokio::test]
async fn a_transaction_that_is_lost_is_told_to_everybody() {
    let numbers = Numbers::fresh().await;
    let release = numbers.hold();
    let first = numbers.number(1);
    let loses = numbers.submit(|db| Ok(Outcome::Keep(db.execute_batch("ROLLBACK")?)));
    let last = numbers.number(2);
    drop(release);
    for answer in [first, loses, last] {
        assert!(matches!(answer.await.unwrap(), Err(StoreError::Failed(_))));
    }
    assert_eq!(numbers.number(3).await.unwrap(), Ok(()));
    assert_eq!(numbers.kept().await, [3]);
}

#[tokio::test]
async fn a_full_queue_is_busy_at_once_and_recovers() {
    let options = Options {
        queue: 2,
        ..Options::default()
    };
    let numbers = Numbers::with(&options).await;
    let release = numbers.hold();
    let waiting = [numbers.number(1), numbers.number(2)];
    let work = |db: &Connection| Ok(Outcome::Keep(insert(db, 3)?));
    let third = numbers.store.shared.writer.submit(work);
    assert_eq!(third.err(), Some(StoreError::Busy));
    drop(release);
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
    assert_eq!(numbers.number(3).await.unwrap(), Ok(()));
    assert_eq!(numbers.kept().await, [1, 2, 3]);
}

#[tokio::test]
async fn a_full_disk_is_an_error_until_there_is_room_again() {
    let numbers = Numbers::fresh().await;
    let pages = |db: &Connection, sql: &str| -> Result<i64, Problem> {
        Ok(db.query_row(sql, [], |row| row.get(0))?)
    };
    let shrink = numbers.submit(move |db| {
        let used = pages(db, "PRAGMA page_count")?;
        pages(db, &format!("PRAGMA max_page_count = {used}"))?;
        Ok(Outcome::Keep(()))
    });
    assert_eq!(shrink.await.unwrap(), Ok(()));
    let large = || {
        numbers.submit(|db| {
            for n in 0..10_000 {
                insert(db, n)?;
            }
            Ok(Outcome::Keep(()))
        })
    };
    let full = large().await.unwrap();
    assert_eq!(full, Err(StoreError::Failed("the disk is full".to_owned())));
    assert_eq!(numbers.kept().await, Vec::<i64>::new());
    let grow = numbers.submit(move |db| {
        pages(db, "PRAGMA max_page_count = 100000")?;
        Ok(Outcome::Keep(()))
    });
    assert_eq!(grow.await.unwrap(), Ok(()));
    assert_eq!(large().await.unwrap(), Ok(()));
    assert_eq!(numbers.kept().await.len(), 10_000);
}

#[tokio::test]
async fn a_store_whose_last_commit_failed_is_not_ready_until_one_succeeds() {
    let options = Options {
        busy_timeout: Duration::ZERO,
        ..Options::default()
    };
    let numbers = Numbers::with(&options).await;
    let commits = numbers.store.write_counts().commits;
    assert_eq!(numbers.store.ready().await, Ok(()));
    assert_eq!(
        numbers.store.write_counts().commits,
        commits,
        "it wrote nothing"
    );

    let other = Connection::open(numbers.folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(numbers.number(1).await.unwrap(), Err(StoreError::Busy));
    assert_eq!(numbers.store.ready().await, Err(StoreError::Busy));
    other.execute_batch("COMMIT").unwrap();
    // Nobody has written since; it finds out by itself, once.
    assert_eq!(numbers.store.ready().await, Ok(()));
    assert_eq!(numbers.store.ready().await, Ok(()));
    assert_eq!(numbers.store.write_counts().commits, commits + 1);
}

#[tokio::test]
async fn what_writes_nothing_makes_no_store_ready() {
    let numbers = Numbers::fresh().await;
    let loses = numbers.submit(|db| Ok(Outcome::Keep(db.execute_batch("ROLLBACK")?)));
    assert!(loses.await.unwrap().is_err());
    let nothing = numbers.submit(|_| Ok(Outcome::Undo(())));
    assert_eq!(nothing.await.unwrap(), Ok(()));
    assert_eq!(numbers.store.shared.writer.works(), Ok(false));
    assert_eq!(numbers.number(1).await.unwrap(), Ok(()));
    assert_eq!(numbers.store.shared.writer.works(), Ok(true));
}

#[tokio::test]
async fn a_closed_store_is_not_ready() {
    let numbers = Numbers::fresh().await;
    numbers.store.close().await;
    assert!(matches!(
        numbers.store.ready().await,
        Err(StoreError::Failed(_))
    ));
}

#[tokio::test]
async fn somebody_elses_lock_is_busy_and_goes_away() {
    let options = Options {
        busy_timeout: Duration::ZERO,
        ..Options::default()
    };
    let numbers = Numbers::with(&options).await;
    let other = Connection::open(numbers.folder.path().join("test.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(numbers.number(1).await.unwrap(), Err(StoreError::Busy));
    // Reading goes on meanwhile.
    assert_eq!(numbers.kept().await, Vec::<i64>::new());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(numbers.number(1).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn readers_go_on_while_the_writer_writes_and_outlive_a_panic() {
    let numbers = Numbers::fresh().await;
    assert_eq!(numbers.number(1).await.unwrap(), Ok(()));
    let release = numbers.hold();
    for _ in 0..2 * Options::default().readers {
        let read = numbers.store.read(|_| -> Result<(), Problem> {
            std::panic::panic_any("a defect");
        });
        assert!(matches!(read.await, Err(StoreError::Failed(_))));
        assert_eq!(numbers.kept().await, [1]);
    }
    drop(release);
}

#[tokio::test]
async fn closing_writes_what_was_accepted_and_empties_the_log() {
    let numbers = Numbers::fresh().await;
    // A reader that has the log open: without one SQLite itself empties it with the last connection.
    assert!(numbers.kept().await.is_empty());
    let release = numbers.hold();
    let accepted: Vec<_> = (0..20).map(|n| numbers.number(n)).collect();
    let closing = tokio::spawn({
        let store = numbers.store.clone();
        async move { store.close().await }
    });
    drop(release);
    closing.await.unwrap();
    for answer in accepted {
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
    let late = |db: &Connection| Ok(Outcome::Keep(insert(db, 99)?));
    assert!(numbers.store.write(late).await.is_err());
    let log = std::fs::metadata(numbers.folder.path().join("test.db-wal"));
    assert!(log.is_err() || log.unwrap().len() == 0);
    assert_eq!(numbers.kept().await, (0..20).collect::<Vec<_>>());
    numbers.store.close().await;
}

#[tokio::test]
async fn a_copy_of_the_files_at_any_moment_has_everything_that_was_acknowledged() {
    let scene = Scene::new(Sqlite::fresh(false));
    let mut kept = Vec::new();
    for n in 0..20 {
        kept.push(scene.waiting(key(n)).await);
        // What a power cut or a kill leaves: the file and its log, as they are.
        let copy = tempfile::tempdir().unwrap();
        for name in ["test.db", "test.db-wal"] {
            let from = scene.store.path.with_file_name(name);
            std::fs::copy(from, copy.path().join(name)).unwrap();
        }
        let path = copy.path().join("test.db");
        let store = SqliteStore::open(&path, &Options::default()).unwrap();
        for login in &kept {
            let found = store.find(login.id).await.unwrap();
            assert_eq!(found.as_deref(), Some(login));
        }
    }
}

#[tokio::test]
async fn who_walks_away_loses_nothing_of_what_was_asked() {
    let scene = Scene::new(Sqlite::fresh(false));
    let login = scene.unsaved_login(key(1));
    let insert = {
        let (store, login) = (scene.store.store.clone(), login.clone());
        let entry = Entry::created(&login);
        async move { store.insert(login, entry).await }
    };
    let mut insert = Box::pin(insert);
    // Asked, and not waited for.
    let first = std::future::poll_fn(|context| {
        std::task::Poll::Ready(insert.as_mut().poll(context).is_pending())
    });
    assert!(first.await);
    drop(insert);
    scene.waiting(key(2)).await;
    assert_eq!(scene.found(login.id).await, login);
}
