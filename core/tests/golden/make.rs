//! Makes what the golden files hold: one of every form, with everything in it that the form can say, small and always the same.

use crate::outcome;
use convergedb::clock::{MonotonicClock, SplitMix};
use convergedb::{
    CrdtDoc, DocOptions, DocumentId, EphemeralBatch, EphemeralEntry, EphemeralOptions, EphemeralStore, PageLimit, PeerId, Transaction,
    Value, ValueRef, VersionVector,
};
use serde_json::{Value as Json, json};

pub(crate) const DOCUMENT: DocumentId = DocumentId(*b"a golden documen");
/// More than a block of history holds, so that one is full and one is not.
const UPDATES: usize = 4_200;
/// More than a chunk of rows holds.
const MANY: usize = 1_030;

/// A form as written now: what it is called, how it is read, and what must come of that.
pub(crate) struct Made {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) reads: Vec<Json>,
}

/// No time passes but what is set.
struct Stopped;

impl MonotonicClock for Stopped {
    fn now_ms(&self) -> u64 {
        1_000_000
    }
}

/// An empty replica that writes under `peer`.
fn replica(peer: &str) -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(1).peer(PeerId::new(peer).unwrap()).document(DOCUMENT))
}

/// What `from` has and `to` lacks, as plain data: the forms' truth is made without them.
fn pull(to: &mut CrdtDoc, from: &CrdtDoc) {
    let page = from.get_pending(&to.versions()).unwrap();
    assert!(!page.has_more);
    to.merge_remote(&page.runs).unwrap();
}

/// A replica under another name that has what some others have.
fn copy(peer: &str, of: &[&CrdtDoc]) -> CrdtDoc {
    let mut copy = replica(peer);
    of.iter().for_each(|from| pull(&mut copy, from));
    copy
}

fn whole(doc: &mut CrdtDoc, known: &VersionVector) -> Vec<u8> {
    let page = doc.encode_update(known, PageLimit::default()).unwrap();
    assert!(!page.has_more);
    page.bytes
}

fn answer(doc: &mut CrdtDoc, request: &[u8]) -> Vec<u8> {
    let page = doc.encode_pending(request).unwrap();
    assert!(!page.has_more);
    page.bytes
}

/// One value of every kind, and the ends of their ranges.
fn every_kind() -> [(&'static str, ValueRef<'static>); 14] {
    [
        ("nothing", ValueRef::Null),
        ("no", false.into()),
        ("yes", true.into()),
        ("lowest", i64::MIN.into()),
        ("highest", i64::MAX.into()),
        ("one", 1.into()),
        ("half", 0.5.into()),
        ("minus zero", (-0.0).into()),
        ("least", 5e-324.into()),
        ("greatest", f64::MAX.into()),
        ("text", "mléko, 牛乳\0and an end".into()),
        ("no text", "".into()),
        ("bytes", ValueRef::Bytes(&[0, 0xff, 0x80, 0xce])),
        ("no bytes", ValueRef::Bytes(&[])),
    ]
}

/// One writer: every kind of operation and value, transactions with and without a time, long names, hidden and revived rows.
fn first_writes() -> CrdtDoc {
    let mut ana = replica("ana");
    ana.insert("kinds", "1", &every_kind()).unwrap();
    ana.insert("todos", "1", &[("title", "milk".into()), ("done", false.into()), ("count", 1.into())]).unwrap();
    ana.insert("todos", "a row id of more than fifteen bytes", &[("title", "lost".into()), ("title", "the last one counts".into())])
        .unwrap();
    ana.insert("todos", "no cells", &[]).unwrap();
    let timed = |tx: &mut Transaction<'_>| -> convergedb::Result<()> {
        tx.insert("notes", "n1", &[("text", "here for a moment".into())])?;
        tx.insert("notes", "n2", &[("text", "here to stay".into())])?;
        tx.delete("notes", "n1")?;
        tx.update("todos", "1", "done", true)
    };
    ana.transaction(Some(1_700_000_000_000), timed).unwrap();
    ana.transaction(None, |tx| tx.update("todos", "1", "count", 2).and_then(|()| tx.update("todos", "1", "count", 3))).unwrap();
    ana.transaction(Some(-1), |tx| tx.update("todos", "1", "title", "oat milk")).unwrap();
    let columns: Vec<String> = (0..70).map(|column| format!("column {column:02}")).collect();
    let cells: Vec<(&str, ValueRef<'_>)> = columns.iter().zip(0i64..).map(|(column, value)| (column.as_str(), value.into())).collect();
    ana.insert("wide", "w", &cells).unwrap();
    ana.insert("todos", "revived", &[("title", "before".into()), ("count", 1.into())]).unwrap();
    ana.delete("todos", "revived").unwrap();
    ana.insert("todos", "revived", &[("title", "after".into())]).unwrap();
    ana.insert("todos", "hidden", &[("title", "gone".into())]).unwrap();
    ana.delete("todos", "hidden").unwrap();
    ana
}

