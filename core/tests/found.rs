//! What a review found by calling the engine wrongly or hard: each case by name, so that it stays mended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use convergedb::clock::WallClock;
use convergedb::{CrdtDoc, DocOptions, ErrorKind, EventId, EventRun, PageLimit, PeerId, RowOp, RowRange, Value, ValueRef, VersionVector};
use std::ops::Bound;

fn doc(name: &str) -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(name.len() as u64).peer(PeerId::new(name).unwrap()))
}

fn insert(row: &str, values: Vec<(String, Value)>) -> RowOp {
    RowOp::Insert { tbl: "t".into(), row_id: row.into(), values }
}

/// A row of many columns cost the square of their number, in one message. Method: as many as would take minutes so.
#[test]
fn wide_rows_cost_what_their_cells_cost() {
    let columns: Vec<String> = (0..50_000).map(|column| format!("c{column}")).collect();
    let values: Vec<(String, Value)> = columns.iter().map(|column| (column.clone(), Value::Int(1))).collect();
    let mut doc = doc("wide");
    for row in ["1", "2", "3"] {
        doc.apply(&[insert(row, values.clone())], None).unwrap();
    }
    doc.update("t", "2", "c49999", 2).unwrap();
    assert_eq!(doc.row("t", "2").unwrap().cells().count(), columns.len());
    assert_eq!(doc.get("t", "2", "c49999"), Some(ValueRef::Int(2)));
    doc.delete("t", "2").unwrap();
    doc.check().unwrap();
}

/// A transaction with many deps was looked through from its first dep each time one came. Method: a chain of peers in reverse order, and
/// many transactions that name all of them.
#[test]
fn waking_what_waits_costs_what_came() {
    let peer = |number: u64| PeerId::new(&format!("p{number:04}")).unwrap();
    let run = |peer: PeerId, lamport: u64, deps: Vec<EventId>| EventRun {
        peer,
        counter_start: 0,
        lamport_start: lamport,
        deps,
        ops: vec![insert("r", Vec::new())],
        tx: Vec::new(),
        at: Vec::new(),
    };
    let id = |number: u64| EventId::new(peer(number), 0);
    let chain = |number: u64| run(peer(number), number + 1, number.checked_sub(1).map(id).into_iter().collect());
    let mut runs: Vec<EventRun> =
        (0..200).map(|at| run(PeerId::new(&format!("z{at}")).unwrap(), 1_025, (0..1_024).map(id).collect())).collect();
    runs.extend((1..1_024).rev().map(chain));
    let mut doc = doc("waker");
    assert_eq!(doc.merge_remote(&runs).unwrap().pending, 1_223);
    let merged = doc.merge_remote(&[chain(0)]).unwrap();
    assert_eq!((merged.applied, merged.pending, merged.rejected), (1_224, 0, 0));
}

/// A handle outlived the row's number and wrote into another row.
#[test]
fn stale_handles_are_refused() {
    let mut doc = doc("handles");
    doc.insert("t", "1", &[("x", 1.into())]).unwrap();
    let (row, column) = (doc.row_handle("t", "1").unwrap(), doc.column_handle("t", "x").unwrap());
    doc.update_at(row, column, 2).unwrap();
    let undone: convergedb::Result<((), _)> = doc.transaction(None, |tx| {
        tx.insert("t", "2", &[])?;
        tx.insert("t", "1", &[])
    });
    assert_eq!(undone.unwrap_err().kind(), ErrorKind::RowExists);
    assert_eq!(doc.update_at(row, column, 3).unwrap_err().kind(), ErrorKind::InvalidArgument);
    let (row, column) = (doc.row_handle("t", "1").unwrap(), doc.column_handle("t", "x").unwrap());
    doc.update_at(row, column, 4).unwrap();
    doc.fork(1).unwrap();
    assert_eq!(doc.update_at(row, column, 5).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(doc.get("t", "1", "x"), Some(ValueRef::Int(4)));
}

/// A replica of more events than a message may hold could be written as plain data and not be read back.
#[test]
fn a_replica_is_not_bound_like_a_message() {
    let mut doc = doc("large");
    doc.insert("t", "1", &[("x", 0.into())]).unwrap();
    for value in 0..1_048_576 {
        doc.update("t", "1", "x", value).unwrap();
    }
    let again = CrdtDoc::from_replica(&doc.to_replica().unwrap(), DocOptions::seeded(9)).unwrap();
    assert_eq!((again.events(), again.digest()), (doc.events(), doc.digest()));
    let again = CrdtDoc::decode_replica(&doc.encode_replica().unwrap(), DocOptions::seeded(9)).unwrap();
    assert_eq!((again.events(), again.digest()), (doc.events(), doc.digest()));
}

struct BrokenClock;

impl WallClock for BrokenClock {
    fn now_ms(&self) -> i64 {
        panic!("the clock is broken")
    }
}

/// A clock that panics left a row that no event had made.
#[test]
fn a_clock_that_panics_leaves_the_replica_as_it_was() {
    let mut doc = CrdtDoc::new(DocOptions::seeded(1).wall_clock(BrokenClock));
    for call in [
        |doc: &mut CrdtDoc| drop(doc.insert("t", "1", &[("x", 1.into())])),
        |doc: &mut CrdtDoc| drop(doc.apply(&[insert("1", Vec::new()), insert("2", Vec::new())], None)),
    ] {
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(&mut doc)));
        assert!(panics.is_err() && doc.events() == 0 && doc.count("t") == 0);
        doc.check().unwrap();
    }
}

