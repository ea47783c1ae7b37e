//! Named cases and found seeds of what `histories` tests at random, and what random histories are too short for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

mod model;

use convergedb::clock::WallClock;
use convergedb::limits::{DEPS_MAX, MESSAGE_EVENTS_MAX, TRANSACTION_OPS_MAX, VALUE_BYTES_MAX};
use convergedb::{
    ChangeFilter, CrdtDoc, DocOptions, ErrorKind, EventId, EventRun, MergeResult, Origin, PageLimit, RowOp, Value, VersionVector,
};
use model::draw::Draw;
use model::history::{play, shrink};
use model::long::LongHistory;
use model::setting::{Setting, peer};
use model::side::shown;
use model::statistics::Statistics;
use model::world::World;

fn doc(name: &str) -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(name.bytes().map(u64::from).sum()).peer(peer(name)))
}

/// Brings `to` up to what `from` has.
fn sync(from: &CrdtDoc, to: &mut CrdtDoc) -> MergeResult {
    to.merge_remote(&from.get_pending(&to.versions()).unwrap().runs).unwrap()
}

fn id(name: &str, counter: u64) -> EventId {
    EventId::new(peer(name), counter)
}

fn insert(row_id: &str, col: &str, value: impl Into<Value>) -> RowOp {
    RowOp::Insert { tbl: "t".into(), row_id: row_id.into(), values: vec![(col.into(), value.into())] }
}

fn update(row_id: &str, col: &str, value: impl Into<Value>) -> RowOp {
    RowOp::Update { tbl: "t".into(), row_id: row_id.into(), col: col.into(), value: value.into() }
}

/// A run of single operations.
fn run(name: &str, counter_start: u64, lamport_start: u64, deps: &[EventId], ops: Vec<RowOp>) -> EventRun {
    EventRun { peer: peer(name), counter_start, lamport_start, deps: deps.to_vec(), ops, tx: Vec::new(), at: Vec::new() }
}

/// Everything that a refused call must leave as it was.
fn everything(doc: &CrdtDoc) -> (convergedb::Replica, [u8; 32], Vec<EventId>, bool) {
    doc.check().unwrap();
    (doc.to_replica().unwrap(), doc.digest(), doc.missing(), doc.needs_fresh_peer())
}

/// Histories that once failed.
#[test]
fn found_seeds() {
    for seed in FOUND {
        if play(seed).is_err() {
            let failure = shrink(seed).unwrap();
            panic!("seed {seed}\n{}\n=> {}", failure.story.join("\n"), failure.difference);
        }
    }
}

const FOUND: [u64; 0] = [];

/// The same seed plays the same history: a failure can be looked at again.
#[test]
fn a_history_is_reproducible() {
    let told = |seed| format!("{:?}", play(seed).unwrap());
    (0..20).for_each(|seed| assert_eq!(told(seed), told(seed)));
}

/// Past what fits the tail of a log and the recent rows of a table; see `model/long.rs`.
#[test]
fn long_histories() {
    for seed in 0..2 {
        LongHistory::new(seed).play(12).unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
    }
}

/// Every order in which six transactions of three peers can come, one by one, ends the same.
#[test]
fn every_order_of_delivery_ends_the_same() {
    let (mut alice, mut bob, mut carol) = (doc("alice"), doc("bob"), doc("carol"));
    alice.apply(&[insert("1", "x", 1), insert("2", "x", 1)], None).unwrap();
    sync(&alice, &mut bob);
    sync(&bob, &mut carol);
    alice.update("t", "1", "x", 2).unwrap();
    bob.delete("t", "1").unwrap();
    bob.insert("t", "1", &[("y", 3.into())]).unwrap();
    carol.apply(&[update("1", "x", 4), update("2", "y", 4)], Some(7)).unwrap();
    sync(&alice, &mut carol);
    sync(&bob, &mut carol);
    carol.update("t", "2", "x", 5).unwrap();
    let runs = carol.get_pending(&VersionVector::new()).unwrap().runs;
    let messages: Vec<EventRun> = model::transaction::runs(&model::transaction::transactions(&runs), || false);
    assert_eq!(messages.len(), 6);
    let mut orders = 0;
    permutations(&mut (0..6).collect::<Vec<_>>(), 0, &mut |order| {
        let mut reader = doc("reader");
        order.iter().for_each(|&at| drop(reader.merge_remote(std::slice::from_ref(&messages[at])).unwrap()));
        assert_eq!(reader.sync_state(), carol.sync_state(), "{order:?}");
        assert_eq!(reader.digest(), carol.digest(), "{order:?}");
        assert_eq!(reader.waiting_events(), 0, "{order:?}");
        orders += 1;
    });
    assert_eq!(orders, 720);
}

