use super::merge::{Outcome, Refusal};
use super::replica::Write;
use super::transaction::{Tx, transactions};
use convergedb::{EventId, EventRun, Patch, RowOp, Value};

/// An operation in few words: `+t/1{x=1}` inserts, `*` upserts, `t/1.x=2` updates, `-t/1` deletes.
pub fn op(op: &RowOp) -> String {
    match op {
        RowOp::Insert { tbl, row_id, values } => format!("+{tbl:?}/{row_id:?}{{{}}}", cells(values)),
        RowOp::Update { tbl, row_id, col, value } => format!("{tbl:?}/{row_id:?}.{}", cell(col, value)),
        RowOp::Delete { tbl, row_id } => format!("-{tbl:?}/{row_id:?}"),
    }
}

pub fn writes(writes: &[Write]) -> String {
    let words: Vec<String> = writes.iter().map(|write| format!("{}{}", if write.upsert { "*" } else { "" }, op(&write.op))).collect();
    words.join(" ")
}

/// A transaction: its ids, Lamport time, deps, time, operations.
pub fn tx(tx: &Tx) -> String {
    let ops: Vec<String> = tx.ops.iter().map(op).collect();
    let at = tx.at.map_or(String::new(), |at| format!(" at {at}"));
    format!("{:?}:{}..{} @{} after [{}]{at} ({})", &*tx.peer, tx.counter, tx.end(), tx.lamport, ids(&tx.deps), ops.join(" "))
}

/// A message: its transactions, if they add up.
pub fn message(runs: &[EventRun]) -> String {
    if !super::form::well_formed(runs) {
        return format!("{runs:?}");
    }
    let words: Vec<String> = transactions(runs).iter().map(|one| tx(one)).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(" | ") }
}

pub fn merged(merged: Result<&Outcome, &Refusal>) -> String {
    match merged {
        Err(refusal) => format!("{refusal:?}"),
        Ok(outcome) => {
            let Outcome { patches, applied, duplicates, pending, rejected } = outcome;
            let patches: Vec<String> = patches.iter().map(patch).collect();
            format!("{applied} applied, {duplicates} duplicates, {pending} pending, {rejected} rejected, [{}]", patches.join(" "))
        }
    }
}

fn patch(patch: &Patch) -> String {
    match patch {
        Patch::SetCell { tbl, row_id, col, value } => format!("{tbl:?}/{row_id:?}.{}", cell(col, value)),
        Patch::InsertRow { tbl, row_id, values } => format!("+{tbl:?}/{row_id:?}{{{}}}", cells(values)),
        Patch::DeleteRow { tbl, row_id } => format!("-{tbl:?}/{row_id:?}"),
    }
}

fn ids(ids: &[EventId]) -> String {
    ids.iter().map(EventId::to_string).collect::<Vec<_>>().join(" ")
}

fn cells(values: &[(String, Value)]) -> String {
    values.iter().map(|(col, value)| cell(col, value)).collect::<Vec<_>>().join(" ")
}

fn cell(col: &str, value: &Value) -> String {
    match value {
        Value::Null => format!("{col:?}=null"),
        Value::Bool(bool) => format!("{col:?}={bool}"),
        Value::Int(int) => format!("{col:?}={int}"),
        Value::Float(float) => format!("{col:?}={float:?}"),
        Value::Str(text) => format!("{col:?}={text:?}"),
        Value::Bytes(bytes) => format!("{col:?}=b{:?}", String::from_utf8_lossy(bytes)),
    }
}
