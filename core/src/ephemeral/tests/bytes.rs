use super::super::wire::seal;
use super::*;
use crate::error::ErrorKind;

fn random_store(random: &mut SplitMix, entries: u64) -> EphemeralStore {
    let mut store = EphemeralStore::new(options("own", &Clocks::default()).ttl_ms(None));
    store.merge(&random_batch(random, entries)).unwrap();
    store
}

fn ageless(store: &EphemeralStore) -> EphemeralBatch {
    let mut batch = content(store);
    batch.values_mut().flat_map(|entries| entries.values_mut()).for_each(|entry| entry.age_ms = 0);
    batch
}

/// Goal: bytes carry entries whole. Method: random stores through each way to encode; also what was asked for, no more.
#[test]
fn what_is_encoded_is_what_is_merged() {
    for seed in 0..2_000 {
        let random = &mut SplitMix::new(seed);
        let entries = 1 + random.below(30);
        let mut store = random_store(random, entries);
        let mut copy = EphemeralStore::new(options("copy", &Clocks::default()).ttl_ms(None));
        let mark = store.mark();
        let counts = copy.merge_bytes(&store.encode_all()).unwrap();
        assert_eq!((content(&copy), counts.changed), (content(&store), store.entries()));
        assert_eq!(copy.merge_bytes(&store.encode_all()).unwrap().unchanged, store.entries());
        store.merge(&random_batch(random, 10)).unwrap();
        let (delta, next) = store.encode_since(mark);
        assert_eq!(
            copy.merge_bytes(&delta).unwrap().changed,
            store.changed_since(mark).0.values().map(|entries| entries.len()).sum::<usize>()
        );
        assert_eq!((ageless(&copy), next), (ageless(&store), store.mark()), "to grow older is no change, so a delta does not tell it");
        copy.merge_bytes(&store.encode_all()).unwrap();
        assert_eq!(content(&copy), content(&store));
        let mut part = EphemeralStore::new(options("part", &Clocks::default()).ttl_ms(None));
        part.merge_bytes(&store.encode(&["é", "none", "cursor", "é"])).unwrap();
        let mut expected = content(&store);
        expected.retain(|ns, _| ns == "é" || ns == "cursor");
        assert_eq!(content(&part), expected);
        part.check().unwrap();
    }
}

/// Goal: a message of one entry is small. Method: an Int under a timestamp of today, counted byte by byte.
#[test]
fn a_message_of_one_entry_is_small() {
    let mut store = store("alice", &Clocks::default());
    store.set("presence", "user0001/cursor", 1 << 29, Some(1_765_000_000_000.0)).unwrap();
    let names = "presence".len() + "user0001/cursor".len() + "alice".len();
    assert_eq!(store.encode_all().len(), names + 17 + 5);
    assert_eq!(self::store("bob", &Clocks::default()).encode_all().len(), 7);
}

/// Goal: the bytes are FORMAT.md's. Method: a message that is written out here by hand.
#[test]
fn the_format_is_what_it_says() {
    let clocks = Clocks::default();
    let mut store = store("al", &clocks);
    store.set("p", "k", -2, Some(1_700_000_000_003.0)).unwrap();
    clocks.pass(200);
    #[rustfmt::skip]
    let mut message = vec![
        0xee, 1, 0, 0, 0, 0, // magic, version, checksum
        11 << 1 | 1, // length
        (2 << 1 | 1) << 1 | 1, b'a', b'l', // the last peer
        (1 << 1 | 1) << 1 | 1, b'p', // a namespace with one entry
        3 << 5 | 1, b'k', // an Int, a key of 1 byte
        (6 << 1) << 1 | 1, // an integer timestamp, 3 after 1,700,000,000,000
        0b0010_0010, 0b11, // 200 ms old, in two bytes
        3 << 1 | 1, // -2
    ];
    seal(&mut message);
    assert_eq!(store.encode_all(), message);
    assert_eq!(message[2..6], [0x7a, 0x3b, 0xc9, 0xfd], "the checksum is part of the format");
}

/// Goal: no bytes panic or half apply. Method: every truncation of some messages; each is refused, with and without a right checksum.
#[test]
fn every_truncation_is_refused_or_whole() {
    for seed in 0..20 {
        let random = &mut SplitMix::new(seed);
        let message = random_store(random, 12).encode_all();
        let mut store = random_store(random, 5);
        let before = content(&store);
        for length in 0..message.len() {
            let mut cut = message[..length].to_vec();
            assert_eq!(store.merge_bytes(&cut).unwrap_err().kind(), ErrorKind::Malformed);
            seal(&mut cut);
            assert_eq!(store.merge_bytes(&cut).unwrap_err().kind(), ErrorKind::Malformed);
            if length > 9 {
                reframe(&mut cut);
                if store.merge_bytes(&cut).is_ok() {
                    store = random_store(&mut SplitMix::new(seed), 12);
                    store.check().unwrap();
                }
            }
        }
        assert_eq!(before.is_empty(), content(&store).is_empty());
    }
}

/// Writes a fitting length, always in two bytes, and checksum into a message.
fn reframe(message: &mut Vec<u8>) {
    let length_bytes = message[6].trailing_zeros() as usize + 1;
    message.splice(6..(6 + length_bytes).min(message.len()), [0, 0]);
    let body = message.len() - 8;
    message[6..8].copy_from_slice(&((body as u16) << 2 | 2).to_le_bytes());
    seal(message);
}

