//! The embedded store: one SQLite file, one writer, many readers.
//!
//! It owns the file: what is in it, how it is opened, who may write when. Every write goes through
//! one thread that commits what is waiting in groups; every read runs on a small pool of threads,
//! so that no worker of the runtime ever waits for a disk. What is answered with success is on the
//! disk (`synchronous = FULL`).
//!
//! Another process may write to the same file (`countersign account add` while the server runs);
//! only one server may (`countersign.lock`), because it mirrors live logins in memory.

mod accounts;
mod audit;
mod devices;
mod ending;
mod former;
mod grants;
mod invitations;
mod known;
mod lock;
mod logins;
mod minting;
mod open;
mod outbox;
mod passkeys;
mod problem;
mod readers;
mod recovery;
mod rows;
mod schema;
mod sessions;
mod taking;
mod upkeep;
mod watch;
mod which;
mod writer;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use countersign_core::client::Client;
use countersign_core::ports::{Clients, StoreError};
use rusqlite::Connection;

use lock::ServerLock;
use problem::Problem;
use readers::Readers;
use rows::Columns;
use writer::{Outcome, Writer};

pub use open::OpenError;
pub use writer::WriteCounts;

/// How a file is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a write waits for another process's before it is [`StoreError::Busy`].
    pub busy_timeout: Duration,
    /// Requests that may wait to be written, and to be read; one more is [`StoreError::Busy`].
    pub queue: usize,
    /// Threads that read.
    pub readers: usize,
    /// Where notices go: what is written puts a delivery for each of them into the outbox. Those of the server that
    /// owns the file; whoever opens it beside that one tells over the same.
    pub channels: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // `account add` takes milliseconds; what takes seconds is a backup or a mistake.
            busy_timeout: Duration::from_secs(5),
            // A quarter of a second's work on a slow disk, and at 2 KB each 8 MB.
            queue: 4096,
            // Reads are few (live logins are mirrored) and short; two never wait for one slow page.
            readers: 2,
            channels: Vec::new(),
        }
    }
}

/// Everything that is kept, in one SQLite file. Clones share it.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

/// Dropped from top to bottom: the lock goes last, when nobody writes any more.
struct Shared {
    writer: Writer,
    readers: Readers,
    channels: Vec<String>,
    lock: Mutex<Option<ServerLock>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file at `path`, makes it when it is missing, and brings its tables up to date.
    ///
    /// For commands that run beside a server. Blocks while it works; a large file takes a moment,
    /// because all of it is checked.
    ///
    /// # Errors
    /// Says in words why the file can't be used; it is left as it was.
    pub fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        Self::open_with(path, options, None)
    }

    /// Opens the file like [`SqliteStore::open`], for the one server that owns it.
    ///
    /// # Errors
    /// [`OpenError::Running`] when another server has it; else like `open`.
    pub fn open_as_server(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let lock = ServerLock::take(path)?;
        Self::open_with(path, options, Some(lock))
    }

    fn open_with(
        path: &Path,
        options: &Options,
        lock: Option<ServerLock>,
    ) -> Result<Self, OpenError> {
        let connection = open::prepare(path, options)?;
        if lock.is_some() {
            let set = outbox::set_channels(&connection, &options.channels);
            set.map_err(|error| OpenError::of(path, &error))?;
        }
        let readers = (0..options.readers.max(1))
            .map(|_| open::reader(path, options))
            .collect::<Result<Vec<_>, _>>()?;
        let thread = |error| open::no_thread(path, &error);
        Ok(Self {
            shared: Arc::new(Shared {
                writer: Writer::start(connection, options.queue).map_err(thread)?,
                readers: Readers::start(readers, options.queue).map_err(thread)?,
                channels: options.channels.clone(),
                lock: Mutex::new(lock),
            }),
        })
    }

    /// Writes what was accepted, empties the write-ahead log into the file, stops writing and lets
    /// another server have it. Later writes fail; reads still work. Repeating does nothing.
    pub async fn close(&self) {
        let shared = Arc::clone(&self.shared);
        let close = move || {
            shared.writer.stop();
            let mut lock = shared.lock.lock().unwrap_or_else(PoisonError::into_inner);
            drop(lock.take());
        };
        // A failed join means that the runtime is going down, and dropping the store does the same.
        drop(tokio::task::spawn_blocking(close).await);
    }

    /// How much was written so far, and in how many commits.
    pub fn write_counts(&self) -> WriteCounts {
        self.shared.writer.counts()
    }

    /// Writes in a transaction that is durable when this returns.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<Outcome<T>, Problem> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = self.shared.writer.submit(work)?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Reads on another thread.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = self.shared.readers.submit(work)?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }
}

fn closed() -> StoreError {
    StoreError::Failed("the store is closed".to_owned())
}

/// The first row of a query, read by `read`.
fn one<T>(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&mut Columns<'_>) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?
        .map(|row| read(&mut Columns::of(row)))
        .transpose()
}

/// All rows of a query, each read by `read`.
fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&mut Columns<'_>) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(&mut Columns::of(row))?);
    }
    Ok(found)
}

#[async_trait]
impl Clients for SqliteStore {
    async fn put(&self, clients: &[Client]) -> Result<(), StoreError> {
        let clients = clients.to_vec();
        self.write(move |db| {
            db.prepare_cached("DELETE FROM clients")?.execute([])?;
            for client in &clients {
                rows::client::insert(db, client)?;
            }
            Ok(Outcome::Keep(()))
        })
        .await
    }
}
