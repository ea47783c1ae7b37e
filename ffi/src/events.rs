use crate::list::{List, Owner, list};
use crate::lists::{cells_of, converge_event_id, ids, ids_of};
use crate::raw::{self, invalid, text};
use crate::text::converge_str;
use crate::value::{converge_cell, converge_value, owned_cells, value};
use convergedb::limits::MESSAGE_EVENTS_MAX;
use convergedb::{Event, EventRun, PeerId, Result, RowOp};

/// Makes a row show, with `cells`; of two values for one column the last counts.
pub const CONVERGE_OP_INSERT: i32 = 1;
/// Writes `value` into the cell `col`. It never makes a row show.
pub const CONVERGE_OP_UPDATE: i32 = 2;
/// Removes the row, with every cell that is not newer.
pub const CONVERGE_OP_DELETE: i32 = 3;

/// What an event does to one row.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_op {
    /// One of the `CONVERGE_OP_…` numbers.
    pub kind: i32,
    /// The table.
    pub tbl: converge_str,
    /// The row.
    pub row_id: converge_str,
    /// The column of an update; not read otherwise.
    pub col: converge_str,
    /// The value of an update; not read otherwise.
    pub value: converge_value,
    /// The cells of an insert, in the order they were written; not read otherwise.
    pub cells: *const converge_cell,
    /// The number of cells of an insert; not read otherwise.
    pub cells_len: usize,
}

/// A time of day that may not be known, in milliseconds since the Unix epoch. It is for people and orders nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_time {
    /// The time, if it is known.
    pub ms: i64,
    /// 0 if it is not known.
    pub is_known: u8,
}

/// One row operation, with who made it and after what.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_event {
    /// Its author and the author's counter.
    pub id: converge_event_id,
    /// The author's frontier when it was made, sorted by peer and counter; `NULL` if there is none.
    pub deps: *const converge_event_id,
    /// The number of deps.
    pub deps_len: usize,
    /// 1 + the highest Lamport time among its deps.
    pub lamport: u64,
    /// The transaction's time of day.
    pub at: converge_time,
    /// What it does.
    pub op: converge_op,
}

/// Events. Free them with `converge_events_free()`.
#[repr(C)]
pub struct converge_events {
    /// The first event, or `NULL` if there is none.
    pub data: *const converge_event,
    /// The number of events.
    pub len: usize,
    /// What keeps them, for `converge_events_free()`; not to be changed.
    pub owner: u64,
}

/// Consecutive events of one peer, each but the first depending on just the one before it: operation `i` has counter `counter_start + i`
/// and Lamport time `lamport_start + i`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_run {
    /// The author.
    pub peer: converge_str,
    /// The first event's counter.
    pub counter_start: u64,
    /// The first event's Lamport time.
    pub lamport_start: u64,
    /// The first event's deps.
    pub deps: *const converge_event_id,
    /// The number of deps.
    pub deps_len: usize,
    /// The operations, at least one.
    pub ops: *const converge_op,
    /// The number of operations.
    pub ops_len: usize,
    /// The lengths of the transactions, which add up to the number of operations; none when each operation is its own.
    pub tx: *const u32,
    /// The number of transactions' lengths.
    pub tx_len: usize,
    /// The transactions' times of day, one each; none when none is known.
    pub at: *const converge_time,
    /// The number of times.
    pub at_len: usize,
}

/// Runs of events. Free them with `converge_runs_free()`.
#[repr(C)]
pub struct converge_runs {
    /// The first run, or `NULL` if there is none.
    pub data: *const converge_run,
    /// The number of runs.
    pub len: usize,
    /// What keeps them, for `converge_runs_free()`; not to be changed.
    pub owner: u64,
}

list!(converge_events, converge_event);
list!(converge_runs, converge_run);

/// Frees events, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_events_free(events: *mut converge_events) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(events) }
}

/// Frees runs of events, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_runs_free(runs: *mut converge_runs) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(runs) }
}

