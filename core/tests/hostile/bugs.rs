//! One test for each fault that was found, by reading or by fuzzing.

use super::attempt::{Fingerprint, attempt, live_on, saved};
use super::forge::{Form, INT, update_form};
use super::history::{LONG_ID, Start, Starts, empty, sync, update_for};
use super::seal::{self, Parts};
use convergedb::store::{MemoryDisk, MemoryStore, Store};
use convergedb::{CrdtDoc, DocStore, ErrorKind, EventId, EventRun, Result, RowOp, VersionVector};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Tries a body on an empty replica, where it must be malformed.
fn refused(kind: u8, start: Start, form: Form) {
    let starts = Starts::new();
    let mut doc = starts.make(start);
    let before = Fingerprint::of(&doc);
    let result = attempt(&mut doc, &before, |doc| doc.merge_update(&seal::frame(kind, &form.0)));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Malformed);
}

/// A block of so many updates of row 0.
fn updates(form: Form, count: u64) -> Form {
    form.number(count).number(1).constant(update_form(0, INT)).constant(0).constant(7)
}

/// A peer that stood twice in an update's list had two first events, and the second was applied as another than it said.
#[test]
fn a_peer_twice_in_an_update() {
    let form = Form::about().number(2).author("a", 0).author("a", 0).number(2).column(&[0, 1]).constant(1).constant(1);
    refused(seal::UPDATE, Start::Empty, updates(form.single_events().one_field().one_row(), 2));
}

/// So it did in an event's list, where it could hide a dep that stands there twice, or is the event itself.
#[test]
fn a_peer_twice_in_an_event() {
    for counter in [1, 0] {
        let event = Form::about().number(3).author("frank", 0).named("dave").named(if counter == 0 { "dave" } else { "frank" });
        let deps = event.number(2).number(1).number(0).number(2).number(counter);
        refused(seal::EVENT, Start::Some, deps.number(1).number(0).bytes(&[1 << 5]));
    }
}

/// A row, table, column or shape that no operation was about became known all the same, and to nobody else.
#[test]
fn names_that_nothing_is_about() {
    let start = || Form::about().number(1).author("a", 0).number(1).constant(0).constant(1).constant(1).single_events();
    let two_rows = |form: Form| form.number(0).number(2).constant(0).constant(0).constant(1).bytes(b"rs");
    refused(seal::UPDATE, Start::Empty, updates(two_rows(start().one_field()), 1));
    let two_tables = start().number(2).name("t").name("u").number(1).number(0).name("c").number(0);
    refused(seal::UPDATE, Start::Empty, updates(two_tables.one_row(), 1));
    let two_fields = start().number(1).name("t").number(2).number(0).name("c").number(0).name("d").number(0);
    refused(seal::UPDATE, Start::Empty, updates(two_fields.one_row(), 1));
    let one_shape = start().number(1).name("t").number(1).number(0).name("c").number(1).number(0).number(0);
    refused(seal::UPDATE, Start::Empty, updates(one_shape.one_row(), 1));
}

/// Numbers of deps were added up before they were looked at, past what 64 bits hold.
#[test]
fn numbers_of_deps_that_overflow() {
    let form = Form::about().number(1).author("a", 0).number(2).constant(0).constant(1).constant(-1);
    refused(seal::UPDATE, Start::Empty, updates(form.single_events().one_field().one_row(), 2));
}

