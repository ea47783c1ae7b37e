/// What is said of a store that has content and no head.
pub(crate) const HEAD_LOST: &str = "the head is lost, and not what belongs to it: salvage reads what is left";

/// What a store says of itself. It changes when a file is opened, not with every commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The document, 16 bytes.
    pub document: [u8; 16],
    /// Whether the document was chosen or met, so that an update of another one is refused while it is empty.
    pub document_given: bool,
    /// The peer id that the replica writes under.
    pub peer: String,
    /// Its next write has to go on under a fresh peer id.
    pub needs_fresh_peer: bool,
    /// Random, made anew whenever the file goes on under a fresh peer id: a copy that was opened is another file.
    pub file_id: [u8; 16],
    /// How often the file was opened for writing.
    pub epoch: u64,
    /// The form of the rows; older ones are made again from the log.
    pub rows_format: u32,
    /// The log has so many events at least: the number when the head was written last. 0 where it was not noted.
    pub events: u32,
}

/// One commit at the end of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The number of its first event.
    pub first: u32,
    /// What was written, with its own checksum.
    pub bytes: Vec<u8>,
    /// The sum of the hashes of all rows after it.
    pub rows_sum: u64,
}

/// A stretch of the log that is full and never changes: what a replica needs to know of it to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The number of its first event.
    pub first: u32,
    /// How many events it holds.
    pub events: u32,
    /// The place of its events in the graph, and the names that it brings. With its own checksum.
    pub head: Vec<u8>,
}

/// What a segment holds besides: read when history is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentBytes {
    /// The ids of the rows that it makes known. With its own checksum.
    pub rows: Vec<u8>,
    /// The operations. With their own checksum.
    pub ops: Vec<u8>,
}

/// Everything that a replica reads to open, but its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// `None` when the store is new.
    pub head: Option<Head>,
    /// The full stretches of the log, ascending.
    pub segments: Vec<Segment>,
    /// The end of the log, ascending. The first may begin inside the last segment.
    pub records: Vec<Record>,
    /// Transactions that wait for others, in the order in which they arrived.
    pub waiting: Vec<(u64, Vec<u8>)>,
    /// Chain hashes, by peer number.
    pub chains: Vec<(u32, Vec<u8>)>,
    /// The names of the tables that have rows here, ascending by number.
    pub tables: Vec<(u32, String)>,
    /// The names of their columns: table, column, name.
    pub columns: Vec<(u32, u32, String)>,
}

impl Stored {
    /// Whether the head is lost: something is there, and no store has anything before it has a head.
    pub(crate) fn lost_its_head(&self) -> bool {
        let empty = self.segments.is_empty() && self.records.is_empty() && self.waiting.is_empty() && self.chains.is_empty();
        self.head.is_none() && !(empty && self.tables.is_empty() && self.columns.is_empty())
    }
}
