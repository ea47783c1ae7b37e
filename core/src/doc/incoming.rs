use super::CrdtDoc;
use super::binary::NamedUpdate;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::WaitingTransaction;
use crate::oplog::{Arena, LogReader, OpView, Packed};
use crate::types::{EventId, EventRun, RowOp};
use core::ops::Range;
use std::borrow::Cow;

/// The operations of a transaction: as plain data, or in the update that they came in, where a few bytes may tell millions of cells.
#[derive(Clone)]
pub(crate) enum Ops<'m> {
    Plain(&'m [RowOp]),
    InUpdate(&'m NamedUpdate<'m>, Range<usize>),
}

impl<'m> Ops<'m> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Ops::Plain(ops) => ops.len(),
            Ops::InUpdate(_, range) => range.len(),
        }
    }

    /// The operations, of which one at a time is made plain.
    pub(crate) fn iter<'d>(&'d self, doc: &'d CrdtDoc) -> impl Iterator<Item = Cow<'m, RowOp>> + use<'m, 'd> {
        (0..self.len()).map(move |at| self.get(doc, at))
    }

    pub(crate) fn get(&self, doc: &CrdtDoc, at: usize) -> Cow<'m, RowOp> {
        match self {
            Ops::Plain(ops) => Cow::Borrowed(&ops[at]),
            Ops::InUpdate(update, range) => Cow::Owned(doc.named_op(update, range.start + at)),
        }
    }
}

/// A transaction of a message, borrowed from it.
#[derive(Clone)]
pub(crate) struct Incoming<'m> {
    pub(crate) id: EventId,
    /// The first event's deps, sorted.
    pub(crate) deps: Vec<EventId>,
    /// The first event's Lamport time; 0 when the message did not say it, because it follows from the deps.
    pub(crate) lamport: u64,
    pub(crate) at: Option<i64>,
    pub(crate) ops: Ops<'m>,
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
                    ops: Ops::Plain(&run.ops[first..first + length]),
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

    /// Whether the other one says the same of the same events, operations apart.
    fn same_frame(&self, other: &Incoming<'_>) -> bool {
        let unsaid = self.lamport == 0 || other.lamport == 0;
        self.id == other.id
            && (unsaid || self.lamport == other.lamport)
            && self.at == other.at
            && self.deps == other.deps
            && self.ops.len() == other.ops.len()
    }

    /// The number of the first operation that the other one has otherwise.
    fn other_op(&self, other: &Incoming<'_>, doc: &CrdtDoc) -> Option<usize> {
        self.ops.iter(doc).zip(other.ops.iter(doc)).position(|(a, b)| a != b)
    }

    /// Whether the other one says the same of the same events.
    pub(crate) fn same(&self, other: &Incoming<'_>, doc: &CrdtDoc) -> bool {
        self.same_frame(other) && self.other_op(other, doc).is_none()
    }

    /// The counter of the first event of which the other one, which shares an event id with it, says something else.
    pub(crate) fn first_difference(&self, other: &Incoming<'_>, doc: &CrdtDoc) -> u64 {
        if self.same_frame(other) {
            return self.id.counter + self.other_op(other, doc).unwrap_or(0) as u64;
        }
        self.id.counter.max(other.id.counter)
    }

    /// Whether a waiting transaction says the same of the same events.
    pub(crate) fn same_as_waiting(&self, waiting: &WaitingTransaction<Vec<RowOp>>, doc: &CrdtDoc) -> bool {
        self.same(&Incoming::of_waiting(waiting), doc)
    }

    /// A transaction that waits.
    pub(crate) fn of_waiting(waiting: &'m WaitingTransaction<Vec<RowOp>>) -> Incoming<'m> {
        Incoming {
            id: waiting.id.clone(),
            deps: waiting.deps.clone(),
            lamport: waiting.lamport,
            at: waiting.at,
            ops: Ops::Plain(&waiting.content),
        }
    }

    /// Its operations as plain data.
    pub(crate) fn content(&self, doc: &CrdtDoc) -> Vec<RowOp> {
        self.ops.iter(doc).map(Cow::into_owned).collect()
    }

    /// Turns it into one that waits, without its operations yet: whether it may stay shows later.
    pub(crate) fn to_waiting(&self, doc: &CrdtDoc) -> WaitingTransaction<Vec<RowOp>> {
        let named: usize = self.deps.iter().map(|dep| dep.peer.len() + 8).sum();
        WaitingTransaction {
            id: self.id.clone(),
            deps: self.deps.clone(),
            lamport: self.lamport,
            events: self.events(),
            at: self.at,
            bytes: self.ops.iter(doc).map(|op| held_bytes(&op)).sum::<usize>() + named,
            content: Vec::new(),
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
        // Of what came before the history that is here, neither operations nor transactions are known to compare with.
        let is_compared = start >= self.log.floor();
        let last = self.graph.find_id(&EventId::new(id.peer.clone(), incoming.end().saturating_sub(1)));
        // But a transaction's events are consecutive, and none reaches across the beginning of the history.
        let is_whole = last.is_some_and(|last| last + 1 == end) && (is_compared || end <= self.log.floor());
        let what = if !is_whole || (is_compared && self.transactions.range(start) != (start..end)) {
            "transaction around it"
        } else if incoming.lamport != 0 && self.graph.place(start).2 != incoming.lamport {
            "Lamport time"
        } else if is_compared && self.transactions.time(start) != incoming.at {
            "time"
        } else if self.graph.deps(start) != incoming.deps {
            "list of deps"
        } else {
            for (at, op) in incoming.ops.iter(self).enumerate().filter(|_| is_compared) {
                let (view, arena) = reader.get(start + at as u32)?;
                if !self.is_op(view, arena, &op) {
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
