use crate::types::{PeerId, Value, ValueRef};
use core::cmp::Ordering;
use std::collections::BTreeMap;

/// Entries by namespace and key, both in the order of their UTF-8 bytes.
pub type EphemeralBatch = BTreeMap<String, BTreeMap<String, EphemeralEntry>>;

/// One register's content, owned: what a message carries and what a merge reports.
#[derive(Clone, Debug, PartialEq)]
pub struct EphemeralEntry {
    /// The value, or `None` where it was removed.
    pub value: Option<Value>,
    /// In milliseconds, at most 2^53 in either direction. Never `-0.0` in what a store gives.
    pub timestamp: f64,
    /// Who wrote it.
    pub peer: PeerId,
    /// How long its holders have held it, in milliseconds. It orders nothing.
    pub age_ms: u64,
}

/// An entry that shows, borrowed from its store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EphemeralRef<'a> {
    /// The value.
    pub value: ValueRef<'a>,
    /// In milliseconds.
    pub timestamp: f64,
    /// Who wrote it.
    pub peer: &'a PeerId,
}

/// A moment in one store's life, to ask later for what changed since. The default is before everything.
///
/// Marks of another store, or of an earlier life of this one, say nothing here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EphemeralMark(pub(super) u64);

impl EphemeralMark {
    /// The mark as a number, for languages that have no such type.
    pub fn to_u64(self) -> u64 {
        self.0
    }

    /// The mark that [`to_u64`](EphemeralMark::to_u64) gave.
    pub fn from_u64(number: u64) -> EphemeralMark {
        EphemeralMark(number)
    }
}

/// What became of a message's entries, in numbers. They add up to the number of entries in the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EphemeralCounts {
    /// Entries that were stored. A binary message that names a key twice may count it twice.
    pub changed: usize,
    /// Entries that were equal to what is here, or lost against it.
    pub unchanged: usize,
    /// Entries left out because they had reached the time to live.
    pub aged_out: usize,
    /// Entries left out because their timestamp is more than 10 minutes ahead of the local wall clock.
    pub from_the_future: usize,
    /// The store's mark before the merge: what changed is what [`changed_since`](super::EphemeralStore::changed_since) it tells.
    pub before: EphemeralMark,
}

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EphemeralMerge {
    /// Just the entries that were stored.
    pub changed: EphemeralBatch,
    /// What became of all of them.
    pub counts: EphemeralCounts,
}

/// The order of values: by kind and content, a removal above all.
pub(super) fn value_cmp(a: Option<ValueRef<'_>>, b: Option<ValueRef<'_>>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// A value's share of the store's bytes.
pub(super) fn value_bytes(value: Option<ValueRef<'_>>) -> usize {
    value.map_or(0, ValueRef::counted_bytes)
}
