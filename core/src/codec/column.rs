use super::{Reader, put_signed};
use crate::error::Result;

/// In a column's head: the values are the differences of neighbours.
const DELTA: u8 = 0x80;
/// Widths above this are written as 64: a value then still lies within one load of 8 bytes.
const NARROW_MAX: u32 = 56;

/// The lowest value and the bits that the others' distance from it needs (frame of reference).
fn frame(values: impl Iterator<Item = u64> + Clone) -> (i64, u32) {
    let (mut min, mut max) = (i64::MAX, i64::MIN);
    for value in values {
        min = min.min(value as i64);
        max = max.max(value as i64);
    }
    let width = 64 - (max.wrapping_sub(min) as u64).leading_zeros();
    (min, if width > NARROW_MAX { 64 } else { width })
}

fn put_packed(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, min: i64, width: u32) {
    if width == 64 {
        return values.for_each(|value| out.extend_from_slice(&value.wrapping_sub(min as u64).to_le_bytes()));
    }
    let (mut word, mut filled) = (0u64, 0);
    for value in values {
        word |= value.wrapping_sub(min as u64) << filled;
        filled += width;
        // At most 7 bits stay behind, so 56 more always fit.
        let whole = filled / 8;
        if let Some(bytes) = word.to_le_bytes().get(..whole as usize) {
            out.extend_from_slice(bytes);
        }
        word = if whole == 8 { 0 } else { word >> (8 * whole) };
        filled %= 8;
    }
    if filled > 0 {
        out.push(word as u8);
    }
}

/// Appends a column of numbers; its reader knows how many. An empty column takes no byte, a constant one two or more.
///
/// Frame of reference: a byte (the width in bits, and whether the values are differences of neighbours), the lowest value, then each
/// value's distance from it in that many bits. Of plain and delta the shorter one is taken.
pub(crate) fn put_column(out: &mut Vec<u8>, values: &[u64]) {
    let Some((&first, rest)) = values.split_first() else { return };
    let (min, width) = frame(values.iter().copied());
    if width > 0 {
        let deltas = values.iter().zip(rest).map(|(&a, &b)| b.wrapping_sub(a));
        let (delta_min, delta_width) = if rest.is_empty() { (0, 64) } else { frame(deltas.clone()) };
        if delta_width < width {
            out.push(delta_width as u8 | DELTA);
            put_signed(out, first as i64);
            put_signed(out, delta_min);
            return put_packed(out, deltas, delta_min, delta_width);
        }
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

/// Reads a column of `count` numbers, appending them to `out`. That many numbers are what the caller allows itself to hold.
pub(crate) fn read_column(reader: &mut Reader<'_>, count: usize, out: &mut Vec<u64>) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let head = reader.byte()?;
    let width = u32::from(head & !DELTA);
    if width > 64 || (NARROW_MAX + 1..64).contains(&width) {
        return Err(reader.malformed("a column has an impossible width"));
    }
    if head & DELTA == 0 {
        let min = reader.signed()?;
        return read_packed(reader, count, width, min, out);
    }
    let mut value = reader.signed()? as u64;
    let min = reader.signed()?;
    let start = out.len();
    out.push(value);
    read_packed(reader, count - 1, width, min, out)?;
    for delta in out.iter_mut().skip(start + 1) {
        value = value.wrapping_add(*delta);
        *delta = value;
    }
    Ok(())
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
            for cut in 0..bytes.len().min(60) {
                assert!(read_column(&mut Reader::new(&bytes[..cut]), count, &mut Vec::new()).is_err());
            }
        }
    }
}
