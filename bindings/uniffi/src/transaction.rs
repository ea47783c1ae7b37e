use crate::cells::{Cell, borrowed, cells};
use crate::doc::Commit;
use crate::error::Result;
use crate::events::RowOp;
use crate::options::size;
use crate::packed;
use crate::scan::Range;
use crate::value::Value;
use convergedb::api;

/// An open transaction.
#[derive(uniffi::Object)]
pub struct Transaction(pub(crate) api::Transaction);

#[uniffi::export]
impl Transaction {
    /// Makes a row show, with these cells.
    pub fn insert(&self, tbl: &str, row_id: &str, cells: Vec<Cell>) -> Result<()> {
        Ok(self.0.insert(tbl, row_id, &borrowed(&cells))?)
    }

    /// Inserts many rows of one table, given in one buffer.
    pub fn insert_many_packed(&self, tbl: &str, rows: &[u8]) -> Result<()> {
        Ok(packed::read_rows(rows)?.iter().try_for_each(|(row_id, cells)| self.0.insert(tbl, row_id, cells))?)
    }

    /// Writes these cells into a row and makes it show if it does not.
    pub fn upsert(&self, tbl: &str, row_id: &str, cells: Vec<Cell>) -> Result<()> {
        Ok(self.0.upsert(tbl, row_id, &borrowed(&cells))?)
    }

    /// Writes one cell of a row that shows.
    pub fn update(&self, tbl: &str, row_id: &str, col: &str, value: Value) -> Result<()> {
        Ok(self.0.update(tbl, row_id, col, &value)?)
    }

    /// As `update`, of a cell in one buffer.
    pub fn update_packed(&self, cell: &[u8]) -> Result<()> {
        let ([tbl, row_id, col], value) = packed::read_cell(cell)?;
        Ok(self.0.update(tbl, row_id, col, value)?)
    }

    /// As `insert`, of the table's name and a row in one buffer.
    pub fn insert_packed(&self, row: &[u8]) -> Result<()> {
        let (tbl, (row_id, cells)) = packed::read_row(row)?;
        Ok(self.0.insert(tbl, row_id, &cells)?)
    }

    /// As `upsert`, of the table's name and a row in one buffer.
    pub fn upsert_packed(&self, row: &[u8]) -> Result<()> {
        let (tbl, (row_id, cells)) = packed::read_row(row)?;
        Ok(self.0.upsert(tbl, row_id, &cells)?)
    }

    /// As `update_columns`, of the table's name and a row in one buffer.
    pub fn update_columns_packed(&self, row: &[u8]) -> Result<()> {
        let (tbl, (row_id, cells)) = packed::read_row(row)?;
        Ok(self.0.update_columns(tbl, row_id, &cells)?)
    }

    /// Writes several cells of a row that shows.
    pub fn update_columns(&self, tbl: &str, row_id: &str, cells: Vec<Cell>) -> Result<()> {
        Ok(self.0.update_columns(tbl, row_id, &borrowed(&cells))?)
    }

    /// Removes a row that shows.
    pub fn delete(&self, tbl: &str, row_id: &str) -> Result<()> {
        Ok(self.0.delete(tbl, row_id)?)
    }

    /// One operation.
    pub fn apply(&self, op: RowOp) -> Result<()> {
        Ok(self.0.apply(&op.into())?)
    }

    /// The value of a cell, with what was written so far.
    pub fn get(&self, tbl: &str, row_id: &str, col: &str) -> Result<Option<Value>> {
        Ok(self.0.get(tbl, row_id, col)?)
    }

    /// The cells of a row, with what was written so far.
    pub fn row(&self, tbl: &str, row_id: &str) -> Result<Option<Vec<Cell>>> {
        Ok(self.0.row(tbl, row_id)?.map(cells))
    }

    /// As `get`, of names in one buffer, and with the value in one.
    pub fn get_packed(&self, names: &[u8]) -> Result<Option<Vec<u8>>> {
        let [tbl, row_id, col] = packed::read_names(names)?;
        Ok(self.0.get(tbl, row_id, col)?.map(|value| packed::write_value(&value)))
    }

    /// As `row`, of names in one buffer, and with the cells in one.
    pub fn row_packed(&self, names: &[u8]) -> Result<Option<Vec<u8>>> {
        let [tbl, row_id] = packed::read_names(names)?;
        Ok(self.0.row(tbl, row_id)?.map(|row| packed::write_cells(&row)))
    }

    /// Whether a row shows.
    pub fn contains(&self, tbl: &str, row_id: &str) -> Result<bool> {
        Ok(self.0.contains(tbl, row_id)?)
    }

    /// The number of a table's rows that show.
    pub fn count(&self, tbl: &str) -> Result<u64> {
        Ok(self.0.count(tbl)? as u64)
    }

    /// At most `limit` rows of a table that show, in the order of their ids, in one buffer.
    pub fn scan_packed(&self, tbl: &str, range: Range, limit: u64) -> Result<Vec<u8>> {
        Ok(packed::write_rows(&self.0.scan(tbl, &range.read(), size(limit))?))
    }

    /// A time-ordered id for a new row.
    pub fn new_row_id(&self) -> Result<String> {
        Ok(self.0.new_row_id()?)
    }

    /// The number of operations so far.
    pub fn len(&self) -> Result<u64> {
        Ok(self.0.len()? as u64)
    }

    /// Makes what was written one transaction.
    pub fn commit(&self) -> Result<Commit> {
        Ok(self.0.commit()?.into())
    }

    /// Forgets what was written.
    pub fn rollback(&self) -> Result<()> {
        Ok(self.0.rollback()?)
    }

    /// As `insert`, of JSON text.
    pub fn insert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<()> {
        Ok(self.0.insert_json(tbl, row_id, values)?)
    }

    /// As `upsert`, of JSON text.
    pub fn upsert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<()> {
        Ok(self.0.upsert_json(tbl, row_id, values)?)
    }

    /// As `update`, of JSON text.
    pub fn update_json(&self, tbl: &str, row_id: &str, col: &str, value: &str) -> Result<()> {
        Ok(self.0.update_json(tbl, row_id, col, value)?)
    }

    /// As `update_columns`, of JSON text.
    pub fn update_columns_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<()> {
        Ok(self.0.update_columns_json(tbl, row_id, values)?)
    }

    /// As `row`, as JSON text.
    pub fn row_json(&self, tbl: &str, row_id: &str) -> Result<Option<String>> {
        Ok(self.0.row_json(tbl, row_id)?)
    }
}
