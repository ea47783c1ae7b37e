//! The entries of a binary message, as FORMAT.md draws them.

use super::held::Held;
use super::key::LongKeys;
use super::table::Entry;
use super::wire::{Broken, Reader, Writer};
use crate::limits::{NAME_BYTES_MAX, TIMESTAMP_MAX, VALUE_BYTES_MAX};
use crate::types::{Value, ValueRef};

/// The kinds of values, in the upper three bits of an entry's first byte.
mod kind {
    pub(super) const NULL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INT: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const STR: u8 = 5;
    pub(super) const BYTES: u8 = 6;
    pub(super) const REMOVED: u8 = 7;
}

/// In the lower five bits of an entry's first byte: the key has at least so many bytes, and how many more follows.
const KEY_BYTES_FOLLOW: usize = 31;
/// The least bytes that an entry takes: first byte, a key of one byte, timestamp, age.
const ENTRY_BYTES_MIN: usize = 4;
/// The least that it takes where it names one of several peers.
const NAMED_ENTRY_BYTES_MIN: usize = ENTRY_BYTES_MIN + 1;
/// What the first integer timestamp is the difference from: a round time in 2023, so that today's takes 6 bytes.
const FIRST_TIMESTAMP: i64 = 1_700_000_000_000;
/// About what an entry takes beside its key and a long value.
pub(super) const ENTRY_BYTES_TYPICAL: usize = 12;

const BAD_NAME: Broken = "a name is empty or too long";
const TIMESTAMP_OUT_OF_BOUNDS: Broken = "a timestamp is not within 2^53 ms of 0";

/// An entry as it stands in a message.
#[derive(Clone, Copy)]
pub(super) struct WireEntry<'a> {
    pub(super) key: &'a [u8],
    /// Its number in the message's dictionary.
    pub(super) peer: u32,
    pub(super) timestamp: f64,
    pub(super) age_ms: u64,
    pub(super) kind: u8,
    /// An Int's bits, a Float's, or where in the body a Str or Bytes stands: its start, and its length in the lower half.
    pub(super) payload: u64,
}

/// A value of this kind and payload in a body that was checked.
#[inline(always)]
pub(super) fn value_of(kind: u8, payload: u64, body: &[u8]) -> Option<ValueRef<'_>> {
    Some(match kind {
        kind::NULL => ValueRef::Null,
        kind::FALSE => ValueRef::Bool(false),
        kind::TRUE => ValueRef::Bool(true),
        kind::INT => ValueRef::Int(payload as i64),
        kind::FLOAT => ValueRef::Float(f64::from_bits(payload)),
        kind::STR => ValueRef::Str(text(long_of(payload, body)).unwrap_or_default()),
        kind::BYTES => ValueRef::Bytes(long_of(payload, body)),
        _ => return None,
    })
}

fn long_of(payload: u64, body: &[u8]) -> &[u8] {
    let (start, length) = ((payload >> 32) as usize, payload as u32 as usize);
    body.get(start..start + length).unwrap_or_default()
}

/// What a value of this kind and payload counts towards a store's bytes.
#[inline(always)]
pub(super) fn counted_bytes(kind: u8, payload: u64) -> usize {
    match kind {
        kind::INT | kind::FLOAT => 8,
        kind::STR | kind::BYTES => payload as u32 as usize,
        _ => 0,
    }
}

/// The entries of one namespace that stand together.
pub(super) struct Group<'a> {
    pub(super) ns: &'a [u8],
    pub(super) entries: usize,
}

/// A message's body, read from front to back.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    reader: Reader<'a>,
    peers: u64,
    /// The last integer timestamp.
    timestamp: i64,
}

