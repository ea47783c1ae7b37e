use crate::{A_WHILE, LONG, doc_of, kind};
use convergedb::api::{Doc, EphemeralOptions, EphemeralStore, Next, ScanRange};
use convergedb::{ChangeFilter, Error, ErrorKind, EventId, PeerId, RowOp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

/// Calls every method of a document, and says which did not give an error of this kind.
fn wrong_calls(doc: &Doc, expected: ErrorKind) -> Vec<&'static str> {
    let (known, id, limit) = (Default::default(), EventId::new(PeerId::new("ana").unwrap(), 0), Default::default());
    let op = RowOp::Delete { tbl: "t".into(), row_id: "1".into() };
    let all = ScanRange::all();
    let mut wrong = Vec::new();
    let mut call = |name, result: Result<(), Error>| {
        if result.err().map(|error| error.kind()) != Some(expected) {
            wrong.push(name);
        }
    };
    call("peer", doc.peer().map(drop));
    call("document_id", doc.document_id().map(drop));
    call("needs_fresh_peer", doc.needs_fresh_peer().map(drop));
    call("events", doc.events().map(drop));
    call("waiting_events", doc.waiting_events().map(drop));
    call("new_row_id", doc.new_row_id().map(drop));
    call("with", doc.with(|_| ()));
    call("insert", doc.insert("t", "1", &[]).map(drop));
    call("insert_many", doc.insert_many("t", &[("1", [])]).map(drop));
    call("upsert", doc.upsert("t", "1", &[]).map(drop));
    call("update", doc.update("t", "1", "a", 1).map(drop));
    call("update_columns", doc.update_columns("t", "1", &[]).map(drop));
    call("update_many", doc.update_many("t", &[]).map(drop));
    call("delete", doc.delete("t", "1").map(drop));
    call("delete_all", doc.delete_all("t").map(drop));
    call("apply", doc.apply(&[op], None).map(drop));
    call("begin", doc.begin(None).map(drop));
    call("transaction", doc.transaction(None, |_| Ok::<_, Error>(())).map(drop));
    call("get", doc.get("t", "1", "a").map(drop));
    call("row", doc.row("t", "1").map(drop));
    call("contains", doc.contains("t", "1").map(drop));
    call("count", doc.count("t").map(drop));
    call("tables", doc.tables().map(drop));
    call("columns", doc.columns("t").map(drop));
    call("scan", doc.scan("t", &all, 1).map(drop));
    let mut rows = doc.rows("t", all);
    call("rows", rows.next().map_or(Ok(()), |row| row.map(drop)));
    assert!(rows.next().is_none(), "an error is the last of a scan");
    call("subscribe", doc.subscribe(ChangeFilter::all(), 1).map(drop));
    call("sync_state", doc.sync_state().map(drop));
    call("versions", doc.versions().map(drop));
    call("frontier", doc.frontier().map(drop));
    call("encode_request", doc.encode_request().map(drop));
    call("encode_pending", doc.encode_pending(&[], limit).map(drop));
    call("encode_update", doc.encode_update(&known, limit).map(drop));
    call("merge_update", doc.merge_update(&[]).map(drop));
    call("merge_update_quiet", doc.merge_update_quiet(&[]).map(drop));
    call("merge_remote", doc.merge_remote(&[]).map(drop));
    call("get_pending", doc.get_pending(&known, limit).map(drop));
    call("missing", doc.missing().map(drop));
    call("drop_waiting", doc.drop_waiting().map(drop));
    call("fork", doc.fork(0).map(drop));
    call("encode_replica", doc.encode_replica().map(drop));
    call("encode_state", doc.encode_state().map(drop));
    call("digest", doc.digest().map(drop));
    call("event", doc.event(&id).map(drop));
    call("log", doc.log(&known, 1).map(drop));
    call("row_history", doc.row_history("t", "1").map(drop));
    call("cell_history", doc.cell_history("t", "1", "a").map(drop));
    call("row_as_of", doc.row_as_of("t", "1", &known).map(drop));
    call("table_as_of", doc.table_as_of("t", &known).map(drop));
    call("compare", doc.compare(&[], &[]).map(drop));
    call("common_ancestors", doc.common_ancestors(&[], &[]).map(drop));
    call("events_between", doc.events_between(&[], &[]).map(drop));
    call("check", doc.check());
    wrong
}

