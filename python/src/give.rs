//! What goes to Python: the named tuples of `convergedb._types`, dicts for rows, lists.

use crate::value::object;
use convergedb::api::LogPage;
use convergedb::{
    Change, ChangePatch, EphemeralBatch, EphemeralChange, EphemeralChangeKind, EphemeralEntry, Event, EventId, EventRange, EventRun,
    MergeResult, Origin, Patch, RowOp, RowValues, SyncState, Value, VersionVector,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

type Any<'py> = PyResult<Bound<'py, PyAny>>;

/// The classes of `convergedb._types`, looked up once.
macro_rules! classes {
    ($($name:ident => $class:literal),* $(,)?) => {$(
        pub(crate) fn $name(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
            static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let class = CLASS.get_or_try_init(py, || Ok::<_, PyErr>(py.import("convergedb._types")?.getattr($class)?.unbind()))?;
            Ok(class.bind(py))
        }
    )*};
}

classes! {
    event_id_class => "EventId", insert_class => "Insert", update_class => "Update", delete_class => "Delete", event_class => "Event",
    run_class => "EventRun", page_class => "Page", update_bytes_class => "UpdateBytes", set_cell_class => "SetCell",
    insert_row_class => "InsertRow", delete_row_class => "DeleteRow", merge_class => "MergeResult", state_class => "SyncState",
    change_class => "Change", change_patch_class => "ChangePatch", log_class => "LogPage", range_class => "EventRange",
    query_class => "QueryRows", report_class => "OpenReport", stats_class => "StoreStats", salvage_class => "Salvage",
    entry_class => "Entry", ephemeral_change_class => "EphemeralChange", counts_class => "EphemeralCounts",
}

pub(crate) fn event_id<'py>(py: Python<'py>, id: &EventId) -> Any<'py> {
    event_id_class(py)?.call1((id.peer.as_str(), id.counter))
}

pub(crate) fn event_ids<'py>(py: Python<'py>, ids: &[EventId]) -> PyResult<Bound<'py, PyList>> {
    list(py, ids, event_id)
}

/// A list of what `each` makes of every item.
pub(crate) fn list<'py, 'i, T: 'i>(
    py: Python<'py>,
    items: impl IntoIterator<Item = &'i T>,
    each: impl Fn(Python<'py>, &'i T) -> Any<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    items.into_iter().try_for_each(|item| list.append(each(py, item)?))?;
    Ok(list)
}

pub(crate) fn texts<'py>(py: Python<'py>, texts: &[String]) -> PyResult<Bound<'py, PyList>> {
    list(py, texts, |py, text| Ok(PyString::new(py, text).into_any()))
}

pub(crate) fn versions<'py>(py: Python<'py>, versions: &VersionVector) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    versions.iter().try_for_each(|(peer, counter)| dict.set_item(peer.as_str(), counter))?;
    Ok(dict)
}

/// A row as a dict, by column.
pub(crate) fn row<'py>(py: Python<'py>, values: &[(String, Value)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    values.iter().try_for_each(|(col, value)| dict.set_item(PyString::intern(py, col), object(py, value)?))?;
    Ok(dict)
}

/// Makes dicts of rows, most of which have the same columns: their names are made once.
#[derive(Default)]
pub(crate) struct Rows {
    cols: Vec<(String, Py<PyString>)>,
}

impl Rows {
    /// A row's id and its cells.
    pub(crate) fn pair<'py>(&mut self, py: Python<'py>, id: &str, values: &[(String, Value)]) -> PyResult<Bound<'py, PyTuple>> {
        let dict = PyDict::new(py);
        for (at, (col, value)) in values.iter().enumerate() {
            match self.cols.get(at) {
                Some((known, name)) if known == col => dict.set_item(name.bind(py), object(py, value)?)?,
                _ => {
                    self.cols.truncate(at);
                    let name = PyString::intern(py, col);
                    dict.set_item(&name, object(py, value)?)?;
                    self.cols.push((col.clone(), name.unbind()));
                }
            }
        }
        (PyString::new(py, id), dict).into_pyobject(py)
    }

    pub(crate) fn pairs<'py>(&mut self, py: Python<'py>, rows: &[(String, RowValues)]) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        rows.iter().try_for_each(|(id, values)| list.append(self.pair(py, id, values)?))?;
        Ok(list)
    }
}

/// Columns and values as a list of pairs: as they were written, in their order.
fn value_pairs<'py>(py: Python<'py>, values: &[(String, Value)]) -> PyResult<Bound<'py, PyList>> {
    list(py, values, |py, (col, value)| Ok((PyString::intern(py, col), object(py, value)?).into_pyobject(py)?.into_any()))
}

