//! Replicas to try messages on, and what must hold after each.

use crate::attempt::{live_on, saved};
use crate::coverage::unseen;
use crate::history::{Start, Starts};
use convergedb::{CrdtDoc, Error, ErrorKind, MergeResult, Result};
use std::sync::OnceLock;
use xxhash_rust::xxh3::xxh3_64;

/// A message may decode to a million events, or to eight million cells, at about 24 bytes each, and so much is read before all of it is known
/// to be good.
const READ_ROOM: usize = 208 << 20;
/// Of a message of which something is known already or has to wait each transaction is looked at by itself, and what waits is plain data.
const PLAIN_ROOM: usize = 512 << 20;

/// What bytes that are merged may be refused for.
pub const REFUSALS: &[ErrorKind] = &[
    ErrorKind::Malformed,
    ErrorKind::UnsupportedVersion,
    ErrorKind::ConflictingEvent,
    ErrorKind::OtherDocument,
    // An update for one who knows more, or a request for history that is not here.
    ErrorKind::InvalidArgument,
];
/// What a text that is merged may be refused for.
pub const TEXT_REFUSALS: &[ErrorKind] = &[ErrorKind::Malformed, ErrorKind::ConflictingEvent];
/// What a text that the application gave may be refused for.
pub const LOCAL_REFUSALS: &[ErrorKind] = &[
    ErrorKind::InvalidArgument,
    ErrorKind::InvalidValue,
    ErrorKind::LimitExceeded,
    ErrorKind::RowExists,
    ErrorKind::RowNotFound,
    ErrorKind::Malformed,
];

/// The room of a merge, by what came of it.
pub fn merge_room(merged: &Result<MergeResult>) -> usize {
    match merged {
        Ok(MergeResult { duplicates: 0, pending: 0, rejected: 0, .. }) => READ_ROOM,
        // It did not get past reading.
        Err(error) if error.offset().is_some() => READ_ROOM,
        _ => PLAIN_ROOM,
    }
}

/// A replica that something is tried on.
pub struct Subject {
    pub doc: CrdtDoc,
    start: Start,
}

/// The replicas as bytes.
fn starts() -> &'static (Starts, Vec<Vec<u8>>) {
    static STARTS: OnceLock<(Starts, Vec<Vec<u8>>)> = OnceLock::new();
    STARTS.get_or_init(|| {
        let starts = Starts::new();
        let saved = Start::ALL.into_iter().map(|start| saved(&starts.make(start))).collect();
        (starts, saved)
    })
}

impl Subject {
    pub fn new(start: Start) -> Subject {
        Subject { doc: unseen(|| starts().0.make(start)), start }
    }

    /// Makes a call. An error must be of one of these kinds and leave not a byte of the replica other than it was; a success must keep every
    /// invariant.
    pub fn attempt<T>(&mut self, refusals: &[ErrorKind], call: impl FnOnce(&mut CrdtDoc) -> Result<T>) -> Result<T> {
        let result = call(&mut self.doc);
        unseen(|| match &result {
            Ok(_) if self.doc.events() > CHECKED_EVENTS_MAX => {}
            Ok(_) => self.doc.check().unwrap_or_else(|broken| panic!("an invariant is broken: {broken}")),
            Err(error) => {
                assert!(refusals.contains(&error.kind()), "{error:?}");
                self.assert_untouched(error);
            }
        });
        result
    }

    fn assert_untouched(&self, error: &Error) {
        let (before, after) = (&starts().1[self.start as usize], saved(&self.doc));
        assert!(*before == after, "refused, but it changed something: {error:?}\nbefore {before:02x?}\nafter {after:02x?}");
    }

    /// Merges what was merged already, which must do nothing. What does not tell its number of `events` may have some that were rejected.
    pub fn merge_again(&mut self, merged: &MergeResult, events: Option<u64>, merge: impl FnOnce(&mut CrdtDoc) -> Result<MergeResult>) {
        unseen(|| {
            let again = match merge(&mut self.doc) {
                Ok(again) => again,
                // What the message says of the history of an author was not to be compared while that waited.
                Err(error) if self.start == Start::Waiting && error.kind() == ErrorKind::ConflictingEvent => return,
                // What waited and proved wrong was dropped. Now that its deps are there it is the message that is wrong.
                Err(error) if merged.rejected > 0 && error.kind() == ErrorKind::Malformed => return,
                Err(error) => panic!("what was taken once is taken again: {error:?}"),
            };
            let what = || format!("{merged:?}, then {again:?}");
            assert!(again.applied == 0 && again.patches.is_empty() && again.pending == merged.pending, "{}", what());
            if let (Some(events), 0) = (events, merged.rejected) {
                assert_eq!(again.duplicates, events, "{}", what());
            }
        });
    }

    /// It took something in, and goes on like any other replica. That takes longer than all else, so it is done for one input in four.
    pub fn live_on(mut self, input: &[u8]) {
        if xxh3_64(input) % 4 == 0 {
            unseen(|| live_on(&mut self.doc));
        }
    }
}

/// Longer histories are not checked event by event: a few bytes can say a million events that are all alike.
const CHECKED_EVENTS_MAX: u64 = 20_000;
