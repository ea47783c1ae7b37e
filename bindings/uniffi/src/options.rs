use crate::error::{Result, invalid_argument};
use convergedb::api::{Durability, EphemeralOptions, OpenOptions};
use convergedb::limits::{EPHEMERAL_BYTES_MAX, EPHEMERAL_ENTRIES_MAX};
use convergedb::{DocumentId, PageLimit, PeerId};

/// How a document is made or opened. The defaults are the engine's.
#[derive(uniffi::Record)]
pub struct DocOptions {
    /// The peer id to write under.
    pub peer: Option<String>,
    /// The document's id: 16 bytes.
    pub document: Option<Vec<u8>>,
    /// Whether transactions are stamped with the time of day.
    pub wall_clock: bool,
    /// The most events that wait for others.
    pub waiting_events: Option<u64>,
    /// The most bytes that wait for others.
    pub waiting_bytes: Option<u64>,
    /// Whether a write returns before it is on the disk.
    pub relaxed: bool,
    /// Whether the file is opened for reading only.
    pub read_only: bool,
    /// Whether a file that is not there is an error.
    pub must_exist: bool,
    /// The folder for the mark that tells a file from a copy of it.
    pub mark_folder: Option<String>,
}

impl DocOptions {
    pub(crate) fn read(self) -> Result<OpenOptions> {
        let mut options = OpenOptions::new()
            .wall_clock(self.wall_clock)
            .durability(if self.relaxed { Durability::Relaxed } else { Durability::Full })
            .read_only(self.read_only)
            .must_exist(self.must_exist);
        if let Some(peer) = self.peer {
            options = options.peer(PeerId::new(&peer)?);
        }
        if let Some(document) = self.document {
            options = options.document(document_id(&document)?);
        }
        if let Some(events) = self.waiting_events {
            options = options.waiting_events(size(events));
        }
        if let Some(bytes) = self.waiting_bytes {
            options = options.waiting_bytes(size(bytes));
        }
        if let Some(folder) = self.mark_folder {
            options = options.mark_folder(folder);
        }
        Ok(options)
    }
}

fn document_id(bytes: &[u8]) -> Result<DocumentId> {
    let bytes = bytes.try_into().map_err(|_| invalid_argument(format!("a document id has 16 bytes, not {}", bytes.len())))?;
    Ok(DocumentId(bytes))
}

/// How an ephemeral store is made. The defaults are the engine's but for `ttl_ms`, where none is for ever.
#[derive(uniffi::Record)]
pub struct StoreOptions {
    /// The peer id to write under.
    pub peer: Option<String>,
    /// How long an entry lives, in milliseconds.
    pub ttl_ms: Option<u64>,
    /// The most entries.
    pub entries_max: Option<u64>,
    /// The most bytes of names and values.
    pub bytes_max: Option<u64>,
    /// Whether the store knows the time of day.
    pub wall_clock: bool,
    /// Whether its clocks are moved by hand.
    pub manual_clock: bool,
}

impl StoreOptions {
    pub(crate) fn read(self) -> Result<EphemeralOptions> {
        let entries = self.entries_max.map_or(EPHEMERAL_ENTRIES_MAX, size);
        let bytes = self.bytes_max.map_or(EPHEMERAL_BYTES_MAX, size);
        let mut options = EphemeralOptions::new().ttl_ms(self.ttl_ms).limits(entries, bytes).wall_clock(self.wall_clock);
        if let Some(peer) = self.peer {
            options = options.peer(PeerId::new(&peer)?);
        }
        Ok(if self.manual_clock { options.manual_clock() } else { options })
    }
}

/// How long an entry lives unless told otherwise, in milliseconds.
#[uniffi::export]
pub fn ephemeral_ttl_ms() -> u64 {
    convergedb::limits::EPHEMERAL_TTL_MS
}

/// How many patches a reader of changes may fall behind by unless told otherwise.
#[uniffi::export]
pub fn changes_max() -> u64 {
    convergedb::limits::CHANGES_MAX as u64
}

/// A number as the engine counts in memory: what does not fit is as good as the most that does.
pub(crate) fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How much a page of an update may hold. The defaults are the engine's.
pub(crate) fn page_limit(events_max: Option<u64>, bytes_max: Option<u64>) -> PageLimit {
    let default = PageLimit::default();
    PageLimit { events: events_max.map_or(default.events, size), bytes: bytes_max.map_or(default.bytes, size) }
}