/// A request that was refused in the end, or could not be answered, had its replica take a fresh peer id all the same.
#[test]
fn a_request_that_is_refused_tells_of_no_rollback() {
    let starts = Starts::new();
    let mut request = Form::default().number(0).bytes(&[7; 16]).number(1).name("dave").number(900).bytes(&[0; 8]);
    for start in [Start::Some, Start::StateOnly] {
        let mut doc = starts.make(start);
        let before = Fingerprint::of(&doc);
        let answer = |doc: &mut CrdtDoc, form: &Form| doc.encode_pending(&seal::frame(seal::REQUEST, &form.0)).map(|_| ());
        if start == Start::StateOnly {
            attempt(&mut doc, &before, |doc| answer(doc, &request)).unwrap_err();
            continue;
        }
        attempt(&mut doc, &before, |doc| answer(doc, &request.clone().bytes(&[0]))).unwrap_err();
        answer(&mut doc, &request).unwrap();
        assert!(doc.needs_fresh_peer());
    }
    // And one that names a peer often had its chain hashed as often.
    request = Form::default().number(0).bytes(&[7; 16]).number(2);
    request = request.name("alice").number(1).bytes(&[0; 8]).name("alice").number(2).bytes(&[0; 8]);
    let error = starts.make(Start::All).encode_pending(&seal::frame(seal::REQUEST, &request.0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

/// A chain longer than its peer's events was kept, and its hash given out once there were so many.
#[test]
fn a_chain_that_is_longer_than_its_peer() {
    let front = Form::default().bytes(&[7; 16]).name("a").number(0).bytes(&[0]).number(1).number(1).name("a").number(2).bytes(&[1; 8]);
    let front = front.one_span(1).number(0).number(0).number(0).number(0).number(0).number(0);
    let bytes = Parts { front: front.0, blocks: Vec::new() }.join(seal::STATE);
    let error = CrdtDoc::decode_replica(&bytes, super::history::options("me")).err().unwrap();
    assert!(error.message().contains("chain"), "{error:?}");
}

/// Goal: what is sent keystroke by keystroke is taken by whoever can. Method: an event for one who knows all before it, and for others.
#[test]
fn events_find_their_rows() -> Result<()> {
    let starts = Starts::new();
    let (mut sender, mut receiver) = (starts.make(Start::All), empty("me"));
    sync(&mut sender, &mut receiver);
    sender.update("todos", LONG_ID, "count", 5)?;
    let event = sender.encode_pending(&receiver.encode_request()?)?.bytes;
    assert_eq!(event[1] >> 4, seal::EVENT);
    for start in Start::ALL {
        let mut doc = starts.make(start);
        let before = Fingerprint::of(&doc);
        let _ = attempt(&mut doc, &before, |doc| doc.merge_update(&event));
    }
    receiver.merge_update(&event)?;
    live_on(&mut receiver);
    assert_eq!(receiver.get("todos", "1", "title"), Some("after".into()));
    Ok(())
}

/// A transaction that was given up took inserts of long before along, if none had come since: then no row could be named by them, and an
/// honest update was malformed. Found by fuzzing whole scenarios.
#[test]
fn a_transaction_that_is_given_up_forgets_no_insert_of_before() -> Result<()> {
    let (mut a, mut b) = (empty("a"), empty("b"));
    for row in ["1", "2", "3"] {
        a.insert("t", row, &[])?;
    }
    for number in 0..100 {
        a.update("t", "2", "c", number)?;
    }
    sync(&mut a, &mut b);
    b.transaction(None, |tx: &mut convergedb::Transaction<'_>| {
        tx.update("t", "3", "c", 1)?;
        tx.update("t", "nobody", "c", 1)
    })
    .unwrap_err();
    a.update("t", "3", "c", 5)?;
    sync(&mut a, &mut b);
    assert_eq!(b.digest(), a.digest());
    Ok(())
}

/// What a message says of the history before an event that has to wait cannot be compared yet. Found by fuzzing, as "what was taken once is
/// taken again". It is compared when it comes again: a wrong one is a conflict, which changes nothing.
#[test]
fn a_wrong_chain_hash_of_what_waits() -> Result<()> {
    let mut doc = empty("me");
    let second = Form::about().number(1).name("a").number(2).bytes(&[7; 8]).number(1).constant(0).constant(1).constant(0);
    let second = seal::frame(seal::UPDATE, &updates(second.single_events().one_field().one_row(), 1).0);
    assert_eq!(doc.merge_update(&second)?.pending, 1);
    let first = Form::about().number(1).author("a", 0).number(1).constant(0).constant(1).constant(1);
    let first = seal::frame(seal::UPDATE, &updates(first.single_events().one_field().one_row(), 1).0);
    assert_eq!(doc.merge_update(&first)?.applied, 2);
    let before = Fingerprint::of(&doc);
    let error = attempt(&mut doc, &before, |doc| doc.merge_update(&second)).unwrap_err();
    assert_eq!((error.kind(), error.event_id().map(|id| id.counter)), (ErrorKind::ConflictingEvent, Some(0)));
    live_on(&mut doc);
    Ok(())
}

/// Two devices under one peer id meet by binary updates. Chain hashes only tell that their events differ up to some counter, and a fork from
/// there would keep the others that differ. The events themselves tell where they begin to: with all of them the error names the first.
#[test]
fn a_fork_begins_at_the_first_event_that_differs() -> Result<()> {
    let mut doc = empty("twin");
    doc.insert("t", "shared", &[])?;
    let mut copy = CrdtDoc::decode_replica(&saved(&doc), super::history::options("twin"))?;
    for number in 0..3 {
        doc.insert("t", &format!("here {number}"), &[])?;
        copy.insert("t", &format!("there {number}"), &[])?;
    }
    let error = doc.encode_pending(&copy.encode_request()?).unwrap_err();
    assert_eq!((error.kind(), error.event_id().map(|id| id.counter)), (ErrorKind::ConflictingEvent, Some(3)));
    let update = doc.encode_update(&VersionVector::new(), convergedb::PageLimit::default())?;
    let before = Fingerprint::of(&copy);
    let error = attempt(&mut copy, &before, |copy| copy.merge_update(&update.bytes)).unwrap_err();
    assert_eq!((error.kind(), error.event_id().map(|id| id.counter)), (ErrorKind::ConflictingEvent, Some(1)));
    copy.fork(1)?;
    sync(&mut doc, &mut copy);
    sync(&mut copy, &mut doc);
    assert_eq!((copy.digest(), copy.sync_state()), (doc.digest(), doc.sync_state()));
    assert_eq!(doc.count("t"), 7);
    Ok(())
}

/// A transaction that waited with a wrong Lamport time took the good one along that a binary update brought, which says none: it was kept as
/// the same, and dropped when its deps came. Found by fuzzing, as an update that applied more when it came again.
#[test]
fn a_wrong_time_of_what_waits_does_not_outlive_an_update() -> Result<()> {
    let op = || RowOp::Update { tbl: "t".into(), row_id: "r".into(), col: "c".into(), value: 7.into() };
    let run = |peer: &str, lamport_start, deps, ops| EventRun {
        peer: super::history::peer(peer),
        counter_start: 0,
        lamport_start,
        deps,
        ops,
        tx: Vec::new(),
        at: Vec::new(),
    };
    let mut doc = empty("me");
    let deps = vec![EventId::new(super::history::peer("a"), 1)];
    assert_eq!(doc.merge_remote(&[run("b", 7, deps, vec![op()])])?.pending, 1);
    let update = Form::about().number(2).author("b", 0).named("a").number(1).constant(0).constant(1).constant(2).constant(1).constant(1);
    let update = seal::frame(seal::UPDATE, &updates(update.single_events().one_field().one_row(), 1).0);
    let merged = doc.merge_update(&update)?;
    assert_eq!((merged.duplicates, merged.pending), (1, 1));
    let merged = doc.merge_remote(&[run("a", 1, Vec::new(), vec![op(), op()])])?;
    assert_eq!((merged.applied, merged.rejected, merged.pending), (3, 0, 0));
    live_on(&mut doc);
    Ok(())
}

/// A record whose hash holds and that says a number of events which there cannot be was malformed, as if it were a message; and billions of
/// events in a few bytes were believed. Found by fuzzing.
#[test]
fn a_stored_record_of_an_impossible_number() -> Result<()> {
    for events in [0, 4_097, u64::from(u32::MAX) - 2, u64::MAX] {
        let disk = MemoryDisk::new();
        let open = || DocStore::open(MemoryStore::open(&disk), false, || super::history::options("me"), |_, _| true);
        let (mut doc, mut kept, _) = open()?;
        doc.insert("t", "r", &[])?;
        kept.commit(&mut doc)?;
        let mut record = Form::default().bytes(&[0; 8]).number(events).0;
        record.extend_from_slice(&xxh3_64_with_seed(&record, 0).to_le_bytes());
        let mut store = MemoryStore::open(&disk);
        store.begin()?;
        store.put_record(0, &record, 0)?;
        store.commit().unwrap();
        assert_eq!(open().unwrap_err().kind(), ErrorKind::Corrupt);
    }
    Ok(())
}

/// What came again was compared with history that a replica made of a state does not have: a false conflict, or no merge at all.
#[test]
fn what_a_state_holds_comes_again() -> Result<()> {
    let mut alice = empty("alice");
    alice.insert("t", "r", &[("a", 1.into())])?;
    alice.transaction(Some(5), |tx| (0..3).try_for_each(|value| tx.update("t", "r", "a", value)))?;
    let mut bob = CrdtDoc::decode_replica(&alice.encode_state()?, super::history::options("bob"))?;
    let known = alice.versions();
    alice.update("t", "r", "a", 7)?;
    let everything = alice.get_pending(&VersionVector::new())?.runs;
    let merged = bob.merge_remote(&everything)?;
    assert_eq!((merged.applied, merged.duplicates), (1, 4));
    assert_eq!(bob.digest(), alice.digest());
    // What can be compared still is: deps, Lamport times, and whether there is such an event at all.
    let mut other = everything.clone();
    other[0].lamport_start += 1;
    assert_eq!(bob.merge_remote(&other).unwrap_err().kind(), ErrorKind::Malformed);
    let mut carol = CrdtDoc::decode_replica(
        &CrdtDoc::decode_replica(&saved(&bob), super::history::options("bob"))?.encode_state()?,
        super::history::options("carol"),
    )?;
    assert!(carol.encode_request().is_ok() && carol.versions() != known);
    Ok(())
}

/// An empty replica that was given no document took over none any more once it had been saved and opened.
#[test]
fn an_empty_replica_adopts_a_document_after_it_was_opened_again() -> Result<()> {
    let mut alice = empty("alice");
    alice.insert("t", "r", &[])?;
    let update = update_for(&mut alice, &VersionVector::new());
    let options = || super::history::options("erin");
    let fresh = CrdtDoc::new(options());
    let kept = [CrdtDoc::decode_replica(&saved(&fresh), options())?, CrdtDoc::from_replica(&fresh.to_replica()?, options())?];
    for mut again in kept {
        assert_eq!(again.merge_update(&update)?.applied, 1);
        assert_eq!(again.document_id(), alice.document_id());
        // Its chain hashes are of that document too.
        for _ in 0..2 {
            again.update_columns("t", "r", &[("a", 1.into()), ("b", 2.into())])?;
            sync(&mut again, &mut alice);
            sync(&mut alice, &mut again);
        }
        assert_eq!(again.digest(), alice.digest());
    }
    let given = empty("erin");
    for mut again in [CrdtDoc::decode_replica(&saved(&given), options())?, CrdtDoc::from_replica(&given.to_replica()?, options())?] {
        let mut other = CrdtDoc::new(super::history::options("bob"));
        other.insert("t", "r", &[])?;
        let update = update_for(&mut other, &VersionVector::new());
        assert_eq!(again.merge_update(&update).unwrap_err().kind(), ErrorKind::OtherDocument);
    }
    Ok(())
}

/// An update without events made an empty replica take over its document.
#[test]
fn an_update_without_events() {
    let none = Form::about().number(0).number(0).constant(0).constant(0).constant(0).constant(0).constant(0).single_events();
    refused(seal::UPDATE, Start::Nothing, none.number(0).number(0).number(0).number(0).number(0).constant(0));
}

/// A front could name any number of columns as dense, each of which was searched through for each column of each chunk of rows.
#[test]
fn more_dense_columns_than_a_row_has_places_for() {
    for (dense, taken) in [(64u64, true), (65, false)] {
        let mut front = Form::front(1).one_span(1).number(1).name("t").number(65);
        for column in 0..65 {
            front = front.number(0).name(&format!("c{column}"));
        }
        let shape = front.number(1).number(0).number(0).number(0);
        let table = shape.number(0).number(1).number(dense).rising(0, 1).constant(0).constant(1).bytes(b"r");
        let row = table.constant(1).constant(0).constant(0).constant(0).constant(1).number(0);
        // A writer appends zeros where the front would otherwise be out of proportion.
        let front = row.number(0).constant(0).constant(0).constant(0).bytes(&[0; 64]);
        let bytes = Parts { front: front.0, blocks: Vec::new() }.join(seal::STATE);
        let decoded = CrdtDoc::decode_replica(&bytes, super::history::options("me"));
        assert_eq!(decoded.is_ok(), taken, "{:?}", decoded.err());
    }
}

/// A state whose chain hashes were not computed was taken, and could then neither ask nor be saved as a state.
#[test]
fn a_state_without_chain_hashes() -> Result<()> {
    let mut alice = empty("alice");
    alice.insert("t", "r", &[])?;
    let state = Parts::of(&alice.encode_state()?);
    assert!(CrdtDoc::decode_replica(&state.clone().join(seal::STATE), super::history::options("me")).is_ok());
    let at = state.front.windows(5).rposition(|bytes| bytes == b"alice").unwrap() + 5;
    let mut front = state.front.clone();
    assert_eq!(front[at], 1);
    front.splice(at..at + 9, [0]);
    let bytes = Parts { front, ..state }.join(seal::STATE);
    assert_eq!(CrdtDoc::decode_replica(&bytes, super::history::options("me")).unwrap_err().kind(), ErrorKind::Malformed);
    Ok(())
}

/// Something that waited, of whomever, was forgotten in what a merge that it had nothing to do with told.
#[test]
fn what_waits_is_told_by_every_merge() -> Result<()> {
    let (mut alice, mut bob, mut zoe) = (empty("alice"), empty("bob"), empty("zoe"));
    zoe.insert("t", "z", &[])?;
    zoe.update_columns("t", "z", &[("a", 1.into()), ("b", 2.into())])?;
    let mut runs = zoe.get_pending(&VersionVector::new())?.runs;
    let late = runs[0].clone();
    runs[0].ops.remove(0);
    runs[0].tx.remove(0);
    runs[0].at.truncate(0);
    runs[0].counter_start = 1;
    runs[0].lamport_start = 2;
    runs[0].deps = vec![EventId::new(late.peer.clone(), 0)];
    assert_eq!(bob.merge_remote(&runs)?.pending, 2);
    alice.insert("t", "r", &[("a", 1.into())])?;
    sync(&mut alice, &mut bob);
    for value in 0..3 {
        alice.update("t", "r", "a", value)?;
        let answer = alice.encode_pending(&bob.encode_request()?)?;
        let merged = bob.merge_update(&answer.bytes)?;
        assert_eq!((merged.applied, merged.pending), (1, 2));
    }
    assert_eq!(bob.merge_remote(&[late])?.pending, 0);
    bob.check().unwrap();
    sync(&mut zoe, &mut bob);
    sync(&mut bob, &mut zoe);
    assert_eq!(bob.digest(), zoe.digest());
    Ok(())
}
