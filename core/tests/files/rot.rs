//! Bits that flip are found, not served.

use super::salvaged::by_id;
use super::{Place, beside, fill, pull, seen};
use convergedb::api::{Doc, FreshPeer, OpenOptions};
use convergedb::clock::SplitMix;
use convergedb::{ErrorKind, RowValues, ValueRef};
use std::collections::HashMap;
use std::path::Path;

fn sql(path: &Path, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
}

/// A document with a segment and a tail of the log.
fn long(doc: &Doc, parts: i64) {
    for part in 0..parts {
        doc.transaction(None, |tx| {
            (0..1_000).try_for_each(|row| tx.upsert("t", &(row % 700).to_string(), &[("n", ValueRef::Int(part * 1_000 + row))]))
        })
        .unwrap();
    }
    fill(doc, 5);
}

#[test]
fn rows_that_are_not_those_of_the_log_are_made_again() {
    for damage in [
        "UPDATE converge_t1 SET c1=99 WHERE rid=3",
        "UPDATE converge_t1 SET c1=1.0*c1 WHERE rid=3",
        "DELETE FROM converge_t1 WHERE rid=3",
        "DELETE FROM converge_rest",
        "UPDATE converge_t1 SET id='other' WHERE rid=3",
        "UPDATE converge_t1 SET s=(SELECT s FROM converge_t1 WHERE rid=4) WHERE rid=3",
        "INSERT INTO converge_t1 SELECT 5000,'copy',s,c1 FROM converge_t1 WHERE rid=3",
        "DROP VIEW t; DROP TABLE converge_t1",
        "UPDATE converge_table SET name=CAST('x' AS BLOB) WHERE t=1",
        "DELETE FROM converge_column",
        "UPDATE converge_table SET name=x'ff74' WHERE t=1",
        "UPDATE converge_column SET c=c+1 WHERE t=1",
        "UPDATE converge_table SET view='converge_log' WHERE t=1",
        "DROP VIEW todos; CREATE VIEW todos AS SELECT id AS row_id, c2 AS \"title\", c1 AS \"n\" FROM converge_t2",
        "UPDATE converge_log SET rows_sum=rows_sum+1",
    ] {
        let place = Place::new();
        let doc = place.open();
        long(&doc, 20);
        let before = seen(&doc);
        drop(doc);
        sql(&place.db(), damage);
        let read_only = Doc::open(place.db(), OpenOptions::new().read_only(true));
        assert_eq!(read_only.err().map(|error| error.kind()), Some(ErrorKind::Corrupt), "{damage}");
        let doc = place.open();
        assert!(doc.opened().unwrap().rebuilt.is_some(), "{damage}");
        assert_eq!(seen(&doc), before, "{damage}");
        assert!(doc.verify().unwrap().is_empty(), "{damage}");
        doc.insert("t", "after", &[]).unwrap();
        drop(doc);
        let doc = place.open();
        assert_eq!(doc.opened().unwrap().rebuilt, None, "{damage}");
        assert!(doc.contains("t", "after").unwrap());
    }
}

#[test]
fn a_damaged_log_is_corrupt_and_its_rest_can_be_salvaged() {
    for damage in [
        "DELETE FROM converge_log",
        "DELETE FROM converge_log WHERE n=(SELECT min(n) FROM converge_log)",
        "UPDATE converge_log SET d=zeroblob(20) WHERE n=(SELECT max(n) FROM converge_log)",
        "DELETE FROM converge_seg",
        "UPDATE converge_seg SET head=x'00' WHERE n=0",
        "UPDATE converge_head SET peer='eve'",
    ] {
        let place = Place::new();
        let doc = place.open();
        long(&doc, 20);
        let (count, title) = (doc.count("t").unwrap() + doc.count("todos").unwrap(), doc.get("todos", "row 0", "title").unwrap());
        let whole = by_id(&doc.get_pending(&Default::default(), Default::default()).unwrap().runs);
        drop(doc);
        sql(&place.db(), damage);
        let first = Doc::salvage(place.db()).unwrap();
        assert_eq!(Doc::open(place.db(), OpenOptions::new()).unwrap_err().kind(), ErrorKind::Corrupt, "{damage}");
        let salvage = Doc::salvage(place.db()).unwrap();
        assert!(!salvage.problems.is_empty(), "{damage}");
        assert_eq!(salvage, first, "{damage}: what is left is what was left before somebody tried to open it");
        assert!(by_id(&salvage.events).iter().all(|(id, op)| whole.get(id) == Some(op)), "{damage}");
        assert_eq!(by_id(&salvage.events).len() == whole.len(), damage.contains("converge_head"), "{damage}");
        assert_eq!(salvage.rows.len(), count, "{damage}");
        let row = salvage.rows.iter().find(|row| (row.0.as_str(), row.1.as_str()) == ("todos", "row 0")).unwrap();
        assert!(row.2.contains(&("title".to_owned(), title.unwrap())), "{damage}");
    }
}