#[inline(always)]
fn name<'a>(reader: &mut Reader<'a>, length: u64) -> Result<&'a [u8], Broken> {
    match usize::try_from(length) {
        Ok(length @ 1..=NAME_BYTES_MAX) => reader.take(length),
        _ => Err(BAD_NAME),
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, Broken> {
    core::str::from_utf8(bytes).map_err(|_| "a text is not UTF-8")
}

#[inline]
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

#[inline]
fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

impl<'a> Body<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Body<'a> {
        Body { reader: Reader::new(bytes), peers: 0, timestamp: FIRST_TIMESTAMP }
    }

    pub(super) fn is_done(&self) -> bool {
        self.reader.left() == 0
    }

    /// How many bytes have been read.
    pub(super) fn at(&self) -> usize {
        self.reader.at()
    }

    /// The next peer of the dictionary, and whether it is the last.
    #[inline(always)]
    pub(super) fn peer(&mut self) -> Result<(&'a [u8], bool), Broken> {
        let head = self.reader.small_number()?;
        let peer = name(&mut self.reader, head >> 1)?;
        self.peers += 1;
        if self.peers * NAMED_ENTRY_BYTES_MIN as u64 > self.reader.left() as u64 {
            return Err("the message lists more peers than it has bytes for their entries");
        }
        Ok((peer, head & 1 == 1))
    }

    #[inline(always)]
    pub(super) fn group(&mut self) -> Result<Group<'a>, Broken> {
        let head = self.reader.small_number()?;
        let ns = name(&mut self.reader, head >> 1)?;
        let entries = if head & 1 == 1 { 1 } else { usize::try_from(self.reader.number()?).unwrap_or(usize::MAX) };
        if entries == 0 || entries > self.reader.left() / ENTRY_BYTES_MIN {
            return Err("a namespace has no entries, or more than there are bytes for");
        }
        Ok(Group { ns, entries })
    }

    #[inline(always)]
    pub(super) fn entry(&mut self) -> Result<WireEntry<'a>, Broken> {
        let head = self.reader.byte()?;
        let key_bytes = usize::from(head) & KEY_BYTES_FOLLOW;
        let key = if key_bytes == KEY_BYTES_FOLLOW {
            let (key, reader) = Body::long_key(self.reader)?;
            self.reader = reader;
            key
        } else {
            self.reader.take(key_bytes)?
        };
        if key.is_empty() {
            return Err(BAD_NAME);
        }
        let peer = if self.peers > 1 { self.reader.number()? } else { 0 };
        if peer >= self.peers {
            return Err("an entry names a peer that the message does not list");
        }
        let timestamp = self.timestamp()?;
        let age_ms = self.reader.number()?;
        let kind = head >> 5;
        let payload = match kind {
            kind::INT => unzigzag(self.reader.number()?) as u64,
            kind::FLOAT => self.float()?,
            kind::STR | kind::BYTES => {
                let (payload, reader) = Body::long_value(self.reader, kind)?;
                self.reader = reader;
                payload
            }
            _ => 0,
        };
        Ok(WireEntry { key, peer: peer as u32, timestamp, age_ms, kind, payload })
    }

    #[inline(never)]
    fn long_key(mut reader: Reader<'a>) -> Result<(&'a [u8], Reader<'a>), Broken> {
        let length = reader.number()?.saturating_add(KEY_BYTES_FOLLOW as u64);
        Ok((name(&mut reader, length)?, reader))
    }

    #[inline(always)]
    fn timestamp(&mut self) -> Result<f64, Broken> {
        let head = self.reader.number()?;
        if head & 1 == 0 {
            self.timestamp = self.timestamp.wrapping_add(unzigzag(head >> 1));
            if self.timestamp.unsigned_abs() <= TIMESTAMP_MAX as u64 { Ok(self.timestamp as f64) } else { Err(TIMESTAMP_OUT_OF_BOUNDS) }
        } else {
            let timestamp = f64::from_bits(self.reader.word()?);
            // A NaN is not within them either. -0.0 is stored as 0.0.
            if timestamp.abs() <= TIMESTAMP_MAX { Ok(timestamp + 0.0) } else { Err(TIMESTAMP_OUT_OF_BOUNDS) }
        }
    }

    #[inline(always)]
    fn float(&mut self) -> Result<u64, Broken> {
        let bits = self.reader.word()?;
        if f64::from_bits(bits).is_finite() { Ok(bits) } else { Err("a float is not finite") }
    }

    #[inline(never)]
    fn long_value(mut reader: Reader<'a>, kind: u8) -> Result<(u64, Reader<'a>), Broken> {
        let length = reader.number()?;
        if length > VALUE_BYTES_MAX as u64 {
            return Err("a value is longer than 1 MiB");
        }
        let start = reader.at();
        let value = reader.take(length as usize)?;
        if kind == kind::STR {
            text(value)?;
        }
        Ok(((start as u64) << 32 | length, reader))
    }
}

