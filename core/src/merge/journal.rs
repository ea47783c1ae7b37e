use super::Stamp;
use super::table::{Cell, Head};
use crate::oplog::{ColumnIndex, RowIndex, TableIndex};

/// A row as it was before a call touched it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowBefore {
    pub(crate) table: TableIndex,
    pub(crate) row: RowIndex,
    pub(crate) head: Head,
}

/// A cell as it was before a call touched it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellBefore {
    pub(crate) table: TableIndex,
    pub(crate) row: RowIndex,
    pub(crate) column: ColumnIndex,
    pub(crate) cell: Cell,
}

/// What a call overwrote: enough to undo it, and to tell what changed. Costs nothing when it is off.
///
/// A stamp up to `start` is from before the call, so the stamp itself says whether a place was touched already. Only a cell that the
/// call cleared and wrote again is noted twice; the first note counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    on: bool,
    start: Stamp,
    pub(crate) rows: Vec<RowBefore>,
    pub(crate) cells: Vec<CellBefore>,
    /// Rows that the call made known.
    pub(crate) new_rows: Vec<TableIndex>,
}

impl Journal {
    /// A journal that notes nothing.
    pub(crate) const fn off() -> Journal {
        Journal { on: false, start: 0, rows: Vec::new(), cells: Vec::new(), new_rows: Vec::new() }
    }

    /// Begins to note for a call whose first event is number `events`, so that stamps up to `events` are from before it.
    pub(crate) fn begin(&mut self, events: u32) {
        self.on = true;
        self.start = events;
        self.rows.clear();
        self.cells.clear();
        self.new_rows.clear();
    }

    /// Whether what wrote this was of the journalled call.
    pub(crate) fn is_new(&self, stamp: Stamp) -> bool {
        stamp > self.start
    }

    /// Stops noting. The notes stay until the next [`Journal::begin`].
    pub(crate) fn end(&mut self) {
        self.on = false;
    }

    #[inline]
    pub(crate) fn row(&mut self, table: TableIndex, row: RowIndex, head: Head) {
        if self.on && head.inserted <= self.start && head.deleted <= self.start {
            self.rows.push(RowBefore { table, row, head });
        }
    }

    #[inline]
    pub(crate) fn cell(&mut self, table: TableIndex, row: RowIndex, column: ColumnIndex, cell: Cell) {
        if self.on && cell.stamp <= self.start {
            self.cells.push(CellBefore { table, row, column, cell });
        }
    }

    #[inline]
    pub(crate) fn new_row(&mut self, table: TableIndex) {
        if self.on {
            self.new_rows.push(table);
        }
    }
}
