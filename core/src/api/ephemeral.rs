use super::manual_clock::ManualClock;
use super::shared::Shared;
use super::source::Source;
use super::{EphemeralChanges, EphemeralOptions, SystemEntropy};
use crate::ephemeral::{self, EphemeralBatch, EphemeralChange, EphemeralCounts, EphemeralEntry, EphemeralMark, EphemeralMerge};
use crate::ephemeral::{EphemeralRef, EphemeralSubscription};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{PeerId, ValueRef};
use core::fmt;
use std::sync::Arc;

/// Presence: registers `namespace → key → entry` that age, end by themselves and are never on disk. Any thread may use it; calls on one
/// store take turns.
///
/// A clone is another handle of the same store. The last handle to go closes it. Every call is `closed` after
/// [`close`](EphemeralStore::close). A panic inside a call is caught: that call and every later one are `internal`.
#[derive(Clone)]
pub struct EphemeralStore {
    pub(crate) shared: Arc<Shared<OpenStore>>,
    _closer: Arc<Closer>,
}

/// A store that is open.
pub(crate) struct OpenStore {
    pub(crate) store: ephemeral::EphemeralStore,
    manual: Option<ManualClock>,
}

struct Closer(Arc<Shared<OpenStore>>);

impl Drop for Closer {
    fn drop(&mut self) {
        // There is nobody left to be told.
        let _ = close(&self.0);
    }
}

fn close(shared: &Shared<OpenStore>) -> Result<()> {
    let guard = shared.lock()?;
    shared.close(guard, |_| Ok(()))
}

impl EphemeralStore {
    /// An empty store.
    ///
    /// # Errors
    ///
    /// `storage` when the operating system gives no randomness.
    pub fn new(options: EphemeralOptions) -> Result<EphemeralStore> {
        SystemEntropy::check()?;
        let (store, manual) = options.make();
        let shared = Arc::new(Shared::new(OpenStore { store, manual }));
        Ok(EphemeralStore { _closer: Arc::new(Closer(Arc::clone(&shared))), shared })
    }

    /// The one way in.
    pub(crate) fn call<T>(&self, call: impl FnOnce(&mut ephemeral::EphemeralStore) -> Result<T>) -> Result<T> {
        self.shared.caught(|| {
            let mut guard = self.shared.lock()?;
            let result = call(&mut guard.open()?.store);
            self.shared.release(guard);
            result
        })
    }

    /// Closes the store, for every handle. Closing again does nothing.
    ///
    /// # Errors
    ///
    /// `internal` after a panic.
    pub fn close(&self) -> Result<()> {
        close(&self.shared)
    }

