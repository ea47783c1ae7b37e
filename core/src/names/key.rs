use super::{KeyedHash, padded};

/// The longest name that fits a key whole.
const INLINE_MAX: usize = 15;
/// Marks, in the last byte, the key of a longer name.
const LONG: u64 = 0xff << 56;

/// A name in 16 bytes: its bytes and its length, or a hash of it when it is longer than 15 bytes.
///
/// Two short names are equal exactly when their keys are; of two long ones the text decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key([u64; 2]);

impl Key {
    /// The key of `name`.
    #[inline]
    pub(crate) fn new(name: &str, hash: &KeyedHash) -> Key {
        Key::of_bytes(name.as_bytes(), hash)
    }

    /// The key of a name of these bytes.
    #[inline(always)]
    pub(crate) fn of_bytes(name: &[u8], hash: &KeyedHash) -> Key {
        let length = name.len() as u64;
        if name.len() <= INLINE_MAX {
            let [low, high] = padded(name);
            Key([low, high | length << 56])
        } else {
            Key([hash.text(name), LONG | length])
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
