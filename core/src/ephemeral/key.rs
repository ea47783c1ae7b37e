use crate::names::{Key as NameKey, KeyedHash, eight, equal};

/// In the last byte of a key in place of the length: the text lies elsewhere.
const LONG: u8 = 0xff;

/// A key as an entry keeps it: up to 15 bytes and, in the last, their number; or the hash of a longer one, the number of its text and
/// a mark. All zeros is no key.
#[derive(Clone, Copy)]
pub(super) struct Key([u8; 16]);

/// A key that is looked for, with its hash.
#[derive(Clone, Copy)]
pub(super) struct Probe<'a> {
    /// The key in place; 0 for a long one.
    short: u128,
    text: &'a [u8],
    pub(super) hash: u32,
}

/// The texts of long keys.
#[derive(Default)]
pub(super) struct LongKeys {
    texts: Vec<Box<str>>,
    free: Vec<u32>,
}

impl<'a> Probe<'a> {
    /// Looks for `text` among the keys of the namespace whose salt this is.
    #[inline(always)]
    pub(super) fn new(text: &'a [u8], hash: &KeyedHash, salt: u64) -> Probe<'a> {
        let key = NameKey::of_bytes(text, hash);
        let [low, high] = key.words();
        let short = if key.is_long() { 0 } else { u128::from(low) | u128::from(high) << 64 };
        Probe { short, text, hash: hash.salted_key(key, salt) }
    }

    #[inline(always)]
    pub(super) fn finds(&self, key: &Key, long: &LongKeys) -> bool {
        if self.short != 0 {
            u128::from_le_bytes(key.0) == self.short
        } else {
            key.0[15] == LONG && eight(&key.0, 0) as u32 == self.hash && equal(long.text(key).as_bytes(), self.text)
        }
    }
}

impl Key {
    pub(super) const NONE: Key = Key([0; 16]);

    pub(super) fn is_none(&self) -> bool {
        self.0[15] == 0
    }

    /// The key in place and its length, unless it is long.
    #[inline]
    pub(super) fn short(&self) -> Option<(&[u8; 16], usize)> {
        if self.0[15] == LONG { None } else { Some((&self.0, usize::from(self.0[15]))) }
    }
}

impl LongKeys {
    /// The key that `probe` looks for; `text` is its text.
    pub(super) fn keep(&mut self, probe: &Probe<'_>, text: &str) -> Key {
        if probe.short != 0 {
            return Key(probe.short.to_le_bytes());
        }
        let number = self.free.pop().unwrap_or(self.texts.len() as u32);
        match self.texts.get_mut(number as usize) {
            Some(vacant) => *vacant = text.into(),
            None => self.texts.push(text.into()),
        }
        Key((u128::from(probe.hash) | u128::from(number) << 64 | u128::from(LONG) << 120).to_le_bytes())
    }

    /// Lets a key's text go.
    pub(super) fn let_go(&mut self, key: &Key) {
        if key.short().is_none() {
            self.texts[LongKeys::number(key)] = Box::default();
            self.free.push(LongKeys::number(key) as u32);
        }
    }

    fn number(key: &Key) -> usize {
        eight(&key.0, 8) as u32 as usize
    }

    fn text(&self, key: &Key) -> &str {
        &self.texts[LongKeys::number(key)]
    }

    #[inline]
    pub(super) fn bytes<'k>(&'k self, key: &'k Key) -> &'k [u8] {
        match key.short() {
            Some((bytes, length)) => &bytes[..length],
            None => self.text(key).as_bytes(),
        }
    }

    /// A key's text. A short one is checked to be UTF-8 again, which costs less than to keep it elsewhere.
    pub(super) fn str<'k>(&'k self, key: &'k Key) -> &'k str {
        match key.short() {
            Some((bytes, length)) => core::str::from_utf8(&bytes[..length]).unwrap_or_default(),
            None => self.text(key),
        }
    }

    /// The hash under which a probe finds a key.
    #[inline]
    pub(super) fn hash(&self, key: &Key, hash: &KeyedHash, salt: u64) -> u32 {
        if key.short().is_some() {
            hash.salted_key(NameKey::from_words([eight(&key.0, 0), eight(&key.0, 8)]), salt)
        } else {
            eight(&key.0, 0) as u32
        }
    }
}
