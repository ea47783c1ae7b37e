/// A source of random bytes: the operating system's in an application, a seeded one in a simulation.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with randomness.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// A seeded, reproducible source for tests and simulations. Never for an application: two with one seed give the same peer ids.
///
/// The algorithm is SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    /// A source that always gives the same numbers for the same `seed`.
    pub fn new(seed: u64) -> SplitMix {
        SplitMix(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }
}

impl Entropy for SplitMix {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// 128 random bits as 26 characters of lower-case base 32 (RFC 4648's alphabet, no padding).
pub(crate) fn random_text(entropy: &mut dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let bits = u128::from_be_bytes(bytes);
    (0..26).map(|digit| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(bits.rotate_left(5 * (digit + 1)) & 31) as usize])).collect()
}
