//! Bytes that claim more than they hold. A call that reads them stays within a bound on memory.

use super::forge::{Form, INT, NULL, insert_form, shape_cell, update_form};
use super::history::{Start, Starts, empty, options};
use super::memory::measure;
use super::seal::{self, Parts};
use convergedb::{CrdtDoc, ErrorKind, Result};

/// What a message that is read and applied as it stands, or refused, may take beyond what it leaves, however few its bytes: a million events,
/// or eight million cells, at about 24 bytes each.
const READ_ROOM: usize = 208 << 20;
/// What one may take of which something is known already or has to wait: a million transactions, and of what waits twice the bound.
const PLAIN_ROOM: usize = 512 << 20;
/// What reading a replica may take: one front's room, as it grows.
const FRONT_ROOM: usize = 64 << 20;

/// Merges an update into an empty replica: the number of events that it took.
fn merge(form: &Form, room: usize) -> Result<u64> {
    merge_into(&mut empty("me"), form, room)
}

fn merge_into(doc: &mut CrdtDoc, form: &Form, room: usize) -> Result<u64> {
    let bytes = seal::frame(seal::UPDATE, &form.0);
    let (result, usage) = measure(|| doc.merge_update(&bytes).map(|merged| merged.applied + merged.pending));
    println!("{} bytes: {result:?}, {usage:?}", bytes.len());
    assert!(usage.peak <= room + 8 * usage.grown, "{} bytes: {usage:?}", bytes.len());
    result
}

/// So many equal blocks of 4,096 operations each.
fn blocks(mut form: Form, count: usize, block: impl Fn(Form) -> Form) -> Form {
    for _ in 0..count {
        form = block(form.number(4_096).number(1));
    }
    form
}

/// An update of so many events in runs of `length`, the first one without deps; `deps` says what the others depend on.
fn runs(form: Form, events: u64, length: u64, deps: impl FnOnce(Form) -> Form) -> Form {
    deps(form.number(events / length).constant(0).constant(length as i64)).single_events()
}

/// Goal: counts of runs and deps are not believed. Method: a million of each in a few dozen bytes.
#[test]
fn runs_of_an_update() {
    let start = || Form::about().number(1).author("a", 0);
    let few = runs(start(), 1 << 20, 1, |form| form.constant(0)).one_field().one_row();
    assert_eq!(merge(&few, 1 << 20).unwrap_err().kind(), ErrorKind::Malformed);
    let rest = |form: Form| blocks(form.one_field().one_row(), 256, |form| form.constant(update_form(0, INT)).constant(0).constant(7));
    // One event without deps, and each other on the one before it, in a run of its own.
    let single = runs(start(), 1 << 20, 1, |form| form.rising(1, -1));
    assert_eq!(merge(&rest(single), READ_ROOM).unwrap_err().kind(), ErrorKind::Malformed);
    let one_run = runs(start(), 1 << 20, 1 << 20, |form| form.constant(1));
    assert_eq!(merge(&rest(one_run), READ_ROOM).unwrap(), 1 << 20);
    let many_deps =
        runs(Form::about().number(2).author("a", 5_000).named("b"), 1 << 20, 1 << 10, |form| form.constant(1_025).constant(1).rising(1, 1));
    assert_eq!(merge(&rest(many_deps), PLAIN_ROOM).unwrap(), 100_000);
    let mut doc = Starts::new().make(Start::Some);
    let next = doc.versions().get("alice").map_or(0, |counter| counter + 1);
    let go_on = runs(Form::about().number(1).author("alice", next), 1 << 20, 1, |form| form.constant(0));
    assert_eq!(merge_into(&mut doc, &rest(go_on), READ_ROOM).unwrap(), 1 << 20);
}

/// Goal: names of rows that take no bytes are not made. Method: a million ids that repeat the one before.
#[test]
fn rows_of_an_update() {
    let start = runs(Form::about().number(1).author("a", 0), 1 << 20, 1 << 20, |form| form.constant(1)).one_field();
    let id = "x".repeat(1_000);
    let rows = start.number(0).number(1 << 20).constant(0).column(&[0]).bytes(id.as_bytes());
    assert!(merge(&rows, READ_ROOM).is_err());
}

/// Goal: cells that take no bytes are counted before they are made. Method: inserts of one wide shape, and of values that are all alike.
#[test]
fn cells_of_an_update() {
    for (cells, taken) in [(1_000u64, true), (2_048, true), (2_049, false), (1 << 23, false), (u64::MAX >> 1, false)] {
        for tag in [NULL, INT] {
            let start = runs(Form::about().number(1).author("a", 0), 4_096, 4_096, |form| form.constant(1));
            let names = start.number(1).name("t").number(1).number(0).name("c");
            let names = names.number(1).number(0).number(cells).constant(shape_cell(0, tag)).one_row();
            let block = |form: Form| {
                let form = form.constant(insert_form(0)).constant(0);
                if tag == NULL { form } else { form.constant(7) }
            };
            let result = merge(&blocks(names, 1, block), READ_ROOM);
            // Of Ints, 2,048 in each of 4,096 operations are more than 64 MiB.
            assert_eq!(result.is_ok(), taken && (cells < 2_048 || tag == NULL), "{cells} cells: {result:?}");
        }
    }
}

