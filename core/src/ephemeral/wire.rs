//! The frame of a message and the numbers in it, as FORMAT.md draws them.

use super::checksum::checksum;
use crate::error::{Error, ErrorKind, Result};
use crate::names::eight;

const MAGIC: u8 = 0xee;
const VERSION: u8 = 1;
/// Magic, version, checksum.
const FIXED_BYTES: usize = 6;
/// The longest number.
const NUMBER_BYTES_MAX: usize = 9;

/// What is wrong with a message, for people.
pub(super) type Broken = &'static str;

const ENDS_EARLY: Broken = "the message ends early";

/// Checks the frame of a message and returns its body, and where it begins.
#[inline]
pub(super) fn open(message: &[u8]) -> Result<(&[u8], usize)> {
    let refuse = |why: Broken| Error::malformed(why);
    let Some((&[magic, version, sum @ ..], rest)) = message.split_first_chunk::<FIXED_BYTES>() else {
        return Err(refuse(ENDS_EARLY));
    };
    if magic != MAGIC {
        return Err(refuse("the bytes are no message of the ephemeral layer"));
    }
    if version != VERSION {
        return Err(Error::new(ErrorKind::UnsupportedVersion, format!("the message has format version {version}, not {VERSION}")));
    }
    let mut reader = Reader::new(rest);
    let length = reader.small_number().map_err(refuse)?;
    let body = reader.rest();
    if length != body.len() as u64 {
        return Err(refuse("the message has another length than it says"));
    }
    if checksum(rest) != u32::from_le_bytes(sum) {
        return Err(refuse("the message's checksum does not hold"));
    }
    Ok((body, message.len() - body.len()))
}

/// Reads a body from its start. Nothing is allocated. It is handed on by value, so that a loop keeps it in registers.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// How many bytes have been read.
    #[inline(always)]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline(always)]
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn byte(&mut self) -> Result<u8, Broken> {
        let &byte = self.bytes.get(self.at).ok_or(ENDS_EARLY)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline(always)]
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Broken> {
        let end = self.at.saturating_add(length);
        let taken = self.bytes.get(self.at..end).ok_or(ENDS_EARLY)?;
        self.at = end;
        Ok(taken)
    }

    /// Eight bytes, little-endian.
    #[inline(always)]
    pub(super) fn word(&mut self) -> Result<u64, Broken> {
        self.take(8).map(|bytes| eight(bytes, 0))
    }

    /// A number: the zeros below the lowest 1 in the first byte say how many bytes follow it.
    #[inline(always)]
    pub(super) fn number(&mut self) -> Result<u64, Broken> {
        let left = self.left();
        if left >= 8 {
            let word = eight(self.bytes, self.at);
            if word as u8 == 0 { self.long_number() } else { Ok(self.number_in(word)) }
        } else {
            let word = self.last_bytes(left);
            if word.trailing_zeros() as usize >= left { self.long_number() } else { Ok(self.number_in(word)) }
        }
    }

    /// A number that mostly takes one byte.
    #[inline(always)]
    pub(super) fn small_number(&mut self) -> Result<u64, Broken> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte & 1 == 1 => {
                self.at += 1;
                Ok(u64::from(byte >> 1))
            }
            _ => self.number(),
        }
    }

    /// A number of at most eight bytes that begins a word.
    #[inline(always)]
    fn number_in(&mut self, word: u64) -> u64 {
        let length = word.trailing_zeros() as usize + 1;
        self.at += length;
        word << (64 - 8 * length) >> (64 - 7 * length)
    }

    /// The last `left` < 8 bytes as a word, by one load that ends where they end.
    #[inline(always)]
    fn last_bytes(&self, left: usize) -> u64 {
        match self.bytes.last_chunk::<8>() {
            Some(chunk) => u64::from_le_bytes(*chunk) >> 8 >> (56 - 8 * left),
            None => self.few_bytes(),
        }
    }

    #[cold]
    fn few_bytes(&self) -> u64 {
        self.rest().iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
    }

    /// A number of nine bytes, or one that is cut off.
    #[cold]
    fn long_number(&mut self) -> Result<u64, Broken> {
        if self.byte()? == 0 { self.word() } else { Err(ENDS_EARLY) }
    }
}

/// The room that a few numbers and a short key need.
const ROOM: usize = 64;

/// How many bytes a number takes, by its highest bit: one for each seven bits, or nine.
#[allow(clippy::indexing_slicing)] // It is made when the crate is compiled.
const LENGTHS: [u8; 64] = {
    let mut lengths = [NUMBER_BYTES_MAX as u8; 64];
    let mut bit = 0;
    while bit < 56 {
        lengths[bit] = bit as u8 / 7 + 1;
        bit += 1;
    }
    lengths
};

