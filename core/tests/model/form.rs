use convergedb::limits::{
    COUNTER_MAX, DEPS_MAX, MESSAGE_BYTES_MAX, MESSAGE_EVENTS_MAX, NAME_BYTES_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_OPS_MAX,
    VALUE_BYTES_MAX,
};
use convergedb::{ErrorKind, EventRun, RowOp, Value};
use std::collections::BTreeSet;

/// Whether a message keeps its form: what can be said of it without looking at any replica.
pub fn well_formed(runs: &[EventRun]) -> bool {
    let events: usize = runs.iter().map(|run| run.ops.len()).sum();
    let bytes: usize = runs.iter().flat_map(|run| &run.ops).map(RowOp::counted_bytes).sum();
    events <= MESSAGE_EVENTS_MAX && bytes <= MESSAGE_BYTES_MAX && runs.iter().all(run_is_well_formed)
}

fn run_is_well_formed(run: &EventRun) -> bool {
    let length = run.ops.len() as u64;
    let clocks = run.lamport_start >= 1
        && run.counter_start.checked_add(length).is_some_and(|end| end <= COUNTER_MAX + 1)
        && run.lamport_start.checked_add(length).is_some_and(|end| end <= COUNTER_MAX + 1);
    let names = run.ops.iter().all(|op| check_names(op).is_ok());
    let values = run.ops.iter().all(|op| check_values(op).is_ok());
    length > 0 && clocks && deps_are_well_formed(run) && transactions_are_well_formed(run) && names && values
}

fn deps_are_well_formed(run: &EventRun) -> bool {
    let distinct: BTreeSet<_> = run.deps.iter().collect();
    (run.lamport_start == 1) == run.deps.is_empty()
        && run.deps.len() <= DEPS_MAX
        && distinct.len() == run.deps.len()
        && run.deps.iter().all(|dep| dep.counter <= COUNTER_MAX && (dep.peer != run.peer || dep.counter < run.counter_start))
}

fn transactions_are_well_formed(run: &EventRun) -> bool {
    let lengths: Vec<usize> =
        if run.tx.is_empty() { vec![1; run.ops.len()] } else { run.tx.iter().map(|&length| length as usize).collect() };
    if lengths.iter().sum::<usize>() != run.ops.len() || lengths.contains(&0) || !(run.at.is_empty() || run.at.len() == lengths.len()) {
        return false;
    }
    let mut ops = run.ops.iter();
    lengths.into_iter().all(|length| {
        let bytes: usize = ops.by_ref().take(length).map(RowOp::counted_bytes).sum();
        length <= TRANSACTION_OPS_MAX && bytes <= TRANSACTION_BYTES_MAX
    })
}

/// Whether an operation's names can be stored, and the kind of error if not.
pub fn check_names(op: &RowOp) -> Result<(), ErrorKind> {
    let columns: Vec<&String> = match op {
        RowOp::Insert { values, .. } => values.iter().map(|(col, _)| col).collect(),
        RowOp::Update { col, .. } => vec![col],
        RowOp::Delete { .. } => Vec::new(),
    };
    for name in [op.tbl(), op.row_id()].into_iter().chain(columns.into_iter().map(String::as_str)) {
        if name.is_empty() {
            return Err(ErrorKind::InvalidArgument);
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(ErrorKind::LimitExceeded);
        }
    }
    Ok(())
}

/// Whether an operation's values can be stored, and the kind of error if not.
pub fn check_values(op: &RowOp) -> Result<(), ErrorKind> {
    let values: Vec<&Value> = match op {
        RowOp::Insert { values, .. } => values.iter().map(|(_, value)| value).collect(),
        RowOp::Update { value, .. } => vec![value],
        RowOp::Delete { .. } => Vec::new(),
    };
    for value in values {
        match value {
            Value::Float(float) if !float.is_finite() => return Err(ErrorKind::InvalidValue),
            Value::Str(text) if text.len() > VALUE_BYTES_MAX => return Err(ErrorKind::LimitExceeded),
            Value::Bytes(blob) if blob.len() > VALUE_BYTES_MAX => return Err(ErrorKind::LimitExceeded),
            _ => {}
        }
    }
    Ok(())
}
