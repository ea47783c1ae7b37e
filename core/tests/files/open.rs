use super::{Place, beside, fill, seen};
use convergedb::ErrorKind;
use convergedb::api::{Doc, Durability, OpenOptions};

#[test]
fn what_was_written_is_there_again() {
    let place = Place::new();
    let doc = place.open();
    assert!(doc.opened().unwrap().created);
    fill(&doc, 10);
    let (before, peer) = (seen(&doc), doc.peer().unwrap());
    doc.close().unwrap();
    assert_eq!(doc.get("todos", "row 0", "title").unwrap_err().kind(), ErrorKind::Closed);
    let doc = place.open();
    let report = doc.opened().unwrap();
    assert_eq!((report.created, report.fresh_peer, report.rebuilt), (false, None, None));
    assert_eq!((seen(&doc), doc.peer().unwrap()), (before, peer));
    assert_eq!(doc.get("todos", "row 0", "title").unwrap(), Some("oat milk".into()));
    assert!(doc.verify().unwrap().is_empty());
}

#[test]
fn a_handle_that_is_dropped_closes_the_file() {
    let place = Place::new();
    for round in 0..5 {
        let doc = place.open();
        doc.upsert("t", "r", &[("n", round.into())]).unwrap();
    }
    assert_eq!(place.open().get("t", "r", "n").unwrap(), Some(4.into()));
    assert!(!beside(&place.db(), "-wal").exists());
}

#[test]
fn a_second_writer_is_told() {
    let place = Place::new();
    let doc = place.open();
    assert_eq!(Doc::open(place.db(), OpenOptions::new()).unwrap_err().kind(), ErrorKind::AlreadyOpen);
    #[cfg(unix)]
    {
        // Whatever way leads to the file.
        std::os::unix::fs::symlink(place.db(), place.path("link.db")).unwrap();
        std::fs::hard_link(place.db(), place.path("hard.db")).unwrap();
        for name in ["link.db", "hard.db"] {
            assert_eq!(Doc::open(place.path(name), OpenOptions::new()).unwrap_err().kind(), ErrorKind::AlreadyOpen, "{name}");
        }
    }
    doc.insert("t", "r", &[]).unwrap();
    drop(doc);
    assert_eq!(place.open().count("t").unwrap(), 1);
}

