use super::super::entry::value_cmp;
use super::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;

const TTL: u64 = 100;

/// The definition: of all entries that ever came for a key, the greatest; of equal ones the greatest age.
#[derive(Default)]
struct Model(BTreeMap<(String, String), EphemeralEntry>);

impl Model {
    fn take_in(&mut self, batch: &EphemeralBatch) {
        for (ns, entries) in batch {
            for (key, entry) in entries.iter().filter(|(_, entry)| entry.age_ms < TTL) {
                let mut entry = entry.clone();
                entry.timestamp += 0.0;
                let place = self.0.entry((ns.clone(), key.clone())).or_insert_with(|| entry.clone());
                let order = place
                    .timestamp
                    .total_cmp(&entry.timestamp)
                    .then_with(|| place.peer.cmp(&entry.peer))
                    .then_with(|| value_cmp(place.value.as_ref().map(Value::as_ref), entry.value.as_ref().map(Value::as_ref)));
                match order {
                    Ordering::Less => *place = entry,
                    Ordering::Equal => place.age_ms = place.age_ms.max(entry.age_ms),
                    Ordering::Greater => {}
                }
            }
        }
    }

    fn content(&self) -> EphemeralBatch {
        let mut batch = EphemeralBatch::new();
        for ((ns, key), entry) in &self.0 {
            batch.entry(ns.clone()).or_default().insert(key.clone(), entry.clone());
        }
        batch
    }
}

/// Sends a batch through the binary form: what a store that holds just it would encode.
fn as_bytes(batch: &EphemeralBatch) -> Vec<u8> {
    let mut carrier = EphemeralStore::new(options("carrier", &Clocks::default()).ttl_ms(None));
    carrier.merge(batch).unwrap();
    carrier.encode_all()
}

fn shuffle<T>(random: &mut SplitMix, list: &mut [T]) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at as u64 + 1) as usize);
    }
}

/// Goal: nothing but the entries decides. Method: the same random batches, to three stores and the model in orders of their own, some
/// twice, some as bytes, some cut into single entries; all end equal, in entries and ages.
#[test]
fn merging_ignores_order_repetition_and_partition() {
    for seed in 0..3_000 {
        let random = &mut SplitMix::new(seed);
        let sizes = 1 + random.below(12);
        let batches: Vec<EphemeralBatch> = (0..1 + random.below(8)).map(|_| random_batch(random, sizes)).collect();
        let mut model = Model::default();
        batches.iter().for_each(|batch| model.take_in(batch));
        for _ in 0..3 {
            let mut store = EphemeralStore::new(options("own", &Clocks::default()).ttl_ms(Some(TTL)));
            let mut order: Vec<EphemeralBatch> = batches.clone();
            for batch in &batches {
                if random.below(3) == 0 {
                    let singles =
                        batch.iter().flat_map(|(ns, entries)| entries.iter().map(move |(key, entry)| one(ns, key, entry.clone())));
                    order.extend(singles);
                }
            }
            shuffle(random, &mut order);
            for batch in &order {
                if random.below(2) == 0 {
                    store.merge_bytes(&as_bytes(batch)).unwrap()
                } else {
                    store.merge(batch).unwrap().counts
                };
                store.check().unwrap();
            }
            assert_eq!(content(&store), model.content(), "seed {seed}");
        }
    }
}

/// Goal: a merge says what it did. Method: compare its report with the state before and after; again, it changes nothing.
#[test]
fn a_merge_reports_just_what_changed() {
    for seed in 0..2_000 {
        let random = &mut SplitMix::new(seed);
        let mut store = EphemeralStore::new(options("own", &Clocks::default()).ttl_ms(Some(TTL)));
        for _ in 0..6 {
            let batch = random_batch(random, 8);
            let before = content(&store);
            let merged = store.merge(&batch).unwrap();
            let after = content(&store);
            let mut expected = EphemeralBatch::new();
            for (ns, entries) in &after {
                for (key, entry) in entries {
                    let old = before.get(ns).and_then(|entries| entries.get(key));
                    let differs =
                        old.is_none_or(|old| (&old.value, old.timestamp, &old.peer) != (&entry.value, entry.timestamp, &entry.peer));
                    if differs {
                        expected.entry(ns.clone()).or_default().insert(key.clone(), entry.clone());
                    }
                }
            }
            assert_eq!(merged.changed, expected);
            assert_eq!(store.changed_since(merged.counts.before).0, expected);
            let EphemeralCounts { changed, unchanged, aged_out, from_the_future, .. } = merged.counts;
            assert_eq!(changed, expected.values().map(BTreeMap::len).sum::<usize>());
            assert_eq!(changed + unchanged + aged_out + from_the_future, batch.values().map(BTreeMap::len).sum::<usize>());
            let again = store.merge(&batch).unwrap();
            assert_eq!((again.counts.changed, content(&store)), (0, after));
        }
    }
}

/// Goal: local writes and removals of peers are entries like any other. Method: three stores write, remove and gossip at random, whole
/// or by delta; when all have heard all, they are equal.
#[test]
fn stores_that_exchange_all_are_equal() {
    for seed in 0..1_500 {
        let random = &mut SplitMix::new(seed);
        let clocks = Clocks::default();
        let mut stores: Vec<EphemeralStore> = ["alice", "bob", "Z"].iter().map(|name| store(name, &clocks)).collect();
        let mut marks = [[EphemeralMark::default(); 3]; 3];
        for _ in 0..40 {
            let (from, to) = (random.below(3) as usize, random.below(3) as usize);
            let (ns, key) = (pick(random, &NAMESPACES), pick(random, &KEYS));
            let timestamp = if random.below(2) == 0 { None } else { Some(random.below(6) as f64) };
            match random.below(6) {
                0 | 1 => _ = stores[from].set(ns, key, &random_value(random), timestamp).unwrap(),
                2 => _ = stores[from].remove(ns, key, timestamp).unwrap(),
                3 => _ = stores[from].remove_peer(pick(random, &["alice", "bob", "Z"])),
                4 => {
                    _ = {
                        let bytes = stores[from].encode_all();
                        stores[to].merge_bytes(&bytes).unwrap()
                    }
                }
                _ => {
                    let (bytes, mark) = stores[from].encode_since(marks[from][to]);
                    marks[from][to] = mark;
                    stores[to].merge_bytes(&bytes).unwrap();
                }
            }
        }
        for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 1), (0, 2), (1, 0)] {
            let (batch, mark) = stores[from].changed_since(marks[from][to]);
            marks[from][to] = mark;
            stores[to].merge(&batch).unwrap();
        }
        assert_eq!(content(&stores[0]), content(&stores[1]), "seed {seed}");
        assert_eq!(content(&stores[1]), content(&stores[2]), "seed {seed}");
        stores.iter().for_each(|store| store.check().unwrap());
    }
}