fn permutations(order: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == order.len() {
        return visit(order);
    }
    for at in from..order.len() {
        order.swap(from, at);
        permutations(order, from + 1, visit);
        order.swap(from, at);
    }
}

/// Two devices that write under one id: the merge names the event, one of them forks, nothing that either typed is lost.
#[test]
fn two_devices_under_one_id_fork_and_end_equal() {
    let mut original = doc("twin");
    original.insert("t", "shared", &[("x", "both".into())]).unwrap();
    let copied = original.to_replica().unwrap();
    let mut copy = CrdtDoc::from_replica(&copied, DocOptions::seeded(99).peer(peer("twin"))).unwrap();
    let mut friend = doc("friend");
    original.apply(&[insert("original", "x", "typed here"), insert("more", "x", "and here")], Some(1)).unwrap();
    copy.insert("t", "copy", &[("x", "typed there".into())]).unwrap();
    copy.update("t", "shared", "note", "also there").unwrap();
    sync(&original, &mut friend);
    friend.update("t", "original", "seen", true).unwrap();

    let before = everything(&copy);
    let error = copy.merge_remote(&friend.get_pending(&VersionVector::new()).unwrap().runs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConflictingEvent);
    let conflicting = error.event_id().unwrap().clone();
    assert_eq!(conflicting, id("twin", 1));
    assert_eq!(error.peer(), Some(&peer("twin")));
    assert_eq!(everything(&copy), before);

    let text_before = shown(&copy);
    copy.fork(conflicting.counter).unwrap();
    assert_ne!(*copy.peer(), peer("twin"));
    assert_eq!(copy.versions().get("twin"), Some(0));
    assert_eq!(shown(&copy), text_before);
    copy.check().unwrap();
    sync(&friend, &mut copy);
    sync(&copy, &mut friend);
    sync(&friend, &mut original);
    for replica in [&original, &copy] {
        assert_eq!(replica.digest(), friend.digest());
        assert_eq!(replica.sync_state(), friend.sync_state());
        replica.check().unwrap();
    }
    let text = |row_id, col| friend.get("t", row_id, col).map(|value| value.to_value());
    assert_eq!(text("original", "x"), Some("typed here".into()));
    assert_eq!(text("more", "x"), Some("and here".into()));
    assert_eq!(text("original", "seen"), Some(true.into()));
    assert_eq!(text("copy", "x"), Some("typed there".into()));
    assert_eq!(text("shared", "note"), Some("also there".into()));
    assert_eq!(text("shared", "x"), Some("both".into()));
    // The forked device goes on, and so does the other one under the old id.
    copy.insert("t", "later", &[]).unwrap();
    original.insert("t", "later too", &[]).unwrap();
    sync(&copy, &mut original);
    sync(&original, &mut copy);
    assert_eq!(copy.digest(), original.digest());
}

/// What others built on the events that a fork gives up waits until those come back, from wherever the others had them.
#[test]
fn a_fork_keeps_what_others_built_on_it() {
    let mut twin = doc("twin");
    twin.insert("t", "kept", &[("x", 1.into())]).unwrap();
    twin.insert("t", "given up", &[("x", 2.into())]).unwrap();
    let mut friend = doc("friend");
    sync(&twin, &mut friend);
    friend.update("t", "given up", "x", 3).unwrap();
    sync(&friend, &mut twin);
    twin.update("t", "given up", "y", 4).unwrap();
    twin.fork(1).unwrap();
    twin.check().unwrap();
    assert_eq!(twin.versions().get("twin"), Some(0));
    sync(&friend, &mut twin);
    sync(&twin, &mut friend);
    assert_eq!(twin.waiting_events(), 0);
    assert_eq!(twin.digest(), friend.digest());
    assert_eq!(twin.sync_state(), friend.sync_state());
    assert_eq!(twin.get("t", "given up", "y").map(|value| value.to_value()), Some(4.into()));
}

