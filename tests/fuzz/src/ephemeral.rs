//! Ephemeral stores to try messages on, and the frame of their binary form.

use crate::coverage::unseen;
use convergedb::clock::{MonotonicClock, SplitMix, WallClock};
use convergedb::limits::{CHANGES_MAX, EPHEMERAL_TTL_MS};
use convergedb::{EphemeralDrained, EphemeralMark, EphemeralOptions, EphemeralStore, EphemeralSubscription, Error, PeerId, ValueRef};
use std::cell::Cell;
use std::sync::OnceLock;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(50_000) };
}

/// A clock that stands still until it is set.
struct Stopped;

impl MonotonicClock for Stopped {
    fn now_ms(&self) -> u64 {
        NOW.get()
    }
}

impl WallClock for Stopped {
    fn now_ms(&self) -> i64 {
        1_750_000_000_000
    }
}

pub fn empty() -> EphemeralStore {
    let peer = PeerId::new("me").expect("a name");
    EphemeralStore::new(EphemeralOptions::new(peer, &mut SplitMix::new(3), Stopped).wall_clock(Stopped).limits(1_000, 1 << 20))
}

fn make(is_filled: bool) -> EphemeralStore {
    if is_filled { filled() } else { empty() }
}

/// A store that holds something of everything.
pub fn filled() -> EphemeralStore {
    let mut store = empty();
    let long = "a key that is longer than sixteen bytes".to_owned();
    let values: [(&str, ValueRef<'_>); 7] = [
        ("null", ValueRef::Null),
        ("bool", true.into()),
        ("int", (-5).into()),
        ("float", 0.5.into()),
        ("text", "größer".into()),
        ("bytes", ValueRef::Bytes(&[0, 255])),
        (&long, 1.into()),
    ];
    for (number, (key, value)) in values.into_iter().enumerate() {
        store.set(if number % 2 == 0 { "cursor" } else { "presence" }, key, value, None).expect("a good value");
    }
    store.remove("cursor", "null", None).expect("a good key");
    store
}

/// Everything that a refused call must leave as it was: the numbers of entries and bytes, and all that is sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint(usize, usize, Vec<u8>);

impl Fingerprint {
    fn of(store: &EphemeralStore) -> Fingerprint {
        Fingerprint(store.entries(), store.bytes(), store.encode_all())
    }
}

/// All that shows.
fn shown(store: &EphemeralStore) -> Vec<String> {
    store.namespaces().into_iter().map(|ns| format!("{ns}: {}", store.get_all_json(ns))).collect()
}

/// A store holds a thousand entries here, and a queue of changes as many.
pub const STORE_ROOM: usize = 1 << 20;

/// A store that messages are tried on.
pub struct Subject {
    pub store: EphemeralStore,
    is_filled: bool,
    mark: EphemeralMark,
    watcher: EphemeralSubscription,
}

impl Subject {
    /// The store that a mode means.
    pub fn new(mode: u8) -> Subject {
        let is_filled = mode & 1 == 1;
        let (store, watcher) = unseen(|| {
            let mut store = make(is_filled);
            let watcher = store.subscribe(CHANGES_MAX);
            (store, watcher)
        });
        Subject { mark: store.mark(), store, is_filled, watcher }
    }

    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.store)
    }

    fn is_untouched(&self) -> bool {
        static BEFORE: OnceLock<[Fingerprint; 2]> = OnceLock::new();
        let before = BEFORE.get_or_init(|| [false, true].map(|is_filled| Fingerprint::of(&make(is_filled))));
        before[usize::from(self.is_filled)] == self.fingerprint()
    }

    /// After a refusal.
    pub fn assert_untouched(&mut self, error: &Error) {
        self.check();
        assert!(self.is_untouched(), "refused, but it changed something: {error:?}");
        assert_eq!(self.store.drain_changes(self.watcher), Some(EphemeralDrained::default()));
    }

    /// After a merge that says whether it changed something: others who hear of it are equal.
    pub fn assert_merged(&mut self, changed: bool) {
        self.check();
        let after = shown(&self.store);
        let (mut new, mut old) = (empty(), make(self.is_filled));
        // An equal entry may have made one older; that is no change.
        assert!(changed || after == shown(&old), "nothing changed, but it did");
        new.merge_bytes(&self.store.encode_all()).expect("others take what it tells");
        old.merge_bytes(&self.store.encode_since(self.mark).0).expect("others take what it tells");
        assert_eq!(after, shown(&new), "another store that hears all differs");
        assert_eq!(after, shown(&old), "another store that hears what changed differs");
        let drained = self.store.drain_changes(self.watcher).expect("it is subscribed");
        assert!(!drained.lagged && (changed || drained.changes.is_empty()), "{drained:?}");
    }

    /// Whatever was taken in goes with its peer, and ends.
    pub fn assert_ends(mut self) {
        let before = NOW.get();
        let shown: Vec<String> = self.store.get_all("cursor").into_iter().map(|(_, entry)| entry.peer.to_string()).collect();
        for peer in &shown {
            self.store.remove_peer(peer);
        }
        assert!(self.store.get_all("cursor").is_empty(), "something of a departed peer shows");
        self.check();
        NOW.set(before + EPHEMERAL_TTL_MS);
        self.store.expire();
        self.check();
        NOW.set(before);
        assert_eq!((self.store.entries(), self.store.bytes()), (0, 0), "something does not end");
    }

    fn check(&self) {
        self.store.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}"));
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

