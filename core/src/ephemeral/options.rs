use crate::clock::{Entropy, MonotonicClock, WallClock};
use crate::limits::{EPHEMERAL_BYTES_MAX, EPHEMERAL_ENTRIES_MAX, EPHEMERAL_TTL_MS, MESSAGE_BYTES_MAX, MESSAGE_EVENTS_MAX};
use crate::names::KeyedHash;
use crate::types::PeerId;
use core::fmt;

/// How an [`EphemeralStore`](super::EphemeralStore) is made: whose it is, its clocks and its bounds.
pub struct EphemeralOptions {
    pub(super) peer: PeerId,
    pub(super) hash: KeyedHash,
    pub(super) monotonic: Box<dyn MonotonicClock>,
    pub(super) wall: Option<Box<dyn WallClock>>,
    pub(super) ttl_ms: Option<u64>,
    pub(super) entries_max: usize,
    pub(super) bytes_max: usize,
}

impl EphemeralOptions {
    /// A store that writes under `peer`, ages by `monotonic`, has no wall clock, and keeps the bounds of [`crate::limits`].
    ///
    /// `entropy` seeds the hash of names that come from outside, so that nobody can choose names that collide.
    pub fn new(peer: PeerId, entropy: &mut dyn Entropy, monotonic: impl MonotonicClock + 'static) -> EphemeralOptions {
        EphemeralOptions {
            peer,
            hash: KeyedHash::new(entropy),
            monotonic: Box::new(monotonic),
            wall: None,
            ttl_ms: Some(EPHEMERAL_TTL_MS),
            entries_max: EPHEMERAL_ENTRIES_MAX,
            bytes_max: EPHEMERAL_BYTES_MAX,
        }
    }

    /// With the time of day: automatic timestamps follow it, and timestamps more than 10 minutes ahead of it do not get in.
    ///
    /// Without it automatic timestamps count up from 0, so a store that starts again writes older ones than before until it has
    /// merged what others hold.
    pub fn wall_clock(mut self, clock: impl WallClock + 'static) -> EphemeralOptions {
        self.wall = Some(Box::new(clock));
        self
    }

    /// How long an entry lives, in milliseconds, at least 1. `None`: for ever.
    pub fn ttl_ms(mut self, ttl_ms: Option<u64>) -> EphemeralOptions {
        self.ttl_ms = ttl_ms.map(|ms| ms.max(1));
        self
    }

    /// The most entries, and the most bytes of names and values: each entry counts its namespace, key, peer and value (8 for a
    /// number). At most 1,048,576 and 64 MiB, so that a whole store always fits one message.
    pub fn limits(mut self, entries: usize, bytes: usize) -> EphemeralOptions {
        self.entries_max = entries.min(MESSAGE_EVENTS_MAX);
        self.bytes_max = bytes.min(MESSAGE_BYTES_MAX);
        self
    }
}

impl fmt::Debug for EphemeralOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The hash is a secret and the clocks have nothing to show.
        f.debug_struct("EphemeralOptions")
            .field("peer", &self.peer)
            .field("ttl_ms", &self.ttl_ms)
            .field("entries_max", &self.entries_max)
            .field("bytes_max", &self.bytes_max)
            .finish_non_exhaustive()
    }
}
