use crate::ephemeral::EphemeralStore;
use crate::utf8::name;
use pyo3::prelude::*;
use pyo3::types::PyString;

type Text<'a, 'py> = &'a Bound<'py, PyString>;

/// The JSON forms, for tests and people.
#[pymethods]
impl EphemeralStore {
    /// As `set`; `value` is the text of a value.
    #[pyo3(signature = (ns, key, value, timestamp=None))]
    fn set_json(&self, py: Python<'_>, ns: Text<'_, '_>, key: Text<'_, '_>, value: Text<'_, '_>, timestamp: Option<f64>) -> PyResult<bool> {
        let (ns, key, value) = (name(ns, "namespace")?, name(key, "key")?, name(value, "text")?);
        self.wait(py, |store| store.set_json(ns, key, value, timestamp))
    }

    /// As `get`.
    #[pyo3(signature = (ns, key))]
    fn get_json(&self, py: Python<'_>, ns: Text<'_, '_>, key: Text<'_, '_>) -> PyResult<Option<String>> {
        let (ns, key) = (name(ns, "namespace")?, name(key, "key")?);
        self.wait(py, |store| store.get_json(ns, key))
    }

    /// As `get_all`.
    #[pyo3(signature = (ns))]
    fn get_all_json(&self, py: Python<'_>, ns: Text<'_, '_>) -> PyResult<String> {
        let ns = name(ns, "namespace")?;
        self.wait(py, |store| store.get_all_json(ns))
    }

    /// As `merge`, of the text of entries, which may have an `age` in milliseconds.
    #[pyo3(signature = (entries))]
    fn merge_json(&self, py: Python<'_>, entries: Text<'_, '_>) -> PyResult<String> {
        let entries = name(entries, "text")?;
        self.wait(py, |store| store.merge_json(entries))
    }

    /// As `expire`.
    fn expire_json(&self, py: Python<'_>) -> PyResult<String> {
        self.wait(py, |store| store.expire_json())
    }

    /// As `remove_peer`.
    #[pyo3(signature = (peer))]
    fn remove_peer_json(&self, py: Python<'_>, peer: Text<'_, '_>) -> PyResult<String> {
        let peer = name(peer, "peer id")?;
        self.wait(py, |store| store.remove_peer_json(peer))
    }
}
