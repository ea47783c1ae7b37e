//! The worked examples of `core/src/codec/FORMAT.md` are what the code writes.

use convergedb::{CrdtDoc, DocOptions, DocumentId, EventId, EventRun, PageLimit, PeerId, Result, RowOp, Transaction, Value, VersionVector};
use std::collections::BTreeMap;
use std::path::Path;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const DOCUMENT: DocumentId = DocumentId([0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]);

fn replica(peer: &str) -> CrdtDoc {
    CrdtDoc::new(DocOptions::seeded(1).peer(PeerId::new(peer).unwrap()).document(DOCUMENT))
}

/// The bytes of each block of hexadecimal digits, by the name that follows `hex` in its fence. Two spaces end a line's digits.
fn drawn() -> BTreeMap<String, Vec<u8>> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/codec/FORMAT.md")).unwrap();
    let mut blocks = BTreeMap::new();
    let mut block: Option<(String, Vec<u8>)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut block) {
            (Some(_), Some(_)) => blocks.extend(block.take()),
            (Some(fence), None) => block = Some((fence.to_owned(), Vec::new())),
            (None, Some((fence, bytes))) if fence.starts_with("hex ") => {
                let digits = line.split("  ").next().unwrap_or_default();
                bytes.extend(digits.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits")));
            }
            (None, _) => {}
        }
    }
    blocks.into_iter().filter_map(|(fence, bytes)| Some((fence.strip_prefix("hex ")?.to_owned(), bytes))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The example's document: two rows, a transaction with a time, and one event that waits.
fn written() -> CrdtDoc {
    let mut ana = replica("ana");
    ana.insert("todos", "milk", &[("title", "milk".into()), ("n", 2.into())]).unwrap();
    ana.insert("todos", "millet", &[("title", "millet".into()), ("n", 1.into())]).unwrap();
    let body = |tx: &mut Transaction<'_>| -> Result<()> {
        tx.update("todos", "milk", "n", 5)?;
        tx.delete("todos", "millet")
    };
    ana.transaction(Some(1_700_000_000_000), body).unwrap();
    ana
}

fn waiting() -> EventRun {
    let id = |counter| EventId::new(PeerId::new("ben").unwrap(), counter);
    let op = RowOp::Update { tbl: "todos".into(), row_id: "milk".into(), col: "n".into(), value: Value::Int(-1) };
    EventRun { peer: id(0).peer, counter_start: 1, lamport_start: 6, deps: vec![id(0)], ops: vec![op], tx: vec![], at: vec![] }
}

/// Goal: the document that draws the format does not drift. Method: write each example anew and compare it with what is drawn.
#[test]
fn the_drawn_examples_are_what_is_written() {
    let mut written_now = BTreeMap::new();
    let (mut ana, mut ben) = (replica("ana"), replica("ben"));
    ana.insert("todos", "milk", &[("title", "milk".into()), ("n", 2.into())]).unwrap();
    ben.merge_update(&ana.encode_update(&VersionVector::new(), PageLimit::default()).unwrap().bytes).unwrap();
    let request = ben.encode_request().unwrap();
    ana.update("todos", "milk", "n", 5).unwrap();
    written_now.insert("event", ana.encode_pending(&request).unwrap().bytes);
    written_now.insert("request", request);
    let mut whole = written();
    written_now.insert("update", whole.encode_update(&VersionVector::new(), PageLimit::default()).unwrap().bytes);
    whole.merge_remote(&[waiting()]).unwrap();
    written_now.insert("replica", whole.encode_replica().unwrap());
    let drawn = drawn();
    for (name, bytes) in &written_now {
        let drawn = drawn.get(*name).map(|bytes| hex(bytes)).unwrap_or_default();
        assert_eq!(drawn, hex(bytes), "the {name} that FORMAT.md draws (left) is not what is written");
    }
    // The chain hash that the request holds, from the canonical bytes that are drawn.
    let chain = xxh3_64_with_seed(&drawn["chain"], xxh3_64(&DOCUMENT.0));
    let request = &written_now["request"];
    assert_eq!(hex(&chain.to_le_bytes()), hex(&request[request.len() - 12..request.len() - 4]), "the chain hash is not of the bytes drawn");
}
