use crate::{doc_of, kind};
use convergedb::api::{EphemeralOptions, EphemeralStore, Next, ScanRange};
use convergedb::{ChangeFilter, ErrorKind, EventId, PageLimit, PeerId, Value, json};

/// Goal: every call with JSON does what the one with plain data does, and gives the documented form. Method: a document by JSON alone.
#[test]
fn a_document_by_json_alone() {
    let doc = doc_of("ana");
    let commit = doc.insert_json("t", "1", r#"{"title":"milk","done":false}"#).unwrap();
    assert_eq!(json::commit_to_json(&commit), r#"{"counter":0,"lamport":1,"events":1}"#);
    doc.upsert_json("t", "2", r#"[["title","tea"],["n",1.0]]"#).unwrap();
    doc.update_json("t", "1", "done", "true").unwrap();
    doc.update_columns_json("t", "2", r#"{"n":2,"b":{"$bytes":"AP8="}}"#).unwrap();
    let ops = r#"[{"type":"insert","tbl":"u","row_id":"1","values":{}},{"type":"delete","tbl":"u","row_id":"1"}]"#;
    assert_eq!(doc.apply_json(ops, Some(1_700_000_000_000)).unwrap().events, 2);

    assert_eq!(doc.get_json("t", "2", "b").unwrap().unwrap(), r#"{"$bytes":"AP8="}"#);
    assert_eq!(doc.get_json("t", "2", "none").unwrap(), None);
    assert_eq!(doc.row_json("t", "1").unwrap().unwrap(), r#"{"done":true,"title":"milk"}"#);
    assert_eq!(doc.row_json("t", "3").unwrap(), None);
    let table = r#"{"t":{"1":{"done":true,"title":"milk"},"2":{"b":{"$bytes":"AP8="},"n":2,"title":"tea"}}}"#;
    assert_eq!(doc.rows_json().unwrap(), table);
    assert_eq!(doc.scan_json("t", &ScanRange::all(), 1).unwrap(), r#"[["1",{"done":true,"title":"milk"}]]"#);
    assert_eq!(doc.sync_state_json().unwrap(), r#"{"frontier":[["ana",6]],"versions":{"ana":6}}"#);

    let other = doc_of("bob");
    let (runs, has_more) = doc.get_pending_json("{}", PageLimit { events: 2, bytes: usize::MAX }).unwrap();
    assert!(has_more);
    let merged = other.merge_json(&runs).unwrap();
    assert!(json::merge_result_to_json(&merged).ends_with(r#""applied":2,"duplicates":0,"pending":0,"rejected":0}"#));
    let (runs, has_more) = doc.get_pending_json(&json::versions_to_json(&other.versions().unwrap()), PageLimit::default()).unwrap();
    other.merge_json(&runs).unwrap();
    assert!(!has_more && other.digest().unwrap() == doc.digest().unwrap());
}

/// Goal: the history reads as JSON. Method: each of its calls.
#[test]
fn the_history_reads_as_json() {
    let doc = doc_of("ana");
    doc.insert_json("t", "1", r#"{"a":1}"#).unwrap();
    doc.update_json("t", "1", "a", "2").unwrap();
    let first = r#"{"id":["ana",0],"deps":[],"lamport":1,"op":{"type":"insert","tbl":"t","row_id":"1","values":[["a",1]]}}"#;
    let second = r#"{"id":["ana",1],"deps":[["ana",0]],"lamport":2,"op":{"type":"update","tbl":"t","row_id":"1","col":"a","value":2}}"#;
    let id = |counter| EventId::new(PeerId::new("ana").unwrap(), counter);
    assert_eq!(doc.event_json(&id(0)).unwrap().as_deref(), Some(first));
    assert_eq!(doc.event_json(&id(2)).unwrap(), None);
    assert_eq!(doc.row_history_json("t", "1").unwrap(), format!("[{first},{second}]"));
    assert_eq!(doc.cell_history_json("t", "1", "a").unwrap(), format!("[{first},{second}]"));
    assert_eq!(doc.log_json("{}", 1).unwrap(), format!(r#"{{"events":[{first}],"next":{{"ana":0}},"has_more":true}}"#));
    assert_eq!(doc.log_json(r#"{"ana":0}"#, 9).unwrap(), format!(r#"{{"events":[{second}],"next":{{"ana":1}},"has_more":false}}"#));
    assert_eq!(doc.row_as_of_json("t", "1", r#"{"ana":0}"#).unwrap().as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(doc.row_as_of_json("t", "1", "{}").unwrap(), None);
    assert_eq!(doc.table_as_of_json("t", r#"{"ana":0}"#).unwrap(), r#"[["1",{"a":1}]]"#);

    let ids = json::parse_event_ids(r#"[["ana",1],["bob",0]]"#).unwrap();
    assert_eq!(json::event_ids_to_json(&ids), r#"[["ana",1],["bob",0]]"#);
    assert_eq!(kind(json::parse_event_ids(r#"[["ana"]]"#)), ErrorKind::InvalidArgument);
    assert_eq!(kind(json::parse_event_ids(r#"[["",1]]"#)), ErrorKind::InvalidArgument);
    assert_eq!(kind(json::parse_event_ids(r#"[["ana",1.0]]"#)), ErrorKind::InvalidArgument);
    assert_eq!(kind(json::parse_event_ids("[")), ErrorKind::Malformed);
}

/// Goal: a transaction takes JSON, by the rules of one. Method: each of its calls, and texts that are none.
#[test]
fn a_transaction_by_json() {
    let doc = doc_of("ana");
    let tx = doc.begin(None).unwrap();
    tx.insert_json("t", "1", r#"{"a":1}"#).unwrap();
    tx.upsert_json("t", "1", r#"[["b",2]]"#).unwrap();
    tx.update_json("t", "1", "a", "null").unwrap();
    tx.update_columns_json("t", "1", r#"{"c":3,"d":4}"#).unwrap();
    assert_eq!(kind(tx.insert_json("t", "2", "{")), ErrorKind::Malformed);
    assert_eq!(kind(tx.update_json("t", "1", "a", "[]")), ErrorKind::InvalidValue);
    assert_eq!(kind(tx.update_columns_json("t", "1", r#"{"a":5,"b":[]}"#)), ErrorKind::InvalidValue);
    assert_eq!(tx.row_json("t", "1").unwrap().unwrap(), r#"{"a":null,"b":2,"c":3,"d":4}"#);
    assert_eq!(tx.row_json("t", "2").unwrap(), None);
    assert_eq!(tx.commit().unwrap().events, 5);
    assert_eq!(kind(tx.insert_json("t", "1", "no")), ErrorKind::Closed);
    assert_eq!(kind(tx.upsert_json("t", "1", "no")), ErrorKind::Closed);
    assert_eq!(kind(tx.update_json("t", "1", "a", "no")), ErrorKind::Closed);
    assert_eq!(kind(tx.update_columns_json("t", "1", "no")), ErrorKind::Closed);
    assert_eq!(kind(tx.row_json("t", "1")), ErrorKind::Closed);
}

/// Goal: a bad text changes nothing and says where it is bad. Method: one in each kind of call.
#[test]
fn a_bad_text_changes_nothing() {
    let doc = doc_of("ana");
    doc.insert_json("t", "1", "{}").unwrap();
    let before = doc.sync_state().unwrap();
    assert_eq!(kind(doc.insert_json("t", "2", r#"{"a":1,"a":2}"#)), ErrorKind::Malformed);
    assert_eq!(kind(doc.insert_json("", "2", "no")), ErrorKind::InvalidArgument);
    assert_eq!(kind(doc.update_columns_json("t", "1", r#"{"a":18446744073709551616}"#)), ErrorKind::InvalidValue);
    assert_eq!(kind(doc.merge_json("{}")), ErrorKind::Malformed);
    assert_eq!(kind(doc.get_pending_json("[]", PageLimit::default())), ErrorKind::InvalidArgument);
    let ops = r#"[{"type":"delete","tbl":"t","row_id":"1"},{"type":"update","tbl":"t","row_id":"1","col":"a","value":1}]"#;
    let error = doc.apply_json(ops, None).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::RowNotFound, Some("[1]")));
    assert_eq!(doc.sync_state().unwrap(), before);
}

/// Goal: changes are written as JSON. Method: a local one, a merged one, patches of each kind.
#[test]
fn changes_are_written_as_json() {
    let (doc, other) = (doc_of("ana"), doc_of("bob"));
    let changes = doc.subscribe(ChangeFilter::all(), 100).unwrap();
    doc.insert_json("t", "1", r#"{"a":1}"#).unwrap();
    let Next::Change(local) = changes.try_next().unwrap() else { panic!("a change is awaited") };
    let inserted = r#"{"type":"insert_row","tbl":"t","row_id":"1","values":[["a",1]]}"#;
    assert_eq!(json::change_to_json(&local), format!(r#"{{"patches":[{{"patch":{inserted},"peer":null}}]}}"#));

    other.merge_json(&doc.get_pending_json("{}", PageLimit::default()).unwrap().0).unwrap();
    other.update_json("t", "1", "a", "2").unwrap();
    let merged = doc.merge_json(&other.get_pending_json("{}", PageLimit::default()).unwrap().0).unwrap();
    let set = r#"{"type":"set_cell","tbl":"t","row_id":"1","col":"a","value":2}"#;
    assert_eq!(json::patches_to_json(&merged.patches), format!("[{set}]"));
    let Next::Change(remote) = changes.try_next().unwrap() else { panic!("a change is awaited") };
    assert_eq!(json::change_to_json(&remote), format!(r#"{{"patches":[{{"patch":{set},"peer":"bob"}}]}}"#));
    assert_eq!(json::events_to_json(&[]), "[]");
    assert_eq!(json::rows_to_json(&[("1".into(), vec![("a".into(), Value::Null)])]), r#"[["1",{"a":null}]]"#);
    assert_eq!(json::cells_to_json(&[]), "{}");
}

/// Goal: an ephemeral store by JSON alone. Method: each of its calls.
#[test]
fn a_store_by_json_alone() {
    let options = EphemeralOptions::new().peer(PeerId::new("ana").unwrap()).manual_clock().wall_clock(false).ttl_ms(Some(100));
    let store = EphemeralStore::new(options).unwrap();
    let changes = store.subscribe(10).unwrap();
    assert!(store.set_json("ns", "a", r#"{"$bytes":""}"#, Some(10.0)).unwrap());
    assert_eq!(store.get_json("ns", "a").unwrap().unwrap(), r#"{"value":{"$bytes":""},"timestamp":10.0,"peer":"ana"}"#);
    assert_eq!(store.get_json("ns", "b").unwrap(), None);
    let entry = r#"{"ns":{"b":{"value":1,"timestamp":11.0,"peer":"bob"}}}"#;
    assert_eq!(store.merge_json(entry).unwrap(), entry);
    assert_eq!(store.merge_json(entry).unwrap(), "{}");
    assert_eq!(kind(store.merge_json("[]")), ErrorKind::Malformed);
    assert_eq!(kind(store.set_json("ns", "a", "[]", None)), ErrorKind::InvalidValue);
    let removal = r#"{"ns":{"b":{"removed":true,"timestamp":11.0,"peer":"bob"}}}"#;
    assert_eq!(store.remove_peer_json("bob").unwrap(), removal);
    assert_eq!(store.get_all_json("ns").unwrap(), r#"{"a":{"value":{"$bytes":""},"timestamp":10.0,"peer":"ana"}}"#);
    store.advance(100).unwrap();
    assert!(store.expire_json().unwrap().starts_with(r#"{"ns":{"a":"#));

    let told: Vec<String> = changes.drain().unwrap().changes.iter().map(json::ephemeral_change_to_json).collect();
    let shown = r#"{"value":1,"timestamp":11.0,"peer":"bob"}"#;
    assert_eq!(told[1], format!(r#"{{"kind":"added","ns":"ns","key":"b","entry":{shown},"local":false}}"#));
    assert!(told[0].starts_with(r#"{"kind":"added""#) && told[2].starts_with(r#"{"kind":"removed""#));
    assert!(told[3].starts_with(r#"{"kind":"expired""#));
    store.close().unwrap();
    assert_eq!(kind(store.set_json("ns", "a", "no", None)), ErrorKind::Closed);
    assert_eq!(kind(store.merge_json("no")), ErrorKind::Closed);
    assert_eq!(kind(store.get_all_json("ns")), ErrorKind::Closed);
    assert_eq!(kind(store.expire_json()), ErrorKind::Closed);
    assert_eq!(kind(store.remove_peer_json("bob")), ErrorKind::Closed);
}
