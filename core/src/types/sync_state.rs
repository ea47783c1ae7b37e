use super::{EventId, VersionVector};

/// How far a replica is: what it says to a peer to be sent the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncState {
    /// The applied events that no other depends on, sorted by peer and counter.
    pub frontier: Vec<EventId>,
    /// For each peer the highest applied counter.
    pub versions: VersionVector,
}
