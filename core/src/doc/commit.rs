/// What a local write made: consecutive events of this replica's own peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The first event's counter.
    pub counter: u64,
    /// The first event's Lamport time.
    pub lamport: u64,
    /// How many events; 0 when a transaction held no operation, and then nothing was made.
    pub events: u32,
}
