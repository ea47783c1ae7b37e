//! Presence: cursors, selections, who is typing. Registers `namespace → key → entry` that end by themselves and are never on disk.
//!
//! An entry is a value (or its removal), a timestamp and the peer that wrote it. Of two entries for one key the greater stays, by
//! `(timestamp, peer, value)`; a removal is the greatest value. Nothing else decides, so stores that saw the same entries show the
//! same, whatever the order. An entry ages by the monotonic clocks of those who hold it and ends at the time to live, everywhere, also
//! when its writer is gone; wall clocks are never compared.
//!
//! ```text
//!   set, remove ──┐                                  ┌── get, get_all, namespaces
//!   merge ────────┼──► ns → key → greatest entry ────┼── changed_since(mark), encode, encode_all, encode_since(mark)
//!   merge_bytes ──┘        │ ages                    └── drain_changes: added, updated, removed, expired
//!   remove_peer            └──► expire
//! ```
//!
//! The binary form is drawn byte by byte in `FORMAT.md`, beside this file.

mod changes;
mod check;
mod checksum;
#[deny(clippy::indexing_slicing)]
mod codec;
mod encode;
mod entry;
mod held;
mod index;
mod key;
mod merge;
#[deny(clippy::indexing_slicing)]
mod merge_bytes;
mod names;
mod options;
mod store;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
#[deny(clippy::indexing_slicing)]
mod wire;

pub use changes::{EphemeralChange, EphemeralChangeKind, EphemeralDrained, EphemeralSubscription};
pub use entry::{EphemeralBatch, EphemeralCounts, EphemeralEntry, EphemeralMark, EphemeralMerge, EphemeralRef};
pub use options::EphemeralOptions;
pub use store::EphemeralStore;
