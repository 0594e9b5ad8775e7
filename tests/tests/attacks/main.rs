//! Attacks over HTTP on a running server, each of which must fail.
//!
//! A file for each family. It opens with its table: every case of the family and the one test that plays it, be it
//! here or in another binary. `cases.rs` holds the tables to the tests, and SECURITY.md to both. A case begins with
//! an [`support::Arena`], which looks at the invariants when it ends.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod browser;
mod cases;
mod ceremonies;
mod cross_type;
mod detectors;
mod escalation;
mod guessing;
mod injection;
mod known;
mod links;
mod load;
mod races;
mod replay;
mod staying;
mod support;
mod tokens;
mod wrong_party;

#[path = "../notices/receiver.rs"]
#[expect(
    dead_code,
    clippy::expect_used,
    reason = "shared with the tests of notices, which use the rest"
)]
mod receiver;

#[path = "../routes/support/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "shared with the tests of the routes, which use the rest"
)]
mod shared;
