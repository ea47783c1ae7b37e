use super::{EventId, PeerId};
use std::collections::BTreeMap;

/// For each peer the highest counter that is known. A peer that is absent is not known at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionVector(BTreeMap<PeerId, u64>);

impl VersionVector {
    /// A version vector that knows nothing.
    pub fn new() -> VersionVector {
        VersionVector::default()
    }

    /// The highest known counter of `peer`.
    pub fn get(&self, peer: &str) -> Option<u64> {
        self.0.get(peer).copied()
    }

    /// Sets the highest known counter of `peer`.
    pub fn set(&mut self, peer: PeerId, counter: u64) {
        self.0.insert(peer, counter);
    }

    /// Raises the highest known counter of `id.peer` to `id.counter`, if it is lower.
    pub fn include(&mut self, id: &EventId) {
        match self.0.get_mut(&id.peer) {
            Some(counter) => *counter = (*counter).max(id.counter),
            None => self.set(id.peer.clone(), id.counter),
        }
    }

    /// Whether `id` is known.
    pub fn contains(&self, id: &EventId) -> bool {
        self.get(&id.peer).is_some_and(|counter| id.counter <= counter)
    }

    /// Whether everything that `other` knows is known here too.
    pub fn covers(&self, other: &VersionVector) -> bool {
        other.iter().all(|(peer, counter)| self.get(peer).is_some_and(|known| counter <= known))
    }

    /// Peers and their highest known counters, sorted by peer.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&PeerId, u64)> {
        self.0.iter().map(|(peer, &counter)| (peer, counter))
    }

    /// The number of peers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(PeerId, u64)> for VersionVector {
    fn from_iter<I: IntoIterator<Item = (PeerId, u64)>>(entries: I) -> VersionVector {
        VersionVector(entries.into_iter().collect())
    }
}
