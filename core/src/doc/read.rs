use super::{CrdtDoc, RowRef};
use crate::oplog::{RowIndex, TableIndex};
use crate::types::ValueRef;

impl CrdtDoc {
    /// The value of a cell that shows.
    #[inline]
    pub fn get(&self, tbl: &str, row_id: &str, col: &str) -> Option<ValueRef<'_>> {
        self.state.get(tbl, row_id, col)
    }

    /// A row that shows.
    #[inline]
    pub fn row(&self, tbl: &str, row_id: &str) -> Option<RowRef<'_>> {
        self.state.find_visible(tbl, row_id).map(|(table, row)| RowRef::new(self, table, row))
    }

    /// Whether a row shows.
    pub fn contains(&self, tbl: &str, row_id: &str) -> bool {
        self.state.find_visible(tbl, row_id).is_some()
    }

    /// The number of a table's rows that show.
    pub fn count(&self, tbl: &str) -> usize {
        self.state.schema.table(tbl).map_or(0, |table| self.state.table(table).visible() as usize)
    }

    /// The tables with at least one row that shows, sorted by name.
    pub fn tables(&self) -> Vec<&str> {
        let tables = self.state.schema.sorted_tables().iter();
        tables.filter(|&&table| self.state.table(table).visible() > 0).map(|&table| self.state.schema.table_name(table)).collect()
    }

    /// Every column that some applied event wrote in a table, sorted by name.
    pub fn columns(&self, tbl: &str) -> Vec<&str> {
        let Some(table) = self.state.schema.table(tbl) else { return Vec::new() };
        self.state.schema.sorted_columns(table).iter().map(|&column| self.state.schema.column_name(table, column)).collect()
    }

    /// A table's rows that show, in the order in which they became known here: the fastest way to read all of them.
    pub fn rows(&self, tbl: &str) -> TableRows<'_> {
        let table = self.state.schema.table(tbl);
        let rows = table.map_or(0, |table| self.state.table(table).rows());
        TableRows { doc: self, table: table.unwrap_or_default(), next: 0, end: rows }
    }
}

/// The rows of a table that show, in the order in which they became known here.
#[derive(Clone)]
pub struct TableRows<'a> {
    doc: &'a CrdtDoc,
    table: TableIndex,
    next: RowIndex,
    end: RowIndex,
}

impl<'a> Iterator for TableRows<'a> {
    type Item = RowRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<RowRef<'a>> {
        while self.next < self.end {
            let row = RowRef::new(self.doc, self.table, self.next);
            self.next += 1;
            if row.is_visible() {
                return Some(row);
            }
        }
        None
    }
}
