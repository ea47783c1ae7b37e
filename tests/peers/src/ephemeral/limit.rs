//! A hash map of key to (timestamp, value), and messages of length, key and 10 bytes.
use super::*;
use std::collections::HashMap;

type Registers = HashMap<Box<str>, (u64, i64)>;

pub fn run(n: usize) {
    let (keys, sets) = (keys(), sets(n));
    reset_peak();
    let before = rss_mb();
    let mut registers = Registers::new();
    let (_, set) = time(|| {
        for (timestamp, &(key, value)) in sets.iter().enumerate() {
            put(&mut registers, &keys[key as usize], timestamp as u64, value)
        }
    });
    let (encoded, encode_secs) = time(|| encode(registers.iter().map(|(key, entry)| (&**key, *entry))));
    let rounds = (n / KEYS).max(1);
    let blobs: Vec<Vec<u8>> =
        (0..rounds).map(|round| encode(keys.iter().map(|key| (key.as_str(), ((n + round) as u64, round as i64))))).collect();
    let single = |writer: usize, key: &str| encode(std::iter::once((key, ((3 * n + writer) as u64, writer as i64))));
    let singles: Vec<Vec<u8>> = (0..WRITERS).flat_map(|writer| keys.iter().map(move |key| single(writer, key))).collect();
    let (_, blob) = time(|| {
        for message in &blobs {
            merge(&mut registers, message)
        }
    });
    let (_, one) = time(|| {
        for message in &singles {
            merge(&mut registers, message)
        }
    });
    let run = Run { set, encode: encode_secs, encoded: encoded.len(), blobs: (blob, &blobs), singles: (one, &singles) };
    run.out("limit", n, before).print();
}

fn put(registers: &mut Registers, key: &str, timestamp: u64, value: i64) {
    match registers.get_mut(key) {
        Some(entry) => *entry = (timestamp, value),
        None => {
            registers.insert(key.into(), (timestamp, value));
        }
    }
}

fn encode<'a>(entries: impl Iterator<Item = (&'a str, (u64, i64))>) -> Vec<u8> {
    let mut message = vec![];
    for (key, (timestamp, value)) in entries {
        message.push(key.len() as u8);
        message.extend_from_slice(key.as_bytes());
        message.extend_from_slice(&timestamp.to_le_bytes()[..6]);
        message.extend_from_slice(&(value as u32).to_le_bytes());
    }
    message
}

fn merge(registers: &mut Registers, message: &[u8]) {
    let mut at = 0;
    while at < message.len() {
        let length = message[at] as usize;
        let key = std::str::from_utf8(&message[at + 1..at + 1 + length]).unwrap();
        at += 1 + length;
        let mut timestamp = [0u8; 8];
        timestamp[..6].copy_from_slice(&message[at..at + 6]);
        let timestamp = u64::from_le_bytes(timestamp);
        let value = u32::from_le_bytes(message[at + 6..at + 10].try_into().unwrap()) as i64;
        at += 10;
        match registers.get_mut(key) {
            Some(entry) => {
                if timestamp > entry.0 {
                    *entry = (timestamp, value)
                }
            }
            None => {
                registers.insert(key.into(), (timestamp, value));
            }
        }
    }
}
