use crate::ephemeral_changes::EphemeralChanges;
use crate::error::{Result, invalid_argument};
use crate::options::{StoreOptions, size};
use crate::value::Value;
use convergedb::api;
use convergedb::{EphemeralBatch, EphemeralMark, PeerId};
use std::sync::Arc;

/// Presence: registers by namespace and key that age and end by themselves.
#[derive(uniffi::Object)]
pub struct EphemeralStore(pub(crate) api::EphemeralStore);

/// What a key holds.
#[derive(uniffi::Record)]
pub struct Entry {
    /// The namespace.
    pub ns: String,
    /// The key.
    pub key: String,
    /// The value; none where it was removed.
    pub value: Option<Value>,
    /// In milliseconds.
    pub timestamp: f64,
    /// Who wrote it.
    pub peer: String,
    /// How long its holders have held it, in milliseconds.
    pub age_ms: u64,
}

impl Entry {
    pub(crate) fn new(ns: String, key: String, entry: convergedb::EphemeralEntry) -> Entry {
        let peer = entry.peer.as_str().to_owned();
        Entry { ns, key, value: entry.value, timestamp: entry.timestamp, peer, age_ms: entry.age_ms }
    }
}

fn entries(batch: EphemeralBatch) -> Vec<Entry> {
    let of = |(ns, keys): (String, std::collections::BTreeMap<_, _>)| {
        keys.into_iter().map(move |(key, entry)| Entry::new(ns.clone(), key, entry))
    };
    batch.into_iter().flat_map(of).collect()
}

fn read_entries(entries: Vec<Entry>) -> Result<EphemeralBatch> {
    let mut batch = EphemeralBatch::new();
    for Entry { ns, key, value, timestamp, peer, age_ms } in entries {
        let entry = convergedb::EphemeralEntry { value, timestamp, peer: PeerId::new(&peer)?, age_ms };
        let twice = || invalid_argument(format!("key {key:?} of namespace {ns:?} is named twice"));
        if batch.get(&ns).is_some_and(|keys| keys.contains_key(&key)) {
            return Err(twice());
        }
        batch.entry(ns).or_default().insert(key, entry);
    }
    Ok(batch)
}

/// What became of a message's entries.
#[derive(uniffi::Record)]
pub struct EphemeralCounts {
    /// Entries that were stored.
    pub changed: u64,
    /// Entries that were equal to what is here, or lost against it.
    pub unchanged: u64,
    /// Entries left out because they had reached the time to live.
    pub aged_out: u64,
    /// Entries left out because their timestamp is too far ahead of the wall clock.
    pub from_the_future: u64,
    /// The store's mark before the merge.
    pub before: u64,
}

impl From<convergedb::EphemeralCounts> for EphemeralCounts {
    fn from(counts: convergedb::EphemeralCounts) -> EphemeralCounts {
        EphemeralCounts {
            changed: counts.changed as u64,
            unchanged: counts.unchanged as u64,
            aged_out: counts.aged_out as u64,
            from_the_future: counts.from_the_future as u64,
            before: counts.before.to_u64(),
        }
    }
}

/// What a merge stored, and what became of all.
#[derive(uniffi::Record)]
pub struct EphemeralMerge {
    /// The entries that were stored.
    pub changed: Vec<Entry>,
    /// What became of all of them.
    pub counts: EphemeralCounts,
}

/// A message, and the mark to ask with for the next one.
#[derive(uniffi::Record)]
pub struct EphemeralUpdate {
    /// What to send.
    pub bytes: Vec<u8>,
    /// The mark after it.
    pub mark: u64,
}

#[uniffi::export]
impl EphemeralStore {
    /// A new, empty store.
    #[uniffi::constructor]
    pub fn new(options: StoreOptions) -> Result<Arc<EphemeralStore>> {
        Ok(Arc::new(EphemeralStore(api::EphemeralStore::new(options.read()?)?)))
    }

    /// Closes the store.
    pub fn shut(&self) -> Result<()> {
        Ok(self.0.close()?)
    }

    /// The peer id that it writes under.
    pub fn peer(&self) -> Result<String> {
        Ok(self.0.peer()?.as_str().to_owned())
    }

