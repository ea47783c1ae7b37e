//! Who, when, after what: the causal graph of events, run-length encoded. It knows no content.
//!
//! Inside, an event is a [`LocalNumber`]: its place in arrival order, which is a causal order. Consecutive events of one peer, each
//! depending on just the one before it, are one *span*. An event's place (peer, counter) is kept apart from its identity (the local
//! number), so that two events may one day share a place.

mod ancestry;
mod heads;
mod peers;
mod span;
#[cfg(test)]
mod tests;
mod transactions;
mod waiting;

pub use ancestry::Relation;
pub(crate) use heads::Heads;
pub(crate) use peers::{PeerIndex, Peers};
pub(crate) use span::Graph;
pub(crate) use transactions::Transactions;
pub(crate) use waiting::{Progress, Waiting, WaitingTransaction};

/// An event's place in this replica's arrival order: 0, 1, 2, …
pub(crate) type LocalNumber = u32;
