use crate::arguments::Count;
use crate::doc::Doc;
use crate::error::raise;
use crate::give::{self, texts};
use crate::utf8::name;
use crate::value::{Held, object, settle};
use convergedb::api;
use convergedb::store::QueryLimits;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyList, PyString};
use std::path::PathBuf;

/// What concerns the file that a document lies in.
#[pymethods]
impl Doc {
    /// What opening the file came to: `OpenReport(created, fresh_peer, rebuilt)`.
    #[getter]
    fn opened<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report = self.read(py, api::Doc::opened)?;
        let fresh = report.fresh_peer.map(|fresh| fresh.name());
        give::report_class(py)?.call1((report.created, fresh, report.rebuilt))
    }

    /// The full path of the file; `None` in memory.
    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<Option<PathBuf>> {
        self.read(py, api::Doc::path)
    }

    /// Whether the file was opened for reading only.
    #[getter]
    fn is_read_only(&self, py: Python<'_>) -> PyResult<bool> {
        self.read(py, api::Doc::is_read_only)
    }

    /// Return once everything that was written is on the disk. It already is, unless the durability is "relaxed".
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::flush)
    }

    /// Let go of the file and its locks. What is in memory can still be read; all else needs `resume` first.
    fn suspend(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::suspend)
    }

    /// Take the file up again after `suspend`.
    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::resume)
    }

    /// Write a consistent copy to a path where nothing is yet. It opens as a replica of its own, under a fresh peer id.
    #[pyo3(signature = (to))]
    fn backup(&self, py: Python<'_>, to: PathBuf) -> PyResult<()> {
        self.wait(py, |doc| doc.backup(&to))
    }

    /// Give free space inside the file back to the disk.
    fn compact(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::compact)
    }

    /// Read everything and say what is wrong and where, in words; an empty list when all is well.
    fn verify<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        texts(py, &self.wait(py, api::Doc::verify)?)
    }

    /// Make the rows in the file again from the log.
    fn rebuild(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::Doc::rebuild)
    }

    /// What the file takes: `StoreStats(file_bytes, wal_bytes, free_bytes)`.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stats = self.wait(py, api::Doc::stats)?;
        give::stats_class(py)?.call1((stats.file_bytes, stats.wal_bytes, stats.free_bytes))
    }

    /// Run one SELECT over the rows that show: each table is a view of its name, with `row_id` and its columns. Parameters stand as `?1`,
    /// `?2`, … in it. For documents in files.
    #[pyo3(signature = (sql, parameters=None, *, rows_max=None, timeout=None))]
    fn query<'py>(
        &self,
        py: Python<'py>,
        sql: &Bound<'_, PyString>,
        parameters: Option<&Bound<'_, PyAny>>,
        rows_max: Option<Count>,
        timeout: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut limits = QueryLimits::default();
        limits.rows = rows_max.map_or(limits.rows, |most| most.0);
        limits.time = crate::arguments::timeout(py, timeout)?.unwrap_or(limits.time);
        let settled = match parameters {
            Some(parameters) => parameters.try_iter()?.map(|value| settle(value?)).collect::<PyResult<Vec<_>>>()?,
            None => Vec::new(),
        };
        let parameters = settled.iter().map(Held::borrow).collect::<PyResult<Vec<_>>>()?;
        let sql = name(sql, "SQL")?;
        let found = self.wait(py, |doc| doc.query(sql, &parameters, limits))?;
        let rows = PyList::empty(py);
        for row in &found.rows {
            let values = row.iter().map(|value| object(py, value)).collect::<PyResult<Vec<_>>>()?;
            rows.append(pyo3::types::PyTuple::new(py, values)?)?;
        }
        give::query_class(py)?.call1((texts(py, &found.columns)?, rows))
    }

    /// Make an index over columns of a table, so that queries find rows by them. Making it again does nothing.
    #[pyo3(signature = (tbl, columns))]
    fn create_index(&self, py: Python<'_>, tbl: &Bound<'_, PyString>, columns: Vec<Bound<'_, PyString>>) -> PyResult<()> {
        let tbl = name(tbl, "table")?;
        let columns = columns.iter().map(|col| name(col, "column")).collect::<PyResult<Vec<_>>>()?;
        self.wait(py, |doc| doc.create_index(tbl, &columns))
    }
}

/// Read what is left of a damaged file, which is not changed: `Salvage(rows, events, problems)`.
#[pyfunction]
#[pyo3(signature = (path))]
pub(crate) fn salvage(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let left = py.detach(|| api::Doc::salvage(&path)).map_err(|error| raise(py, &error))?;
    let rows = PyList::empty(py);
    for (tbl, row_id, values) in &left.rows {
        rows.append((tbl, row_id, give::row(py, values)?))?;
    }
    give::salvage_class(py)?.call1((rows, give::list(py, &left.events, give::run)?, texts(py, &left.problems)?))
}