/// A page of a range began before the range.
#[test]
fn a_later_page_stays_within_its_range() {
    let mut doc = doc("pages");
    for row in ["a", "b", "m1", "m2", "m3", "z"] {
        doc.insert("t", row, &[]).unwrap();
    }
    let ids = |range: RowRange<'_>| doc.scan("t", range).map(|row| row.id().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(RowRange::prefix("m").and_after("a")), ["m1", "m2", "m3"]);
    assert_eq!(ids(RowRange::prefix("m").and_after("m2")), ["m3"]);
    assert_eq!(ids(RowRange::new(Bound::Included("m2"), Bound::Unbounded).and_after("b")), ["m2", "m3", "z"]);
}

/// A slow reader of large values was bounded by their number alone.
#[test]
fn a_slow_reader_is_bounded_in_bytes() {
    let mut doc = doc("slow");
    let reader = doc.subscribe(convergedb::ChangeFilter::all(), 1_000_000);
    let large = "x".repeat(1 << 20);
    for row in 0..70 {
        doc.insert("t", &row.to_string(), &[("x", large.as_str().into())]).unwrap();
    }
    let drained = doc.drain_changes(reader).unwrap();
    assert!(drained.lagged && drained.changes.is_empty());
}

/// An event that stood on what a fork gave up went, and nobody was told.
#[test]
fn a_fork_counts_what_it_has_no_room_for() {
    let (mut ana, mut ben) = (CrdtDoc::new(DocOptions::seeded(1).waiting_limits(0, 0)), doc("ben"));
    ana.insert("t", "1", &[]).unwrap();
    ben.merge_remote(&ana.get_pending(&ben.versions()).unwrap().runs).unwrap();
    ben.insert("t", "2", &[]).unwrap();
    ana.merge_remote(&ben.get_pending(&ana.versions()).unwrap().runs).unwrap();
    let forked = ana.fork(0).unwrap();
    assert_eq!((forked.rejected, forked.pending, ana.count("t")), (1, 0, 1));
    ana.check().unwrap();
}

/// What could not wait was dropped while the message was still being taken in, so that a later transaction stayed which goes first by the rules:
/// the latest to arrive of the peer with the most bytes, until the rest fits. Found by histories 320, 689 and 928.
#[test]
fn what_waits_is_dropped_by_the_rules_whatever_its_place_in_a_message() -> Result<(), String> {
    let said = |error: convergedb::Error| error.to_string();
    let known = |counter: u64| -> VersionVector { [(PeerId::new("ann").unwrap(), counter)].into_iter().collect() };
    let mut ann = doc("ann");
    ann.insert("t", "r", &[]).map_err(said)?;
    let first = ann.encode_update(&VersionVector::new(), PageLimit::default()).map_err(said)?;
    for value in ["", &"x".repeat(2_000), ""] {
        ann.update("t", "r", "c", value).map_err(said)?;
    }
    let runs = ann.get_pending(&known(1)).map_err(said)?.runs;
    let update = ann.encode_update(&known(1), PageLimit::default()).map_err(said)?;
    let rest = ann.encode_update(&known(0), PageLimit::default()).map_err(said)?;
    for way in 0..3 {
        let options = DocOptions::seeded(2).document(ann.document_id()).waiting_limits(10, 500);
        let mut receiver = CrdtDoc::new(options);
        receiver.merge_update(&first.bytes).map_err(said)?;
        let merged = match way {
            0 => receiver.merge_remote(&runs),
            1 => receiver.merge_remote_json(&convergedb::json::runs_to_json(&runs)),
            _ => receiver.merge_update(&update.bytes),
        };
        let merged = merged.map_err(said)?;
        assert_eq!((merged.applied, merged.pending, merged.rejected), (0, 0, 2));
        assert_eq!(receiver.merge_update(&rest.bytes).map_err(said)?.applied, 3);
        assert_eq!(receiver.digest(), ann.digest());
    }
    Ok(())
}