/// Three writers who were apart: rows inserted twice at once, a delete against an update, an event with two deps.
fn apart(ana: &mut CrdtDoc) -> CrdtDoc {
    let mut ben = copy("ben", &[ana]);
    ben.update("todos", "1", "title", "beer").unwrap();
    ben.delete("notes", "n2").unwrap();
    ben.insert("shared", "s", &[("from", "ben".into()), ("b", 1.into())]).unwrap();
    ben.upsert("todos", "1", &[("count", 10.into())]).unwrap();
    ana.update("notes", "n2", "text", "too late").unwrap();
    ana.insert("shared", "s", &[("from", "ana".into()), ("a", 2.into())]).unwrap();
    let mut third = copy("žofie, whose id is long", &[ana, &ben]);
    third.insert("shared", "z", &[("from", "the third".into())]).unwrap();
    third.update("shared", "s", "column of her own", 0.25).unwrap();
    pull(ana, &third);
    ben
}

/// A table of many rows, and enough updates for more than one block.
fn many_writes(doc: &mut CrdtDoc) {
    let rows: Vec<String> = (0..MANY).map(|row| format!("row {row:04}")).collect();
    let insert = |tx: &mut Transaction<'_>| {
        rows.iter()
            .zip(0i64..)
            .try_for_each(|(row, value)| tx.insert("many", row, &[("n", (value % 7).into()), ("even", (value % 2 == 0).into())]))
    };
    doc.transaction(Some(1_700_000_000_001), insert).unwrap();
    for (at, value) in (0..UPDATES).zip(0i64..) {
        doc.update("many", &rows[at / 5], "n", value % 7).unwrap();
    }
    doc.delete("many", &rows[17]).unwrap();
}

/// What a fourth writer sends too early: `doc` keeps it waiting. Returns that writer.
fn let_wait(doc: &mut CrdtDoc) -> CrdtDoc {
    let mut cyd = copy("cyd", &[doc]);
    cyd.update("todos", "1", "title", "what the others wait for").unwrap();
    let kinds = |tx: &mut Transaction<'_>| -> convergedb::Result<()> {
        tx.insert("waits", "a row id of more than fifteen bytes", &every_kind())?;
        tx.update("todos", "1", "done", ValueRef::Null)?;
        tx.delete("todos", "no cells")
    };
    cyd.transaction(Some(1_700_000_000_002), kinds).unwrap();
    let mut known = doc.versions();
    known.set(PeerId::new("cyd").unwrap(), 0);
    let early = cyd.get_pending(&known).unwrap();
    assert_eq!(doc.merge_remote(&early.runs).unwrap().pending, 3);
    // In an update no Lamport time is said, so what waits of it has none.
    known.set(PeerId::new("cyd").unwrap(), 3);
    cyd.insert("waits", "2", &[]).unwrap();
    let early = whole(&mut cyd, &known);
    assert_eq!(doc.merge_update(&early).unwrap().pending, 4);
    cyd
}

fn entry(value: Option<Value>, timestamp: f64, peer: &str, age_ms: u64) -> EphemeralEntry {
    EphemeralEntry { value, timestamp, peer: PeerId::new(peer).unwrap(), age_ms }
}

/// An empty ephemeral store whose entries do not end.
pub(crate) fn store() -> EphemeralStore {
    EphemeralStore::new(EphemeralOptions::new(PeerId::new("dan").unwrap(), &mut SplitMix::new(1), Stopped).ttl_ms(None))
}

fn ephemeral() -> Made {
    let mut batch = EphemeralBatch::new();
    let kinds = batch.entry("every kind of value".into()).or_default();
    for (number, (key, value)) in every_kind().into_iter().enumerate() {
        kinds.insert(key.into(), entry(Some(value.to_value()), 1_700_000_000_000.0 + number as f64, "dan", 0));
    }
    let cursors = batch.entry("cursors".into()).or_default();
    cursors.insert("ana".into(), entry(Some(Value::Int(-17)), 1_700_000_000_500.0, "ana", 250));
    cursors.insert("left".into(), entry(None, 1_699_999_999_000.0, "žofie, whose id is long", 29_999));
    cursors.insert("a key of more than thirty bytes, as keys go".into(), entry(Some(Value::Bool(true)), 0.5, "ben", 1));
    cursors.insert("earliest".into(), entry(Some(Value::Null), -9_007_199_254_740_992.0, "ana", 0));
    cursors.insert("latest".into(), entry(Some(Value::Null), 9_007_199_254_740_992.0, "ana", 70_000));
    batch.entry("single".into()).or_default().insert("k".into(), entry(Some(Value::Int(1)), 0.0, "dan", 3));
    let mut from = store();
    from.merge(&batch).unwrap();
    Made { name: "ephemeral", bytes: from.encode_all(), reads: vec![json!({ "outcome": outcome::of_store(&from) })] }
}

