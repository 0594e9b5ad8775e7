//! What the tests against a running server share: the server, and the parties that talk to it.
//!
//! Everything goes through the real program and its documented HTTP API. Nothing here knows the server's code.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that can't go on says so and stops"
)]

pub mod parties;
pub mod server;

pub use parties::{desktop, phone, scan_link, sign_in_whole};
pub use server::Server;
