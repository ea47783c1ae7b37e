use crate::clock::{Entropy, SplitMix, WallClock};
use crate::limits::{WAITING_BYTES_MAX, WAITING_EVENTS_MAX};
use crate::types::{DocumentId, PeerId};
use core::fmt;

/// What a new document is given: a source of randomness, and what else differs from the defaults.
pub struct DocOptions {
    pub(crate) entropy: Box<dyn Entropy>,
    pub(crate) peer: Option<PeerId>,
    pub(crate) document: Option<DocumentId>,
    pub(crate) wall: Option<Box<dyn WallClock>>,
    pub(crate) waiting_events_max: usize,
    pub(crate) waiting_bytes_max: usize,
}

impl DocOptions {
    /// The defaults: a random peer id and document id, no wall-clock times, the default bounds.
    pub fn new(entropy: impl Entropy + 'static) -> DocOptions {
        DocOptions {
            entropy: Box::new(entropy),
            peer: None,
            document: None,
            wall: None,
            waiting_events_max: WAITING_EVENTS_MAX,
            waiting_bytes_max: WAITING_BYTES_MAX,
        }
    }

    /// The defaults with reproducible randomness, for tests and simulations only.
    ///
    /// Two replicas that are made with one seed share their peer id, and their document id: give each another seed. Where they write under
    /// one peer id, they fall out with `conflicting_event` once they meet.
    pub fn seeded(seed: u64) -> DocOptions {
        DocOptions::new(SplitMix::new(seed))
    }

    /// Writes under this peer id. No other replica may write under it, ever; a random one is the safe choice.
    pub fn peer(mut self, peer: PeerId) -> DocOptions {
        self.peer = Some(peer);
        self
    }

    /// Makes this document, instead of a random one or the one that is merged first.
    pub fn document(mut self, document: DocumentId) -> DocOptions {
        self.document = Some(document);
        self
    }

    /// Stamps each local transaction with the time of day, for people to see in the history. It orders nothing.
    pub fn wall_clock(mut self, wall: impl WallClock + 'static) -> DocOptions {
        self.wall = Some(Box::new(wall));
        self
    }

    /// Bounds the buffer of events that wait for others: events and bytes.
    pub fn waiting_limits(mut self, events: usize, bytes: usize) -> DocOptions {
        (self.waiting_events_max, self.waiting_bytes_max) = (events, bytes);
        self
    }
}

/// Whose replica it makes, of which document; the sources of time and randomness have nothing to show.
impl fmt::Debug for DocOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocOptions")
            .field("peer", &self.peer.as_ref().map(PeerId::as_str))
            .field("document", &self.document.map(|document| document.to_string()))
            .field("waiting_events_max", &self.waiting_events_max)
            .field("waiting_bytes_max", &self.waiting_bytes_max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CrdtDoc;

    /// Goal: what is printed of a document and its options tells which one it is, and nothing that it holds. Method: content that would
    /// be found again, in a row, in what waits, and in the seed.
    #[test]
    fn what_is_printed_holds_no_content() {
        let options = DocOptions::seeded(7).peer(PeerId::new("ana").unwrap()).document(DocumentId([7; 16]));
        assert_eq!(
            format!("{options:?}"),
            "DocOptions { peer: Some(\"ana\"), document: Some(\"07070707070707070707070707070707\"), waiting_events_max: 100000, \
             waiting_bytes_max: 67108864, .. }"
        );
        let mut doc = CrdtDoc::new(options);
        doc.insert("secret table", "secret row", &[("secret column", "secret value".into())]).unwrap();
        let printed = format!("{doc:?}");
        assert_eq!(printed, "CrdtDoc { peer: \"ana\", document: 07070707070707070707070707070707, events: 1, tables: 1, .. }");
        assert!(format!("{:?}", DocOptions::seeded(7)).starts_with("DocOptions { peer: None, document: None"));
    }
}
