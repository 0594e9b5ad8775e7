//! Chance that can be repeated: numbers from a seed that the test prints.

use std::hash::{BuildHasher, RandomState};

/// A generator of numbers (SplitMix64): good enough to spread moments, and nothing else.
pub struct Seeded(u64);

impl Seeded {
    /// Starts from `$COUNTERSIGN_TEST_SEED`, else from a new seed; prints which.
    #[expect(
        clippy::disallowed_methods,
        reason = "a failed run is repeated by its seed"
    )]
    #[expect(
        clippy::print_stdout,
        reason = "the test runner shows it with a failure"
    )]
    pub fn from_environment() -> Self {
        let given = std::env::var("COUNTERSIGN_TEST_SEED").ok();
        let seed = given.and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        println!("to choose the same again: COUNTERSIGN_TEST_SEED={seed}");
        Self(seed)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
