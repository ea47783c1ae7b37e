use crate::doc::{Commit, Doc};
use crate::error::{Result, invalid_argument};
use crate::packed::{Cells, Packer, Unpacker};
use crate::transaction::Transaction;
use convergedb::ValueRef;

/// A write of one row, as a packed buffer has it: what it does (u8: 0 insert, 1 upsert, 2 update, 3 update of several columns), the table
/// and the row (texts), cells.
enum Write<'b> {
    Insert(&'b str, &'b str, Cells<'b>),
    Upsert(&'b str, &'b str, Cells<'b>),
    Update(&'b str, &'b str, &'b str, ValueRef<'b>),
    UpdateColumns(&'b str, &'b str, Cells<'b>),
}

impl<'b> Write<'b> {
    fn read(bytes: &'b [u8]) -> Result<Write<'b>> {
        let mut packed = Unpacker::new(bytes);
        let (what, tbl, row_id, cells) = (packed.byte()?, packed.text()?, packed.text()?, packed.cells()?);
        packed.end()?;
        Ok(match (what, cells.as_slice()) {
            (0, _) => Write::Insert(tbl, row_id, cells),
            (1, _) => Write::Upsert(tbl, row_id, cells),
            (2, &[(col, value)]) => Write::Update(tbl, row_id, col, value),
            (3, _) => Write::UpdateColumns(tbl, row_id, cells),
            _ => return Err(invalid_argument(format!("a packed buffer holds no write of the kind {what}"))),
        })
    }
}

#[uniffi::export]
impl Doc {
    /// A write of one row.
    pub fn write_packed(&self, write: &[u8]) -> Result<Commit> {
        let commit = match Write::read(write)? {
            Write::Insert(tbl, row_id, cells) => self.0.insert(tbl, row_id, &cells)?,
            Write::Upsert(tbl, row_id, cells) => self.0.upsert(tbl, row_id, &cells)?,
            Write::Update(tbl, row_id, col, value) => self.0.update(tbl, row_id, col, value)?,
            Write::UpdateColumns(tbl, row_id, cells) => self.0.update_columns(tbl, row_id, &cells)?,
        };
        Ok(commit.into())
    }

    /// As `insert_many`, of a table (text) and rows.
    pub fn insert_many_packed(&self, rows: &[u8]) -> Result<Commit> {
        let mut packed = Unpacker::new(rows);
        let (tbl, rows) = (packed.text()?, packed.rows()?);
        packed.end()?;
        Ok(self.0.insert_many(tbl, &rows)?.into())
    }

    /// As `get`, of a table, a row and a column (texts): a value, or nothing where none shows.
    pub fn get_packed(&self, cell: &[u8]) -> Result<Vec<u8>> {
        let mut packed = Unpacker::new(cell);
        let (tbl, row_id, col) = (packed.text()?, packed.text()?, packed.text()?);
        packed.end()?;
        let mut found = Packer::default();
        if let Some(value) = self.0.get(tbl, row_id, col)? {
            found.value(&value);
        }
        Ok(found.finish())
    }

    /// As `row`, of a table and a row (texts): cells, or nothing where it does not show.
    pub fn row_packed(&self, row: &[u8]) -> Result<Vec<u8>> {
        let mut packed = Unpacker::new(row);
        let (tbl, row_id) = (packed.text()?, packed.text()?);
        packed.end()?;
        let mut found = Packer::default();
        if let Some(cells) = self.0.row(tbl, row_id)? {
            found.cells(cells);
        }
        Ok(found.finish())
    }
}

#[uniffi::export]
impl Transaction {
    /// A write of one row.
    pub fn write_packed(&self, write: &[u8]) -> Result<()> {
        match Write::read(write)? {
            Write::Insert(tbl, row_id, cells) => self.0.insert(tbl, row_id, &cells)?,
            Write::Upsert(tbl, row_id, cells) => self.0.upsert(tbl, row_id, &cells)?,
            Write::Update(tbl, row_id, col, value) => self.0.update(tbl, row_id, col, value)?,
            Write::UpdateColumns(tbl, row_id, cells) => self.0.update_columns(tbl, row_id, &cells)?,
        }
        Ok(())
    }

    /// As `insert_many`, of a table (text) and rows.
    pub fn insert_many_packed(&self, rows: &[u8]) -> Result<()> {
        let mut packed = Unpacker::new(rows);
        let (tbl, rows) = (packed.text()?, packed.rows()?);
        packed.end()?;
        Ok(rows.iter().try_for_each(|(row_id, cells)| self.0.insert(tbl, row_id, cells))?)
    }
}