/// Twins that part at a random point, of which one meets friends and the other stays offline, then finds out and forks.
#[test]
fn forks_at_random_lose_nothing() {
    for seed in 0..250 {
        let mut draw = Draw::new(seed);
        let mut written: Vec<String> = Vec::new();
        let mut write = |doc: &mut CrdtDoc, draw: &mut Draw| {
            let rows: Vec<String> = (0..draw.within(1, 3)).map(|number| format!("{seed} {} {number}", written.len())).collect();
            let mut ops: Vec<RowOp> = rows.iter().map(|row_id| insert(row_id, "by", &**doc.peer())).collect();
            if let Some(row_id) = doc.rows("t").next().map(|row| row.id().to_string()).filter(|_| draw.percent(50)) {
                ops.push(update(&row_id, "x", draw.value()));
            }
            doc.apply(&ops, draw.percent(50).then_some(5)).unwrap();
            written.extend(rows);
        };
        let (mut twin, mut friend, mut other) = (doc("twin"), doc("friend"), doc("other"));
        for _ in 0..draw.below(4) {
            write(&mut twin, &mut draw);
        }
        let replica = twin.to_replica().unwrap();
        let mut copy = CrdtDoc::from_replica(&replica, DocOptions::seeded(seed).peer(peer("twin"))).unwrap();
        let subscription = copy.subscribe(ChangeFilter::all(), 10_000);
        let mut plain = shown(&copy);
        for _ in 0..draw.within(4, 14) {
            match draw.below(6) {
                0 => write(&mut twin, &mut draw),
                1 => write(&mut copy, &mut draw),
                2 => write(&mut friend, &mut draw),
                3 => drop(sync(&twin, &mut friend)),
                4 => drop(sync(&friend, &mut twin)),
                _ => drop(sync(&friend, &mut other)),
            }
        }
        sync(&twin, &mut friend);
        sync(&friend, &mut twin);
        let everything = friend.get_pending(&VersionVector::new()).unwrap().runs;
        if let Err(error) = copy.merge_remote(&everything) {
            assert_eq!(error.kind(), ErrorKind::ConflictingEvent, "seed {seed}");
            let shown_before = shown(&copy);
            let patches = copy.fork(error.event_id().unwrap().counter).unwrap().patches;
            assert!(patches.is_empty(), "seed {seed}: a fork of events that nobody built on changes nothing: {patches:?}");
            assert_eq!(shown(&copy), shown_before, "seed {seed}");
            copy.check().unwrap();
            copy.merge_remote(&everything).unwrap();
        }
        write(&mut copy, &mut draw);
        sync(&copy, &mut friend);
        for replica in [&mut twin, &mut copy, &mut other] {
            sync(&friend, replica);
            replica.check().unwrap();
            assert_eq!(replica.waiting_events(), 0, "seed {seed}");
            assert_eq!(replica.digest(), friend.digest(), "seed {seed}");
            assert_eq!(replica.sync_state(), friend.sync_state(), "seed {seed}");
        }
        assert!(written.iter().all(|row_id| friend.contains("t", row_id)), "seed {seed}: a row was lost");
        let changes = copy.drain_changes(subscription).unwrap().changes;
        changes.iter().flat_map(|change| &change.patches).for_each(|patch| plain.patch(&patch.patch).unwrap());
        assert_eq!(plain, shown(&copy), "seed {seed}: the copy that follows the changes");
    }
}

/// A fork from above the last own event just changes the name.
#[test]
fn a_fork_without_own_events_just_changes_the_name() {
    let mut alice = doc("alice");
    alice.insert("t", "1", &[]).unwrap();
    let (digest, sync_state) = (alice.digest(), alice.sync_state());
    let result = alice.fork(1).unwrap();
    assert!(result.patches.is_empty());
    assert_ne!(*alice.peer(), peer("alice"));
    assert_eq!((alice.digest(), alice.sync_state()), (digest, sync_state));
    let commit = alice.insert("t", "2", &[]).unwrap();
    assert_eq!((commit.counter, commit.lamport), (0, 2));
}

