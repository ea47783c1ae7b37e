use crate::ephemeral::Entry;
use crate::error::Result;
use crate::waker::{Waker, timeout, waker};
use convergedb::api::{self, Next};
use convergedb::{EphemeralChange, EphemeralChangeKind};
use std::sync::Arc;

/// A reader of a store's changes.
#[derive(uniffi::Object)]
pub struct EphemeralChanges(pub(crate) api::EphemeralChanges);

/// What happened to a key.
#[derive(uniffi::Enum)]
pub enum EntryChange {
    /// It shows, and did not before.
    Added,
    /// It shows another entry than before.
    Updated,
    /// It was removed.
    Removed,
    /// It reached the time to live.
    Expired,
}

/// What a reader is told.
#[derive(uniffi::Enum)]
pub enum NextEntry {
    /// The oldest change that was not taken yet.
    Change {
        /// What happened.
        kind: EntryChange,
        /// What the key holds after it; for an expired one, what it held.
        entry: Entry,
        /// Whether a call of this store's own made it.
        local: bool,
    },
    /// Changes were dropped: read afresh, then go on.
    Lagged,
    /// Nothing came in the time.
    Timeout,
    /// Nothing comes any more.
    Closed,
}

impl From<Next<EphemeralChange>> for NextEntry {
    fn from(next: Next<EphemeralChange>) -> NextEntry {
        match next {
            Next::Change(change) => {
                let kind = match change.kind {
                    EphemeralChangeKind::Added => EntryChange::Added,
                    EphemeralChangeKind::Removed => EntryChange::Removed,
                    EphemeralChangeKind::Expired => EntryChange::Expired,
                    // A kind that is added later still says that there is another entry.
                    _ => EntryChange::Updated,
                };
                NextEntry::Change { kind, entry: Entry::new(change.ns, change.key, change.entry), local: change.local }
            }
            Next::Lagged => NextEntry::Lagged,
            Next::Timeout => NextEntry::Timeout,
            Next::Closed => NextEntry::Closed,
        }
    }
}

#[uniffi::export]
impl EphemeralChanges {
    /// The next thing to tell. It waits so long, or for ever; 0 does not wait.
    pub fn next(&self, timeout_ms: Option<u64>) -> Result<NextEntry> {
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
