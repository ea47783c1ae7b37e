//! Two devices under one peer id, and the fresh peer id that one of them goes on under.

use super::*;

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
