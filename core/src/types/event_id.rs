use super::PeerId;
use core::fmt;

/// Which event: its author and the author's counter, which runs 0, 1, 2, … without gaps. Ordered by peer (bytes), then counter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The author.
    pub peer: PeerId,
    /// The author's counter.
    pub counter: u64,
}

impl EventId {
    /// The id of `peer`'s event number `counter`.
    pub fn new(peer: PeerId, counter: u64) -> EventId {
        EventId { peer, counter }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.peer, self.counter)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
