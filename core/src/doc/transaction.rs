use super::write::{row_not_found, too_many_cells};
use super::{Commit, CrdtDoc, RowRange, RowRef, RowScan};
use crate::error::{Error, Result};
use crate::limits::{TRANSACTION_BYTES_MAX, TRANSACTION_CELLS_MAX, TRANSACTION_OPS_MAX, check_name};
use crate::types::{RowOp, ValueRef};

/// A transaction in progress: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.
///
/// An operation that fails changes nothing. Its error, passed on by the body, undoes the whole transaction.
pub struct Transaction<'d> {
    doc: &'d mut CrdtDoc,
    open: OpenTransaction,
}

/// A transaction apart from its document, for those that hold both but cannot borrow one from the other.
///
/// Between its begin and its end nothing else may write to the document. Whoever lets go of it without an end leaves the document broken.
pub(crate) struct OpenTransaction {
    undo: Undo,
    events: u32,
    bytes: usize,
    /// The cells of its inserts.
    cells: usize,
    ended: bool,
}

/// Where the parts of the document end before the transaction.
#[derive(Clone, Copy)]
struct Undo {
    state: crate::merge::StateMark,
    log: crate::oplog::LogMark,
}

impl CrdtDoc {
    /// Runs `body` as one transaction. An error from it, or a panic, undoes everything that it wrote.
    ///
    /// `at` is the transaction's wall-clock time in milliseconds since the Unix epoch, for people; without it the document's own wall
    /// clock gives it, if there is one. A transaction without operations makes no event.
    ///
    /// # Errors
    ///
    /// Whatever `body` returns.
    pub fn transaction<T, E: From<Error>>(
        &mut self,
        at: Option<i64>,
        body: impl FnOnce(&mut Transaction<'_>) -> core::result::Result<T, E>,
    ) -> core::result::Result<(T, Commit), E> {
        let open = OpenTransaction::begin(self);
        let mut transaction = Transaction { doc: self, open };
        let result = body(&mut transaction)?;
        Ok((result, transaction.open.commit(transaction.doc, at)))
    }
}

impl OpenTransaction {
    #[inline]
    pub(crate) fn begin(doc: &mut CrdtDoc) -> OpenTransaction {
        let undo = Undo { state: doc.state.mark(doc.graph.len()), log: doc.log.mark() };
        doc.journal.begin(doc.graph.len());
        OpenTransaction { undo, events: 0, bytes: 0, cells: 0, ended: false }
    }

    pub(crate) fn insert(&mut self, doc: &mut CrdtDoc, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        let bytes = insert_bytes(tbl, row_id, values);
        self.step(doc, bytes, values.len(), |doc, at| doc.local_insert(tbl, row_id, values, at, false))
    }

    pub(crate) fn upsert(&mut self, doc: &mut CrdtDoc, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        let bytes = insert_bytes(tbl, row_id, values);
        self.step(doc, bytes, values.len(), |doc, at| doc.local_insert(tbl, row_id, values, at, true))
    }

    #[inline]
    pub(crate) fn update(&mut self, doc: &mut CrdtDoc, tbl: &str, row_id: &str, col: &str, value: ValueRef<'_>) -> Result<()> {
        let bytes = tbl.len() + row_id.len() + col.len() + value.counted_bytes();
        self.step(doc, bytes, 0, |doc, at| doc.local_update(tbl, row_id, col, value, at))
    }

    /// Writes several cells of a row, or none: what can be refused is refused before the first is written.
    pub(crate) fn update_columns(&mut self, doc: &mut CrdtDoc, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        check_name(tbl, "table")?;
        check_name(row_id, "row id")?;
        for (number, (col, value)) in values.iter().enumerate() {
            check_name(col, "column")?;
            value.check()?;
            if number == 0 && !doc.contains(tbl, row_id) {
                return Err(row_not_found(tbl, row_id));
            }
        }
        let bytes: usize = values.iter().map(|(col, value)| tbl.len() + row_id.len() + col.len() + value.counted_bytes()).sum();
        OpenTransaction::check_size(self.len() + values.len(), self.bytes + bytes, self.cells)?;
        doc.check_names_room(values.len() + 1)?;
        values.iter().try_for_each(|&(col, value)| self.update(doc, tbl, row_id, col, value))
    }

    pub(crate) fn delete(&mut self, doc: &mut CrdtDoc, tbl: &str, row_id: &str) -> Result<()> {
        self.step(doc, tbl.len() + row_id.len(), 0, |doc, at| doc.local_delete(tbl, row_id, at))
    }

