//! Cells that vanish from a page without an error of SQLite's: nothing is taken for new or made again from a part.

use super::{Place, beside, fill, pull, seen};
use convergedb::api::{Doc, FreshPeer, OpenOptions};
use convergedb::{ErrorKind, ValueRef};
use std::path::Path;

const PAGE: usize = 4_096;

/// What there is to be salvaged: rows and events.
fn left(path: &Path) -> (usize, usize) {
    // Where the first page is damaged there may be nothing.
    let Ok(salvage) = Doc::salvage(path) else { return (0, 0) };
    (salvage.rows.len(), salvage.events.iter().map(|run| run.ops.len()).sum())
}

/// A document that one commit filled, beside some that were small, closed. Returns one in memory that is the same.
fn made(place: &Place) -> Doc {
    let doc = place.open();
    fill(&doc, 5);
    doc.transaction(None, |tx| (0..20).try_for_each(|row| tx.insert("t", &format!("row {row}"), &[("n", ValueRef::Int(row))]))).unwrap();
    let other = Doc::new(OpenOptions::new()).unwrap();
    pull(&other, &doc).unwrap();
    other.insert("of another", "x", &[("n", ValueRef::Int(1))]).unwrap();
    pull(&doc, &other).unwrap();
    doc.close().unwrap();
    other
}

/// Goal: a log of which the end is lost without an error is not taken for whole, and rows that it does not reach are not made again from
/// it. Method: flip each bit of each page's number of cells, with the mark and without it.
#[test]
fn each_number_of_cells_is_changed() {
    let place = Place::new();
    let before = seen(&made(&place));
    let good = std::fs::read(place.db()).unwrap();
    let mark = std::fs::read(beside(&place.db(), "-peer")).unwrap();
    let (mut refused, mut repaired, mut same) = (0, 0, 0);
    // The number stands in two bytes, the high one first; no page has 256 cells, so that one bit there is as good as another.
    for bit in (0..good.len() / PAGE * 16).filter(|bit| bit % 16 == 0 || bit % 16 >= 8) {
        let page = bit / 16 * PAGE;
        let at = if page == 0 { 100 + 3 } else { page + 3 } + bit % 16 / 8;
        if ![2, 5, 10, 13].contains(&good[if page == 0 { 100 } else { page }]) {
            continue;
        }
        let mut damaged = good.clone();
        damaged[at] ^= 1 << (bit % 8);
        std::fs::write(place.db(), &damaged).unwrap();
        let salvaged = left(&place.db());
        for with_mark in [true, false] {
            std::fs::write(place.db(), &damaged).unwrap();
            match with_mark {
                true => std::fs::write(beside(&place.db(), "-peer"), &mark).unwrap(),
                false => std::fs::remove_file(beside(&place.db(), "-peer")).unwrap(),
            }
            let what = format!("bit {} of byte {at}, {}", bit % 8, if with_mark { "with the mark" } else { "without the mark" });
            match Doc::open(place.db(), OpenOptions::new()) {
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
                    assert!(salvaged == (0, 0) || !error.message().contains("delete"), "{what}: {error}, and there is {salvaged:?}");
                    refused += 1;
                }
                Ok(doc) => {
                    let report = doc.opened().unwrap();
                    assert!(!report.created, "{what}");
                    assert_eq!(report.fresh_peer, (!with_mark).then_some(FreshPeer::NoMark), "{what}: {report:?}");
                    let page = doc.get_pending(&Default::default(), Default::default());
                    // What is told is told by a call's error or by `verify`; all else is as it was.
                    if page.is_ok() && seen(&doc) == before {
                        if report.rebuilt.is_some() { repaired += 1 } else { same += 1 }
                    } else {
                        assert!(!doc.verify().unwrap().is_empty(), "{what}: something is different, and nothing is told: {report:?}");
                    }
                    doc.close().unwrap();
                }
            }
            if std::fs::read(place.db()).unwrap() == damaged {
                continue;
            }
            let after = left(&place.db());
            assert!(after.0 >= salvaged.0 && after.1 >= salvaged.1, "{what}: opening left {after:?} of {salvaged:?}");
        }
    }
    println!("{refused} refused, {repaired} repaired, {same} harmless");
    assert!(refused > 10 && repaired > 3);
}

