//! What comes from Python: versions, event ids, operations and runs as plain data.

use crate::cells::Cells;
use crate::error::{caught, invalid_argument, raise};
use crate::utf8::name;
use crate::value::settle;
use convergedb::{EphemeralBatch, EphemeralEntry, EventId, EventRun, PeerId, RowOp, Value, VersionVector};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMapping, PyMemoryView, PyString};

pub(crate) fn peer(text: &Bound<'_, PyString>) -> PyResult<PeerId> {
    PeerId::new(name(text, "peer id")?).map_err(|error| raise(text.py(), &error))
}

/// A text, owned.
fn text(object: &Bound<'_, PyAny>, what: &str) -> PyResult<String> {
    Ok(name(object.cast::<PyString>()?, what)?.to_owned())
}

/// A message or stored bytes: bytes as they are, others copied into bytes.
pub(crate) fn bytes<'py>(object: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>() {
        return Ok(object.py().get_type::<PyBytes>().call1((object,))?.cast_into::<PyBytes>()?);
    }
    Ok(object.cast_into::<PyBytes>()?)
}

/// `{peer: highest counter}`. A peer with a negative counter is not known.
pub(crate) fn versions(object: &Bound<'_, PyAny>) -> PyResult<VersionVector> {
    let mut versions = VersionVector::new();
    for pair in object.cast::<PyMapping>()?.items()? {
        let (name, counter): (Bound<'_, PyString>, Bound<'_, PyAny>) = pair.extract()?;
        if counter.lt(0)? {
            continue;
        }
        let counter = counter.extract::<u64>().map_err(|_| invalid_argument(object.py(), "a counter is an int of at most 2**53 - 1"))?;
        versions.set(peer(&name)?, counter);
    }
    Ok(versions)
}

fn event_id(object: &Bound<'_, PyAny>) -> PyResult<EventId> {
    let (name, counter): (Bound<'_, PyString>, u64) = object.extract()?;
    Ok(EventId::new(peer(&name)?, counter))
}

/// `(peer, counter)`.
pub(crate) fn one_event_id(object: &Bound<'_, PyAny>) -> PyResult<EventId> {
    event_id(object)
}

/// Pairs of peer and counter.
pub(crate) fn event_ids(object: &Bound<'_, PyAny>) -> PyResult<Vec<EventId>> {
    object.try_iter()?.map(|id| event_id(&id?)).collect()
}

fn value(object: Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(settle(object)?.borrow()?.to_value())
}

/// An operation: an `Insert`, `Update` or `Delete`, or anything with their fields.
fn op(object: &Bound<'_, PyAny>) -> PyResult<RowOp> {
    let kind: String = object.getattr("type").and_then(|kind| kind.extract()).map_err(|_| no_op(object))?;
    let (tbl, row_id) = (text(&object.getattr("tbl")?, "table")?, text(&object.getattr("row_id")?, "row id")?);
    Ok(match kind.as_str() {
        "insert" => {
            let cells = Cells::of(&object.getattr("values")?)?;
            let values = cells.borrow()?.into_iter().map(|(col, value)| (col.to_owned(), value.to_value())).collect();
            RowOp::Insert { tbl, row_id, values }
        }
        "update" => RowOp::Update { tbl, row_id, col: text(&object.getattr("col")?, "column")?, value: value(object.getattr("value")?)? },
        "delete" => RowOp::Delete { tbl, row_id },
        _ => return Err(no_op(object)),
    })
}

fn no_op(object: &Bound<'_, PyAny>) -> PyErr {
    let kind = object.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    PyTypeError::new_err(format!("an operation is an Insert, an Update or a Delete; this is {kind}"))
}

pub(crate) fn ops(object: &Bound<'_, PyAny>) -> PyResult<Vec<RowOp>> {
    caught(object.py(), || object.try_iter()?.map(|item| op(&item?)).collect())
}

fn run(object: &Bound<'_, PyAny>) -> PyResult<EventRun> {
    if !object.hasattr("counter_start")? {
        return Err(PyTypeError::new_err(format!("a run is an EventRun; this is {}", object.get_type().name()?)));
    }
    Ok(EventRun {
        peer: peer(object.getattr("peer")?.cast::<PyString>()?)?,
        counter_start: object.getattr("counter_start")?.extract()?,
        lamport_start: object.getattr("lamport_start")?.extract()?,
        deps: event_ids(&object.getattr("deps")?)?,
        ops: ops(&object.getattr("ops")?)?,
        tx: object.getattr("tx")?.extract()?,
        at: object.getattr("at")?.extract()?,
    })
}

pub(crate) fn runs(object: &Bound<'_, PyAny>) -> PyResult<Vec<EventRun>> {
    caught(object.py(), || object.try_iter()?.map(|item| run(&item?)).collect())
}

fn entry(object: &Bound<'_, PyAny>) -> PyResult<EphemeralEntry> {
    let removed: bool = object.getattr("removed")?.extract()?;
    Ok(EphemeralEntry {
        value: if removed { None } else { Some(value(object.getattr("value")?)?) },
        timestamp: object.getattr("timestamp")?.extract()?,
        peer: peer(object.getattr("peer")?.cast::<PyString>()?)?,
        age_ms: 0,
    })
}

/// `{namespace: {key: Entry}}`.
pub(crate) fn entries(object: &Bound<'_, PyAny>) -> PyResult<EphemeralBatch> {
    let mut batch = EphemeralBatch::new();
    for pair in object.cast::<PyMapping>()?.items()? {
        let (ns, keys): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
        let space = batch.entry(text(&ns, "namespace")?).or_default();
        for pair in keys.cast::<PyMapping>()?.items()? {
            let (key, found): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
            space.insert(text(&key, "key")?, entry(&found)?);
        }
    }
    Ok(batch)
}
