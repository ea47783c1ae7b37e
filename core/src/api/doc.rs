use super::file::File;
use super::open_doc::OpenDoc;
use super::shared::Shared;
use super::{OpenOptions, SystemClock, SystemEntropy};
use crate::clock::WallClock;
use crate::doc::CrdtDoc;
use crate::error::{ErrorKind, Result};
use crate::types::{DocumentId, PeerId};
use core::fmt;
use std::sync::Arc;

/// A document: tables of rows, and every write that made them. Any thread may use it; calls on one document take turns.
///
/// A clone is another handle of the same document. The last handle to go closes it; a transaction and a scan count as one.
///
/// Every call is `closed` after [`close`](Doc::close). A panic inside a call is caught: that call and every later one are `internal`. While
/// a transaction is open, all calls but its own wait for its end; on the thread that began it they are `invalid_argument`, since they would
/// wait for ever.
#[derive(Clone)]
pub struct Doc {
    pub(crate) shared: Arc<Shared<OpenDoc>>,
    /// Closes the document with the last handle: readers of changes keep `shared`, but nobody writes any more.
    _closer: Arc<Closer>,
}

struct Closer(Arc<Shared<OpenDoc>>);

impl Drop for Closer {
    fn drop(&mut self) {
        // There is nobody left to be told.
        let _ = close(&self.0);
    }
}

fn close(shared: &Shared<OpenDoc>) -> Result<()> {
    let closed = shared.caught(|| {
        let guard = shared.take_turn()?;
        shared.close(guard, |open| match &mut open.file {
            Some(file) => file.close(&mut open.doc),
            None => Ok(()),
        })
    });
    if closed.as_ref().is_err_and(|error| error.kind() == ErrorKind::Internal) {
        shared.abandon();
    }
    closed
}

impl Doc {
    /// A new, empty document in memory.
    ///
    /// # Errors
    ///
    /// `storage` when the operating system gives no randomness.
    pub fn new(options: OpenOptions) -> Result<Doc> {
        SystemEntropy::check()?;
        Ok(Doc::of(CrdtDoc::new(options.doc_options()), None))
    }

    /// A document in memory from what [`encode_replica`](Doc::encode_replica) or [`encode_state`](Doc::encode_state) made. The history is
    /// read when it is asked for.
    ///
    /// With [`OpenOptions::peer`] given as the stored peer id it resumes as that peer: safe only where the bytes are the latest of it, and
    /// nobody else resumes too. Without, it is a new replica of the same document under a fresh peer id.
    ///
    /// # Errors
    ///
    /// `malformed` or `unsupported_version` for the bytes, `other_document` when `options` names another document.
    pub fn decode(bytes: Vec<u8>, options: OpenOptions) -> Result<Doc> {
        SystemEntropy::check()?;
        Ok(Doc::of(CrdtDoc::decode_replica_owned(bytes, options.doc_options())?, None))
    }

    /// The door to a replica.
    pub(crate) fn of(doc: CrdtDoc, file: Option<File>) -> Doc {
        let shared = Arc::new(Shared::new(OpenDoc::new(doc, file)));
        Doc { _closer: Arc::new(Closer(Arc::clone(&shared))), shared }
    }

    /// Closes the document, for every handle: what was written is kept, the file is let go of, readers of changes are told after the
    /// changes that are queued. Closing again does nothing.
    ///
    /// # Errors
    ///
    /// `storage` when the file refused at the end; the document is closed all the same. `invalid_argument` on the thread that has a
    /// transaction open; other threads wait for its end. `internal` after a panic: then it lets go of what is left.
    pub fn close(&self) -> Result<()> {
        close(&self.shared)
    }

    /// The peer id that this replica writes under. A write may change it; see [`needs_fresh_peer`](Doc::needs_fresh_peer).
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn peer(&self) -> Result<PeerId> {
        self.shared.read(|doc| Ok(doc.peer().clone()))
    }

    /// The document that this is a replica of.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn document_id(&self) -> Result<DocumentId> {
        self.shared.read(|doc| Ok(doc.document_id()))
    }

    /// Whether the next write goes on under a fresh peer id, because a message showed events under this one that this replica did not
    /// make: the app was reinstalled, or a backup restored.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn needs_fresh_peer(&self) -> Result<bool> {
        self.shared.read(|doc| Ok(doc.needs_fresh_peer()))
    }

    /// The number of applied events.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn events(&self) -> Result<u64> {
        self.shared.read(|doc| Ok(doc.events()))
    }

    /// The number of events that wait for others.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn waiting_events(&self) -> Result<u64> {
        self.shared.read(|doc| Ok(doc.waiting_events()))
    }

    /// A time-ordered id for a new row, unique among all devices: 15 characters that sort by the time of day, then randomly. Ids of one
    /// document rise, also within a millisecond.
    ///
    /// Two phones that both name a row "1" merge two things into one; this is how to avoid it.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn new_row_id(&self) -> Result<String> {
        let now_ms = WallClock::now_ms(&SystemClock::new());
        self.shared.caught(|| Ok(self.shared.take_turn()?.open()?.doc.new_row_id(now_ms)))
    }

    /// Lends the document to `body`, which reads without copying anything. Others wait meanwhile.
    ///
    /// In `body`, calls on the document itself, its transactions and its readers are `invalid_argument`. A panic in it goes on to the caller,
    /// and leaves the document `internal`.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn with<T>(&self, body: impl FnOnce(&CrdtDoc) -> T) -> Result<T> {
        self.shared.passed_on(|| self.shared.take_turn()?.lend(|open| body(&open.doc)))
    }
}

/// Which document it is, never what it holds, and nothing that waits for a lock.
impl fmt::Debug for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doc").finish_non_exhaustive()
    }
}
