//! Bytes from outside, cut and changed: every call ends with a typed error that leaves the replica as it was, or with a sound replica.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

#[path = "hostile/attempt.rs"]
mod attempt;
#[path = "hostile/bugs.rs"]
mod bugs;
#[path = "hostile/change.rs"]
mod change;
#[path = "hostile/claims.rs"]
mod claims;
#[path = "hostile/forge.rs"]
mod forge;
#[path = "hostile/history.rs"]
mod history;
#[path = "hostile/lean.rs"]
mod lean;
#[path = "hostile/memory.rs"]
mod memory;
#[path = "hostile/replicas.rs"]
mod replicas;
#[path = "hostile/seal.rs"]
mod seal;

use attempt::{Fingerprint, attempt, live_on};
use change::change;
use convergedb::clock::SplitMix;
use convergedb::{CrdtDoc, ErrorKind, EventId, Result};
use history::{LONG_ID, Start, Starts, event_for, update_for};
use seal::Parts;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

/// How many random changes of each message are tried.
const CHANGES: u64 = 20_000;

type Call = fn(&mut CrdtDoc, &[u8]) -> Result<()>;

/// A real message, and a replica that it is for.
struct Message {
    name: &'static str,
    kind: u8,
    start: Start,
    bytes: Vec<u8>,
    call: Call,
}

fn merge(doc: &mut CrdtDoc, bytes: &[u8]) -> Result<()> {
    doc.merge_update(bytes).map(|_| ())
}

fn answer(doc: &mut CrdtDoc, bytes: &[u8]) -> Result<()> {
    doc.encode_pending(bytes).map(|_| ())
}

fn messages(starts: &Starts) -> Vec<Message> {
    let mut alice = starts.make(Start::All);
    let mut messages: Vec<Message> = Vec::new();
    for start in [Start::Nothing, Start::Empty, Start::Some, Start::Waiting, Start::StateOnly] {
        let bytes = update_for(&mut alice, &starts.make(start).versions());
        messages.push(Message { name: "an update", kind: seal::UPDATE, start, bytes, call: merge });
    }
    for start in [Start::Some, Start::StateOnly] {
        let bytes = event_for(starts, start, |doc| {
            let commit = doc.update("todos", LONG_ID, "title", "typed")?;
            Ok(EventId::new(doc.peer().clone(), commit.counter))
        });
        messages.push(Message { name: "an event", kind: seal::EVENT, start, bytes, call: merge });
    }
    for start in [Start::Some, Start::Nothing] {
        let bytes = starts.make(start).encode_request().unwrap();
        messages.push(Message { name: "a request", kind: seal::REQUEST, start: Start::All, bytes, call: answer });
    }
    for message in &messages {
        assert_eq!(message.bytes[1] >> 4, message.kind, "{} is of another kind", message.name);
        (message.call)(&mut starts.make(message.start), &message.bytes).unwrap();
    }
    messages
}

/// Tries a message on its replica. Says whether it was taken.
fn try_message(starts: &Starts, before: &Fingerprint, message: &Message, bytes: &[u8], deep: bool) -> bool {
    let mut doc = starts.make(message.start);
    let result = attempt(&mut doc, before, |doc| (message.call)(doc, bytes));
    if result.is_ok() && deep {
        live_on(&mut doc);
    }
    result.is_ok()
}

/// Goal: a message that is cut anywhere is refused, also where its checksum was made to hold, or is a good one by itself. Method: every
/// length of real messages.
#[test]
fn messages_are_cut_anywhere() {
    let starts = Starts::new();
    for message in messages(&starts) {
        let before = Fingerprint::of(&starts.make(message.start));
        for length in 0..message.bytes.len() {
            let taken = try_message(&starts, &before, &message, &message.bytes[..length], true);
            assert!(!taken || length == 0, "{} was taken when cut to {length} bytes", message.name);
        }
        let body = seal::body(&message.bytes);
        for length in 0..body.len() {
            let taken = try_message(&starts, &before, &message, &seal::frame(message.kind, &body[..length]), true);
            assert!(!taken, "the body of {} was taken when cut to {length} bytes", message.name);
        }
    }
}

