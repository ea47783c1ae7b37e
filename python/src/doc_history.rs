use crate::arguments::Count;
use crate::doc::Doc;
use crate::give::{self, Rows};
use crate::take;
use crate::utf8::name;
use convergedb::Relation;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyList, PyString};

#[pymethods]
impl Doc {
    /// An applied event by its id `(peer, counter)`; `None` when there is none.
    #[pyo3(signature = (id))]
    fn event<'py>(&self, py: Python<'py>, id: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let id = take::one_event_id(id)?;
        self.wait(py, |doc| doc.event(&id))?.map(|event| give::event(py, &event)).transpose()
    }

    /// A page of the applied events that `since` (versions) does not know, in causal order: `.events`, `.next` for the next page, `.has_more`.
    #[pyo3(signature = (since=None, limit=Count(1000)), text_signature = "($self, since=None, limit=1000)")]
    fn log_page<'py>(&self, py: Python<'py>, since: Option<&Bound<'py, PyAny>>, limit: Count) -> PyResult<Bound<'py, PyAny>> {
        let since = since.map(take::versions).transpose()?.unwrap_or_default();
        give::log_page(py, &self.wait(py, |doc| doc.log(&since, limit.0))?)
    }

    /// Every applied event of a row, oldest first. It reads the whole log.
    #[pyo3(signature = (tbl, row_id))]
    fn row_history<'py>(&self, py: Python<'py>, tbl: &Bound<'_, PyString>, row_id: &Bound<'_, PyString>) -> PyResult<Bound<'py, PyList>> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        give::list(py, &self.wait(py, |doc| doc.row_history(tbl, row_id))?, give::event)
    }

    /// Every applied event that wrote a cell or deleted its row, oldest first. It reads the whole log.
    #[pyo3(signature = (tbl, row_id, col))]
    fn cell_history<'py>(
        &self,
        py: Python<'py>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        col: &Bound<'_, PyString>,
    ) -> PyResult<Bound<'py, PyList>> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        give::list(py, &self.wait(py, |doc| doc.cell_history(tbl, row_id, col))?, give::event)
    }

    /// A row as it showed when just the events that `version` knows were applied: what `versions()` said then. `None` if it did not show.
    #[pyo3(signature = (tbl, row_id, version))]
    fn row_as_of<'py>(
        &self,
        py: Python<'py>,
        tbl: &Bound<'_, PyString>,
        row_id: &Bound<'_, PyString>,
        version: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let version = take::versions(version)?;
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.wait(py, |doc| doc.row_as_of(tbl, row_id, &version))?.map(|values| give::row(py, &values)).transpose()
    }

    /// A table's rows as they showed when just the events that `version` knows were applied: a list of `(row_id, values)`.
    #[pyo3(signature = (tbl, version))]
    fn table_as_of<'py>(&self, py: Python<'py>, tbl: &Bound<'_, PyString>, version: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let version = take::versions(version)?;
        let tbl = name(tbl, "table")?;
        Rows::default().pairs(py, &self.wait(py, |doc| doc.table_as_of(tbl, &version))?)
    }

    /// How version `a` stands to version `b`, each given as event ids: "equal", "before", "after" or "concurrent".
    #[pyo3(signature = (a, b))]
    fn compare(&self, py: Python<'_>, a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>) -> PyResult<&'static str> {
        let (a, b) = (take::event_ids(a)?, take::event_ids(b)?);
        Ok(match self.wait(py, |doc| doc.compare(&a, &b))? {
            Relation::Equal => "equal",
            Relation::Before => "before",
            Relation::After => "after",
            Relation::Concurrent => "concurrent",
        })
    }

    /// The lowest common ancestors of two versions, each given as event ids.
    #[pyo3(signature = (a, b))]
    fn common_ancestors<'py>(&self, py: Python<'py>, a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let (a, b) = (take::event_ids(a)?, take::event_ids(b)?);
        give::event_ids(py, &self.wait(py, |doc| doc.common_ancestors(&a, &b))?)
    }

    /// The events that version `to` stands for and version `since` does not, in causal order: `EventRange`s.
    #[pyo3(signature = (since, to))]
    fn events_between<'py>(&self, py: Python<'py>, since: &Bound<'_, PyAny>, to: &Bound<'_, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let (since, to) = (take::event_ids(since)?, take::event_ids(to)?);
        give::list(py, &self.wait(py, |doc| doc.events_between(&since, &to))?, give::range)
    }
}
