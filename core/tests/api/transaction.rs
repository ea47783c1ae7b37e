use crate::{A_WHILE, LONG, doc_of, kind};
use convergedb::api::{Doc, ScanRange, Transaction};
use convergedb::{Commit, Error, ErrorKind, RowOp, Value, ValueRef};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

/// Goal: a transaction's operations see each other and become one. Method: every method of it, and what the log holds then.
#[test]
fn operations_see_each_other_and_become_one() {
    let doc = doc_of("ana");
    doc.insert("t", "0", &[]).unwrap();
    let tx = doc.begin(Some(77)).unwrap();
    assert!(tx.is_empty().unwrap());
    tx.insert("t", "1", &[("a", 1.into())]).unwrap();
    tx.upsert("t", "1", &[("b", 2.into())]).unwrap();
    tx.update("t", "1", "a", 3).unwrap();
    tx.update_columns("t", "1", &[("c", 4.into()), ("d", ValueRef::Null)]).unwrap();
    tx.apply(&RowOp::Insert { tbl: "t".into(), row_id: "2".into(), values: vec![("a".into(), Value::Bool(true))] }).unwrap();
    tx.apply(&RowOp::Update { tbl: "t".into(), row_id: "2".into(), col: "a".into(), value: Value::Null }).unwrap();
    tx.apply(&RowOp::Delete { tbl: "t".into(), row_id: "2".into() }).unwrap();
    tx.delete("t", "0").unwrap();

    assert_eq!(tx.get("t", "1", "a").unwrap(), Some(Value::Int(3)));
    assert_eq!(tx.row("t", "1").unwrap().unwrap().len(), 4);
    assert!(tx.contains("t", "1").unwrap() && !tx.contains("t", "2").unwrap());
    assert_eq!((tx.count("t").unwrap(), tx.len().unwrap()), (1, 9));
    assert_eq!(tx.scan("t", &ScanRange::all(), 9).unwrap().len(), 1);
    assert_eq!(tx.commit().unwrap(), Commit { counter: 1, lamport: 2, events: 9 });

    let runs = doc.get_pending(&Default::default(), Default::default()).unwrap().runs;
    assert_eq!((runs[0].tx.clone(), runs[0].at.clone()), (vec![1, 9], vec![None, Some(77)]));
    doc.check().unwrap();
}

/// Goal: what has ended is closed, whatever way it ended. Method: every method after a commit and after a rollback.
#[test]
fn what_has_ended_is_closed() {
    let doc = doc_of("ana");
    let committed = doc.begin(None).unwrap();
    assert_eq!(committed.commit().unwrap().events, 0);
    let rolled_back = doc.begin(None).unwrap();
    rolled_back.insert("t", "1", &[]).unwrap();
    rolled_back.rollback().unwrap();
    for tx in [&committed, &rolled_back] {
        let closed = |result: convergedb::Result<()>| assert_eq!(kind(result), ErrorKind::Closed);
        closed(tx.insert("t", "1", &[]));
        closed(tx.upsert("t", "1", &[]));
        closed(tx.update("t", "1", "a", 1));
        closed(tx.update_columns("t", "1", &[]));
        closed(tx.delete("t", "1"));
        closed(tx.apply(&RowOp::Delete { tbl: "t".into(), row_id: "1".into() }));
        closed(tx.get("t", "1", "a").map(drop));
        closed(tx.row("t", "1").map(drop));
        closed(tx.contains("t", "1").map(drop));
        closed(tx.count("t").map(drop));
        closed(tx.scan("t", &ScanRange::all(), 1).map(drop));
        closed(tx.len().map(drop));
        closed(tx.is_empty().map(drop));
        closed(tx.commit().map(drop));
        closed(tx.rollback());
    }
    // A transaction that has ended is not the one that is open now.
    let open = doc.begin(None).unwrap();
    drop((committed, rolled_back));
    open.insert("t", "1", &[]).unwrap();
    open.commit().unwrap();
    assert_eq!((doc.events().unwrap(), doc.count("t").unwrap()), (1, 1));
}

