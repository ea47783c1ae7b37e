//! What waits, and the bounds of messages, transactions, values and pages.

use super::*;

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
