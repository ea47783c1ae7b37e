use crate::codec::{Reader, put_bytes, put_number, put_signed};
use crate::error::Result;
use crate::limits::{COUNTER_MAX, DEPS_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_OPS_MAX, VALUE_BYTES_MAX};
use crate::types::{EventId, EventRun, PeerId, RowOp, Value};

/// Appends runs event by event, names and all: for what waits, which is little and stands on what is not here.
pub(crate) fn put_plain_runs(out: &mut Vec<u8>, runs: &[EventRun]) {
    put_number(out, runs.len() as u64);
    for run in runs {
        put_bytes(out, run.peer.as_bytes());
        put_number(out, run.counter_start);
        put_number(out, run.lamport_start);
        put_number(out, run.deps.len() as u64);
        for dep in &run.deps {
            put_bytes(out, dep.peer.as_bytes());
            put_number(out, dep.counter);
        }
        match run.at.first().copied().flatten() {
            Some(at) => {
                out.push(1);
                put_signed(out, at);
            }
            None => out.push(0),
        }
        put_number(out, run.ops.len() as u64);
        run.ops.iter().for_each(|op| put_op(out, op));
    }
}

fn put_op(out: &mut Vec<u8>, op: &RowOp) {
    out.push(match op {
        RowOp::Update { .. } => 0,
        RowOp::Insert { .. } => 1,
        RowOp::Delete { .. } => 2,
    });
    put_bytes(out, op.tbl().as_bytes());
    put_bytes(out, op.row_id().as_bytes());
    match op {
        RowOp::Update { col, value, .. } => put_cell(out, col, value),
        RowOp::Insert { values, .. } => {
            put_number(out, values.len() as u64);
            values.iter().for_each(|(col, value)| put_cell(out, col, value));
        }
        RowOp::Delete { .. } => {}
    }
}

fn put_cell(out: &mut Vec<u8>, col: &str, value: &Value) {
    put_bytes(out, col.as_bytes());
    match value {
        Value::Null => out.push(0),
        Value::Bool(value) => out.push(1 + u8::from(*value)),
        Value::Int(value) => {
            out.push(3);
            put_signed(out, *value);
        }
        Value::Float(value) => {
            out.push(4);
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        Value::Str(value) => {
            out.push(5);
            put_bytes(out, value.as_bytes());
        }
        Value::Bytes(value) => {
            out.push(6);
            put_bytes(out, value);
        }
    }
}

/// Reads what [`put_plain_runs`] wrote. Each run is one transaction; its Lamport time may be 0, not said.
pub(crate) fn read_plain_runs(reader: &mut Reader<'_>) -> Result<Vec<EventRun>> {
    let count = reader.count(usize::MAX, "there are fewer runs than the count says")?;
    let mut runs = Vec::new();
    for _ in 0..count {
        let peer = PeerId::of_checked(reader.name()?);
        let counter_start = counter(reader)?;
        let lamport_start = counter(reader)?;
        let mut deps = Vec::new();
        for _ in 0..reader.count(DEPS_MAX, "there are too many deps")? {
            let peer = PeerId::of_checked(reader.name()?);
            deps.push(EventId::new(peer, counter(reader)?));
        }
        let at = match reader.byte()? {
            0 => Vec::new(),
            1 => vec![Some(reader.signed()?)],
            _ => return Err(reader.malformed("a time is of no known kind")),
        };
        let events = reader.count(TRANSACTION_OPS_MAX, "there are too many operations")?;
        let (mut ops, mut bytes) = (Vec::new(), 0);
        for _ in 0..events {
            let op = read_op(reader)?;
            bytes += op.counted_bytes();
            if bytes > TRANSACTION_BYTES_MAX {
                return Err(reader.malformed("a transaction has too many bytes"));
            }
            ops.push(op);
        }
        let tx = if events > 1 { vec![events as u32] } else { Vec::new() };
        runs.push(EventRun { peer, counter_start, lamport_start, deps, ops, tx, at });
    }
    Ok(runs)
}

fn counter(reader: &mut Reader<'_>) -> Result<u64> {
    let counter = reader.number()?;
    if counter > COUNTER_MAX { Err(reader.malformed("a counter is out of range")) } else { Ok(counter) }
}

fn read_op(reader: &mut Reader<'_>) -> Result<RowOp> {
    let kind = reader.byte()?;
    let (tbl, row_id) = (reader.name()?.to_owned(), reader.name()?.to_owned());
    match kind {
        0 => {
            let (col, value) = read_cell(reader)?;
            Ok(RowOp::Update { tbl, row_id, col, value })
        }
        1 => {
            let mut values = Vec::new();
            for _ in 0..reader.count(TRANSACTION_BYTES_MAX, "there are fewer cells than the count says")? {
                values.push(read_cell(reader)?);
            }
            Ok(RowOp::Insert { tbl, row_id, values })
        }
        2 => Ok(RowOp::Delete { tbl, row_id }),
        _ => Err(reader.malformed("an operation is of no known kind")),
    }
}

fn read_cell(reader: &mut Reader<'_>) -> Result<(String, Value)> {
    let col = reader.name()?.to_owned();
    let value = match reader.byte()? {
        0 => Value::Null,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::Int(reader.signed()?),
        4 => match f64::from_bits(reader.word()?) {
            float if float.is_finite() => Value::Float(float),
            _ => return Err(reader.malformed("a float is not finite")),
        },
        5 => Value::Str(reader.text(VALUE_BYTES_MAX)?.to_owned()),
        6 => Value::Bytes(reader.bytes(VALUE_BYTES_MAX)?.to_owned()),
        _ => return Err(reader.malformed("a value is of no known kind")),
    };
    Ok((col, value))
}