fn op<'py>(py: Python<'py>, op: &RowOp) -> Any<'py> {
    match op {
        RowOp::Insert { tbl, row_id, values } => insert_class(py)?.call1((tbl, row_id, value_pairs(py, values)?)),
        RowOp::Update { tbl, row_id, col, value } => update_class(py)?.call1((tbl, row_id, col, object(py, value)?)),
        RowOp::Delete { tbl, row_id } => delete_class(py)?.call1((tbl, row_id)),
    }
}

pub(crate) fn event<'py>(py: Python<'py>, event: &Event) -> Any<'py> {
    event_class(py)?.call1((event_id(py, &event.id)?, event_ids(py, &event.deps)?, event.lamport, event.at, op(py, &event.op)?))
}

pub(crate) fn log_page<'py>(py: Python<'py>, page: &LogPage) -> Any<'py> {
    log_class(py)?.call1((list(py, &page.events, event)?, versions(py, &page.next)?, page.has_more))
}

pub(crate) fn run<'py>(py: Python<'py>, run: &EventRun) -> Any<'py> {
    let deps = event_ids(py, &run.deps)?;
    let ops = list(py, &run.ops, op)?;
    run_class(py)?.call1((run.peer.as_str(), run.counter_start, run.lamport_start, deps, ops, run.tx.clone(), run.at.clone()))
}

pub(crate) fn range<'py>(py: Python<'py>, range: &EventRange) -> Any<'py> {
    range_class(py)?.call1((range.peer.as_str(), range.start, range.end))
}

fn patch<'py>(py: Python<'py>, patch: &Patch) -> Any<'py> {
    match patch {
        Patch::SetCell { tbl, row_id, col, value } => set_cell_class(py)?.call1((tbl, row_id, col, object(py, value)?)),
        Patch::InsertRow { tbl, row_id, values } => insert_row_class(py)?.call1((tbl, row_id, row(py, values)?)),
        Patch::DeleteRow { tbl, row_id } => delete_row_class(py)?.call1((tbl, row_id)),
    }
}

pub(crate) fn merge_result<'py>(py: Python<'py>, result: &MergeResult) -> Any<'py> {
    let patches = list(py, &result.patches, patch)?;
    merge_class(py)?.call1((patches, result.applied, result.duplicates, result.pending, result.rejected, result.fresh_peer))
}

pub(crate) fn sync_state<'py>(py: Python<'py>, state: &SyncState) -> Any<'py> {
    state_class(py)?.call1((event_ids(py, &state.frontier)?, versions(py, &state.versions)?))
}

fn change_patch<'py>(py: Python<'py>, change: &ChangePatch) -> Any<'py> {
    let peer = match &change.origin {
        Origin::Local => None,
        Origin::Remote(peer) => Some(peer.as_str()),
    };
    change_patch_class(py)?.call1((patch(py, &change.patch)?, peer))
}

pub(crate) fn change<'py>(py: Python<'py>, change: &Change) -> Any<'py> {
    change_class(py)?.call1((list(py, &change.patches, change_patch)?, false))
}

pub(crate) fn lagged(py: Python<'_>) -> Any<'_> {
    change_class(py)?.call1((PyList::empty(py), true))
}

pub(crate) fn entry<'py>(py: Python<'py>, entry: &EphemeralEntry) -> Any<'py> {
    let value = entry.value.as_ref().map(|value| object(py, value)).transpose()?;
    entry_class(py)?.call1((value, entry.timestamp, entry.peer.as_str(), entry.value.is_none()))
}

pub(crate) fn entries<'py>(py: Python<'py>, batch: &EphemeralBatch) -> PyResult<Bound<'py, PyDict>> {
    let spaces = PyDict::new(py);
    for (ns, keys) in batch {
        let dict = PyDict::new(py);
        keys.iter().try_for_each(|(key, entry)| dict.set_item(key, self::entry(py, entry)?))?;
        spaces.set_item(ns, dict)?;
    }
    Ok(spaces)
}

fn kind_name(kind: EphemeralChangeKind) -> &'static str {
    match kind {
        EphemeralChangeKind::Added => "added",
        EphemeralChangeKind::Updated => "updated",
        EphemeralChangeKind::Removed => "removed",
        EphemeralChangeKind::Expired => "expired",
        _ => "unknown",
    }
}

pub(crate) fn ephemeral_change<'py>(py: Python<'py>, change: &EphemeralChange) -> Any<'py> {
    let entry = entry(py, &change.entry)?;
    ephemeral_change_class(py)?.call1((kind_name(change.kind), &change.ns, &change.key, entry, change.local))
}

pub(crate) fn ephemeral_lagged(py: Python<'_>) -> Any<'_> {
    ephemeral_change_class(py)?.call1(("lagged", "", "", py.None(), false))
}
