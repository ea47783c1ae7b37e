//! JSON texts of every kind.
#![no_main]

use converge_fuzz::coverage::unseen;
use converge_fuzz::history::Start;
use converge_fuzz::subjects::{LOCAL_REFUSALS, Subject, TEXT_REFUSALS};
use converge_fuzz::{bounded, ephemeral, input};
use convergedb::{CrdtDoc, Error, ErrorKind, EventRun, MergeResult, Result, json};
use libfuzzer_sys::fuzz_target;

/// A text becomes no more than its bytes can say; indexes begin with some room.
const TEXT_ROOM: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let Some((&mode, rest)) = data.split_first() else { return };
    let text = &*String::from_utf8_lossy(rest);
    let (start, what) = input::start_of(mode);
    match what {
        0 => merge_runs(text, start),
        1 => parse_runs(text),
        2 => merge_entries(text, mode),
        3 => local(text, start, |doc| doc.transaction_json(text, Some(-1)).map(|_| ())),
        4 => local(text, start, |doc| doc.insert_json("todos", "new", text).map(|_| ())),
        5 => local(text, start, |doc| doc.upsert_json("todos", "1", text).map(|_| ())),
        6 => values(text, start),
        _ => known(text, start),
    }
});

/// An error points into its text.
fn placed<T>(text: &str, result: Result<T>) -> Result<T> {
    let inside = |error: &Error| error.offset().is_none_or(|offset| offset <= text.len() as u64);
    result.inspect_err(|error| assert!(inside(error), "{error:?}"))
}

fn merge_runs(text: &str, start: Start) {
    let mut subject = Subject::new(start);
    let merge = |doc: &mut CrdtDoc| placed(text, bounded(text.len(), || doc.merge_remote_json(text), |_| TEXT_ROOM));
    let Ok(merged) = subject.attempt(TEXT_REFUSALS, merge) else { return };
    let runs = unseen(|| json::parse_runs(text)).expect("a message is a list of runs");
    subject.merge_again(&merged, Some(runs.iter().map(|run| run.ops.len() as u64).sum()), |doc| doc.merge_remote_json(text));
    written(&subject.doc, &merged);
    subject.live_on(text.as_bytes());
}

/// Everything that is written of a merge is JSON.
fn written(doc: &CrdtDoc, merged: &MergeResult) {
    assert_json(&json::merge_result_to_json(merged));
    assert_json(&doc.sync_state_json());
    assert_json(&doc.rows_json());
    // The history of a replica that was made without one is not there.
    if let Some(Ok(event)) = unseen(|| doc.log(&Default::default()).last()) {
        assert_json(&json::event_to_json(&event));
    }
    merged.patches.iter().take(1).for_each(|patch| assert_json(&json::patch_to_json(patch)));
}

/// Whether a text is strict JSON: what stands under a key that nobody knows is checked for just that.
fn assert_json(text: &str) {
    let run = r#"{"peer":"p","counter_start":0,"lamport_start":1,"deps":[],"ops":[{"type":"delete","tbl":"t","row_id":"r"}],"unknown":"#;
    unseen(|| json::parse_runs(&format!("[{run}{text}}}]")).unwrap_or_else(|error| panic!("{error:?}: {text}")));
}

fn parse_runs(text: &str) {
    let Ok(runs) = refused_for(&[ErrorKind::Malformed], text, || json::parse_runs(text)) else { return };
    let read = |runs: &[EventRun]| json::parse_runs(&json::runs_to_json(runs)).expect("what was written reads back");
    assert_eq!(read(&runs), runs);
    let _ = refused_for(&[ErrorKind::Malformed, ErrorKind::ConflictingEvent], text, || convergedb::check_runs(&runs));
}

/// A call that touches nothing.
fn refused_for<T>(refusals: &[ErrorKind], text: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
    placed(text, bounded(text.len(), call, |_| TEXT_ROOM)).inspect_err(|error| assert!(refusals.contains(&error.kind()), "{error:?}"))
}

/// A call of the application.
fn local(text: &str, start: Start, call: impl FnOnce(&mut CrdtDoc) -> Result<()>) {
    let mut subject = Subject::new(start);
    if subject.attempt(LOCAL_REFUSALS, |doc| placed(text, bounded(text.len(), || call(doc), |_| TEXT_ROOM))).is_ok() {
        subject.live_on(text.as_bytes());
    }
}

fn values(text: &str, start: Start) {
    local(text, start, |doc| doc.update_json("todos", "5", "title", text).map(|_| ()));
    let value = refused_for(LOCAL_REFUSALS, text, || json::parse_value(text));
    let mut store = unseen(ephemeral::filled);
    let set = store.set_json("cursor", "int", text, None);
    assert_eq!(set.as_ref().err().map(Error::kind), value.as_ref().err().map(Error::kind));
    if let Ok(value) = value {
        let read = json::parse_value(&json::value_to_json(value.as_ref())).expect("what was written reads back");
        assert_eq!((&read, read.as_ref().total_cmp(value.as_ref()).is_eq()), (&value, true));
        assert_eq!(store.get("cursor", "int").map(|entry| entry.value), Some(value.as_ref()));
    }
}

fn known(text: &str, start: Start) {
    let known = refused_for(LOCAL_REFUSALS, text, || json::parse_known(text));
    let mut subject = Subject::new(start);
    let page = placed(text, subject.doc.get_pending_json(text));
    match known {
        Err(error) => assert_eq!(page.err().map(|error| error.kind()), Some(error.kind())),
        Ok(known) => {
            let update = subject.doc.encode_update(&known, Default::default());
            assert_eq!(page.as_ref().err().map(Error::kind), update.err().map(|error| error.kind()));
            page.iter().for_each(|page| assert_json(page));
        }
    }
}

fn merge_entries(text: &str, mode: u8) {
    let mut subject = ephemeral::Subject::new(mode);
    let merged = placed(text, bounded(text.len(), || subject.store.merge_json(text), |_| ephemeral::STORE_ROOM));
    unseen(|| match merged {
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::LimitExceeded), "{error:?}");
            subject.assert_untouched(&error);
        }
        Ok(changed) => {
            subject.assert_merged(changed != "{}");
            assert_eq!(subject.store.merge_json(text).expect("what was taken once is taken again"), "{}");
            let entries = json::parse_entries(&changed).expect("what was written reads back");
            assert_eq!(json::entries_to_json(&entries), changed);
            subject.assert_ends();
        }
    });
}
