use super::*;
use crate::error::ErrorKind;
use crate::types::ValueRef;

fn value<'a>(store: &'a EphemeralStore, ns: &str, key: &str) -> Option<ValueRef<'a>> {
    store.get(ns, key).map(|entry| entry.value)
}

/// Goal: the order of SPEC 6 for local writes. Method: timestamps below, at and above the present one.
#[test]
fn a_local_write_obeys_the_order() {
    let mut store = store("alice", &Clocks::default());
    assert!(store.set("p", "k", 1, Some(10.0)).unwrap());
    assert!(!store.set("p", "k", 9, Some(9.0)).unwrap());
    assert!(!store.set("p", "k", 1, Some(10.0)).unwrap(), "an equal entry is not stored");
    assert!(!store.set("p", "k", true, Some(10.0)).unwrap());
    assert!(store.set("p", "k", 2, Some(10.0)).unwrap());
    assert!(store.remove("p", "k", Some(10.0)).unwrap(), "a removal is greater than any value");
    assert!(!store.set("p", "k", "z", Some(10.0)).unwrap());
    assert_eq!(value(&store, "p", "k"), None);
    assert!(store.set("p", "k", -0.0, Some(-0.0)).is_ok_and(|stored| !stored));
    assert!(store.set("p", "z", -0.0, Some(-0.0)).unwrap());
    assert!(store.set("p", "z", 0.0, Some(0.0)).unwrap(), "-0.0 is stored as 0.0, and as a value is less");
    assert_eq!(store.get("p", "z").unwrap().timestamp.to_bits(), 0);
}

/// Goal: a write without timestamp is always stored. Method: over every present stamp, with and without wall clock, up to the bound.
#[test]
fn automatic_timestamps_rise() {
    let clocks = Clocks::default();
    let mut plain = store("alice", &clocks);
    assert!(plain.set("p", "k", 1, None).unwrap());
    assert_eq!(plain.get("p", "k").unwrap().timestamp, 0.0);
    plain.merge(&one("p", "k", entry(Some(Value::Int(2)), 41.5, "zoe", 0))).unwrap();
    assert!(plain.set("p", "k", 3, None).unwrap());
    assert_eq!(plain.get("p", "k").unwrap().timestamp, 42.5);
    assert!(plain.set("p", "other", 3, None).unwrap());
    assert_eq!(plain.get("p", "other").unwrap().timestamp, 43.5);

    clocks.wall.store(1_000_000, Ordering::Relaxed);
    let mut store = EphemeralStore::new(options("alice", &clocks).wall_clock(clocks.clone()));
    assert!(store.set("p", "k", 1, None).unwrap());
    assert!(store.set("p", "k", 2, None).unwrap());
    assert_eq!(store.get("p", "k").unwrap().timestamp, 1_000_001.0);
    clocks.wall.store(-5, Ordering::Relaxed);
    assert!(store.remove("p", "k", None).unwrap(), "its own timestamps are not from the future, though the clock was set back");

    let last = 9_007_199_254_740_992.0;
    assert!(plain.set("p", "k", 4, Some(last)).unwrap());
    let error = plain.set("q", "k", 5, None).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(1 << 53)));
    assert_eq!(value(&plain, "q", "k"), None);
    plain.check().unwrap();
}

/// Goal: what others say in a store's own name does not push its stamps. Method: merge an own entry of the greatest timestamp.
#[test]
fn nobody_else_moves_the_own_newest_stamp() {
    let mut store = store("alice", &Clocks::default());
    store.merge(&one("p", "k", entry(None, 9_007_199_254_740_992.0, "alice", 0))).unwrap();
    assert!(store.set("p", "other", 1, None).unwrap());
    assert_eq!(store.set("p", "k", 1, None).unwrap_err().kind(), ErrorKind::LimitExceeded);
}

