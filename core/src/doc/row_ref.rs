use super::CrdtDoc;
use crate::merge::{Cell, Table};
use crate::oplog::{ColumnIndex, RowIndex, TableIndex};
use crate::types::{Value, ValueRef};
use core::fmt;

/// A row that shows, borrowed from its document: reading copies nothing.
#[derive(Clone, Copy)]
pub struct RowRef<'a> {
    doc: &'a CrdtDoc,
    rows: &'a Table,
    table: TableIndex,
    row: RowIndex,
}

impl<'a> RowRef<'a> {
    #[inline]
    pub(crate) fn new(doc: &'a CrdtDoc, table: TableIndex, row: RowIndex) -> RowRef<'a> {
        RowRef { doc, rows: doc.state.table(table), table, row }
    }

    #[inline]
    pub(crate) fn is_visible(&self) -> bool {
        self.rows.head(self.row).is_visible()
    }

    /// The row's id.
    #[inline]
    pub fn id(&self) -> &'a str {
        self.rows.id(self.row)
    }

    /// The value of a cell, if the row has it.
    #[inline]
    pub fn get(&self, col: &str) -> Option<ValueRef<'a>> {
        let column = self.doc.state.schema.column(self.table, col)?;
        self.cell(column)
    }

    #[inline]
    fn cell(&self, column: ColumnIndex) -> Option<ValueRef<'a>> {
        self.doc.state.arena.value(self.rows.cell(self.row, column).value)
    }

    /// The cells that the row has, sorted by column.
    pub fn cells(&self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + use<'a> {
        let doc = self.doc;
        let rows = self.rows;
        // A row with a few cells of a wide table is not worth a walk over all the table's columns.
        let (dense, sorted) = if rows.has_wide(self.row) {
            let mut cells: Vec<(&'a str, Cell)> =
                rows.cells(self.row).map(|(column, cell)| (doc.state.schema.column_name(self.table, column), cell)).collect();
            cells.sort_unstable_by_key(|&(col, _)| col);
            (&[][..], cells)
        } else {
            (doc.state.schema.sorted_columns(self.table), Vec::new())
        };
        let row = *self;
        let dense = dense.iter().filter_map(move |&column| Some((doc.state.schema.column_name(row.table, column), row.cell(column)?)));
        let wide = sorted.into_iter().filter_map(move |(col, cell)| Some((col, doc.state.arena.value(cell.value)?)));
        dense.chain(wide)
    }

    /// The cells in the order in which they are stored, by a column's number ([`RowRef::column_name`]): the fastest way to read a row whole.
    #[inline]
    pub fn cells_unsorted(&self) -> impl Iterator<Item = (u32, ValueRef<'a>)> + use<'a> {
        let doc = self.doc;
        self.rows.cells(self.row).filter_map(move |(column, cell)| Some((column, doc.state.arena.value(cell.value)?)))
    }

    /// The name of a column that [`RowRef::cells_unsorted`] numbers.
    pub fn column_name(&self, column: u32) -> &'a str {
        self.doc.state.schema.column_name(self.table, column)
    }

    /// The cells, owned, sorted by column.
    pub fn to_values(&self) -> Vec<(String, Value)> {
        self.cells().map(|(col, value)| (col.to_owned(), value.to_value())).collect()
    }
}

impl fmt::Debug for RowRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entry(&self.id(), &self.cells().collect::<Vec<_>>()).finish()
    }
}
