use super::{Place, beside, fill, pull, seen};
use convergedb::ErrorKind;
use convergedb::api::{Doc, Next, OpenOptions};

#[test]
fn suspended_it_can_be_read_and_taken_up_by_another() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 5);
    let changes = doc.subscribe(convergedb::ChangeFilter::all(), 100).unwrap();
    doc.suspend().unwrap();
    doc.suspend().unwrap();
    assert_eq!(doc.get("todos", "row 0", "title").unwrap(), Some("oat milk".into()));
    assert_eq!(doc.insert("todos", "x", &[]).unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert!(!doc.contains("todos", "x").unwrap());
    assert!(!beside(&place.db(), "-wal").exists());
    doc.resume().unwrap();
    doc.resume().unwrap();
    doc.insert("todos", "x", &[]).unwrap();
    assert!(matches!(changes.try_next().unwrap(), Next::Change(_)));
    let peer = doc.peer().unwrap();
    doc.suspend().unwrap();
    // An extension of the application writes meanwhile.
    let other = place.open();
    assert_eq!(doc.resume().unwrap_err().kind(), ErrorKind::AlreadyOpen);
    assert_eq!(other.peer().unwrap(), peer);
    other.insert("todos", "by another process", &[]).unwrap();
    other.close().unwrap();
    doc.resume().unwrap();
    assert!(doc.contains("todos", "by another process").unwrap());
    assert!(matches!(changes.try_next().unwrap(), Next::Lagged));
    doc.insert("todos", "y", &[]).unwrap();
    let before = seen(&doc);
    drop(doc);
    let doc = place.open();
    assert_eq!(seen(&doc), before);
    assert!(doc.verify().unwrap().is_empty());
    doc.suspend().unwrap();
    doc.close().unwrap();
    place.open();
}

#[test]
fn compacting_gives_space_back() {
    let place = Place::new();
    let doc = place.open();
    let text = "x".repeat(10_000);
    for row in 0..200 {
        doc.insert("t", &row.to_string(), &[("text", text.as_str().into())]).unwrap();
    }
    for row in 0..200 {
        doc.update("t", &row.to_string(), "text", "short").unwrap();
    }
    let before = doc.stats().unwrap();
    doc.compact().unwrap();
    let after = doc.stats().unwrap();
    assert!(after.file_bytes < before.file_bytes && after.free_bytes == 0, "{before:?} {after:?}");
    assert!(doc.verify().unwrap().is_empty());
    doc.insert("t", "after", &[]).unwrap();
}

#[test]
fn two_hundred_thousand_updates_are_small() {
    let place = Place::new();
    let doc = Doc::open(place.db(), OpenOptions::new().durability(convergedb::api::Durability::Relaxed)).unwrap();
    for row in 0..1_000 {
        doc.insert("t", &row.to_string(), &[("a", 0.into())]).unwrap();
    }
    for part in 0..20i64 {
        doc.transaction(None, |tx| (0..10_000i64).try_for_each(|n| tx.update("t", &(n % 1_000).to_string(), "a", n * part))).unwrap();
    }
    let before = (doc.digest().unwrap(), doc.sync_state().unwrap());
    drop(doc);
    let bytes = std::fs::metadata(place.db()).unwrap().len();
    assert!(bytes < 201_000 * 45, "{bytes} bytes");
    let doc = place.open();
    assert_eq!((doc.digest().unwrap(), doc.sync_state().unwrap()), before);
    assert_eq!(doc.row_history("t", "7").unwrap().len(), 201);
    let other = Doc::new(OpenOptions::new()).unwrap();
    pull(&other, &doc).unwrap();
    assert_eq!(other.digest().unwrap(), before.0);
}

#[test]
fn ten_thousand_commits_one_by_one() {
    let place = Place::new();
    let doc = Doc::open(place.db(), OpenOptions::new().durability(convergedb::api::Durability::Relaxed)).unwrap();
    doc.insert("t", "r", &[]).unwrap();
    for n in 0..10_000 {
        doc.update("t", "r", "n", n).unwrap();
    }
    let before = seen(&doc);
    drop(doc);
    let doc = place.open();
    assert_eq!(seen(&doc), before);
    assert!(doc.verify().unwrap().is_empty());
}

/// Goal: a flush reaches the disk. Method: it ends in a commit that waits, which the write-ahead log shows.
#[test]
fn a_flush_of_a_relaxed_file_is_a_commit() {
    let place = Place::new();
    let doc = Doc::open(place.db(), OpenOptions::new().durability(convergedb::api::Durability::Relaxed)).unwrap();
    doc.insert("t", "r", &[]).unwrap();
    let before = doc.stats().unwrap().wal_bytes;
    doc.flush().unwrap();
    assert!(doc.stats().unwrap().wal_bytes > before);
}

