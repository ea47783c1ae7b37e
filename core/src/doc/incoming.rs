use super::CrdtDoc;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::WaitingTransaction;
use crate::oplog::{Arena, LogReader, OpView, Packed};
use crate::types::{EventId, EventRun, RowOp};

/// A transaction of a message, borrowed from it.
#[derive(Clone, Debug)]
pub(crate) struct Incoming<'m> {
    pub(crate) id: EventId,
    /// The first event's deps, sorted.
    pub(crate) deps: Vec<EventId>,
    /// The first event's Lamport time; 0 when the message did not say it, because it follows from the deps.
    pub(crate) lamport: u64,
    pub(crate) at: Option<i64>,
    pub(crate) ops: &'m [RowOp],
}

impl<'m> Incoming<'m> {
    /// The transactions of a message whose form is good, in its order.
    pub(crate) fn of(runs: &'m [EventRun]) -> Vec<Incoming<'m>> {
        let mut transactions = Vec::with_capacity(runs.iter().map(EventRun::transactions).sum());
        for run in runs {
            let mut first = 0;
            for number in 0..run.transactions() {
                let length = run.tx.get(number).map_or(1, |&length| length as usize);
                let mut deps =
                    if first == 0 { run.deps.clone() } else { vec![EventId::new(run.peer.clone(), run.counter_start + first as u64 - 1)] };
                deps.sort_unstable();
                transactions.push(Incoming {
                    id: EventId::new(run.peer.clone(), run.counter_start + first as u64),
                    deps,
                    lamport: if run.lamport_start == 0 { 0 } else { run.lamport_start + first as u64 },
                    at: run.at.get(number).copied().flatten(),
                    ops: &run.ops[first..first + length],
                });
                first += length;
            }
        }
        transactions
    }

    pub(crate) fn events(&self) -> u32 {
        self.ops.len() as u32
    }

    /// The counter after the last one.
    pub(crate) fn end(&self) -> u64 {
        self.id.counter + self.ops.len() as u64
    }

    /// Whether the other one says the same of the same events.
    pub(crate) fn same(&self, other: &Incoming<'_>) -> bool {
        let unsaid = self.lamport == 0 || other.lamport == 0;
        self.id == other.id
            && (unsaid || self.lamport == other.lamport)
            && self.at == other.at
            && self.deps == other.deps
            && self.ops == other.ops
    }

    /// The counter of the first event of which the other one, which shares an event id with it, says something else.
    pub(crate) fn first_difference(&self, other: &Incoming<'_>) -> u64 {
        if self.id == other.id && self.ops.len() == other.ops.len() && self.same(&Incoming { ops: self.ops, ..other.clone() }) {
            let at = self.ops.iter().zip(other.ops).position(|(a, b)| a != b).unwrap_or(0);
            return self.id.counter + at as u64;
        }
        self.id.counter.max(other.id.counter)
    }

    /// Whether a waiting transaction says the same of the same events.
    pub(crate) fn same_as_waiting(&self, waiting: &WaitingTransaction<Vec<RowOp>>) -> bool {
        self.same(&Incoming::of_waiting(waiting))
    }

    /// A transaction that waits.
    pub(crate) fn of_waiting(waiting: &'m WaitingTransaction<Vec<RowOp>>) -> Incoming<'m> {
        Incoming { id: waiting.id.clone(), deps: waiting.deps.clone(), lamport: waiting.lamport, at: waiting.at, ops: &waiting.content }
    }

    /// Turns it into one that waits.
    pub(crate) fn to_waiting(&self) -> WaitingTransaction<Vec<RowOp>> {
        let named: usize = self.deps.iter().map(|dep| dep.peer.len() + 8).sum();
        WaitingTransaction {
            id: self.id.clone(),
            deps: self.deps.clone(),
            lamport: self.lamport,
            events: self.events(),
            at: self.at,
            bytes: self.ops.iter().map(held_bytes).sum::<usize>() + named,
            content: self.ops.to_vec(),
        }
    }
}

/// What a waiting operation takes, about: the bytes of its names and values, and 64 for itself and for each of its cells, so that many
/// small ones are not held for nothing.
fn held_bytes(op: &RowOp) -> usize {
    let cells = match op {
        RowOp::Insert { values, .. } => values.len(),
        RowOp::Update { .. } => 1,
        RowOp::Delete { .. } => 0,
    };
    op.counted_bytes() + 64 * (1 + cells)
}

/// A known event came with other content.
#[cold]
pub(crate) fn conflict(id: EventId, what: &str) -> Error {
    Error::new(ErrorKind::ConflictingEvent, format!("event {id} came with another {what}")).with_event_id(id)
}

impl CrdtDoc {
    /// Whether a message's transaction is applied here: not at all, or whole and with the same content.
    ///
    /// # Errors
    ///
    /// `conflicting_event`, with the id, when one of its events is applied with other deps, Lamport time, bounds, time or operation;
    /// `corrupt` when stored history is damaged.
    pub(crate) fn is_applied(&self, reader: &mut LogReader<'_>, incoming: &Incoming<'_>) -> Result<bool> {
        let id = &incoming.id;
        let Some(start) = self.graph.find_id(id) else { return Ok(false) };
        let end = start + incoming.events();
        let what = if self.transactions.range(start) != (start..end) {
            "transaction around it"
        } else if incoming.lamport != 0 && self.graph.place(start).2 != incoming.lamport {
            "Lamport time"
        } else if self.transactions.time(start) != incoming.at {
            "time"
        } else if self.graph.deps(start) != incoming.deps {
            "list of deps"
        } else {
            for (at, op) in incoming.ops.iter().enumerate() {
                let (view, arena) = reader.get(start + at as u32)?;
                if !self.is_op(view, arena, op) {
                    return Err(conflict(EventId::new(id.peer.clone(), id.counter + at as u64), "operation"));
                }
            }
            return Ok(true);
        };
        Err(conflict(id.clone(), what))
    }

    /// Whether an operation of the log, whose text lies in `arena`, is this one, as written.
    fn is_op(&self, view: OpView<'_>, arena: &Arena, op: &RowOp) -> bool {
        let state = &self.state;
        let (table, row) = self.row_of(view);
        if state.schema.table_name(table) != op.tbl() || state.table(table).id(row) != op.row_id() {
            return false;
        }
        let cell = |field, packed: Packed, col: &str, value: &crate::types::Value| {
            let (table, column) = state.schema.field(field);
            state.schema.column_name(table, column) == col && arena.value(packed) == Some(value.as_ref())
        };
        match (view, op) {
            (OpView::Insert { cells, values, .. }, RowOp::Insert { values: written, .. }) => {
                let mut pairs = cells.iter().zip(values).zip(written);
                cells.len() == written.len()
                    && pairs.all(|((shape, &bits), (col, value))| cell(shape.field(), Packed { bits, tag: shape.tag() }, col, value))
            }
            (OpView::Update { field, value: packed, .. }, RowOp::Update { col, value, .. }) => cell(field, packed, col, value),
            (OpView::Delete { .. }, RowOp::Delete { .. }) => true,
            _ => false,
        }
    }
}