#[test]
fn readers_read_beside_the_writer() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    let reader = Doc::open(place.db(), OpenOptions::new().read_only(true)).unwrap();
    assert!(reader.is_read_only().unwrap());
    assert_eq!(seen(&reader), seen(&doc));
    assert_eq!(reader.insert("t", "r", &[]).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(reader.begin(None).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(reader.compact().unwrap_err().kind(), ErrorKind::ReadOnly);
    doc.insert("todos", "later", &[]).unwrap();
    assert!(!reader.contains("todos", "later").unwrap(), "a reader shows the state that it opened");
    drop(reader);
    assert!(Doc::open(place.db(), OpenOptions::new().read_only(true)).unwrap().contains("todos", "later").unwrap());
}

#[test]
fn every_wrong_path_has_its_own_words() {
    let place = Place::new();
    let open = |name: &str, options: OpenOptions| Doc::open(place.path(name), options).expect_err("it opens");
    for empty in [OpenOptions::new(), OpenOptions::new().read_only(true)] {
        assert_eq!(Doc::open("", empty).expect_err("it opens").kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(Doc::salvage("").expect_err("it is read").kind(), ErrorKind::InvalidArgument);
    assert_eq!(place.open().backup("").expect_err("it is written").kind(), ErrorKind::InvalidArgument);
    let directory = open("", OpenOptions::new());
    assert!(directory.kind() == ErrorKind::Storage && directory.message().contains("directory"), "{directory}");
    for options in [OpenOptions::new().must_exist(true), OpenOptions::new().read_only(true)] {
        let missing = open("nothing.db", options);
        assert!(missing.kind() == ErrorKind::Storage && missing.message().contains("no such file"), "{missing}");
        assert!(!place.path("nothing.db").exists());
    }
    let nowhere = open("no folder/notes.db", OpenOptions::new());
    assert_eq!(nowhere.kind(), ErrorKind::Storage, "{nowhere}");
    std::fs::write(place.path("text.db"), "these are notes, but not of ours".repeat(100)).unwrap();
    let text = open("text.db", OpenOptions::new());
    assert!(text.kind() == ErrorKind::Corrupt && text.message().contains("no database"), "{text}");
    let other = rusqlite::Connection::open(place.path("other.db")).unwrap();
    other.execute_batch("CREATE TABLE people(name)").unwrap();
    drop(other);
    let bytes = std::fs::read(place.path("other.db")).unwrap();
    let other = open("other.db", OpenOptions::new());
    assert_eq!(std::fs::read(place.path("other.db")).unwrap(), bytes, "it is left as it was");
    assert!(other.kind() == ErrorKind::Storage && other.message().contains("another program"), "{other}");
    place.open().close().unwrap();
    let connection = rusqlite::Connection::open(place.db()).unwrap();
    connection.execute_batch("UPDATE converge_head SET format=99, min_reader=99").unwrap();
    drop(connection);
    let newer = open("notes.db", OpenOptions::new());
    assert!(newer.kind() == ErrorKind::UnsupportedVersion && newer.message().contains("99"), "{newer}");
    assert!(newer.path().unwrap().ends_with("notes.db"));
}

#[test]
fn another_document_is_refused() {
    let place = Place::new();
    let doc = place.open();
    doc.insert("t", "r", &[]).unwrap();
    let id = doc.document_id().unwrap();
    drop(doc);
    let other = Doc::new(OpenOptions::new()).unwrap().document_id().unwrap();
    assert_eq!(Doc::open(place.db(), OpenOptions::new().document(other)).unwrap_err().kind(), ErrorKind::OtherDocument);
    assert_eq!(Doc::open(place.db(), OpenOptions::new().document(id)).unwrap().count("t").unwrap(), 1);
}

#[test]
fn another_program_that_writes_is_noticed() {
    let place = Place::new();
    let doc = place.open();
    doc.insert("t", "r", &[]).unwrap();
    let other = rusqlite::Connection::open(place.db()).unwrap();
    other.execute_batch("CREATE TABLE of_room(x); INSERT INTO of_room VALUES(1)").unwrap();
    assert_eq!(doc.insert("t", "s", &[]).unwrap_err().kind(), ErrorKind::Storage);
    assert!(!doc.contains("t", "s").unwrap());
    drop((doc, other));
    let doc = place.open();
    doc.insert("t", "s", &[]).unwrap();
    assert_eq!(doc.count("t").unwrap(), 2);
}

#[test]
fn a_trigger_of_another_program_is_refused() {
    let place = Place::new();
    place.open().insert("t", "r", &[]).unwrap();
    let other = rusqlite::Connection::open(place.db()).unwrap();
    other.execute_batch("CREATE TRIGGER x AFTER INSERT ON converge_t1 BEGIN DELETE FROM converge_log; END").unwrap();
    drop(other);
    assert_eq!(Doc::open(place.db(), OpenOptions::new()).unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn a_transaction_is_one_commit_or_none() {
    let place = Place::new();
    let doc = place.open();
    let failed: convergedb::Result<((), _)> = doc.transaction(None, |tx| {
        tx.insert("t", "a", &[])?;
        tx.insert("t", "a", &[])
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::RowExists);
    doc.transaction(None, |tx| {
        tx.insert("t", "b", &[("x", 1.into())])?;
        tx.update("t", "b", "x", 2)
    })
    .unwrap();
    let open = doc.begin(None).unwrap();
    open.insert("t", "never", &[]).unwrap();
    drop(open);
    drop(doc);
    let doc = place.open();
    assert_eq!((doc.count("t").unwrap(), doc.events().unwrap()), (1, 2));
}

#[test]
fn what_waits_is_kept() {
    let place = Place::new();
    let doc = place.open();
    let (one, two) = (Doc::new(OpenOptions::new()).unwrap(), Doc::new(OpenOptions::new()).unwrap());
    one.insert("t", "a", &[]).unwrap();
    two.merge_remote(&one.get_pending(&two.versions().unwrap(), Default::default()).unwrap().runs).unwrap();
    two.insert("t", "b", &[]).unwrap();
    let runs = two.get_pending(&one.versions().unwrap(), Default::default()).unwrap().runs;
    assert_eq!(doc.merge_remote(&runs).unwrap().pending, 1);
    let missing = doc.missing().unwrap();
    drop(doc);
    let doc = place.open();
    assert_eq!((doc.waiting_events().unwrap(), doc.missing().unwrap()), (1, missing));
    let all = one.get_pending(&Default::default(), Default::default()).unwrap().runs;
    assert_eq!(doc.merge_remote(&all).unwrap().applied, 2);
    drop(doc);
    let doc = place.open();
    assert_eq!((doc.waiting_events().unwrap(), doc.count("t").unwrap()), (0, 2));
    assert!(doc.verify().unwrap().is_empty());
}

#[test]
fn relaxed_and_full_keep_the_same() {
    for durability in [Durability::Full, Durability::Relaxed] {
        let place = Place::new();
        let doc = Doc::open(place.db(), OpenOptions::new().durability(durability)).unwrap();
        fill(&doc, 20);
        doc.flush().unwrap();
        let before = seen(&doc);
        drop(doc);
        assert_eq!(seen(&place.open()), before);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_read() {
    let place = Place::new();
    let doc = place.open();
    fill(&doc, 3);
    let before = seen(&doc);
    drop(doc);
    // Root may write anything, so the file system has to refuse: a folder that is gone for SQLite's side files is as good.
    let mut permissions = std::fs::metadata(place.db()).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(place.db(), permissions).unwrap();
    let reader = Doc::open(place.db(), OpenOptions::new().read_only(true)).unwrap();
    assert_eq!(seen(&reader), before);
}
