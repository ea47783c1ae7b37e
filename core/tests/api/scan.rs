use crate::doc_of;
use convergedb::ErrorKind;
use convergedb::api::{Doc, ScanRange};
use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::RangeBounds;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn ids(doc: &Doc, range: &ScanRange) -> Vec<String> {
    let page: Vec<String> = doc.scan("t", range, usize::MAX).unwrap().into_iter().map(|(id, _)| id).collect();
    let lazily: Vec<String> = doc.rows("t", range.clone()).map(|row| row.unwrap().0).collect();
    assert_eq!(page, lazily, "a scan in pages is the scan");
    page
}

/// Goal: a range gives just the ids that keep all of its conditions. Method: every pair of bounds, prefix and place to go on from out of a
/// few, against a plain filter.
#[test]
fn a_range_keeps_all_its_conditions() {
    let doc = doc_of("ana");
    let all = ["a", "aa", "ab", "abc", "b", "ba", "c", "é", "éa", "\u{10ffff}"];
    all.iter().for_each(|id| _ = doc.insert("t", id, &[]).unwrap());
    let marks = ["", "a", "ab", "abb", "b", "é", "\u{10ffff}", "\u{10ffff}z"];
    let bounds: Vec<_> = marks.iter().flat_map(|&mark| [Included(mark), Excluded(mark)]).chain([Unbounded]).collect();
    for &from in &bounds {
        for &to in &bounds {
            for prefix in [None, Some(""), Some("a"), Some("ab"), Some("é"), Some("z")] {
                for after in [None, Some("a"), Some("abc")] {
                    let mut range = ScanRange { prefix: prefix.map(str::to_owned), ..ScanRange::new(from, to) };
                    if let Some(after) = after {
                        range = range.and_after(after);
                    }
                    let keeps = |id: &&&str| {
                        (from, to).contains(**id) && id.starts_with(prefix.unwrap_or_default()) && after.is_none_or(|after| **id > after)
                    };
                    let expected: Vec<&str> = all.iter().filter(keeps).copied().collect();
                    assert_eq!(ids(&doc, &range), expected, "{range:?}");
                }
            }
        }
    }
    assert_eq!(ids(&doc, &ScanRange::prefix("a")), ["a", "aa", "ab", "abc"]);
    assert_eq!(ids(&doc, &ScanRange::default()), ids(&doc, &ScanRange::all()));
}

/// Goal: pages of any size put together are the table. Method: sizes around the number of rows, each page after the last row before it.
#[test]
fn pages_put_together_are_the_table() {
    let doc = doc_of("ana");
    for row in 0..20 {
        doc.insert("t", &format!("{row:02}"), &[("n", row.into())]).unwrap();
    }
    let whole = doc.scan("t", &ScanRange::all(), 100).unwrap();
    assert_eq!(whole.len(), 20);
    assert_eq!(doc.scan("t", &ScanRange::all(), 0).unwrap(), []);
    for limit in 1..22 {
        let (mut rows, mut range) = (Vec::new(), ScanRange::all());
        loop {
            let page = doc.scan("t", &range, limit).unwrap();
            let is_last = page.len() < limit;
            rows.extend(page);
            if is_last {
                break;
            }
            range = range.and_after(&rows.last().unwrap().0);
        }
        assert_eq!(rows, whole);
    }
}

/// Goal: large rows do not make a page large: a scan gives them all, a few at a time. Method: rows of a megabyte.
#[test]
fn a_scan_of_large_rows_gives_them_all() {
    let doc = doc_of("ana");
    let large = "x".repeat(1 << 20);
    (0..5).for_each(|row| _ = doc.insert("t", &row.to_string(), &[("a", large.as_str().into())]).unwrap());
    let mut rows = doc.rows("t", ScanRange::all());
    assert_eq!(rows.next().unwrap().unwrap().0, "0");
    // The next page is read when it is asked for.
    doc.delete("t", "3").unwrap();
    assert_eq!(rows.map(|row| row.unwrap().0).collect::<Vec<_>>(), ["1", "2", "4"]);
}

