use super::Doc;
use crate::doc::{Commit, CrdtDoc, OpenTransaction};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{TRANSACTION_OPS_MAX, check_name};
use crate::types::ValueRef;
use std::collections::HashSet;

/// What a part of the rows comes to, as a transaction counts it.
#[derive(Clone, Copy, Default)]
struct Size {
    rows: usize,
    bytes: usize,
    cells: usize,
}

impl Size {
    fn and(self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Size {
        let bytes = values.iter().map(|(col, value)| col.len() + value.counted_bytes()).sum::<usize>();
        Size { rows: self.rows + 1, bytes: self.bytes + tbl.len() + row_id.len() + bytes, cells: self.cells + values.len() }
    }

    fn check(self) -> Result<()> {
        OpenTransaction::check_size(self.rows, self.bytes, self.cells)
    }
}

/// How many of the first rows one transaction holds, and one in any case: a row that is too large by itself is refused as such.
fn count_that_fits<'a, C: AsRef<[(&'a str, ValueRef<'a>)]>>(tbl: &str, rows: &[(&'a str, C)]) -> usize {
    let mut size = Size::default();
    let fits = |(row_id, values): &&(&'a str, C)| {
        size = size.and(tbl, row_id, values.as_ref());
        size.check().is_ok()
    };
    rows.iter().take_while(fits).count().max(1).min(rows.len())
}

/// Whether each row could be inserted after those before it, by the rules and with the errors of an insert.
fn check_rows<'a, C: AsRef<[(&'a str, ValueRef<'a>)]>>(doc: &CrdtDoc, tbl: &str, rows: &[(&'a str, C)]) -> Result<()> {
    let mut cells = 0;
    let mut seen = HashSet::with_capacity(rows.len());
    for (row_id, values) in rows {
        let values = values.as_ref();
        check_name(tbl, "table")?;
        check_name(row_id, "row id")?;
        values.iter().try_for_each(|(col, _)| check_name(col, "column"))?;
        values.iter().try_for_each(|(_, value)| value.check())?;
        if !seen.insert(*row_id) || doc.contains(tbl, row_id) {
            return Err(Error::new(ErrorKind::RowExists, format!("row {row_id:?} of table {tbl:?} shows already")));
        }
        Size::default().and(tbl, row_id, values).check()?;
        cells += values.len();
    }
    // With room for the largest transaction, so that none of several fails.
    doc.check_events_room(rows.len() + TRANSACTION_OPS_MAX)?;
    doc.check_names_room(cells + rows.len())
}

impl Doc {
    pub(crate) fn insert_rows<'a, C: AsRef<[(&'a str, ValueRef<'a>)]>>(&self, tbl: &str, rows: &[(&'a str, C)]) -> Result<Commit> {
        let first = count_that_fits(tbl, rows);
        self.shared.write(|doc| {
            if first < rows.len() {
                check_rows(doc, tbl, rows)?;
            }
            let (now, mut rest) = rows.split_at(first);
            let mut whole = insert_all(doc, tbl, now)?;
            while !rest.is_empty() {
                let (now, later) = rest.split_at(count_that_fits(tbl, rest));
                whole.events += insert_all(doc, tbl, now)?.events;
                rest = later;
            }
            Ok(whole)
        })
    }
}

/// Inserts rows as one transaction.
fn insert_all<'a, C: AsRef<[(&'a str, ValueRef<'a>)]>>(doc: &mut CrdtDoc, tbl: &str, rows: &[(&'a str, C)]) -> Result<Commit> {
    let inserted = doc.transaction(None, |tx| rows.iter().try_for_each(|(row_id, values)| tx.insert(tbl, row_id, values.as_ref())));
    inserted.map(|((), commit)| commit)
}
