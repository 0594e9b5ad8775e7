//! The threads that read, each with its own connection that can't write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use countersign_core::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::problem::Problem;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The queue in front of the threads, and the threads.
pub(super) struct Readers {
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts a thread for each connection, with room for `queue` waiting requests.
    pub(super) fn start(connections: Vec<Connection>, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel::<Job>(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        let threads = connections
            .into_iter()
            .map(|db| {
                let receiver = Arc::clone(&receiver);
                std::thread::Builder::new()
                    .name("countersign-reader".to_owned())
                    .spawn(move || run(&db, &receiver))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            queue: Some(sender),
            threads,
        })
    }

    /// Queues `work`.
    ///
    /// # Errors
    /// [`StoreError::Busy`] at once when the queue is full.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Problem> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // Nobody needs what nobody waits for any more.
            if !reply.is_closed() {
                drop(reply.send(work(db).map_err(StoreError::from)));
            }
        });
        let queue = self.queue.as_ref().ok_or_else(super::closed)?;
        match queue.try_send(job) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(super::closed()),
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader thread panicked");
            }
        }
    }
}

fn run(db: &Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        // One thread waits for work, the others for it.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(|| job(db))).is_err() {
            tracing::error!("a read panicked");
        }
    }
}