/// Goal: hostile bytes give an error or a valid merge. Method: 100,000 messages with random bytes changed, most with a right frame, merged
/// into a store that is checked; what is refused leaves it as it was.
#[test]
fn flipped_bytes_never_break_a_store() {
    let random = &mut SplitMix::new(1);
    let (mut merged, mut refused) = (0, 0);
    for _ in 0..500 {
        let (many, few) = (1 + random.below(12), random.below(6));
        let message = random_store(random, many).encode_all();
        let fresh = |random: &SplitMix| {
            let clocks = Clocks::default();
            clocks.pass(1_000);
            let mut store = EphemeralStore::new(options("own", &clocks).ttl_ms(Some(100)).limits(20, 4_000));
            _ = store.merge(&random_batch(&mut random.clone(), few));
            store
        };
        let seed = random.clone();
        let mut store = fresh(&seed);
        let before = content(&store);
        for _ in 0..200 {
            let mut bytes = message.clone();
            for _ in 0..1 + random.below(4) {
                let at = random.below(bytes.len() as u64) as usize;
                bytes[at] = if random.below(2) == 0 { bytes[at] ^ 1 << random.below(8) } else { random.below(256) as u8 };
            }
            if random.below(8) > 0 && bytes.len() > 9 {
                reframe(&mut bytes);
            }
            match store.merge_bytes(&bytes) {
                Ok(_) => {
                    merged += 1;
                    store.check().unwrap();
                    store = fresh(&seed);
                }
                Err(_) => {
                    refused += 1;
                    assert_eq!(content(&store), before);
                }
            }
        }
        store.check().unwrap();
    }
    assert!(merged > 10_000 && refused > 10_000, "{merged} merged, {refused} refused");
}

/// Goal: bodies of any bytes are survived. Method: random ones behind a right frame.
#[test]
fn random_bodies_are_survived() {
    let random = &mut SplitMix::new(2);
    let mut store = store("own", &Clocks::default());
    for _ in 0..100_000 {
        let mut bytes = vec![0; 8];
        // Small numbers are likelier to mean something.
        bytes.extend((0..random.below(60)).map(|_| if random.below(2) == 0 { random.below(16) as u8 } else { random.below(256) as u8 }));
        reframe_two(&mut bytes);
        _ = store.merge_bytes(&bytes);
    }
    store.check().unwrap();
}

fn reframe_two(message: &mut [u8]) {
    let body = message.len() - 8;
    message[6..8].copy_from_slice(&((body as u16) << 2 | 2).to_le_bytes());
    seal(message);
}

/// Goal: each broken frame has its kind. Method: one of each.
#[test]
fn frames_are_checked() {
    let mut alice = store("alice", &Clocks::default());
    alice.set("p", "k", 1, None).unwrap();
    let message = alice.encode_all();
    let mut bob = store("bob", &Clocks::default());
    let mut changed = |at: usize, byte: u8, sealed: bool| {
        let mut bytes = message.clone();
        bytes[at] = byte;
        if sealed {
            let version = bytes[1];
            seal(&mut bytes);
            bytes[1] = version;
        }
        bob.merge_bytes(&bytes).unwrap_err().kind()
    };
    assert_eq!(changed(0, 0xef, false), ErrorKind::Malformed);
    assert_eq!(changed(1, 2, true), ErrorKind::UnsupportedVersion);
    assert_eq!(changed(1, 0, false), ErrorKind::UnsupportedVersion);
    assert_eq!(changed(2, message[2] ^ 1, false), ErrorKind::Malformed);
    assert_eq!(changed(6, message[6] + 2, true), ErrorKind::Malformed);
    assert_eq!(changed(message.len() - 1, 0, false), ErrorKind::Malformed);
    let mut longer = message.clone();
    longer.push(0);
    assert_eq!(bob.merge_bytes(&longer).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(bob.merge_bytes(&[]).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(bob.merge_bytes(&message).unwrap().changed, 1);
}

/// Goal: a message that names a key twice merges like two messages. Method: write such a one by hand, also over a store's bounds.
#[test]
fn a_key_named_twice_is_merged_twice() {
    let entry = |timestamp: u8, value: u8| [3 << 5 | 1, b'k', timestamp << 3 | 1, 1, value << 2 | 1];
    let mut message = vec![0; 8];
    message.extend([3 << 1 | 1, b'a', 2 << 1 | 1, b'p', 2 << 1 | 1]);
    message.extend(entry(2, 1));
    message.extend(entry(2, 2));
    reframe_two(&mut message);
    for (limit, fits) in [(100, true), (21, false), (11, false)] {
        let mut store = EphemeralStore::new(options("own", &Clocks::default()).limits(2, limit));
        match store.merge_bytes(&message) {
            Ok(counts) => {
                assert!(fits);
                assert_eq!((counts.changed, store.entries()), (2, 1));
                assert_eq!(content(&store)["p"]["k"].value, Some(Value::Int(2)));
                assert_eq!(content(&store)["p"]["k"].timestamp, 1_700_000_000_004.0);
            }
            Err(error) => assert!(!fits && error.kind() == ErrorKind::LimitExceeded),
        }
        store.check().unwrap();
    }
}