/// Goal: each broken argument has its kind and changes nothing. Method: one of each.
#[test]
fn broken_arguments_are_refused() {
    let clocks = Clocks::default();
    let mut store = EphemeralStore::new(options("alice", &clocks).wall_clock(clocks.clone()));
    store.set("p", "k", 1, Some(5.0)).unwrap();
    let before = (content(&store), store.mark());
    let long = "x".repeat(1_025);
    let text = "x".repeat((1 << 20) + 1);
    let far = 600_000.0;
    let errors = [
        (store.set("", "k", 1, Some(9.0)), ErrorKind::InvalidArgument),
        (store.set("p", "", 1, Some(9.0)), ErrorKind::InvalidArgument),
        (store.remove("p", "", None), ErrorKind::InvalidArgument),
        (store.set(&long, "k", 1, Some(9.0)), ErrorKind::LimitExceeded),
        (store.set("p", &long, 1, Some(9.0)), ErrorKind::LimitExceeded),
        (store.set("p", "k", f64::NAN, Some(9.0)), ErrorKind::InvalidValue),
        (store.set("p", "k", f64::INFINITY, Some(9.0)), ErrorKind::InvalidValue),
        (store.set("p", "k", text.as_str(), Some(9.0)), ErrorKind::LimitExceeded),
        (store.set("p", "k", 1, Some(f64::NAN)), ErrorKind::InvalidArgument),
        (store.set("p", "k", 1, Some(f64::NEG_INFINITY)), ErrorKind::InvalidArgument),
        (store.set("p", "k", 1, Some(9_007_199_254_740_994.0)), ErrorKind::InvalidArgument),
        (store.set("p", "k", 1, Some(far + 1.0)), ErrorKind::FromTheFuture),
        (store.remove("p", "k", Some(far + 1.0)), ErrorKind::FromTheFuture),
    ];
    for (at, (result, kind)) in errors.into_iter().enumerate() {
        assert_eq!(result.unwrap_err().kind(), kind, "case {at}");
    }
    assert_eq!((content(&store), store.mark()), before);
    assert!(store.set("p", "k", 1, Some(far)).unwrap(), "10 minutes ahead is not too far");
}

/// Goal: no peer pins a key from the future. Method: a message with one such entry: it is left out and counted, the other gets in.
#[test]
fn entries_from_the_future_are_left_out() {
    let clocks = Clocks::default();
    clocks.wall.store(1_000, Ordering::Relaxed);
    let mut store = EphemeralStore::new(options("alice", &clocks).wall_clock(clocks.clone()));
    let mut batch = one("p", "late", entry(Some(Value::Int(1)), 601_001.0, "bob", 0));
    batch.get_mut("p").unwrap().insert("k".to_owned(), entry(Some(Value::Int(2)), 601_000.0, "bob", 0));
    let merged = store.merge(&batch).unwrap();
    assert_eq!((merged.counts.changed, merged.counts.from_the_future), (1, 1));
    assert_eq!((value(&store, "p", "k"), value(&store, "p", "late")), (Some(ValueRef::Int(2)), None));
    clocks.pass(1);
    assert_eq!(store.merge(&batch).unwrap().counts.changed, 1, "a millisecond later it may");
}

/// Goal: a broken entry refuses its whole message. Method: each kind of broken entry beside a good one.
#[test]
fn a_refused_batch_changes_nothing() {
    let mut store = store("alice", &Clocks::default());
    store.set("p", "k", 1, Some(5.0)).unwrap();
    let before = (content(&store), store.mark(), store.bytes());
    let long = "x".repeat(1_025);
    let good = || entry(Some(Value::Int(1)), 9.0, "bob", 0);
    let broken = [
        ("", "k", good()),
        ("p", "", good()),
        (long.as_str(), "k", good()),
        ("p", long.as_str(), good()),
        ("p", "k", entry(None, f64::NAN, "bob", 0)),
        ("p", "k", entry(None, 9_007_199_254_740_994.0, "bob", 0)),
        ("p", "k", entry(None, f64::NEG_INFINITY, "bob", 0)),
        ("p", "k", entry(Some(Value::Float(f64::NAN)), 9.0, "bob", 0)),
        ("p", "k", entry(Some(Value::Bytes(vec![0; (1 << 20) + 1])), 9.0, "bob", 0)),
    ];
    for (ns, key, entry) in broken {
        let mut batch = one("a", "first", good());
        batch.entry(ns.to_owned()).or_default().insert(key.to_owned(), entry);
        assert_eq!(store.merge(&batch).unwrap_err().kind(), ErrorKind::Malformed);
        assert_eq!((content(&store), store.mark(), store.bytes()), before);
    }
    let mut batch = EphemeralBatch::new();
    batch.insert(String::new(), Default::default());
    assert_eq!(store.merge(&batch).unwrap_err().kind(), ErrorKind::Malformed);
    batch.clear();
    batch.insert("empty".to_owned(), Default::default());
    assert_eq!(
        store.merge(&batch).unwrap(),
        EphemeralMerge { counts: EphemeralCounts { before: store.mark(), ..Default::default() }, ..Default::default() }
    );
}

