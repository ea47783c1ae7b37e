use crate::{A_WHILE, kind};
use convergedb::EphemeralChangeKind::{Added, Expired, Removed, Updated};
use convergedb::api::{EphemeralOptions, EphemeralStore, Next};
use convergedb::{EphemeralEntry, ErrorKind, PeerId, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

fn options(peer: &str) -> EphemeralOptions {
    EphemeralOptions::new().peer(PeerId::new(peer).unwrap()).manual_clock()
}

fn store(peer: &str) -> EphemeralStore {
    EphemeralStore::new(options(peer)).unwrap()
}

fn value(store: &EphemeralStore, key: &str) -> Option<Value> {
    store.get("ns", key).unwrap().and_then(|entry| entry.value)
}

/// Goal: what one store sets, removes and hides, another shows. Method: each call, through the binary form.
#[test]
fn what_one_sets_another_shows() {
    let (ana, bob) = (store("ana"), store("bob"));
    assert_eq!((ana.peer().unwrap().as_str(), ana.ttl_ms().unwrap()), ("ana", Some(30_000)));
    ana.set_wall(1_000).unwrap();
    assert!(ana.set("ns", "a", 1, None).unwrap());
    assert!(ana.set("ns", "b", "x", None).unwrap());
    assert!(!ana.set("ns", "b", "older", Some(5.0)).unwrap());
    assert_eq!(ana.get("ns", "a").unwrap().unwrap().timestamp, 1_000.0);
    let mark = ana.mark().unwrap();

    let counts = bob.merge_bytes(&ana.encode_all().unwrap()).unwrap();
    assert_eq!((counts.changed, counts.unchanged), (2, 0));
    assert_eq!(bob.changed_since(counts.before).unwrap().0["ns"].len(), 2);
    assert_eq!(bob.merge_bytes(&ana.encode(&["ns", "none"]).unwrap()).unwrap().unchanged, 2);
    assert_eq!(bob.get_all("ns").unwrap(), ana.get_all("ns").unwrap());
    assert_eq!(bob.namespaces().unwrap(), ["ns"]);

    assert!(ana.remove("ns", "a", None).unwrap());
    let (message, later) = ana.encode_since(mark).unwrap();
    assert_eq!(bob.merge_bytes(&message).unwrap().changed, 1);
    assert_eq!(value(&bob, "a"), None);
    assert!(ana.changed_since(later).unwrap().0.is_empty());
    assert_eq!((bob.entries().unwrap(), bob.bytes().unwrap() > 0), (2, true));

    assert_eq!(bob.remove_peer("ana").unwrap()["ns"].keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(bob.get_all("ns").unwrap(), []);
    let entry = EphemeralEntry { value: Some(Value::Int(9)), timestamp: 9_000.0, peer: PeerId::new("cid").unwrap(), age_ms: 0 };
    let batch = BTreeMap::from([("ns".to_owned(), BTreeMap::from([("c".to_owned(), entry)]))]);
    let merged = bob.merge(&batch).unwrap();
    assert_eq!((merged.changed, merged.counts.changed), (batch, 1));
    bob.check().unwrap();
    assert_eq!(format!("{bob:?}"), "EphemeralStore { .. }");
}

/// Goal: entries end at the time to live, by a clock that is moved by hand. Method: moved to just before it and to it.
#[test]
fn entries_end_when_the_clock_says_so() {
    let store = EphemeralStore::new(options("ana").ttl_ms(Some(100))).unwrap();
    store.set("ns", "a", 1, None).unwrap();
    store.advance(99).unwrap();
    assert_eq!(value(&store, "a"), Some(Value::Int(1)));
    assert!(store.expire().unwrap().is_empty());
    store.advance(1).unwrap();
    assert_eq!(value(&store, "a"), None);
    assert_eq!(store.expire().unwrap()["ns"].len(), 1);
    assert_eq!(store.entries().unwrap(), 0);

    let lasting = EphemeralStore::new(options("ana").ttl_ms(None)).unwrap();
    lasting.set("ns", "a", 1, None).unwrap();
    lasting.advance(u64::MAX).unwrap();
    assert_eq!((value(&lasting, "a"), lasting.ttl_ms().unwrap()), (Some(Value::Int(1)), None));
}

/// Goal: what is from the future gets in only where there is no wall clock. Method: both, at the bound and past it.
#[test]
fn the_future_is_kept_out_by_a_wall_clock() {
    let store_with = store("ana");
    store_with.set_wall(1_000).unwrap();
    assert!(store_with.set("ns", "a", 1, Some(601_000.0)).unwrap());
    assert_eq!(kind(store_with.set("ns", "a", 1, Some(601_001.0))), ErrorKind::FromTheFuture);
    store_with.advance(1).unwrap();
    assert!(store_with.set("ns", "a", 1, Some(601_001.0)).unwrap(), "time of day passes too");
    let without = EphemeralStore::new(options("bob").wall_clock(false)).unwrap();
    assert!(without.set("ns", "a", 1, Some(9e15)).unwrap());
    assert!(without.set("ns", "b", 1, None).unwrap());
    assert_eq!(kind(without.set("ns", "a", 1, Some(f64::NAN))), ErrorKind::InvalidArgument);
    assert_eq!(kind(without.set("", "a", 1, None)), ErrorKind::InvalidArgument);
    assert_eq!(kind(without.merge_bytes(b"no message")), ErrorKind::Malformed);
}

/// Goal: with the operating system's clocks, timestamps are times of day, and clocks cannot be moved. Method: the default.
#[test]
fn the_default_has_the_systems_clocks() {
    let store = EphemeralStore::new(EphemeralOptions::default()).unwrap();
    store.set("ns", "a", 1, None).unwrap();
    assert!(store.get("ns", "a").unwrap().unwrap().timestamp > 1.7e12);
    assert_eq!(kind(store.advance(1)), ErrorKind::InvalidArgument);
    assert_eq!(kind(store.set_wall(1)), ErrorKind::InvalidArgument);
    assert_ne!(store.peer().unwrap(), EphemeralStore::new(EphemeralOptions::new()).unwrap().peer().unwrap());
}

/// Goal: a store keeps its bounds. Method: one entry more than there may be.
#[test]
fn a_store_keeps_its_bounds() {
    let store = EphemeralStore::new(options("ana").limits(2, 1_000)).unwrap();
    store.set("ns", "a", 1, None).unwrap();
    store.set("ns", "b", 1, None).unwrap();
    assert_eq!(kind(store.set("ns", "c", 1, None)), ErrorKind::LimitExceeded);
    assert_eq!(kind(store.set("ns", "a", "x".repeat(1_000).as_str(), None)), ErrorKind::LimitExceeded);
}

/// Goal: readers are told what happens to keys, are woken, lag, and outlive the store. Method: each kind of change.
#[test]
fn readers_are_told_what_happens() {
    let store = EphemeralStore::new(options("ana").ttl_ms(Some(100))).unwrap();
    let changes = store.subscribe(10).unwrap();
    let slow = store.subscribe(1).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let (counter, calling) = (Arc::clone(&calls), store.clone());
    changes.set_waker(Some(Box::new(move || {
        // Outside all locks.
        calling.entries().unwrap();
        counter.fetch_add(1, Ordering::SeqCst);
    })));
    store.set("ns", "a", 1, None).unwrap();
    store.set("ns", "a", 2, None).unwrap();
    store.remove("ns", "a", None).unwrap();
    store.set("ns", "b", 1, None).unwrap();
    store.advance(100).unwrap();
    store.expire().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    let Next::Change(first) = changes.try_next().unwrap() else { panic!("a change is awaited") };
    assert_eq!((first.kind, first.key.as_str(), first.local), (Added, "a", true));
    let kinds: Vec<_> = changes.drain().unwrap().changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [Updated, Removed, Added, Expired]);
    assert_eq!((slow.next(None).unwrap(), slow.next(Some(A_WHILE)).unwrap()), (Next::Lagged, Next::Timeout));

    changes.set_waker(None);
    store.set("ns", "c", 1, None).unwrap();
    let waiting = thread::spawn(move || (slow.next(None).unwrap(), slow.next(None).unwrap()));
    thread::sleep(A_WHILE);
    store.close().unwrap();
    assert!(matches!(waiting.join().unwrap(), (Next::Change(_), Next::Closed)));
    assert!(matches!(changes.next(None).unwrap(), Next::Change(_)));
    assert_eq!(changes.next(None).unwrap(), Next::Closed);
    changes.close();
    assert_eq!(format!("{changes:?}"), "EphemeralChanges { .. }");
}
