use crate::error::{Error, Result};
use crate::limits::{
    COUNTER_MAX, DEPS_MAX, MESSAGE_BYTES_MAX, MESSAGE_EVENTS_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_CELLS_MAX, TRANSACTION_OPS_MAX,
    VALUE_BYTES_MAX, name_fits,
};
use crate::types::{EventId, EventRun, RowOp, ValueRef};

/// Checks the form of a message: everything about it that can be told without knowing any other event.
///
/// # Errors
///
/// `malformed` when a name, value, counter, Lamport time, list of deps, transaction or the whole breaks SPEC 1, 2 or 5. The id of the
/// run's first event stands in the error.
pub fn check_runs(runs: &[EventRun]) -> Result<()> {
    let events: usize = runs.iter().map(|run| run.ops.len()).sum();
    if events > MESSAGE_EVENTS_MAX {
        return Err(Error::malformed(format!("the message has {events} events, more than {MESSAGE_EVENTS_MAX}")));
    }
    let mut bytes = 0;
    for (number, run) in runs.iter().enumerate() {
        let check = check_run(run).and_then(|more| {
            bytes += more;
            if bytes > MESSAGE_BYTES_MAX { Err(format!("the message has more than {MESSAGE_BYTES_MAX} bytes")) } else { Ok(()) }
        });
        check.map_err(|what| {
            Error::malformed(format!("run {number}: {what}")).with_event_id(EventId::new(run.peer.clone(), run.counter_start))
        })?;
    }
    Ok(())
}

/// Checks a transaction that waits, whose Lamport time may be 0: not said.
pub(crate) fn check_waiting(run: &EventRun) -> Result<()> {
    let lamport = if run.lamport_start == 0 { 1 + u64::from(!run.deps.is_empty()) } else { run.lamport_start };
    let said = EventRun { lamport_start: lamport, ..run.clone() };
    check_run(&said).map(|_| ()).map_err(Error::malformed)
}

/// Checks one run, and says how many bytes it counts for.
fn check_run(run: &EventRun) -> Result<usize, String> {
    let events = run.ops.len() as u64;
    let past = |start: u64| start > COUNTER_MAX || events > COUNTER_MAX - start + 1;
    if events == 0 {
        return Err("it has no operations".into());
    }
    if past(run.counter_start) || past(run.lamport_start) {
        return Err(format!("a counter or Lamport time is above {COUNTER_MAX}"));
    }
    if run.lamport_start == 0 || (run.lamport_start == 1) != run.deps.is_empty() {
        return Err("the Lamport time is 1 exactly when there are no deps".into());
    }
    check_deps(run)?;
    if !run.tx.is_empty() && (run.tx.contains(&0) || run.tx.iter().map(|&length| u64::from(length)).sum::<u64>() != events) {
        return Err("the lengths of the transactions do not add up to the operations".into());
    }
    if !run.at.is_empty() && run.at.len() != run.transactions() {
        return Err("there is not one time for each transaction".into());
    }
    let (mut bytes, mut at) = (0, 0);
    for number in 0..run.transactions() {
        let length = run.tx.get(number).map_or(1, |&length| length as usize);
        let counted = run.ops[at..at + length].iter().map(check_op).sum::<Result<usize, String>>()?;
        // A cell counts a byte at least, so where the bytes are few the cells are.
        let cells = |ops: &[RowOp]| ops.iter().map(RowOp::inserted_cells).sum::<usize>();
        let wide = counted > TRANSACTION_CELLS_MAX && cells(&run.ops[at..at + length]) > TRANSACTION_CELLS_MAX;
        if length > TRANSACTION_OPS_MAX || counted > TRANSACTION_BYTES_MAX || wide {
            return Err("a transaction is past its bounds".into());
        }
        bytes += counted;
        at += length;
    }
    Ok(bytes + counted_deps(&run.deps))
}

/// The bytes that deps count for in a message.
pub(crate) fn counted_deps(deps: &[EventId]) -> usize {
    deps.iter().map(|dep| dep.peer.len() + 8).sum()
}

fn check_deps(run: &EventRun) -> Result<(), String> {
    if run.deps.len() > DEPS_MAX {
        return Err(format!("it has more than {DEPS_MAX} deps"));
    }
    let mut sorted: Vec<&EventId> = run.deps.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a dep stands there twice".into());
    }
    if run.deps.iter().any(|dep| dep.counter > COUNTER_MAX) {
        return Err(format!("a counter is above {COUNTER_MAX}"));
    }
    if run.deps.iter().any(|dep| dep.peer == run.peer && dep.counter >= run.counter_start) {
        return Err("an event depends on itself or a later one of its peer".into());
    }
    Ok(())
}

/// Checks an operation, and says how many bytes it counts for.
fn check_op(op: &RowOp) -> Result<usize, String> {
    let name = |name: &str, what: &str| if name_fits(name) { Ok(()) } else { Err(format!("a {what} is empty or too long")) };
    let value = |value: ValueRef<'_>| match value {
        ValueRef::Float(value) if !value.is_finite() => Err("a float is not finite".to_owned()),
        ValueRef::Str(_) | ValueRef::Bytes(_) if value.counted_bytes() > VALUE_BYTES_MAX => Err("a value is too long".to_owned()),
        _ => Ok(()),
    };
    name(op.tbl(), "table")?;
    name(op.row_id(), "row id")?;
    match op {
        RowOp::Insert { values, .. } => {
            for (col, written) in values {
                name(col, "column")?;
                value(written.as_ref())?;
            }
        }
        RowOp::Update { col, value: written, .. } => {
            name(col, "column")?;
            value(written.as_ref())?;
        }
        RowOp::Delete { .. } => {}
    }
    Ok(op.counted_bytes())
}