/// Goal: letting go of a transaction, or a rollback, leaves no trace. Method: both, over rows that were there and new names.
#[test]
fn letting_go_rolls_back() {
    let doc = doc_of("ana");
    doc.insert("t", "1", &[("a", 1.into())]).unwrap();
    let before = (doc.digest().unwrap(), doc.sync_state().unwrap(), doc.columns("t").unwrap());
    let write = |tx: &Transaction| {
        tx.update("t", "1", "a", 2).unwrap();
        tx.insert("new", "1", &[("new", 1.into())]).unwrap();
        tx.delete("t", "1").unwrap();
    };
    let tx = doc.begin(None).unwrap();
    write(&tx);
    tx.rollback().unwrap();
    let tx = doc.begin(None).unwrap();
    write(&tx);
    drop(tx);
    assert_eq!((doc.digest().unwrap(), doc.sync_state().unwrap(), doc.columns("t").unwrap()), before);
    doc.update("t", "1", "a", 3).unwrap();
    doc.check().unwrap();
}

/// Goal: an operation that fails changes nothing and leaves the transaction open. Method: one of each, then a commit.
#[test]
fn a_failed_operation_leaves_the_rest() {
    let doc = doc_of("ana");
    let tx = doc.begin(None).unwrap();
    tx.insert("t", "1", &[("a", 1.into())]).unwrap();
    assert_eq!(kind(tx.insert("t", "1", &[])), ErrorKind::RowExists);
    assert_eq!(kind(tx.update("t", "2", "a", 1)), ErrorKind::RowNotFound);
    assert_eq!(kind(tx.delete("t", "2")), ErrorKind::RowNotFound);
    assert_eq!(kind(tx.update_columns("t", "2", &[("a", 1.into()), ("", 1.into())])), ErrorKind::RowNotFound);
    assert_eq!(kind(tx.update_columns("t", "1", &[("a", 2.into()), ("", 1.into())])), ErrorKind::InvalidArgument);
    assert_eq!(kind(tx.update_columns("t", "1", &[("a", 2.into()), ("b", f64::INFINITY.into())])), ErrorKind::InvalidValue);
    assert_eq!(tx.get("t", "1", "a").unwrap(), Some(Value::Int(1)));
    assert_eq!(tx.commit().unwrap().events, 1);
    doc.check().unwrap();
}

/// Goal: a transaction keeps its bounds. Method: one operation more than there may be, one byte more, by each kind of operation.
#[test]
fn a_transaction_keeps_its_bounds() {
    let doc = doc_of("ana");
    let tx = doc.begin(None).unwrap();
    tx.insert("t", "1", &[]).unwrap();
    let columns: Vec<String> = (0..65_534).map(|column| format!("c{column}")).collect();
    let cells: Vec<(&str, ValueRef<'_>)> = columns.iter().map(|column| (column.as_str(), true.into())).collect();
    tx.update_columns("t", "1", &cells).unwrap();
    let too_many = tx.update_columns("t", "1", &cells[..2]).unwrap_err();
    assert_eq!((too_many.kind(), too_many.limit()), (ErrorKind::LimitExceeded, Some(65_536)));
    tx.delete("t", "1").unwrap();
    assert_eq!(kind(tx.insert("t", "1", &[])), ErrorKind::LimitExceeded);
    assert_eq!(tx.commit().unwrap().events, 65_536);

    let tx = doc.begin(None).unwrap();
    let (large, mut rows) = ("x".repeat(1 << 20), 0);
    while tx.insert("t", &format!("r{rows:02}"), &[("a", large.as_str().into())]).is_ok() {
        rows += 1;
    }
    assert_eq!(rows, 15);
    assert_eq!(kind(tx.update_columns("t", "r00", &[("a", large.as_str().into())])), ErrorKind::LimitExceeded);
    assert_eq!(tx.commit().unwrap().events, 15);
}

/// Goal: the thread that has a transaction open is told so instead of waiting for itself. Method: every way into the document from it.
#[test]
fn the_same_thread_gets_an_error() {
    let doc = doc_of("ana");
    let changes = doc.subscribe(convergedb::ChangeFilter::all(), 10).unwrap();
    let tx = doc.begin(None).unwrap();
    assert_eq!(kind(doc.insert("t", "1", &[])), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.get("t", "1", "a")), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.begin(None)), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.transaction(None, |_| Ok::<_, Error>(()))), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.merge_update(&[])), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.encode_request()), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.with(|_| ())), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.new_row_id()), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.subscribe(convergedb::ChangeFilter::all(), 10)), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.rows("t", ScanRange::all()).next().unwrap()), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.close()), ErrorKind::InvalidArgument);
    // Readers of changes hear of what is committed, so they need not wait.
    assert_eq!(changes.drain().unwrap().changes, []);
    tx.insert("t", "1", &[]).unwrap();
    tx.commit().unwrap();
    assert_eq!(changes.drain().unwrap().changes.len(), 1);
    assert!(doc.contains("t", "1").unwrap());
}

