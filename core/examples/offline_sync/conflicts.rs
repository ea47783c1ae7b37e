//! What two replicas wrote while they were apart, read back from the log: where they met, and who won.

use crate::airports::TABLE;
use crate::report::thousands;
use convergedb::json::value_to_json;
use convergedb::{CrdtDoc, Event, Result, RowOp, Value, VersionVector};
use std::collections::{BTreeMap, BTreeSet};

/// Says what became of every row that both wrote since `shared`, the last version that both had seen.
pub(crate) fn explain(doc: &CrdtDoc, shared: &VersionVector) -> Result<()> {
    let mut rows = BTreeMap::<String, Vec<Event>>::new();
    for event in doc.log(shared) {
        let event = event?;
        rows.entry(event.op.row_id().to_owned()).or_default().push(event);
    }
    rows.retain(|_, events| events.iter().any(|event| event.id.peer != events[0].id.peer));
    println!("  {} rows were written by both.", thousands(rows.len() as u64));

    println!("\n  Delete against update: the delete wins, whatever the order.");
    for (row, events) in rows.iter().filter(|(row, _)| !doc.contains(TABLE, row)) {
        let (deletes, others): (Vec<_>, Vec<_>) = events.iter().partition(|event| matches!(event.op, RowOp::Delete { .. }));
        println!("    {row}  deleted by {}; updates that no longer show: {}", deletes[0].id.peer, others.len());
    }
    println!("\n  Same cell: the higher Lamport time (@) wins, then the greater peer name.");
    let mut merged = 0;
    for (row, events) in rows.iter().filter(|(row, _)| doc.contains(TABLE, row)) {
        let clashes: Vec<_> = authors_by_column(events).into_iter().filter(|(_, authors)| authors.len() > 1).collect();
        for (col, authors) in &clashes {
            print_history(doc, row, col, authors.len())?;
        }
        merged += u64::from(clashes.is_empty());
    }
    println!("\n  Different cells of one row: both stay, in {merged} rows. One of them:");
    print_history(doc, "CLD", "city", 1)?;
    print_history(doc, "CLD", "state", 1)
}

/// Prints the last `writes` of a cell's history, oldest first. The last one is what shows.
pub(crate) fn print_history(doc: &CrdtDoc, row: &str, col: &str, writes: usize) -> Result<()> {
    let history = doc.cell_history(TABLE, row, col)?;
    for (place, event) in history.iter().enumerate().skip(history.len().saturating_sub(writes)) {
        let value = cells(&event.op).into_iter().rev().find(|(name, _)| *name == col).map(|(_, value)| value_to_json(value.as_ref()));
        let mark = if place + 1 == history.len() { "<- shows" } else { "" };
        let line = format!("{row} {col:5}  {} @{:5}  {:43}{mark}", event.id.peer, thousands(event.lamport), value.unwrap_or_default());
        println!("    {}", line.trim_end());
    }
    Ok(())
}

fn authors_by_column(events: &[Event]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut columns = BTreeMap::<&str, BTreeSet<&str>>::new();
    for event in events {
        for (col, _) in cells(&event.op) {
            columns.entry(col).or_default().insert(&event.id.peer);
        }
    }
    columns
}

fn cells(op: &RowOp) -> Vec<(&str, &Value)> {
    match op {
        RowOp::Insert { values, .. } => values.iter().map(|(col, value)| (col.as_str(), value)).collect(),
        RowOp::Update { col, value, .. } => vec![(col, value)],
        RowOp::Delete { .. } => vec![],
    }
}