/// Goal: an entry ages by the clocks of its holders and ends at the time to live. Method: two holders, clocks that differ, one millisecond
/// around each edge.
#[test]
fn entries_age_and_end() {
    let (alices, bobs) = (Clocks::default(), Clocks::default());
    bobs.pass(77_777);
    let mut alice = store("alice", &alices);
    let mut bob = store("bob", &bobs);
    alice.set("p", "k", 1, None).unwrap();
    alice.remove("p", "gone", None).unwrap();
    alices.pass(10_000);
    bob.merge_bytes(&alice.encode_all()).unwrap();
    assert_eq!(content(&bob)["p"]["k"].age_ms, 10_000);
    bobs.pass(19_999);
    assert_eq!(value(&bob, "p", "k"), Some(ValueRef::Int(1)));
    assert!(bob.expire().is_empty());
    bobs.pass(1);
    assert_eq!((value(&bob, "p", "k"), bob.get_all("p").len(), bob.namespaces().len()), (None, 0, 0));
    assert!(content(&bob).is_empty() && bob.entries() == 2);
    assert_eq!(bob.encode_all().len(), 7, "what is over is not sent");
    let went = bob.expire();
    assert_eq!(went["p"]["k"], entry(Some(Value::Int(1)), 0.0, "alice", 30_000));
    assert_eq!(went["p"]["gone"].value, None);
    assert_eq!((bob.entries(), bob.bytes(), bob.expire().len()), (0, 0, 0));
    alices.pass(20_000);
    assert_eq!(bob.merge_bytes(&alice.encode_all()).unwrap().changed, 0);
    let aged = bob.merge(&one("p", "k", entry(Some(Value::Int(1)), 0.0, "alice", 30_000))).unwrap();
    assert_eq!((aged.counts.aged_out, bob.entries()), (1, 0));
    bob.check().unwrap();
}

/// Goal: an equal entry keeps the greater age, and what is over makes way for a lesser one. Method: ages up and down, then over the edge.
#[test]
fn the_greater_age_is_kept() {
    let clocks = Clocks::default();
    clocks.pass(1_000_000);
    let mut store = store("alice", &clocks);
    let batch = |age_ms| one("p", "k", entry(Some(Value::Int(1)), 5.0, "bob", age_ms));
    for (age_ms, kept) in [(100, 100), (50, 100), (29_999, 29_999), (0, 29_999)] {
        store.merge(&batch(age_ms)).unwrap();
        assert_eq!(content(&store)["p"]["k"].age_ms, kept);
    }
    clocks.pass(1);
    assert!(store.set("p", "k", 0, Some(1.0)).unwrap(), "a lesser entry, but the greater one is over");
    assert_eq!(content(&store)["p"]["k"], entry(Some(Value::Int(0)), 1.0, "alice", 0));
    store.check().unwrap();

    let mut forever = EphemeralStore::new(options("alice", &clocks).ttl_ms(None));
    forever.merge(&batch(u64::MAX)).unwrap();
    clocks.pass(1 << 40);
    assert!(forever.expire().is_empty());
    assert_eq!(value(&forever, "p", "k"), Some(ValueRef::Int(1)));
}

