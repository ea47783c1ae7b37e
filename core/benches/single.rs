//! Single operations, one by one: what each costs where everything is at hand. `cargo bench -p convergedb --bench single [NAME]`.
//!
//! Whole workloads beside other engines are in `tests/peers`; here is where a change of one path shows first.

#![allow(clippy::unwrap_used)]

use convergedb::api::{Doc, OpenOptions};
use convergedb::clock::{MonotonicClock, SplitMix};
use convergedb::{CrdtDoc, DocOptions, EphemeralMark, EphemeralOptions, EphemeralStore, PeerId, RowRange, ValueRef};
use divan::{Bencher, black_box};
use std::cell::RefCell;

/// So many rows are in the tables that operations are measured on: they fit the second-level cache.
const ROWS: usize = 10_000;
/// Steps from row to row, so that no operation is about the neighbour of the one before it.
const STRIDE: usize = 7_919;
/// So many of a short operation are timed together: reading the clock costs as much as one of them.
const MANY: u32 = 1_000;
const TBL: &str = "tasks";

fn main() {
    divan::main();
}

/// Row ids as an application has them.
fn ids(rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("r{row:07}")).collect()
}

fn cells(number: i64) -> [(&'static str, ValueRef<'static>); 5] {
    [
        ("title", "water the plants".into()),
        ("count", number.into()),
        ("share", (number as f64 + 0.5).into()),
        ("done", (number % 2 == 0).into()),
        ("note", "the ones at the window need most".into()),
    ]
}

/// A replica of one table with so many rows of five columns.
fn table(rows: usize) -> CrdtDoc {
    let mut doc = CrdtDoc::new(DocOptions::seeded(1));
    for (id, number) in ids(rows).iter().zip(0..) {
        doc.insert(TBL, id, &cells(number)).unwrap();
    }
    doc
}

/// Another replica of the same document, under another peer id. Both have their chain hashes, which the first request computes.
fn replica_of(doc: &mut CrdtDoc, seed: u64) -> CrdtDoc {
    let mut replica = CrdtDoc::decode_replica(&doc.encode_replica().unwrap(), DocOptions::seeded(seed)).unwrap();
    doc.encode_pending(&replica.encode_request().unwrap()).unwrap();
    replica
}

/// One number after the other, for values and as places.
fn counter() -> impl FnMut() -> usize {
    let mut next = 0;
    move || {
        next += 1;
        next
    }
}

#[divan::bench(sample_size = MANY)]
fn update_by_name(bencher: Bencher<'_, '_>) {
    let (mut doc, ids, mut next) = (table(ROWS), ids(ROWS), counter());
    bencher.bench_local(|| {
        let number = next();
        doc.update(TBL, &ids[number * STRIDE % ROWS], "count", number as i64).unwrap()
    });
}

/// The same through the thread-safe door: what its lock and its questions cost.
#[divan::bench(sample_size = MANY)]
fn update_by_name_through_api(bencher: Bencher<'_, '_>) {
    let (doc, ids, mut next) = (Doc::new(OpenOptions::new()).unwrap(), ids(ROWS), counter());
    for (id, number) in ids.iter().zip(0..) {
        doc.insert(TBL, id, &cells(number)).unwrap();
    }
    bencher.bench_local(|| {
        let number = next();
        doc.update(TBL, &ids[number * STRIDE % ROWS], "count", number as i64).unwrap()
    });
}

#[divan::bench(sample_size = MANY)]
fn update_by_handle(bencher: Bencher<'_, '_>) {
    let (mut doc, mut next) = (table(ROWS), counter());
    let column = doc.column_handle(TBL, "count").unwrap();
    let rows: Vec<_> = ids(ROWS).iter().map(|id| doc.row_handle(TBL, id).unwrap()).collect();
    bencher.bench_local(|| {
        let number = next();
        doc.update_at(rows[number * STRIDE % ROWS], column, number as i64).unwrap()
    });
}

#[divan::bench(sample_size = MANY)]
fn insert(bencher: Bencher<'_, '_>) {
    let (mut doc, mut next) = (table(ROWS), counter());
    bencher.with_inputs(|| format!("s{:07}", next())).bench_local_values(|id| doc.insert(TBL, &id, &cells(1)).unwrap());
}

#[divan::bench(sample_size = MANY)]
fn delete(bencher: Bencher<'_, '_>) {
    let (doc, mut next) = (RefCell::new(table(ROWS)), counter());
    let inserted = || {
        let id = format!("s{:07}", next());
        doc.borrow_mut().insert(TBL, &id, &cells(1)).unwrap();
        id
    };
    bencher.with_inputs(inserted).bench_local_values(|id| doc.borrow_mut().delete(TBL, &id).unwrap());
}

#[divan::bench(sample_size = MANY)]
fn get(bencher: Bencher<'_, '_>) {
    let (doc, ids, mut next) = (table(ROWS), ids(ROWS), counter());
    bencher.bench_local(|| matches!(doc.get(TBL, &ids[next() * STRIDE % ROWS], "count"), Some(ValueRef::Int(1))));
}

