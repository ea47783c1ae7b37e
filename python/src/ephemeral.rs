use crate::arguments::Count;
use crate::ephemeral_changes::EphemeralChanges;
use crate::error::raise;
use crate::forks::Kept;
use crate::gate::Gate;
use crate::give::{self, texts};
use crate::take;
use crate::utf8::name;
use crate::value::settle;
use convergedb::api::{self, EphemeralOptions};
use convergedb::limits::{CHANGES_MAX, EPHEMERAL_BYTES_MAX, EPHEMERAL_ENTRIES_MAX, EPHEMERAL_TTL_MS};
use convergedb::{EphemeralMark, Result};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyDict, PyList, PyString};
use std::sync::Arc;

/// The native half of `convergedb.EphemeralStore`.
#[pyclass(frozen, subclass, weakref, module = "convergedb._convergedb")]
pub(crate) struct EphemeralStore {
    inner: Kept<api::EphemeralStore>,
    pub(crate) gate: Arc<Gate>,
}

type Text<'a, 'py> = &'a Bound<'py, PyString>;

impl EphemeralStore {
    pub(crate) fn call<T: Send>(&self, py: Python<'_>, call: impl FnOnce(&api::EphemeralStore) -> Result<T> + Send) -> PyResult<T> {
        self.gate.read(py, || call(self.inner.get()?))
    }

    pub(crate) fn wait<T: Send>(&self, py: Python<'_>, call: impl FnOnce(&api::EphemeralStore) -> Result<T> + Send) -> PyResult<T> {
        self.gate.wait(py, || call(self.inner.get()?))
    }
}

