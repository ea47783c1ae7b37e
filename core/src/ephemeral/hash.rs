//! Two hashes by folded multiplication: one with a secret seed for the tables, one without for the checksum of a message.

/// The high half of a 128-bit product xor its low half: the mixing step of wyhash.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The eight bytes of `bytes` from `at`, little-endian; 0 where they are not all there.
#[inline]
pub(super) fn eight(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[inline]
fn four(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, |bytes| u64::from(u32::from_le_bytes(bytes)))
}

/// At most 16 bytes as two words, padded with zeros. By whole loads that overlap: assembled byte by byte, the next reader would stall.
#[inline(always)]
pub(super) fn padded(bytes: &[u8]) -> [u64; 2] {
    let length = bytes.len();
    match length {
        16.. => [eight(bytes, 0), eight(bytes, 8)],
        // In two steps, since a shift by 64 bits at once (length 8) is none.
        8..=15 => [eight(bytes, 0), (eight(bytes, length - 8) >> 1) >> (8 * (16 - length) - 1)],
        4..=7 => [four(bytes, 0) | four(bytes, length - 4) << (8 * (length - 4)), 0],
        _ => {
            let byte = |at: usize| bytes.get(at).map_or(0, |&byte| u64::from(byte) << (8 * at));
            [byte(0) | byte(1) | byte(2), 0]
        }
    }
}

#[inline]
fn sixteen(bytes: &[u8], at: usize) -> u128 {
    bytes.get(at..at + 16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u128::from_le_bytes)
}

/// Whether two texts are equal. Those of the usual lengths are compared by a few whole loads that overlap, without a call.
#[inline(always)]
pub(super) fn equal(a: &[u8], b: &[u8]) -> bool {
    let length = a.len();
    if length != b.len() {
        return false;
    }
    match length {
        16..=32 => sixteen(a, 0) == sixteen(b, 0) && sixteen(a, length - 16) == sixteen(b, length - 16),
        8..=15 => eight(a, 0) == eight(b, 0) && eight(a, length - 8) == eight(b, length - 8),
        _ => a == b,
    }
}

/// A hash with a secret seed, so that nobody outside can choose names that collide.
#[derive(Clone, Copy)]
pub(super) struct KeyedHash([u64; 2]);

impl KeyedHash {
    pub(super) fn new(seed: [u8; 16]) -> KeyedHash {
        let [low, high] = padded(&seed);
        KeyedHash([low | 1, high | 1])
    }

    /// A secret of its own for the things numbered `number`.
    pub(super) fn salt(&self, number: u32) -> u64 {
        fold(self.0[0] ^ u64::from(number), self.0[1] ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The hash of two words, among the things of one salt.
    #[inline]
    pub(super) fn words(&self, words: [u64; 2], salt: u64) -> u32 {
        fold(words[0] ^ self.0[0], words[1] ^ self.0[1] ^ salt) as u32
    }

    /// The hash of a text of many bytes, out of the way of the short ones.
    #[inline(never)]
    pub(super) fn long_text(&self, text: &[u8], salt: u64) -> u32 {
        self.text(text, salt)
    }

    /// The hash of a text, among the things of one salt.
    #[inline]
    pub(super) fn text(&self, text: &[u8], salt: u64) -> u32 {
        let mut hash = salt ^ text.len() as u64;
        let mut rest = text;
        while let Some((head, tail)) = rest.split_at_checked(16) {
            let [low, high] = padded(head);
            hash = fold(low ^ hash, high ^ self.0[1]);
            rest = tail;
        }
        let [low, high] = padded(rest);
        fold(low ^ self.0[0], high ^ self.0[1] ^ hash) as u32
    }
}

/// The lanes' constants: the first digits of the fractional part of the square roots of 2, 3, 5 and 7 and of pi, made odd.
const LANES: [u64; 4] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0x54ff_53a5_f1d3_6f1d];
const LAST: u64 = 0x2436_a8e8_85a3_08d3;

/// The checksum of a message, as FORMAT.md draws it: four lanes of 16 bytes each, so that long messages are not slowed by it.
#[inline]
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut lanes = LANES;
    let mut rest = bytes;
    if bytes.len() >= 64 {
        while let Some((block, tail)) = rest.split_at_checked(64) {
            for (lane, constant, part) in [(0, LANES[1], 0), (1, LANES[2], 16), (2, LANES[3], 32), (3, LANES[0], 48)] {
                lanes[lane] = fold(eight(block, part) ^ lanes[lane], eight(block, part + 8) ^ constant);
            }
            rest = tail;
        }
        lanes[0] ^= lanes[1].rotate_left(16) ^ lanes[2].rotate_left(32) ^ lanes[3].rotate_left(48);
    }
    let mut sum = lanes[0] ^ bytes.len() as u64;
    while rest.len() > 16 {
        let (block, tail) = rest.split_at(16);
        let [low, high] = padded(block);
        sum = fold(low ^ sum, high ^ LANES[1]);
        rest = tail;
    }
    // The last 16 bytes, even if some of them were in the block before: that is quicker than to pad what is left.
    let [low, high] = padded(bytes.last_chunk::<16>().map_or(bytes, |last| last.as_slice()));
    let sum = fold(low ^ sum, high ^ LAST);
    (sum ^ (sum >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: the checksum is FORMAT.md's, at every edge of its blocks. Method: values that were computed apart from this crate, from
    /// that text.
    #[test]
    fn the_checksum_is_what_the_format_says() {
        let known = [
            (0, 0xae30_dfef),
            (1, 0xaddc_7a65),
            (15, 0x496f_f705),
            (16, 0x46a1_5930),
            (17, 0x3840_328f),
            (63, 0xdbca_c3b3),
            (64, 0xab38_c4fd),
            (65, 0x7fdf_6dca),
            (80, 0x7fe4_f2e5),
            (81, 0x8f82_dc9d),
            (127, 0x73ca_5c93),
            (128, 0xcef0_d94b),
            (200, 0x71d0_a7e7),
        ];
        for (length, sum) in known {
            let bytes: Vec<u8> = (0..length).map(|at: u32| (at * 7 + 3) as u8).collect();
            assert_eq!(checksum(&bytes), sum, "{length} bytes");
        }
    }

    /// Goal: no flipped bit goes unseen. Method: every bit of messages of many lengths.
    #[test]
    fn the_checksum_sees_every_bit() {
        let random = &mut SplitMix::new(1);
        for length in (0..150).chain([1_000]) {
            let mut bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
            let sum = checksum(&bytes);
            for bit in 0..8 * length {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(checksum(&bytes), sum);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

    /// Goal: `padded` is the bytes and zeros. Method: every length.
    #[test]
    fn padded_words_are_the_bytes_and_zeros() {
        for length in 0..=16 {
            let bytes: Vec<u8> = (0..length).map(|at: u8| at + 1).collect();
            let mut whole = [0; 16];
            whole[..bytes.len()].copy_from_slice(&bytes);
            assert_eq!(padded(&bytes), [eight(&whole, 0), eight(&whole, 8)]);
        }
    }
}
