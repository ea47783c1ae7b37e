use crate::{A_WHILE, LONG, doc_of};
use convergedb::api::{Changes, Doc, Next};
use convergedb::{Change, ChangeFilter, ChangePatch, Origin, PageLimit, Patch, PeerId, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

fn all(doc: &Doc) -> Changes {
    doc.subscribe(ChangeFilter::all(), convergedb::limits::CHANGES_MAX).unwrap()
}

fn change(next: Next<Change>) -> Change {
    match next {
        Next::Change(change) => change,
        other => panic!("a change is awaited, not {other:?}"),
    }
}

/// The rows that a change is about.
fn rows(change: &Change) -> Vec<&str> {
    change.patches.iter().map(|patch| patch.patch.row_id()).collect()
}

/// A reader whose waker counts its calls.
fn counted(doc: &Doc) -> (Changes, Arc<AtomicUsize>) {
    let (changes, calls) = (all(doc), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&calls);
    changes.set_waker(Some(Box::new(move || _ = counter.fetch_add(1, Ordering::SeqCst))));
    (changes, calls)
}

/// Goal: a reader is told of local transactions and merges, with who is behind them. Method: one of each, read one by one and drained.
#[test]
fn a_reader_is_told_what_and_who() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    let changes = all(&doc);
    assert_eq!(changes.try_next().unwrap(), Next::Timeout);
    doc.transaction(None, |tx| {
        tx.insert("t", "1", &[("a", 1.into())])?;
        tx.insert("t", "2", &[])
    })
    .unwrap();
    other.insert("u", "3", &[]).unwrap();
    doc.merge_remote(&other.get_pending(&Default::default(), PageLimit::default()).unwrap().runs).unwrap();
    doc.update("t", "1", "a", 1).unwrap();

    let local = change(changes.try_next().unwrap());
    assert_eq!(rows(&local), ["1", "2"]);
    assert!(local.patches.iter().all(|patch| patch.origin == Origin::Local));
    let merged = changes.drain().unwrap();
    let patch = Patch::InsertRow { tbl: "u".into(), row_id: "3".into(), values: vec![] };
    let by_bob = ChangePatch { patch, origin: Origin::Remote(PeerId::new("bob").unwrap()) };
    assert_eq!(merged.changes, [Change { patches: vec![by_bob] }]);
    assert!(!merged.lagged);
    assert_eq!(changes.try_next().unwrap(), Next::Timeout, "an equal value is no change");
}

/// Goal: a reader is told of what its filter wants alone. Method: a table and a row.
#[test]
fn a_filter_is_kept() {
    let doc = doc_of("ana");
    let changes = doc.subscribe(ChangeFilter::table("t").and_row("u", "2"), 100).unwrap();
    for (tbl, row) in [("t", "1"), ("u", "1"), ("u", "2")] {
        doc.insert(tbl, row, &[]).unwrap();
    }
    let told: Vec<String> = changes.drain().unwrap().changes.iter().map(|change| format!("{:?}", rows(change))).collect();
    assert_eq!(told, ["[\"1\"]", "[\"2\"]"]);
}

/// Goal: a reader that waits is woken by a write, and gives up in time. Method: a thread that waits for ever, one with a timeout.
#[test]
fn a_reader_waits() {
    let doc = doc_of("ana");
    let changes = Arc::new(all(&doc));
    let before = Instant::now();
    assert_eq!(changes.next(Some(A_WHILE)).unwrap(), Next::Timeout);
    assert!(before.elapsed() >= A_WHILE);

    let reader = Arc::clone(&changes);
    let reader = thread::spawn(move || change(reader.next(None).unwrap()));
    thread::sleep(A_WHILE);
    doc.insert("t", "1", &[]).unwrap();
    assert_eq!(rows(&reader.join().unwrap()), ["1"]);

    // A time that no clock can show is for ever.
    let reader = Arc::clone(&changes);
    let reader = thread::spawn(move || change(reader.next(Some(Duration::MAX)).unwrap()));
    doc.insert("t", "2", &[]).unwrap();
    assert_eq!(rows(&reader.join().unwrap()), ["2"]);
}

