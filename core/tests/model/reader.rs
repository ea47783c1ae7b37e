use super::state::State;
use super::{holds, same};
use convergedb::{ChangeFilter, CrdtDoc, Origin, Patch, SubscriptionId};

/// Which rows a subscription is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    All,
    Table(String),
    Row(String, String),
    TableAndRow(String, (String, String)),
}

impl Subject {
    pub fn filter(&self) -> ChangeFilter {
        match self {
            Subject::All => ChangeFilter::all(),
            Subject::Table(tbl) => ChangeFilter::table(tbl),
            Subject::Row(tbl, row_id) => ChangeFilter::row(tbl, row_id),
            Subject::TableAndRow(tbl, row) => ChangeFilter::table(tbl).and_row(&row.0, &row.1),
        }
    }

    pub fn covers(&self, tbl: &str, row_id: &str) -> bool {
        match self {
            Subject::All => true,
            Subject::Table(table) => table == tbl,
            Subject::Row(table, row) => table == tbl && row == row_id,
            Subject::TableAndRow(table, row) => table == tbl || (row.0 == tbl && row.1 == row_id),
        }
    }
}

/// A patch, and who may be behind it.
#[derive(Clone, Debug)]
pub struct Expected {
    pub patch: Patch,
    pub origins: Vec<Origin>,
}

/// A reader of changes, with a plain copy that it keeps up by them.
#[derive(Debug)]
pub struct Reader {
    pub subject: Subject,
    pub subscription: SubscriptionId,
    pub patches_max: usize,
    copy: State,
    /// What it has not drained yet, call by call.
    expected: Vec<Vec<Expected>>,
}

impl Reader {
    pub fn new(subject: Subject, patches_max: usize, doc: &mut CrdtDoc, shows: &State) -> Reader {
        let subscription = doc.subscribe(subject.filter(), patches_max);
        let copy = shows.filtered(|tbl, row_id| subject.covers(tbl, row_id));
        Reader { subject, subscription, patches_max, copy, expected: Vec::new() }
    }

    /// A call changed the visible state by these patches.
    pub fn expect(&mut self, patches: &[Expected]) {
        let covered = patches.iter().filter(|expected| self.subject.covers(expected.patch.tbl(), expected.patch.row_id()));
        let covered: Vec<Expected> = covered.cloned().collect();
        if !covered.is_empty() {
            self.expected.push(covered);
        }
    }

    /// Drains, applies what came to the copy, and compares it with what shows. Returns whether it had fallen behind.
    pub fn drain(&mut self, doc: &mut CrdtDoc, shows: &State) -> Result<bool, String> {
        let now = shows.filtered(|tbl, row_id| self.subject.covers(tbl, row_id));
        let expected = std::mem::take(&mut self.expected);
        let drained = doc.drain_changes(self.subscription).ok_or("the subscription is gone")?;
        same("whether a reader lagged", drained.lagged, expected.iter().flatten().count() > self.patches_max)?;
        if drained.lagged {
            holds("a reader that lagged still gets changes", drained.changes.is_empty())?;
            self.copy = now;
            return Ok(true);
        }
        same("the number of changes", drained.changes.len(), expected.len())?;
        for (change, expected) in drained.changes.iter().zip(&expected) {
            let patches = |patches: &[Expected]| patches.iter().map(|expected| expected.patch.clone()).collect::<Vec<_>>();
            let got: Vec<Patch> = change.patches.iter().map(|change| change.patch.clone()).collect();
            same("the patches of a change", got, patches(expected))?;
            for (got, expected) in change.patches.iter().zip(expected) {
                if !expected.origins.contains(&got.origin) {
                    return Err(format!("the origin of a patch: {got:?}: it is by one of {:?}", expected.origins));
                }
                self.copy.patch(&got.patch)?;
            }
        }
        same("the copy that follows the changes", &self.copy, &now)?;
        Ok(false)
    }
}
