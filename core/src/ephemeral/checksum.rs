use crate::names::{eight, fold, padded};

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
}
