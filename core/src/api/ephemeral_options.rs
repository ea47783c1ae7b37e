use super::manual_clock::ManualClock;
use super::{SystemClock, SystemEntropy};
use crate::ephemeral;
use crate::limits::{EPHEMERAL_BYTES_MAX, EPHEMERAL_ENTRIES_MAX, EPHEMERAL_TTL_MS};
use crate::types::PeerId;

/// How an [`EphemeralStore`](super::EphemeralStore) is made. The default: a random peer id, the operating system's clocks, entries that
/// live [`EPHEMERAL_TTL_MS`], and the bounds of [`crate::limits`].
#[derive(Clone, Debug)]
pub struct EphemeralOptions {
    peer: Option<PeerId>,
    ttl_ms: Option<u64>,
    entries_max: usize,
    bytes_max: usize,
    wall_clock: bool,
    manual_clock: bool,
}

impl Default for EphemeralOptions {
    fn default() -> EphemeralOptions {
        EphemeralOptions {
            peer: None,
            ttl_ms: Some(EPHEMERAL_TTL_MS),
            entries_max: EPHEMERAL_ENTRIES_MAX,
            bytes_max: EPHEMERAL_BYTES_MAX,
            wall_clock: true,
            manual_clock: false,
        }
    }
}

impl EphemeralOptions {
    /// The defaults.
    pub fn new() -> EphemeralOptions {
        EphemeralOptions::default()
    }

    /// Writes under this peer id, usually the document's.
    pub fn peer(mut self, peer: PeerId) -> EphemeralOptions {
        self.peer = Some(peer);
        self
    }

    /// How long an entry lives, in milliseconds, at least 1. `None`: for ever.
    pub fn ttl_ms(mut self, ttl_ms: Option<u64>) -> EphemeralOptions {
        self.ttl_ms = ttl_ms;
        self
    }

    /// The most entries, and the most bytes of names and values: each entry counts its namespace, key, peer and value (8 for a
    /// number). At most 1,048,576 and 64 MiB, so that a whole store always fits one message.
    pub fn limits(mut self, entries: usize, bytes: usize) -> EphemeralOptions {
        (self.entries_max, self.bytes_max) = (entries, bytes);
        self
    }

    /// Whether the store knows the time of day, which it does unless set: automatic timestamps follow it, and timestamps more than 10
    /// minutes ahead of it do not get in. Without it, automatic timestamps count up from 0 and any timestamp within bounds gets in.
    pub fn wall_clock(mut self, wall_clock: bool) -> EphemeralOptions {
        self.wall_clock = wall_clock;
        self
    }

    /// Clocks that stand at 0 and move only by [`advance`](super::EphemeralStore::advance) and
    /// [`set_wall`](super::EphemeralStore::set_wall). For tests and simulations.
    pub fn manual_clock(mut self) -> EphemeralOptions {
        self.manual_clock = true;
        self
    }

    /// The store of the engine, and its clock if that is moved by hand.
    pub(crate) fn make(self) -> (ephemeral::EphemeralStore, Option<ManualClock>) {
        let mut entropy = SystemEntropy;
        let peer = self.peer.unwrap_or_else(|| PeerId::random(&mut entropy));
        let manual = self.manual_clock.then(ManualClock::default);
        let mut options = match &manual {
            Some(clock) => ephemeral::EphemeralOptions::new(peer, &mut entropy, clock.clone()),
            None => ephemeral::EphemeralOptions::new(peer, &mut entropy, SystemClock::new()),
        };
        options = options.ttl_ms(self.ttl_ms).limits(self.entries_max, self.bytes_max);
        options = match (self.wall_clock, &manual) {
            (true, Some(clock)) => options.wall_clock(clock.clone()),
            (true, None) => options.wall_clock(SystemClock::new()),
            (false, _) => options,
        };
        (ephemeral::EphemeralStore::new(options), manual)
    }
}
