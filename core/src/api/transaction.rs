use super::open_doc::{OpenDoc, Turn};
use super::scan::{ScanRange, page};
use super::{Doc, SystemClock};
use crate::clock::WallClock;
use crate::doc::{Commit, CrdtDoc, OpenTransaction, RowValues};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{RowOp, Value, ValueRef};
use core::fmt;

/// A transaction in progress: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.
///
/// It has the document's turn until it is committed, rolled back or dropped, which rolls it back. Any thread may use it. An operation
/// that fails changes nothing and leaves the transaction open. Once it has ended, every call is `closed`.
pub struct Transaction {
    doc: Doc,
    number: u64,
    at: Option<i64>,
}

impl Transaction {
    pub(crate) fn begin(doc: &Doc, at: Option<i64>) -> Result<Transaction> {
        doc.shared.caught(|| {
            let mut guard = doc.shared.take_turn()?;
            let open = guard.open()?;
            open.check_writable()?;
            let number = open.next_turn;
            open.next_turn += 1;
            open.turn = Some(Turn { number, thread: std::thread::current().id(), open: OpenTransaction::begin(&mut open.doc) });
            Ok(Transaction { doc: doc.clone(), number, at })
        })
    }

    pub(crate) fn write<T>(&self, write: impl FnOnce(&mut OpenTransaction, &mut CrdtDoc) -> Result<T>) -> Result<T> {
        self.doc.shared.caught(|| {
            let mut guard = self.doc.shared.lock()?;
            let OpenDoc { doc, turn, .. } = guard.open()?;
            write(&mut self.turn(turn)?.open, doc)
        })
    }

    fn read<T>(&self, read: impl FnOnce(&CrdtDoc) -> T) -> Result<T> {
        self.write(|_, doc| Ok(read(doc)))
    }

    /// This transaction, if it is still open.
    fn turn<'t>(&self, turn: &'t mut Option<Turn>) -> Result<&'t mut Turn> {
        let mine = turn.as_mut().filter(|turn| turn.number == self.number);
        mine.ok_or_else(|| Error::new(ErrorKind::Closed, "the transaction has ended"))
    }

    /// As [`Doc::insert`].
    ///
    /// # Errors
    ///
    /// As [`Doc::insert`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn insert(&self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.write(|open, doc| open.insert(doc, tbl, row_id, values))
    }

    /// As [`Doc::upsert`].
    ///
    /// # Errors
    ///
    /// As [`Doc::upsert`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn upsert(&self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.write(|open, doc| open.upsert(doc, tbl, row_id, values))
    }

    /// As [`Doc::update`].
    ///
    /// # Errors
    ///
    /// As [`Doc::update`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn update<'v>(&self, tbl: &str, row_id: &str, col: &str, value: impl Into<ValueRef<'v>>) -> Result<()> {
        let value = value.into();
        self.write(|open, doc| open.update(doc, tbl, row_id, col, value))
    }

    /// As [`Doc::update_columns`]: where one cell fails, none is written.
    ///
    /// # Errors
    ///
    /// As [`Doc::update_columns`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn update_columns(&self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<()> {
        self.write(|open, doc| open.update_columns(doc, tbl, row_id, values))
    }

    /// As [`Doc::delete`].
    ///
    /// # Errors
    ///
    /// As [`Doc::delete`]; `limit_exceeded` also when the transaction grows past its bounds.
    pub fn delete(&self, tbl: &str, row_id: &str) -> Result<()> {
        self.write(|open, doc| open.delete(doc, tbl, row_id))
    }

    /// An operation of plain data.
    ///
    /// # Errors
    ///
    /// As the operation's own method.
    pub fn apply(&self, op: &RowOp) -> Result<()> {
        self.write(|open, doc| open.apply(doc, op))
    }

    /// The value of a cell, with what the transaction wrote so far.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn get(&self, tbl: &str, row_id: &str, col: &str) -> Result<Option<Value>> {
        self.read(|doc| doc.get(tbl, row_id, col).map(ValueRef::to_value))
    }

    /// A row's cells, sorted by column, with what the transaction wrote so far; `None` if it does not show.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn row(&self, tbl: &str, row_id: &str) -> Result<Option<RowValues>> {
        self.read(|doc| doc.row(tbl, row_id).map(|row| row.to_values()))
    }

    /// Whether a row shows, with what the transaction wrote so far.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn contains(&self, tbl: &str, row_id: &str) -> Result<bool> {
        self.read(|doc| doc.contains(tbl, row_id))
    }

    /// The number of a table's rows that show, with what the transaction wrote so far.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn count(&self, tbl: &str) -> Result<usize> {
        self.read(|doc| doc.count(tbl))
    }

    /// At most `limit` rows in the order of their ids, as [`Doc::scan`], with what the transaction wrote so far.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn scan(&self, tbl: &str, range: &ScanRange, limit: usize) -> Result<Vec<(String, RowValues)>> {
        self.read(|doc| page(doc, tbl, range, limit, usize::MAX))
    }

    /// A time-ordered id for a new row, as [`Doc::new_row_id`]. A transaction that is rolled back uses it up all the same.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn new_row_id(&self) -> Result<String> {
        let now_ms = WallClock::now_ms(&SystemClock::new());
        self.write(|_, doc| Ok(doc.new_row_id(now_ms)))
    }

    /// The number of operations so far.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn len(&self) -> Result<usize> {
        self.write(|open, _| Ok(open.len()))
    }

    /// Whether there is no operation yet.
    ///
    /// # Errors
    ///
    /// `closed` once it has ended; `internal`.
    pub fn is_empty(&self) -> Result<bool> {
        self.len().map(|operations| operations == 0)
    }

    /// Makes the operations one transaction, and ends it. Without operations it makes no event.
    ///
    /// # Errors
    ///
    /// `closed` when it has ended before; `storage` as for every write: then the outcome is unknown until the file is opened again.
    pub fn commit(&self) -> Result<Commit> {
        self.doc.shared.caught(|| {
            let mut guard = self.doc.shared.lock()?;
            let open = guard.open()?;
            let commit = self.turn(&mut open.turn)?.open.commit(&mut open.doc, self.at);
            open.turn = None;
            let kept = open.commit();
            self.doc.shared.release_turn(guard);
            kept.map(|()| commit)
        })
    }

    /// Undoes the operations, and ends the transaction.
    ///
    /// # Errors
    ///
    /// `closed` when it has ended before; `internal`.
    pub fn rollback(&self) -> Result<()> {
        self.doc.shared.caught(|| {
            let mut guard = self.doc.shared.lock()?;
            let OpenDoc { doc, turn, .. } = guard.open()?;
            self.turn(turn)?.open.undo(doc);
            *turn = None;
            self.doc.shared.release_turn(guard);
            Ok(())
        })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // It has ended already, or there is nothing left to undo.
        let _ = self.rollback();
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("number", &self.number).finish_non_exhaustive()
    }
}
