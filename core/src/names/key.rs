use super::KeyedHash;

/// The longest name that fits a key whole.
const INLINE_MAX: usize = 15;
/// Marks, in the last byte, the key of a longer name.
const LONG: u64 = 0xff << 56;

/// A name in 16 bytes: its bytes and its length, or a hash of it when it is longer than 15 bytes.
///
/// Two short names are equal exactly when their keys are; of two long ones the text decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key([u64; 2]);

#[inline]
fn eight(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[inline]
fn four(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, |bytes| u64::from(u32::from_le_bytes(bytes)))
}

impl Key {
    /// The key of `name`. Assembled from overlapping whole loads: byte by byte, the hash would stall on the last store.
    #[inline]
    pub(crate) fn new(name: &str, hash: &KeyedHash) -> Key {
        let bytes = name.as_bytes();
        let length = bytes.len();
        let size = (length as u64) << 56;
        match length {
            8..=INLINE_MAX => Key([eight(bytes, 0), ((eight(bytes, length - 8) >> 1) >> (8 * (16 - length) - 1)) | size]),
            4..=7 => Key([four(bytes, 0) | four(bytes, length - 4) << (8 * (length - 4)), size]),
            0..=3 => {
                let byte = |at: usize| bytes.get(at).map_or(0, |&byte| u64::from(byte) << (8 * at));
                Key([byte(0) | byte(1) | byte(2), size])
            }
            _ => Key([hash.text(bytes), LONG | length as u64]),
        }
    }

    /// The key as two words, for hashing and for keeping in a row.
    #[inline]
    pub(crate) fn words(self) -> [u64; 2] {
        self.0
    }

    /// A key as it was kept.
    #[inline]
    pub(crate) fn from_words(words: [u64; 2]) -> Key {
        Key(words)
    }

    /// Whether the name is longer than 15 bytes, so that an equal key does not prove an equal name.
    #[inline]
    pub(crate) fn is_long(self) -> bool {
        self.0[1] >= LONG
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: a key is its name. Method: every length, and names that differ in one byte.
    #[test]
    fn keys_tell_names_apart() {
        let hash = KeyedHash::new(&mut SplitMix::new(1));
        let mut seen = std::collections::HashSet::new();
        for length in 0..40 {
            for changed in 0..=length {
                let name: String = (0..length).map(|at| if at == changed { 'X' } else { (b'a' + at as u8 % 26) as char }).collect();
                let key = Key::new(&name, &hash);
                assert_eq!(key.is_long(), length > INLINE_MAX);
                assert!(seen.insert(key.words()), "{name}");
            }
        }
    }
}
