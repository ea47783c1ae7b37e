use crate::clock::{Entropy, SplitMix, WallClock};
use crate::limits::{WAITING_BYTES_MAX, WAITING_EVENTS_MAX};
use crate::types::{DocumentId, PeerId};

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

    /// The defaults with reproducible randomness, for tests and simulations: two documents of one seed share their peer id.
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
