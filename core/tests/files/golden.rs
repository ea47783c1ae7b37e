//! Files that earlier versions wrote open for ever. `tests/golden/README.md` says the rule.

use super::{Place, beside, seen};
use convergedb::api::{Doc, FreshPeer, OpenOptions};
use convergedb::{DocumentId, PeerId, Value, ValueRef};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// The present format of the file.
const FORMAT: u32 = 1;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

/// What must come out of a file.
fn outcome(doc: &Doc) -> Json {
    let events = doc.log_json("{}", usize::MAX).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let log: Json = serde_json::from_str(&events).unwrap();
    let log = serde_json::to_string(&log["events"]).unwrap();
    json!({
        "digest": hex(&doc.digest().unwrap()),
        "state": serde_json::from_str::<Json>(&doc.sync_state_json().unwrap()).unwrap(),
        "events": doc.events().unwrap(),
        "log_bytes": log.len(),
        "log_checksum": format!("{:016x}", log.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))),
        "waiting": doc.waiting_events().unwrap(),
        "missing": doc.missing().unwrap().iter().map(|id| json!([id.peer.as_str(), id.counter])).collect::<Vec<_>>(),
        "rows": serde_json::from_str::<Json>(&doc.rows_json().unwrap()).unwrap()["todos"],
        "document": doc.document_id().unwrap().to_string(),
    })
}

/// Every kind of value and row, a segment and a tail of the log, times, something that waits, awkward names.
fn write(doc: &Doc) {
    let values = [
        ("null", Value::Null),
        ("true", Value::Bool(true)),
        ("int", Value::Int(9_007_199_254_740_993)),
        ("float", Value::Float(-0.0)),
        ("text", Value::Str("a\0b é".into())),
        ("bytes", Value::Bytes(vec![0, 255])),
    ];
    let cells: Vec<(&str, ValueRef<'_>)> = values.iter().map(|(col, value)| (*col, value.as_ref())).collect();
    doc.insert("todos", "every kind", &cells).unwrap();
    doc.insert("Todos", "beside", &[("row_id", 1.into()), ("ROW_ID", 2.into())]).unwrap();
    for part in 0..10i64 {
        doc.transaction(Some(1_700_000_000_000 + part), |tx| {
            (0..1_000).try_for_each(|row| tx.upsert("many", &(row % 50).to_string(), &[("n", ValueRef::Int(part * row))]))
        })
        .unwrap();
    }
    doc.insert("todos", "deleted", &cells).unwrap();
    doc.delete("todos", "deleted").unwrap();
    doc.insert("todos", "revived", &cells[..2]).unwrap();
    doc.delete("todos", "revived").unwrap();
    doc.insert("todos", "revived", &cells[2..4]).unwrap();
    let peer = |name: &str| Doc::new(OpenOptions::new().peer(PeerId::new(name).unwrap()).document(doc.document_id().unwrap())).unwrap();
    let (ben, cleo) = (peer("ben"), peer("cleo"));
    ben.insert("todos", "by ben", &[]).unwrap();
    cleo.merge_remote(&ben.get_pending(&Default::default(), Default::default()).unwrap().runs).unwrap();
    cleo.insert("todos", "waits", &[]).unwrap();
    let waits = cleo.get_pending(&ben.versions().unwrap(), Default::default()).unwrap().runs;
    assert_eq!(doc.merge_remote(&waits).unwrap().pending, 1);
    doc.create_index("many", &["n"]).unwrap();
}

fn copy(name: &str, to: &Path) {
    for suffix in ["", "-wal"] {
        let from = beside(&folder().join(name), suffix);
        if from.exists() {
            std::fs::copy(from, beside(to, suffix)).unwrap();
        }
    }
}

fn write_missing() {
    for name in ["store", "store-killed"] {
        let target = folder().join(format!("{name}-v{FORMAT}.db"));
        if target.exists() {
            continue;
        }
        let place = Place::new();
        let options = OpenOptions::new().peer(PeerId::new("ana").unwrap()).document(DocumentId([9; 16]));
        let doc = Doc::open(place.db(), options).unwrap();
        write(&doc);
        let expected = outcome(&doc);
        if name == "store" {
            doc.close().unwrap();
        } else {
            // As a process that is killed leaves it.
            std::fs::copy(beside(&place.db(), "-wal"), beside(&target, "-wal")).unwrap();
        }
        std::fs::copy(place.db(), &target).unwrap();
        std::fs::write(target.with_extension("json"), serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
    }
}

#[test]
fn files_of_every_version_open() {
    if std::env::var("CONVERGE_GOLDEN_WRITE").is_ok_and(|write| write == "1") {
        write_missing();
    }
    let mut read = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let expected: Json = serde_json::from_str(&std::fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
        let place = Place::new();
        copy(&name, &place.db());
        let doc = place.open();
        let report = doc.opened().unwrap();
        assert_eq!((report.created, report.fresh_peer), (false, Some(FreshPeer::NoMark)), "{name}");
        let found = outcome(&doc);
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&found[key], value, "{name}: {key}");
        }
        assert!(doc.verify().unwrap().is_empty(), "{name}");
        doc.insert("todos", "written by this version", &[]).unwrap();
        let before = seen(&doc);
        drop(doc);
        assert_eq!(seen(&place.open()), before, "{name}");
        read += 1;
    }
    assert!(folder().join(format!("store-v{FORMAT}.db")).exists() && read >= 2, "the present format lacks its files");
}