/// Goal: who opens for reading sees one moment, whatever is written meanwhile. Method: many openings beside a writer.
#[test]
fn readers_open_while_it_is_written() {
    let place = Place::new();
    let doc = Doc::open(place.db(), OpenOptions::new().durability(convergedb::api::Durability::Relaxed)).unwrap();
    doc.insert("t", "r", &[("n", 0.into())]).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut row = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                doc.upsert("t", &(row % 50).to_string(), &[("n", row.into())]).unwrap();
                row += 1;
            }
        });
        for _ in 0..60 {
            let reader = Doc::open(place.db(), OpenOptions::new().read_only(true)).unwrap();
            assert!(reader.verify().unwrap().is_empty());
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Goal: a suspended replica whose file is set back goes on under a fresh peer id, even if it dies at once. Method: the file's old bytes.
#[test]
fn a_file_that_is_set_back_while_suspended_is_noticed() {
    let place = Place::new();
    let doc = place.open();
    doc.insert("t", "r", &[]).unwrap();
    doc.suspend().unwrap();
    let old = std::fs::read(place.db()).unwrap();
    doc.resume().unwrap();
    doc.insert("t", "s", &[]).unwrap();
    let peer = doc.peer().unwrap();
    doc.suspend().unwrap();
    std::fs::write(place.db(), &old).unwrap();
    doc.resume().unwrap();
    assert!(doc.needs_fresh_peer().unwrap() && doc.opened().unwrap().fresh_peer.is_some());
    drop(doc);
    let doc = place.open();
    doc.insert("t", "u", &[]).unwrap();
    assert_ne!(doc.peer().unwrap(), peer);
}

/// Goal: where another document's file was put in place of a suspended one, it is not taken up in its name.
#[test]
fn another_document_is_not_taken_up() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    let other = Doc::open(place.path("other.db"), OpenOptions::new()).unwrap();
    other.insert("secrets", "r", &[]).unwrap();
    other.close().unwrap();
    doc.suspend().unwrap();
    std::fs::rename(place.db(), place.path("mine.db")).unwrap();
    std::fs::rename(place.path("other.db"), place.db()).unwrap();
    assert_eq!(doc.resume().unwrap_err().kind(), ErrorKind::OtherDocument);
    assert!(!doc.tables().unwrap().contains(&"secrets".to_owned()), "what is in memory is as it was");
    // It holds no lock meanwhile, and goes on when its file is there again.
    place.open().close().unwrap();
    std::fs::rename(place.path("mine.db"), place.db()).unwrap();
    std::fs::remove_file(beside(&place.db(), "-peer")).unwrap();
    doc.resume().unwrap();
    doc.insert("todos", "after", &[]).unwrap();
}

/// Goal: a handle that may not write any more gives its locks back all the same. Method: another program writes, so that a commit fails; the
/// mark becomes a directory.
#[test]
fn a_handle_that_fails_can_be_suspended() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    rusqlite::Connection::open(place.db()).unwrap().execute_batch("CREATE TABLE another_program(x)").unwrap();
    assert_eq!(doc.insert("todos", "x", &[]).unwrap_err().kind(), ErrorKind::Storage);
    let _ = doc.suspend();
    let other = place.open();
    other.insert("todos", "y", &[]).unwrap();
    other.close().unwrap();
}

/// Goal: who reads beside a relaxed writer hands nothing out that the disk may lose. Method: a write-ahead log that cannot be synced.
#[cfg(unix)]
#[test]
fn a_reader_hands_nothing_out_before_it_is_synced() {
    let place = Place::new();
    let doc = Doc::open(place.db(), OpenOptions::new().durability(convergedb::api::Durability::Relaxed)).unwrap();
    fill(&doc, 3);
    let (wal, aside) = (beside(&place.db(), "-wal"), place.path("aside"));
    let open = || Doc::open(place.db(), OpenOptions::new().read_only(true)).unwrap();
    let (first, second) = (open(), open());
    std::fs::rename(&wal, &aside).unwrap();
    std::os::unix::fs::symlink("/dev/null", &wal).unwrap();
    let hand_out = |reader: &Doc| reader.encode_update(&Default::default(), Default::default()).map(|page| page.bytes.len());
    assert_eq!(hand_out(&first).unwrap_err().kind(), ErrorKind::Storage);
    std::fs::remove_file(&wal).unwrap();
    std::fs::rename(&aside, &wal).unwrap();
    assert_eq!(hand_out(&first).unwrap_err().kind(), ErrorKind::Storage, "another try may succeed though what was written is gone");
    assert!(hand_out(&second).unwrap() > 0);
}
