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
fn a_million_updates_are_small_and_open_fast() {
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
