//! What salvage brings is what was written, and it tells of what it cannot know.

use super::{Place, fill, pull, seen};
use convergedb::api::{Doc, OpenOptions};
use convergedb::{EventRun, RowOp, ValueRef};
use std::collections::HashMap;
use std::path::Path;

fn sql(path: &Path, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
}

/// Each event by its id.
pub(crate) fn by_id(runs: &[EventRun]) -> HashMap<(String, u64), RowOp> {
    let event = |run: &EventRun| {
        let peer = run.peer.as_str().to_owned();
        (run.counter_start..).zip(run.ops.clone()).map(|(counter, op)| ((peer.clone(), counter), op)).collect::<Vec<_>>()
    };
    runs.iter().flat_map(event).collect()
}

/// Goal: an event comes back with the row that it was written to, or not at all. Method: names of rows are lost of which one is what
/// stands in for another.
#[test]
fn no_event_comes_back_with_the_name_of_another_row() {
    let place = Place::new();
    let doc = place.open();
    for row in ["\0row 2 of table 0", "one", "two", "three", "\0row 2 of table 0\0", "\0row 5 of table 0"] {
        doc.insert("t", row, &[("n", ValueRef::Int(0))]).unwrap();
    }
    for part in 0..20i64 {
        doc.transaction(None, |tx| {
            (0..1_000).try_for_each(|row| tx.upsert("t", &format!("row {}", row % 40), &[("n", ValueRef::Int(part * 1_000 + row))]))
        })
        .unwrap();
    }
    doc.insert("t", "\0row 3 of table 0", &[]).unwrap();
    let whole = by_id(&doc.get_pending(&Default::default(), Default::default()).unwrap().runs);
    doc.close().unwrap();
    let good = std::fs::read(place.db()).unwrap();
    for lost in ["rid=3", "rid IN (3, 4)", "rid IN (3, 5, 6)", "rid>3 AND rid<30"] {
        std::fs::write(place.db(), &good).unwrap();
        sql(&place.db(), &format!("UPDATE converge_seg SET names=x'00' WHERE n=0; DELETE FROM converge_t1 WHERE {lost}"));
        let salvage = Doc::salvage(place.db()).unwrap();
        let events = by_id(&salvage.events);
        assert!(events.len() > 3 && events.len() < whole.len(), "{lost}: {} events", events.len());
        assert!(events.iter().all(|(id, op)| whole.get(id) == Some(op)), "{lost}: an event is another than was written");
        assert!(!salvage.problems.is_empty());
    }
}

/// Goal: salvage tells of rows that the log would have otherwise.
#[test]
fn rows_that_are_not_as_they_were_last_are_told() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 5);
    doc.close().unwrap();
    sql(&place.db(), "CREATE TABLE x_kept AS SELECT * FROM converge_t1");
    let doc = place.open();
    doc.update("todos", "row 2", "title", "newer").unwrap();
    doc.close().unwrap();
    assert_eq!(Doc::salvage(place.db()).unwrap().problems, Vec::<String>::new());
    let good = std::fs::read(place.db()).unwrap();
    for damage in [
        "INSERT OR REPLACE INTO converge_t1 SELECT * FROM x_kept WHERE rid=3",
        "DELETE FROM converge_t1 WHERE rid=3",
        "DELETE FROM converge_rest",
        "DELETE FROM converge_log WHERE n=(SELECT max(n) FROM converge_log)",
        "DELETE FROM converge_head",
        "UPDATE converge_head SET peer='eve'",
    ] {
        std::fs::write(place.db(), &good).unwrap();
        sql(&place.db(), damage);
        assert!(!Doc::salvage(place.db()).unwrap().problems.is_empty(), "{damage}: nothing is told");
    }
}

/// Goal: what waits is salvaged too, also from a damaged file.
#[test]
fn what_waits_is_salvaged() {
    let (first, second) = (Doc::new(OpenOptions::new()).unwrap(), Doc::new(OpenOptions::new()).unwrap());
    first.insert("t", "lost", &[]).unwrap();
    pull(&second, &first).unwrap();
    let known = second.versions().unwrap();
    second.update("t", "lost", "n", 1).unwrap();
    let place = Place::new();
    let doc = place.open();
    doc.merge_remote(&second.get_pending(&known, Default::default()).unwrap().runs).unwrap();
    assert_eq!(doc.waiting_events().unwrap(), 1);
    doc.close().unwrap();
    for damage in ["", "UPDATE converge_head SET peer='eve'"] {
        sql(&place.db(), damage);
        let salvage = Doc::salvage(place.db()).unwrap();
        let other = Doc::new(OpenOptions::new()).unwrap();
        pull(&other, &first).unwrap();
        other.merge_remote(&salvage.events).unwrap();
        assert_eq!(seen(&other), seen(&second), "{damage}");
    }
}
