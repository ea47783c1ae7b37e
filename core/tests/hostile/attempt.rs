//! A call with bytes from outside: what must hold after it, however it ended.

use super::history::{DOCUMENT, options};
use convergedb::{CrdtDoc, DocumentId, Error, ErrorKind, EventId, PageLimit, Result, SyncState, VersionVector};

/// Longer histories are not checked event by event: a few bytes can say a million events that are all alike.
const CHECKED_EVENTS_MAX: u64 = 20_000;

/// The replica as bytes.
pub fn saved(doc: &CrdtDoc) -> Vec<u8> {
    doc.encode_replica().expect("all of it is in memory")
}

/// Everything that a refused call must leave as it was.
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint {
    digest: [u8; 32],
    sync_state: SyncState,
    waiting: u64,
    missing: Vec<EventId>,
    needs_fresh_peer: bool,
    peer: String,
    document: DocumentId,
}

impl Fingerprint {
    pub fn of(doc: &CrdtDoc) -> Fingerprint {
        Fingerprint {
            digest: doc.digest(),
            sync_state: doc.sync_state(),
            waiting: doc.waiting_events(),
            missing: doc.missing(),
            needs_fresh_peer: doc.needs_fresh_peer(),
            peer: doc.peer().to_string(),
            document: doc.document_id(),
        }
    }
}

/// Makes the call. An error must be of a kind that bytes can cause and leave the replica as it was; a success must keep every invariant.
pub fn attempt<T>(doc: &mut CrdtDoc, before: &Fingerprint, call: impl FnOnce(&mut CrdtDoc) -> Result<T>) -> Result<T> {
    let result = call(doc);
    match &result {
        Ok(_) if doc.events() > CHECKED_EVENTS_MAX => {}
        Ok(_) => doc.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}")),
        Err(error) => {
            assert!(is_typed(error), "{error:?}");
            assert_eq!(*before, Fingerprint::of(doc), "refused, but it changed something: {error:?}");
        }
    }
    result
}

/// Whether an error is one that bytes from outside may cause.
pub fn is_typed(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidArgument
            | ErrorKind::LimitExceeded
            | ErrorKind::Malformed
            | ErrorKind::UnsupportedVersion
            | ErrorKind::ConflictingEvent
            | ErrorKind::OtherDocument
            | ErrorKind::Corrupt
    )
}

/// A replica that took something in goes on like any other: it opens again, it writes, and another one that is told everything is equal.
pub fn live_on(doc: &mut CrdtDoc) {
    let again = CrdtDoc::decode_replica(&saved(doc), options(doc.peer())).expect("what was encoded decodes");
    again.check().expect("an invariant is broken in the decoded replica");
    assert_eq!(Fingerprint::of(&again), Fingerprint::of(doc), "it is another one when it opens again");
    doc.upsert("todos", "1", &[("title", "after".into())]).expect("it can be written");
    doc.check().expect("an invariant is broken after a write");
    if doc.events() > CHECKED_EVENTS_MAX || doc.get_pending(&VersionVector::new()).is_err() {
        return;
    }
    let (mut by_update, mut by_runs) = (CrdtDoc::new(options("grace")), CrdtDoc::new(options("grace").document(DOCUMENT)));
    loop {
        let update = doc.encode_update(&by_update.versions(), PageLimit::default()).expect("it has its history");
        by_update.merge_update(&update.bytes).expect("others take what it tells");
        let page = doc.get_pending(&by_runs.versions()).expect("it has its history");
        by_runs.merge_remote(&page.runs).expect("others take what it tells in runs");
        if !update.has_more && !page.has_more {
            break;
        }
    }
    for other in [&by_update, &by_runs] {
        other.check().expect("an invariant is broken elsewhere");
        assert_eq!((other.digest(), other.sync_state()), (doc.digest(), doc.sync_state()), "another replica that knows the same differs");
    }
}
