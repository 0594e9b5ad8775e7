//! The locks beside the file: one server at a time, and one opening at a time.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::open::{OpenError, no_thread};

/// Name of the file that a running server keeps locked.
const SERVER: &str = "countersign.lock";
/// Name of the file that is locked while the database is opened and its tables are changed.
const SCHEMA: &str = "countersign.schema.lock";

/// Held for as long as a server owns the file. The operating system lets go of it when the process
/// ends, however it ends.
pub(super) struct ServerLock {
    _file: File,
}

impl ServerLock {
    /// Takes the lock beside the database at `path`.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let file = lock_file(path, SERVER)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Running {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(OpenError::unwritable(path, &error)),
        }
    }
}

/// Waits for at most `patience` until nobody else opens the database at `path`; held until the file
/// is dropped.
pub(super) fn schema(path: &Path, patience: Duration) -> Result<File, OpenError> {
    let file = lock_file(path, SCHEMA)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(OpenError::unwritable(path, &error)),
    }
    // The operating system has no wait with an end for this kind of lock, so a thread waits. One
    // that nobody listens to any more lets go of the file as soon as it has it.
    let (sender, locked) = channel();
    let wait = move || {
        let _ = sender.send(file.lock().map(|()| file));
    };
    thread::Builder::new()
        .spawn(wait)
        .map_err(|error| no_thread(path, &error))?;
    match locked.recv_timeout(patience) {
        Ok(locked) => locked.map_err(|error| OpenError::unwritable(path, &error)),
        Err(_) => Err(OpenError::Locked {
            path: path.to_owned(),
        }),
    }
}

/// Only its owner may open it: whoever can open a file can lock it, and keep the server out.
fn lock_file(path: &Path, name: &str) -> Result<File, OpenError> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path.with_file_name(name))
        .map_err(|error| OpenError::unwritable(path, &error))
}