    pub(crate) fn apply(&mut self, doc: &mut CrdtDoc, op: &RowOp) -> Result<()> {
        match op {
            RowOp::Insert { tbl, row_id, values } => {
                let values: Vec<(&str, ValueRef<'_>)> = values.iter().map(|(col, value)| (col.as_str(), value.as_ref())).collect();
                self.insert(doc, tbl, row_id, &values)
            }
            RowOp::Update { tbl, row_id, col, value } => self.update(doc, tbl, row_id, col, value.as_ref()),
            RowOp::Delete { tbl, row_id } => self.delete(doc, tbl, row_id),
        }
    }

    /// The number of operations so far.
    pub(crate) fn len(&self) -> usize {
        self.events as usize
    }

    #[inline]
    fn step(&mut self, doc: &mut CrdtDoc, bytes: usize, cells: usize, write: impl FnOnce(&mut CrdtDoc, u32) -> Result<()>) -> Result<()> {
        // A cell counts a byte at least, so where the bytes are few the cells are.
        if self.events as usize >= TRANSACTION_OPS_MAX || self.bytes + bytes > TRANSACTION_CELLS_MAX || self.events == 0 {
            self.check_bounds(doc, bytes, cells)?;
        }
        let event = doc.graph.len() + self.events;
        write(doc, event)?;
        self.events += 1;
        self.bytes += bytes;
        self.cells += cells;
        Ok(())
    }

    #[cold]
    fn check_bounds(&self, doc: &CrdtDoc, bytes: usize, cells: usize) -> Result<()> {
        if self.events == 0 {
            doc.check_events_room(TRANSACTION_OPS_MAX)?;
        }
        OpenTransaction::check_size(self.len() + 1, self.bytes + bytes, self.cells + cells)
    }

    /// Whether one transaction may hold so many operations, bytes and cells of inserts.
    pub(crate) fn check_size(ops: usize, bytes: usize, cells: usize) -> Result<()> {
        let past =
            |what: &str, limit: usize| Err(Error::limit_exceeded(format!("a transaction has more than {limit} {what}"), limit as u64));
        if ops > TRANSACTION_OPS_MAX {
            past("operations", TRANSACTION_OPS_MAX)
        } else if bytes > TRANSACTION_BYTES_MAX {
            past("bytes", TRANSACTION_BYTES_MAX)
        } else if cells > TRANSACTION_CELLS_MAX {
            Err(too_many_cells())
        } else {
            Ok(())
        }
    }

    /// Makes the operations one transaction of the document.
    pub(crate) fn commit(&mut self, doc: &mut CrdtDoc, at: Option<i64>) -> Commit {
        doc.journal.end();
        if self.events == 0 {
            self.ended = true;
            return Commit { counter: doc.own_next, lamport: doc.graph.lamport_max() + 1, events: 0 };
        }
        // A caller's clock or randomness may panic; then everything is undone.
        let due = doc.due();
        self.ended = true;
        let commit = doc.commit_local(self.events, super::write::Due { at: at.or(due.at), ..due });
        if doc.subscriptions.any() {
            doc.publish_local();
        }
        commit
    }

    /// Undoes the operations, unless it has ended.
    pub(crate) fn undo(&mut self, doc: &mut CrdtDoc) {
        if !self.ended {
            self.ended = true;
            doc.journal.end();
            doc.epoch += u64::from(self.events > 0);
            doc.state.undo(self.undo.state, &doc.journal);
            doc.log.truncate(self.undo.log);
        }
    }
}

impl Transaction<'_> {
    /// As [`CrdtDoc::insert`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::insert`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn insert(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.open.insert(self.doc, tbl, row_id, values)
    }

    /// As [`CrdtDoc::upsert`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::upsert`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn upsert(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.open.upsert(self.doc, tbl, row_id, values)
    }

    /// As [`CrdtDoc::update`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::update`]; `limit_exceeded` also when the transaction grows past its bounds.
    #[inline]
    pub fn update<'v>(&mut self, tbl: &str, row_id: &str, col: &str, value: impl Into<ValueRef<'v>>) -> Result<()> {
        self.open.update(self.doc, tbl, row_id, col, value.into())
    }

    /// As [`CrdtDoc::update_columns`]: where one cell fails, none is written.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::update_columns`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn update_columns(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.open.update_columns(self.doc, tbl, row_id, values)
    }

    /// As [`CrdtDoc::delete`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::delete`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn delete(&mut self, tbl: &str, row_id: &str) -> Result<()> {
        self.open.delete(self.doc, tbl, row_id)
    }

    /// An operation of plain data.
    ///
    /// # Errors
    ///
    /// As the operation's own method.
    pub fn apply(&mut self, op: &RowOp) -> Result<()> {
        self.open.apply(self.doc, op)
    }

    /// The value of a cell, with what the transaction wrote so far.
    pub fn get(&self, tbl: &str, row_id: &str, col: &str) -> Option<ValueRef<'_>> {
        self.doc.get(tbl, row_id, col)
    }

    /// A row, with what the transaction wrote so far.
    pub fn row(&self, tbl: &str, row_id: &str) -> Option<RowRef<'_>> {
        self.doc.row(tbl, row_id)
    }

    /// Whether a row shows, with what the transaction wrote so far.
    pub fn contains(&self, tbl: &str, row_id: &str) -> bool {
        self.doc.contains(tbl, row_id)
    }

    /// As [`CrdtDoc::scan`], with what the transaction wrote so far.
    pub fn scan(&self, tbl: &str, range: RowRange<'_>) -> RowScan<'_> {
        self.doc.scan(tbl, range)
    }

    /// The number of a table's rows that show, with what the transaction wrote so far.
    pub fn count(&self, tbl: &str) -> usize {
        self.doc.count(tbl)
    }

    pub(crate) fn doc(&self) -> &CrdtDoc {
        self.doc
    }

    /// The number of operations so far.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there is no operation yet.
    pub fn is_empty(&self) -> bool {
        self.open.events == 0
    }

    #[inline]
    pub(crate) fn step(&mut self, bytes: usize, cells: usize, write: impl FnOnce(&mut CrdtDoc, u32) -> Result<()>) -> Result<()> {
        self.open.step(self.doc, bytes, cells, write)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.open.undo(self.doc);
    }
}

fn insert_bytes(tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> usize {
    tbl.len() + row_id.len() + values.iter().map(|(col, value)| col.len() + value.counted_bytes()).sum::<usize>()
}
