use crate::{doc_of, kind};
use convergedb::{ErrorKind, EventId, PageLimit, PeerId, Relation, RowOp, Value};

fn id(peer: &str, counter: u64) -> EventId {
    EventId::new(PeerId::new(peer).unwrap(), counter)
}

/// Goal: the log in pages is the whole log. Method: two authors, pages of each size, and none that holds nothing.
#[test]
fn the_log_comes_in_pages() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    for row in 0..5 {
        doc.insert("t", &row.to_string(), &[]).unwrap();
        other.insert("t", &format!("b{row}"), &[]).unwrap();
        doc.merge_remote(&other.get_pending(&doc.versions().unwrap(), PageLimit::default()).unwrap().runs).unwrap();
    }
    let whole = doc.log(&Default::default(), 100).unwrap();
    assert!(whole.events.len() == 10 && !whole.has_more && whole.next == doc.versions().unwrap());
    for limit in 0..12 {
        let (mut events, mut next, mut pages) = (Vec::new(), Default::default(), 0);
        loop {
            let page = doc.log(&next, limit).unwrap();
            assert!(page.events.len() <= limit.max(1));
            events.extend(page.events);
            (next, pages) = (page.next, pages + 1);
            if !page.has_more {
                break;
            }
        }
        assert_eq!(events, whole.events, "in pages of {limit}");
        assert_eq!(pages, 10usize.div_ceil(limit.max(1)));
    }
}

/// Goal: events, histories and former states are told. Method: a row that is inserted, changed, deleted and inserted again.
#[test]
fn former_states_are_told() {
    let doc = doc_of("ana");
    doc.insert("t", "1", &[("a", 1.into()), ("b", 1.into())]).unwrap();
    let first = doc.versions().unwrap();
    doc.update("t", "1", "a", 2).unwrap();
    doc.delete("t", "1").unwrap();
    let deleted = doc.versions().unwrap();
    doc.insert("t", "1", &[("a", 3.into())]).unwrap();

    let event = doc.event(&id("ana", 2)).unwrap().unwrap();
    assert_eq!(event.op, RowOp::Delete { tbl: "t".into(), row_id: "1".into() });
    assert_eq!(doc.event(&id("ana", 9)).unwrap(), None);
    let counters = |events: Vec<convergedb::Event>| events.iter().map(|event| event.id.counter).collect::<Vec<_>>();
    assert_eq!(counters(doc.row_history("t", "1").unwrap()), [0, 1, 2, 3]);
    assert_eq!(counters(doc.cell_history("t", "1", "b").unwrap()), [0, 2]);
    let cells = vec![("a".to_owned(), Value::Int(1)), ("b".to_owned(), Value::Int(1))];
    assert_eq!(doc.row_as_of("t", "1", &first).unwrap(), Some(cells.clone()));
    assert_eq!(doc.row_as_of("t", "1", &deleted).unwrap(), None);
    assert_eq!(doc.table_as_of("t", &first).unwrap(), [("1".to_owned(), cells)]);
    assert_eq!(doc.table_as_of("t", &deleted).unwrap(), []);
}

/// Goal: versions are compared. Method: two authors, one after the other and beside it.
#[test]
fn versions_are_compared() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    doc.insert("t", "1", &[]).unwrap();
    other.merge_remote(&doc.get_pending(&Default::default(), PageLimit::default()).unwrap().runs).unwrap();
    doc.insert("t", "2", &[]).unwrap();
    other.insert("t", "3", &[]).unwrap();
    doc.merge_remote(&other.get_pending(&Default::default(), PageLimit::default()).unwrap().runs).unwrap();

    let (root, left, right) = ([id("ana", 0)], [id("ana", 1)], [id("bob", 0)]);
    assert_eq!(doc.compare(&root, &left).unwrap(), Relation::Before);
    assert_eq!(doc.compare(&left, &right).unwrap(), Relation::Concurrent);
    assert_eq!(doc.common_ancestors(&left, &right).unwrap(), root);
    let between = doc.events_between(&root, &right).unwrap();
    assert_eq!((between.len(), between[0].peer.as_str(), between[0].start, between[0].end), (1, "bob", 0, 1));
    assert_eq!(kind(doc.compare(&root, &[id("nobody", 0)])), ErrorKind::InvalidArgument);
}
