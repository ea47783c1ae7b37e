use super::open_doc::OpenDoc;
use super::reader::Reader;
use super::{Doc, Next};
use crate::doc::{Change, ChangeFilter, Drained};
use crate::error::Result;
use core::fmt;
use std::time::Duration;

/// A reader of a document's changes: what each local transaction and each merge changed in what shows, oldest first.
///
/// Any thread may use it. It is told of what is committed, also while a transaction is open. Closing the document does not take away
/// what is queued: that can still be read, and then it says [`Next::Closed`]. Dropping it ends the subscription.
pub struct Changes(Reader<OpenDoc>);

impl Changes {
    pub(crate) fn subscribe(doc: &Doc, filter: ChangeFilter, patches_max: usize) -> Result<Changes> {
        let mut guard = doc.shared.take_turn()?;
        let id = guard.open()?.doc.subscribe(filter, patches_max);
        Ok(Changes(Reader::new(&doc.shared, &mut guard, id)))
    }

    /// What there is to tell now; [`Next::Timeout`] when there is nothing. It does not wait.
    ///
    /// # Errors
    ///
    /// `internal` once a call on the document has panicked; what was taken over before can still be read.
    pub fn try_next(&self) -> Result<Next<Change>> {
        self.0.next(Some(Duration::ZERO))
    }

    /// The next thing to tell. It waits for `timeout`, or for ever without one.
    ///
    /// # Errors
    ///
    /// `internal` once a call on the document has panicked; what was taken over before can still be read.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Next<Change>> {
        self.0.next(timeout)
    }

    /// All changes that are queued, oldest first. When the reader lagged there are none, and it says so. It does not wait.
    ///
    /// # Errors
    ///
    /// `internal` once a call on the document has panicked; what was taken over before can still be read.
    pub fn drain(&self) -> Result<Drained> {
        self.0.drain().map(|(changes, lagged)| Drained { changes, lagged })
    }

    /// Sets what is called when there is something to read, or nothing. It is called by the thread whose call changed the document, before
    /// that call returns, but outside all locks: it may call the document and this reader. It is called at once when something is there
    /// already, and when the document or this reader is closed; having been called, it is called again only once the reader was read. Read
    /// until there is nothing more, and nothing is missed.
    ///
    /// A call that began before this one may still run it, or the one before it, a little later. A panic in it goes no further.
    pub fn set_waker(&self, waker: Option<Box<dyn Fn() + Send + Sync>>) {
        self.0.set_waker(waker.map(Into::into));
    }

    /// Ends the subscription. What was taken over before can still be read; whoever waits is told [`Next::Closed`].
    pub fn close(&self) {
        self.0.close();
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}
