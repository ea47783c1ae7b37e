//! Rows that are made again from the log.

use super::row_form::{RowWriter, read_row};
use super::{ROWS_FORMAT, Saved};
use crate::doc::CrdtDoc;
use crate::error::{Error, ErrorKind, Result};
use crate::oplog::TableIndex;
use crate::store::{CommitError, Head, Store, Stored};

/// Whether a log of `events` events reaches as far as the rows do: only then they may be made again from it.
///
/// # Errors
///
/// `corrupt` when it lacks its end.
pub(super) fn check_reach(store: &mut dyn Store, stored: &Stored, events: u32) -> Result<()> {
    let (mut newest, mut scratch) = (0, Vec::new());
    // Damaged rows say nothing, and those behind them do.
    store.every_row_loosely(&mut |row| {
        if let Ok(read) = read_row(row, u32::MAX, &mut scratch) {
            newest = newest.max(read.newest());
        }
    });
    // Names become known with the events that write to them.
    if newest <= events && (events > 0 || stored.tables.is_empty()) {
        return Ok(());
    }
    let message =
        format!("the log lacks its end: it has {events} events, and there are rows that later ones wrote; salvage reads what is left");
    Err(Error::new(ErrorKind::Corrupt, message))
}

/// Writes all rows of a document in place of those that are there, as a commit of its own.
pub(super) fn write_rows(store: &mut dyn Store, head: &Head, doc: &CrdtDoc) -> Result<(), CommitError> {
    store.begin().map_err(CommitError::RolledBack)?;
    let mut write = || -> Result<()> {
        store.clear_rows()?;
        let schema = &doc.state.schema;
        let (mut writer, mut saved) = (RowWriter::default(), Saved::default());
        for table in 0..schema.tables() as TableIndex {
            store.put_table(table, schema.table_name(table))?;
            for column in 0..schema.columns(table) as u32 {
                store.put_column(table, column, schema.column_name(table, column))?;
            }
            for row in 0..doc.state.table(table).rows() {
                let hash = writer.write(&doc.state, table, row, |row| store.put_row(row, None))?;
                saved.set_row_hash(table, row, hash);
            }
        }
        store.put_rows_sum(saved.rows_sum)?;
        store.put_head(&Head { rows_format: ROWS_FORMAT, ..head.clone() })
    };
    match write() {
        Ok(()) => store.commit().inspect_err(|_| store.rollback()),
        Err(error) => {
            store.rollback();
            Err(CommitError::RolledBack(error))
        }
    }
}

/// The rows whose hashes differ between the fold of a log and what a store has.
pub(super) fn differing_rows(folded: &CrdtDoc, saved: &Saved) -> Vec<String> {
    let (mut writer, mut problems) = (RowWriter::default(), Vec::new());
    for table in 0..folded.state.schema.tables() as TableIndex {
        for row in 0..folded.state.table(table).rows() {
            let hash = writer.write(&folded.state, table, row, |_| Ok(())).unwrap_or(0);
            let found = saved.row_hashes.get(table as usize).and_then(|hashes| hashes.get(row as usize));
            if found != Some(&hash) {
                let (tbl, id) = (folded.state.schema.table_name(table), folded.state.row_id(folded.state.table(table), row));
                problems.push(format!("rows: row {id:?} of table {tbl:?} is not the fold of the log"));
            }
        }
    }
    problems
}
