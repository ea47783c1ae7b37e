//! What a replica that was read from bytes is put through.

use super::attempt::{is_typed, live_on, saved};
use super::history::{options, peer};
use convergedb::{CrdtDoc, RowRange, VersionVector};

/// A few bytes can say millions of events, which take long to go through.
const EVENTS_MAX: u64 = 20_000;

/// Decodes a replica and uses it. Says whether it was sound, if it was taken.
pub fn use_replica(bytes: &[u8]) -> Option<bool> {
    let doc = CrdtDoc::decode_replica(bytes, options("dave"));
    doc.as_ref().err().inspect(|error| assert!(is_typed(error), "{error:?}"));
    doc.ok().map(use_decoded)
}

/// Uses a replica that was read from bytes in every way. A sound one lives on like any other; one that lies about itself must only not
/// panic.
///
/// Says whether it was sound.
pub fn use_decoded(mut doc: CrdtDoc) -> bool {
    let history = doc.load_history();
    history.as_ref().err().inspect(|error| assert!(is_typed(error), "{error:?}"));
    if doc.events() > EVENTS_MAX {
        return false;
    }
    if history.is_ok() && doc.check().is_ok() && is_like_others(&doc) {
        live_on(&mut doc);
        return true;
    }
    use_anyhow(&mut doc);
    false
}

/// Whether it is a replica as anybody could have. What stands in no event and no row can be anything in one that lies, and is known to it
/// alone.
fn is_like_others(doc: &CrdtDoc) -> bool {
    let nothing = VersionVector::new();
    let Ok(page) = doc.get_pending(&nothing) else { return true };
    let mut other = CrdtDoc::new(options("heidi").document(doc.document_id()));
    other.merge_remote(&page.runs).is_ok_and(|merged| merged.applied == doc.events())
}

/// Uses a replica that may lie about itself: it must not panic.
pub fn use_anyhow(doc: &mut CrdtDoc) {
    let ids = |doc: &CrdtDoc| -> Vec<(String, String)> {
        doc.tables()
            .into_iter()
            .flat_map(|tbl| doc.rows(tbl).map(|row| (tbl.to_owned(), row.id().to_string())).collect::<Vec<_>>())
            .collect()
    };
    for (tbl, row_id) in ids(doc) {
        doc.row(&tbl, &row_id).map(|row| row.to_values());
        let _ = (doc.row_history(&tbl, &row_id), doc.scan(&tbl, RowRange::prefix(&row_id)).count());
        let _ = (doc.row_as_of(&tbl, &row_id, &doc.versions()), doc.table_as_of(&tbl, &doc.versions()));
    }
    let (digest, frontier) = (doc.digest(), doc.frontier());
    let _ = (doc.missing(), doc.to_replica(), doc.common_ancestors(&frontier, &frontier), doc.log(&VersionVector::new()).count());
    let request = doc.encode_request();
    if let Ok(request) = request {
        let _ = doc.encode_pending(&request);
    }
    let _ = (doc.encode_state(), doc.encode_update(&VersionVector::new(), Default::default()));
    if let Ok(again) = CrdtDoc::decode_replica(&saved(doc), options("dave")) {
        assert_eq!(again.digest(), digest);
    }
    let rows = ids(doc);
    let _ = doc.upsert("todos", "1", &[("title", "after".into()), ("new", 1.into())]);
    for (tbl, row_id) in rows {
        let _ = (doc.update(&tbl, &row_id, "title", 5), doc.delete(&tbl, &row_id));
    }
    let _ = doc.fork(0);
    let _ = (doc.digest(), saved(doc), doc.drop_waiting(), doc.peer() == &peer("dave"));
}
