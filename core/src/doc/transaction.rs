use super::{Commit, CrdtDoc, RowRange, RowRef, RowScan};
use crate::error::{Error, Result};
use crate::limits::{TRANSACTION_BYTES_MAX, TRANSACTION_OPS_MAX};
use crate::types::{RowOp, ValueRef};

/// A transaction in progress: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.
///
/// An operation that fails changes nothing. Its error, passed on by the body, undoes the whole transaction.
pub struct Transaction<'d> {
    doc: &'d mut CrdtDoc,
    undo: Undo,
    events: u32,
    bytes: usize,
    committed: bool,
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
        let undo = Undo { state: self.state.mark(self.graph.len()), log: self.log.mark() };
        self.journal.begin(self.graph.len());
        let mut transaction = Transaction { doc: self, undo, events: 0, bytes: 0, committed: false };
        let result = body(&mut transaction)?;
        Ok((result, transaction.commit(at)))
    }
}

impl Transaction<'_> {
    /// As [`CrdtDoc::insert`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::insert`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn insert(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.step(insert_bytes(tbl, row_id, values), |doc, at| doc.local_insert(tbl, row_id, values, at, false))
    }

    /// As [`CrdtDoc::upsert`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::upsert`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn upsert(&mut self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.step(insert_bytes(tbl, row_id, values), |doc, at| doc.local_insert(tbl, row_id, values, at, true))
    }

    /// As [`CrdtDoc::update`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::update`]; `limit_exceeded` also when the transaction grows past its bounds.
    #[inline]
    pub fn update<'v>(&mut self, tbl: &str, row_id: &str, col: &str, value: impl Into<ValueRef<'v>>) -> Result<()> {
        let value = value.into();
        let bytes = tbl.len() + row_id.len() + col.len() + value.counted_bytes();
        self.step(bytes, |doc, at| doc.local_update(tbl, row_id, col, value, at))
    }

    /// As [`CrdtDoc::delete`].
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::delete`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn delete(&mut self, tbl: &str, row_id: &str) -> Result<()> {
        self.step(tbl.len() + row_id.len(), |doc, at| doc.local_delete(tbl, row_id, at))
    }

    /// An operation of plain data.
    ///
    /// # Errors
    ///
    /// As the operation's own method.
    pub fn apply(&mut self, op: &RowOp) -> Result<()> {
        match op {
            RowOp::Insert { tbl, row_id, values } => {
                let values: Vec<(&str, ValueRef<'_>)> = values.iter().map(|(col, value)| (col.as_str(), value.as_ref())).collect();
                self.insert(tbl, row_id, &values)
            }
            RowOp::Update { tbl, row_id, col, value } => self.update(tbl, row_id, col, value),
            RowOp::Delete { tbl, row_id } => self.delete(tbl, row_id),
        }
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
        self.events as usize
    }

    /// Whether there is no operation yet.
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    #[inline]
    pub(crate) fn step(&mut self, bytes: usize, write: impl FnOnce(&mut CrdtDoc, u32) -> Result<()>) -> Result<()> {
        if self.events as usize >= TRANSACTION_OPS_MAX || self.bytes + bytes > TRANSACTION_BYTES_MAX || self.events == 0 {
            self.check_bounds(bytes)?;
        }
        write(self.doc, self.doc.graph.len() + self.events)?;
        self.events += 1;
        self.bytes += bytes;
        Ok(())
    }

    #[cold]
    fn check_bounds(&mut self, bytes: usize) -> Result<()> {
        if self.events == 0 {
            self.doc.check_events_room(TRANSACTION_OPS_MAX)?;
        }
        let past =
            |what: &str, limit: usize| Err(Error::limit_exceeded(format!("a transaction has more than {limit} {what}"), limit as u64));
        if self.events as usize >= TRANSACTION_OPS_MAX {
            past("operations", TRANSACTION_OPS_MAX)
        } else if self.bytes + bytes > TRANSACTION_BYTES_MAX {
            past("bytes", TRANSACTION_BYTES_MAX)
        } else {
            Ok(())
        }
    }

    fn commit(mut self, at: Option<i64>) -> Commit {
        let doc = &mut *self.doc;
        doc.journal.end();
        if self.events == 0 {
            self.committed = true;
            return Commit { counter: doc.own_next, lamport: doc.graph.lamport_max() + 1, events: 0 };
        }
        // A caller's clock or randomness may panic; then everything is undone.
        let due = doc.due();
        self.committed = true;
        let commit = doc.commit_local(self.events, super::write::Due { at: at.or(due.at), ..due });
        if doc.subscriptions.any() {
            doc.publish_local();
        }
        commit
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.committed {
            let doc = &mut *self.doc;
            doc.journal.end();
            doc.epoch += u64::from(self.events > 0);
            doc.state.undo(self.undo.state, &doc.journal);
            doc.log.truncate(self.undo.log);
        }
    }
}

fn insert_bytes(tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> usize {
    tbl.len() + row_id.len() + values.iter().map(|(col, value)| col.len() + value.counted_bytes()).sum::<usize>()
}
