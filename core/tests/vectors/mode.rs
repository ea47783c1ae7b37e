/// How the replicas of a vector are kept, and how what they send travels. A vector passes when it passes in every mode.
///
/// A new store or a new form of messages is a new mode: it goes into `ALL`, and `World::reopen` and `World::sync` say what it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Replicas in memory, which open again from their plain data; runs are handed over as they are.
    Memory,
    /// The same, but runs travel as JSON text.
    MemoryJson,
    /// Replicas open again from their binary form; what `get_pending` gives travels in binary form.
    Binary,
    /// The same, but the update answers a binary request.
    BinaryRequest,
    /// Replicas in SQLite files, which `reopen` closes and opens; updates answer a request.
    Disk,
}

impl Mode {
    pub(crate) const ALL: [Mode; 5] = [Mode::Memory, Mode::MemoryJson, Mode::Binary, Mode::BinaryRequest, Mode::Disk];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::Memory => "memory",
            Mode::MemoryJson => "memory, json",
            Mode::Binary => "memory, binary",
            Mode::BinaryRequest => "memory, binary by request",
            Mode::Disk => "disk",
        }
    }
}
