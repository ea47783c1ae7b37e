use crate::cells::{Cell, cells, values};
use crate::error::Result;
use crate::value::Value;
use convergedb::{PeerId, VersionVector};
use std::collections::HashMap;

/// Which event: its author and the author's counter.
#[derive(Debug, uniffi::Record)]
pub struct EventId {
    /// The author.
    pub peer: String,
    /// The author's counter.
    pub counter: u64,
}

impl From<&convergedb::EventId> for EventId {
    fn from(id: &convergedb::EventId) -> EventId {
        EventId { peer: id.peer.as_str().to_owned(), counter: id.counter }
    }
}

impl EventId {
    pub(crate) fn read(self) -> Result<convergedb::EventId> {
        Ok(convergedb::EventId::new(PeerId::new(&self.peer)?, self.counter))
    }
}

pub(crate) fn event_ids<'a>(ids: impl IntoIterator<Item = &'a convergedb::EventId>) -> Vec<EventId> {
    ids.into_iter().map(EventId::from).collect()
}

pub(crate) fn read_event_ids(ids: Vec<EventId>) -> Result<Vec<convergedb::EventId>> {
    ids.into_iter().map(EventId::read).collect()
}

/// For each peer the highest counter.
pub(crate) type Versions = HashMap<String, u64>;

pub(crate) fn versions(versions: &VersionVector) -> Versions {
    versions.iter().map(|(peer, counter)| (peer.as_str().to_owned(), counter)).collect()
}

pub(crate) fn read_versions(versions: Versions) -> Result<VersionVector> {
    versions.into_iter().map(|(peer, counter)| Ok((PeerId::new(&peer)?, counter))).collect()
}

/// How far a replica is.
#[derive(uniffi::Record)]
pub struct SyncState {
    /// The applied events that no other depends on.
    pub frontier: Vec<EventId>,
    /// For each peer the highest applied counter.
    pub versions: Versions,
}

impl From<convergedb::SyncState> for SyncState {
    fn from(state: convergedb::SyncState) -> SyncState {
        SyncState { frontier: event_ids(&state.frontier), versions: versions(&state.versions) }
    }
}

/// What an event does to one row.
#[derive(uniffi::Enum)]
pub enum RowOp {
    /// Makes the row show, with these cells.
    Insert {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
        /// The cells, in the order they were written.
        cells: Vec<Cell>,
    },
    /// Writes one cell.
    Update {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
        /// The column.
        col: String,
        /// The new value.
        value: Value,
    },
    /// Removes the row.
    Delete {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
    },
}

impl From<convergedb::RowOp> for RowOp {
    fn from(op: convergedb::RowOp) -> RowOp {
        match op {
            convergedb::RowOp::Insert { tbl, row_id, values } => RowOp::Insert { tbl, row_id, cells: cells(values) },
            convergedb::RowOp::Update { tbl, row_id, col, value } => RowOp::Update { tbl, row_id, col, value },
            convergedb::RowOp::Delete { tbl, row_id } => RowOp::Delete { tbl, row_id },
        }
    }
}

impl From<RowOp> for convergedb::RowOp {
    fn from(op: RowOp) -> convergedb::RowOp {
        match op {
            RowOp::Insert { tbl, row_id, cells } => convergedb::RowOp::Insert { tbl, row_id, values: values(cells) },
            RowOp::Update { tbl, row_id, col, value } => convergedb::RowOp::Update { tbl, row_id, col, value },
            RowOp::Delete { tbl, row_id } => convergedb::RowOp::Delete { tbl, row_id },
        }
    }
}

/// One row operation, with who made it and after what.
#[derive(uniffi::Record)]
pub struct Event {
    /// Its author and the author's counter.
    pub id: EventId,
    /// The frontier of the author's graph when it was made.
    pub deps: Vec<EventId>,
    /// 1 + the highest Lamport time among `deps`.
    pub lamport: u64,
    /// The transaction's time in milliseconds since the Unix epoch.
    pub at: Option<i64>,
    /// What it does.
    pub op: RowOp,
}

impl From<convergedb::Event> for Event {
    fn from(event: convergedb::Event) -> Event {
        let (id, deps) = (EventId::from(&event.id), event_ids(&event.deps));
        Event { id, deps, lamport: event.lamport, at: event.at, op: event.op.into() }
    }
}

pub(crate) fn events(events: Vec<convergedb::Event>) -> Vec<Event> {
    events.into_iter().map(Event::from).collect()
}

/// Consecutive events of one peer, each but the first depending on just the one before it.
#[derive(uniffi::Record)]
pub struct EventRun {
    /// The author.
    pub peer: String,
    /// The first event's counter.
    pub counter_start: u64,
    /// The first event's Lamport time.
    pub lamport_start: u64,
    /// The first event's deps.
    pub deps: Vec<EventId>,
    /// The operations, at least one.
    pub ops: Vec<RowOp>,
    /// The lengths of the transactions; empty when each operation is its own.
    pub tx: Vec<u32>,
    /// The transactions' times; empty when none has one.
    pub at: Vec<Option<i64>>,
}

impl From<convergedb::EventRun> for EventRun {
    fn from(run: convergedb::EventRun) -> EventRun {
        EventRun {
            peer: run.peer.as_str().to_owned(),
            counter_start: run.counter_start,
            lamport_start: run.lamport_start,
            deps: event_ids(&run.deps),
            ops: run.ops.into_iter().map(RowOp::from).collect(),
            tx: run.tx,
            at: run.at,
        }
    }
}

impl EventRun {
    pub(crate) fn read(self) -> Result<convergedb::EventRun> {
        Ok(convergedb::EventRun {
            peer: PeerId::new(&self.peer)?,
            counter_start: self.counter_start,
            lamport_start: self.lamport_start,
            deps: read_event_ids(self.deps)?,
            ops: self.ops.into_iter().map(convergedb::RowOp::from).collect(),
            tx: self.tx,
            at: self.at,
        })
    }
}

pub(crate) fn runs(runs: Vec<convergedb::EventRun>) -> Vec<EventRun> {
    runs.into_iter().map(EventRun::from).collect()
}
