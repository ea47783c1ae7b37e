use crate::codec::Reader;
use crate::error::Result;
use crate::limits::{REPLICA_GROWTH, REPLICA_ROOM_BYTES};
use crate::oplog::BLOCK_OPS;

/// About what the parts of a front become in memory, in bytes.
///
/// A column of a constant claims any count in a few bytes, so for a reader the number of bytes alone bounds nothing. It allows a front
/// [`REPLICA_ROOM_BYTES`] and [`REPLICA_GROWTH`] times its length. A writer whose front would become more appends zeros to it: what was written is never refused.
/// Parts of at least a byte each (names, values, blocks) are not counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Proportion(u64);

impl Proportion {
    fn add(&mut self, count: u64, bytes_each: u64) {
        self.0 = self.0.saturating_add(count.saturating_mul(bytes_each));
    }

    pub(crate) fn spans(&mut self, spans: usize, parents: usize) {
        self.add(spans as u64, 64);
        self.add(parents as u64, 4);
    }

    /// The indexes of events have an entry for every 64th. Rounded down, so that the parts are never more than the whole.
    pub(crate) fn events(&mut self, events: u64) {
        self.add(events / 64, 16);
    }

    pub(crate) fn transactions(&mut self, transactions: usize) {
        self.add(transactions as u64, 12);
    }

    pub(crate) fn shape(&mut self, cells: usize) {
        self.add(cells as u64, 4);
    }

    pub(crate) fn rows(&mut self, rows: usize, dense: usize) {
        self.add(rows as u64, 48 + 16 * dense as u64);
    }

    /// An id is told by what it has not in common with the one before.
    #[inline]
    pub(crate) fn id(&mut self, bytes: usize) {
        self.add(bytes as u64, 1);
    }

    /// Cells in columns without a place in every row.
    pub(crate) fn wide_cells(&mut self, cells: usize) {
        self.add(cells as u64, 64);
    }

    pub(crate) fn later_births(&mut self, births: usize) {
        self.add(births as u64, 8);
    }

    /// The cells of one block of history, of which no more is in memory at once.
    pub(crate) fn block(&mut self, cells: usize) {
        self.add(cells as u64, 8);
    }

    /// The fewest bytes that a front of this proportion has.
    pub(crate) fn front_bytes_min(self) -> usize {
        usize::try_from(self.0.saturating_sub(REPLICA_ROOM_BYTES).div_ceil(REPLICA_GROWTH)).unwrap_or(usize::MAX)
    }

    /// Whether a front of so many bytes may become this.
    pub(crate) fn check(self, front_bytes: usize, reader: &Reader<'_>) -> Result<()> {
        if self.front_bytes_min() <= front_bytes { Ok(()) } else { Err(reader.malformed("it claims more than it has bytes for")) }
    }
}

/// The most cells that the operations of one block have, if there are so many inserts and the widest has so many cells.
pub(crate) fn block_cells_max(inserts: usize, widest: usize) -> usize {
    inserts.min(BLOCK_OPS).saturating_mul(widest).saturating_add(BLOCK_OPS)
}
