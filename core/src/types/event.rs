use super::{EventId, PeerId, RowOp};

/// One row operation, with who made it and after what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its author and the author's counter.
    pub id: EventId,
    /// The frontier of the author's graph when it was made, sorted by peer and counter.
    pub deps: Vec<EventId>,
    /// 1 + the highest Lamport time among `deps`; 1 exactly when there are none.
    pub lamport: u64,
    /// The transaction's wall-clock time in milliseconds since the Unix epoch, for people. It orders nothing.
    pub at: Option<i64>,
    /// What it does.
    pub op: RowOp,
}

/// Consecutive events of one peer, each but the first depending on just the one before it.
///
/// Operation `i` has counter `counter_start + i` and Lamport time `lamport_start + i`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRun {
    /// The author.
    pub peer: PeerId,
    /// The first event's counter.
    pub counter_start: u64,
    /// The first event's Lamport time.
    pub lamport_start: u64,
    /// The first event's deps.
    pub deps: Vec<EventId>,
    /// The operations, at least one.
    pub ops: Vec<RowOp>,
    /// The lengths of the transactions, which add up to the number of operations; empty when each operation is its own.
    pub tx: Vec<u32>,
    /// The transactions' wall-clock times, one each; empty when none has one.
    pub at: Vec<Option<i64>>,
}

impl EventRun {
    /// The number of transactions in the run.
    pub fn transactions(&self) -> usize {
        if self.tx.is_empty() { self.ops.len() } else { self.tx.len() }
    }
}