/// Goal: a reader that is too slow is told, and what comes then follows on the state at that moment. Method: more patches than its bound,
/// behind some that it has taken over.
#[test]
fn a_slow_reader_lags() {
    let doc = doc_of("ana");
    let changes = doc.subscribe(ChangeFilter::all(), 3).unwrap();
    for row in 0..3 {
        doc.insert("t", &format!("a{row}"), &[]).unwrap();
    }
    assert_eq!(rows(&change(changes.next(None).unwrap())), ["a0"]);
    for row in 0..4 {
        doc.insert("t", &format!("b{row}"), &[]).unwrap();
    }
    assert_eq!(rows(&change(changes.next(None).unwrap())), ["a1"]);
    assert_eq!(rows(&change(changes.next(None).unwrap())), ["a2"]);
    assert_eq!(changes.next(None).unwrap(), Next::Lagged);
    doc.insert("t", "c", &[]).unwrap();
    assert_eq!(rows(&change(changes.next(None).unwrap())), ["c"]);

    for row in 0..4 {
        doc.insert("t", &format!("d{row}"), &[]).unwrap();
    }
    let drained = changes.drain().unwrap();
    assert!(drained.lagged && drained.changes.is_empty());
    assert!(!changes.drain().unwrap().lagged);

    let just_that = doc.subscribe(ChangeFilter::all(), 0).unwrap();
    doc.insert("t", "e", &[]).unwrap();
    assert_eq!((just_that.try_next().unwrap(), just_that.try_next().unwrap()), (Next::Lagged, Next::Timeout));
}

/// Goal: a waker is called when something came, once until the reader reads, and at once when something is there. Method: counted calls.
#[test]
fn a_waker_is_called_once_until_the_reader_reads() {
    let doc = doc_of("ana");
    let (changes, calls) = counted(&doc);
    let count = || calls.load(Ordering::SeqCst);
    assert_eq!(count(), 0);
    doc.insert("t", "1", &[]).unwrap();
    doc.insert("t", "2", &[]).unwrap();
    assert_eq!(count(), 1);
    assert_eq!(changes.drain().unwrap().changes.len(), 2);
    doc.insert("t", "3", &[]).unwrap();
    assert_eq!(count(), 2);

    let at_once = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&at_once);
    changes.set_waker(Some(Box::new(move || _ = counter.fetch_add(1, Ordering::SeqCst))));
    assert_eq!((count(), at_once.load(Ordering::SeqCst)), (2, 1), "a change is waiting");
    changes.drain().unwrap();
    changes.set_waker(None);
    doc.insert("t", "4", &[]).unwrap();
    assert_eq!((count(), at_once.load(Ordering::SeqCst)), (2, 1));
    assert_eq!(changes.drain().unwrap().changes.len(), 1);
}

/// Goal: a waker is called outside all locks, and may call the document and the reader. Method: one that reads, writes, and drains.
#[test]
fn a_waker_may_call_back() {
    let doc = doc_of("ana");
    let changes = Arc::new(all(&doc));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (calling, reader, told) = (doc.clone(), Arc::clone(&changes), Arc::clone(&seen));
    changes.set_waker(Some(Box::new(move || {
        let drained = reader.drain().unwrap().changes;
        told.lock().unwrap().extend(drained.iter().flat_map(|change| rows(change).into_iter().map(str::to_owned).collect::<Vec<_>>()));
        if !calling.contains("t", "answer").unwrap() {
            calling.insert("t", "answer", &[("to", Value::Str("1".into()).as_ref())]).unwrap();
        }
    })));
    doc.insert("t", "1", &[]).unwrap();
    assert_eq!(*seen.lock().unwrap(), ["1", "answer"]);
    // In a transaction's commit too, when the turn is free again.
    doc.transaction(None, |tx| tx.insert("t", "2", &[])).unwrap();
    assert_eq!(*seen.lock().unwrap(), ["1", "answer", "2"]);
    changes.set_waker(None);
}

