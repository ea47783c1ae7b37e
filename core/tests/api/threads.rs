use crate::doc_of;
use convergedb::api::{Doc, EphemeralOptions, EphemeralStore, Next, OpenOptions};
use convergedb::{ChangeFilter, PageLimit, Value};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const THREADS: i64 = 8;
const WRITES: i64 = 2_000;

/// Goal: everything that is handed over between threads may be. Method: the compiler.
#[test]
fn every_object_is_send_and_sync() {
    fn is<T: Send + Sync>() {}
    is::<Doc>();
    is::<EphemeralStore>();
    is::<convergedb::api::Transaction>();
    is::<convergedb::api::Changes>();
    is::<convergedb::api::EphemeralChanges>();
    is::<convergedb::api::Scan>();
    is::<OpenOptions>();
    is::<EphemeralOptions>();
}

/// Goal: many threads write one document and nothing is lost. Method: single writes, transactions that read what they write, and a reader
/// that counts the patches.
#[test]
fn nothing_is_lost_between_threads() {
    let doc = doc_of("ana");
    doc.insert("t", "sum", &[("n", 0.into())]).unwrap();
    let changes = doc.subscribe(ChangeFilter::row("t", "sum"), usize::MAX).unwrap();
    thread::scope(|scope| {
        for writer in 0..THREADS {
            let doc = &doc;
            scope.spawn(move || {
                for write in 0..WRITES {
                    doc.insert("t", &format!("{writer}.{write}"), &[("n", write.into())]).unwrap();
                    let added = doc.transaction(None, |tx| {
                        let Some(Value::Int(sum)) = tx.get("t", "sum", "n")? else { panic!("the sum is an integer") };
                        tx.update("t", "sum", "n", sum + 1)
                    });
                    added.unwrap();
                }
            });
        }
        let mut last = 0;
        while last < THREADS * WRITES {
            let Next::Change(change) = changes.next(None).unwrap() else { panic!("a change is awaited") };
            assert_eq!(change.patches.len(), 1);
            last += 1;
        }
    });
    assert_eq!(doc.get("t", "sum", "n").unwrap(), Some(Value::Int(THREADS * WRITES)));
    assert_eq!(doc.count("t").unwrap() as i64, THREADS * WRITES + 1);
    assert_eq!(doc.events().unwrap() as i64, 2 * THREADS * WRITES + 1);
    assert_eq!(changes.try_next().unwrap(), Next::Timeout);
    doc.check().unwrap();
}

/// Goal: documents that sync both ways while threads write them end equal, and no order of locks can deadlock. Method: two documents, a
/// writer each, and a thread for each direction.
#[test]
fn documents_sync_while_they_are_written() {
    let (ana, bob) = (doc_of("ana"), doc_of("bob"));
    ana.insert("t", "0", &[]).unwrap();
    bob.merge_update(&ana.encode_update(&Default::default(), PageLimit::default()).unwrap().bytes).unwrap();
    let is_over = AtomicBool::new(false);
    let pull = |from: &Doc, to: &Doc| {
        let page = from.encode_pending(&to.encode_request().unwrap(), PageLimit { events: 50, bytes: usize::MAX }).unwrap();
        to.merge_update(&page.bytes).unwrap();
        page.has_more
    };
    thread::scope(|scope| {
        let writers = [(&ana, "a"), (&bob, "b")]
            .map(|(doc, name)| scope.spawn(move || (0..1_000).for_each(|row| _ = doc.insert("t", &format!("{name}{row}"), &[]).unwrap())));
        for (from, to) in [(&ana, &bob), (&bob, &ana)] {
            let is_over = &is_over;
            scope.spawn(move || while pull(from, to) || !is_over.load(Ordering::Relaxed) {});
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_over.store(true, Ordering::Relaxed);
    });
    while pull(&ana, &bob) || pull(&bob, &ana) {}
    assert_eq!((ana.count("t").unwrap(), ana.digest().unwrap()), (2_001, bob.digest().unwrap()));
    ana.check().unwrap();
}

/// Goal: an ephemeral store takes writes from many threads. Method: each its own keys, and one that all write.
#[test]
fn a_store_takes_writes_from_many_threads() {
    let store = EphemeralStore::new(EphemeralOptions::new()).unwrap();
    thread::scope(|scope| {
        for writer in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for write in 0..WRITES {
                    assert!(store.set("own", &format!("{writer}.{}", write % 100), write, None).unwrap());
                    assert!(store.set("shared", "key", write, None).unwrap());
                }
            });
        }
    });
    assert_eq!(store.get_all("own").unwrap().len() as i64, THREADS * 100);
    assert_eq!(store.get("shared", "key").unwrap().unwrap().value, Some(Value::Int(WRITES - 1)));
    store.check().unwrap();
}
