use crate::cells::{Cell, cells};
use crate::changes::Changes;
use crate::doc::Doc;
use crate::error::Result;
use crate::options::size;
use crate::packed;
use crate::scan::{Range, Scan};
use crate::value::Value;
use convergedb::ChangeFilter;
use std::sync::Arc;

/// A row of a table.
#[derive(uniffi::Record)]
pub struct TableRow {
    /// The table.
    pub tbl: String,
    /// The row.
    pub row_id: String,
}

#[uniffi::export]
impl Doc {
    /// The value of a cell that shows.
    pub fn get(&self, tbl: &str, row_id: &str, col: &str) -> Result<Option<Value>> {
        Ok(self.0.get(tbl, row_id, col)?)
    }

    /// The cells of a row that shows, sorted by column.
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

    /// The tables with at least one row that shows.
    pub fn tables(&self) -> Result<Vec<String>> {
        Ok(self.0.tables()?)
    }

    /// Every column that was written in a table.
    pub fn columns(&self, tbl: &str) -> Result<Vec<String>> {
        Ok(self.0.columns(tbl)?)
    }

    /// At most `limit` rows of a table that show, in the order of their ids, in one buffer.
    pub fn scan_packed(&self, tbl: &str, range: Range, limit: u64) -> Result<Vec<u8>> {
        Ok(packed::write_rows(&self.0.scan(tbl, &range.read(), size(limit))?))
    }

    /// The rows of a table, page by page.
    pub fn rows(&self, tbl: &str, range: Range) -> Arc<Scan> {
        Arc::new(Scan::new(self.0.rows(tbl, range.read())))
    }

    /// Keeps changes from now on for a reader: all, or those of some tables and rows.
    pub fn subscribe(&self, tables: Option<Vec<String>>, table_rows: Vec<TableRow>, patches_max: u64) -> Result<Arc<Changes>> {
        let filter = match tables {
            None if table_rows.is_empty() => ChangeFilter::all(),
            tables => {
                let filter = tables.unwrap_or_default().iter().fold(ChangeFilter::default(), |filter, tbl| filter.and_table(tbl));
                table_rows.iter().fold(filter, |filter, row| filter.and_row(&row.tbl, &row.row_id))
            }
        };
        Ok(Arc::new(Changes(self.0.subscribe(filter, size(patches_max))?)))
    }
}