/// Goal: what has to wait is bounded by what it takes. Method: as before, of a peer of whom an event is missing.
#[test]
fn cells_that_wait() {
    let start = runs(Form::about().number(1).author("a", 5), 4_096, 4_096, |form| form.constant(0));
    let names = start.number(1).name("t").number(1).number(0).name("c");
    let names = names.number(1).number(0).number(2_048).constant(shape_cell(0, NULL)).one_row();
    // So many as the bound of what waits has room for.
    assert_eq!(merge(&blocks(names, 1, |form| form.constant(insert_form(0)).constant(0)), PLAIN_ROOM).unwrap(), 503);
}

fn decode(kind: u8, front: Form, blocks: Vec<Vec<u8>>) -> Result<CrdtDoc> {
    let bytes = Parts { front: front.0, blocks }.join(kind);
    let (result, usage) = measure(|| CrdtDoc::decode_replica(&bytes, options("me")));
    println!("{} bytes: {:?}, {usage:?}", bytes.len(), result.as_ref().map(CrdtDoc::events));
    assert!(usage.peak <= FRONT_ROOM + 256 * bytes.len(), "{} bytes: {usage:?}", bytes.len());
    result
}

/// Goal: what a front claims is not believed past its proportion. Method: each of its columns, as constant as can be, of any length.
#[test]
fn fronts() {
    let rest = |form: Form| form.number(0).number(0).number(0);
    let (none, no_births) = (|form: Form| form.number(0).number(0), |form: Form| form.number(0));
    let mut tried = 0;
    for events in [1, 1 << 20, 1 << 24, 1 << 28, u64::from(u32::MAX) - 70, u64::from(u32::MAX) - 2, u64::from(u32::MAX), 1 << 52] {
        // A state without rows, of so many events.
        let state = |form: Form| form.one_span(events);
        tried += usize::from(decode(seal::STATE, no_births(none(rest(state(Form::front(events))))), Vec::new()).is_ok());
        // As many transactions, with times.
        let all = |form: Form| form.number(events / 2).rising(0, 2).constant(2).number(events / 2).rising(0, 2).constant(5);
        let _ = decode(seal::REPLICA, no_births(none(rest(all(state(Form::front(events)))))), Vec::new());
        // As many inserts of one row.
        let table = |form: Form| form.number(1).name("t").number(0).number(1).number(0).number(0).number(0).number(0);
        let row = |form: Form| {
            let ids = form.number(1).number(0).constant(0).constant(1).bytes(b"r");
            ids.constant(1).constant(0).constant(0).constant(0).constant(1).number(0)
        };
        let births = row(table(state(Form::front(events)))).number(events - 1).rising(1, 1).constant(0).constant(0);
        tried += usize::from(decode(seal::STATE, births, Vec::new()).is_ok());
        // As many spans.
        let spans = Form::front(events).number(events).constant(0).constant(1).constant(0);
        assert_eq!(decode(seal::STATE, no_births(none(rest(spans))), Vec::new()).is_ok(), events == 1);
        // As many rows.
        let rows = Form::front(events).one_span(events).number(1).name("t").number(0).number(0).number(0).number(0);
        let _ = decode(seal::STATE, rows.number(events).number(0).constant(0).constant(1), Vec::new());
    }
    println!("{tried} were taken");
}

/// Goal: shapes are not believed past the front's proportion. Method: many, each of millions of cells that are all alike.
#[test]
fn shapes_of_a_front() {
    let mut form = Form::front(0).number(0).number(1).name("t").number(1).number(0).name("c").number(1_000);
    for shape in 0..1_000 {
        form = form.number(0).number(1_000_000 - shape).constant(shape_cell(0, NULL));
    }
    assert_eq!(decode(seal::STATE, form, Vec::new()).err().unwrap().kind(), ErrorKind::Malformed);
}

/// Goal: a stored block is not believed past the front's proportion. Method: 4,096 inserts of a shape of thousands of cells, of which the
/// front knows none; in the last block, which is read at once, and in a full one, which is read later.
#[test]
fn blocks_of_a_replica() {
    for events in [4_095u64, 4_096] {
        let block = Form::default().number(events).number(1).constant(insert_form(0)).constant(0).constant(7).0;
        let stored = block.len() as i64 + 4;
        let front = Form::front(0).one_span(events).single_events();
        let names = front.number(1).name("t").number(1).number(0).name("c").number(1).number(0).number(1 << 20);
        let lengths = names.constant(shape_cell(0, INT)).number(1).constant(stored).number(0);
        let row = lengths.number(1).number(0).constant(0).constant(1).bytes(b"r");
        let front = row.constant(0).constant(0).constant(0).constant(0).constant(0).number(0).number(0);
        let Ok(doc) = decode(seal::REPLICA, front, vec![block]) else { continue };
        let (loaded, usage) = measure(|| doc.load_history());
        assert_eq!(loaded.unwrap_err().kind(), ErrorKind::Corrupt);
        assert!(usage.peak <= FRONT_ROOM, "{usage:?}");
    }
}
