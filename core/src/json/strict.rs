//! What JSON a text may be: everything that RFC 8259 allows, less what readers disagree about.

use super::Reading;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::JSON_DEPTH_MAX;
use core::cmp::Ordering;
use serde::de::IgnoredAny;

/// Checks that `text` is one JSON value with nothing but white space around it, at most [`JSON_DEPTH_MAX`] levels deep, with no key
/// twice in one object, and, in a message, without lone surrogates.
///
/// serde_json decides what is JSON: reading into [`IgnoredAny`] it neither recurses nor builds anything. What it lets through there (any
/// depth, repeated keys, lone surrogates) one more scan finds. Both take time in proportion to the text, but for a factor of log n in
/// the number of keys of one object, and memory below four times its length.
///
/// A lone surrogate in a local call is left to whoever reads the string: it is an error of that name or that value.
pub(super) fn check(text: &str, reading: Reading) -> Result<()> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| no_json(text, reading, &error))?;
    Scan { bytes: text.as_bytes(), surrogates: reading == Reading::Message, objects: Vec::new(), keys: Vec::new() }.run()
}

/// Checks that no string of `text`, which is a part of a text that passed [`check`], holds a lone surrogate. An error's offset counts
/// from the start of `text`.
pub(super) fn check_surrogates(text: &str) -> Result<()> {
    Scan { bytes: text.as_bytes(), surrogates: true, objects: Vec::new(), keys: Vec::new() }.run()
}

#[cold]
fn no_json(text: &str, reading: Reading, error: &serde_json::Error) -> Error {
    let lines_before = error.line().saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len());
    let rest = text.get(offset..).unwrap_or_default();
    // Some writers of JSON print floats that JSON cannot hold. The caller's mistake is then the value and not the text.
    let no_number = reading == Reading::Local && (rest.starts_with("NaN") || rest.starts_with("Infinity"));
    let kind = if no_number { ErrorKind::InvalidValue } else { ErrorKind::Malformed };
    Error::new(kind, format!("no JSON: {error}")).with_offset(offset as u64)
}

/// One walk over a text that is known to be JSON.
struct Scan<'t> {
    bytes: &'t [u8],
    surrogates: bool,
    /// For each open list or object the number of keys that were open before it, `None` for a list.
    objects: Vec<Option<usize>>,
    /// Where the keys of the open objects start, at their quotes. Offsets and not slices, to stay small beside the text.
    keys: Vec<usize>,
}

impl Scan<'_> {
    fn run(mut self) -> Result<()> {
        let mut at = 0;
        let mut key_next = false;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'"' => {
                    if key_next {
                        self.keys.push(at);
                        key_next = false;
                    }
                    at = self.string(at)?;
                    continue;
                }
                b'[' | b'{' => {
                    if self.objects.len() == JSON_DEPTH_MAX {
                        return Err(
                            malformed(format!("more than {JSON_DEPTH_MAX} levels of nesting"), at).with_limit(JSON_DEPTH_MAX as u64)
                        );
                    }
                    key_next = byte == b'{';
                    self.objects.push(key_next.then_some(self.keys.len()));
                }
                b']' | b'}' => {
                    key_next = false;
                    if let Some(Some(first)) = self.objects.pop() {
                        self.close_object(first)?;
                    }
                }
                b',' => key_next = matches!(self.objects.last(), Some(Some(_))),
                _ => {}
            }
            at += 1;
        }
        Ok(())
    }

    /// Walks over the string whose opening quote is at `start`; returns the place behind it.
    fn string(&self, start: usize) -> Result<usize> {
        let mut at = start + 1;
        loop {
            match self.bytes.get(at) {
                None => return Ok(at),
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') if self.surrogates && self.bytes.get(at + 1) == Some(&b'u') => match escaped(self.bytes, at) {
                    (Some(_), next) => at = next,
                    (None, _) => return Err(malformed("a lone surrogate".to_owned(), at)),
                },
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        }
    }

    /// Checks the keys of the object that closes, and forgets them. Sorting needs no hash, so no choice of keys makes it slow.
    fn close_object(&mut self, first: usize) -> Result<()> {
        let bytes = self.bytes;
        let keys = self.keys.get_mut(first..).unwrap_or_default();
        if keys.len() > 1 {
            keys.sort_unstable_by(|&a, &b| compare_keys(bytes, a, b));
            for (&a, &b) in keys.iter().zip(keys.iter().skip(1)) {
                if compare_keys(bytes, a, b) == Ordering::Equal {
                    return Err(malformed("a key stands twice in one object".to_owned(), a.max(b)));
                }
            }
        }
        self.keys.truncate(first);
        Ok(())
    }
}

/// Orders two keys, given by the places of their opening quotes, by their code points.
fn compare_keys(bytes: &[u8], a: usize, b: usize) -> Ordering {
    let behind = |quote: usize| bytes.get(quote + 1..).unwrap_or_default();
    for (x, y) in behind(a).iter().zip(behind(b)) {
        match (x, y) {
            // Up to here both are written alike, and UTF-8 bytes order as code points do.
            (b'\\', _) | (_, b'\\') => return Units { bytes, at: a + 1 }.cmp(Units { bytes, at: b + 1 }),
            (b'"', b'"') => return Ordering::Equal,
            (b'"', _) => return Ordering::Less,
            (_, b'"') => return Ordering::Greater,
            _ if x != y => return x.cmp(y),
            _ => {}
        }
    }
    Ordering::Equal
}

/// The code points of a string from `at` on, its escapes decoded.
struct Units<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Iterator for Units<'_> {
    type Item = u32;

    /// A lone surrogate stands for itself.
    fn next(&mut self) -> Option<u32> {
        let rest = self.bytes.get(self.at..)?;
        match *rest.first()? {
            b'"' => None,
            b'\\' => {
                let (code_point, next) = escaped(self.bytes, self.at);
                let unit = code_point.map_or_else(|| hex(self.bytes, self.at + 2), u32::from);
                self.at = next;
                Some(unit)
            }
            byte if byte < 0x80 => {
                self.at += 1;
                Some(byte.into())
            }
            byte => {
                let length = if byte < 0xe0 {
                    2
                } else if byte < 0xf0 {
                    3
                } else {
                    4
                };
                self.at += length;
                core::str::from_utf8(rest.get(..length)?).ok()?.chars().next().map(u32::from)
            }
        }
    }
}

/// What the escape whose backslash is at `at` stands for, and the place behind it. `None` for a lone surrogate.
fn escaped(bytes: &[u8], at: usize) -> (Option<char>, usize) {
    let simple = match bytes.get(at + 1) {
        Some(b'u') => {
            let unit = hex(bytes, at + 2);
            let follows = bytes.get(at + 6) == Some(&b'\\') && bytes.get(at + 7) == Some(&b'u');
            return match unit {
                0xd800..=0xdbff if follows => {
                    let low = hex(bytes, at + 8);
                    match low {
                        0xdc00..=0xdfff => (char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)), at + 12),
                        _ => (None, at + 6),
                    }
                }
                _ => (char::from_u32(unit), at + 6),
            };
        }
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        other => other.map_or('\\', |&byte| byte.into()),
    };
    (Some(simple), at + 2)
}

/// The number that four hexadecimal digits at `at` write.
fn hex(bytes: &[u8], at: usize) -> u32 {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |number, &digit| number << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}

#[cold]
fn malformed(message: String, offset: usize) -> Error {
    Error::malformed(message).with_offset(offset as u64)
}
