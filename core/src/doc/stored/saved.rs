use super::names::Known;
use crate::store::Head;

/// What a store has of a replica: each save writes what came since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Saved {
    pub(crate) head: Head,
    /// Events in segments and records.
    pub(crate) events: u32,
    /// Segments.
    pub(crate) segments: usize,
    /// The names in segments and records, and the rows of each table.
    pub(crate) known: Known,
    pub(crate) rows: Vec<u32>,
    /// The names in segments alone.
    pub(crate) segment_known: Known,
    pub(crate) segment_rows: Vec<u32>,
    /// Where the text of the next event will begin in the arena.
    pub(crate) text_end: (usize, usize),
    /// The hash of the newest record.
    pub(crate) hash: u64,
    /// For each table the hash of each row; the lowest bit says whether it shows.
    pub(crate) row_hashes: Vec<Vec<u64>>,
    /// The sum of all of them.
    pub(crate) rows_sum: u64,
    /// For each peer how far its chain was kept.
    pub(crate) chains: Vec<u64>,
}

impl Saved {
    /// Notes a row's hash. Returns the one before, if the row was there.
    pub(crate) fn set_row_hash(&mut self, table: u32, row: u32, hash: u64) -> Option<u64> {
        let (table, row) = (table as usize, row as usize);
        if self.row_hashes.len() <= table {
            self.row_hashes.resize(table + 1, Vec::new());
        }
        let hashes = &mut self.row_hashes[table];
        let before = if row < hashes.len() { Some(core::mem::replace(&mut hashes[row], hash)) } else { None };
        if before.is_none() {
            hashes.resize(row, 0);
            hashes.push(hash);
        }
        self.rows_sum = self.rows_sum.wrapping_sub(before.unwrap_or(0)).wrapping_add(hash);
        before
    }
}
