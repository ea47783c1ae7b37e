use crate::doc::{Commit, Doc};
use crate::error::{Result, invalid_argument};
use crate::packed::{PackedRow, read_rows};
use crate::transaction::Transaction;

/// A write of one row by its number: what it does is said once, and the rest crosses in one buffer.
#[derive(Clone, Copy)]
enum Write {
    Insert,
    Upsert,
    Update,
    UpdateColumns,
}

impl Write {
    fn read(what: u8) -> Result<Write> {
        [Write::Insert, Write::Upsert, Write::Update, Write::UpdateColumns]
            .get(usize::from(what))
            .copied()
            .ok_or_else(|| invalid_argument(format!("there is no write of the number {what}")))
    }
}

/// The one row of a buffer.
fn one(packed: &[u8]) -> Result<PackedRow<'_>> {
    let mut rows = read_rows(packed)?;
    match (rows.pop(), rows.is_empty()) {
        (Some(row), true) => Ok(row),
        _ => Err(invalid_argument("a buffer holds other than one row")),
    }
}

#[uniffi::export]
impl Doc {
    /// A write of one row in one buffer: 0 as `insert`, 1 as `upsert`, 2 as `update` of its one cell, 3 as `update_columns`.
    pub fn write_packed(&self, what: u8, tbl: &str, row: &[u8]) -> Result<Commit> {
        let (row_id, cells) = one(row)?;
        let commit = match (Write::read(what)?, cells.as_slice()) {
            (Write::Insert, cells) => self.0.insert(tbl, row_id, cells)?,
            (Write::Upsert, cells) => self.0.upsert(tbl, row_id, cells)?,
            (Write::Update, &[(col, value)]) => self.0.update(tbl, row_id, col, value)?,
            (Write::Update | Write::UpdateColumns, cells) => self.0.update_columns(tbl, row_id, cells)?,
        };
        Ok(commit.into())
    }
}

#[uniffi::export]
impl Transaction {
    /// A write of one row in one buffer: 0 as `insert`, 1 as `upsert`, 2 as `update` of its one cell, 3 as `update_columns`.
    pub fn write_packed(&self, what: u8, tbl: &str, row: &[u8]) -> Result<()> {
        let (row_id, cells) = one(row)?;
        match (Write::read(what)?, cells.as_slice()) {
            (Write::Insert, cells) => self.0.insert(tbl, row_id, cells)?,
            (Write::Upsert, cells) => self.0.upsert(tbl, row_id, cells)?,
            (Write::Update, &[(col, value)]) => self.0.update(tbl, row_id, col, value)?,
            (Write::Update | Write::UpdateColumns, cells) => self.0.update_columns(tbl, row_id, cells)?,
        }
        Ok(())
    }
}