/// Goal: a changed message does no harm. Method: random changes of real messages; the checksum gives them away, and where it was made to
/// hold, the rest must.
#[test]
fn messages_are_changed_at_random() {
    let starts = Starts::new();
    let random = &mut SplitMix::new(1);
    for message in messages(&starts) {
        let before = Fingerprint::of(&starts.make(message.start));
        let mut taken = 0;
        for round in 0..CHANGES {
            let mut bytes = message.bytes.clone();
            change(&mut bytes, random);
            let same = bytes.is_empty() || bytes == message.bytes;
            assert!(same || !try_message(&starts, &before, &message, &bytes, false), "the checksum of {} holds", message.name);
            let mut body = seal::body(&message.bytes).to_vec();
            change(&mut body, random);
            taken += u64::from(try_message(&starts, &before, &message, &seal::frame(message.kind, &body), round % 8 == 0));
        }
        println!("{} for {:?}: {taken} of {CHANGES} changed ones were taken", message.name, message.start);
    }
}

/// Goal: a replica that is cut anywhere is refused. Method: every length of real ones; then every length of their parts, with lengths and
/// checksums that hold.
#[test]
fn replicas_are_cut_anywhere() {
    for (kind, bytes) in stored(&Starts::new()) {
        for length in 0..bytes.len() {
            assert_eq!(replicas::use_replica(&bytes[..length]), None, "a replica was taken when cut to {length} bytes");
        }
        let whole = Parts::of(&bytes);
        for length in 0..whole.front.len() {
            let cut = Parts { front: whole.front[..length].to_vec(), ..whole.clone() };
            assert_eq!(replicas::use_replica(&cut.join(kind)), None, "a front was taken when cut to {length} bytes");
        }
        for (number, block) in whole.blocks.iter().enumerate() {
            for length in 0..block.len() {
                let mut cut = whole.clone();
                cut.blocks[number].truncate(length);
                assert_eq!(replicas::use_replica(&cut.join(kind)), None, "a block was taken when cut to {length} bytes");
            }
        }
    }
}

/// Goal: a changed replica does no harm. Method: random changes, which checksums give away; and of its parts, with lengths and checksums
/// that hold.
#[test]
fn replicas_are_changed_at_random() {
    let random = &mut SplitMix::new(2);
    for (kind, bytes) in stored(&Starts::new()) {
        let whole = Parts::of(&bytes);
        let mut found = [0; 3];
        for _ in 0..CHANGES {
            let mut changed = bytes.clone();
            change(&mut changed, random);
            assert!(changed == bytes || replicas::use_replica(&changed).is_none(), "a checksum holds");
            let mut parts = whole.clone();
            if !parts.blocks.is_empty() && random.below(3) == 0 {
                let number = random.below(parts.blocks.len() as u64) as usize;
                change(&mut parts.blocks[number], random);
            } else {
                change(&mut parts.front, random);
            }
            found[replicas::use_replica(&parts.join(kind)).map_or(0, |sound| 1 + usize::from(sound))] += 1;
        }
        println!("kind {kind}, {} bytes: {} refused, {} taken, {} of them sound", bytes.len(), found[0], found[1] + found[2], found[2]);
    }
}

/// Real replicas and states, with the numbers of their kinds.
fn stored(starts: &Starts) -> Vec<(u8, Vec<u8>)> {
    let mut stored: Vec<(u8, Vec<u8>)> = Vec::new();
    for start in [Start::Empty, Start::Some, Start::Waiting, Start::StateOnly, Start::All] {
        let bytes = starts.bytes(start).to_vec();
        stored.push((bytes[1] >> 4, bytes));
    }
    stored.push((seal::STATE, starts.make(Start::All).encode_state().unwrap()));
    // A state that went on: events without their operations, and some with them.
    let mut doc = starts.make(Start::StateOnly);
    doc.merge_update(&update_for(&mut starts.make(Start::All), &doc.versions())).unwrap();
    stored.push((seal::REPLICA, doc.encode_replica().unwrap()));
    stored
}

/// Goal: a form of a later version says so, and is not taken for a broken one. Method: real forms with another version.
#[test]
fn later_versions_are_told_apart() {
    let starts = Starts::new();
    for message in messages(&starts) {
        let mut bytes = message.bytes.clone();
        bytes[1] = bytes[1] & 0xf0 | 2;
        let error = (message.call)(&mut starts.make(message.start), &bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedVersion, "{}", message.name);
    }
}
