use super::EphemeralStore;
use crate::error::Result;
use crate::json;

/// The calls that take or give JSON text. The [`json`] module says what texts are read and which errors a bad one gives; an entry is
/// `{"value":1,"timestamp":10.0,"peer":"alice"}`, or `{"removed":true,"timestamp":10.0,"peer":"alice"}`.
impl EphemeralStore {
    /// As [`set`](EphemeralStore::set).
    ///
    /// # Errors
    ///
    /// As [`set`](EphemeralStore::set), and those of the text.
    pub fn set_json(&self, ns: &str, key: &str, value: &str, timestamp: Option<f64>) -> Result<bool> {
        self.call(|store| store.set_json(ns, key, value, timestamp))
    }

    /// The entry that shows at a key.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn get_json(&self, ns: &str, key: &str) -> Result<Option<String>> {
        self.call(|store| Ok(store.get_json(ns, key)))
    }

    /// The entries that show in a namespace, `{key: entry}`, sorted by key.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn get_all_json(&self, ns: &str) -> Result<String> {
        self.call(|store| Ok(store.get_all_json(ns)))
    }

    /// Takes in `{namespace: {key: entry}}`, by the rules of [`merge`](EphemeralStore::merge), and gives what changed in the same shape.
    /// An entry may have an `age` in milliseconds; what changed is given without.
    ///
    /// # Errors
    ///
    /// As [`merge`](EphemeralStore::merge); a text that is no such message is `malformed`.
    pub fn merge_json(&self, entries: &str) -> Result<String> {
        self.call(|store| store.merge_json(entries))
    }

    /// As [`expire`](EphemeralStore::expire): what went, `{namespace: {key: entry}}`.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn expire_json(&self) -> Result<String> {
        self.expire().map(|went| json::entries_to_json(&went))
    }

    /// As [`remove_peer`](EphemeralStore::remove_peer): the removals that it made, `{namespace: {key: entry}}`.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn remove_peer_json(&self, peer: &str) -> Result<String> {
        self.remove_peer(peer).map(|removals| json::entries_to_json(&removals))
    }
}
