use super::{Key, eight, fold};
use crate::clock::Entropy;

/// A hash with a secret seed, so that nobody can choose names that collide (hash flooding).
///
/// Folded multiplication, as in wyhash: the high and the low half of a 128-bit product, one xor the other. Names of at most
/// 15 bytes, nearly all, cost one multiplication.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyedHash {
    seeds: [u64; 2],
}

impl KeyedHash {
    /// A hash whose seed is drawn from `entropy`.
    pub(crate) fn new(entropy: &mut dyn Entropy) -> KeyedHash {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let bits = u128::from_le_bytes(bytes);
        KeyedHash { seeds: [bits as u64 | 1, (bits >> 64) as u64 | 1] }
    }

    /// A number that is another one for each seed.
    pub(crate) fn number(&self) -> u64 {
        fold(self.seeds[0], self.seeds[1])
    }

    /// A secret of its own for the things numbered `number`.
    pub(crate) fn salt(&self, number: u32) -> u64 {
        fold(self.seeds[0] ^ u64::from(number), self.seeds[1] ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The hash of a packed name. A long name's key holds a hash already.
    #[inline]
    pub(crate) fn key(&self, key: Key) -> u32 {
        self.salted_key(key, 0)
    }

    /// The hash of a packed name, among the things of one salt.
    #[inline]
    pub(crate) fn salted_key(&self, key: Key, salt: u64) -> u32 {
        let [low, high] = key.words();
        fold(low ^ self.seeds[0], high ^ self.seeds[1] ^ salt) as u32
    }

    /// The hash of a list of numbers.
    pub(crate) fn numbers(&self, numbers: &[u32]) -> u64 {
        numbers.iter().fold(self.seeds[0] ^ numbers.len() as u64, |hash, &number| fold(hash ^ u64::from(number), self.seeds[1]))
    }

    /// The hash of a text of more than 15 bytes: whole words, and the last 16 bytes once more where they overlap.
    /// Kept out of the way of the short ones.
    #[inline(never)]
    pub(crate) fn text(&self, text: &[u8]) -> u64 {
        let mut hash = self.seeds[0] ^ text.len() as u64;
        let last = text.len().saturating_sub(16);
        for at in (0..last).step_by(16) {
            hash = fold(hash ^ eight(text, at), self.seeds[1] ^ eight(text, at + 8));
        }
        fold(fold(hash ^ eight(text, last), self.seeds[1] ^ eight(text, last + 8)), self.seeds[1])
    }
}

/// Spreads a stored 32-bit hash over the 64 bits that the hash tables look at.
#[inline]
pub(crate) fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
