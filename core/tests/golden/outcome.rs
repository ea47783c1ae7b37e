//! What came of reading a form, as JSON: what the file beside each golden file says, and what a later version must find too.

use convergedb::{CrdtDoc, EphemeralBatch, EphemeralMark, EphemeralStore, EventRun, PageLimit, ValueRef, VersionVector, json};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

/// The table that the outcomes do not list row by row. The digest covers it.
const MANY: &str = "many";

fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a replica shows and knows. Its log is `null` where the history is not there.
pub(crate) fn of_doc(doc: &CrdtDoc) -> Json {
    doc.check().unwrap();
    let mut rows = parsed(&doc.rows_json());
    rows.as_object_mut().unwrap().remove(MANY);
    let missing: Vec<Json> = doc.missing().iter().map(|id| json!([id.peer.as_str(), id.counter])).collect();
    json!({
        "document": doc.document_id().to_string(),
        "digest": hex(&doc.digest()),
        "rows": rows,
        "sync_state": parsed(&doc.sync_state_json()),
        "events": doc.events(),
        "log": log(doc),
        "pending": doc.waiting_events(),
        "missing": missing,
    })
}

/// The same, of a replica that goes on as whom it was stored as, with what waits in full where the history is there.
pub(crate) fn of_replica(doc: &CrdtDoc) -> Json {
    let mut outcome = of_doc(doc);
    outcome["peer"] = json!(doc.peer().as_str());
    outcome["needs_fresh_peer"] = json!(doc.needs_fresh_peer());
    outcome["waiting"] = doc.to_replica().map_or(Json::Null, |replica| parsed(&json::runs_to_json(&replica.waiting)));
    outcome
}

/// A SHA-256 of all events and transactions, whatever runs they come in.
fn log(doc: &CrdtDoc) -> Json {
    let limit = PageLimit { events: usize::MAX, bytes: usize::MAX };
    let Ok(page) = doc.get_pending_page(&VersionVector::new(), limit) else { return Json::Null };
    let mut lines: Vec<(String, u64, String)> = page.runs.iter().flat_map(transactions).collect();
    for event in doc.log(&VersionVector::new()) {
        let event = event.unwrap();
        lines.push((event.id.peer.to_string(), event.id.counter, json::event_to_json(&event)));
    }
    lines.sort();
    let mut hash = Sha256::new();
    lines.iter().for_each(|line| hash.update(format!("{}\n", line.2)));
    json!(hex(&hash.finalize()))
}

fn transactions(run: &EventRun) -> Vec<(String, u64, String)> {
    let mut counter = run.counter_start;
    let transaction = |number: usize| {
        let first = counter;
        let length = run.tx.get(number).copied().unwrap_or(1);
        counter += u64::from(length);
        (run.peer.to_string(), first, format!("{length} {:?}", run.at.get(number).copied().flatten()))
    };
    (0..run.transactions()).map(transaction).collect()
}

/// What an ephemeral store holds, and how old it is.
pub(crate) fn of_store(store: &EphemeralStore) -> Json {
    store.check().unwrap();
    let (held, _) = store.changed_since(EphemeralMark::default());
    let ages = |entries: &EphemeralBatch| -> Map<String, Json> {
        let of = |(ns, keys): (&String, &std::collections::BTreeMap<String, convergedb::EphemeralEntry>)| {
            let keys: Map<String, Json> = keys.iter().map(|(key, entry)| (key.clone(), json!(entry.age_ms))).collect();
            (ns.clone(), Json::Object(keys))
        };
        entries.iter().map(of).collect()
    };
    // JSON numbers compare as numbers, so what tells -0.0 from 0.0 is said by bits.
    let minus_zero = store.get("every kind of value", "minus zero").map(|entry| match entry.value {
        ValueRef::Float(float) => format!("{:016x}", float.to_bits()),
        other => format!("{other:?}"),
    });
    json!({ "entries": parsed(&json::entries_to_json(&held)), "ages": ages(&held), "minus_zero": minus_zero })
}
