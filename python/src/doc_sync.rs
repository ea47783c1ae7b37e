use crate::arguments::{Asked, Count, asked, page_limit};
use crate::doc::Doc;
use crate::give;
use crate::take;
use convergedb::api;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyDict, PyList};

#[pymethods]
impl Doc {
    /// How far this replica is: `SyncState(frontier, versions)`.
    fn sync_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        give::sync_state(py, &self.read(py, api::Doc::sync_state)?)
    }

    /// For each peer the highest applied counter: what another replica's `get_pending` takes.
    fn versions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        give::versions(py, &self.read(py, api::Doc::versions)?)
    }

    /// The applied events that no other depends on, sorted.
    fn frontier<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        give::event_ids(py, &self.read(py, api::Doc::frontier)?)
    }

    /// What this replica knows, as bytes for another one's `get_pending`. Unlike plain versions it shows when two devices write under one
    /// peer id.
    fn encode_request<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.wait(py, api::Doc::encode_request)?))
    }

    /// What another replica lacks, as bytes for its `merge_remote`: empty when it lacks nothing. `known` is what it knows: its `versions()`,
    /// or the bytes of its `encode_request()`.
    ///
    /// A long history comes in pages. While `.has_more` of the result is true, ask again once the page is merged.
    #[pyo3(signature = (known, *, events_max=None, bytes_max=None))]
    fn get_pending<'py>(
        &self,
        py: Python<'py>,
        known: Bound<'py, PyAny>,
        events_max: Option<Count>,
        bytes_max: Option<Count>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limit = page_limit(events_max, bytes_max);
        let page = match asked(known)? {
            Asked::Versions(known) => self.wait(py, |doc| doc.encode_update(&known, limit))?,
            Asked::Request(request) => {
                let request = request.as_bytes();
                self.wait(py, |doc| doc.encode_pending(request, limit))?
            }
        };
        give::update_bytes_class(py)?.call1((PyBytes::new(py, &page.bytes), page.has_more))
    }

    /// What another replica lacks as plain data: a page of `EventRun`s, by the rules of `get_pending`.
    #[pyo3(signature = (known, *, events_max=None, bytes_max=None))]
    fn get_pending_runs<'py>(
        &self,
        py: Python<'py>,
        known: &Bound<'py, PyAny>,
        events_max: Option<Count>,
        bytes_max: Option<Count>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (known, limit) = (take::versions(known)?, page_limit(events_max, bytes_max));
        let page = self.wait(py, |doc| doc.get_pending(&known, limit))?;
        give::page_class(py)?.call1((give::list(py, &page.runs, give::run)?, page.has_more))
    }

    /// Merge what another replica made, all or nothing: the bytes of its `get_pending`, or `EventRun`s.
    ///
    /// The result has `.patches`, `.applied`, `.duplicates`, `.pending`, `.rejected` and `.fresh_peer`. With `patches=False` it has no
    /// patches, which saves making them.
    #[pyo3(signature = (update, *, patches=true))]
    fn merge_remote<'py>(&self, py: Python<'py>, update: Bound<'py, PyAny>, patches: bool) -> PyResult<Bound<'py, PyAny>> {
        let result = if update.is_instance_of::<PyList>() || update.is_instance_of::<pyo3::types::PyTuple>() {
            let runs = take::runs(&update)?;
            self.wait(py, |doc| doc.merge_remote(&runs))?
        } else {
            let update = take::bytes(update)?;
            let update = update.as_bytes();
            self.wait(py, |doc| if patches { doc.merge_update(update) } else { doc.merge_update_quiet(update) })?
        };
        give::merge_result(py, &result)
    }

    /// The ids that waiting events wait for and that are neither applied nor waiting.
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        give::event_ids(py, &self.wait(py, api::Doc::missing)?)
    }

    /// Forget all events that wait for others, and say how many there were. They can come again.
    fn drop_waiting(&self, py: Python<'_>) -> PyResult<u64> {
        self.wait(py, api::Doc::drop_waiting)
    }

    /// Go on under a fresh peer id from the own counter `from_counter`, because another device writes under this one too.
    #[pyo3(signature = (from_counter))]
    fn fork<'py>(&self, py: Python<'py>, from_counter: u64) -> PyResult<Bound<'py, PyAny>> {
        let result = self.wait(py, |doc| doc.fork(from_counter))?;
        give::merge_result(py, &result)
    }

    /// The whole replica as bytes, for `Doc.decode`.
    fn encode_replica<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.wait(py, api::Doc::encode_replica)?))
    }

    /// The replica without its history as bytes, for `Doc.decode`: it reads, writes and merges, but has no older history.
    fn encode_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.wait(py, api::Doc::encode_state)?))
    }

    /// The SHA-256 of the visible state, as 64 hexadecimal digits: equal on every replica that has applied the same events.
    fn digest(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.wait(py, api::Doc::digest)?.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
