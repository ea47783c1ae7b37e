use super::{Reader, put_signed};
use crate::error::Result;

/// In a column's head: the values are the differences of neighbours.
const DELTA: u8 = 0x80;
/// Widths above this are written as 64: a value then still lies within one load of 8 bytes.
const NARROW_MAX: u32 = 56;

/// Differences of this many neighbours tell whether it is worth looking at all of them.
const SAMPLE: usize = 64;

/// The lowest value and the bits that the others' distance from it needs (frame of reference).
#[inline]
fn frame(values: impl Iterator<Item = u64>) -> (i64, u32) {
    let (min, max) = values.fold((i64::MAX, i64::MIN), |(min, max), value| (min.min(value as i64), max.max(value as i64)));
    let width = 64 - (max.wrapping_sub(min) as u64).leading_zeros();
    (min, if width > NARROW_MAX { 64 } else { width })
}

/// The frame of the differences of neighbours, if it is narrower than `width`.
fn delta_frame(values: &[u64], width: u32) -> Option<(i64, u32)> {
    let deltas = |values: &[u64]| frame(values.iter().zip(values.iter().skip(1)).map(|(&a, &b)| b.wrapping_sub(a)));
    if values.len() < 2 || deltas(values.get(..SAMPLE).unwrap_or(values)).1 >= width {
        return None;
    }
    Some(deltas(values)).filter(|delta| delta.1 < width)
}

#[inline]
fn put_packed(out: &mut Vec<u8>, values: impl ExactSizeIterator<Item = u64>, min: i64, width: u32) {
    out.reserve(values.len() * width as usize / 8 + 8);
    let (mut word, mut filled) = (0u64, 0);
    for value in values {
        let value = value.wrapping_sub(min as u64);
        // Whole words at a time: what does not fit into one begins the next.
        word |= value << filled;
        filled += width;
        if filled >= 64 {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= 64;
            word = if filled == 0 { 0 } else { value >> (width - filled) };
        }
    }
    if let Some(bytes) = word.to_le_bytes().get(..filled.div_ceil(8) as usize) {
        out.extend_from_slice(bytes);
    }
}

/// Appends a column of numbers; its reader knows how many. An empty column takes no byte, a constant one two or more.
///
/// Frame of reference: a byte (the width in bits, and whether the values are differences of neighbours), the lowest value, then each
/// value's distance from it in that many bits. Of plain and delta the shorter one is taken.
pub(crate) fn put_column(out: &mut Vec<u8>, values: &[u64]) {
    let Some(&first) = values.first() else { return };
    let (min, width) = frame(values.iter().copied());
    if let Some((delta_min, delta_width)) = delta_frame(values, width) {
        out.push(delta_width as u8 | DELTA);
        put_signed(out, first as i64);
        put_signed(out, delta_min);
        let deltas = values.iter().zip(values.get(1..).unwrap_or_default()).map(|(&a, &b)| b.wrapping_sub(a));
        return put_packed(out, deltas, delta_min, delta_width);
    }
    out.push(width as u8);
    put_signed(out, min);
    put_packed(out, values.iter().copied(), min, width);
}

fn read_packed(reader: &mut Reader<'_>, count: usize, width: u32, min: i64, out: &mut Vec<u64>) -> Result<()> {
    let bits = (count as u64).checked_mul(u64::from(width)).ok_or_else(|| reader.malformed("a column is too long"))?;
    let bytes = reader.take(usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX))?;
    out.reserve(count);
    if width == 0 {
        out.extend(core::iter::repeat_n(min as u64, count));
        return Ok(());
    }
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    let width = width as usize;
    // While 8 bytes are left from a value's first byte on, one load gets it.
    let quick = if bytes.len() < 8 { 0 } else { (((bytes.len() - 8) * 8 + 7) / width + 1).min(count) };
    let value = |at: usize| {
        let (byte, shift) = (at * width / 8, at * width % 8);
        let word = bytes.get(byte..byte + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
        ((word >> shift) & mask).wrapping_add(min as u64)
    };
    out.extend((0..quick).map(value));
    for at in quick..count {
        let (byte, shift) = (at * width / 8, at * width % 8);
        let rest = bytes.get(byte..).unwrap_or_default();
        let word = rest.iter().take(8).rev().fold(0u64, |word, &byte| word << 8 | u64::from(byte));
        out.push(((word >> shift) & mask).wrapping_add(min as u64));
    }
    Ok(())
}

