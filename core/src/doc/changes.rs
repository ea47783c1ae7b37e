use super::CrdtDoc;
use crate::limits::CHANGES_BYTES_MAX;
use crate::types::{Patch, PeerId};
use std::collections::{BTreeMap, VecDeque};

/// Who is behind a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A write of this replica.
    Local,
    /// The write of another peer that decided what shows now.
    Remote(PeerId),
}

/// A patch, and who is behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePatch {
    /// What changed.
    pub patch: Patch,
    /// Who changed it.
    pub origin: Origin,
}

/// What one local transaction or one merge changed in the visible state: patches that go together, sorted by table, row and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The patches, at least one.
    pub patches: Vec<ChangePatch>,
}

/// Which changes a subscription is told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    all: bool,
    tables: Vec<String>,
    rows: Vec<(String, String)>,
}

impl ChangeFilter {
    /// All changes. A filter by `default()` wants none, until tables or rows are added.
    pub fn all() -> ChangeFilter {
        ChangeFilter { all: true, ..ChangeFilter::default() }
    }

    /// The changes of one table.
    pub fn table(tbl: &str) -> ChangeFilter {
        ChangeFilter::default().and_table(tbl)
    }

    /// The changes of one row.
    pub fn row(tbl: &str, row_id: &str) -> ChangeFilter {
        ChangeFilter::default().and_row(tbl, row_id)
    }

    /// The changes of one more table.
    pub fn and_table(mut self, tbl: &str) -> ChangeFilter {
        self.tables.push(tbl.to_owned());
        self
    }

    /// The changes of one more row.
    pub fn and_row(mut self, tbl: &str, row_id: &str) -> ChangeFilter {
        self.rows.push((tbl.to_owned(), row_id.to_owned()));
        self
    }

    fn wants(&self, patch: &Patch) -> bool {
        self.all
            || self.tables.iter().any(|tbl| tbl == patch.tbl())
            || self.rows.iter().any(|(tbl, row_id)| tbl == patch.tbl() && row_id == patch.row_id())
    }
}

/// Names a subscription of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(u64);

/// What a subscription had to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// The changes since the last drain, oldest first.
    pub changes: Vec<Change>,
    /// The reader was too slow and changes were dropped: read again what is of interest, then go on. `changes` is empty then, and the
    /// next drain's changes follow on the state at this one.
    pub lagged: bool,
}

#[derive(Clone, Debug)]
struct Subscription {
    filter: ChangeFilter,
    changes: VecDeque<Change>,
    patches: usize,
    patches_max: usize,
    bytes: usize,
    lagged: bool,
}

/// What a patch takes, about: its names and values.
fn patch_bytes(patch: &Patch) -> usize {
    let cells = match patch {
        Patch::SetCell { col, value, .. } => col.len() + value.counted_bytes(),
        Patch::InsertRow { values, .. } => values.iter().map(|(col, value)| col.len() + value.counted_bytes() + 64).sum(),
        Patch::DeleteRow { .. } => 0,
    };
    patch.tbl().len() + patch.row_id().len() + cells
}

/// Everybody who wants to be told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscriptions {
    by_id: BTreeMap<u64, Subscription>,
    next: u64,
}

impl Subscriptions {
    #[inline]
    pub(crate) fn any(&self) -> bool {
        !self.by_id.is_empty()
    }

    /// Tells everybody that changes were lost.
    pub(crate) fn lag(&mut self) {
        for subscription in self.by_id.values_mut() {
            subscription.lagged = true;
            subscription.changes = VecDeque::new();
            (subscription.patches, subscription.bytes) = (0, 0);
        }
    }

    /// Whether a subscription has something to tell.
    #[cfg(feature = "system")]
    pub(crate) fn has_changes(&self, id: SubscriptionId) -> bool {
        self.by_id.get(&id.0).is_some_and(|subscription| subscription.lagged || !subscription.changes.is_empty())
    }

    /// Queues the patches of one call for everybody whom they concern.
    pub(crate) fn publish(&mut self, patches: &[ChangePatch]) {
        for subscription in self.by_id.values_mut().filter(|subscription| !subscription.lagged) {
            let wanted: Vec<ChangePatch> = patches.iter().filter(|change| subscription.filter.wants(&change.patch)).cloned().collect();
            if wanted.is_empty() {
                continue;
            }
            subscription.patches += wanted.len();
            subscription.bytes += wanted.iter().map(|change| patch_bytes(&change.patch)).sum::<usize>();
            if subscription.patches > subscription.patches_max || subscription.bytes > CHANGES_BYTES_MAX {
                subscription.lagged = true;
                subscription.changes = VecDeque::new();
                (subscription.patches, subscription.bytes) = (0, 0);
            } else {
                subscription.changes.push_back(Change { patches: wanted });
            }
        }
    }
}

impl CrdtDoc {
    /// Begins to keep changes for a reader, at most `patches_max` patches ([`crate::limits::CHANGES_MAX`] is a good bound) and
    /// [`crate::limits::CHANGES_BYTES_MAX`] bytes: past that they are dropped and the reader is told that it lagged. With a bound of 0 it
    /// is told just that something changed.
    pub fn subscribe(&mut self, filter: ChangeFilter, patches_max: usize) -> SubscriptionId {
        let id = self.subscriptions.next;
        self.subscriptions.next += 1;
        let subscription = Subscription { filter, changes: VecDeque::new(), patches: 0, patches_max, bytes: 0, lagged: false };
        self.subscriptions.by_id.insert(id, subscription);
        SubscriptionId(id)
    }

    /// Stops keeping changes for a reader.
    pub fn unsubscribe(&mut self, id: SubscriptionId) {
        self.subscriptions.by_id.remove(&id.0);
    }

    /// Takes what a subscription has to tell; `None` when there is no such subscription.
    pub fn drain_changes(&mut self, id: SubscriptionId) -> Option<Drained> {
        let subscription = self.subscriptions.by_id.get_mut(&id.0)?;
        (subscription.patches, subscription.bytes) = (0, 0);
        let lagged = core::mem::take(&mut subscription.lagged);
        Some(Drained { changes: core::mem::take(&mut subscription.changes).into(), lagged })
    }

    /// Tells everybody what the journalled local call changed.
    pub(crate) fn publish_local(&mut self) {
        let patches = self.state.patches(&self.journal).into_iter();
        let patches: Vec<ChangePatch> = patches.map(|(patch, _)| ChangePatch { patch, origin: Origin::Local }).collect();
        self.subscriptions.publish(&patches);
    }
}
