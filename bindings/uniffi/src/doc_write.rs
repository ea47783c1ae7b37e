use crate::cells::{Cell, RowCell, borrowed};
use crate::doc::{Commit, Doc};
use crate::error::Result;
use crate::events::RowOp;
use crate::packed;
use crate::transaction::Transaction;
use crate::value::Value;
use std::sync::Arc;

#[uniffi::export]
impl Doc {
    /// Makes a row show, with these cells.
    pub fn insert(&self, tbl: &str, row_id: &str, cells: Vec<Cell>) -> Result<Commit> {
        Ok(self.0.insert(tbl, row_id, &borrowed(&cells))?.into())
    }

    /// Inserts many rows of one table, given in one buffer.
    pub fn insert_many_packed(&self, tbl: &str, rows: &[u8]) -> Result<Commit> {
        Ok(self.0.insert_many(tbl, &packed::read_rows(rows)?)?.into())
    }

    /// Writes these cells into a row and makes it show if it does not.
    pub fn upsert(&self, tbl: &str, row_id: &str, cells: Vec<Cell>) -> Result<Commit> {
        Ok(self.0.upsert(tbl, row_id, &borrowed(&cells))?.into())
    }

    /// Writes one cell of a row that shows.
    pub fn update(&self, tbl: &str, row_id: &str, col: &str, value: Value) -> Result<Commit> {
        Ok(self.0.update(tbl, row_id, col, &value)?.into())
    }

    /// As `update`, of a cell in one buffer.
    pub fn update_packed(&self, cell: &[u8]) -> Result<Commit> {
        let ([tbl, row_id, col], value) = packed::read_cell(cell)?;
        Ok(self.0.update(tbl, row_id, col, value)?.into())
    }

    /// As `insert`, of the table's name and a row in one buffer.
    pub fn insert_packed(&self, row: &[u8]) -> Result<Commit> {
        let (tbl, (row_id, cells)) = packed::read_row(row)?;
        Ok(self.0.insert(tbl, row_id, &cells)?.into())
    }

    /// As `upsert`, of the table's name and a row in one buffer.
    pub fn upsert_packed(&self, row: &[u8]) -> Result<Commit> {
        let (tbl, (row_id, cells)) = packed::read_row(row)?;
        Ok(self.0.upsert(tbl, row_id, &cells)?.into())
    }

    /// As `update_columns`, of the table's name and a row in one buffer.
    pub fn update_columns_packed(&self, row: &[u8]) -> Result<Commit> {
        let (tbl, (row_id, cells)) = packed::read_row(row)?;
        Ok(self.0.update_columns(tbl, row_id, &cells)?.into())
    }

    /// Writes several cells of a row that shows.
    pub fn update_columns(&self, tbl: &str, row_id: &str, cells: Vec<Cell>) -> Result<Commit> {
        Ok(self.0.update_columns(tbl, row_id, &borrowed(&cells))?.into())
    }

    /// Many updates of cells of one table as one transaction.
    pub fn update_many(&self, tbl: &str, cells: Vec<RowCell>) -> Result<Commit> {
        let cells: Vec<_> = cells.iter().map(|cell| (cell.row_id.as_str(), cell.col.as_str(), cell.value.as_ref())).collect();
        Ok(self.0.update_many(tbl, &cells)?.into())
    }

    /// Removes a row that shows.
    pub fn delete(&self, tbl: &str, row_id: &str) -> Result<Commit> {
        Ok(self.0.delete(tbl, row_id)?.into())
    }

    /// Removes every row of a table that shows.
    pub fn delete_all(&self, tbl: &str) -> Result<Commit> {
        Ok(self.0.delete_all(tbl)?.into())
    }

    /// Operations as one transaction.
    pub fn apply(&self, ops: Vec<RowOp>, at: Option<i64>) -> Result<Commit> {
        let ops: Vec<_> = ops.into_iter().map(convergedb::RowOp::from).collect();
        Ok(self.0.apply(&ops, at)?.into())
    }

    /// Begins a transaction.
    pub fn begin(&self, at: Option<i64>) -> Result<Arc<Transaction>> {
        Ok(Arc::new(Transaction(self.0.begin(at)?)))
    }
}