#[divan::bench(sample_size = MANY)]
fn read_row(bencher: Bencher<'_, '_>) {
    let (doc, ids, mut next) = (table(ROWS), ids(ROWS), counter());
    bencher.bench_local(|| {
        let row = doc.row(TBL, &ids[next() * STRIDE % ROWS]).unwrap();
        for cell in row.cells() {
            black_box(cell);
        }
    });
}

#[divan::bench]
fn scan_page_of_100(bencher: Bencher<'_, '_>) {
    let (doc, ids, mut next) = (table(ROWS), ids(ROWS), counter());
    doc.scan(TBL, RowRange::all()).count();
    bencher.bench_local(|| {
        let page = doc.scan(TBL, RowRange::after(&ids[next() * STRIDE % (ROWS - 101)])).take(100);
        page.for_each(|row| row.cells().for_each(|cell| _ = black_box(cell)));
    });
}

#[divan::bench(sample_size = MANY)]
fn merge_event(bencher: Bencher<'_, '_>) {
    let (mut from, ids, mut next) = (table(ROWS), ids(ROWS), counter());
    let (mut to, mut mirror) = (replica_of(&mut from, 2), replica_of(&mut from, 3));
    // Messages are made before the clock starts, many at a time, for a replica that has all before them.
    let message = || {
        let number = next();
        from.update(TBL, &ids[number * STRIDE % ROWS], "count", number as i64).unwrap();
        let page = from.encode_pending(&mirror.encode_request().unwrap()).unwrap();
        mirror.merge_update_quiet(&page.bytes).unwrap();
        page.bytes
    };
    bencher.with_inputs(message).bench_local_refs(|message| to.merge_update_quiet(message).unwrap().applied);
}

#[divan::bench(sample_size = MANY)]
fn request_and_answer_of_one_event(bencher: Bencher<'_, '_>) {
    let mut from = table(ROWS);
    let mut to = replica_of(&mut from, 2);
    from.update(TBL, "r0000007", "count", 5).unwrap();
    bencher.bench_local(|| {
        let request = to.encode_request().unwrap();
        from.encode_pending(&request).unwrap()
    });
}

/// A write here, a request there, the answer, its merge.
#[divan::bench(sample_size = MANY)]
fn round_of_one_event(bencher: Bencher<'_, '_>) {
    let (mut from, ids, mut next) = (table(ROWS), ids(ROWS), counter());
    let mut to = replica_of(&mut from, 2);
    bencher.bench_local(|| {
        let number = next();
        from.update(TBL, &ids[number * STRIDE % ROWS], "count", number as i64).unwrap();
        let page = from.encode_pending(&to.encode_request().unwrap()).unwrap();
        to.merge_update_quiet(&page.bytes).unwrap().applied
    });
}

#[divan::bench]
fn digest_of_1000_rows(bencher: Bencher<'_, '_>) {
    let doc = table(1_000);
    bencher.bench_local(|| doc.digest());
}

/// Time stands still, so that nothing ends and no clock is measured.
struct Stopped;

impl MonotonicClock for Stopped {
    fn now_ms(&self) -> u64 {
        0
    }
}

/// A store that holds a thousand cursors.
fn cursors(peer: &str) -> (EphemeralStore, Vec<String>) {
    let peer = PeerId::new(peer).unwrap();
    let mut store = EphemeralStore::new(EphemeralOptions::new(peer, &mut SplitMix::new(1), Stopped));
    let keys = ids(1_000);
    for key in &keys {
        store.set("cursors", key, 0, None).unwrap();
    }
    (store, keys)
}

#[divan::bench(sample_size = MANY)]
fn ephemeral_set(bencher: Bencher<'_, '_>) {
    let ((mut store, keys), mut next) = (cursors("alice"), counter());
    bencher.bench_local(|| {
        let number = next();
        store.set("cursors", &keys[number * STRIDE % keys.len()], number as i64, None).unwrap()
    });
}

#[divan::bench(sample_size = MANY)]
fn ephemeral_merge_of_one(bencher: Bencher<'_, '_>) {
    let ((mut from, keys), mut next) = (cursors("alice"), counter());
    let (mut to, _) = cursors("bob");
    let mut mark: EphemeralMark = from.mark();
    let message = || {
        let number = next();
        from.set("cursors", &keys[number * STRIDE % keys.len()], number as i64, None).unwrap();
        let (message, now) = from.encode_since(mark);
        mark = now;
        message
    };
    bencher.with_inputs(message).bench_local_refs(|message| to.merge_bytes(message).unwrap().changed);
}

#[divan::bench(sample_size = MANY)]
fn json_parse_of_one_run(bencher: Bencher<'_, '_>) {
    let mut doc = CrdtDoc::new(DocOptions::seeded(1));
    doc.insert(TBL, "r0000001", &cells(1)).unwrap();
    doc.update(TBL, "r0000001", "count", 2).unwrap();
    doc.delete(TBL, "r0000001").unwrap();
    let text = convergedb::json::runs_to_json(&doc.get_pending(&Default::default()).unwrap().runs);
    bencher.bench_local(|| convergedb::json::parse_runs(black_box(&text)).unwrap());
}
