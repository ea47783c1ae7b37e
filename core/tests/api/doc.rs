use crate::{doc_of, kind};
use convergedb::api::{Doc, OpenOptions, ScanRange};
use convergedb::{CrdtDoc, DocumentId, ErrorKind, PeerId, RowOp, Value, ValueRef};

/// Goal: a document is who and what its options say. Method: each option, and the defaults.
#[test]
fn options_say_who_and_what() {
    let (peer, document) = (PeerId::new("ana").unwrap(), DocumentId([7; 16]));
    let options = OpenOptions::new().peer(peer.clone()).document(document).wall_clock(true).waiting_events(2).waiting_bytes(1_000);
    let doc = Doc::new(options.clone()).unwrap();
    assert_eq!((doc.peer().unwrap(), doc.document_id().unwrap()), (peer.clone(), document));
    assert!(!doc.needs_fresh_peer().unwrap());
    assert_eq!((doc.events().unwrap(), doc.waiting_events().unwrap()), (0, 0));
    let commit = doc.insert("t", "1", &[]).unwrap();
    let event = doc.event(&convergedb::EventId::new(peer, commit.counter)).unwrap().unwrap();
    assert!(event.at.is_some_and(|at| at > 1_700_000_000_000), "the wall clock stamps a write");

    // Three events that wait for one that never came: there is room for two.
    let other = doc_of("bob");
    (0..4).for_each(|row| _ = other.insert("t", &format!("b{row}"), &[]).unwrap());
    let mut runs = other.get_pending(&Default::default(), Default::default()).unwrap().runs;
    let lost = runs.first_mut().unwrap();
    lost.ops.remove(0);
    (lost.counter_start, lost.lamport_start) = (1, 2);
    lost.deps = vec![convergedb::EventId::new(PeerId::new("bob").unwrap(), 0)];
    let merged = doc.merge_remote(&runs).unwrap();
    assert_eq!((merged.pending, merged.rejected), (2, 1));

    let (one, two) = (Doc::new(OpenOptions::default()).unwrap(), Doc::new(OpenOptions::default()).unwrap());
    assert_ne!(one.peer().unwrap(), two.peer().unwrap());
    assert_ne!(one.document_id().unwrap(), two.document_id().unwrap());
    assert_eq!(format!("{one:?}"), "Doc { .. }");
}

