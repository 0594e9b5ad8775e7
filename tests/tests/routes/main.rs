//! Every route of the running server, its good and its bad cases; the tree of files mirrors the URLs.
//!
//! Each answer that comes is looked over on the way (see `support::looked_over`): its headers, the form of an error,
//! and that nothing makes the server fail.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod commands;
mod everywhere;
mod healthz;
mod oauth;
mod pages;
mod support;
mod timing;
mod v1;