fn word(bytes: &[u8], at: usize) -> u64 {
    (0..8).map(|byte| u64::from(bytes.get(at + byte).copied().unwrap_or(0)) << (8 * byte)).sum()
}

/// The checksum, as `core/src/ephemeral/FORMAT.md` says it.
fn checksum(bytes: &[u8]) -> u32 {
    const C: [u64; 4] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0x54ff_53a5_f1d3_6f1d];
    const D: u64 = 0x2436_a8e8_85a3_08d3;
    let (mut x, mut at) = (C, 0);
    while bytes.len() - at >= 64 {
        for (lane, constant) in [(0, 1), (1, 2), (2, 3), (3, 0)] {
            x[lane] = fold(word(bytes, at + 16 * lane) ^ x[lane], word(bytes, at + 16 * lane + 8) ^ C[constant]);
        }
        at += 64;
    }
    if at > 0 {
        x[0] ^= x[1].rotate_left(16) ^ x[2].rotate_left(32) ^ x[3].rotate_left(48);
    }
    let mut s = x[0] ^ bytes.len() as u64;
    while bytes.len() - at > 16 {
        s = fold(word(bytes, at) ^ s, word(bytes, at + 8) ^ C[1]);
        at += 16;
    }
    let last = &bytes[bytes.len().saturating_sub(16)..];
    let s = fold(word(last, 0) ^ s, word(last, 8) ^ D);
    (s ^ (s >> 32)) as u32
}

const HEAD_BYTES: usize = 6;

/// A number as the ephemeral form writes it.
fn number(number: u64) -> Vec<u8> {
    match (1..=8).find(|&length| number < 1 << (7 * length)) {
        Some(length) => ((number << 1 | 1) << (length - 1)).to_le_bytes()[..length].to_vec(),
        None => [0].into_iter().chain(number.to_le_bytes()).collect(),
    }
}

/// A message of this body.
pub fn message(body: &[u8]) -> Vec<u8> {
    let mut rest = number(body.len() as u64);
    rest.extend_from_slice(body);
    let mut message = vec![0xee, 1];
    message.extend_from_slice(&checksum(&rest).to_le_bytes());
    message.extend_from_slice(&rest);
    message
}

/// The body of a good message.
pub fn body(message: &[u8]) -> &[u8] {
    let length = (1..=9).find(|&length| {
        message.len() >= HEAD_BYTES + length && message[HEAD_BYTES..].starts_with(&number((message.len() - HEAD_BYTES - length) as u64))
    });
    &message[HEAD_BYTES + length.expect("a good message says its length")..]
}