/// Goal: other threads wait for a transaction's end. Method: each kind of call from another thread; none is done before the commit, all
/// are after it.
#[test]
fn other_threads_wait() {
    type Call = fn(&Doc);
    let calls: [Call; 6] = [
        |doc| _ = doc.insert("t", "2", &[]).unwrap(),
        |doc| assert_eq!(doc.get("t", "1", "a").unwrap(), Some(Value::Int(1))),
        |doc| drop(doc.begin(None).unwrap()),
        |doc| drop(doc.encode_request().unwrap()),
        |doc| assert!(doc.with(|doc| doc.contains("t", "1")).unwrap()),
        |doc| doc.close().unwrap(),
    ];
    for call in calls {
        let doc = doc_of("ana");
        let tx = doc.begin(None).unwrap();
        tx.insert("t", "1", &[("a", 1.into())]).unwrap();
        let (done, is_done) = mpsc::channel();
        let other = doc.clone();
        let caller = thread::spawn(move || {
            call(&other);
            done.send(()).unwrap();
        });
        assert!(is_done.recv_timeout(A_WHILE).is_err(), "the call ought to wait");
        tx.commit().unwrap();
        is_done.recv_timeout(LONG).unwrap();
        caller.join().unwrap();
    }
}

/// Goal: a transaction may be used and ended by another thread than the one that began it. Method: handed over, committed there.
#[test]
fn another_thread_may_use_and_end_it() {
    let doc = doc_of("ana");
    let tx = doc.begin(None).unwrap();
    let tx = thread::spawn(move || {
        tx.insert("t", "1", &[]).unwrap();
        tx
    });
    let tx = tx.join().unwrap();
    thread::spawn(move || tx.commit().unwrap()).join().unwrap();
    assert!(doc.contains("t", "1").unwrap());

    // The thread that began it has gone, and a new one is not taken for it.
    let other = doc.clone();
    let tx = thread::spawn(move || other.begin(None).unwrap()).join().unwrap();
    let other = doc.clone();
    let waiting = thread::spawn(move || other.count("t").unwrap());
    thread::sleep(A_WHILE);
    assert!(!waiting.is_finished());
    tx.rollback().unwrap();
    assert_eq!(waiting.join().unwrap(), 1);
}

/// Goal: the closure form commits, and undoes on an error or a panic, after which the document goes on. Method: each.
#[test]
fn the_closure_form_ends_every_way() {
    #[derive(Debug)]
    enum Mine {
        Engine(Error),
        Changed,
    }
    impl From<Error> for Mine {
        fn from(error: Error) -> Mine {
            Mine::Engine(error)
        }
    }
    let doc = doc_of("ana");
    let (length, commit) = doc
        .transaction(None, |tx| {
            tx.insert("t", "1", &[])?;
            tx.insert("t", "2", &[])?;
            tx.len()
        })
        .unwrap();
    assert_eq!((length, commit.events), (2, 2));
    let changed = doc.transaction(None, |tx| {
        tx.delete("t", "1")?;
        Err::<(), Mine>(Mine::Changed)
    });
    assert!(matches!(changed, Err(Mine::Changed)));
    let failed = doc.transaction(None, |tx| {
        tx.delete("t", "1")?;
        Ok::<_, Mine>(tx.delete("t", "1")?)
    });
    assert!(matches!(failed, Err(Mine::Engine(error)) if error.kind() == ErrorKind::RowNotFound));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        doc.transaction(None, |tx| -> Result<(), Error> {
            tx.delete("t", "1")?;
            panic!("of the caller's own");
        })
    }));
    assert!(panicked.is_err());
    let inside = doc.transaction(None, |_| doc.count("t"));
    assert_eq!(kind(inside), ErrorKind::InvalidArgument);
    assert_eq!((doc.count("t").unwrap(), doc.events().unwrap()), (2, 2));
    doc.check().unwrap();
}
