//! The JSON forms of SPEC 5, written. Text is appended to a string; nothing can fail.

use super::value::BYTES_KEY;
use crate::doc::{Change, ChangePatch, Commit, Origin, RowValues};
use crate::types::{Event, EventId, EventRun, MergeResult, Patch, RowOp, SyncState, Value, ValueRef, VersionVector};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use core::fmt::{Display, Write};

pub(super) fn value(out: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => out.push_str("null"),
        ValueRef::Bool(value) => display(out, value),
        ValueRef::Int(value) => display(out, value),
        ValueRef::Float(value) => float(out, value),
        ValueRef::Str(value) => text(out, value),
        ValueRef::Bytes(value) => {
            let _ = write!(out, "{{\"{BYTES_KEY}\":\"");
            STANDARD.encode_string(value, out);
            out.push_str("\"}");
        }
    }
}

/// The shortest text that reads back as the same float, with `.` or an exponent. JSON has none for a NaN or an infinity, which no
/// document holds: `null`.
pub(super) fn float(out: &mut String, value: f64) {
    if value.is_finite() {
        let _ = write!(out, "{value:?}");
    } else {
        out.push_str("null");
    }
}

/// A string. Only what must be escaped is: quotes, backslashes and control characters.
pub(super) fn text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next().unwrap_or_default() {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c @ ('"' | '\\') => out.extend(['\\', c]),
            c => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// `[item,…]`
pub(super) fn list<T>(out: &mut String, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    out.push('[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// `{"key":value,…}`
pub(super) fn object<K: AsRef<str>, T>(out: &mut String, entries: impl IntoIterator<Item = (K, T)>, mut write: impl FnMut(&mut String, T)) {
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        text(out, key.as_ref());
        out.push(':');
        write(out, value);
    }
    out.push('}');
}

pub(super) fn run(out: &mut String, run: &EventRun) {
    out.push_str("{\"peer\":");
    text(out, &run.peer);
    let _ = write!(out, ",\"counter_start\":{},\"lamport_start\":{},\"deps\":", run.counter_start, run.lamport_start);
    list(out, &run.deps, event_id);
    out.push_str(",\"ops\":");
    list(out, &run.ops, op);
    if run.tx.iter().any(|&length| length != 1) {
        out.push_str(",\"tx\":");
        list(out, &run.tx, display);
    }
    if run.at.iter().any(Option::is_some) {
        out.push_str(",\"at\":");
        list(out, &run.at, time);
    }
    out.push('}');
}

pub(super) fn event(out: &mut String, event: &Event) {
    out.push_str("{\"id\":");
    event_id(out, &event.id);
    out.push_str(",\"deps\":");
    list(out, &event.deps, event_id);
    let _ = write!(out, ",\"lamport\":{},\"op\":", event.lamport);
    op(out, &event.op);
    if event.at.is_some() {
        out.push_str(",\"at\":");
        time(out, &event.at);
    }
    out.push('}');
}

pub(super) fn event_id(out: &mut String, id: &EventId) {
    out.push('[');
    text(out, &id.peer);
    let _ = write!(out, ",{}]", id.counter);
}

fn time(out: &mut String, time: &Option<i64>) {
    match time {
        Some(time) => display(out, time),
        None => out.push_str("null"),
    }
}

fn op(out: &mut String, op: &RowOp) {
    match op {
        RowOp::Insert { tbl, row_id, values } => {
            row(out, "insert", tbl, row_id);
            out.push_str(",\"values\":");
            cells(out, values);
        }
        RowOp::Update { tbl, row_id, col, value } => {
            row(out, "update", tbl, row_id);
            cell(out, col, value);
        }
        RowOp::Delete { tbl, row_id } => row(out, "delete", tbl, row_id),
    }
    out.push('}');
}

pub(super) fn patch(out: &mut String, patch: &Patch) {
    match patch {
        Patch::SetCell { tbl, row_id, col, value } => {
            row(out, "set_cell", tbl, row_id);
            cell(out, col, value);
        }
        Patch::InsertRow { tbl, row_id, values } => {
            row(out, "insert_row", tbl, row_id);
            out.push_str(",\"values\":");
            cells(out, values);
        }
        Patch::DeleteRow { tbl, row_id } => row(out, "delete_row", tbl, row_id),
    }
    out.push('}');
}

/// The start of an operation or patch, left open.
fn row(out: &mut String, kind: &str, tbl: &str, row_id: &str) {
    let _ = write!(out, "{{\"type\":\"{kind}\",\"tbl\":");
    text(out, tbl);
    out.push_str(",\"row_id\":");
    text(out, row_id);
}

fn cell(out: &mut String, col: &str, content: &Value) {
    out.push_str(",\"col\":");
    text(out, col);
    out.push_str(",\"value\":");
    value(out, content.as_ref());
}

fn cells(out: &mut String, cells: &[(String, Value)]) {
    list(out, cells, |out, (col, content)| {
        out.push('[');
        text(out, col);
        out.push(',');
        value(out, content.as_ref());
        out.push(']');
    });
}

pub(super) fn merge_result(out: &mut String, result: &MergeResult) {
    out.push_str("{\"patches\":");
    list(out, &result.patches, patch);
    let MergeResult { applied, duplicates, pending, rejected, .. } = result;
    let _ = write!(out, ",\"applied\":{applied},\"duplicates\":{duplicates},\"pending\":{pending},\"rejected\":{rejected}}}");
}

pub(super) fn sync_state(out: &mut String, state: &SyncState) {
    out.push_str("{\"frontier\":");
    list(out, &state.frontier, event_id);
    out.push_str(",\"versions\":");
    versions(out, &state.versions);
    out.push('}');
}

pub(super) fn versions(out: &mut String, versions: &VersionVector) {
    object(out, versions.iter().map(|(peer, counter)| (peer.as_str(), counter)), display);
}

pub(super) fn display(out: &mut String, value: impl Display) {
    let _ = write!(out, "{value}");
}

pub(super) fn commit(out: &mut String, commit: &Commit) {
    let Commit { counter, lamport, events } = commit;
    let _ = write!(out, "{{\"counter\":{counter},\"lamport\":{lamport},\"events\":{events}}}");
}

pub(super) fn log(out: &mut String, events: &[Event], next: &VersionVector, has_more: bool) {
    out.push_str("{\"events\":");
    list(out, events, event);
    out.push_str(",\"next\":");
    versions(out, next);
    let _ = write!(out, ",\"has_more\":{has_more}}}");
}

pub(super) fn change(out: &mut String, change: &Change) {
    out.push_str("{\"patches\":");
    list(out, &change.patches, |out, ChangePatch { patch: changed, origin }| {
        out.push_str("{\"patch\":");
        patch(out, changed);
        out.push_str(",\"peer\":");
        match origin {
            Origin::Local => out.push_str("null"),
            Origin::Remote(peer) => text(out, peer),
        }
        out.push('}');
    });
    out.push('}');
}

pub(super) fn values(out: &mut String, cells: &[(String, Value)]) {
    object(out, cells.iter().map(|(col, content)| (col, content.as_ref())), value);
}

pub(super) fn rows(out: &mut String, rows: &[(String, RowValues)]) {
    list(out, rows, |out, (row_id, cells)| {
        out.push('[');
        text(out, row_id);
        out.push(',');
        values(out, cells);
        out.push(']');
    });
}
