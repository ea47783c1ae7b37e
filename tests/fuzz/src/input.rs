//! How the bytes of a fuzz input say what is tried.
//!
//! The first byte is the mode. From [`RAW`] on the rest is handed over as it is; below, head, lengths and checksums are put around it, so
//! that a changed byte gets past them.

use crate::history::Start;
use crate::seal::{self, Parts};

/// A mode from here on: one input in eight.
pub const RAW: u8 = 0xe0;

/// The replica that a mode means. What is left over of the mode is the target's to use.
pub fn start_of(mode: u8) -> (Start, u8) {
    let number = usize::from(mode & 0x1f);
    (Start::ALL[number % Start::ALL.len()], mode >> 5)
}

/// The mode for a replica, not raw.
pub fn mode_of(start: Start) -> u8 {
    start as u8
}

/// An update, event or request: its mode and its bytes.
pub fn framed(kind: u8, data: &[u8]) -> Option<(u8, Vec<u8>)> {
    let (&mode, rest) = data.split_first()?;
    Some((mode, if mode >= RAW { rest.to_vec() } else { seal::frame(kind, rest) }))
}

/// A fuzz input that [`framed`] makes this form of again.
pub fn of_frame(mode: u8, frame: &[u8]) -> Vec<u8> {
    let mut input = vec![mode];
    input.extend_from_slice(seal::body(frame));
    input
}

/// The most blocks that an input says the lengths of.
const BLOCKS_MAX: u8 = 4;

/// A replica: the mode, how many blocks, the length of each in two bytes, the front, and the blocks. What a front grows or shrinks by
/// moves no block.
pub fn stored(kind: u8, data: &[u8]) -> Option<(u8, Vec<u8>)> {
    let (&mode, rest) = data.split_first()?;
    if mode >= RAW {
        return Some((mode, rest.to_vec()));
    }
    let (&count, mut rest) = rest.split_first()?;
    let count = usize::from(count % (BLOCKS_MAX + 1));
    let lengths = rest.get(..2 * count)?.chunks(2).map(|pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])));
    let lengths: Vec<usize> = lengths.collect();
    rest = &rest[2 * count..];
    let mut blocks = Vec::new();
    for length in lengths.into_iter().rev() {
        let (before, block) = rest.split_at(rest.len().saturating_sub(length));
        blocks.push(block.to_vec());
        rest = before;
    }
    blocks.reverse();
    Some((mode, Parts { front: rest.to_vec(), blocks }.join(kind)))
}

/// A fuzz input that [`stored`] makes this replica of again.
pub fn of_stored(mode: u8, bytes: &[u8]) -> Vec<u8> {
    let Parts { front, blocks } = Parts::of(bytes);
    assert!(blocks.len() <= usize::from(BLOCKS_MAX));
    let mut input = vec![mode, blocks.len() as u8];
    blocks.iter().for_each(|block| input.extend_from_slice(&(block.len() as u16).to_le_bytes()));
    input.extend_from_slice(&front);
    blocks.iter().for_each(|block| input.extend_from_slice(block));
    input
}

/// Choices out of a fuzz input, byte by byte; zeros when it is used up.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub fn new(bytes: &'a [u8]) -> Choices<'a> {
        Choices(bytes)
    }

    pub fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    /// One of a few.
    pub fn one<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }
}
