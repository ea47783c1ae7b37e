use super::{Commit, CrdtDoc, Transaction};
use crate::error::{Error, Result};
use crate::limits::check_name;
use crate::merge::Cell;
use crate::oplog::{ColumnIndex, FieldIndex, RowIndex, TableIndex};
use crate::types::ValueRef;

/// How many rows are looked up before the first of them is written, so that the memory's latency is waited for once.
const LOOKAHEAD: usize = 32;

/// A row of one document, found once: writing through it looks nothing up. It stays good whatever happens to the row, until the document
/// undoes a transaction or forks; then, and in another document, it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowHandle {
    table: TableIndex,
    row: RowIndex,
    epoch: u64,
}

/// A column of one table of one document, found once. As long as a [`RowHandle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnHandle {
    table: TableIndex,
    column: ColumnIndex,
    field: FieldIndex,
    epoch: u64,
}

impl CrdtDoc {
    /// A handle of a row that is known here, whether it shows or not.
    pub fn row_handle(&self, tbl: &str, row_id: &str) -> Option<RowHandle> {
        self.state.find(tbl, row_id).map(|(table, row)| RowHandle { table, row, epoch: self.epoch })
    }

    /// A handle of a column that some applied event has written.
    pub fn column_handle(&self, tbl: &str, col: &str) -> Option<ColumnHandle> {
        let table = self.state.schema.table(tbl)?;
        let column = self.state.schema.column(table, col)?;
        Some(ColumnHandle { table, column, field: self.state.schema.field_of(table, column), epoch: self.epoch })
    }

    /// As [`CrdtDoc::update`], through handles.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when the handles are of two tables or of another document, or stale, `invalid_value` or `limit_exceeded` for the value,
    /// `row_not_found`.
    #[inline]
    pub fn update_at<'v>(&mut self, row: RowHandle, column: ColumnHandle, value: impl Into<ValueRef<'v>>) -> Result<Commit> {
        let value = value.into();
        self.single(|doc, at| doc.local_update_at(row, column, value, at))
    }

    /// Many updates of cells of one table as one transaction, in this order: quicker than one by one where the table is larger than the
    /// processor's cache. Each is row, column and value.
    ///
    /// # Errors
    ///
    /// As [`Transaction::update`], for the first cell that fails; then nothing is written.
    pub fn update_many(&mut self, tbl: &str, cells: &[(&str, &str, ValueRef<'_>)]) -> Result<Commit> {
        self.transaction(None, |tx: &mut Transaction<'_>| tx.update_many(tbl, cells)).map(|((), commit)| commit)
    }

    #[inline]
    fn local_update_at(&mut self, row: RowHandle, column: ColumnHandle, value: ValueRef<'_>, event: u32) -> Result<()> {
        value.check()?;
        if row.epoch != self.epoch || column.epoch != self.epoch || row.table != column.table {
            return Err(Error::invalid_argument("the handles are of two tables or of another document, or stale"));
        }
        if !self.state.table(row.table).head(row.row).is_visible() {
            let rows = self.state.table(row.table);
            return Err(super::write::row_not_found(self.state.schema.table_name(row.table), &self.state.row_id(rows, row.row)));
        }
        self.write_update(row.table, row.row, (column.column, column.field), value, event);
        Ok(())
    }

    /// Writes a cell of a row that shows, as event number `event`.
    #[inline]
    pub(crate) fn write_update(
        &mut self,
        table: TableIndex,
        row: RowIndex,
        column: (ColumnIndex, FieldIndex),
        value: ValueRef<'_>,
        event: u32,
    ) {
        let value = self.state.arena.pack(value);
        self.state.update_newest(table, row, column.0, Cell { value, stamp: event + 1 }, &mut self.journal);
        self.log.push_update(column.1, row, value);
    }
}

impl Transaction<'_> {
    /// As [`CrdtDoc::update_many`].
    ///
    /// # Errors
    ///
    /// As [`Transaction::update`], for the first cell that fails.
    pub fn update_many(&mut self, tbl: &str, cells: &[(&str, &str, ValueRef<'_>)]) -> Result<()> {
        check_name(tbl, "table")?;
        let mut found = [None; LOOKAHEAD];
        for chunk in cells.chunks(LOOKAHEAD) {
            // An update changes no row's showing, so all of a chunk can be looked up before the first is written.
            for (found, &(row_id, _, _)) in found.iter_mut().zip(chunk) {
                *found = self.doc().state.find_visible(tbl, row_id);
            }
            for (&found, &(row_id, col, value)) in found.iter().zip(chunk) {
                let bytes = tbl.len() + row_id.len() + col.len() + value.counted_bytes();
                self.step(bytes, 0, |doc, event| {
                    check_name(row_id, "row id")?;
                    doc.local_update_found(tbl, row_id, col, value, event, found)
                })?;
            }
        }
        Ok(())
    }
}
