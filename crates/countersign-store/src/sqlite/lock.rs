//! The locks beside the file: one server at a time, and one opening at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::open::OpenError;

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

/// Waits until nobody else opens the database at `path`; held until the file is dropped.
pub(super) fn schema(path: &Path) -> Result<File, OpenError> {
    let file = lock_file(path, SCHEMA)?;
    file.lock()
        .map_err(|error| OpenError::unwritable(path, &error))?;
    Ok(file)
}

fn lock_file(path: &Path, name: &str) -> Result<File, OpenError> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.with_file_name(name))
        .map_err(|error| OpenError::unwritable(path, &error))
}
