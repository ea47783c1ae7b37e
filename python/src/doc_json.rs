use crate::arguments::{Count, page_limit, scan_range};
use crate::commit::Commit;
use crate::doc::Doc;
use crate::take;
use crate::utf8::name;
use convergedb::api;
use convergedb::{Commit as Made, json};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};

type Text<'a, 'py> = &'a Bound<'py, PyString>;

/// The JSON forms, for tests and people. They are read strictly and tell every kind of number.
#[pymethods]
impl Doc {
    /// As `insert`; `values` is the text of an object, or of a list of pairs.
    #[pyo3(signature = (tbl, row_id, values))]
    fn insert_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, values: Text<'_, '_>) -> PyResult<Commit> {
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, name(values, "text")?);
        self.wait(py, |doc| doc.insert_json(tbl, row_id, values)).map(Made::into)
    }

    /// As `upsert`; `values` is the text of an object, or of a list of pairs.
    #[pyo3(signature = (tbl, row_id, values))]
    fn upsert_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, values: Text<'_, '_>) -> PyResult<Commit> {
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, name(values, "text")?);
        self.wait(py, |doc| doc.upsert_json(tbl, row_id, values)).map(Made::into)
    }

    /// As `update`; `value` is the text of a value.
    #[pyo3(signature = (tbl, row_id, col, value))]
    fn update_json(
        &self,
        py: Python<'_>,
        tbl: Text<'_, '_>,
        row_id: Text<'_, '_>,
        col: Text<'_, '_>,
        value: Text<'_, '_>,
    ) -> PyResult<Commit> {
        let (tbl, row_id, col, value) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?, name(value, "text")?);
        self.wait(py, |doc| doc.update_json(tbl, row_id, col, value)).map(Made::into)
    }

    /// As `update_columns`; `values` is the text of an object, or of a list of pairs.
    #[pyo3(signature = (tbl, row_id, values))]
    fn update_columns_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, values: Text<'_, '_>) -> PyResult<Commit> {
        let (tbl, row_id, values) = (name(tbl, "table")?, name(row_id, "row id")?, name(values, "text")?);
        self.wait(py, |doc| doc.update_columns_json(tbl, row_id, values)).map(Made::into)
    }

    /// As `apply`, of the text of a list of operations.
    #[pyo3(signature = (ops, *, at=None))]
    fn apply_json(&self, py: Python<'_>, ops: Text<'_, '_>, at: Option<i64>) -> PyResult<Commit> {
        let ops = name(ops, "text")?;
        self.wait(py, |doc| doc.apply_json(ops, at)).map(Made::into)
    }

    /// As `merge_remote`, of the text of a list of runs; the result as text.
    #[pyo3(signature = (runs))]
    fn merge_json(&self, py: Python<'_>, runs: Text<'_, '_>) -> PyResult<String> {
        let runs = name(runs, "text")?;
        self.wait(py, |doc| doc.merge_json(runs).map(|result| json::merge_result_to_json(&result)))
    }

    /// As `get_pending`, of the text of versions: the text of a list of runs, and whether there is more.
    #[pyo3(signature = (known, *, events_max=None, bytes_max=None))]
    fn get_pending_json(
        &self,
        py: Python<'_>,
        known: Text<'_, '_>,
        events_max: Option<Count>,
        bytes_max: Option<Count>,
    ) -> PyResult<(String, bool)> {
        let (known, limit) = (name(known, "text")?, page_limit(events_max, bytes_max));
        self.wait(py, |doc| doc.get_pending_json(known, limit))
    }

    /// As `sync_state`.
    fn sync_state_json(&self, py: Python<'_>) -> PyResult<String> {
        self.wait(py, api::Doc::sync_state_json)
    }

    /// The value of a cell as text; `None` if it does not show.
    #[pyo3(signature = (tbl, row_id, col))]
    fn get_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, col: Text<'_, '_>) -> PyResult<Option<String>> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        self.wait(py, |doc| doc.get_json(tbl, row_id, col))
    }

    /// A row as the text of an object; `None` if it does not show.
    #[pyo3(signature = (tbl, row_id))]
    fn row_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>) -> PyResult<Option<String>> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.wait(py, |doc| doc.row_json(tbl, row_id))
    }

    /// The whole visible state: `{table: {row: {column: value}}}`.
    fn rows_json(&self, py: Python<'_>) -> PyResult<String> {
        self.wait(py, api::Doc::rows_json)
    }

    /// As `page`: the text of `[[row_id, {column: value}], …]`.
    #[pyo3(signature = (tbl, limit, *, prefix=None, start=None, stop=None, after=None))]
    #[allow(clippy::too_many_arguments)]
    fn page_json(
        &self,
        py: Python<'_>,
        tbl: Text<'_, '_>,
        limit: Count,
        prefix: Option<Text<'_, '_>>,
        start: Option<Text<'_, '_>>,
        stop: Option<Text<'_, '_>>,
        after: Option<Text<'_, '_>>,
    ) -> PyResult<String> {
        let range = scan_range(prefix, start, stop, after)?;
        let tbl = name(tbl, "table")?;
        self.wait(py, |doc| doc.scan_json(tbl, &range, limit.0))
    }

    /// As `event`.
    #[pyo3(signature = (id))]
    fn event_json(&self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let id = take::one_event_id(id)?;
        self.wait(py, |doc| doc.event_json(&id))
    }

    /// As `log_page`, of the text of versions.
    #[pyo3(signature = (since, limit=Count(1000)), text_signature = "($self, since, limit=1000)")]
    fn log_json(&self, py: Python<'_>, since: Text<'_, '_>, limit: Count) -> PyResult<String> {
        let since = name(since, "text")?;
        self.wait(py, |doc| doc.log_json(since, limit.0))
    }

    /// As `row_history`.
    #[pyo3(signature = (tbl, row_id))]
    fn row_history_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>) -> PyResult<String> {
        let (tbl, row_id) = (name(tbl, "table")?, name(row_id, "row id")?);
        self.wait(py, |doc| doc.row_history_json(tbl, row_id))
    }

    /// As `cell_history`.
    #[pyo3(signature = (tbl, row_id, col))]
    fn cell_history_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, col: Text<'_, '_>) -> PyResult<String> {
        let (tbl, row_id, col) = (name(tbl, "table")?, name(row_id, "row id")?, name(col, "column")?);
        self.wait(py, |doc| doc.cell_history_json(tbl, row_id, col))
    }

    /// As `row_as_of`, of the text of versions.
    #[pyo3(signature = (tbl, row_id, version))]
    fn row_as_of_json(&self, py: Python<'_>, tbl: Text<'_, '_>, row_id: Text<'_, '_>, version: Text<'_, '_>) -> PyResult<Option<String>> {
        let (tbl, row_id, version) = (name(tbl, "table")?, name(row_id, "row id")?, name(version, "text")?);
        self.wait(py, |doc| doc.row_as_of_json(tbl, row_id, version))
    }

    /// As `table_as_of`, of the text of versions.
    #[pyo3(signature = (tbl, version))]
    fn table_as_of_json(&self, py: Python<'_>, tbl: Text<'_, '_>, version: Text<'_, '_>) -> PyResult<String> {
        let (tbl, version) = (name(tbl, "table")?, name(version, "text")?);
        self.wait(py, |doc| doc.table_as_of_json(tbl, version))
    }
}