/// Each of the calls that write goes on under the fresh id when one is due, and says so.
#[test]
fn a_fresh_peer_id_begins_at_counter_0() {
    let stranger = run("alice", 5, 9, &[id("nobody", 0)], vec![insert("x", "x", 1)]);
    type Call = fn(&mut CrdtDoc) -> convergedb::Result<convergedb::Commit>;
    let calls: [(Call, u32); 6] = [
        (|doc| doc.insert("t", "new", &[]), 1),
        (|doc| doc.update("t", "1", "x", 2), 1),
        (|doc| doc.delete("t", "1"), 1),
        (|doc| doc.delete_all("t"), 2),
        (|doc| doc.update_columns("t", "1", &[("x", 1.into()), ("y", 2.into())]), 2),
        (|doc| doc.apply(&[insert("new", "x", 1), update("new", "x", 2)], None), 2),
    ];
    for (number, (call, events)) in calls.into_iter().enumerate() {
        let mut alice = doc("alice");
        alice.apply(&[insert("1", "x", 1), insert("2", "x", 1)], None).unwrap();
        assert!(alice.merge_remote(std::slice::from_ref(&stranger)).unwrap().fresh_peer);
        assert!(alice.needs_fresh_peer());
        let commit = call(&mut alice).unwrap();
        assert_eq!((commit.counter, commit.lamport, commit.events), (0, 3, events), "call {number}");
        assert!(!alice.needs_fresh_peer() && *alice.peer() != peer("alice"), "call {number}");
        assert_eq!(alice.versions().get(alice.peer()), Some(u64::from(events) - 1), "call {number}");
    }
}

/// A write that fails keeps the old name; the next one that does not takes the fresh one.
#[test]
fn a_failed_write_takes_no_fresh_peer_id() {
    let mut alice = doc("alice");
    alice.merge_remote(&[run("zed", 0, 2, &[id("alice", 3)], vec![insert("x", "x", 1)])]).unwrap();
    let before = everything(&alice);
    assert_eq!(alice.update("t", "none", "x", 1).unwrap_err().kind(), ErrorKind::RowNotFound);
    assert_eq!(alice.apply(&[insert("1", "x", 1), insert("1", "x", 1)], None).unwrap_err().kind(), ErrorKind::RowExists);
    assert_eq!(alice.apply(&[], None).unwrap().events, 0);
    assert_eq!(everything(&alice), before);
    assert_eq!(*alice.peer(), peer("alice"));
    assert!(alice.needs_fresh_peer());
}

/// What a replica learned about its name outlives the event that taught it, and a reopen.
#[test]
fn a_fresh_peer_id_is_still_due_after_a_reopen() {
    let mut alice = doc("alice");
    alice.insert("t", "1", &[]).unwrap();
    alice.merge_remote(&[run("alice", 3, 9, &[id("nobody", 0)], vec![insert("x", "x", 1)])]).unwrap();
    assert_eq!(alice.drop_waiting(), 1);
    assert!(alice.needs_fresh_peer());
    let again = CrdtDoc::from_replica(&alice.to_replica().unwrap(), DocOptions::seeded(5).peer(peer("alice"))).unwrap();
    assert!(again.needs_fresh_peer());
}

