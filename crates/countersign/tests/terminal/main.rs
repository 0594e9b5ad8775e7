//! `login` and `approve` against a real server: in scripts without any terminal, and in tmux as a person sees them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails stops its test, as an assertion does"
)]

mod ends;
mod fake;
mod help;
mod hostile;
mod person;
mod script;
