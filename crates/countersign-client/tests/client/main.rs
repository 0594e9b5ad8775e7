//! The client against a server that misbehaves on demand: transport, session, waiting.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails stops its test, as an assertion does"
)]

mod desktop;
mod http;
mod support;
mod watch;