/// Reads what stands before a column's values: the first one if the others are differences, the lowest one, and the width.
fn read_head(reader: &mut Reader<'_>) -> Result<(Option<u64>, i64, u32)> {
    let head = reader.byte()?;
    let width = u32::from(head & !DELTA);
    if width > 64 || (NARROW_MAX + 1..64).contains(&width) {
        return Err(reader.malformed("a column has an impossible width"));
    }
    let first = if head & DELTA == 0 { None } else { Some(reader.signed()? as u64) };
    Ok((first, reader.signed()?, width))
}

/// Reads a column of `count` numbers, appending them to `out`. That many numbers are what the caller allows itself to hold.
pub(crate) fn read_column(reader: &mut Reader<'_>, count: usize, out: &mut Vec<u64>) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let (first, min, width) = read_head(reader)?;
    let Some(mut value) = first else {
        return read_packed(reader, count, width, min, out);
    };
    let start = out.len();
    out.push(value);
    read_packed(reader, count - 1, width, min, out)?;
    for delta in out.iter_mut().skip(start + 1) {
        value = value.wrapping_add(*delta);
        *delta = value;
    }
    Ok(())
}

/// A column that is read number by number and never held: where a constant one, of a few bytes, could claim any count.
#[derive(Clone)]
pub(crate) struct Column<'a> {
    packed: &'a [u8],
    /// The next one among the packed numbers.
    at: usize,
    left: usize,
    width: usize,
    min: u64,
    /// The next number, if the packed ones are differences.
    next: Option<u64>,
}

impl<'a> Column<'a> {
    /// Takes a column of `count` numbers from the reader.
    pub(crate) fn read(reader: &mut Reader<'a>, count: usize) -> Result<Column<'a>> {
        if count == 0 {
            return Ok(Column { packed: &[], at: 0, left: 0, width: 0, min: 0, next: None });
        }
        let (next, min, width) = read_head(reader)?;
        let packed = count - usize::from(next.is_some());
        let bits = (packed as u64).checked_mul(u64::from(width)).ok_or_else(|| reader.malformed("a column is too long"))?;
        let packed = reader.take(usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX))?;
        Ok(Column { packed, at: 0, left: count, width: width as usize, min: min as u64, next })
    }

    fn packed(&mut self) -> u64 {
        let (byte, shift) = (self.at * self.width / 8, self.at * self.width % 8);
        self.at += 1;
        let bytes = self.packed.get(byte..).unwrap_or_default();
        let word = match bytes.first_chunk() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        let mask = if self.width == 64 { u64::MAX } else { (1 << self.width) - 1 };
        ((word >> shift) & mask).wrapping_add(self.min)
    }
}

impl Iterator for Column<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let Some(value) = self.next else { return Some(self.packed()) };
        if self.left > 0 {
            self.next = Some(value.wrapping_add(self.packed()));
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: a column gives back what went in, and neither less nor other bytes do. Method: random columns of every width, plain and
    /// rising, cut anywhere.
    #[test]
    fn columns_come_back() {
        let mut random = SplitMix::new(11);
        for round in 0..4_000u64 {
            let width = round % 65;
            let count = random.below(70) as usize + usize::from(round % 100 == 0) * 5_000;
            let mut last = random.next_u64();
            let mut value = || {
                let bits = if width == 0 { 0 } else { random.next_u64() >> (64 - width) };
                last = if round % 3 == 0 { last.wrapping_add(bits) } else { bits.wrapping_sub(round) };
                last
            };
            let values: Vec<u64> = (0..count).map(|_| value()).collect();
            let mut bytes = Vec::new();
            put_column(&mut bytes, &values);
            let mut found = Vec::new();
            let mut reader = Reader::new(&bytes);
            read_column(&mut reader, count, &mut found).unwrap();
            assert!(found == values && reader.left() == 0, "round {round}");
            let mut reader = Reader::new(&bytes);
            assert!(Column::read(&mut reader, count).unwrap().eq(values) && reader.left() == 0, "round {round}");
            for cut in 0..bytes.len().min(60) {
                assert!(read_column(&mut Reader::new(bytes.get(..cut).unwrap()), count, &mut Vec::new()).is_err());
                assert!(Column::read(&mut Reader::new(bytes.get(..cut).unwrap()), count).is_err());
            }
        }
    }
}
