//! What the tests against a running server share: the server, and the parties that talk to it.
//!
//! Everything goes through the real program and its documented HTTP API; the one look behind it is
//! the database, which [`invariants()`] reads after a run. Nothing here knows the server's code.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that can't go on says so and stops"
)]

pub mod authenticator;
pub mod invariants;
pub mod mmdb;
pub mod page;
pub mod parties;
pub mod race;
pub mod seed;
pub mod server;

pub use authenticator::Authenticator;
pub use invariants::invariants;
pub use page::Page;
pub use parties::{desktop, phone, scan_link, sign_in_whole};
pub use server::Server;