#[cfg(feature = "json")]
fn wrong_json_calls(doc: &Doc, expected: ErrorKind) -> Vec<&'static str> {
    let (id, limit) = (EventId::new(PeerId::new("ana").unwrap(), 0), Default::default());
    let mut wrong = Vec::new();
    let mut call = |name, result: Result<(), Error>| {
        if result.err().map(|error| error.kind()) != Some(expected) {
            wrong.push(name);
        }
    };
    // Also with texts that are none: a handle that is of no use says so first.
    call("insert_json", doc.insert_json("t", "1", "no").map(drop));
    call("upsert_json", doc.upsert_json("t", "1", "no").map(drop));
    call("update_json", doc.update_json("t", "1", "a", "no").map(drop));
    call("update_columns_json", doc.update_columns_json("t", "1", "no").map(drop));
    call("apply_json", doc.apply_json("no", None).map(drop));
    call("merge_json", doc.merge_json("no").map(drop));
    call("get_pending_json", doc.get_pending_json("no", limit).map(drop));
    call("sync_state_json", doc.sync_state_json().map(drop));
    call("get_json", doc.get_json("t", "1", "a").map(drop));
    call("row_json", doc.row_json("t", "1").map(drop));
    call("rows_json", doc.rows_json().map(drop));
    call("scan_json", doc.scan_json("t", &ScanRange::all(), 1).map(drop));
    call("event_json", doc.event_json(&id).map(drop));
    call("log_json", doc.log_json("no", 1).map(drop));
    call("row_history_json", doc.row_history_json("t", "1").map(drop));
    call("cell_history_json", doc.cell_history_json("t", "1", "a").map(drop));
    call("row_as_of_json", doc.row_as_of_json("t", "1", "no").map(drop));
    call("table_as_of_json", doc.table_as_of_json("t", "no").map(drop));
    wrong
}

fn assert_all(doc: &Doc, expected: ErrorKind) {
    assert_eq!(wrong_calls(doc, expected), [""; 0]);
    #[cfg(feature = "json")]
    assert_eq!(wrong_json_calls(doc, expected), [""; 0]);
}

/// Goal: a closed document is closed for every handle and every method, and closing again does nothing. Method: all of them.
#[test]
fn a_closed_document_is_closed_for_all() {
    let doc = doc_of("ana");
    doc.insert("t", "1", &[]).unwrap();
    let other = doc.clone();
    doc.close().unwrap();
    assert_all(&doc, ErrorKind::Closed);
    assert_all(&other, ErrorKind::Closed);
    doc.close().unwrap();
    other.close().unwrap();
}

/// Goal: a scan that is half through ends with an error when its document is closed. Method: that.
#[test]
fn a_scan_of_a_closed_document_ends() {
    let doc = doc_of("ana");
    for row in 0..1_000 {
        doc.insert("t", &format!("{row:04}"), &[]).unwrap();
    }
    let mut rows = doc.rows("t", ScanRange::all());
    assert_eq!(rows.next().unwrap().unwrap().0, "0000");
    doc.close().unwrap();
    let (fetched, error): (Vec<_>, Vec<_>) = rows.by_ref().partition(|row| row.is_ok());
    assert!(fetched.len() < 999, "what was fetched already is given out");
    assert_eq!(error.into_iter().map(kind).collect::<Vec<_>>(), [ErrorKind::Closed]);
}

/// Goal: the last handle to go closes the document, and its readers are told. Method: a reader waits while handles and a transaction go.
#[test]
fn the_last_handle_closes() {
    let doc = doc_of("ana");
    let changes = doc.subscribe(ChangeFilter::all(), 10).unwrap();
    let tx = doc.begin(None).unwrap();
    let (told, hears) = mpsc::channel();
    let reader = thread::spawn(move || {
        while let Ok(next) = changes.next(None) {
            told.send(next.clone()).unwrap();
            if next == Next::Closed {
                return;
            }
        }
    });
    drop(doc);
    tx.insert("t", "1", &[]).unwrap();
    assert!(hears.recv_timeout(A_WHILE).is_err(), "a transaction is a handle");
    tx.commit().unwrap();
    drop(tx);
    assert!(matches!(hears.recv_timeout(LONG).unwrap(), Next::Change(_)));
    assert_eq!(hears.recv_timeout(LONG).unwrap(), Next::Closed);
    reader.join().unwrap();
}

