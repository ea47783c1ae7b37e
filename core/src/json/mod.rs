//! The JSON forms of SPEC 5: for people, tests and bindings. What replicas send and store is the binary form.
//!
//! **Reading** is strict, so that every implementation takes the same texts and finds the same in them. A text is one JSON value with
//! nothing but white space around it, at most [`JSON_DEPTH_MAX`](crate::limits::JSON_DEPTH_MAX) levels deep; no key stands twice in one
//! object, also not in a part that nobody reads; no string holds a lone surrogate. A number with `.`, `e` or `E` is a Float, any other an
//! Int, and one that does not fit is an error. Unknown keys of an object are ignored.
//!
//! A text is read in three steps. `strict` proves that it is such a JSON text: serde_json tells whether it is JSON at all, a scan finds
//! what serde_json lets through. `node` then walks over the proven text where it stands, without building a tree. On top, one file for
//! each form makes the typed values. Memory stays in proportion to the text: a list is made with room for the elements that the text
//! holds, and never for more of them than the text could hold good ones.
//!
//! **Whom a text comes from** decides the kind of an error. In a *message* (runs, ephemeral entries) everything is `malformed`. In a
//! *local call* a text that is no JSON, or that repeats a key or nests too deep, is `malformed`; one of another shape than the documented
//! (a list where an object is wanted, a missing key, a name that is no string or holds a lone surrogate) is `invalid_argument`; what
//! cannot be a value (an integer outside i64, a float beyond the greatest, `NaN`, a list, an object other than `{"$bytes": …}`, a lone
//! surrogate) is `invalid_value`; a name or value over its bound is `limit_exceeded`.
//! Errors carry the `offset` in the text and, inside a list or object, the `path`, such as `[0].ops[2].value`.
//!
//! **Writing** gives exactly the forms of SPEC 5, without white space. A float is written as the shortest text that reads back as the
//! same float, always with `.` or an exponent.

mod doc;
mod ephemeral;
mod known;
mod node;
mod op;
mod run;
mod strict;
mod value;
mod write;

#[cfg(test)]
mod tests;

use crate::doc::{Change, Commit, RowValues};
use crate::error::Result;
use crate::types::{Event, EventId, EventRun, MergeResult, Patch, SyncState, Value, ValueRef, VersionVector};
#[cfg(feature = "system")]
pub(crate) use doc::{borrowed, read_cell, read_cells};
pub use ephemeral::{change_to_json as ephemeral_change_to_json, entries_to_json, parse_entries};
use node::Node;

/// For whom a text is read, which decides the kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// From outside: every error is `malformed`.
    Message,
    /// From the caller: see the module's documentation.
    Local,
}

/// Reads a message: a list of runs. It is the text that is checked here; `merge_remote` checks the bounds of what it says.
///
/// # Errors
///
/// `malformed`, with offset and path.
pub fn parse_runs(text: &str) -> Result<Vec<EventRun>> {
    run::read_all(Node::parse(text, Reading::Message)?)
}

/// Writes a message: a list of runs.
pub fn runs_to_json(runs: &[EventRun]) -> String {
    written(|out| write::list(out, runs, write::run))
}

/// Reads a value that a local caller gave.
///
/// # Errors
///
/// `malformed` when the text is not strict JSON, `invalid_value` when it is no value, `limit_exceeded` when it is longer than 1 MiB.
pub fn parse_value(text: &str) -> Result<Value> {
    value::read(Node::parse(text, Reading::Local)?)
}

/// Writes a value. A NaN or an infinity, which no document holds, is written as `null`.
pub fn value_to_json(value: ValueRef<'_>) -> String {
    written(|out| write::value(out, value))
}

/// Reads what a replica knows, `{peer: highest counter}`. Of a peer with a negative counter nothing is known.
///
/// # Errors
///
/// `malformed` when the text is not strict JSON, `invalid_argument` when it is no such object or a peer is empty, `limit_exceeded` when a
/// peer is too long.
pub fn parse_known(text: &str) -> Result<VersionVector> {
    known::read(Node::parse(text, Reading::Local)?)
}

/// Reads event ids, `[["alice",3],…]`.
///
/// # Errors
///
/// `malformed` when the text is not strict JSON, `invalid_argument` when it is no such list or a peer is empty, `limit_exceeded` when a
/// peer is too long.
pub fn parse_event_ids(text: &str) -> Result<Vec<EventId>> {
    run::read_ids(Node::parse(text, Reading::Local)?)
}

/// Writes event ids, `[["alice",3],…]`.
pub fn event_ids_to_json(ids: &[EventId]) -> String {
    written(|out| write::list(out, ids, write::event_id))
}

/// Writes what a replica knows, `{peer: highest counter}`.
pub fn versions_to_json(versions: &VersionVector) -> String {
    written(|out| write::versions(out, versions))
}

/// Writes what a local write made, `{"counter":0,"lamport":1,"events":1}`: the first event's counter and Lamport time, and how many.
pub fn commit_to_json(commit: &Commit) -> String {
    written(|out| write::commit(out, commit))
}

/// Writes what a merge did: `{"patches":[…],"applied":1,"duplicates":0,"pending":0,"rejected":0}`.
pub fn merge_result_to_json(result: &MergeResult) -> String {
    written(|out| write::merge_result(out, result))
}

/// Writes how far a replica is: `{"frontier":[["alice",3]],"versions":{"alice":3}}`.
pub fn sync_state_to_json(state: &SyncState) -> String {
    written(|out| write::sync_state(out, state))
}

/// Writes an event: `{"id":["alice",1],"deps":[["alice",0]],"lamport":2,"op":{…}}`, and `"at"` where its transaction has a time.
pub fn event_to_json(event: &Event) -> String {
    written(|out| write::event(out, event))
}

/// Writes a patch, such as `{"type":"set_cell","tbl":"todos","row_id":"1","col":"done","value":true}`.
pub fn patch_to_json(patch: &Patch) -> String {
    written(|out| write::patch(out, patch))
}

/// Writes a list of events, each as [`event_to_json`] does.
pub fn events_to_json(events: &[Event]) -> String {
    written(|out| write::list(out, events, write::event))
}

/// Writes a part of the log, `{"events":[…],"next":{peer: highest counter},"has_more":false}`.
pub fn log_to_json(events: &[Event], next: &VersionVector, has_more: bool) -> String {
    written(|out| write::log(out, events, next, has_more))
}

/// Writes a list of patches, each as [`patch_to_json`] does.
pub fn patches_to_json(patches: &[Patch]) -> String {
    written(|out| write::list(out, patches, write::patch))
}

/// Writes what a subscription is told, `{"patches":[{"patch":{…},"peer":"bob"},…]}`. `peer` is who is behind a patch, null for this replica.
pub fn change_to_json(change: &Change) -> String {
    written(|out| write::change(out, change))
}

/// Writes a row's cells, `{column: value}`.
pub fn cells_to_json(cells: &[(String, Value)]) -> String {
    written(|out| write::values(out, cells))
}

/// Writes rows with their cells, `[["row",{"column":value}],…]`.
pub fn rows_to_json(rows: &[(String, RowValues)]) -> String {
    written(|out| write::rows(out, rows))
}

/// The text that `write` appends.
fn written(write: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    write(&mut out);
    out
}
