//! The one thread that writes, with group commit.
//!
//! It takes what is waiting, up to a bound, runs each request inside a savepoint of one transaction,
//! commits once, and then answers all. A request that fails is rolled back alone. A commit that
//! fails is everybody's: each is told so, and nothing was acknowledged.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use countersign_core::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::problem::{Problem, failed};

/// Requests in one commit. One sync of the disk is shared by all of them; beyond this many its cost
/// is nothing beside theirs, and the first of them would only wait longer for its answer.
const BATCH: usize = 256;

/// What a request that did not fail wants done with what it wrote.
pub(super) enum Outcome<T> {
    /// Keep it, and answer this.
    Keep(T),
    /// Take it back, and answer this.
    Undo(T),
}

/// How much was written, and in how many commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Requests that were answered after a commit, those that changed nothing among them.
    pub requests: u64,
    /// Commits that they shared.
    pub commits: u64,
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    commits: AtomicU64,
    /// Whether the last commit that had anything to write failed.
    failing: AtomicBool,
}

impl Counters {
    fn add(&self, requests: usize) {
        let requests = u64::try_from(requests).unwrap_or(u64::MAX);
        self.requests.fetch_add(requests, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
    }
}

/// The queue in front of the thread, and the thread.
pub(super) struct Writer {
    queue: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Counters>,
}

enum Message {
    Write(Box<dyn Request>),
    Stop,
}

impl Writer {
    /// Starts the thread, with room for `queue` waiting requests.
    pub(super) fn start(db: Connection, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(queue);
        let counters = Arc::<Counters>::default();
        let thread = std::thread::Builder::new()
            .name("countersign-writer".to_owned())
            .spawn({
                let counters = Arc::clone(&counters);
                move || run(&db, &receiver, &counters)
            })?;
        Ok(Self {
            queue: sender,
            thread: Mutex::new(Some(thread)),
            counters,
        })
    }

    /// Queues `work`; its answer comes when it is durable.
    ///
    /// # Errors
    /// [`StoreError::Busy`] at once when the queue is full.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<Outcome<T>, Problem> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Asked {
            work: Some(work),
            result: None,
            reply,
        });
        match self.queue.try_send(Message::Write(request)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(super::closed()),
        }
    }

    /// Writes what was queued before, empties the write-ahead log and ends the thread; waits for it.
    pub(super) fn stop(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // Fails only when the thread is gone already.
            drop(self.queue.send(Message::Stop));
            if thread.join().is_err() {
                tracing::error!("the writer thread panicked");
            }
        }
    }

    /// Whether the last commit that had anything to write succeeded.
    ///
    /// # Errors
    /// When nobody writes any more.
    pub(super) fn works(&self) -> Result<bool, StoreError> {
        // Who stops it keeps the lock until it has stopped.
        let thread = self.thread.try_lock().map_err(|_| super::closed())?;
        match thread.as_ref() {
            Some(thread) if !thread.is_finished() => {
                Ok(!self.counters.failing.load(Ordering::Relaxed))
            }
            _ => Err(super::closed()),
        }
    }

    pub(super) fn counts(&self) -> WriteCounts {
        WriteCounts {
            requests: self.counters.requests.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A request whose kind of answer is forgotten, so that all can stand in one queue.
trait Request: Send {
    /// Runs it; says whether what it wrote is to be kept, or why it failed.
    fn run(&mut self, db: &Connection) -> Result<bool, StoreError>;
    /// Answers it, now that the commit succeeded or failed.
    fn answer(self: Box<Self>, commit: Result<(), StoreError>);
}

struct Asked<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Request for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<Outcome<T>, Problem> + Send,
{
    fn run(&mut self, db: &Connection) -> Result<bool, StoreError> {
        let Some(work) = self.work.take() else {
            return Ok(false);
        };
        // What a panic leaves half done is rolled back with the savepoint.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(db)));
        let (keep, result) = match outcome {
            Ok(Ok(Outcome::Keep(value))) => (Ok(true), Ok(value)),
            Ok(Ok(Outcome::Undo(value))) => (Ok(false), Ok(value)),
            Ok(Err(problem)) => refused(problem.into()),
            Err(_) => refused(StoreError::Failed("a write panicked".to_owned())),
        };
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, commit: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        let result = commit.and_then(|()| result.unwrap_or_else(|| Err(super::closed())));
        // Who asked may have gone away.
        drop(reply.send(result));
    }
}

fn refused<T>(error: StoreError) -> (Result<bool, StoreError>, Result<T, StoreError>) {
    (Err(error.clone()), Err(error))
}

fn run(db: &Connection, queue: &Receiver<Message>, counters: &Counters) {
    let mut stopping = false;
    while !stopping {
        let mut batch = Vec::new();
        let mut next = queue.recv().ok();
        loop {
            match next {
                Some(Message::Write(request)) => batch.push(request),
                Some(Message::Stop) => stopping = true,
                None => break,
            }
            if stopping || batch.len() == BATCH {
                break;
            }
            next = queue.try_recv().ok();
        }
        if batch.is_empty() {
            break;
        }
        let commit = commit(db, &mut batch);
        match &commit {
            Ok(wrote) => {
                counters.add(batch.len());
                if *wrote {
                    counters.failing.store(false, Ordering::Relaxed);
                }
            }
            Err(error) => {
                counters.failing.store(true, Ordering::Relaxed);
                tracing::error!(%error, requests = batch.len(), "a commit failed");
            }
        }
        let commit = commit.map(drop);
        for request in batch {
            request.answer(commit.clone());
        }
    }
    // The log that stays is read at the next start; nothing is lost.
    match empty_log(db) {
        Ok(false) => {}
        Ok(true) => tracing::warn!("the write-ahead log stays: somebody reads it"),
        Err(error) => tracing::warn!(%error, "the write-ahead log stays"),
    }
}

/// Writes the log back into the database file; says whether a reader kept it from that.
fn empty_log(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
}

/// Runs a batch in one transaction; says whether anything of it was kept. After an error nothing is.
fn commit(db: &Connection, batch: &mut [Box<dyn Request>]) -> Result<bool, StoreError> {
    // A roll back may itself have failed, on a disk that did not answer.
    if !db.is_autocommit() {
        execute(db, "ROLLBACK").map_err(|error| failed(&error))?;
    }
    transaction(db, batch).inspect_err(|_| {
        if !db.is_autocommit() {
            // Tried again before the next batch.
            drop(execute(db, "ROLLBACK"));
        }
    })
}

fn transaction(db: &Connection, batch: &mut [Box<dyn Request>]) -> Result<bool, StoreError> {
    let execute = |sql| execute(db, sql).map_err(|error| failed(&error));
    // Immediate, so that a wait for another process comes first and can't fail half-way.
    execute("BEGIN IMMEDIATE")?;
    let mut wrote = false;
    for request in batch {
        execute("SAVEPOINT request")?;
        let kept = request.run(db);
        if db.is_autocommit() {
            // SQLite itself rolls all of it back when the disk is full or does not answer.
            let lost = || StoreError::Failed("the transaction was lost".to_owned());
            return Err(kept.err().unwrap_or_else(lost));
        }
        if kept == Ok(true) {
            wrote = true;
        } else {
            execute("ROLLBACK TO request")?;
        }
        execute("RELEASE request")?;
    }
    execute("COMMIT")?;
    Ok(wrote)
}

fn execute(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}
