use super::ephemeral::{EphemeralStore, OpenStore};
use super::reader::{Next, Reader};
use crate::ephemeral::{EphemeralChange, EphemeralDrained};
use crate::error::Result;
use core::fmt;
use std::time::Duration;

/// A reader of an ephemeral store's changes, oldest first, by the rules of [`Changes`](super::Changes).
pub struct EphemeralChanges(Reader<OpenStore>);

impl EphemeralChanges {
    pub(crate) fn subscribe(store: &EphemeralStore, limit: usize) -> Result<EphemeralChanges> {
        let mut guard = store.shared.lock()?;
        let id = guard.open()?.store.subscribe(limit);
        Ok(EphemeralChanges(Reader::new(&store.shared, &mut guard, id)))
    }

    /// What there is to tell now; [`Next::Timeout`] when there is nothing. It does not wait.
    ///
    /// # Errors
    ///
    /// `internal` once a call on the store has panicked; what was taken over before can still be read.
    pub fn try_next(&self) -> Result<Next<EphemeralChange>> {
        self.0.next(Some(Duration::ZERO))
    }

    /// The next thing to tell. It waits for `timeout`, or for ever without one.
    ///
    /// # Errors
    ///
    /// `internal` once a call on the store has panicked; what was taken over before can still be read.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Next<EphemeralChange>> {
        self.0.next(timeout)
    }

    /// All changes that are queued, oldest first. When the reader lagged there are none, and it says so. It does not wait.
    ///
    /// # Errors
    ///
    /// `internal` once a call on the store has panicked; what was taken over before can still be read.
    pub fn drain(&self) -> Result<EphemeralDrained> {
        self.0.drain().map(|(changes, lagged)| EphemeralDrained { changes, lagged })
    }

    /// Sets what is called when there is something to read, or nothing, as [`Changes::set_waker`](super::Changes::set_waker).
    pub fn set_waker(&self, waker: Option<Box<dyn Fn() + Send + Sync>>) {
        self.0.set_waker(waker.map(Into::into));
    }

    /// Ends the subscription. What was taken over before can still be read; whoever waits is told [`Next::Closed`].
    pub fn close(&self) {
        self.0.close();
    }
}

impl fmt::Debug for EphemeralChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EphemeralChanges").finish_non_exhaustive()
    }
}
