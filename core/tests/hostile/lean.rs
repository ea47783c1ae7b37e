//! Documents of which a few bytes say everything: a column of a constant takes none. However lean they are, they are read again.

use super::attempt::saved;
use super::history::{empty, options, sync};
use super::memory::measure;
use convergedb::{CrdtDoc, EventId, EventRun, PeerId, RowOp, ValueRef};

/// Encodes and decodes a replica and its state, in proportion.
fn reads_again(doc: &mut CrdtDoc) {
    for bytes in [saved(doc), doc.encode_state().unwrap()] {
        let (again, usage) = measure(|| CrdtDoc::decode_replica(&bytes, options("again")));
        let again = again.unwrap_or_else(|error| panic!("{} bytes of {} events: {error}", bytes.len(), doc.events()));
        assert_eq!((again.digest(), again.sync_state()), (doc.digest(), doc.sync_state()));
        assert!(usage.peak <= 8 * (bytes.len() + usage.grown), "{} bytes: {usage:?}", bytes.len());
        if again.get_pending(&Default::default()).is_ok() {
            again.load_history().unwrap();
        }
    }
}

/// Goal: one row that is inserted again and again. Found as "there are too many inserts" by 1,153 of them.
#[test]
fn a_row_is_inserted_again_and_again() {
    let mut doc = empty("a");
    for _ in 0..5_000 {
        doc.upsert("t", "r", &[("c", 1.into())]).unwrap();
    }
    reads_again(&mut doc);
    doc.check().unwrap();
}

/// Goal: two who write in turns, so that each event is a span. Found as "there are too many deps" by a thousand of them.
#[test]
fn two_write_in_turns() {
    let (mut a, mut b) = (empty("a"), empty("b"));
    a.insert("t", "r", &[("c", 1.into())]).unwrap();
    for at in 0..2_000 {
        let (from, to) = if at % 2 == 0 { (&mut a, &mut b) } else { (&mut b, &mut a) };
        sync(from, to);
        to.update("t", "r", "c", 1).unwrap();
    }
    reads_again(&mut b);
}

/// Goal: one cell that is written millions of times. Found as "a span is out of range" by 3.8 million of them.
#[test]
fn a_cell_is_written_millions_of_times() {
    let mut doc = empty("a");
    doc.insert("t", "r", &[("c", 1.into())]).unwrap();
    for _ in 0..5_000_000 {
        doc.update("t", "r", "c", 1).unwrap();
    }
    reads_again(&mut doc);
}

/// Goal: transactions, times and events that all look alike. Method: thousands of each.
#[test]
fn transactions_look_alike() {
    let mut doc = empty("a");
    let delete_and_insert = [
        RowOp::Delete { tbl: "t".into(), row_id: "r".into() },
        RowOp::Insert { tbl: "t".into(), row_id: "r".into(), values: vec![("c".into(), true.into())] },
    ];
    doc.apply(&delete_and_insert[1..], None).unwrap();
    for _ in 0..20_000 {
        doc.apply(&delete_and_insert, Some(7)).unwrap();
    }
    reads_again(&mut doc);
    let mut other = empty("b");
    sync(&mut doc, &mut other);
    assert_eq!((other.digest(), other.events()), (doc.digest(), doc.events()));
}

/// Goal: a front that would be out of proportion is lengthened, and read. Method: more inserts of one row than any front has room for.
#[test]
fn a_front_is_lengthened() {
    let mut doc = empty("a");
    doc.insert("t", "r", &[]).unwrap();
    let delete_and_insert: Vec<RowOp> = (0..32_768)
        .flat_map(|_| {
            let (tbl, row_id) = ("t".to_owned(), "r".to_owned());
            [RowOp::Delete { tbl: tbl.clone(), row_id: row_id.clone() }, RowOp::Insert { tbl, row_id, values: Vec::new() }]
        })
        .collect();
    while doc.events() < 4_500_000 {
        doc.apply(&delete_and_insert, None).unwrap();
    }
    let before = doc.encode_state().unwrap().len();
    assert!(before > 1_000, "nothing was appended: {before} bytes");
    reads_again(&mut doc);
}

/// Goal: a row of very many cells that are all alike, in many events. Method: Nulls and Bools, which count nothing but their names.
#[test]
fn rows_of_thousands_of_cells() {
    let mut doc = empty("a");
    let names: Vec<String> = (0..1_000).map(|column| format!("c{column}")).collect();
    let cells: Vec<(&str, ValueRef<'_>)> = names.iter().map(|name| (name.as_str(), ValueRef::Null)).collect();
    for row in 0..300 {
        doc.insert("t", &format!("{row}"), &cells[..700 + row]).unwrap();
    }
    reads_again(&mut doc);
    let mut other = empty("b");
    sync(&mut doc, &mut other);
    assert_eq!(other.digest(), doc.digest());
}

/// Goal: a page is never one that its receiver has to refuse for the number of its deps. Method: 1,024 peers who each know all the others.
/// Found as "there are too many deps" after the fifth round.
#[test]
fn pages_keep_the_bound_of_deps() {
    let peers: Vec<PeerId> = (0..1_024).map(|at| PeerId::new(&format!("p{at}")).unwrap()).collect();
    let mut hub = empty("hub");
    for round in 0..6 {
        let id = |peer: &PeerId| EventId::new(peer.clone(), round - 1);
        let run = |peer: &PeerId| EventRun {
            peer: peer.clone(),
            counter_start: round,
            lamport_start: round + 1,
            deps: if round == 0 { Vec::new() } else { peers.iter().map(id).collect() },
            ops: vec![RowOp::Insert { tbl: "t".into(), row_id: format!("{round}"), values: Vec::new() }],
            tx: Vec::new(),
            at: Vec::new(),
        };
        hub.merge_remote(&peers.iter().map(run).collect::<Vec<_>>()).unwrap();
    }
    let mut other = empty("other");
    sync(&mut hub, &mut other);
    assert_eq!(other.sync_state(), hub.sync_state());
}