#[test]
fn damaged_history_is_found_when_it_is_read() {
    let place = Place::new();
    let doc = place.open();
    long(&doc, 20);
    let versions = doc.versions().unwrap();
    drop(doc);
    sql(&place.db(), "UPDATE converge_seg SET d=zeroblob(length(d)) WHERE n=4096");
    let doc = place.open();
    assert_eq!(doc.count("t").unwrap(), 700, "the rows are there");
    assert_eq!(doc.row_history("t", "5").unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(!doc.verify().unwrap().is_empty());
    assert!(doc.encode_update(&versions, Default::default()).unwrap().bytes.is_empty());
    doc.insert("t", "still writes", &[]).unwrap();
    drop(doc);
    let salvage = Doc::salvage(place.db()).unwrap();
    let events: usize = salvage.events.iter().map(|run| run.ops.len()).sum();
    // Of twenty transactions of a thousand five lie in the damaged block, one of them half, and after them come eight events one by one.
    assert_eq!(events, 15_008);
    assert_eq!(salvage.events.iter().take_while(|run| run.deps.is_empty()).map(|run| run.ops.len()).sum::<usize>(), 4_000);
    assert_eq!(salvage.rows.len(), 705);
}

/// Goal: a chain hash counts for nobody else, and history that was exchanged for another's is told.
#[test]
fn chains_and_blocks_are_bound_to_their_place() {
    let place = Place::new();
    let (doc, other) = (place.open(), Doc::new(OpenOptions::new()).unwrap());
    long(&doc, 20);
    pull(&other, &doc).unwrap();
    other.insert("t", "of another", &[]).unwrap();
    pull(&doc, &other).unwrap();
    pull(&other, &doc).unwrap();
    assert_eq!(doc.verify().unwrap(), Vec::<String>::new());
    doc.close().unwrap();
    let good = std::fs::read(place.db()).unwrap();
    sql(&place.db(), "UPDATE converge_chain SET d=(SELECT d FROM converge_chain AS one WHERE one.p<>converge_chain.p)");
    let doc = place.open();
    doc.insert("t", "after", &[]).unwrap();
    pull(&other, &doc).unwrap();
    pull(&doc, &other).unwrap();
    assert_eq!(doc.verify().unwrap(), Vec::<String>::new());
    doc.close().unwrap();
    std::fs::write(place.db(), &good).unwrap();
    sql(&place.db(), "UPDATE converge_seg SET d=(SELECT d FROM converge_seg WHERE n=4096) WHERE n=8192");
    let problems = place.open().verify().unwrap();
    assert!(problems.iter().any(|problem| problem.contains("chain hash")), "{problems:?}");
}

/// What there is to be salvaged: the cells of rows by table and id, and how many events.
fn salvaged(path: &Path) -> (HashMap<(String, String), RowValues>, usize, Vec<String>) {
    let salvage = Doc::salvage(path).unwrap();
    let rows: HashMap<_, _> = salvage.rows.iter().cloned().map(|(tbl, id, values)| ((tbl, id), values)).collect();
    assert_eq!(rows.len(), salvage.rows.len(), "each row once");
    // They are events of the document: a replica takes them, and the complete one has them already.
    (rows, salvage.events.iter().map(|run| run.ops.len()).sum(), salvage.problems)
}

/// Goal: one damaged page costs what lies on it, not what lies behind it. Method: overwrite each page in turn.
#[test]
fn each_page_is_overwritten() {
    let place = Place::new();
    let doc = place.open();
    long(&doc, 9);
    doc.transaction(None, |tx| {
        (0..300).try_for_each(|row| tx.upsert("more", &format!("row {row}"), &[("text", "t".repeat(40).as_str().into())]))
    })
    .unwrap();
    doc.delete("more", "row 7").unwrap();
    let events = doc.events().unwrap() as usize;
    let mirror = Doc::new(OpenOptions::new()).unwrap();
    pull(&mirror, &doc).unwrap();
    doc.close().unwrap();
    let good = std::fs::read(place.db()).unwrap();
    let (rows, all, problems) = salvaged(&place.db());
    assert_eq!((all, problems), (events, Vec::new()));
    let (mut most_rows, mut lost_rows, mut lost_events) = (0, 0, 0);
    let pages = good.len() / 4_096;
    for page in 1..pages {
        let mut bytes = good.clone();
        bytes[page * 4_096..][..4_096].fill(0xa5);
        std::fs::write(place.db(), bytes).unwrap();
        let salvage = Doc::salvage(place.db()).unwrap();
        // Nothing is there that was not, and the events are those of the document.
        assert!(salvage.rows.iter().all(|row| rows.get(&(row.0.clone(), row.1.clone())) == Some(&row.2)), "page {page}");
        let merged = mirror.merge_remote(&salvage.events).unwrap();
        assert_eq!((merged.applied, mirror.waiting_events().unwrap()), (0, 0), "page {page}");
        let kept: usize = salvage.events.iter().map(|run| run.ops.len()).sum();
        let lost = rows.len() - salvage.rows.len();
        assert!((lost == 0 && kept == events) || !salvage.problems.is_empty(), "page {page}: something is lost, and nothing is said");
        // A page that leads to others costs what lies on those; there is one for each table of more than a page.
        most_rows += usize::from(lost > 150);
        (lost_rows, lost_events) = (lost_rows + lost, lost_events + events - kept);
    }
    println!("{pages} pages: {lost_rows} rows and {lost_events} events lost in all");
    assert!(most_rows <= 2 && lost_rows <= 2 * rows.len(), "{most_rows} pages cost a table, {lost_rows} rows were lost");
    assert!(lost_events <= 5 * events, "{lost_events} events were lost");
}

/// Goal: whatever bit flips, in the file or in its write-ahead log, nothing is silently different. Method: flip one, open, and compare with
/// what was; a difference has to be told: by an error, by a problem of `verify`, or as a file that was set back.
#[test]
fn two_thousand_bits() {
    let place = Place::new();
    let doc = place.open();
    long(&doc, 9);
    doc.insert("todos", "bytes", &[("b", ValueRef::Bytes(&[7; 3_000])), ("t", ValueRef::Str(&"text ".repeat(500)))]).unwrap();
    let peer = Doc::new(OpenOptions::new()).unwrap();
    pull(&peer, &doc).unwrap();
    for row in 0..30 {
        peer.insert("of another", &row.to_string(), &[("x", ValueRef::Int(row))]).unwrap();
        pull(&doc, &peer).unwrap();
    }
    pull(&peer, &doc).unwrap();
    let before = (seen(&doc), doc.row_history("t", "5").unwrap());
    // As a process that is killed leaves it: the end of the story lies in the write-ahead log.
    let files = ["", "-wal", "-peer"].map(|suffix| std::fs::read(beside(&place.db(), suffix)).unwrap());
    assert!(files[1].len() > 100_000);
    doc.close().unwrap();
    let random = &mut SplitMix::new(11);
    let (mut told, mut harmless) = (0, 0);
    for round in 0..2_000 {
        let which = usize::from(round % 2 == 1);
        let at = random.below(files[which].len() as u64 * 8);
        for (number, (bytes, suffix)) in files.iter().zip(["", "-wal", "-peer"]).enumerate() {
            let mut bytes = bytes.clone();
            if number == which {
                bytes[at as usize / 8] ^= 1 << (at % 8);
            }
            // Written into the same file, so that it is no copy.
            std::fs::write(beside(&place.db(), suffix), bytes).unwrap();
        }
        let _ = std::fs::remove_file(beside(&place.db(), "-shm"));
        let what = format!("bit {at} of {}", ["the file", "the write-ahead log"][which]);
        let doc = match Doc::open(place.db(), OpenOptions::new()) {
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Storage | ErrorKind::UnsupportedVersion), "{what}: {error}");
                told += 1;
                continue;
            }
            Ok(doc) => doc,
        };
        let report = doc.opened().unwrap();
        assert!(matches!(report.fresh_peer, None | Some(FreshPeer::RolledBack)), "{what}: {report:?}");
        let history = doc.row_history("t", "5");
        let now = match (doc.get_pending(&Default::default(), Default::default()), history) {
            (Ok(_), Ok(history)) => (seen(&doc), history),
            (Err(error), _) | (_, Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}");
                told += 1;
                continue;
            }
        };
        let same = now == before;
        // What is lost at the end of the write-ahead log is told as a file that was set back; what is there then was there.
        let set_back = || {
            let (events, all) = (doc.events().unwrap(), peer.events().unwrap());
            pull(&peer, &doc).unwrap();
            which == 1 && report.fresh_peer.is_some() && events < all && peer.events().unwrap() == all
        };
        if !(same || !doc.verify().unwrap().is_empty() || set_back()) {
            panic!(
                "{what}: something is different and nothing told: {report:?}, {} {} {}",
                now.0 == before.0,
                now.1 == before.1,
                doc.events().unwrap()
            );
        }
        if same { harmless += 1 } else { told += 1 }
    }
    println!("{told} told, {harmless} harmless or repaired");
    assert!(told > 100 && harmless > 100);
}
