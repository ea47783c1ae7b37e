use super::Patch;

/// What a merge did. All counts are events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeResult {
    /// What changed in the visible state.
    pub patches: Vec<Patch>,
    /// Events that were applied by this call, those that had waited before it included.
    pub applied: u64,
    /// Events of the message that were there already, applied or waiting, or stood in the message twice.
    pub duplicates: u64,
    /// Events that wait after the call.
    pub pending: u64,
    /// Waiting events that proved wrong, or that the bounded buffer had to drop.
    pub rejected: u64,
    /// The message showed an event under this replica's peer id that it did not make: the next write goes on under a fresh peer id.
    pub fresh_peer: bool,
}
