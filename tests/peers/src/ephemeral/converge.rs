//! converge's `EphemeralStore`: with the operating system's clocks, read at every call, and with a clock that an application reads once
//! a frame.
use super::*;
use convergedb::api::{SystemClock, SystemEntropy};
use convergedb::clock::{MonotonicClock, WallClock};
use convergedb::{EphemeralOptions, EphemeralStore, PeerId};

const NS: &str = "presence";
const TTL_MS: u64 = 600_000;

/// The time at the beginning of a frame.
#[derive(Clone, Copy)]
struct FrameClock {
    wall_ms: i64,
}

impl WallClock for FrameClock {
    fn now_ms(&self) -> i64 {
        self.wall_ms
    }
}

impl MonotonicClock for FrameClock {
    fn now_ms(&self) -> u64 {
        0
    }
}

fn system() -> SystemClock {
    SystemClock::new()
}

fn frame() -> FrameClock {
    FrameClock { wall_ms: WallClock::now_ms(&system()) }
}

fn store(clock: impl MonotonicClock + WallClock + Copy + 'static) -> EphemeralStore {
    let mut entropy = SystemEntropy;
    let peer = PeerId::random(&mut entropy);
    EphemeralStore::new(EphemeralOptions::new(peer, &mut entropy, clock).wall_clock(clock).ttl_ms(Some(TTL_MS)))
}

/// A store that holds every key.
fn filled(clock: impl MonotonicClock + WallClock + Copy + 'static, keys: &[String]) -> EphemeralStore {
    let mut store = store(clock);
    for key in keys {
        store.set(NS, key, 0, None).unwrap();
    }
    store
}

pub fn run(n: usize) {
    let (keys, sets) = (keys(), sets(n));
    reset_peak();
    let before = rss_mb();
    let mut own = store(system());
    let (_, set) = time(|| set_all(&mut own, &keys, &sets));
    let (encoded, encode) = time(|| own.encode_all());
    let (blobs, singles) = messages(n, &keys);
    // Not into the store of before: a million sets in a moment have pushed its stamps a million milliseconds ahead of the clock, and
    // what is newer than that does not get in.
    let (mut blob_store, mut single_store) = (filled(system(), &keys), filled(system(), &keys));
    let (_, blob) = time(|| merge_all(&mut blob_store, &blobs));
    let (_, single) = time(|| merge_all(&mut single_store, &singles));
    assert_eq!(single_store.entries(), KEYS);
    let run = Run { set, encode, encoded: encoded.len(), blobs: (blob, &blobs), singles: (single, &singles) };
    let out = run.out("converge", n, before);
    let mut own = store(frame());
    let (_, set) = time(|| set_all(&mut own, &keys, &sets));
    let mut single_store = filled(frame(), &keys);
    let (_, single) = time(|| merge_all(&mut single_store, &singles));
    out.num("frame_set_ns", set * 1e9 / n as f64).num("frame_merge_single_ns", single * 1e9 / singles.len() as f64).print();
}

fn set_all(store: &mut EphemeralStore, keys: &[String], sets: &[(u32, i64)]) {
    for &(key, value) in sets {
        store.set(NS, &keys[key as usize], value, None).unwrap();
    }
}

/// Merges messages, each entry of which is newer than what is there.
fn merge_all(store: &mut EphemeralStore, messages: &[Vec<u8>]) {
    for message in messages {
        let counts = store.merge_bytes(message).unwrap();
        assert_eq!((counts.unchanged, counts.aged_out, counts.from_the_future), (0, 0, 0));
    }
}

/// Messages of ever newer entries by 100 writers in turn, and those of the first turn entry by entry too.
fn messages(n: usize, keys: &[String]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut blobs, mut singles) = (Vec::new(), Vec::new());
    let mut writers: Vec<EphemeralStore> = (0..WRITERS).map(|_| store(system())).collect();
    // Later than the stamps of the stores that these are merged into, which count up where the keys come faster than milliseconds.
    let start = (frame().wall_ms + 10 * KEYS as i64) as f64;
    for round in 0..(n / WRITERS / KEYS).max(1) {
        for (number, writer) in writers.iter_mut().enumerate() {
            let value = (round * 1000 + number) as i64;
            let timestamp = start + (round * WRITERS + number) as f64;
            for key in keys {
                let mark = writer.mark();
                writer.set(NS, key, value, Some(timestamp)).unwrap();
                if round == 0 {
                    singles.push(writer.encode_since(mark).0);
                }
            }
            blobs.push(writer.encode_all());
        }
    }
    (blobs, singles)
}