#[inline(always)]
fn number_bytes(number: u64) -> usize {
    LENGTHS.get((number | 1).ilog2() as usize).map_or(NUMBER_BYTES_MAX, |&length| usize::from(length))
}

/// A number that takes so many bytes, at most eight.
#[inline(always)]
fn number_word(number: u64, length: usize) -> [u8; 8] {
    ((number << 1 | 1) << (length - 1)).to_le_bytes()
}

/// Writes a message.
pub(super) struct Writer {
    bytes: Vec<u8>,
    at: usize,
    header: usize,
}

impl Writer {
    /// A writer for a body of about `estimate` bytes.
    pub(super) fn new(estimate: usize) -> Writer {
        let header = FIXED_BYTES + number_bytes(estimate as u64);
        let mut bytes = Vec::with_capacity(header + estimate + ROOM);
        bytes.resize(header, 0);
        Writer { bytes, at: header, header }
    }

    /// Makes room for `length` bytes.
    fn reserve(&mut self, length: usize) {
        if self.bytes.len() - self.at < length {
            self.grow(length);
        }
    }

    #[cold]
    fn grow(&mut self, length: usize) {
        self.bytes.resize(self.at + length + 16 * ROOM, 0);
    }

    /// Room to write a few numbers and a short key into.
    #[inline(always)]
    pub(super) fn window(&mut self) -> Window<'_> {
        if self.bytes.len() - self.at < ROOM {
            self.grow(ROOM);
        }
        match self.bytes.get_mut(self.at..).and_then(|rest| rest.first_chunk_mut()) {
            Some(room) => Window { room, at: 0 },
            None => unreachable!("there is room for it now"),
        }
    }

    /// Goes on behind what was written into the window.
    #[inline(always)]
    pub(super) fn advance(&mut self, written: usize) {
        self.at += written;
    }

    pub(super) fn byte(&mut self, byte: u8) {
        let mut window = self.window();
        window.byte(byte);
        self.at += window.written();
    }

    pub(super) fn number(&mut self, number: u64) {
        let mut window = self.window();
        window.number(number);
        self.at += window.written();
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        if let Some(place) = self.bytes.get_mut(self.at..self.at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }

    /// The message, with its header.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let body = self.at - self.header;
        let length_bytes = number_bytes(body as u64);
        let header = FIXED_BYTES + length_bytes;
        if header != self.header {
            // The estimate was so far off that the length takes another number of bytes.
            self.reserve(length_bytes);
            self.bytes.copy_within(self.header..self.header + body, header);
        }
        self.bytes.truncate(header + body);
        self.at = FIXED_BYTES;
        self.bytes(number_word(body as u64, length_bytes).get(..length_bytes).unwrap_or_default());
        seal(&mut self.bytes);
        // Messages are kept in queues: they should not hold the room that was there to write in. This gives it back in place.
        if self.bytes.capacity() > self.bytes.len() + self.bytes.len() / 4 {
            self.bytes.shrink_to_fit();
        }
        self.bytes
    }
}

/// Room for a few numbers and a short key. Each is written as whole words, and the next one over what was too much of them.
pub(super) struct Window<'w> {
    room: &'w mut [u8; ROOM],
    at: usize,
}

impl Window<'_> {
    #[inline(always)]
    fn put<const N: usize>(&mut self, bytes: &[u8; N]) {
        if let Some(place) = self.room.get_mut(self.at..self.at + N) {
            place.copy_from_slice(bytes);
        }
    }

    #[inline(always)]
    pub(super) fn byte(&mut self, byte: u8) {
        self.put(&[byte]);
        self.at += 1;
    }

    /// Eight bytes, little-endian.
    #[inline(always)]
    pub(super) fn word(&mut self, word: u64) {
        self.put(&word.to_le_bytes());
        self.at += 8;
    }

    #[inline(always)]
    pub(super) fn number(&mut self, number: u64) {
        let length = number_bytes(number);
        if length == NUMBER_BYTES_MAX {
            self.byte(0);
            return self.word(number);
        }
        self.put(&number_word(number, length));
        self.at += length;
    }

    /// The first `length` bytes of `bytes`.
    #[inline(always)]
    pub(super) fn short(&mut self, bytes: &[u8; 16], length: usize) {
        self.put(bytes);
        self.at += length;
    }

    #[inline(always)]
    pub(super) fn written(&self) -> usize {
        self.at
    }
}

/// Writes magic, version and checksum into a message whose rest is done.
pub(super) fn seal(message: &mut [u8]) {
    if let Some((fixed, rest)) = message.split_first_chunk_mut::<FIXED_BYTES>() {
        let [a, b, c, d] = checksum(rest).to_le_bytes();
        *fixed = [MAGIC, VERSION, a, b, c, d];
    }
}