#[pymethods]
impl EphemeralStore {
    #[new]
    #[pyo3(signature = (*, peer=None, ttl_ms=EPHEMERAL_TTL_MS as i64, entries_max=Count(EPHEMERAL_ENTRIES_MAX),
        bytes_max=Count(EPHEMERAL_BYTES_MAX), wall_clock=true, manual_clock=false),
        text_signature = "(*, peer=None, ttl_ms=30000, entries_max=100000, bytes_max=67108864, wall_clock=True, manual_clock=False)")]
    fn new(
        py: Python<'_>,
        peer: Option<Text<'_, '_>>,
        ttl_ms: Option<i64>,
        entries_max: Count,
        bytes_max: Count,
        wall_clock: bool,
        manual_clock: bool,
    ) -> PyResult<EphemeralStore> {
        let ttl_ms = ttl_ms
            .map(|ttl_ms| u64::try_from(ttl_ms).map_err(|_| crate::error::invalid_argument(py, "ttl_ms is at least 1, or None")))
            .transpose()?;
        let mut options = EphemeralOptions::new().ttl_ms(ttl_ms).limits(entries_max.0, bytes_max.0).wall_clock(wall_clock);
        if let Some(peer) = peer {
            options = options.peer(take::peer(peer)?);
        }
        if manual_clock {
            options = options.manual_clock();
        }
        let inner = api::EphemeralStore::new(options).map_err(|error| raise(py, &error))?;
        Ok(EphemeralStore { inner: Kept::new(inner), gate: Arc::new(Gate::new(false)) })
    }

    /// Close the store. Closing again does nothing.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::EphemeralStore::close)
    }

    /// The peer under which it writes.
    #[getter]
    fn peer(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.call(py, api::EphemeralStore::peer)?.as_str().to_owned())
    }

    /// The time to live in milliseconds, if entries end.
    #[getter]
    fn ttl_ms(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        self.call(py, api::EphemeralStore::ttl_ms)
    }

    /// The number of entries, removed ones and those that wait for `expire` included.
    #[getter]
    fn entries(&self, py: Python<'_>) -> PyResult<usize> {
        self.call(py, api::EphemeralStore::entries)
    }

    /// The bytes of those entries.
    #[getter]
    fn bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.call(py, api::EphemeralStore::bytes)
    }

    /// Write a value under the own peer, and say whether it was stored: it is not where a greater or equal entry is.
    #[pyo3(signature = (ns, key, value, timestamp=None))]
    fn set(&self, py: Python<'_>, ns: Text<'_, '_>, key: Text<'_, '_>, value: Bound<'_, PyAny>, timestamp: Option<f64>) -> PyResult<bool> {
        let value = settle(value)?;
        let (ns, key, value) = (name(ns, "namespace")?, name(key, "key")?, value.borrow()?);
        self.call(py, |store| store.set(ns, key, value, timestamp))
    }

    /// Remove a key. The removal is an entry like any other: it is sent, ages, and ends.
    #[pyo3(signature = (ns, key, timestamp=None))]
    fn remove(&self, py: Python<'_>, ns: Text<'_, '_>, key: Text<'_, '_>, timestamp: Option<f64>) -> PyResult<bool> {
        let (ns, key) = (name(ns, "namespace")?, name(key, "key")?);
        self.call(py, |store| store.remove(ns, key, timestamp))
    }

    /// The entry that shows at a key: `Entry(value, timestamp, peer, removed)`; `None` if none does.
    #[pyo3(signature = (ns, key))]
    fn get<'py>(&self, py: Python<'py>, ns: Text<'_, '_>, key: Text<'_, '_>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (ns, key) = (name(ns, "namespace")?, name(key, "key")?);
        self.call(py, |store| store.get(ns, key))?.map(|entry| give::entry(py, &entry)).transpose()
    }

    /// The entries that show in a namespace, by key.
    #[pyo3(signature = (ns))]
    fn get_all<'py>(&self, py: Python<'py>, ns: Text<'_, '_>) -> PyResult<Bound<'py, PyDict>> {
        let ns = name(ns, "namespace")?;
        let entries = self.call(py, |store| store.get_all(ns))?;
        let dict = PyDict::new(py);
        entries.iter().try_for_each(|(key, entry)| dict.set_item(key, give::entry(py, entry)?))?;
        Ok(dict)
    }

    /// The namespaces that show an entry, sorted.
    fn namespaces<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        texts(py, &self.call(py, api::EphemeralStore::namespaces)?)
    }

    /// Take in entries `{namespace: {key: Entry}}`, and give those that changed something, in the same shape.
    #[pyo3(signature = (entries))]
    fn merge<'py>(&self, py: Python<'py>, entries: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let entries = take::entries(entries)?;
        give::entries(py, &self.wait(py, |store| store.merge(&entries))?.changed)
    }

    /// Take in a message that `encode` or its like made: `EphemeralCounts`, whose `.before` is a mark for `changed_since`.
    #[pyo3(signature = (message))]
    fn merge_bytes<'py>(&self, py: Python<'py>, message: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let message = take::bytes(message)?;
        let message = message.as_bytes();
        let counts = self.wait(py, |store| store.merge_bytes(message))?;
        give::counts_class(py)?.call1((counts.changed, counts.unchanged, counts.aged_out, counts.from_the_future, counts.before.to_u64()))
    }

    /// The entries as a message for other stores: all, or those of these namespaces.
    #[pyo3(signature = (*namespaces))]
    fn encode<'py>(&self, py: Python<'py>, namespaces: Vec<Bound<'py, PyString>>) -> PyResult<Bound<'py, PyBytes>> {
        let namespaces = namespaces.iter().map(|ns| name(ns, "namespace")).collect::<PyResult<Vec<_>>>()?;
        let message = self.wait(py, |store| if namespaces.is_empty() { store.encode_all() } else { store.encode(&namespaces) })?;
        Ok(PyBytes::new(py, &message))
    }

    /// The entries that changed after a mark as a message, and the mark to ask with next time. 0 is the mark of the beginning.
    #[pyo3(signature = (mark=0))]
    fn encode_since<'py>(&self, py: Python<'py>, mark: u64) -> PyResult<(Bound<'py, PyBytes>, u64)> {
        let (message, mark) = self.wait(py, |store| store.encode_since(EphemeralMark::from_u64(mark)))?;
        Ok((PyBytes::new(py, &message), mark.to_u64()))
    }

    /// The entries that changed after a mark, removed ones included, and the mark to ask with next time.
    #[pyo3(signature = (mark=0))]
    fn changed_since<'py>(&self, py: Python<'py>, mark: u64) -> PyResult<(Bound<'py, PyDict>, u64)> {
        let (entries, mark) = self.wait(py, |store| store.changed_since(EphemeralMark::from_u64(mark)))?;
        Ok((give::entries(py, &entries)?, mark.to_u64()))
    }

    /// This moment, for `encode_since` and `changed_since`.
    fn mark(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.call(py, api::EphemeralStore::mark)?.to_u64())
    }

    /// Remove what has reached the time to live, and say what went. Nobody sees it before either; this frees its room and tells readers.
    fn expire<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        give::entries(py, &self.wait(py, api::EphemeralStore::expire)?)
    }

    /// Hide what a departed peer wrote, and give the removals that it made.
    #[pyo3(signature = (peer))]
    fn remove_peer<'py>(&self, py: Python<'py>, peer: Text<'_, '_>) -> PyResult<Bound<'py, PyDict>> {
        let peer = name(peer, "peer id")?;
        give::entries(py, &self.wait(py, |store| store.remove_peer(peer))?)
    }

    /// Keep changes from now on for a reader, at most `limit` of them.
    #[pyo3(signature = (*, limit=Count(CHANGES_MAX)), text_signature = "($self, *, limit=65536)")]
    fn subscribe(&self, py: Python<'_>, limit: Count) -> PyResult<EphemeralChanges> {
        let changes = self.call(py, |store| store.subscribe(limit.0))?;
        Ok(EphemeralChanges::new(changes))
    }

    /// Let time pass in a store with `manual_clock`, in milliseconds. For tests.
    #[pyo3(signature = (ms))]
    fn advance(&self, py: Python<'_>, ms: u64) -> PyResult<()> {
        self.call(py, |store| store.advance(ms))
    }

    /// Set the time of day of a store with `manual_clock`, in milliseconds since the Unix epoch. For tests.
    #[pyo3(signature = (ms))]
    fn set_wall(&self, py: Python<'_>, ms: i64) -> PyResult<()> {
        self.call(py, |store| store.set_wall(ms))
    }

    /// Recompute every invariant the slow way. For tests.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, api::EphemeralStore::check)
    }
}