fn sql(path: &Path, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
}

/// Goal: a file that lost its head is no new replica, whether there is a mark or not, and says where its content still is.
#[test]
fn a_file_without_its_head_is_damaged() {
    for with_mark in [true, false] {
        let place = Place::new();
        made(&place);
        sql(&place.db(), "DELETE FROM converge_head");
        if !with_mark {
            std::fs::remove_file(beside(&place.db(), "-peer")).unwrap();
        }
        let salvaged = left(&place.db());
        for read_only in [true, false, false] {
            let error = Doc::open(place.db(), OpenOptions::new().read_only(read_only)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            assert!(error.message().contains("salvage"), "{error}");
        }
        assert_eq!(left(&place.db()), salvaged);
        assert_eq!(salvaged, (25, 28));
        let problems = Doc::salvage(place.db()).unwrap().problems;
        assert!(problems.iter().any(|problem| problem.contains("head")), "{problems:?}");
    }
}

/// Goal: a log that lost its end, or all of it, is not made the measure of the rows, by opening or by `rebuild`.
#[test]
fn rows_past_the_end_of_the_log_are_no_bad_rows() {
    for damage in [
        "DELETE FROM converge_log",
        "DELETE FROM converge_log WHERE n=(SELECT max(n) FROM converge_log)",
        "DELETE FROM converge_log WHERE n=(SELECT max(n) FROM converge_log); UPDATE converge_t1 SET c1='other' WHERE rid=1",
        "DELETE FROM converge_log; DELETE FROM converge_table; DELETE FROM converge_column",
        "DELETE FROM converge_log; UPDATE converge_head SET rows_format=0",
    ] {
        let place = Place::new();
        made(&place);
        sql(&place.db(), damage);
        let salvaged = left(&place.db());
        for read_only in [true, false, false] {
            let error = Doc::open(place.db(), OpenOptions::new().read_only(read_only)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{damage}: {error}");
        }
        assert_eq!(left(&place.db()), salvaged, "{damage}");
        assert!(salvaged.0 >= 24, "{damage}: {salvaged:?}");
    }
}

/// Goal: where nothing in the rows tells that the log lost its end, the head does, which is written whenever a file is closed.
#[test]
fn an_end_that_shows_in_no_row_is_missed() {
    let place = Place::new();
    let (doc, other) = (place.open(), Doc::new(OpenOptions::new()).unwrap());
    doc.insert("t", "r", &[("n", ValueRef::Int(1))]).unwrap();
    pull(&other, &doc).unwrap();
    // It is older than what this replica writes then, so that it leaves no trace in the row.
    other.update("t", "r", "n", 2).unwrap();
    for n in 3..9 {
        doc.update("t", "r", "n", n).unwrap();
    }
    pull(&doc, &other).unwrap();
    doc.close().unwrap();
    sql(&place.db(), "DELETE FROM converge_log WHERE n=(SELECT max(n) FROM converge_log)");
    std::fs::remove_file(beside(&place.db(), "-peer")).unwrap();
    assert_eq!(Doc::open(place.db(), OpenOptions::new()).unwrap_err().kind(), ErrorKind::Corrupt);
}

/// Goal: `rebuild` takes no log that is not the one which the handle wrote.
#[test]
fn a_log_that_is_shorter_than_the_handle_knows_is_not_made_into_rows() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 5);
    let salvaged = left(&place.db());
    // Without a word to SQLite's own counters, as damage does it.
    sql(&place.db(), "DELETE FROM converge_log WHERE n=(SELECT max(n) FROM converge_log)");
    assert!(doc.rebuild().is_err());
    assert_eq!(left(&place.db()).0, salvaged.0);
}