/// Goal: after a panic inside, every call is `internal` and nobody hangs. Method: a closure that panics under the lock while others wait
/// for the lock and for changes.
#[test]
fn after_a_panic_every_call_is_internal() {
    let doc = doc_of("ana");
    let changes = doc.subscribe(ChangeFilter::all(), 10).unwrap();
    let reader = thread::spawn(move || (kind(changes.next(None)), kind(changes.try_next()), kind(changes.drain())));
    let (inside, is_inside) = mpsc::channel();
    let panicking = doc.clone();
    let panicking = thread::spawn(move || {
        panicking.with(|_| -> () {
            inside.send(()).unwrap();
            thread::sleep(A_WHILE);
            panic!("of the caller's own");
        })
    });
    is_inside.recv_timeout(LONG).unwrap();
    assert_eq!(kind(doc.events()), ErrorKind::Internal, "it waited for the lock");
    assert!(panicking.join().is_err(), "the panic goes on");
    assert_eq!(reader.join().unwrap(), (ErrorKind::Internal, ErrorKind::Internal, ErrorKind::Internal));
    assert_all(&doc, ErrorKind::Internal);
    assert_eq!(kind(doc.close()), ErrorKind::Internal);
    assert_all(&doc, ErrorKind::Internal);
}

/// Goal: a closure that is lent the document cannot call it, and does not hang. Method: calls on it, its readers and another document.
#[test]
fn a_lent_document_cannot_be_called() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    let changes = doc.subscribe(ChangeFilter::all(), 10).unwrap();
    doc.with(|_| {
        assert_eq!(kind(doc.events()), ErrorKind::InvalidArgument);
        assert_eq!(kind(doc.insert("t", "1", &[])), ErrorKind::InvalidArgument);
        assert_eq!(kind(doc.close()), ErrorKind::InvalidArgument);
        assert_eq!(kind(changes.try_next()), ErrorKind::InvalidArgument);
        // Here the lock cannot be had to say that nobody reads any more. The next change finds out.
        drop(changes);
        other.insert("t", "1", &[]).unwrap();
    })
    .unwrap();
    doc.insert("t", "1", &[]).unwrap();
    doc.check().unwrap();
}

/// Goal: a panic of a caller while a transaction is open undoes it and leaves the document good. Method: a panic on the way to the commit.
#[test]
fn a_panic_outside_undoes_an_open_transaction() {
    let doc = doc_of("ana");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let tx = doc.begin(None).unwrap();
        tx.insert("t", "1", &[]).unwrap();
        panic!("of the caller's own");
    }));
    assert!(panicked.is_err());
    assert_eq!(doc.count("t").unwrap(), 0);
    doc.insert("t", "1", &[]).unwrap();
    doc.check().unwrap();
}

/// Goal: an ephemeral store closes like a document. Method: every method of a closed one.
#[test]
fn a_closed_store_is_closed_for_all() {
    let store = EphemeralStore::new(EphemeralOptions::new().manual_clock()).unwrap();
    let other = store.clone();
    store.set("ns", "k", 1, None).unwrap();
    store.close().unwrap();
    let closed = |result: Result<(), Error>| assert_eq!(kind(result), ErrorKind::Closed);
    for store in [&store, &other] {
        closed(store.peer().map(drop));
        closed(store.ttl_ms().map(drop));
        closed(store.entries().map(drop));
        closed(store.bytes().map(drop));
        closed(store.set("ns", "k", 1, None).map(drop));
        closed(store.remove("ns", "k", None).map(drop));
        closed(store.get("ns", "k").map(drop));
        closed(store.get_all("ns").map(drop));
        closed(store.namespaces().map(drop));
        closed(store.merge(&Default::default()).map(drop));
        closed(store.merge_bytes(&[]).map(drop));
        closed(store.encode(&["ns"]).map(drop));
        closed(store.encode_all().map(drop));
        closed(store.encode_since(Default::default()).map(drop));
        closed(store.changed_since(Default::default()).map(drop));
        closed(store.mark().map(drop));
        closed(store.expire().map(drop));
        closed(store.remove_peer("bob").map(drop));
        closed(store.subscribe(1).map(drop));
        closed(store.advance(1));
        closed(store.set_wall(1));
        closed(store.check());
        store.close().unwrap();
    }
}
