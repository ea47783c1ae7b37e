//! What is made here is taken there: pages keep the bounds of a message whatever is asked for, and what a local call refuses says by which.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use convergedb::limits::{MESSAGE_BYTES_MAX, MESSAGE_EVENTS_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_CELLS_MAX, TRANSACTION_OPS_MAX};
use convergedb::{CrdtDoc, DocOptions, DocumentId, ErrorKind, EventId, EventRun, PageLimit, PeerId, RowOp, Value, ValueRef};

/// Everything at once, if it were possible.
const ALL: PageLimit = PageLimit { events: usize::MAX, bytes: usize::MAX };

fn doc(name: &str) -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(name.len() as u64).peer(PeerId::new(name).unwrap()).document(DocumentId([1; 16])))
}

/// Brings a new replica up to what `from` has, by pages as large as can be: of bytes that answer a request, of bytes for anybody, and of
/// plain data, as many of these ways as are asked for. Says how many pages each took.
fn pages<const WAYS: usize>(from: &mut CrdtDoc) -> [usize; WAYS] {
    let mut counts = [0; WAYS];
    for (way, count) in counts.iter_mut().enumerate() {
        let mut to = doc("receiver");
        loop {
            let has_more = if way == 2 {
                let page = from.get_pending_page(&to.versions(), ALL).unwrap();
                to.merge_remote(&page.runs).unwrap();
                page.has_more
            } else {
                let request = to.encode_request().unwrap();
                let page =
                    if way == 0 { from.encode_pending_page(&request, ALL) } else { from.encode_update(&to.versions(), ALL) }.unwrap();
                to.merge_update_quiet(&page.bytes).unwrap();
                page.has_more
            };
            *count += 1;
            if !has_more {
                break;
            }
        }
        assert_eq!((to.sync_state(), to.digest()), (from.sync_state(), from.digest()));
    }
    counts
}

/// Goal: cells that count next to nothing keep the bound of cells. Method: nine inserts of a million Bools.
#[test]
fn pages_of_millions_of_cells() {
    let mut long = doc("long");
    let cells: Vec<(&str, ValueRef<'_>)> = vec![("c", true.into()); 1_000_000];
    for row in 0..9 {
        long.insert("t", &row.to_string(), &cells).unwrap();
    }
    assert_eq!(pages(&mut long), [2, 2, 2]);
}

/// Goal: a transaction that is as large as one may be fits one page, with others around it. Method: one of as many cells, all of them Bools
/// in a column of one letter, and as many operations.
#[test]
fn a_page_of_the_largest_transaction() {
    let mut large = doc("large");
    large.insert("t", "before", &[]).unwrap();
    let cells: Vec<(&str, ValueRef<'_>)> = vec![("c", true.into()); 129];
    let body = |tx: &mut convergedb::Transaction<'_>| {
        let mut left = TRANSACTION_CELLS_MAX;
        for row in 0..TRANSACTION_OPS_MAX - 1 {
            let some = &cells[..cells.len().min(left)];
            left -= some.len();
            tx.upsert("t", &(row % 10).to_string(), some)?;
        }
        assert_eq!(left, 0);
        let one = tx.upsert("t", "0", &cells[..1]).unwrap_err();
        assert_eq!((one.kind(), one.limit()), (ErrorKind::LimitExceeded, Some(TRANSACTION_CELLS_MAX as u64)));
        tx.update("t", "0", "c", false)
    };
    large.transaction(None, body).unwrap();
    large.insert("t", "after", &[]).unwrap();
    assert_eq!(pages(&mut large), [1, 1]);
    large.upsert("t", "after", &cells).unwrap();
    assert_eq!(pages(&mut large), [2]);
}

/// Goal: bytes are counted as the receiver counts them. Method: long texts; long names; numbers in many columns.
#[test]
fn pages_of_many_bytes() {
    let mut texts = doc("texts");
    let text = "x".repeat(1 << 20);
    for row in 0..65 {
        texts.insert("t", &row.to_string(), &[("c", text.as_str().into())]).unwrap();
    }
    assert_eq!(pages(&mut texts), [2, 2, 2]);

    let mut names = doc("names");
    let name = "n".repeat(1_024);
    for _ in 0..MESSAGE_BYTES_MAX / (3 * name.len()) + 1 {
        names.upsert(&name, &name, &[(&name, ValueRef::Null)]).unwrap();
    }
    assert_eq!(pages(&mut names), [2, 2]);

    let mut numbers = doc("numbers");
    let cells: Vec<(&str, ValueRef<'_>)> = vec![("c", 1.into()); 1_000];
    for _ in 0..MESSAGE_BYTES_MAX / 9_000 + 1 {
        numbers.upsert("t", "r", &cells).unwrap();
    }
    assert_eq!(pages(&mut numbers), [2, 2]);
}

/// Goal: so are events. Method: one more than a message may hold.
#[test]
fn pages_of_many_events() {
    let mut many = doc("many");
    many.insert("t", "r", &[("c", 0.into())]).unwrap();
    for _ in 0..MESSAGE_EVENTS_MAX {
        many.update("t", "r", "c", 1).unwrap();
    }
    assert_eq!(pages(&mut many), [2, 2, 2]);
}

/// Goal: so are the deps of plain data. Method: a thousand peers with long names, and a hundred who name all of them.
#[test]
fn pages_of_many_deps() {
    let peer = |at: usize| PeerId::new(&format!("{at:04}{}", "p".repeat(1_020))).unwrap();
    let run = |at: usize, deps: Vec<EventId>| EventRun {
        peer: peer(at),
        counter_start: 0,
        lamport_start: if deps.is_empty() { 1 } else { 2 },
        deps,
        ops: vec![RowOp::Insert { tbl: "t".into(), row_id: "r".into(), values: Vec::new() }],
        tx: Vec::new(),
        at: Vec::new(),
    };
    let mut hub = doc("hub");
    hub.merge_remote(&(0..1_000).map(|at| run(at, Vec::new())).collect::<Vec<_>>()).unwrap();
    let all: Vec<EventId> = (0..1_000).map(|at| EventId::new(peer(at), 0)).collect();
    for at in 1_000..1_100 {
        hub.merge_remote(&[run(at, all.clone())]).unwrap();
    }
    assert_eq!(pages(&mut hub), [1, 1, 2]);
}

/// Goal: a transaction of more cells than one may have is refused, wherever it comes from. Method: one insert of too many; the same from a
/// peer, as plain data.
#[test]
fn too_many_cells_are_refused() {
    let mut doc = doc("a");
    let cells: Vec<(&str, ValueRef<'_>)> = vec![("c", ValueRef::Null); TRANSACTION_CELLS_MAX + 1];
    assert!(cells.len() < TRANSACTION_BYTES_MAX, "its bytes alone are few enough");
    let error = doc.insert("t", "r", &cells).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(TRANSACTION_CELLS_MAX as u64)));
    let insert = RowOp::Insert { tbl: "t".into(), row_id: "r".into(), values: vec![("c".into(), Value::Null); cells.len()] };
    let run = EventRun {
        peer: PeerId::new("b").unwrap(),
        counter_start: 0,
        lamport_start: 1,
        deps: Vec::new(),
        ops: vec![insert],
        tx: Vec::new(),
        at: Vec::new(),
    };
    assert_eq!(doc.merge_remote(&[run]).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!((doc.events(), doc.count("t")), (0, 0));
    doc.check().unwrap();
}
