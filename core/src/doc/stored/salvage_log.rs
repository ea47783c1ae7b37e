//! What can be read of a log that is damaged.

use super::{LogRead, RecordReader, enter_segments, read_log, segment};
use crate::clock::SplitMix;
use crate::doc::{CrdtDoc, DocOptions};
use crate::error::Result;
use crate::graph::LocalNumber;
use crate::merge::Journal;
use crate::oplog::{BlockOps, OpView, RowIndex, TableIndex};
use crate::store::{Segment, Store, Stored};
use crate::types::{EventRun, RowOp, VersionVector};
use core::ops::Range;
use std::collections::{HashMap, HashSet};

/// The ids of rows, from wherever they could be read.
pub(super) type RowIds = HashMap<(TableIndex, RowIndex), String>;

/// The most bytes of row ids that are taken from segments: ids that are alike take next to none there.
const ID_BYTES_MAX: usize = 1 << 29;

/// The longest beginning of a log in which names and order of events hold.
pub(super) fn whole_part(stored: &Stored, problems: &mut Vec<String>) -> Stored {
    let part = |parts: usize| {
        let (segments, records) = (parts.min(stored.segments.len()), parts.saturating_sub(stored.segments.len()));
        let head = stored.head.clone();
        Stored { head, segments: stored.segments[..segments].to_vec(), records: stored.records[..records].to_vec(), ..Stored::default() }
    };
    let all = stored.segments.len() + stored.records.len();
    match read_order(stored) {
        Ok(_) => {
            if stored.records.is_empty() && !stored.segments.is_empty() {
                problems.push("log: it lacks its end".to_owned());
            }
            return part(all);
        }
        Err(error) => problems.push(format!("log: {}", error.message())),
    }
    // Of two parts that begin together the shorter is good if the longer is.
    let (mut good, mut bad) = (0, all);
    while good + 1 < bad {
        let middle = good + (bad - good) / 2;
        match read_order(&part(middle)) {
            Ok(_) => good = middle,
            Err(_) => bad = middle,
        }
    }
    part(good)
}

/// Names and order of events.
pub(super) fn read_order(stored: &Stored) -> Result<LogRead<'_>> {
    // Nothing is drawn from this seed that outlives the call.
    read_log(&stored.head.clone().unwrap_or_default(), stored, DocOptions::new(SplitMix::new(0)))
}

/// Reads the events of a log whose order holds: every transaction whose bytes can be read and whose rows have names. `ids` are those of the
/// rows that can be read. Says in `problems` what is missing.
pub(super) fn read_events(store: &mut dyn Store, stored: &Stored, ids: &RowIds, problems: &mut Vec<String>) -> Result<Vec<EventRun>> {
    let LogRead { mut doc, records, segment_rows, .. } = read_order(stored)?;
    let nameless = name_rows(store, &mut doc, (&stored.segments, &segment_rows, &records), ids, problems);
    let mut lost: Vec<Range<LocalNumber>> = Vec::new();
    for segment in &stored.segments {
        let mut block = BlockOps::default();
        let ops = store.segment_loosely(segment.first).ops;
        // It is read again when its events are asked for; here it is only looked at.
        let mark = doc.state.arena.mark();
        if segment::read_ops(&mut doc, segment, &ops, &mut block).is_err() {
            lost.push(segment.first..segment.first + segment.events);
        }
        doc.state.arena.truncate(mark);
    }
    if let (Some(first), Some(last)) = (lost.first(), lost.last()) {
        let blocks = lost.len();
        problems.push(format!("log: {blocks} blocks of it between event {} and event {} cannot be read", first.start, last.end));
    }
    enter_segments(store, &mut doc, stored);
    for mut record in records {
        let first = record.events.start;
        let read = record.read_rows(&mut doc).and_then(|()| record.read_ops(&mut doc, |doc, _, block| doc.log.extend_tail(block)));
        if let Err(error) = read {
            problems.push(format!("log: from event {first} on: {}", error.message()));
            lost.push(first..doc.graph.len());
            break;
        }
    }
    Ok(readable_runs(&doc, &lost, &nameless))
}

