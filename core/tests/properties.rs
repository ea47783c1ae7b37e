//! Named cases and found seeds of what `histories` tests at random, and what random histories are too short for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

#[path = "properties/bounds.rs"]
mod bounds;
#[path = "properties/forks.rs"]
mod forks;
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
