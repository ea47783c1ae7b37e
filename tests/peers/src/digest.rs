use crate::model::NCOL;

/// What a scan of a table leaves: equal for equal tables, whatever the order of the rows, and cheap enough to be the reader of every
/// column.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest {
    pub rows: u64,
    pub cells: u64,
    pub sum: u64,
}

impl Digest {
    #[inline]
    pub fn cell(&mut self, row: u32, col: usize, value: u64) {
        const { assert!(NCOL <= 8) };
        let key = ((row as u64) << 3 | col as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.cells += 1;
        self.sum = self.sum.wrapping_add((key ^ value).wrapping_mul(0xD6E8_FEB8_6659_FD93));
    }
}

/// A text by both its ends and its length.
#[inline]
pub fn hash_str(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) else { return bytes.len() as u64 };
    u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(17) ^ bytes.len() as u64
}

#[inline]
pub fn hash_int(value: i64) -> u64 {
    value as u64
}

#[inline]
pub fn hash_float(value: f64) -> u64 {
    value.to_bits()
}

#[inline]
pub fn hash_bool(value: bool) -> u64 {
    value as u64 + 77
}
