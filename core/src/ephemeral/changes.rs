use super::entry::EphemeralEntry;
use std::collections::VecDeque;

/// What happened to a key, as its reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EphemeralChangeKind {
    /// It shows, and did not before.
    Added,
    /// It shows another entry than before, if only a newer timestamp on an equal value.
    Updated,
    /// It was removed, or its peer was.
    Removed,
    /// It reached the time to live.
    Expired,
}

/// One change of one key that shows or showed.
#[derive(Clone, Debug, PartialEq)]
pub struct EphemeralChange {
    /// What happened.
    pub kind: EphemeralChangeKind,
    /// The namespace.
    pub ns: String,
    /// The key.
    pub key: String,
    /// What the key holds after the change; for an expired one, what it held.
    pub entry: EphemeralEntry,
    /// Whether a call of this store's own (`set`, `remove`, `remove_peer`, expiry) made it, rather than a merge.
    pub local: bool,
}

/// The changes since they were last drained.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EphemeralDrained {
    /// In the order in which they happened. Empty when the reader lagged.
    pub changes: Vec<EphemeralChange>,
    /// The queue was full and its changes were dropped: read the store afresh now; the next changes follow on from this moment.
    pub lagged: bool,
}

/// A reader of a store's changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EphemeralSubscription(u64);

impl EphemeralSubscription {
    /// The subscription as a number, for languages that have no such type.
    pub fn to_u64(self) -> u64 {
        self.0
    }

    /// The subscription that [`to_u64`](EphemeralSubscription::to_u64) gave.
    pub fn from_u64(number: u64) -> EphemeralSubscription {
        EphemeralSubscription(number)
    }
}

/// Every reader's queue, each bounded by a number of changes and by bytes.
#[derive(Default)]
pub(super) struct Watchers {
    queues: Vec<Queue>,
    next: u64,
    bytes_max: usize,
}

struct Queue {
    id: u64,
    changes: VecDeque<EphemeralChange>,
    limit: usize,
    bytes: usize,
    lagged: bool,
}

impl Watchers {
    /// `bytes_max` bounds each queue: no queue need hold more than its store.
    pub(super) fn new(bytes_max: usize) -> Watchers {
        Watchers { bytes_max, ..Watchers::default() }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    pub(super) fn subscribe(&mut self, limit: usize) -> EphemeralSubscription {
        self.next += 1;
        self.queues.push(Queue { id: self.next, changes: VecDeque::new(), limit, bytes: 0, lagged: false });
        EphemeralSubscription(self.next)
    }

    pub(super) fn unsubscribe(&mut self, id: EphemeralSubscription) {
        self.queues.retain(|queue| queue.id != id.0);
    }

    pub(super) fn drain(&mut self, id: EphemeralSubscription) -> Option<EphemeralDrained> {
        let queue = self.queues.iter_mut().find(|queue| queue.id == id.0)?;
        queue.bytes = 0;
        Some(EphemeralDrained { changes: core::mem::take(&mut queue.changes).into(), lagged: core::mem::take(&mut queue.lagged) })
    }

    #[cfg(feature = "system")]
    pub(super) fn has_changes(&self, id: EphemeralSubscription) -> bool {
        self.queues.iter().any(|queue| queue.id == id.0 && (queue.lagged || !queue.changes.is_empty()))
    }

    pub(super) fn push(&mut self, change: &EphemeralChange) {
        let bytes = change.ns.len() + change.key.len() + change.entry.value.as_ref().map_or(0, |value| value.counted_bytes());
        for queue in self.queues.iter_mut().filter(|queue| !queue.lagged) {
            queue.bytes = queue.bytes.saturating_add(bytes);
            if queue.changes.len() < queue.limit && queue.bytes <= self.bytes_max {
                queue.changes.push_back(change.clone());
            } else {
                queue.changes = VecDeque::new();
                queue.lagged = true;
            }
        }
    }
}