/// A refused message leaves what an earlier one had left waiting.
#[test]
fn a_refused_message_keeps_what_waits() {
    let mut bob = doc("bob");
    bob.merge_remote(&[run("alice", 1, 2, &[id("alice", 0)], vec![update("1", "x", 2)])]).unwrap();
    let before = everything(&bob);
    // It would replace what waits, and apply something, if its last run were not wrong.
    let wrong = [
        run("alice", 1, 3, &[id("alice", 0), id("zed", 0)], vec![update("1", "x", 3)]),
        run("zed", 0, 1, &[], vec![insert("z", "x", 1)]),
        run("zed", 1, 7, &[id("zed", 0)], vec![insert("z", "x", 1)]),
    ];
    assert_eq!(bob.merge_remote(&wrong).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(everything(&bob), before);
    let result = bob.merge_remote(&[run("alice", 0, 1, &[], vec![insert("1", "x", 1)])]).unwrap();
    assert_eq!((result.applied, result.pending), (2, 0));
}

/// Events that wait for each other wait for ever, are missing nothing, and harm nobody.
#[test]
fn events_that_wait_for_each_other_stay_in_the_buffer() {
    let mut bob = doc("bob");
    let circle = [
        run("zed", 0, 3, &[id("mallory", 0)], vec![insert("1", "x", 1)]),
        run("mallory", 0, 2, &[id("zed", 0)], vec![insert("2", "x", 1)]),
    ];
    let result = bob.merge_remote(&circle).unwrap();
    assert_eq!((result.applied, result.pending), (0, 2));
    assert_eq!(bob.missing(), []);
    assert_eq!(bob.get_pending(&VersionVector::new()).unwrap().runs, []);
    bob.insert("t", "3", &[]).unwrap();
    bob.check().unwrap();
    assert_eq!(bob.drop_waiting(), 2);
}

/// A buffer that has room for nothing keeps out nothing that can apply, however the message is ordered.
#[test]
fn a_full_buffer_keeps_out_nothing_that_can_apply() {
    let options = DocOptions::seeded(1).peer(peer("bob")).waiting_limits(2, 1_000_000);
    let mut bob = CrdtDoc::new(options);
    // One small transaction, so that whoever else waits has the most bytes.
    let deletes = vec![RowOp::Delete { tbl: "t".into(), row_id: "e".into() }; 2];
    let waits = EventRun { tx: vec![2], ..run("eve", 1, 2, &[id("eve", 0)], deletes) };
    let result = bob.merge_remote(&[waits]).unwrap();
    assert_eq!((result.pending, result.rejected), (2, 0));
    let mut message: Vec<EventRun> =
        (1..40).map(|at| run("alice", at, at + 1, &[id("alice", at - 1)], vec![insert("1", "x", at as i64)])).collect();
    let result = bob.merge_remote(&message[20..]).unwrap();
    assert_eq!((result.applied, result.pending, result.rejected), (0, 2, 19));
    message.reverse();
    message.push(run("alice", 0, 1, &[], vec![insert("1", "x", 0)]));
    let result = bob.merge_remote(&message).unwrap();
    assert_eq!((result.applied, result.pending, result.rejected), (40, 2, 0));
    let result = bob.merge_remote(&[run("eve", 0, 1, &[], vec![insert("e", "x", 0)])]).unwrap();
    assert_eq!((result.applied, result.pending), (3, 0));
    bob.check().unwrap();
}

/// With more heads than an event may name, the next event names the greatest and the one after it the rest.
#[test]
fn a_frontier_wider_than_an_event_may_name_is_taken_up_by_two_events() {
    let heads = DEPS_MAX as u64 + 76;
    let runs: Vec<EventRun> = (0..heads)
        .map(|at| run(&format!("p{at:04}"), 0, 1, &[], vec![insert("r", &format!("c{}", at % 3), at as i64); 1 + (at % 2) as usize]))
        .collect();
    let mut alice = doc("alice");
    alice.merge_remote(&runs).unwrap();
    let frontier = alice.frontier();
    assert_eq!(frontier.len() as u64, heads);
    alice.apply(&[insert("mine", "x", 1), update("mine", "x", 2)], None).unwrap();
    alice.update("t", "mine", "x", 3).unwrap();
    let (first, second) = (alice.event(&id("alice", 0)).unwrap().unwrap(), alice.event(&id("alice", 2)).unwrap().unwrap());
    // The greatest are those with two events, then the last of the others by name.
    let mut greatest: Vec<EventId> = frontier.iter().filter(|id| id.counter == 1).cloned().collect();
    let lesser: Vec<EventId> = frontier.iter().filter(|id| id.counter == 0).cloned().collect();
    greatest.extend(lesser[lesser.len() - (DEPS_MAX - greatest.len())..].iter().cloned());
    greatest.sort();
    assert_eq!((first.deps.len(), first.lamport), (DEPS_MAX, 3));
    assert_eq!(first.deps, greatest);
    let mut rest: Vec<EventId> = frontier.into_iter().filter(|id| !greatest.contains(id)).collect();
    rest.push(id("alice", 1));
    rest.sort();
    assert_eq!((second.deps, second.lamport), (rest, 5));
    assert_eq!(alice.frontier(), [id("alice", 2)]);
    alice.check().unwrap();
    let mut bob = doc("bob");
    sync(&alice, &mut bob);
    assert_eq!(bob.digest(), alice.digest());
    assert_eq!(bob.sync_state(), alice.sync_state());
}

/// Subscriptions tell local and remote changes apart, keep their bound, and go on after they lagged.
#[test]
fn a_reader_that_lagged_resynchronises_and_goes_on() {
    let (mut alice, mut bob) = (doc("alice"), doc("bob"));
    let all = alice.subscribe(ChangeFilter::all(), 1_000);
    let slow = alice.subscribe(ChangeFilter::table("t"), 2);
    alice.insert("t", "1", &[("x", 1.into())]).unwrap();
    sync(&alice, &mut bob);
    bob.update("t", "1", "x", 2).unwrap();
    bob.insert("other", "1", &[]).unwrap();
    sync(&bob, &mut alice);
    let drained = alice.drain_changes(all).unwrap();
    let origins: Vec<Origin> = drained.changes.iter().flat_map(|change| change.patches.iter().map(|patch| patch.origin.clone())).collect();
    assert_eq!(origins, [Origin::Local, Origin::Remote(peer("bob")), Origin::Remote(peer("bob"))]);
    assert_eq!(alice.drain_changes(slow).unwrap().changes.len(), 2);
    (0..3).for_each(|value| assert_eq!(alice.update("t", "1", "x", value).unwrap().events, 1));
    let drained = alice.drain_changes(slow).unwrap();
    assert!(drained.lagged && drained.changes.is_empty());
    let mut copy = shown(&alice).filtered(|tbl, _| tbl == "t");
    alice.delete("t", "1").unwrap();
    let drained = alice.drain_changes(slow).unwrap();
    assert!(!drained.lagged);
    drained.changes.iter().flat_map(|change| &change.patches).for_each(|patch| copy.patch(&patch.patch).unwrap());
    assert_eq!(copy, shown(&alice).filtered(|tbl, _| tbl == "t"));
}

/// In a merge nothing is a local change, though what shows in the end may be this replica's own insert.
#[test]
fn what_a_merge_changes_is_not_local() {
    let mut alice = doc("alice");
    let subscription = alice.subscribe(ChangeFilter::all(), 1_000);
    alice.insert("t", "1", &[("x", 1.into())]).unwrap();
    alice.upsert("t", "1", &[("y", 1.into())]).unwrap();
    alice.drain_changes(subscription).unwrap();
    // It is newer than the first insert and older than the second, so the row stays and loses a cell.
    let delete = RowOp::Delete { tbl: "t".into(), row_id: "1".into() };
    let result = alice.merge_remote(&[run("zed", 0, 1, &[], vec![delete])]).unwrap();
    assert_eq!(result.patches.len(), 2);
    let drained = alice.drain_changes(subscription).unwrap();
    assert!(drained.changes[0].patches.iter().all(|patch| patch.origin == Origin::Remote(peer("zed"))), "{drained:?}");
}

/// A transaction that is undone long after the last insert leaves the inserts alone: the replica can still be opened and sent.
#[test]
fn an_undone_transaction_leaves_older_inserts_alone() {
    for updates in [40, 50, 100, 200] {
        let mut alice = doc("alice");
        for row in 0..64 {
            let (tbl, col) = (["u", "t"][row as usize % 2], ["x", "y", "z"][row as usize % 3]);
            alice.insert(tbl, &format!("row {row}"), &[(col, row.into())]).unwrap();
        }
        for _ in 0..updates {
            alice.update("t", "row 7", "x", 1).unwrap();
        }
        alice.apply(&[update("row 7", "x", 2), update("none", "x", 2)], None).unwrap_err();
        alice.apply(&[insert("new", "x", 2), insert("new", "x", 2)], None).unwrap_err();
        alice.check().unwrap();
        let again = CrdtDoc::decode_replica(&alice.encode_replica().unwrap(), DocOptions::seeded(1).peer(peer("alice"))).unwrap();
        again.check().unwrap();
        assert_eq!(again.digest(), alice.digest());
        assert_eq!(again.to_replica().unwrap(), alice.to_replica().unwrap());
        let mut bob = doc("bob");
        let update = alice.encode_update(&bob.versions(), PageLimit::default()).unwrap();
        bob.merge_update(&update.bytes).unwrap();
        alice.update("t", "row 61", "x", 2).unwrap();
        let update = alice.encode_update(&bob.versions(), PageLimit::default()).unwrap();
        bob.merge_update(&update.bytes).unwrap();
        assert_eq!(bob.digest(), alice.digest());
    }
}

/// The history of a cell that nobody wrote is that of its row's deletes.
#[test]
fn the_history_of_a_cell_holds_its_rows_deletes() {
    let mut alice = doc("alice");
    alice.insert("t", "1", &[("x", 1.into())]).unwrap();
    alice.delete("t", "1").unwrap();
    let ids = |col: &str| alice.cell_history("t", "1", col).unwrap().into_iter().map(|event| event.id).collect::<Vec<_>>();
    assert_eq!(ids("x"), [id("alice", 0), id("alice", 1)]);
    assert_eq!(ids("y"), [id("alice", 1)]);
}

/// A message that contradicts itself names an event that it tells in two ways.
#[test]
fn a_message_that_contradicts_itself_names_the_event() {
    let told = |value: i64| EventRun { tx: vec![2], ..run("alice", 0, 1, &[], vec![insert("1", "x", 1), insert("2", "x", value)]) };
    let error = doc("bob").merge_remote(&[told(1), told(2)]).unwrap_err();
    assert_eq!((error.kind(), error.event_id()), (ErrorKind::ConflictingEvent, Some(&id("alice", 1))));
    // Transactions that share just one event.
    let first = EventRun { tx: vec![2], ..run("alice", 1, 2, &[id("alice", 0)], vec![insert("1", "x", 1); 2]) };
    let second = EventRun { tx: vec![2], ..run("alice", 2, 3, &[id("alice", 1)], vec![insert("1", "x", 1); 2]) };
    for message in [[first.clone(), second.clone()], [second, first]] {
        let error = doc("bob").merge_remote(&message).unwrap_err();
        assert_eq!((error.kind(), error.event_id()), (ErrorKind::ConflictingEvent, Some(&id("alice", 2))));
    }
}

/// The time of day stands in the history and orders nothing.
#[test]
fn a_wall_clock_stamps_what_has_no_time_of_its_own() {
    struct Noon;
    impl WallClock for Noon {
        fn now_ms(&self) -> i64 {
            43_200_000
        }
    }
    let mut alice = CrdtDoc::new(DocOptions::seeded(1).peer(peer("alice")).wall_clock(Noon));
    alice.insert("t", "1", &[]).unwrap();
    alice.apply(&[update("1", "x", 1), update("1", "x", 2)], None).unwrap();
    alice.apply(&[update("1", "x", 3)], Some(-5)).unwrap();
    let times: Vec<Option<i64>> = alice.log(&VersionVector::new()).map(|event| event.unwrap().at).collect();
    assert_eq!(times, [Some(43_200_000), Some(43_200_000), Some(43_200_000), Some(-5)]);
    let mut bob = doc("bob");
    sync(&alice, &mut bob);
    assert_eq!(bob.row_history("t", "1").unwrap(), alice.row_history("t", "1").unwrap());
    assert_eq!(bob.digest(), alice.digest());
}

#[test]
fn the_bounds_of_a_transaction_hold() {
    let mut alice = doc("alice");
    let ops: Vec<RowOp> = (0..TRANSACTION_OPS_MAX).map(|at| insert("1", "x", at as i64)).collect();
    alice.insert("t", "2", &[]).unwrap();
    let updates = |count: usize| vec![update("2", "x", 1); count];
    assert_eq!(alice.apply(&updates(TRANSACTION_OPS_MAX), None).unwrap().events as usize, TRANSACTION_OPS_MAX);
    let before = (alice.digest(), alice.sync_state());
    let error = alice.apply(&updates(TRANSACTION_OPS_MAX + 1), None).unwrap_err();
    assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(TRANSACTION_OPS_MAX as u64)));
    let wide = |count: usize| vec![update("2", "x", "v".repeat(VALUE_BYTES_MAX)); count];
    assert_eq!(alice.apply(&wide(16), None).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!((alice.digest(), alice.sync_state()), before);
    alice.check().unwrap();
    alice.apply(&wide(15), None).unwrap();
    // And in a message.
    let whole = |ops: Vec<RowOp>| EventRun { tx: vec![ops.len() as u32], ..run("zed", 0, 1, &[], ops) };
    let mut bob = doc("bob");
    let too_many = whole([&ops[..], &[insert("1", "x", 1)]].concat());
    assert_eq!(bob.merge_remote(&[too_many]).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(bob.merge_remote(&[whole(wide(16))]).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(bob.merge_remote(&[whole(ops)]).unwrap().applied as usize, TRANSACTION_OPS_MAX);
}

#[test]
fn the_bounds_of_a_value_and_a_message_hold() {
    let mut alice = doc("alice");
    alice.insert("t", "1", &[("x", "v".repeat(VALUE_BYTES_MAX).as_str().into())]).unwrap();
    let before = everything(&alice);
    for value in [Value::Str("v".repeat(VALUE_BYTES_MAX + 1)), Value::Bytes(vec![0; VALUE_BYTES_MAX + 1])] {
        let error = alice.update("t", "1", "x", &value).unwrap_err();
        assert_eq!((error.kind(), error.limit()), (ErrorKind::LimitExceeded, Some(VALUE_BYTES_MAX as u64)));
        let message = run("zed", 0, 1, &[], vec![update("1", "x", value)]);
        assert_eq!(alice.merge_remote(&[message]).unwrap_err().kind(), ErrorKind::Malformed);
    }
    let many = run("zed", 0, 1, &[], vec![RowOp::Delete { tbl: "t".into(), row_id: "2".into() }; MESSAGE_EVENTS_MAX + 1]);
    assert_eq!(alice.merge_remote(&[many]).unwrap_err().kind(), ErrorKind::Malformed);
    let wide: Vec<EventRun> = (0..65).map(|at| run("zed", at, 1, &[], vec![update("1", "x", "v".repeat(VALUE_BYTES_MAX))])).collect();
    assert_eq!(alice.merge_remote(&wide).unwrap_err().kind(), ErrorKind::Malformed);
    assert_eq!(everything(&alice), before);
}

/// Pages of one transaction each bring a replica up to date, whatever the bounds.
#[test]
fn the_smallest_pages_bring_everything() {
    let mut world = World::new(Setting::new(3));
    let mut draw = Draw::new(3);
    for _ in 0..120 {
        world.step(draw.seed()).unwrap();
    }
    let from = &world.sides[0].doc;
    let mut reader = doc("reader");
    let mut pages = 0;
    loop {
        let page = from.get_pending_page(&reader.versions(), PageLimit { events: 0, bytes: 0 }).unwrap();
        let result = reader.merge_remote(&page.runs).unwrap();
        assert_eq!((result.pending, result.duplicates), (0, 0));
        pages += 1;
        if !page.has_more {
            break;
        }
    }
    assert_eq!(pages, world.sides[0].model.transactions().count());
    assert_eq!(reader.digest(), from.digest());
    assert_eq!(reader.sync_state(), from.sync_state());
}

/// A version that no replica ever had is the set of events that it covers: what is not here adds nothing, what it depends on is not added.
#[test]
fn as_of_takes_any_version() {
    let (mut alice, mut bob) = (doc("alice"), doc("bob"));
    alice.apply(&[insert("1", "x", 1), update("1", "x", 2)], None).unwrap();
    sync(&alice, &mut bob);
    bob.update("t", "1", "x", 3).unwrap();
    sync(&bob, &mut alice);
    let shown = |versions: &[(&str, u64)]| {
        let version: VersionVector = versions.iter().map(|&(name, counter)| (peer(name), counter)).collect();
        let row = alice.row_as_of("t", "1", &version).unwrap();
        let table = alice.table_as_of("t", &version).unwrap();
        assert_eq!(table.into_iter().map(|(_, values)| values).next(), row);
        row.map(|values| values[0].1.clone())
    };
    assert_eq!(shown(&[]), None);
    assert_eq!(shown(&[("nobody", 7)]), None);
    assert_eq!(shown(&[("bob", 0)]), None, "an update without its insert");
    assert_eq!(shown(&[("alice", 0)]), Some(Value::Int(1)), "half a transaction");
    assert_eq!(shown(&[("alice", 0), ("bob", 0)]), Some(Value::Int(3)));
    assert_eq!(shown(&[("alice", 1), ("nobody", 7)]), Some(Value::Int(2)));
    assert_eq!(shown(&[("alice", u64::MAX), ("bob", u64::MAX)]), Some(Value::Int(3)));
}

/// The random run tells when its histories are too small to test anything.
#[test]
fn a_run_judges_what_it_is_made_of() {
    assert_eq!(Statistics::default().shortfalls().len(), 6);
    let mut good = Statistics { peers: vec![3, 5], events: vec![8, 30, 31], of_several: 1, left_waiting: 1, ..Statistics::default() };
    (good.waited, good.duplicates) = (1, 1);
    assert_eq!(good.shortfalls(), [""; 0]);
    good.events[1] = 29;
    assert_eq!(good.shortfalls(), ["median of events per history: 29, and not 30 or more"]);
}
