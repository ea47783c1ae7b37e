use crate::ephemeral::EphemeralStore;
use crate::error::Result;

#[uniffi::export]
impl EphemeralStore {
    /// As `set`.
    pub fn set_json(&self, ns: &str, key: &str, value: &str, timestamp: Option<f64>) -> Result<bool> {
        Ok(self.0.set_json(ns, key, value, timestamp)?)
    }

    /// As `get`.
    pub fn get_json(&self, ns: &str, key: &str) -> Result<Option<String>> {
        Ok(self.0.get_json(ns, key)?)
    }

    /// As `get_all`: `{key: entry}`.
    pub fn get_all_json(&self, ns: &str) -> Result<String> {
        Ok(self.0.get_all_json(ns)?)
    }

    /// As `merge`: takes and gives `{namespace: {key: entry}}`.
    pub fn merge_json(&self, entries: &str) -> Result<String> {
        Ok(self.0.merge_json(entries)?)
    }

    /// As `expire`.
    pub fn expire_json(&self) -> Result<String> {
        Ok(self.0.expire_json()?)
    }

    /// As `remove_peer`.
    pub fn remove_peer_json(&self, peer: &str) -> Result<String> {
        Ok(self.0.remove_peer_json(peer)?)
    }
}
