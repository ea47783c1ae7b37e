use crate::{doc_of, kind};
use convergedb::{ErrorKind, EventId, PageLimit, PeerId, VersionVector};

/// Goal: two documents end equal by every way of sync, in pages. Method: requests, updates for known versions, and runs.
#[test]
fn every_way_of_sync_ends_equal() {
    let from = doc_of("ana");
    for row in 0..10 {
        from.insert("t", &row.to_string(), &[("a", row.into())]).unwrap();
    }
    let small = PageLimit { events: 3, bytes: usize::MAX };
    let (asked, told, plain) = (doc_of("bob"), doc_of("cid"), doc_of("dan"));

    let (mut pages, mut patches) = (0, 0);
    loop {
        let page = from.encode_pending(&asked.encode_request().unwrap(), small).unwrap();
        let merged = asked.merge_update(&page.bytes).unwrap();
        (pages, patches) = (pages + 1, patches + merged.patches.len());
        if !page.has_more {
            break;
        }
    }
    assert_eq!((pages, patches), (4, 10));
    let nothing = from.encode_pending(&asked.encode_request().unwrap(), small).unwrap();
    assert!(nothing.bytes.is_empty() && !nothing.has_more);
    assert_eq!(asked.merge_update(&nothing.bytes).unwrap().applied, 0);

    let update = from.encode_update(&told.versions().unwrap(), PageLimit::default()).unwrap();
    let merged = told.merge_update_quiet(&update.bytes).unwrap();
    assert_eq!((merged.applied, merged.patches.len()), (10, 0));

    let page = from.get_pending(&VersionVector::new(), small).unwrap();
    assert!(page.has_more);
    plain.merge_remote(&page.runs).unwrap();
    plain.merge_remote(&from.get_pending(&plain.versions().unwrap(), PageLimit::default()).unwrap().runs).unwrap();

    for other in [&asked, &told, &plain] {
        assert_eq!(other.digest().unwrap(), from.digest().unwrap());
        assert_eq!(other.sync_state().unwrap(), from.sync_state().unwrap());
        assert_eq!(other.frontier().unwrap(), [EventId::new(PeerId::new("ana").unwrap(), 9)]);
        other.check().unwrap();
    }
    assert_eq!(asked.document_id().unwrap(), from.document_id().unwrap());
}

/// Goal: what waits is told, counted and let go of. Method: an event whose predecessor is kept back.
#[test]
fn what_waits_is_told_and_dropped() {
    let (from, to) = (doc_of("ana"), doc_of("bob"));
    from.insert("t", "1", &[]).unwrap();
    let first = from.versions().unwrap();
    from.insert("t", "2", &[]).unwrap();
    let late = from.get_pending(&first, PageLimit::default()).unwrap();
    assert_eq!(to.merge_remote(&late.runs).unwrap().pending, 1);
    assert_eq!(to.waiting_events().unwrap(), 1);
    assert_eq!(to.missing().unwrap(), [EventId::new(PeerId::new("ana").unwrap(), 0)]);
    assert_eq!((to.drop_waiting().unwrap(), to.drop_waiting().unwrap()), (1, 0));
    assert_eq!(to.missing().unwrap(), []);
}

/// Goal: two devices under one peer id are told apart, and a fork mends it. Method: both write, one merges the other's.
#[test]
fn a_fork_mends_a_reused_peer_id() {
    let (one, two) = (doc_of("ana"), doc_of("ana"));
    one.insert("t", "1", &[("a", 1.into())]).unwrap();
    two.insert("t", "2", &[("a", 2.into())]).unwrap();
    let theirs = one.get_pending(&VersionVector::new(), PageLimit::default()).unwrap();
    let error = two.merge_remote(&theirs.runs).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConflictingEvent);
    let forked = two.fork(error.event_id().unwrap().counter).unwrap();
    assert!(forked.fresh_peer && forked.patches.is_empty());
    assert_ne!(two.peer().unwrap(), one.peer().unwrap());
    two.merge_remote(&theirs.runs).unwrap();
    assert_eq!(two.count("t").unwrap(), 2);
    two.check().unwrap();
}

/// Goal: a request that tells of own events which are not here is believed. Method: a replica restored from old bytes.
#[test]
fn a_rollback_is_noticed_by_a_request() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    doc.insert("t", "1", &[]).unwrap();
    let backup = doc.encode_replica().unwrap();
    doc.insert("t", "2", &[]).unwrap();
    other.merge_update(&doc.encode_update(&VersionVector::new(), PageLimit::default()).unwrap().bytes).unwrap();

    let options = convergedb::api::OpenOptions::new().peer(PeerId::new("ana").unwrap());
    let restored = convergedb::api::Doc::decode(backup, options).unwrap();
    restored.encode_pending(&other.encode_request().unwrap(), PageLimit::default()).unwrap();
    assert!(restored.needs_fresh_peer().unwrap());
    assert_eq!(restored.insert("t", "3", &[]).unwrap().counter, 0);
    assert_ne!(restored.peer().unwrap(), doc.peer().unwrap());
}

/// Goal: what is no message is refused and changes nothing. Method: bytes of nothing, of another kind, of another document.
#[test]
fn what_is_no_message_is_refused() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    doc.insert("t", "1", &[]).unwrap();
    other.insert("t", "1", &[]).unwrap();
    let before = doc.digest().unwrap();
    let request = doc.encode_request().unwrap();
    assert_eq!(kind(doc.merge_update(b"no message")), ErrorKind::Malformed);
    assert_eq!(kind(doc.merge_update(&request)), ErrorKind::Malformed);
    assert_eq!(kind(other.encode_pending(b"no request", PageLimit::default())), ErrorKind::Malformed);
    assert_eq!(kind(other.encode_pending(&request, PageLimit::default())), ErrorKind::OtherDocument);
    assert_eq!(doc.digest().unwrap(), before);
}
