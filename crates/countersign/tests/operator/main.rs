//! What whoever runs a server does: configuration, accounts, https by files, and starts that are refused.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails stops its test, as an assertion does"
)]

mod about;
mod accounts;
mod config;
mod https;
mod policy;
mod program;
mod refusals;
