//! Races: who wins does not matter, that exactly one does and everybody is told the truth does.
//!
//! Every test ends with the invariants; what it asserts itself is what the parties were told.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on says so and stops"
)]

mod collect;
mod decide;
mod expiry;
mod passwords;
mod refresh;
mod scan;
mod sessions;
mod upkeep;