/// One of every form.
pub(crate) fn all() -> Vec<Made> {
    let mut ana = first_writes();
    let mut base = copy("reader", &[&ana]);
    let request = base.encode_request().unwrap();
    let mut made = vec![
        Made {
            name: "base",
            bytes: ana.encode_replica().unwrap(),
            reads: vec![json!({ "as": "ana", "outcome": outcome::of_replica(&ana) })],
        },
        ephemeral(),
    ];

    let mut impostor = replica("ana");
    impostor.insert("todos", "1", &[("title", "not what she wrote".into())]).unwrap();
    let conflict = json!({ "kind": "conflicting_event", "event_id": ["ana", 0] });
    let refused = json!({ "answered_by": "replica", "error": conflict });
    made.push(Made { name: "request-conflict", bytes: impostor.encode_request().unwrap(), reads: vec![refused] });

    events(&ana, &request, &mut made);
    let mut ben = apart(&mut ana);
    let mut early = replica("reader");
    let known = [(PeerId::new("ben").unwrap(), 0)].into_iter().collect();
    let bytes = whole(&mut ben, &known);
    early.merge_remote(&ben.get_pending(&known).unwrap().runs).unwrap();
    made.push(Made { name: "update-early", bytes, reads: vec![json!({ "into": null, "outcome": outcome::of_doc(&early) })] });

    many_writes(&mut ana);
    let everything = outcome::of_doc(&copy("reader", &[&ana]));
    made.push(Made {
        name: "update",
        bytes: whole(&mut ana, &VersionVector::new()),
        reads: vec![json!({ "into": null, "outcome": everything }), json!({ "into": "base", "outcome": everything })],
    });
    let answered = answer(&mut ana, &request);
    made.push(Made { name: "update-answer", bytes: answered, reads: vec![json!({ "into": "base", "outcome": everything })] });
    let merged = json!({ "answered_by": "replica", "into": "base", "outcome": everything });
    made.push(Made { name: "request", bytes: request, reads: vec![merged] });
    let mut empty = CrdtDoc::new(DocOptions::seeded(5));
    let merged = json!({ "answered_by": "replica", "into": null, "outcome": everything });
    made.push(Made { name: "request-empty", bytes: empty.encode_request().unwrap(), reads: vec![merged] });

    let mut cyd = let_wait(&mut ana);
    let freed = outcome::of_doc(&copy("reader", &[&cyd]));
    let first = cyd.encode_update(&ana.versions(), PageLimit { events: 1, ..PageLimit::default() }).unwrap();
    assert!(first.has_more);
    let without_log = {
        let mut freed = freed.clone();
        freed["log"] = Json::Null;
        freed
    };
    let reads = vec![json!({ "into": "replica", "outcome": freed }), json!({ "into": "state", "outcome": without_log })];
    made.push(Made { name: "update-awaited", bytes: first.bytes, reads });
    made.push(Made {
        name: "replica",
        bytes: ana.encode_replica().unwrap(),
        reads: vec![json!({ "as": "ana", "outcome": outcome::of_replica(&ana) })],
    });
    let mut state = outcome::of_replica(&ana);
    (state["log"], state["waiting"]) = (Json::Null, Json::Null);
    made.push(Made { name: "state", bytes: ana.encode_state().unwrap(), reads: vec![json!({ "as": "ana", "outcome": state })] });
    made
}

/// Messages of one event: by its author who had written before, with the column told by its place; and by a new one, told by name.
fn events(ana: &CrdtDoc, request: &[u8], made: &mut Vec<Made>) {
    let mut more = CrdtDoc::from_replica(&ana.to_replica().unwrap(), DocOptions::seeded(1).peer(ana.peer().clone())).unwrap();
    more.update("todos", "1", "count", -4).unwrap();
    let mut eva = copy("eva", &[ana]);
    eva.update("todos", "1", "a column of her own", "text").unwrap();
    for (name, mut doc) in [("event", more), ("event-new-column", eva)] {
        let outcome = outcome::of_doc(&doc);
        made.push(Made { name, bytes: answer(&mut doc, request), reads: vec![json!({ "into": "base", "outcome": outcome })] });
    }
}
