//! Operations by name, turned into numbers and written: into the rows, into the log.

use super::CrdtDoc;
use crate::merge::{Journal, Newest, RowOpRef, Stamp, State};
use crate::oplog::{Arena, LogReader, OpLog, OpView, Packed, RowIndex, ShapeCell, TableIndex};
use crate::types::{RowOp, Value, ValueRef};

/// An insert's cells, borrowed, as a caller or an event holds them.
pub(crate) trait Cells {
    /// The cells in the order in which they were written.
    fn cells(&self) -> impl Iterator<Item = (&str, ValueRef<'_>)>;
}

impl Cells for [(&str, ValueRef<'_>)] {
    fn cells(&self) -> impl Iterator<Item = (&str, ValueRef<'_>)> {
        self.iter().copied()
    }
}

impl Cells for [(String, Value)] {
    fn cells(&self) -> impl Iterator<Item = (&str, ValueRef<'_>)> {
        self.iter().map(|(col, value)| (col.as_str(), value.as_ref()))
    }
}

/// Where an operation goes: what shows, and what was written. Apart from the graph, so that both can be borrowed.
pub(crate) struct Target<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) log: &'a mut OpLog,
    pub(crate) journal: &'a mut Journal,
    pub(crate) cells: &'a mut Vec<ShapeCell>,
    pub(crate) values: &'a mut Vec<u64>,
}

impl Target<'_> {
    #[inline]
    pub(crate) fn insert(&mut self, tbl: &str, row_id: &str, values: &(impl Cells + ?Sized), stamp: Stamp, newest: &impl Newest) {
        let table = self.state.intern_table(tbl);
        let row = self.state.intern_row(table, row_id, self.journal);
        self.insert_into(table, row, values, stamp, newest);
    }

    /// Inserts a row that was looked up.
    #[inline]
    pub(crate) fn insert_into(
        &mut self,
        table: TableIndex,
        row: RowIndex,
        values: &(impl Cells + ?Sized),
        stamp: Stamp,
        newest: &impl Newest,
    ) {
        self.cells.clear();
        self.values.clear();
        let mut guess = 0;
        for (col, value) in values.cells() {
            let (column, field) = self.state.schema.intern_column_near(table, col, guess);
            guess = column + 1;
            let packed = self.state.arena.pack(value);
            self.cells.push(ShapeCell::new(field, packed.tag));
            self.values.push(packed.bits);
        }
        let op = RowOpRef::Insert { cells: self.cells, values: self.values };
        self.state.apply(table, row, stamp, op, newest, self.journal);
        let shape = self.log.push_insert(table, row, self.cells, self.values);
        self.state.births.push(stamp - 1, shape, row);
    }

    #[inline]
    pub(crate) fn update(&mut self, tbl: &str, row_id: &str, col: &str, value: ValueRef<'_>, stamp: Stamp, newest: &impl Newest) {
        let table = self.state.intern_table(tbl);
        let row = self.state.intern_row(table, row_id, self.journal);
        let (column, field) = self.state.schema.intern_column(table, col);
        let value = self.state.arena.pack(value);
        self.state.apply(table, row, stamp, RowOpRef::Update { column, value }, newest, self.journal);
        self.log.push_update(field, row, value);
    }

    #[inline]
    pub(crate) fn delete(&mut self, tbl: &str, row_id: &str, stamp: Stamp, newest: &impl Newest) {
        let table = self.state.intern_table(tbl);
        let row = self.state.intern_row(table, row_id, self.journal);
        self.state.apply(table, row, stamp, RowOpRef::Delete, newest, self.journal);
        self.log.push_delete(table, row);
    }

    /// Writes an operation of plain data.
    pub(crate) fn op(&mut self, op: &RowOp, stamp: Stamp, newest: &impl Newest) {
        match op {
            RowOp::Insert { tbl, row_id, values } => self.insert(tbl, row_id, values.as_slice(), stamp, newest),
            RowOp::Update { tbl, row_id, col, value } => self.update(tbl, row_id, col, value.as_ref(), stamp, newest),
            RowOp::Delete { tbl, row_id } => self.delete(tbl, row_id, stamp, newest),
        }
    }
}

impl CrdtDoc {
    /// The parts that an operation is written to.
    #[inline]
    pub(crate) fn target(&mut self) -> Target<'_> {
        Target { state: &mut self.state, log: &mut self.log, journal: &mut self.journal, cells: &mut self.cells, values: &mut self.values }
    }

    /// A reader of the log. It keeps the block that it read last, so reading in order costs little.
    pub(crate) fn reader(&self) -> LogReader<'_> {
        self.log.reader(&self.state.arena, &self.state)
    }

    /// An operation as plain data. Its text lies in `arena`.
    pub(crate) fn plain_op(&self, view: OpView<'_>, arena: &Arena) -> RowOp {
        let state = &self.state;
        let value = |packed| arena.value(packed).map_or(Value::Null, Value::from);
        let names = |table, row| (state.schema.table_name(table).to_owned(), state.row_id(state.table(table), row));
        match view {
            OpView::Insert { table, row, cells, values } => {
                let (tbl, row_id) = names(table, row);
                let cell = |(cell, &bits): (&ShapeCell, &u64)| {
                    let (table, column) = state.schema.field(cell.field());
                    (state.schema.column_name(table, column).to_owned(), value(Packed { bits, tag: cell.tag() }))
                };
                RowOp::Insert { tbl, row_id, values: cells.iter().zip(values).map(cell).collect() }
            }
            OpView::Update { field, row, value: packed } => {
                let (table, column) = state.schema.field(field);
                let (tbl, row_id) = names(table, row);
                RowOp::Update { tbl, row_id, col: state.schema.column_name(table, column).to_owned(), value: value(packed) }
            }
            OpView::Delete { table, row } => {
                let (tbl, row_id) = names(table, row);
                RowOp::Delete { tbl, row_id }
            }
        }
    }
}