/// Goal: a scan while others write gives each row that shows all the while exactly once, in order. Method: rows that stay among rows that a
/// thread inserts and deletes.
#[test]
fn a_scan_while_others_write() {
    let doc = doc_of("ana");
    let stay: BTreeSet<String> = (0..2_000).map(|row| format!("{row:05}s")).collect();
    stay.iter().for_each(|id| _ = doc.insert("t", id, &[]).unwrap());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut row = 0;
            while !is_over.load(Ordering::Relaxed) {
                row = (row + 7_919) % 2_000;
                let id = format!("{row:05}x");
                doc.insert("t", &id, &[]).unwrap();
                doc.delete("t", &id).unwrap();
            }
        });
        for _ in 0..20 {
            let seen: Vec<String> = doc.rows("t", ScanRange::all()).map(|row| row.unwrap().0).collect();
            assert!(seen.is_sorted_by(|a, b| a < b));
            assert_eq!(seen.iter().filter(|id| id.ends_with('s')).count(), stay.len());
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Goal: who waits for a document with a scan holds nobody up, least of all the thread that it waits for. Method: one thread has a
/// transaction open, another waits for it with the scan that the first goes on with.
#[test]
fn a_scan_that_waits_holds_nobody_up() {
    let doc = doc_of("ana");
    (0..1_000).for_each(|row| _ = doc.insert("t", &format!("{row:04}"), &[]).unwrap());
    let scan = doc.rows("t", ScanRange::all());
    let transaction = doc.begin(None).unwrap();
    thread::scope(|scope| {
        let other = scope.spawn(|| scan.next_rows(1).unwrap());
        thread::sleep(Duration::from_millis(50));
        assert_eq!(scan.next_rows(1).unwrap_err().kind(), ErrorKind::InvalidArgument);
        transaction.rollback().unwrap();
        assert_eq!(other.join().unwrap()[0].0, "0000");
    });
    assert_eq!(scan.next_row().unwrap().unwrap().0, "0001");
}

/// Goal: a scan that fails goes on where it was. Method: pages that cannot be fetched while this thread's transaction is open, at the start
/// and in the middle, through every way to take rows; then a document that is closed.
#[test]
fn a_scan_goes_on_after_an_error() {
    let doc = doc_of("ana");
    (0..1_000).for_each(|row| _ = doc.insert("t", &format!("{row:04}"), &[]).unwrap());
    let scan = doc.rows("t", ScanRange::all());
    let transaction = doc.begin(None).unwrap();
    assert!(scan.next_row().is_err() && scan.next_row().is_err() && scan.next_rows(10).is_err());
    transaction.rollback().unwrap();
    let mut seen: Vec<String> = scan.next_rows(300).unwrap().into_iter().map(|row| row.0).collect();
    let transaction = doc.begin(None).unwrap();
    let rest: Vec<_> = scan.next_rows(900).unwrap().into_iter().map(|row| row.0).collect();
    assert!((1..700).contains(&rest.len()), "the rows that were there are given: {}", rest.len());
    seen.extend(rest);
    assert!(scan.next_rows(900).is_err() && scan.next_row().is_err());
    transaction.rollback().unwrap();
    while let Some(row) = scan.next_row().unwrap() {
        seen.push(row.0);
    }
    assert!(seen.iter().cloned().eq((0..1_000).map(|row| format!("{row:04}"))));
    assert!(scan.next_row().unwrap().is_none() && scan.next_rows(1).unwrap().is_empty() && scan.next_rows(0).unwrap().is_empty());

    let scan = doc.rows("t", ScanRange::all());
    doc.close().unwrap();
    for _ in 0..2 {
        assert_eq!(scan.next_row().unwrap_err().kind(), ErrorKind::Closed);
    }
}

/// Goal: of threads that share a scan each gets other rows, and together they get all. Method: four threads, pages of many sizes.
#[test]
fn threads_share_a_scan() {
    let doc = doc_of("ana");
    (0..2_000).for_each(|row| _ = doc.insert("t", &format!("{row:04}"), &[]).unwrap());
    let scan = doc.rows("t", ScanRange::all());
    let take = |limit: usize| {
        let mut mine = Vec::new();
        loop {
            let rows = scan.next_rows(limit).unwrap();
            if rows.is_empty() {
                return mine;
            }
            mine.extend(rows.into_iter().map(|row| row.0));
        }
    };
    let mut seen: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = [1, 7, 64, 300].map(|limit| scope.spawn(move || take(limit))).into();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    seen.sort_unstable();
    assert!(seen.into_iter().eq((0..2_000).map(|row| format!("{row:04}"))));
}