/// Goal: a departed peer's entries are hidden, stay hidden against older messages, and do not hide what comes after. Method: as said.
#[test]
fn a_removed_peer_does_not_come_back_from_older_messages() {
    let clocks = Clocks::default();
    let (mut alice, mut bob, mut carol) = (store("alice", &clocks), store("bob", &clocks), store("carol", &clocks));
    bob.set("cursor", "bob", 7, Some(10.0)).unwrap();
    let older = bob.encode_all();
    bob.set("cursor", "bob", 8, Some(11.0)).unwrap();
    bob.set("typing", "bob", true, Some(12.0)).unwrap();
    carol.set("cursor", "carol", 1, Some(10.0)).unwrap();
    let present = bob.encode_all();
    for message in [&older, &present, &carol.encode_all()] {
        alice.merge_bytes(message).unwrap();
    }
    clocks.pass(20_000);
    let hidden = alice.remove_peer("bob");
    assert_eq!(hidden["cursor"]["bob"], entry(None, 11.0, "bob", 0));
    assert_eq!(hidden.values().map(|entries| entries.len()).sum::<usize>(), 2);
    assert!(alice.remove_peer("bob").is_empty() && alice.remove_peer("nobody").is_empty());
    assert_eq!(alice.namespaces(), ["cursor"]);
    for message in [&older, &present] {
        assert_eq!(alice.merge_bytes(message).unwrap().changed, 0);
    }
    clocks.pass(29_999);
    assert_eq!(alice.merge_bytes(&older).unwrap().changed, 0, "for a whole time to live from then");
    carol.merge(&hidden).unwrap();
    assert_eq!(value(&carol, "cursor", "bob"), None);
    bob.merge(&hidden).unwrap();
    assert_eq!(value(&bob, "cursor", "bob"), None, "also with bob himself, who was not gone: so he writes again");
    bob.set("cursor", "bob", 9, None).unwrap();
    alice.merge_bytes(&bob.encode_all()).unwrap();
    assert_eq!(value(&alice, "cursor", "bob"), Some(ValueRef::Int(9)));
    alice.check().unwrap();
}

/// Goal: reads are sorted and leave out what was removed. Method: a few entries, each read.
#[test]
fn reads_are_sorted() {
    let mut store = store("alice", &Clocks::default());
    for (ns, key) in [("b", "é"), ("b", "Z"), ("a", "a key that is longer than fifteen bytes"), ("b", "a"), ("c", "k")] {
        store.set(ns, key, key, None).unwrap();
    }
    store.remove("c", "k", None).unwrap();
    assert_eq!(store.namespaces(), ["a", "b"]);
    assert_eq!(store.get_all("b").iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["Z", "a", "é"]);
    assert_eq!(store.get_all("a")[0].1.value, ValueRef::Str("a key that is longer than fifteen bytes"));
    assert!(store.get_all("c").is_empty() && store.get_all("none").is_empty() && store.get("b", "none").is_none());
}

/// Goal: a delta is what changed after the mark, once. Method: marks between writes; a mark from elsewhere gives all.
#[test]
fn deltas_follow_on_from_each_other() {
    let mut store = store("alice", &Clocks::default());
    store.set("p", "a", 1, None).unwrap();
    let first = store.mark();
    store.set("p", "b", 1, None).unwrap();
    store.set("q", "c", 1, None).unwrap();
    store.set("p", "b", 2, None).unwrap();
    let (delta, second) = store.changed_since(first);
    assert_eq!(delta.iter().map(|(ns, entries)| (ns.as_str(), entries.len())).collect::<Vec<_>>(), [("p", 1), ("q", 1)]);
    assert_eq!((store.changed_since(second).0.len(), store.mark()), (0, second));
    assert!(!store.set("p", "b", 2, Some(0.0)).unwrap());
    assert_eq!(store.mark(), second, "what is not stored is no change");
    assert_eq!(store.changed_since(EphemeralMark::from_u64(u64::MAX)).0, content(&store));
}

/// Goal: a store may be shared and handed between threads. Method: the compiler says so.
#[test]
fn a_store_may_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<EphemeralStore>();
    crosses::<EphemeralOptions>();
}
