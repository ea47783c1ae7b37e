use super::file::File;
use super::shared::{Guard, Shared};
use super::source::Source;
use crate::doc::{Change, CrdtDoc, OpenTransaction, SubscriptionId};
use crate::error::{Error, Result};
use std::thread::ThreadId;

/// An open document: the replica, the file that it lies in, and the transaction that has the turn.
pub(crate) struct OpenDoc {
    pub(crate) doc: CrdtDoc,
    pub(crate) file: Option<File>,
    pub(crate) turn: Option<Turn>,
    /// The number of the next transaction.
    pub(crate) next_turn: u64,
}

/// A transaction that is open.
pub(crate) struct Turn {
    pub(crate) number: u64,
    pub(crate) thread: ThreadId,
    pub(crate) open: OpenTransaction,
}

impl OpenDoc {
    pub(crate) fn new(doc: CrdtDoc, file: Option<File>) -> OpenDoc {
        OpenDoc { doc, file, turn: None, next_turn: 0 }
    }

    #[inline]
    pub(crate) fn check_writable(&self) -> Result<()> {
        self.file.as_ref().map_or(Ok(()), File::check_writable)
    }

    #[inline]
    pub(crate) fn commit(&mut self) -> Result<()> {
        match &mut self.file {
            Some(file) => file.commit(&mut self.doc),
            None => Ok(()),
        }
    }

    /// Whether the turn is free. It never is for the thread that began the open transaction: that would wait for itself.
    #[inline]
    fn is_free(&self) -> Result<bool> {
        match &self.turn {
            None => Ok(true),
            Some(turn) => turn.is_not_mine(),
        }
    }
}

impl Turn {
    #[cold]
    fn is_not_mine(&self) -> Result<bool> {
        if self.thread == std::thread::current().id() {
            return Err(Error::invalid_argument(
                "this thread has a transaction open on the document: call the transaction, or end it first",
            ));
        }
        Ok(false)
    }
}

impl Shared<OpenDoc> {
    /// Takes the lock and the turn: waits while another thread's transaction is open.
    #[inline]
    pub(crate) fn take_turn(&self) -> Result<Guard<'_, OpenDoc>> {
        self.lock_when(OpenDoc::is_free)
    }

    /// The one way to write: what `write` does is durable as far as the file's options say, and then readers are woken.
    #[inline]
    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut CrdtDoc) -> Result<T>) -> Result<T> {
        self.caught(|| {
            let mut guard = self.take_turn()?;
            let open = guard.open()?;
            open.check_writable()?;
            let written = write(&mut open.doc).and_then(|made| open.commit().map(|()| made));
            self.release(guard);
            written
        })
    }

    /// The one way to read.
    #[inline]
    pub(crate) fn read<T>(&self, read: impl FnOnce(&CrdtDoc) -> Result<T>) -> Result<T> {
        self.caught(|| read(&self.take_turn()?.open()?.doc))
    }

    /// Makes what goes to other replicas, which may never know more of this one than its file does.
    pub(crate) fn hand_out<T>(&self, make: impl FnOnce(&mut CrdtDoc) -> Result<T>) -> Result<T> {
        self.caught(|| {
            let mut guard = self.take_turn()?;
            let open = guard.open()?;
            if let Some(file) = &mut open.file {
                file.before_hand_out(&mut open.doc)?;
            }
            let needed = open.doc.needs_fresh_peer();
            let made = make(&mut open.doc);
            if open.doc.needs_fresh_peer() != needed {
                // A peer's request showed that this replica was rolled back. That must outlive the session, whatever became of the answer.
                open.commit()?;
            }
            made
        })
    }
}

impl Source for OpenDoc {
    const NAME: &'static str = "document";
    type Id = SubscriptionId;
    type Change = Change;

    #[inline]
    fn is_watched(&self) -> bool {
        self.doc.subscriptions.any()
    }

    fn has_changes(&self, id: SubscriptionId) -> bool {
        self.doc.subscriptions.has_changes(id)
    }

    fn drain(&mut self, id: SubscriptionId) -> (Vec<Change>, bool) {
        self.doc.drain_changes(id).map_or((Vec::new(), false), |drained| (drained.changes, drained.lagged))
    }

    fn unsubscribe(&mut self, id: SubscriptionId) {
        self.doc.unsubscribe(id);
    }
}
