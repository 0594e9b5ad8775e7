//! Where logins, accounts and grants are kept, and how waiters are woken.
//!
//! This crate owns the stores behind the ports of `countersign_core::ports` and the suite that each
//! of them passes (`conformance`, behind the feature of that name). It knows no HTTP and makes no
//! rules: what may happen to a login is decided before it comes here.
//!
//! A server that runs alone is wired like this:
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! use countersign_store::{Live, Options, SqliteStore, Wakes};
//!
//! # async fn wire() -> Result<(), Box<dyn std::error::Error>> {
//! let store = SqliteStore::open_as_server(Path::new("countersign.db"), &Options::default())?;
//! let logins = Arc::new(Live::new(store.clone())); // Logins, and Upkeep: it forgets what is swept
//! let accounts = Arc::new(store.clone()); // Accounts, Grants, Devices, Passkeys, …
//! let signal = Arc::new(Wakes::default()); // Signal
//! // … serve …
//! store.close().await;
//! # Ok(())
//! # }
//! ```

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod live;
mod sqlite;
mod wake;

pub use live::Live;
pub use sqlite::{OpenError, Options, SqliteStore, WriteCounts};
pub use wake::Wakes;
