//! A file that was copied, moved or set back goes on under a fresh peer id where a counter could be used twice, and only there.

use super::{Place, beside, fill, pull, seen};
use convergedb::ErrorKind;
use convergedb::api::{Doc, FreshPeer, OpenOptions};
use std::path::Path;

const SIDE: [&str; 2] = ["-wal", "-shm"];

/// Copies a file that nobody has open, with its mark or without.
fn copy(from: &Path, to: &Path, with_mark: bool) {
    std::fs::copy(from, to).unwrap();
    for suffix in SIDE {
        let _ = std::fs::remove_file(beside(to, suffix));
        if beside(from, suffix).exists() {
            std::fs::copy(beside(from, suffix), beside(to, suffix)).unwrap();
        }
    }
    if with_mark {
        std::fs::copy(beside(from, "-peer"), beside(to, "-peer")).unwrap();
    }
}

fn reason(path: &Path) -> Option<FreshPeer> {
    let doc = Doc::open(path, OpenOptions::new()).unwrap();
    doc.insert("t", &doc.new_row_id().unwrap(), &[]).unwrap();
    doc.opened().unwrap().fresh_peer
}

#[test]
fn a_copy_goes_on_under_a_fresh_peer_id() {
    let place = Place::new();
    fill(&place.open(), 3);
    copy(&place.db(), &place.path("alone.db"), false);
    copy(&place.db(), &place.path("both.db"), true);
    assert_eq!(reason(&place.path("alone.db")), Some(FreshPeer::NoMark));
    assert_eq!(reason(&place.path("both.db")), Some(FreshPeer::Moved));
    assert_eq!(reason(&place.db()), None, "the original goes on");
    assert_eq!(reason(&place.path("both.db")), None, "having a peer id of its own, the copy goes on too");
    let docs: Vec<Doc> =
        ["notes.db", "alone.db", "both.db"].iter().map(|name| Doc::open(place.path(name), OpenOptions::new()).unwrap()).collect();
    for (a, b) in [(0, 1), (1, 2), (2, 0), (0, 1), (1, 2)] {
        pull(&docs[a], &docs[b]).unwrap();
    }
    assert_eq!(docs[0].digest().unwrap(), docs[1].digest().unwrap());
    assert_eq!(docs[0].digest().unwrap(), docs[2].digest().unwrap());
    assert_eq!(docs[0].count("t").unwrap(), 4, "nothing that was written is lost");
}

#[test]
fn renamed_with_its_mark_it_goes_on() {
    let place = Place::new();
    fill(&place.open(), 3);
    let folder = place.path("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let moved = folder.join("renamed.db");
    std::fs::rename(place.db(), &moved).unwrap();
    std::fs::rename(beside(&place.db(), "-peer"), beside(&moved, "-peer")).unwrap();
    assert_eq!(reason(&moved), None);
    // Alone it cannot be told from a copy.
    let alone = place.path("alone.db");
    std::fs::rename(&moved, &alone).unwrap();
    assert_eq!(reason(&alone), Some(FreshPeer::NoMark));
}

#[test]
fn a_file_that_was_set_back_is_noticed() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    drop(doc);
    let old = std::fs::read(place.db()).unwrap();
    let doc = place.open();
    let peer = doc.peer().unwrap();
    doc.insert("todos", "after the backup", &[]).unwrap();
    let other = Doc::new(OpenOptions::new()).unwrap();
    pull(&other, &doc).unwrap();
    drop(doc);
    // The file alone is restored, in its place: same inode, older content.
    std::fs::write(place.db(), &old).unwrap();
    let doc = place.open();
    assert_eq!(doc.opened().unwrap().fresh_peer, Some(FreshPeer::RolledBack));
    assert_ne!(doc.peer().unwrap(), peer);
    doc.insert("todos", "typed now", &[]).unwrap();
    pull(&doc, &other).unwrap();
    pull(&other, &doc).unwrap();
    assert_eq!(doc.digest().unwrap(), other.digest().unwrap());
    assert!(doc.contains("todos", "after the backup").unwrap() && doc.contains("todos", "typed now").unwrap());
}

#[test]
fn file_and_mark_set_back_together_are_caught_when_syncing() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    drop(doc);
    let old = (std::fs::read(place.db()).unwrap(), std::fs::read(beside(&place.db(), "-peer")).unwrap());
    let doc = place.open();
    let other = Doc::new(OpenOptions::new()).unwrap();
    doc.insert("todos", "sent, then forgotten", &[]).unwrap();
    pull(&other, &doc).unwrap();
    drop(doc);
    std::fs::write(place.db(), &old.0).unwrap();
    std::fs::write(beside(&place.db(), "-peer"), &old.1).unwrap();
    let doc = place.open();
    assert_eq!(doc.opened().unwrap().fresh_peer, None, "nothing on this disk tells");
    doc.insert("todos", "typed under a counter that is taken", &[]).unwrap();
    doc.insert("todos", "and one more", &[]).unwrap();
    let error = pull(&other, &doc).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConflictingEvent);
    let event = error.event_id().unwrap().clone();
    doc.fork(event.counter).unwrap();
    pull(&other, &doc).unwrap();
    pull(&doc, &other).unwrap();
    assert_eq!(doc.digest().unwrap(), other.digest().unwrap());
    for row in ["sent, then forgotten", "typed under a counter that is taken", "and one more"] {
        assert!(doc.contains("todos", row).unwrap(), "{row}");
    }
    let before = seen(&doc);
    drop(doc);
    let doc = place.open();
    assert_eq!(seen(&doc), before, "a forked replica is kept whole");
    assert!(doc.verify().unwrap().is_empty());
}

