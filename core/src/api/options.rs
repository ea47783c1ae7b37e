#[cfg(feature = "sqlite")]
use super::Durability;
use super::{SystemClock, SystemEntropy};
use crate::doc::DocOptions;
use crate::limits::{WAITING_BYTES_MAX, WAITING_EVENTS_MAX};
use crate::types::{DocumentId, PeerId};
#[cfg(feature = "sqlite")]
use std::path::PathBuf;

/// How a [`Doc`](super::Doc) is made or opened. The default: a random peer id, a random document id, no times of day.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    pub(crate) peer: Option<PeerId>,
    document: Option<DocumentId>,
    wall_clock: bool,
    waiting_events: Option<usize>,
    waiting_bytes: Option<usize>,
    #[cfg(feature = "sqlite")]
    pub(crate) durability: Durability,
    #[cfg(feature = "sqlite")]
    pub(crate) read_only: bool,
    #[cfg(feature = "sqlite")]
    pub(crate) must_exist: bool,
    #[cfg(feature = "sqlite")]
    pub(crate) mark_folder: Option<PathBuf>,
    #[cfg(feature = "sqlite")]
    pub(crate) vfs: Option<String>,
}

impl OpenOptions {
    /// The defaults.
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Writes under this peer id. No other replica may write under it, ever; a random one is the safe choice.
    pub fn peer(mut self, peer: PeerId) -> OpenOptions {
        self.peer = Some(peer);
        self
    }

    /// Makes this document, instead of a random one or the one that is merged first.
    pub fn document(mut self, document: DocumentId) -> OpenOptions {
        self.document = Some(document);
        self
    }

    /// Whether each local transaction is stamped with the time of day, for people to see in the history. It orders nothing. Off unless set.
    pub fn wall_clock(mut self, wall_clock: bool) -> OpenOptions {
        self.wall_clock = wall_clock;
        self
    }

    /// The most events that wait for others: [`WAITING_EVENTS_MAX`] unless set.
    pub fn waiting_events(mut self, events: usize) -> OpenOptions {
        self.waiting_events = Some(events);
        self
    }

    /// The most bytes that wait for others: [`WAITING_BYTES_MAX`] unless set.
    pub fn waiting_bytes(mut self, bytes: usize) -> OpenOptions {
        self.waiting_bytes = Some(bytes);
        self
    }

    /// When a write to a file returns: once it is on the disk, unless set.
    #[cfg(feature = "sqlite")]
    pub fn durability(mut self, durability: Durability) -> OpenOptions {
        self.durability = durability;
        self
    }

    /// Opens a file for reading only, beside whoever writes it: the document is as it was then, and writes are `read_only`.
    #[cfg(feature = "sqlite")]
    pub fn read_only(mut self, read_only: bool) -> OpenOptions {
        self.read_only = read_only;
        self
    }

    /// Whether a file that is not there is an error instead of being made.
    #[cfg(feature = "sqlite")]
    pub fn must_exist(mut self, must_exist: bool) -> OpenOptions {
        self.must_exist = must_exist;
        self
    }

    /// The folder for the mark that tells a file from a copy of it, in place of the file's own: one that no backup takes along, such as
    /// Android's `noBackupFilesDir`. Files in it are told apart by their names alone.
    #[cfg(feature = "sqlite")]
    pub fn mark_folder(mut self, folder: impl Into<PathBuf>) -> OpenOptions {
        self.mark_folder = Some(folder.into());
        self
    }

    /// The name of another SQLite VFS, which the program has registered: for tests of faulty disks.
    #[cfg(feature = "sqlite")]
    pub fn vfs(mut self, name: &str) -> OpenOptions {
        self.vfs = Some(name.to_owned());
        self
    }

    /// The same for the engine, with the operating system behind it.
    pub(crate) fn doc_options(&self) -> DocOptions {
        let mut options = DocOptions::new(SystemEntropy)
            .waiting_limits(self.waiting_events.unwrap_or(WAITING_EVENTS_MAX), self.waiting_bytes.unwrap_or(WAITING_BYTES_MAX));
        if let Some(peer) = &self.peer {
            options = options.peer(peer.clone());
        }
        if let Some(document) = self.document {
            options = options.document(document);
        }
        if self.wall_clock { options.wall_clock(SystemClock::new()) } else { options }
    }
}
