use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;

/// A source of randomness.
pub trait Chance: Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);

    /// A random 128-bit number.
    fn number(&self) -> u128 {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        u128::from_le_bytes(bytes)
    }
}

/// The operating system's randomness, through the crypto library's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsChance;

impl Chance for OsChance {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("without the operating system's randomness nothing may go on");
    }
}

/// Dice that fall the same way in every run, for tests and for the benchmark's made-up data. Never for secrets.
#[derive(Debug)]
pub struct SeededChance {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededChance {
    /// Dice that this seed decides.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
            let mut input = [0; 16];
            input[..8].copy_from_slice(&self.seed.to_le_bytes());
            input[8..].copy_from_slice(&self.drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes());
            let drawn = digest::digest(&digest::SHA256, &input);
            chunk.copy_from_slice(&drawn.as_ref()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_goes_on_drawing() {
        let (one, other) = (SeededChance::new(7), SeededChance::new(7));
        let first = one.number();
        assert_eq!(first, other.number());
        assert_ne!(first, one.number());
    }
}