/// Makes the rows known that segments name. Returns those of which the id is not known: another stands in for it.
fn name_rows(
    store: &mut dyn Store,
    doc: &mut CrdtDoc,
    (segments, rows, records): (&[Segment], &[u32], &[RecordReader<'_>]),
    ids: &RowIds,
    problems: &mut Vec<String>,
) -> HashSet<(TableIndex, RowIndex)> {
    let (mut named, mut room) = (RowIds::new(), ID_BYTES_MAX);
    for segment in segments {
        let bytes = store.segment_loosely(segment.first);
        let listed = segment::list_rows(doc, segment.first, &bytes, |table, row, id| {
            // What is made up may name any number of rows in a few bytes; each row has an event, at least.
            if named.len() < doc.graph.len() as usize && id.len() <= room {
                room -= id.len();
                named.insert((table, row), id.to_owned());
            }
        });
        if let Err(error) = listed {
            problems.push(format!("log: the names of rows at event {}: {}", segment.first, error.message()));
        }
    }
    // What stands in may be the id of no row, and a peer may have chosen any.
    let mut later = Vec::new();
    for record in records {
        let _ = record.list_rows(doc, |_, _, id| later.push(id.to_owned()));
    }
    let mut taken: HashSet<&str> = named.values().chain(ids.values()).chain(&later).map(String::as_str).collect();
    taken.insert("");
    let mut nameless = HashSet::new();
    for (table, &rows) in (0..).zip(rows) {
        for row in 0..rows {
            let known = named.get(&(table, row)).or_else(|| ids.get(&(table, row)));
            // What is damaged may claim any number of rows, and no more are written than there are events.
            if known.is_none() && nameless.len() >= doc.graph.len() as usize {
                break;
            }
            // One name twice would shift all numbers after it.
            let fresh = known.filter(|id| doc.state.find_row(table, id).is_none());
            let stand_in = || {
                nameless.insert((table, row));
                let mut id = format!("\0row {row} of table {table}");
                while taken.contains(id.as_str()) {
                    id.push('\0');
                }
                id
            };
            let id = fresh.cloned().unwrap_or_else(stand_in);
            if doc.state.intern_row(table, &id, &mut Journal::off()) != row {
                // Its operations cannot be read then, which is told of each block.
                problems.push(format!("log: row {row} of table {table} has no number of its own"));
                break;
            }
        }
    }
    nameless
}

/// All whole transactions but those that lie in lost blocks or write to nameless rows, in the order of their arrival.
fn readable_runs(doc: &CrdtDoc, lost: &[Range<LocalNumber>], nameless: &HashSet<(TableIndex, RowIndex)>) -> Vec<EventRun> {
    let mut reader = doc.reader();
    let mut read = |transaction: Range<LocalNumber>| -> Option<Vec<RowOp>> {
        // The end of the log may lie inside a transaction, which is nothing without its rest.
        let torn = transaction.end > doc.graph.len();
        if torn || lost.iter().any(|lost| lost.start < transaction.end && transaction.start < lost.end) {
            return None;
        }
        let mut ops = Vec::with_capacity(transaction.len());
        for event in transaction {
            let (view, arena) = reader.get(event).ok()?;
            let written = match view {
                OpView::Insert { table, row, .. } | OpView::Delete { table, row } => (table, row),
                OpView::Update { field, row, .. } => (doc.state.schema.field(field).0, row),
            };
            if nameless.contains(&written) {
                return None;
            }
            ops.push(doc.plain_op(view, arena));
        }
        Some(ops)
    };
    let mut runs = Vec::new();
    let mut finish = |start: LocalNumber, ops: &mut Vec<RowOp>| {
        if !ops.is_empty() {
            runs.push(doc.run(start, doc.graph.deps(start), core::mem::take(ops)));
        }
    };
    for range in doc.unknown_to(&VersionVector::new(), true) {
        let (mut start, mut at) = (range.start, range.start);
        let mut ops = Vec::new();
        while at < range.end {
            let transaction = doc.transactions.range(at);
            at = transaction.end;
            match read(transaction) {
                Some(more) => ops.extend(more),
                None => {
                    finish(start, &mut ops);
                    start = at;
                }
            }
        }
        finish(start, &mut ops);
    }
    runs
}
