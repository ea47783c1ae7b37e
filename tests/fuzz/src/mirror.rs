//! The rows as one sees them who is told of changes alone.

use convergedb::{ChangeFilter, CrdtDoc, Patch, SubscriptionId, Value};
use std::collections::BTreeMap;

type Row = BTreeMap<String, Value>;

/// More changes than a step makes.
const PATCHES_MAX: usize = 10_000;

pub struct Mirror {
    watcher: SubscriptionId,
    rows: BTreeMap<(String, String), Row>,
}

impl Mirror {
    pub fn new(doc: &mut CrdtDoc) -> Mirror {
        Mirror { watcher: doc.subscribe(ChangeFilter::all(), PATCHES_MAX), rows: rows(doc) }
    }

    /// What the replica tells must lead to what it shows.
    pub fn check(&mut self, doc: &mut CrdtDoc) {
        let drained = doc.drain_changes(self.watcher).expect("it is subscribed");
        assert!(!drained.lagged);
        for change in drained.changes {
            assert!(!change.patches.is_empty(), "a change changes nothing");
            change.patches.into_iter().for_each(|change| self.apply(change.patch));
        }
        assert_eq!(self.rows, rows(doc), "the changes that it told lead elsewhere");
    }

    fn apply(&mut self, patch: Patch) {
        match patch {
            Patch::InsertRow { tbl, row_id, values } => {
                let before = self.rows.insert((tbl, row_id), values.into_iter().collect());
                assert!(before.is_none(), "a row that shows appeared");
            }
            Patch::DeleteRow { tbl, row_id } => {
                assert!(self.rows.remove(&(tbl, row_id)).is_some(), "a row that does not show vanished");
            }
            Patch::SetCell { tbl, row_id, col, value } => {
                let row = self.rows.get_mut(&(tbl, row_id)).expect("the row of a cell shows");
                assert_ne!(row.insert(col, value.clone()), Some(value), "a cell that is as it was changed");
            }
        }
    }
}

fn rows(doc: &CrdtDoc) -> BTreeMap<(String, String), Row> {
    let row = |tbl: &str, row: convergedb::RowRef<'_>| ((tbl.to_owned(), row.id().to_string()), row.to_values().into_iter().collect());
    doc.tables().into_iter().flat_map(|tbl| doc.rows(tbl).map(move |shown| row(tbl, shown)).collect::<Vec<_>>()).collect()
}
