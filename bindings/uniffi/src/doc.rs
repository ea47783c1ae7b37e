use crate::error::Result;
use crate::options::DocOptions;
use convergedb::api;
use std::sync::Arc;

/// A document.
#[derive(uniffi::Object)]
pub struct Doc(pub(crate) api::Doc);

/// What a local write made.
#[derive(uniffi::Record)]
pub struct Commit {
    /// The counter of its first event.
    pub counter: u64,
    /// The Lamport time of its first event.
    pub lamport: u64,
    /// The number of its events.
    pub events: u32,
}

impl From<convergedb::Commit> for Commit {
    fn from(commit: convergedb::Commit) -> Commit {
        Commit { counter: commit.counter, lamport: commit.lamport, events: commit.events }
    }
}

#[uniffi::export]
impl Doc {
    /// A new, empty document in memory.
    #[uniffi::constructor]
    pub fn in_memory(options: DocOptions) -> Result<Arc<Doc>> {
        Ok(Arc::new(Doc(api::Doc::new(options.read()?)?)))
    }

    /// A document in a file.
    #[uniffi::constructor]
    pub fn open(path: &str, options: DocOptions) -> Result<Arc<Doc>> {
        Ok(Arc::new(Doc(api::Doc::open(path, options.read()?)?)))
    }

    /// A document in memory from what `encode_replica` or `encode_state` made.
    #[uniffi::constructor]
    pub fn decode(bytes: Vec<u8>, options: DocOptions) -> Result<Arc<Doc>> {
        Ok(Arc::new(Doc(api::Doc::decode(bytes, options.read()?)?)))
    }

    /// Closes the document.
    pub fn shut(&self) -> Result<()> {
        Ok(self.0.close()?)
    }

    /// The peer id that it writes under.
    pub fn peer(&self) -> Result<String> {
        Ok(self.0.peer()?.as_str().to_owned())
    }

    /// The document's id: 16 bytes.
    pub fn document_id(&self) -> Result<Vec<u8>> {
        Ok(self.0.document_id()?.0.to_vec())
    }

    /// Whether the next write goes on under a fresh peer id.
    pub fn needs_fresh_peer(&self) -> Result<bool> {
        Ok(self.0.needs_fresh_peer()?)
    }

    /// The number of applied events.
    pub fn events(&self) -> Result<u64> {
        Ok(self.0.events()?)
    }

    /// The number of events that wait for others.
    pub fn waiting_events(&self) -> Result<u64> {
        Ok(self.0.waiting_events()?)
    }

    /// A time-ordered id for a new row.
    pub fn new_row_id(&self) -> Result<String> {
        Ok(self.0.new_row_id()?)
    }
}