    /// The peer under which it writes.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn peer(&self) -> Result<PeerId> {
        self.call(|store| Ok(store.peer().clone()))
    }

    /// The time to live in milliseconds, if entries end.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn ttl_ms(&self) -> Result<Option<u64>> {
        self.call(|store| Ok(store.ttl_ms()))
    }

    /// The number of entries, removed ones and those that wait for [`expire`](EphemeralStore::expire) included.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn entries(&self) -> Result<usize> {
        self.call(|store| Ok(store.entries()))
    }

    /// The bytes of those entries, as [`EphemeralOptions::limits`] counts them.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn bytes(&self) -> Result<usize> {
        self.call(|store| Ok(store.bytes()))
    }

    /// Writes a value under the own peer, and says whether it was stored: it is not where a greater or equal entry is.
    ///
    /// Without a timestamp (in milliseconds) the store takes the time of day, but always more than its own newest timestamp and the key's
    /// present one, so the value is stored.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for an empty name or a timestamp that is no number or beyond 2^53 ms; `invalid_value` for a float that is
    /// not finite; `from_the_future` for a timestamp more than 10 minutes ahead of the wall clock; `limit_exceeded` for a name or
    /// value that is too long, a full store, or when there is no greater timestamp.
    pub fn set<'v>(&self, ns: &str, key: &str, value: impl Into<ValueRef<'v>>, timestamp: Option<f64>) -> Result<bool> {
        self.call(|store| store.set(ns, key, value, timestamp))
    }

    /// Removes a key, by the rules and with the errors of [`set`](EphemeralStore::set). The removal is an entry like any other: it
    /// is sent, ages, and ends at the time to live. Until then no older entry comes back.
    ///
    /// # Errors
    ///
    /// As [`set`](EphemeralStore::set).
    pub fn remove(&self, ns: &str, key: &str, timestamp: Option<f64>) -> Result<bool> {
        self.call(|store| store.remove(ns, key, timestamp))
    }

    /// The entry that shows at a key. Its age is not told (0).
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn get(&self, ns: &str, key: &str) -> Result<Option<EphemeralEntry>> {
        self.call(|store| Ok(store.get(ns, key).map(owned)))
    }

    /// The entries that show in a namespace, sorted by key. Their ages are not told (0).
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn get_all(&self, ns: &str) -> Result<Vec<(String, EphemeralEntry)>> {
        self.call(|store| Ok(store.get_all(ns).into_iter().map(|(key, entry)| (key.to_owned(), owned(entry))).collect()))
    }

    /// The namespaces that show an entry, sorted.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn namespaces(&self) -> Result<Vec<String>> {
        self.call(|store| Ok(store.namespaces().into_iter().map(str::to_owned).collect()))
    }

    /// Takes in entries by the rules of the layer, and says which were stored and what became of the others. Checks the form of all of them
    /// before it changes anything.
    ///
    /// # Errors
    ///
    /// `malformed` for a name, value or timestamp out of bounds; `limit_exceeded` when the store would be full.
    pub fn merge(&self, entries: &EphemeralBatch) -> Result<EphemeralMerge> {
        self.call(|store| store.merge(entries))
    }

    /// Takes in a message that [`encode`](EphemeralStore::encode) or its like made. What changed is
    /// [`changed_since`](EphemeralStore::changed_since) the result's `before`.
    ///
    /// # Errors
    ///
    /// `malformed` or `unsupported_version` for the message, `limit_exceeded` when the store would be full; then nothing has changed.
    pub fn merge_bytes(&self, message: &[u8]) -> Result<EphemeralCounts> {
        self.call(|store| store.merge_bytes(message))
    }

    /// The entries of these namespaces as a message, removed ones included.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn encode(&self, namespaces: &[&str]) -> Result<Vec<u8>> {
        self.call(|store| Ok(store.encode(namespaces)))
    }

    /// All entries as a message, removed ones included.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn encode_all(&self) -> Result<Vec<u8>> {
        self.call(|store| Ok(store.encode_all()))
    }

    /// The entries that changed after a mark as a message, and the mark to ask with next time.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn encode_since(&self, mark: EphemeralMark) -> Result<(Vec<u8>, EphemeralMark)> {
        self.call(|store| Ok(store.encode_since(mark)))
    }

    /// The entries that changed after a mark, removed ones included, and the mark to ask with next time.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn changed_since(&self, mark: EphemeralMark) -> Result<(EphemeralBatch, EphemeralMark)> {
        self.call(|store| Ok(store.changed_since(mark)))
    }

    /// This moment, for [`encode_since`](EphemeralStore::encode_since) and [`changed_since`](EphemeralStore::changed_since).
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn mark(&self) -> Result<EphemeralMark> {
        self.call(|store| Ok(store.mark()))
    }

    /// Removes what has reached the time to live, and says what went. Nobody sees it before either; this frees its room, and tells readers
    /// of changes.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn expire(&self) -> Result<EphemeralBatch> {
        self.call(|store| Ok(store.expire()))
    }

    /// Hides what a departed peer wrote, key by key, up to the timestamp it has now. Gives the removals that it made.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn remove_peer(&self, peer: &str) -> Result<EphemeralBatch> {
        self.call(|store| Ok(store.remove_peer(peer)))
    }

    /// Keeps changes from now on for a reader, at most `limit` of them ([`CHANGES_MAX`](crate::limits::CHANGES_MAX) is a good bound) and
    /// not more bytes than the store may hold: past that they are dropped and the reader is told that it lagged.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`EphemeralStore`].
    pub fn subscribe(&self, limit: usize) -> Result<EphemeralChanges> {
        EphemeralChanges::subscribe(self, limit)
    }

    /// Lets time pass on both clocks of a store with [`EphemeralOptions::manual_clock`], in milliseconds. For tests and simulations.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for a store with the operating system's clocks.
    pub fn advance(&self, ms: u64) -> Result<()> {
        self.manual(|clock| clock.advance(ms))
    }

    /// Sets the time of day of a store with [`EphemeralOptions::manual_clock`], in milliseconds since the Unix epoch; no time passes. For
    /// tests and simulations.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for a store with the operating system's clocks.
    pub fn set_wall(&self, ms: i64) -> Result<()> {
        self.manual(|clock| clock.set_wall(ms))
    }

    fn manual(&self, set: impl FnOnce(&ManualClock)) -> Result<()> {
        let mut guard = self.shared.lock()?;
        match &guard.open()?.manual {
            Some(clock) => set(clock),
            None => return Err(Error::invalid_argument("the store has the operating system's clocks")),
        }
        Ok(())
    }

    /// Recomputes every invariant the slow way. For tests.
    ///
    /// # Errors
    ///
    /// `internal`, with the first broken invariant in words: a bug in this library, or broken memory.
    pub fn check(&self) -> Result<()> {
        self.call(|store| store.check().map_err(|broken| Error::new(ErrorKind::Internal, broken)))
    }
}

fn owned(entry: EphemeralRef<'_>) -> EphemeralEntry {
    EphemeralEntry { value: Some(entry.value.to_value()), timestamp: entry.timestamp, peer: entry.peer.clone(), age_ms: 0 }
}

impl Source for OpenStore {
    const NAME: &'static str = "store";
    type Id = EphemeralSubscription;
    type Change = EphemeralChange;

    #[inline]
    fn is_watched(&self) -> bool {
        self.store.is_watched()
    }

    fn has_changes(&self, id: EphemeralSubscription) -> bool {
        self.store.has_changes(id)
    }

    fn drain(&mut self, id: EphemeralSubscription) -> (Vec<EphemeralChange>, bool) {
        self.store.drain_changes(id).map_or((Vec::new(), false), |drained| (drained.changes, drained.lagged))
    }

    fn unsubscribe(&mut self, id: EphemeralSubscription) {
        self.store.unsubscribe(id);
    }
}

impl fmt::Debug for EphemeralStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EphemeralStore").finish_non_exhaustive()
    }
}
