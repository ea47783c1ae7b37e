use super::{CrdtDoc, RowRef};
use crate::oplog::{RowIndex, TableIndex};
use core::ops::Bound;
use std::sync::Arc;

/// Which rows a scan gives: those whose ids lie between two bounds, in the order of their bytes.
#[derive(Clone, Copy, Debug)]
pub struct RowRange<'r> {
    from: Bound<&'r str>,
    /// And only those after this one.
    after: Option<&'r str>,
    to: To<'r>,
}

#[derive(Clone, Copy, Debug)]
enum To<'r> {
    Bound(Bound<&'r str>),
    Prefix(&'r str),
}

impl<'r> RowRange<'r> {
    /// All rows.
    pub fn all() -> RowRange<'r> {
        RowRange::new(Bound::Unbounded, Bound::Unbounded)
    }

    /// The rows between two bounds.
    pub fn new(from: Bound<&'r str>, to: Bound<&'r str>) -> RowRange<'r> {
        RowRange { from, after: None, to: To::Bound(to) }
    }

    /// The rows whose ids begin with `prefix`.
    pub fn prefix(prefix: &'r str) -> RowRange<'r> {
        RowRange { from: Bound::Included(prefix), after: None, to: To::Prefix(prefix) }
    }

    /// The rows after `row_id`: the next page, when that was the last row of one.
    pub fn after(row_id: &'r str) -> RowRange<'r> {
        RowRange::new(Bound::Excluded(row_id), Bound::Unbounded)
    }

    /// The same rows, but only those after `row_id`.
    pub fn and_after(self, row_id: &'r str) -> RowRange<'r> {
        RowRange { after: self.after.max(Some(row_id)), ..self }
    }
}

/// The rows of a table that show, in the order of their ids.
///
/// It borrows the document, so nothing is written while it lives: it sees one state. A caller that lets go of the document between
/// pages, and goes on with [`RowRange::after`] the last id it saw, sees each page as the table is at that moment; a row that shows all
/// the while comes exactly once.
pub struct RowScan<'a> {
    doc: &'a CrdtDoc,
    table: TableIndex,
    old: (Arc<Vec<RowIndex>>, core::ops::Range<usize>),
    recent: (Arc<Vec<RowIndex>>, core::ops::Range<usize>),
}

impl CrdtDoc {
    /// The rows of a table that show, in the order of their ids' bytes, lazily. Take as many as a page should hold.
    ///
    /// The first scan of a table sorts its rows; later ones only what has come since.
    pub fn scan<'a>(&'a self, tbl: &str, range: RowRange<'_>) -> RowScan<'a> {
        let Some(table) = self.state.schema.table(tbl) else {
            return RowScan { doc: self, table: 0, old: Default::default(), recent: Default::default() };
        };
        let (old, recent) = self.state.table(table).sorted();
        let bounds = |rows: &[RowIndex]| {
            let at = |before: &dyn Fn(&[u8]) -> bool| rows.partition_point(|&row| before(self.state.table(table).id(row).as_bytes()));
            let start = match range.from {
                Bound::Unbounded => 0,
                Bound::Included(from) => at(&|id| id < from.as_bytes()),
                Bound::Excluded(from) => at(&|id| id <= from.as_bytes()),
            };
            let start = range.after.map_or(start, |after| start.max(at(&|id| id <= after.as_bytes())));
            let end = match range.to {
                To::Bound(Bound::Unbounded) => rows.len(),
                To::Bound(Bound::Included(to)) => at(&|id| id <= to.as_bytes()),
                To::Bound(Bound::Excluded(to)) => at(&|id| id < to.as_bytes()),
                To::Prefix(prefix) => at(&|id| id < prefix.as_bytes() || id.starts_with(prefix.as_bytes())),
            };
            start..end.max(start)
        };
        let (in_old, in_recent) = (bounds(&old), bounds(&recent));
        RowScan { doc: self, table, old: (old, in_old), recent: (recent, in_recent) }
    }
}

impl<'a> Iterator for RowScan<'a> {
    type Item = RowRef<'a>;

    fn next(&mut self) -> Option<RowRef<'a>> {
        loop {
            let old = self.old.0.get(self.old.1.start).filter(|_| !self.old.1.is_empty()).copied();
            let recent = self.recent.0.get(self.recent.1.start).filter(|_| !self.recent.1.is_empty()).copied();
            let rows = match (old, recent) {
                (None, None) => return None,
                _ => self.doc.state.table(self.table),
            };
            let take_old = match (old, recent) {
                (Some(old), Some(recent)) => rows.cmp_ids(old, recent).is_lt(),
                (old, _) => old.is_some(),
            };
            let row = if take_old {
                self.old.1.start += 1;
                old
            } else {
                self.recent.1.start += 1;
                recent
            }?;
            if rows.head(row).is_visible() {
                return Some(RowRef::new(self.doc, self.table, row));
            }
        }
    }
}