/// Writes the entries of a message one after the other.
pub(super) struct Entries {
    pub(super) writer: Writer,
    /// The last integer timestamp.
    timestamp: i64,
}

impl Entries {
    pub(super) fn new(estimate: usize) -> Entries {
        Entries { writer: Writer::new(estimate), timestamp: FIRST_TIMESTAMP }
    }

    pub(super) fn peer(&mut self, name: &str, is_last: bool) {
        self.name(name, is_last);
    }

    pub(super) fn group(&mut self, ns: &str, entries: usize) {
        self.name(ns, entries == 1);
        if entries != 1 {
            self.writer.number(entries as u64);
        }
    }

    fn name(&mut self, name: &str, flag: bool) {
        self.writer.number((name.len() as u64) << 1 | u64::from(flag));
        self.writer.bytes(name.as_bytes());
    }

    /// Writes an entry with this key. `peer` is its number in the dictionary, if that has more than one.
    #[inline(always)]
    pub(super) fn entry(&mut self, keys: &LongKeys, entry: &Entry, peer: Option<u32>, age_ms: u64) {
        let kind = kind_of(&entry.held);
        let mut window = self.writer.window();
        match entry.key.short() {
            Some((bytes, length)) => {
                window.byte(kind << 5 | length as u8);
                window.short(bytes, length);
            }
            None => {
                self.long_key(kind, keys.bytes(&entry.key));
                window = self.writer.window();
            }
        }
        if let Some(peer) = peer {
            window.number(u64::from(peer));
        }
        let integer = entry.timestamp as i64;
        if integer as f64 == entry.timestamp {
            window.number(zigzag(integer.wrapping_sub(self.timestamp)) << 1);
            self.timestamp = integer;
        } else {
            window.number(1);
            window.word(entry.timestamp.to_bits());
        }
        window.number(age_ms);
        match &entry.held {
            Held::Int(int) => window.number(zigzag(*int)),
            Held::Float(float) => window.word(float.to_bits()),
            Held::Str(value) | Held::Bytes(value) => {
                let written = window.written();
                self.writer.advance(written);
                return self.long_value(value);
            }
            _ => {}
        }
        let written = window.written();
        self.writer.advance(written);
    }

    #[inline(never)]
    fn long_key(&mut self, kind: u8, key: &[u8]) {
        let follows = key.len().saturating_sub(KEY_BYTES_FOLLOW);
        self.writer.byte(kind << 5 | (key.len() - follows) as u8);
        if key.len() >= KEY_BYTES_FOLLOW {
            self.writer.number(follows as u64);
        }
        self.writer.bytes(key);
    }

    #[inline(never)]
    fn long_value(&mut self, value: &Value) {
        let bytes = match value {
            Value::Str(text) => text.as_bytes(),
            Value::Bytes(bytes) => bytes,
            _ => &[],
        };
        self.writer.number(bytes.len() as u64);
        self.writer.bytes(bytes);
    }
}

#[inline]
fn kind_of(held: &Held) -> u8 {
    match held {
        Held::Null => kind::NULL,
        Held::False => kind::FALSE,
        Held::True => kind::TRUE,
        Held::Int(_) => kind::INT,
        Held::Float(_) => kind::FLOAT,
        Held::Str(_) => kind::STR,
        Held::Bytes(_) => kind::BYTES,
        Held::Removed => kind::REMOVED,
    }
}
