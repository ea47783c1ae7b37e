//! Text as whole words. Assembled byte by byte, what reads them next would stall on the last store.

/// The high half of a 128-bit product xor its low half: the mixing step of wyhash.
#[inline]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The eight bytes of `bytes` from `at`, little-endian; 0 where they are not all there.
#[inline]
pub(crate) fn eight(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[inline]
fn four(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, |bytes| u64::from(u32::from_le_bytes(bytes)))
}

#[inline]
fn sixteen(bytes: &[u8], at: usize) -> u128 {
    bytes.get(at..at + 16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u128::from_le_bytes)
}

/// At most 16 bytes as two words, padded with zeros. By whole loads that overlap.
#[inline(always)]
pub(crate) fn padded(bytes: &[u8]) -> [u64; 2] {
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

/// Whether two texts are equal. Those of the usual lengths are compared by a few whole loads that overlap, without a call.
#[inline(always)]
pub(crate) fn equal(a: &[u8], b: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Goal: two texts are equal when their bytes are. Method: every length, and each byte changed.
    #[test]
    fn equal_texts_are_equal() {
        for length in 0..40 {
            let text = vec![7; length];
            assert!(equal(&text, &text.clone()));
            assert!(!equal(&text, &vec![7; length + 1]));
            for at in 0..length {
                let mut other = text.clone();
                other[at] = 8;
                assert!(!equal(&text, &other));
            }
        }
    }
}
