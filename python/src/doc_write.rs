use crate::cells::Cells;
use crate::commit::Commit;
use crate::doc::Doc;
use crate::many::{Rows, Updates};
use crate::take;
use crate::utf8::name;
use crate::value::settle;
use convergedb::Commit as Made;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};

/// Local writes: each is one transaction, applied whole or not at all, here and on every other replica.
#[pymethods]
impl Doc {
    /// Make a row show, with these cells: a mapping of columns and values, or pairs of them. Raises `RowExists` if it shows.
    #[pyo3(signature = (tbl, row_id, values))]
    fn insert(
        &self,
        py: Python<'_>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        values: &Bound<'_, PyAny>,
    ) -> PyResult<Commit> {
        let cells = Cells::of(values)?;
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, cells.borrow()?);
        self.write(py, |doc| doc.insert(tbl, row_id, &values)).map(Made::into)
    }

    /// Write these cells into a row, and make it show if it does not.
    #[pyo3(signature = (tbl, row_id, values))]
    fn upsert(
        &self,
        py: Python<'_>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        values: &Bound<'_, PyAny>,
    ) -> PyResult<Commit> {
        let cells = Cells::of(values)?;
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, cells.borrow()?);
        self.write(py, |doc| doc.upsert(tbl, row_id, &values)).map(Made::into)
    }

    /// Write one cell of a row. Raises `RowNotFound` if it does not show.
    #[pyo3(signature = (tbl, row_id, col, value))]
    fn update(
        &self,
        py: Python<'_>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        col: &Bound<'_, PyString>,
        value: Bound<'_, PyAny>,
    ) -> PyResult<Commit> {
        let value = settle(value)?;
        let value = value.borrow()?;
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        self.write(py, |doc| doc.update(tbl, row_id, col, value)).map(Made::into)
    }

    /// Write several cells of a row as one transaction. Raises `RowNotFound` if it does not show.
    #[pyo3(signature = (tbl, row_id, values))]
    fn update_columns(
        &self,
        py: Python<'_>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        values: &Bound<'_, PyAny>,
    ) -> PyResult<Commit> {
        let cells = Cells::of(values)?;
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, cells.borrow()?);
        self.write(py, |doc| doc.update_columns(tbl, row_id, &values)).map(Made::into)
    }

    /// Remove a row. Raises `RowNotFound` if it does not show.
    #[pyo3(signature = (tbl, row_id))]
    fn delete(&self, py: Python<'_>, tbl: &Bound<'_, PyString>, row_id: &Bound<'_, PyString>) -> PyResult<Commit> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.write(py, |doc| doc.delete(tbl, row_id)).map(Made::into)
    }

    /// Remove every row of a table.
    #[pyo3(signature = (tbl))]
    fn delete_all(&self, py: Python<'_>, tbl: &Bound<'_, PyString>) -> PyResult<Commit> {
        let tbl = name(tbl, "table")?;
        self.wait(py, |doc| doc.delete_all(tbl)).map(Made::into)
    }

    /// Insert many rows of one table in one call.
    ///
    /// `rows` is an iterable of `(row_id, values)` pairs or of mappings, or it is columns: a mapping of names and equally long sequences. In
    /// mappings and columns `key` names the column that holds the row ids, which is not stored as a cell; without it each row gets a fresh
    /// time-ordered id.
    ///
    /// It is one transaction, or several when there are more rows than one may hold. If one row fails, none is written.
    #[pyo3(signature = (tbl, rows, *, key=None))]
    fn insert_many(
        &self,
        py: Python<'_>,
        tbl: &Bound<'_, PyString>,
        rows: &Bound<'_, PyAny>,
        key: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Commit> {
        let rows = Rows::of(rows, key, || self.read(py, |doc| doc.new_row_id()))?;
        let tbl = name(tbl, "table")?;
        let cells = rows.cells.borrow()?;
        let rows = rows.borrow(&cells)?;
        self.wait(py, |doc| doc.insert_many(tbl, &rows)).map(Made::into)
    }

    /// Write many cells of one table as one transaction, in this order: `(row_id, column, value)` triples.
    #[pyo3(signature = (tbl, cells))]
    fn update_many(&self, py: Python<'_>, tbl: &Bound<'_, PyString>, cells: &Bound<'_, PyAny>) -> PyResult<Commit> {
        let updates = Updates::of(cells)?;
        let tbl = name(tbl, "table")?;
        let cells = updates.borrow()?;
        self.wait(py, |doc| doc.update_many(tbl, &cells)).map(Made::into)
    }

    /// Apply operations of plain data (`Insert`, `Update`, `Delete`) as one transaction. `at` is its wall-clock time in milliseconds since
    /// the Unix epoch.
    #[pyo3(signature = (ops, *, at=None))]
    fn apply(&self, py: Python<'_>, ops: &Bound<'_, PyAny>, at: Option<i64>) -> PyResult<Commit> {
        let ops = take::ops(ops)?;
        self.wait(py, |doc| doc.apply(&ops, at)).map(Made::into)
    }
}