    /// How long an entry lives, in milliseconds.
    pub fn ttl_ms(&self) -> Result<Option<u64>> {
        Ok(self.0.ttl_ms()?)
    }

    /// The number of entries.
    pub fn entries(&self) -> Result<u64> {
        Ok(self.0.entries()? as u64)
    }

    /// The bytes of names and values.
    pub fn bytes(&self) -> Result<u64> {
        Ok(self.0.bytes()? as u64)
    }

    /// Writes an entry; whether it was stored.
    pub fn set(&self, ns: &str, key: &str, value: Value, timestamp: Option<f64>) -> Result<bool> {
        Ok(self.0.set(ns, key, &value, timestamp)?)
    }

    /// Removes an entry; whether the removal was stored.
    pub fn remove(&self, ns: &str, key: &str, timestamp: Option<f64>) -> Result<bool> {
        Ok(self.0.remove(ns, key, timestamp)?)
    }

    /// The entry that shows at a key.
    pub fn get(&self, ns: &str, key: &str) -> Result<Option<Entry>> {
        Ok(self.0.get(ns, key)?.map(|entry| Entry::new(ns.to_owned(), key.to_owned(), entry)))
    }

    /// The entries that show in a namespace, sorted by key.
    pub fn get_all(&self, ns: &str) -> Result<Vec<Entry>> {
        Ok(self.0.get_all(ns)?.into_iter().map(|(key, entry)| Entry::new(ns.to_owned(), key, entry)).collect())
    }

    /// The namespaces in which an entry shows.
    pub fn namespaces(&self) -> Result<Vec<String>> {
        Ok(self.0.namespaces()?)
    }

    /// Takes in entries.
    pub fn merge(&self, entries_to_merge: Vec<Entry>) -> Result<EphemeralMerge> {
        let merged = self.0.merge(&read_entries(entries_to_merge)?)?;
        Ok(EphemeralMerge { changed: entries(merged.changed), counts: merged.counts.into() })
    }

    /// Takes in a message.
    pub fn merge_bytes(&self, message: &[u8]) -> Result<EphemeralCounts> {
        Ok(self.0.merge_bytes(message)?.into())
    }

    /// Some namespaces as a message; all without any.
    pub fn encode(&self, namespaces: Option<Vec<String>>) -> Result<Vec<u8>> {
        let Some(namespaces) = namespaces else { return Ok(self.0.encode_all()?) };
        let namespaces: Vec<&str> = namespaces.iter().map(String::as_str).collect();
        Ok(self.0.encode(&namespaces)?)
    }

    /// What changed since a mark, as a message.
    pub fn encode_since(&self, mark: u64) -> Result<EphemeralUpdate> {
        let (bytes, mark) = self.0.encode_since(EphemeralMark::from_u64(mark))?;
        Ok(EphemeralUpdate { bytes, mark: mark.to_u64() })
    }

    /// What changed since a mark.
    pub fn changed_since(&self, mark: u64) -> Result<Vec<Entry>> {
        Ok(entries(self.0.changed_since(EphemeralMark::from_u64(mark))?.0))
    }

    /// The mark of this moment.
    pub fn mark(&self) -> Result<u64> {
        Ok(self.0.mark()?.to_u64())
    }

    /// Ends what has reached the time to live: what went.
    pub fn expire(&self) -> Result<Vec<Entry>> {
        Ok(entries(self.0.expire()?))
    }

    /// Removes what a peer wrote: the removals.
    pub fn remove_peer(&self, peer: &str) -> Result<Vec<Entry>> {
        Ok(entries(self.0.remove_peer(peer)?))
    }

    /// Keeps changes from now on for a reader.
    pub fn subscribe(&self, limit: u64) -> Result<Arc<EphemeralChanges>> {
        Ok(Arc::new(EphemeralChanges(self.0.subscribe(size(limit))?)))
    }

    /// Moves the clock of a store whose clocks are moved by hand.
    pub fn advance(&self, ms: u64) -> Result<()> {
        Ok(self.0.advance(ms)?)
    }

    /// Sets the time of day of a store whose clocks are moved by hand.
    pub fn set_wall(&self, ms: i64) -> Result<()> {
        Ok(self.0.set_wall(ms)?)
    }
}
