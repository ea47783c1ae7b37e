use crate::arguments::{Count, scan_range};
use crate::doc::Doc;
use crate::give::{self, Rows, texts};
use crate::scan::Scan;
use crate::utf8::name;
use crate::value::object;
use convergedb::api;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use std::sync::Arc;

#[pymethods]
impl Doc {
    /// The value of a cell; `default` if it does not show.
    #[pyo3(signature = (tbl, row_id, col, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        col: &Bound<'_, PyString>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        match self.read(py, |doc| doc.get(tbl, row_id, col))? {
            Some(value) => object(py, &value).map(Some),
            None => Ok(default),
        }
    }

    /// Whether a cell shows, whatever its value.
    #[pyo3(signature = (tbl, row_id, col))]
    fn has(&self, py: Python<'_>, tbl: &Bound<'_, PyString>, row_id: &Bound<'_, PyString>, col: &Bound<'_, PyString>) -> PyResult<bool> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        self.read(py, |doc| Ok(doc.get(tbl, row_id, col)?.is_some()))
    }

    /// A row's cells by column, sorted; `None` if it does not show.
    #[pyo3(signature = (tbl, row_id))]
    fn row<'py>(&self, py: Python<'py>, tbl: &Bound<'_, PyString>, row_id: &Bound<'_, PyString>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.read(py, |doc| doc.row(tbl, row_id))?.map(|values| give::row(py, &values)).transpose()
    }

    /// Whether a row shows.
    #[pyo3(signature = (tbl, row_id))]
    fn contains(&self, py: Python<'_>, tbl: &Bound<'_, PyString>, row_id: &Bound<'_, PyString>) -> PyResult<bool> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.read(py, |doc| doc.contains(tbl, row_id))
    }

    /// The number of a table's rows that show.
    #[pyo3(signature = (tbl))]
    fn count(&self, py: Python<'_>, tbl: &Bound<'_, PyString>) -> PyResult<usize> {
        let tbl = name(tbl, "table")?;
        self.read(py, |doc| doc.count(tbl))
    }

    /// The tables with at least one row that shows, sorted by name.
    fn tables<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        texts(py, &self.read(py, api::Doc::tables)?)
    }

    /// Every column that some applied event wrote in a table, sorted by name.
    #[pyo3(signature = (tbl))]
    fn columns<'py>(&self, py: Python<'py>, tbl: &Bound<'_, PyString>) -> PyResult<Bound<'py, PyList>> {
        let tbl = name(tbl, "table")?;
        texts(py, &self.wait(py, |doc| doc.columns(tbl))?)
    }

    /// The rows of a table in the order of their ids, as an iterator of `(row_id, values)` that fetches them page by page while others write.
    ///
    /// Only those whose ids begin with `prefix`, are `start` or greater, less than `stop`, and greater than `after`.
    #[pyo3(signature = (tbl, *, prefix=None, start=None, stop=None, after=None))]
    fn scan(
        &self,
        py: Python<'_>,
        tbl: &Bound<'_, PyString>,
        prefix: Option<&Bound<'_, PyString>>,
        start: Option<&Bound<'_, PyString>>,
        stop: Option<&Bound<'_, PyString>>,
        after: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Scan> {
        let range = scan_range(prefix, start, stop, after)?;
        let tbl = name(tbl, "table")?;
        let rows = self.read(py, |doc| Ok(doc.rows(tbl, range)))?;
        Ok(Scan::new(rows, Arc::clone(&self.gate)))
    }

    /// At most `limit` rows of a table as a list of `(row_id, values)`, by the rules of `scan`. A page of fewer is the last; the next one is
    /// `after` the last row.
    #[pyo3(signature = (tbl, limit, *, prefix=None, start=None, stop=None, after=None))]
    #[allow(clippy::too_many_arguments)]
    fn page<'py>(
        &self,
        py: Python<'py>,
        tbl: &Bound<'_, PyString>,
        limit: Count,
        prefix: Option<&Bound<'_, PyString>>,
        start: Option<&Bound<'_, PyString>>,
        stop: Option<&Bound<'_, PyString>>,
        after: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let range = scan_range(prefix, start, stop, after)?;
        let tbl = name(tbl, "table")?;
        let rows = self.wait(py, |doc| doc.scan(tbl, &range, limit.0))?;
        Rows::default().pairs(py, &rows)
    }
}