/// Goal: a waker may close what called it, replace itself, and panic; the write is done all the same. Method: each.
#[test]
fn a_waker_may_do_anything() {
    let doc = doc_of("ana");
    let changes = Arc::new(OnceLock::new());
    let (reader, closing) = (Arc::clone(&changes), doc.clone());
    let first = all(&doc);
    first.set_waker(Some(Box::new(move || {
        let reader: &Changes = reader.get().unwrap();
        reader.set_waker(None);
        reader.close();
        closing.close().unwrap();
    })));
    changes.set(first).unwrap();
    let panicking = all(&doc);
    panicking.set_waker(Some(Box::new(|| panic!("of the reader's own"))));
    assert_eq!(doc.insert("t", "1", &[]).unwrap().events, 1);
    assert_eq!(panicking.drain().unwrap().changes.len(), 1);
    assert_eq!(panicking.try_next().unwrap(), Next::Closed);
    assert_eq!(changes.get().unwrap().try_next().unwrap(), Next::Closed);
}

/// Goal: what was queued outlives the document, then its reader is told that it is closed. Method: closed with a queue, with a lag, and
/// while a reader waits.
#[test]
fn what_was_queued_outlives_the_document() {
    let doc = doc_of("ana");
    let (queued, lagging) = (all(&doc), doc.subscribe(ChangeFilter::all(), 1).unwrap());
    let (woken, calls) = counted(&doc);
    doc.insert("t", "1", &[]).unwrap();
    assert_eq!(rows(&change(queued.try_next().unwrap())), ["1"]);
    doc.insert("t", "2", &[]).unwrap();
    doc.insert("t", "3", &[]).unwrap();
    let waiting = doc.subscribe(ChangeFilter::table("never"), 1).unwrap();
    let (told, hears) = mpsc::channel();
    let reader = thread::spawn(move || told.send(waiting.next(None).unwrap()).unwrap());
    thread::sleep(A_WHILE);
    doc.close().unwrap();
    assert_eq!(hears.recv_timeout(LONG).unwrap(), Next::Closed);
    reader.join().unwrap();
    drop(doc);

    assert_eq!(rows(&change(queued.try_next().unwrap())), ["2"]);
    assert_eq!(rows(&change(queued.next(None).unwrap())), ["3"]);
    assert_eq!((queued.next(None).unwrap(), queued.next(None).unwrap()), (Next::Closed, Next::Closed));
    assert_eq!(queued.drain().unwrap().changes, []);
    assert_eq!((lagging.next(None).unwrap(), lagging.next(None).unwrap()), (Next::Lagged, Next::Closed));
    assert_eq!(calls.load(Ordering::SeqCst), 2, "for the first change, and for the end");
    assert_eq!(woken.drain().unwrap().changes.len(), 3);
    // A waker that comes too late is called at once.
    let (late, is_called) = mpsc::channel();
    woken.set_waker(Some(Box::new(move || late.send(()).unwrap())));
    is_called.try_recv().unwrap();
}

/// Goal: who waits for the waker's call is told that the reader was closed, and not when it is dropped. Method: counted calls.
#[test]
fn a_waker_is_called_when_its_reader_is_closed() {
    let doc = doc_of("ana");
    let (changes, calls) = counted(&doc);
    changes.close();
    changes.close();
    assert_eq!((calls.load(Ordering::SeqCst), changes.try_next().unwrap()), (1, Next::Closed));
    doc.insert("t", "1", &[]).unwrap();
    drop(changes);
    drop(counted(&doc).0);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

/// Goal: a reader that lets go is told nothing any more, and another thread that waits on it is let go. Method: closed while one waits.
#[test]
fn a_closed_reader_lets_go() {
    let doc = doc_of("ana");
    let changes = Arc::new(all(&doc));
    doc.insert("t", "1", &[]).unwrap();
    doc.insert("t", "2", &[]).unwrap();
    assert_eq!(rows(&change(changes.next(None).unwrap())), ["1"]);
    assert_eq!(rows(&change(changes.next(None).unwrap())), ["2"]);
    let waiting = Arc::clone(&changes);
    let waiting = thread::spawn(move || waiting.next(None).unwrap());
    thread::sleep(A_WHILE);
    changes.close();
    assert_eq!(waiting.join().unwrap(), Next::Closed);
    doc.insert("t", "3", &[]).unwrap();
    assert_eq!(changes.try_next().unwrap(), Next::Closed);
    changes.close();
    assert_eq!(format!("{changes:?}"), "Changes { .. }");
}
