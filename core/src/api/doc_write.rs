use super::{Doc, Transaction};
use crate::doc::Commit;
use crate::error::{Error, Result};
use crate::types::{RowOp, ValueRef};

/// Local writes. Each is one transaction, applied whole or not at all, here and on every other replica.
///
/// Besides the errors named at each call: those of every call, see [`Doc`]; for a document in a file `read_only` and `storage`.
impl Doc {
    /// Makes a row show, with these cells. Of two values for one column the last counts.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for a name, `invalid_value` or `limit_exceeded` for a value, `row_exists` if the row shows.
    pub fn insert(&self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<Commit> {
        self.shared.write(|doc| doc.insert(tbl, row_id, values))
    }

    /// Inserts many rows of one table: one transaction, or several when they are more than one may hold
    /// ([`TRANSACTION_OPS_MAX`](crate::limits::TRANSACTION_OPS_MAX), [`TRANSACTION_BYTES_MAX`](crate::limits::TRANSACTION_BYTES_MAX)).
    /// Each row is its id and its cells.
    ///
    /// Where it takes several, the rows are checked before the first is written, nothing comes between them here, and all are there
    /// when the call returns; but another replica, or this one after a crash, may hold a part of them. The commit names the first event
    /// and counts all.
    ///
    /// # Errors
    ///
    /// As [`insert`](Doc::insert), for the first row that fails, `row_exists` also for an id that comes twice; then nothing is written.
    pub fn insert_many<'a, C: AsRef<[(&'a str, ValueRef<'a>)]>>(&self, tbl: &str, rows: &[(&'a str, C)]) -> Result<Commit> {
        self.insert_rows(tbl, rows)
    }

    /// Writes these cells into a row and makes it show if it does not: one insert event either way.
    ///
    /// # Errors
    ///
    /// As [`insert`](Doc::insert), without `row_exists`.
    pub fn upsert(&self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<Commit> {
        self.shared.write(|doc| doc.upsert(tbl, row_id, values))
    }

    /// Writes one cell of a row that shows.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for a name, `invalid_value` or `limit_exceeded` for the value, `row_not_found`.
    #[inline]
    pub fn update<'v>(&self, tbl: &str, row_id: &str, col: &str, value: impl Into<ValueRef<'v>>) -> Result<Commit> {
        let value = value.into();
        self.shared.write(|doc| doc.update(tbl, row_id, col, value))
    }

    /// Writes several cells of a row that shows, as one transaction.
    ///
    /// # Errors
    ///
    /// As [`update`](Doc::update), for the first cell that fails; then nothing is written.
    pub fn update_columns(&self, tbl: &str, row_id: &str, values: &[(&str, ValueRef<'_>)]) -> Result<Commit> {
        self.shared.write(|doc| doc.update_columns(tbl, row_id, values))
    }

    /// Many updates of cells of one table as one transaction, in this order. Each is row, column and value.
    ///
    /// # Errors
    ///
    /// As [`update`](Doc::update), for the first cell that fails, and `limit_exceeded` for more than one transaction may hold; then
    /// nothing is written.
    pub fn update_many(&self, tbl: &str, cells: &[(&str, &str, ValueRef<'_>)]) -> Result<Commit> {
        self.shared.write(|doc| doc.update_many(tbl, cells))
    }

    /// Removes a row. Other replicas remove it too, whatever they wrote into it meanwhile.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for a name, `row_not_found`.
    pub fn delete(&self, tbl: &str, row_id: &str) -> Result<Commit> {
        self.shared.write(|doc| doc.delete(tbl, row_id))
    }

    /// Removes every row of a table that shows: one transaction, or several when there are more rows than one may hold.
    ///
    /// # Errors
    ///
    /// `invalid_argument` or `limit_exceeded` for the name.
    pub fn delete_all(&self, tbl: &str) -> Result<Commit> {
        self.shared.write(|doc| doc.delete_all(tbl))
    }

    /// Applies operations of plain data as one transaction. `at` is its wall-clock time in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// The first operation's that fails, and `limit_exceeded` for more than one transaction may hold; then nothing is written.
    pub fn apply(&self, ops: &[RowOp], at: Option<i64>) -> Result<Commit> {
        self.shared.write(|doc| doc.apply(ops, at))
    }

    /// Begins a transaction that has the document's turn until it is committed, rolled back or dropped.
    ///
    /// `at` is its wall-clock time in milliseconds since the Unix epoch, for people; without it the document's own wall clock gives it,
    /// if it has one.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`]; `read_only`.
    pub fn begin(&self, at: Option<i64>) -> Result<Transaction> {
        Transaction::begin(self, at)
    }

    /// Runs `body` as one transaction. An error from it, or a panic, undoes everything that it wrote, and goes on to the caller.
    ///
    /// `at` is as for [`begin`](Doc::begin). A transaction without operations makes no event. In `body`, calls on the document itself are
    /// `invalid_argument`.
    ///
    /// # Errors
    ///
    /// Whatever `body` returns; those of [`begin`](Doc::begin) and [`Transaction::commit`].
    pub fn transaction<T, E: From<Error>>(
        &self,
        at: Option<i64>,
        body: impl FnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<(T, Commit), E> {
        let transaction = self.begin(at)?;
        let result = body(&transaction)?;
        Ok((result, transaction.commit()?))
    }
}
