//! JSON texts of every kind.
#![no_main]

use converge_fuzz::attempt::{Fingerprint, attempt, live_on};
use converge_fuzz::{Subjects, bounded, ephemeral, input};
use convergedb::{VersionVector, json};
use libfuzzer_sys::fuzz_target;

/// A text becomes no more than its bytes can say; indexes begin with some room.
const TEXT_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((&mode, rest)) = data.split_first() else { return };
    let text = &*String::from_utf8_lossy(rest);
    let (start, what) = input::start_of(mode);
    match what {
        0 | 1 => {
            let (mut doc, before) = Subjects::get().make(start);
            if attempt(&mut doc, before, |doc| bounded(text.len(), || doc.merge_remote_json(text), |_| TEXT_ROOM)).is_ok() {
                let again = doc.merge_remote_json(text).expect("what was taken once is taken again");
                assert_eq!(again.applied, 0);
                live_on(&mut doc);
            }
            if let Ok(runs) = json::parse_runs(text) {
                assert_eq!(json::parse_runs(&json::runs_to_json(&runs)).expect("what was written reads back"), runs);
            }
        }
        2 => merge_ephemeral(text, mode),
        3 => {
            let (mut doc, before) = Subjects::get().make(start);
            if attempt_local(&mut doc, before, |doc| bounded(text.len(), || doc.transaction_json(text, None), |_| TEXT_ROOM)) {
                live_on(&mut doc);
            }
        }
        4 => {
            let (mut doc, before) = Subjects::get().make(start);
            if attempt_local(&mut doc, before, |doc| bounded(text.len(), || doc.insert_json("todos", "new", text), |_| TEXT_ROOM)) {
                doc.upsert_json("todos", "1", text).expect("an upsert takes what an insert takes");
                live_on(&mut doc);
            }
        }
        5 => {
            let (mut doc, before) = Subjects::get().make(start);
            doc.upsert("todos", "1", &[]).expect("a good insert");
            let before = if doc.contains("todos", "1") { &Fingerprint::of(&doc) } else { before };
            attempt_local(&mut doc, before, |doc| bounded(text.len(), || doc.update_json("todos", "1", "title", text), |_| TEXT_ROOM));
            if let Ok(value) = json::parse_value(text) {
                assert_eq!(json::parse_value(&json::value_to_json(value.as_ref())).expect("what was written reads back"), value);
            }
        }
        _ => {
            if let Ok(known) = bounded(text.len(), || json::parse_known(text), |_| TEXT_ROOM) {
                let (mut doc, _) = Subjects::get().make(start);
                let _: VersionVector = known.iter().map(|(peer, counter)| (peer.clone(), counter)).collect();
                let page = doc.get_pending_json(text);
                let update = doc.encode_update(&known, Default::default());
                assert_eq!(page.is_ok(), update.is_ok());
            }
        }
    }
});

/// A call of the application, which may be refused for any reason.
fn attempt_local<T>(
    doc: &mut convergedb::CrdtDoc,
    before: &Fingerprint,
    call: impl FnOnce(&mut convergedb::CrdtDoc) -> convergedb::Result<T>,
) -> bool {
    let taken = call(doc).is_ok();
    if !taken {
        assert_eq!(*before, Fingerprint::of(doc), "refused, but it changed something");
    }
    doc.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}"));
    taken
}

fn merge_ephemeral(text: &str, mode: u8) {
    let mut store = if mode & 1 == 0 { ephemeral::empty() } else { ephemeral::filled() };
    let before = ephemeral::fingerprint(&store);
    let merged = bounded(text.len(), || store.merge_json(text), |_| TEXT_ROOM);
    store.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}"));
    match merged {
        Err(_) => assert_eq!(before, ephemeral::fingerprint(&store), "refused, but it changed something"),
        Ok(changed) => {
            let after = ephemeral::fingerprint(&store);
            assert_eq!(store.merge_json(text).expect("what was taken once is taken again"), "{}");
            let mut other = ephemeral::empty();
            other.merge_bytes(&store.encode_all()).expect("others take what it tells");
            assert_eq!(after, ephemeral::fingerprint(&other), "another store that knows the same differs");
            json::parse_entries(&changed).expect("what was written reads back");
        }
    }
}