#[test]
fn a_damaged_mark_costs_a_peer_id_and_nothing_else() {
    let place = Place::new();
    fill(&place.open(), 3);
    std::fs::write(beside(&place.db(), "-peer"), vec![7; 700]).unwrap();
    assert_eq!(reason(&place.db()), Some(FreshPeer::Damaged));
    assert_eq!(reason(&place.db()), None);
    std::fs::remove_file(beside(&place.db(), "-peer")).unwrap();
    assert_eq!(reason(&place.db()), Some(FreshPeer::NoMark));
}

#[test]
fn the_mark_may_lie_elsewhere() {
    let place = Place::new();
    let folder = place.path("no backup");
    std::fs::create_dir(&folder).unwrap();
    let options = || OpenOptions::new().mark_folder(&folder);
    fill(&Doc::open(place.db(), options()).unwrap(), 2);
    assert!(folder.join("notes.db-peer").exists() && !beside(&place.db(), "-peer").exists());
    assert_eq!(Doc::open(place.db(), options()).unwrap().opened().unwrap().fresh_peer, None);
}

#[test]
fn a_peer_id_can_be_asked_for_but_not_used_twice() {
    let place = Place::new();
    let named = |name: &str| OpenOptions::new().peer(convergedb::PeerId::new(name).unwrap());
    let doc = Doc::open(place.db(), named("ana")).unwrap();
    fill(&doc, 2);
    drop(doc);
    let doc = Doc::open(place.db(), named("ana")).unwrap();
    assert_eq!((doc.peer().unwrap().as_str(), doc.opened().unwrap().fresh_peer), ("ana", None));
    drop(doc);
    let doc = Doc::open(place.db(), named("ben")).unwrap();
    assert_eq!((doc.peer().unwrap().as_str(), doc.opened().unwrap().fresh_peer), ("ben", Some(FreshPeer::Asked)));
    drop(doc);
    std::fs::remove_file(beside(&place.db(), "-peer")).unwrap();
    let doc = Doc::open(place.db(), named("ben")).unwrap();
    assert_ne!(doc.peer().unwrap().as_str(), "ben");
}

#[test]
fn a_backup_is_a_replica_of_its_own() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 50);
    doc.backup(place.path("backup.db")).unwrap();
    assert_eq!(doc.backup(place.path("backup.db")).unwrap_err().kind(), ErrorKind::Storage);
    doc.insert("todos", "later", &[]).unwrap();
    let copy = Doc::open(place.path("backup.db"), OpenOptions::new()).unwrap();
    assert_eq!(copy.opened().unwrap().fresh_peer, Some(FreshPeer::NoMark));
    assert_ne!(copy.peer().unwrap(), doc.peer().unwrap());
    assert!(copy.verify().unwrap().is_empty());
    copy.insert("todos", "in the copy", &[]).unwrap();
    pull(&copy, &doc).unwrap();
    pull(&doc, &copy).unwrap();
    assert_eq!(copy.versions().unwrap(), doc.versions().unwrap());
    assert_eq!(copy.digest().unwrap(), doc.digest().unwrap());
}

/// Goal: a file that is gone does not give its counters out again to who asks for its peer id.
#[test]
fn a_peer_id_whose_file_is_gone_is_not_given_again() {
    let place = Place::new();
    let named = || OpenOptions::new().peer(convergedb::PeerId::new("ana").unwrap());
    fill(&Doc::open(place.db(), named()).unwrap(), 2);
    std::fs::remove_file(place.db()).unwrap();
    let doc = Doc::open(place.db(), named()).unwrap();
    assert_ne!(doc.peer().unwrap().as_str(), "ana");
    assert_eq!(doc.opened().unwrap().fresh_peer, Some(FreshPeer::RolledBack));
}

/// Goal: where another file was put in the place of one that is open, no counter of that one is given out again.
#[cfg(unix)]
#[test]
fn a_file_that_is_exchanged_while_it_is_open_is_noticed() {
    let place = Place::new();
    fill(&place.open(), 3);
    std::fs::copy(place.db(), place.path("copy.db")).unwrap();
    let doc = place.open();
    let peer = doc.peer().unwrap();
    std::fs::rename(place.path("copy.db"), place.db()).unwrap();
    // It goes into the file that was opened, which has no name any more.
    let _ = doc.insert("todos", "lost with its file", &[]);
    drop(doc);
    let doc = place.open();
    assert!(doc.opened().unwrap().fresh_peer.is_some() && doc.peer().unwrap() != peer);
    doc.insert("todos", "typed now", &[]).unwrap();
    assert!(doc.verify().unwrap().is_empty());
}
