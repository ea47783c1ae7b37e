use crate::error::Result;
use crate::patches::OriginPatch;
use crate::waker::{Waker, timeout, waker};
use convergedb::Change;
use convergedb::api::{self, Next};
use std::sync::Arc;

/// A reader of a document's changes.
#[derive(uniffi::Object)]
pub struct Changes(pub(crate) api::Changes);

/// What a reader is told.
#[derive(uniffi::Enum)]
pub enum NextChange {
    /// The oldest change that was not taken yet.
    Change {
        /// Its patches.
        patches: Vec<OriginPatch>,
    },
    /// Changes were dropped: read afresh, then go on.
    Lagged,
    /// Nothing came in the time.
    Timeout,
    /// Nothing comes any more.
    Closed,
}

impl From<Next<Change>> for NextChange {
    fn from(next: Next<Change>) -> NextChange {
        match next {
            Next::Change(change) => NextChange::Change { patches: change.patches.into_iter().map(OriginPatch::from).collect() },
            Next::Lagged => NextChange::Lagged,
            Next::Timeout => NextChange::Timeout,
            Next::Closed => NextChange::Closed,
        }
    }
}

#[uniffi::export]
impl Changes {
    /// The next thing to tell. It waits so long, or for ever; 0 does not wait.
    pub fn next(&self, timeout_ms: Option<u64>) -> Result<NextChange> {
        Ok(self.0.next(timeout(timeout_ms))?.into())
    }

    /// Sets what is called when there is something to read.
    pub fn set_waker(&self, to_wake: Option<Arc<dyn Waker>>) {
        self.0.set_waker(waker(to_wake));
    }

    /// Ends the subscription.
    pub fn shut(&self) {
        self.0.close();
    }
}