/// Goal: every local write does what the engine's does. Method: each once, and the same on an engine's document beside it.
#[test]
fn every_write_is_the_engines() {
    let doc = doc_of("ana");
    let mut beside = CrdtDoc::new(convergedb::DocOptions::seeded(1).peer(PeerId::new("ana").unwrap()));
    let cells: [(&str, ValueRef<'_>); 2] = [("title", "milk".into()), ("done", false.into())];
    let same = |ours, theirs| assert_eq!(ours, theirs);

    same(doc.insert("t", "1", &cells).unwrap(), beside.insert("t", "1", &cells).unwrap());
    same(doc.upsert("t", "2", &cells).unwrap(), beside.upsert("t", "2", &cells).unwrap());
    same(doc.update("t", "1", "done", true).unwrap(), beside.update("t", "1", "done", true).unwrap());
    same(doc.update_columns("t", "2", &cells).unwrap(), beside.update_columns("t", "2", &cells).unwrap());
    let many = [("1", "note", ValueRef::Null), ("2", "note", ValueRef::Float(0.5))];
    same(doc.update_many("t", &many).unwrap(), beside.update_many("t", &many).unwrap());
    let rows = [("3", &cells[..]), ("4", &cells[..1])];
    let commit = doc.insert_many("t", &rows).unwrap();
    let ((), theirs) = beside.transaction(None, |tx| rows.iter().try_for_each(|(row, cells)| tx.insert("t", row, cells))).unwrap();
    same(commit, theirs);
    same(doc.delete("t", "4").unwrap(), beside.delete("t", "4").unwrap());
    let ops = [
        RowOp::Insert { tbl: "u".into(), row_id: "1".into(), values: vec![("a".into(), Value::Bytes(vec![0, 255]))] },
        RowOp::Update { tbl: "u".into(), row_id: "1".into(), col: "a".into(), value: Value::Int(-1) },
        RowOp::Delete { tbl: "t".into(), row_id: "3".into() },
    ];
    same(doc.apply(&ops, Some(5)).unwrap(), beside.apply(&ops, Some(5)).unwrap());
    assert_eq!(doc.get_pending(&Default::default(), Default::default()).unwrap(), beside.get_pending(&Default::default()).unwrap());
    same(doc.delete_all("t").unwrap(), beside.delete_all("t").unwrap());
    assert_eq!(doc.digest().unwrap(), beside.digest());
    doc.check().unwrap();
}

/// Goal: reads give what shows, owned. Method: each read of a table, and of what is not there.
#[test]
fn reads_give_what_shows() {
    let doc = doc_of("ana");
    doc.insert("t", "1", &[("b", "x".into()), ("a", 1.into())]).unwrap();
    doc.insert("t", "2", &[]).unwrap();
    doc.insert("gone", "1", &[("c", 1.into())]).unwrap();
    doc.delete("gone", "1").unwrap();

    assert_eq!(doc.get("t", "1", "b").unwrap(), Some(Value::Str("x".into())));
    assert_eq!(doc.get("t", "1", "c").unwrap(), None);
    assert_eq!(doc.row("t", "1").unwrap(), Some(vec![("a".into(), Value::Int(1)), ("b".into(), Value::Str("x".into()))]));
    assert_eq!(doc.row("gone", "1").unwrap(), None);
    assert!(doc.contains("t", "2").unwrap() && !doc.contains("t", "3").unwrap());
    assert_eq!((doc.count("t").unwrap(), doc.count("gone").unwrap(), doc.count("never").unwrap()), (2, 0, 0));
    assert_eq!(doc.tables().unwrap(), ["t"]);
    assert_eq!((doc.columns("t").unwrap(), doc.columns("gone").unwrap()), (vec!["a".into(), "b".into()], vec!["c".into()]));
    assert_eq!(doc.scan("t", &ScanRange::all(), 10).unwrap().len(), 2);
    assert_eq!(doc.rows("t", ScanRange::all()).map(|row| row.unwrap().0).collect::<Vec<_>>(), ["1", "2"]);
    assert!(doc.with(|doc| doc.get("t", "1", "a") == Some(ValueRef::Int(1))).unwrap());
}

/// Goal: the engine's errors come through, and change nothing. Method: one of each kind that a local write gives.
#[test]
fn a_refused_write_changes_nothing() {
    let doc = doc_of("ana");
    doc.insert("t", "1", &[]).unwrap();
    let before = (doc.digest().unwrap(), doc.sync_state().unwrap());
    assert_eq!(kind(doc.insert("t", "1", &[])), ErrorKind::RowExists);
    assert_eq!(kind(doc.update("t", "2", "a", 1)), ErrorKind::RowNotFound);
    assert_eq!(kind(doc.update("", "1", "a", 1)), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.update("t", "1", "a", f64::NAN)), ErrorKind::InvalidValue);
    assert_eq!(kind(doc.update("t", &"x".repeat(2_000), "a", 1)), ErrorKind::LimitExceeded);
    assert_eq!(kind(doc.update_columns("t", "1", &[("a", 1.into()), ("", 1.into())])), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.insert_many("t", &[("2", [("a", 1.into())]), ("1", [("a", 1.into())])])), ErrorKind::RowExists);
    assert_eq!((doc.digest().unwrap(), doc.sync_state().unwrap()), before);
}

/// Goal: row ids are new and rise. Method: many from two documents, one of them in a transaction too.
#[test]
fn row_ids_rise_and_are_unique() {
    let (ana, bob) = (doc_of("ana"), doc_of("bob"));
    let mut ids: Vec<String> = (0..1_000).map(|_| ana.new_row_id().unwrap()).collect();
    let tx = ana.begin(None).unwrap();
    ids.push(tx.new_row_id().unwrap());
    tx.rollback().unwrap();
    assert_eq!(kind(tx.new_row_id()), ErrorKind::Closed);
    ids.push(ana.new_row_id().unwrap());
    assert!(ids.is_sorted_by(|a, b| a < b) && ids.iter().all(|id| id.len() == 15));
    assert!((0..1_000).all(|_| !ids.contains(&bob.new_row_id().unwrap())));
}

/// Goal: a replica's bytes make it again, with its history or without. Method: both forms, under the same peer id and a fresh one.
#[test]
fn bytes_make_a_document_again() {
    let doc = doc_of("ana");
    doc.insert("t", "1", &[("a", 1.into())]).unwrap();
    doc.update("t", "1", "a", 2).unwrap();
    let whole = doc.encode_replica().unwrap();
    let resumed = Doc::decode(whole.clone(), OpenOptions::new().peer(PeerId::new("ana").unwrap())).unwrap();
    assert_eq!((resumed.digest().unwrap(), resumed.peer().unwrap()), (doc.digest().unwrap(), doc.peer().unwrap()));
    assert_eq!(resumed.row_history("t", "1").unwrap().len(), 2);

    let rows_only = Doc::decode(doc.encode_state().unwrap(), OpenOptions::new()).unwrap();
    assert_eq!(rows_only.digest().unwrap(), doc.digest().unwrap());
    assert_ne!(rows_only.peer().unwrap(), doc.peer().unwrap());
    assert_eq!(kind(rows_only.row_history("t", "1")), ErrorKind::InvalidArgument);

    assert_eq!(kind(Doc::decode(whole.clone(), OpenOptions::new().document(DocumentId([9; 16])))), ErrorKind::OtherDocument);
    assert_eq!(kind(Doc::decode(whole[..20].to_vec(), OpenOptions::new())), ErrorKind::Malformed);
}