/// An operation as an argument.
///
/// # Safety
///
/// What it points to is readable.
unsafe fn op(op: &converge_op) -> Result<RowOp> {
    // SAFETY: as promised.
    unsafe {
        let (tbl, row_id) = (text(op.tbl, "tbl")?.to_owned(), text(op.row_id, "row_id")?.to_owned());
        Ok(match op.kind {
            CONVERGE_OP_INSERT => RowOp::Insert { tbl, row_id, values: owned_cells(op.cells, op.cells_len)? },
            CONVERGE_OP_UPDATE => RowOp::Update { tbl, row_id, col: text(op.col, "col")?.to_owned(), value: value(op.value)?.to_value() },
            CONVERGE_OP_DELETE => RowOp::Delete { tbl, row_id },
            kind => return Err(invalid(format!("an operation's kind is {kind}, which is none"))),
        })
    }
}

/// An array of at most `most` operations as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to.
pub(crate) unsafe fn ops(data: *const converge_op, len: usize, most: usize) -> Result<Vec<RowOp>> {
    // SAFETY: as promised.
    unsafe { raw::slice_within(data, len, most, "ops")?.iter().map(|element| op(element)).collect() }
}

/// An array of runs as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to.
pub(crate) unsafe fn runs(data: *const converge_run, len: usize) -> Result<Vec<EventRun>> {
    let time = |time: &converge_time| (time.is_known != 0).then_some(time.ms);
    // SAFETY: as promised.
    let run = |run: &converge_run| unsafe {
        Ok(EventRun {
            peer: PeerId::new(text(run.peer, "peer")?)?,
            counter_start: run.counter_start,
            lamport_start: run.lamport_start,
            deps: ids(run.deps, run.deps_len, "deps")?,
            ops: ops(run.ops, run.ops_len, MESSAGE_EVENTS_MAX)?,
            tx: raw::slice(run.tx, run.tx_len, "tx")?.to_vec(),
            at: raw::slice(run.at, run.at_len, "at")?.iter().map(time).collect(),
        })
    };
    // SAFETY: as promised.
    raw::of_message(unsafe { raw::slice(data, len, "runs") }?.iter().map(run).collect())
}

fn op_of(owner: &mut Owner, op: &'static RowOp) -> converge_op {
    let (tbl, row_id) = (converge_str::of(op.tbl()), converge_str::of(op.row_id()));
    let base = converge_op {
        kind: CONVERGE_OP_DELETE,
        tbl,
        row_id,
        col: converge_str::EMPTY,
        value: converge_value::NULL,
        cells: std::ptr::null(),
        cells_len: 0,
    };
    match op {
        RowOp::Insert { values, .. } => {
            let (cells, cells_len) = cells_of(owner, values);
            converge_op { kind: CONVERGE_OP_INSERT, cells, cells_len, ..base }
        }
        RowOp::Update { col, value, .. } => {
            converge_op { kind: CONVERGE_OP_UPDATE, col: converge_str::of(col), value: converge_value::of(value.as_ref()), ..base }
        }
        RowOp::Delete { .. } => base,
    }
}

fn time_of(at: Option<i64>) -> converge_time {
    converge_time { ms: at.unwrap_or(0), is_known: at.is_some().into() }
}

pub(crate) fn list_of_events(events: Vec<Event>) -> Result<converge_events> {
    List::of(events, |owner, events| {
        let event = |event: &'static Event| {
            let (deps, deps_len) = owner.keep(ids_of(&event.deps));
            let id = converge_event_id { peer: converge_str::of(&event.id.peer), counter: event.id.counter };
            converge_event { id, deps, deps_len, lamport: event.lamport, at: time_of(event.at), op: op_of(owner, &event.op) }
        };
        events.iter().map(event).collect()
    })
}

pub(crate) fn list_of_runs(runs: Vec<EventRun>) -> Result<converge_runs> {
    List::of(runs, |owner, runs| {
        let run = |run: &'static EventRun| {
            let (deps, deps_len) = owner.keep(ids_of(&run.deps));
            let ops = run.ops.iter().map(|op| op_of(owner, op)).collect();
            let (ops, ops_len) = owner.keep(ops);
            let (at, at_len) = owner.keep(run.at.iter().map(|&at| time_of(at)).collect());
            let (tx, tx_len) = if run.tx.is_empty() { (std::ptr::null(), 0) } else { (run.tx.as_ptr(), run.tx.len()) };
            let (counter_start, lamport_start) = (run.counter_start, run.lamport_start);
            converge_run {
                peer: converge_str::of(&run.peer),
                counter_start,
                lamport_start,
                deps,
                deps_len,
                ops,
                ops_len,
                tx,
                tx_len,
                at,
                at_len,
            }
        };
        runs.iter().map(run).collect()
    })
}
