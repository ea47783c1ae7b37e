//! A small history with something of everything, and replicas that know more or less of it.

use super::attempt::saved;
use convergedb::{CrdtDoc, DocOptions, DocumentId, EventId, PageLimit, PeerId, Result, Transaction, ValueRef, VersionVector};

/// The document that all are replicas of.
pub const DOCUMENT: DocumentId = DocumentId([7; 16]);
/// An id that does not fit a key whole.
pub const LONG_ID: &str = "a row with an id of more than fifteen bytes";

pub fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

pub fn options(name: &str) -> DocOptions {
    let seed = name.bytes().fold(1, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    DocOptions::seeded(seed).peer(peer(name))
}

pub fn empty(name: &str) -> CrdtDoc {
    CrdtDoc::new(options(name).document(DOCUMENT))
}

/// Sends all that `to` lacks.
pub fn sync(from: &mut CrdtDoc, to: &mut CrdtDoc) {
    loop {
        let page = from.encode_pending(&to.encode_request().unwrap()).unwrap();
        to.merge_update(&page.bytes).unwrap();
        if !page.has_more {
            return;
        }
    }
}

/// What a replica that knows `known` lacks of `doc`, as one update.
pub fn update_for(doc: &mut CrdtDoc, known: &VersionVector) -> Vec<u8> {
    let page = doc.encode_update(known, PageLimit::default()).unwrap();
    assert!(!page.has_more);
    page.bytes
}

/// Three devices' writes.
pub struct History {
    /// Knows all of it.
    pub alice: CrdtDoc,
    /// Knows some of it, and wrote some of that; heads of several peers.
    pub dave: CrdtDoc,
}

impl History {
    pub fn new() -> History {
        let [mut alice, mut bob, mut carol, mut dave] = ["alice", "bob", "carol", "dave"].map(empty);
        first_writes(&mut alice).unwrap();
        sync(&mut alice, &mut bob);
        sync(&mut alice, &mut carol);
        concurrent_writes(&mut alice, &mut bob, &mut carol).unwrap();
        sync(&mut alice, &mut dave);
        sync(&mut bob, &mut dave);
        dave.insert("users", "dave", &[("name", "Dave".into())]).unwrap();
        sync(&mut bob, &mut dave);
        sync(&mut dave, &mut carol);
        sync(&mut carol, &mut alice);
        carol.update("todos", "2", "count", -1).unwrap();
        late_writes(&mut alice, &mut bob).unwrap();
        sync(&mut bob, &mut alice);
        sync(&mut carol, &mut alice);
        History { alice, dave }
    }
}

fn first_writes(alice: &mut CrdtDoc) -> Result<()> {
    let kinds: [(&str, ValueRef<'_>); 6] = [
        ("title", "milk".into()),
        ("done", false.into()),
        ("count", 1_i64.into()),
        ("price", 0.5.into()),
        ("note", ValueRef::Null),
        ("blob", ValueRef::Bytes(&[0, 255])),
    ];
    alice.insert("todos", "1", &kinds)?;
    alice.insert("todos", "2", &kinds)?;
    alice.insert("todos", LONG_ID, &kinds[..2])?;
    alice.insert("todos", "4", &[])?;
    alice.update("todos", "1", "count", 2)?;
    alice.update("todos", "1", "title", "größer")?;
    alice.transaction(Some(1_700_000_000_000), |tx: &mut Transaction<'_>| {
        tx.insert("users", "al", &[("name", "Al".into()), ("age", 41.into())])?;
        tx.update("users", "al", "age", 42)?;
        tx.delete("todos", "4")
    })?;
    alice.delete("todos", "2")?;
    alice.upsert("todos", "2", &kinds[..3])?;
    Ok(())
}

fn concurrent_writes(alice: &mut CrdtDoc, bob: &mut CrdtDoc, carol: &mut CrdtDoc) -> Result<()> {
    alice.update("todos", "1", "done", true)?;
    bob.delete("todos", "1")?;
    bob.insert("todos", "5", &[("title", "".into()), ("extra", (-0.0).into())])?;
    bob.transaction(None, |tx: &mut Transaction<'_>| {
        tx.update("todos", "5", "title", "five")?;
        tx.insert("todos", "6", &[("title", "six".into())])
    })?;
    carol.upsert("todos", "5", &[("count", i64::MAX.into())])?;
    carol.update("todos", LONG_ID, "title", "x")?;
    Ok(())
}

fn late_writes(alice: &mut CrdtDoc, bob: &mut CrdtDoc) -> Result<()> {
    for number in 0..12 {
        alice.update("todos", LONG_ID, "count", number * number)?;
    }
    alice.insert("tags", "red", &[("name", "Red".into()), ("todos", ValueRef::Bytes(b"\x01\x02"))])?;
    alice.apply(&[convergedb::RowOp::Delete { tbl: "users".into(), row_id: "al".into() }], Some(-5))?;
    bob.transaction(Some(0), |tx: &mut Transaction<'_>| {
        tx.upsert("users", "al", &[("name", "Albert".into())])?;
        tx.update("todos", "6", "title", "sechs")
    })?;
    Ok(())
}

/// What replicas know before the call that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing, not even the document.
    Nothing,
    /// Nothing of the document.
    Empty,
    /// Some events.
    Some,
    /// Some events, and later ones that wait for others.
    Waiting,
    /// Some events, of which the history is not here.
    StateOnly,
    /// Everything.
    All,
}

impl Start {
    pub const ALL: [Start; 6] = [Start::Nothing, Start::Empty, Start::Some, Start::Waiting, Start::StateOnly, Start::All];
}

/// Replicas to try calls on, as bytes, so that many can be made.
pub struct Starts([Vec<u8>; Start::ALL.len()]);

impl Starts {
    pub fn new() -> Starts {
        let History { mut alice, mut dave } = History::new();
        // All chain hashes are computed now, so that a call that is refused has nothing to compute.
        let state = dave.encode_state().unwrap();
        let some = saved(&dave);
        alice.encode_state().unwrap();
        let mut runs = alice.get_pending(&dave.versions()).unwrap().runs;
        runs.remove(0);
        assert!(dave.merge_remote(&runs).unwrap().pending > 0);
        dave.encode_state().unwrap();
        Starts([Vec::new(), saved(&empty("erin")), some, saved(&dave), state, saved(&alice)])
    }

    /// The replica, under the peer id that it was made with.
    pub fn make(&self, start: Start) -> CrdtDoc {
        let name = match start {
            Start::Nothing => return CrdtDoc::new(options("erin")),
            Start::Empty => "erin",
            Start::All => "alice",
            _ => "dave",
        };
        let doc = CrdtDoc::decode_replica(&self.0[start as usize], options(name)).unwrap();
        debug_assert_eq!(doc.peer().as_str(), name);
        doc
    }

    /// The replica as bytes; none of [`Start::Nothing`].
    pub fn bytes(&self, start: Start) -> &[u8] {
        &self.0[start as usize]
    }
}

/// A message of one event for a replica that has `start`, which is what a keystroke sends.
pub fn event_for(starts: &Starts, start: Start, write: impl FnOnce(&mut CrdtDoc) -> Result<EventId>) -> Vec<u8> {
    let mut receiver = starts.make(start);
    let mut sender = CrdtDoc::decode_replica(starts.bytes(start), options("frank")).unwrap();
    write(&mut sender).unwrap();
    sender.encode_pending(&receiver.encode_request().unwrap()).unwrap().bytes
}
