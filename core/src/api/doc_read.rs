use super::scan::{Scan, ScanRange, page};
use super::{Changes, Doc};
use crate::doc::{ChangeFilter, RowValues};
use crate::error::Result;
use crate::types::{Value, ValueRef};

/// Reads of what shows. Their errors are those of every call, see [`Doc`]. What does not show is no error.
impl Doc {
    /// The value of a cell that shows.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn get(&self, tbl: &str, row_id: &str, col: &str) -> Result<Option<Value>> {
        self.shared.read(|doc| Ok(doc.get(tbl, row_id, col).map(ValueRef::to_value)))
    }

    /// The cells of a row that shows, sorted by column.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn row(&self, tbl: &str, row_id: &str) -> Result<Option<RowValues>> {
        self.shared.read(|doc| Ok(doc.row(tbl, row_id).map(|row| row.to_values())))
    }

    /// Whether a row shows.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn contains(&self, tbl: &str, row_id: &str) -> Result<bool> {
        self.shared.read(|doc| Ok(doc.contains(tbl, row_id)))
    }

    /// The number of a table's rows that show.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn count(&self, tbl: &str) -> Result<usize> {
        self.shared.read(|doc| Ok(doc.count(tbl)))
    }

    /// The tables with at least one row that shows, sorted by name.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn tables(&self) -> Result<Vec<String>> {
        self.shared.read(|doc| Ok(doc.tables().into_iter().map(str::to_owned).collect()))
    }

    /// Every column that some applied event wrote in a table, sorted by name.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn columns(&self, tbl: &str) -> Result<Vec<String>> {
        self.shared.read(|doc| Ok(doc.columns(tbl).into_iter().map(str::to_owned).collect()))
    }

    /// At most `limit` rows of a table that show, in the order of their ids, each with its cells sorted by column. The next page is
    /// [`ScanRange::and_after`] the last one; a page of fewer than `limit` is the last.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn scan(&self, tbl: &str, range: &ScanRange, limit: usize) -> Result<Vec<(String, RowValues)>> {
        self.shared.read(|doc| Ok(page(doc, tbl, range, limit, usize::MAX)))
    }

    /// The rows of a table that show, in the order of their ids, fetched page by page as they are asked for. See [`Scan`].
    pub fn rows(&self, tbl: &str, range: ScanRange) -> Scan {
        Scan::new(self, tbl, range)
    }

    /// Keeps changes from now on for a reader, at most `patches_max` patches ([`CHANGES_MAX`](crate::limits::CHANGES_MAX) is a good bound)
    /// and [`CHANGES_BYTES_MAX`](crate::limits::CHANGES_BYTES_MAX) bytes: past that they are dropped and the reader is told that it
    /// lagged. With a bound of 0 it is told just that something changed.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn subscribe(&self, filter: ChangeFilter, patches_max: usize) -> Result<Changes> {
        Changes::subscribe(self, filter, patches_max)
    }
}
