use crate::doc::CrdtDoc;
use crate::oplog::{RowIndex, TableIndex};

/// What a replica that lies in a store has changed since it was saved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracking {
    /// Rows that were touched, in any order, some of them more than once.
    pub(crate) rows: Vec<(TableIndex, RowIndex)>,
    /// Tables that got new rows, some of them more than once.
    pub(crate) grown: Vec<TableIndex>,
    /// Everything was numbered anew.
    pub(crate) reset: bool,
}

impl CrdtDoc {
    /// Begins to note what changes, for [`super::save`].
    pub(crate) fn track(&mut self) {
        self.tracking = Some(Box::default());
        self.waiting.track();
    }

    /// Becomes another document, but for who listens and what it was given: those who subscribed are told that they lagged.
    pub(crate) fn replace_by(&mut self, read: CrdtDoc) {
        let before = core::mem::replace(self, read);
        self.subscriptions = before.subscriptions;
        self.subscriptions.lag();
        self.row_ids = before.row_ids;
        self.epoch = before.epoch + 1;
    }

    /// Notes which rows the journalled call touched.
    #[cold]
    pub(crate) fn note_touched(&mut self) {
        if let Some(tracking) = &mut self.tracking {
            let rows = &mut tracking.rows;
            // The cells of a row stand beside each other.
            let mut note = |touched: (TableIndex, RowIndex)| {
                if rows.last() != Some(&touched) {
                    rows.push(touched);
                }
            };
            self.journal.rows.iter().for_each(|before| note((before.table, before.row)));
            self.journal.cells.iter().for_each(|before| note((before.table, before.row)));
            tracking.grown.extend(self.journal.new_rows.iter().copied());
        }
    }
}
