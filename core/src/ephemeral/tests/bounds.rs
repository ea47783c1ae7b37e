use super::*;
use crate::error::ErrorKind;

/// Goal: the bounds hold, to the byte, and a refused write changes nothing. Method: fill a store, then try everything that is one too many.
#[test]
fn a_full_store_refuses_what_would_grow_it() {
    let clocks = Clocks::default();
    // Each entry: "n" + "a" + "me" + 8 = 12 bytes.
    let mut store = EphemeralStore::new(options("me", &clocks).limits(3, 36));
    for key in ["a", "b", "c"] {
        store.set("n", key, 1, None).unwrap();
    }
    assert_eq!((store.entries(), store.bytes()), (3, 36));
    let before = content(&store);
    let entries = store.set("n", "d", 1, None).unwrap_err();
    assert_eq!((entries.kind(), entries.limit()), (ErrorKind::LimitExceeded, Some(3)));
    let bytes = store.set("n", "a", "nine bytes", None).unwrap_err();
    assert_eq!((bytes.kind(), bytes.limit()), (ErrorKind::LimitExceeded, Some(36)));
    assert_eq!(store.remove("n", "d", None).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(content(&store), before);
    assert!(store.set("n", "a", 2, None).unwrap() && store.remove("n", "b", None).unwrap());
    assert_eq!(store.bytes(), 28);
    assert!(store.set("n", "a", "nine byte", None).unwrap());
    store.check().unwrap();
    clocks.pass(30_000);
    assert!(store.set("m", "d", 1, None).unwrap(), "what is over makes room");
    assert_eq!(store.entries(), 1);
    store.check().unwrap();
}

/// Goal: the own key's entry, when it is over, makes room for its successor. Method: one entry fills the store.
#[test]
fn an_entry_that_is_over_makes_room_for_its_own_successor() {
    let clocks = Clocks::default();
    let mut store = EphemeralStore::new(options("me", &clocks).limits(1, 20));
    store.set("n", "a", "0123456789012345", None).unwrap();
    clocks.pass(30_000);
    assert!(store.set("n", "b", "0123456789012345", None).unwrap());
    clocks.pass(30_000);
    let late = EphemeralStore::merge(&mut store, &one("n", "b", entry(Some(Value::Str("012345678901234".to_owned())), 0.0, "you", 0)));
    assert_eq!(late.unwrap().counts.changed, 1);
    store.check().unwrap();
}

/// Goal: a merge over the bounds changes nothing, and is weighed by what would be held in the end. Method: messages, as a batch and as
/// bytes, that grow some entries and shrink others around a full store.
#[test]
fn a_merge_is_weighed_by_what_it_leaves() {
    let text = |length: usize| Some(Value::Str("x".repeat(length)));
    let batch = |a: usize, b: usize| {
        let entries = [("a".to_owned(), entry(text(a), 9.0, "z", 0)), ("b".to_owned(), entry(text(b), 9.0, "z", 0))];
        EphemeralBatch::from([("n".to_owned(), entries.into())])
    };
    for as_bytes in [false, true] {
        for (grown, fits) in [(95, true), (96, false)] {
            let mut store = EphemeralStore::new(options("me", &Clocks::default()).limits(2, 108));
            store.set("n", "a", "x".repeat(50).as_str(), Some(1.0)).unwrap();
            store.set("n", "b", "x".repeat(50).as_str(), Some(1.0)).unwrap();
            assert_eq!(store.bytes(), 108);
            // "n" + "a" + "z" + 7 and "n" + "b" + "z" + 95 make 108.
            let message = batch(7, grown);
            let mut carrier = EphemeralStore::new(options("z", &Clocks::default()));
            carrier.merge(&message).unwrap();
            let before = (content(&store), store.mark());
            let merged =
                if as_bytes { store.merge_bytes(&carrier.encode_all()) } else { store.merge(&message).map(|merged| merged.counts) };
            if fits {
                assert_eq!(merged.unwrap().changed, 2);
                assert_eq!(store.bytes(), 108);
            } else {
                assert_eq!((merged.as_ref().unwrap_err().kind(), merged.unwrap_err().limit()), (ErrorKind::LimitExceeded, Some(108)));
                assert_eq!((content(&store), store.mark()), before);
            }
            let one_more = one("n", "c", entry(None, 1.0, "z", 0));
            let error = store.merge(&one_more).unwrap_err();
            assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(2)));
            let stale = one("n", "a", entry(Some(Value::Str("x".repeat(500))), 0.5, "z", 0));
            assert_eq!(store.merge(&stale).unwrap().counts.unchanged, 1, "what loses weighs nothing");
            store.check().unwrap();
        }
    }
}

/// Goal: names that come and go leave no memory. Method: ten thousand peers and namespaces, one after the other, on one key each.
#[test]
fn names_that_nobody_uses_go() {
    let clocks = Clocks::default();
    let mut store = EphemeralStore::new(options("me", &clocks).limits(10, 1_000));
    for round in 0..10_000 {
        let timestamp = f64::from(round);
        store.merge(&one("n", "k", entry(Some(Value::Int(1)), timestamp, &format!("peer {round}"), 0))).unwrap();
        store.merge(&one(&format!("ns {round}"), "k", entry(None, timestamp, "bob", 29_999))).unwrap();
        clocks.pass(1);
        store.expire();
        if round % 500 == 0 {
            store.check().unwrap();
        }
    }
    store.check().unwrap();
    assert!(store.table.peers.end() < 200 && store.table.namespaces.end() < 200);
}
