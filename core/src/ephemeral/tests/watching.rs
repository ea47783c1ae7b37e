use super::*;
use std::collections::BTreeMap;

fn shown(store: &EphemeralStore) -> BTreeMap<(String, String), (Value, f64, PeerId)> {
    let mut all = BTreeMap::new();
    for ns in store.namespaces() {
        for (key, entry) in store.get_all(ns) {
            all.insert((ns.to_owned(), key.to_owned()), (entry.value.to_value(), entry.timestamp, entry.peer.clone()));
        }
    }
    all
}

/// Goal: changes carry the whole of what is seen. Method: random work on a store; a plain copy that follows the changes stays equal, and
/// each change is of the kind that the copy's state before it asks for.
#[test]
fn changes_reproduce_what_shows() {
    for seed in 0..600 {
        let random = &mut SplitMix::new(seed);
        let clocks = Clocks::default();
        let mut store = EphemeralStore::new(options("alice", &clocks).ttl_ms(Some(100)));
        let id = store.subscribe(10_000);
        let mut copy = BTreeMap::new();
        for _ in 0..60 {
            let (ns, key) = (pick(random, &NAMESPACES), pick(random, &KEYS));
            match random.below(7) {
                0 | 1 => _ = store.set(ns, key, &random_value(random), None),
                2 => _ = store.remove(ns, key, None),
                3 => _ = store.merge(&random_batch(random, 4)).unwrap(),
                4 => _ = store.remove_peer(pick(random, &PEERS)),
                5 => clocks.pass(random.below(60)),
                _ => _ = store.expire(),
            }
            store.check().unwrap();
            let drained = store.drain_changes(id).unwrap();
            assert!(!drained.lagged);
            for EphemeralChange { kind, ns, key, entry, .. } in drained.changes {
                let place = (ns, key);
                let old = copy.remove(&place);
                let expected = match kind {
                    EphemeralChangeKind::Added => old.is_none() && entry.value.is_some(),
                    EphemeralChangeKind::Updated => old.is_some() && entry.value.is_some(),
                    EphemeralChangeKind::Removed => old.is_some() && entry.value.is_none(),
                    EphemeralChangeKind::Expired => old == Some((entry.value.clone().unwrap(), entry.timestamp, entry.peer.clone())),
                };
                assert!(expected, "seed {seed}: {kind:?} {place:?}");
                if let (Some(value), true) = (entry.value, kind != EphemeralChangeKind::Expired) {
                    copy.insert(place, (value, entry.timestamp, entry.peer));
                }
            }
        }
        store.expire();
        for change in store.drain_changes(id).unwrap().changes {
            copy.remove(&(change.ns, change.key));
        }
        assert_eq!(copy, shown(&store), "seed {seed}");
    }
}

/// Goal: a slow reader is told, and memory stays bounded. Method: more changes than the limit, or bytes than the store's; then go on.
#[test]
fn a_slow_reader_lags() {
    let mut store = EphemeralStore::new(options("alice", &Clocks::default()).limits(10, 100));
    let (few, many) = (store.subscribe(2), store.subscribe(1_000));
    for value in 0..3 {
        store.set("n", "k", value, None).unwrap();
    }
    assert_eq!(store.drain_changes(few), Some(EphemeralDrained { changes: Vec::new(), lagged: true }));
    let kinds: Vec<_> = store.drain_changes(many).unwrap().changes.iter().map(|change| (change.kind, change.local)).collect();
    assert_eq!(kinds, [(EphemeralChangeKind::Added, true), (EphemeralChangeKind::Updated, true), (EphemeralChangeKind::Updated, true)]);
    store.remove("n", "k", None).unwrap();
    let drained = store.drain_changes(few).unwrap();
    assert_eq!((drained.lagged, drained.changes.len(), drained.changes[0].kind), (false, 1, EphemeralChangeKind::Removed));
    for _ in 0..3 {
        store.set("n", "k", "x".repeat(60).as_str(), None).unwrap();
    }
    assert!(store.drain_changes(many).unwrap().lagged, "three times 62 bytes are more than 100");
    store.unsubscribe(few);
    assert_eq!(store.drain_changes(few), None);
    store.merge(&one("n", "k", entry(None, 1_000.0, "bob", 0))).unwrap();
    let drained = store.drain_changes(many).unwrap();
    assert_eq!((drained.changes.len(), drained.changes[0].local), (1, false));
}
