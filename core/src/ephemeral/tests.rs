#![allow(clippy::unwrap_used, clippy::panic)]

mod bounds;
mod bytes;
mod gossip;
mod laws;
mod rules;
mod watching;

use super::*;
use crate::clock::{MonotonicClock, SplitMix, WallClock};
use crate::types::{PeerId, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The clocks of one store, turned by hand.
#[derive(Clone, Default)]
struct Clocks {
    monotonic: Arc<AtomicU64>,
    wall: Arc<AtomicI64>,
}

impl MonotonicClock for Clocks {
    fn now_ms(&self) -> u64 {
        self.monotonic.load(Ordering::Relaxed)
    }
}

impl WallClock for Clocks {
    fn now_ms(&self) -> i64 {
        self.wall.load(Ordering::Relaxed)
    }
}

impl Clocks {
    fn pass(&self, ms: u64) {
        self.monotonic.fetch_add(ms, Ordering::Relaxed);
        self.wall.fetch_add(ms as i64, Ordering::Relaxed);
    }
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn options(name: &str, clocks: &Clocks) -> EphemeralOptions {
    EphemeralOptions::new(peer(name), &mut SplitMix::new(3), clocks.clone())
}

/// A store without wall clock.
fn store(name: &str, clocks: &Clocks) -> EphemeralStore {
    EphemeralStore::new(options(name, clocks))
}

fn entry(value: Option<Value>, timestamp: f64, name: &str, age_ms: u64) -> EphemeralEntry {
    EphemeralEntry { value, timestamp, peer: peer(name), age_ms }
}

fn one(ns: &str, key: &str, entry: EphemeralEntry) -> EphemeralBatch {
    [(ns.to_owned(), [(key.to_owned(), entry)].into())].into()
}

/// All that a store holds, with ages.
fn content(store: &EphemeralStore) -> EphemeralBatch {
    store.changed_since(EphemeralMark::default()).0
}

fn pick<'a, T: ?Sized>(random: &mut SplitMix, from: &[&'a T]) -> &'a T {
    from[random.below(from.len() as u64) as usize]
}

const NAMESPACES: [&str; 3] = ["cursor", "a namespace with a long name", "é"];
const KEYS: [&str; 7] = ["k", "kk", "12345678", "fifteen bytes..", "sixteen bytes...", "a key that is longer than thirty-one bytes", "ü"];
const PEERS: [&str; 5] = ["alice", "bob", "Z", "é", "a peer with a name longer than others"];

fn random_value(random: &mut SplitMix) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::Int(random.next_u64() as i64),
        4 | 5 => Value::Int(random.below(3) as i64 - 1),
        6 => Value::Float(-0.0),
        7 => Value::Float(random.below(1_000) as f64 / 8.0),
        8 => Value::Float(0.0),
        9 => Value::Str(pick(random, &["", "x", "a text", "👩‍👩‍👧"]).to_owned()),
        10 => Value::Bytes(vec![random.below(4) as u8; random.below(40) as usize]),
        _ => Value::Str("long ".repeat(random.below(200) as usize)),
    }
}

fn random_timestamp(random: &mut SplitMix) -> f64 {
    match random.below(8) {
        0 => -0.0,
        1 => 2.5,
        2 => -(random.below(3) as f64),
        3 => 1_750_000_000_000.0 + random.below(3) as f64,
        4 => [-9_007_199_254_740_992.0, 9_007_199_254_740_992.0, 0.1, f64::MIN_POSITIVE][random.below(4) as usize],
        _ => random.below(4) as f64,
    }
}

/// An entry out of few, so that many meet; some have reached a time to live of 100 ms.
fn random_entry(random: &mut SplitMix) -> EphemeralEntry {
    let value = if random.below(4) == 0 { None } else { Some(random_value(random)) };
    EphemeralEntry { value, timestamp: random_timestamp(random), peer: peer(pick(random, &PEERS)), age_ms: random.below(120) }
}

fn random_batch(random: &mut SplitMix, entries: u64) -> EphemeralBatch {
    let mut batch = EphemeralBatch::new();
    for _ in 0..entries {
        let (ns, key) = (pick(random, &NAMESPACES).to_owned(), pick(random, &KEYS).to_owned());
        batch.entry(ns).or_default().insert(key, random_entry(random));
    }
    batch
}
