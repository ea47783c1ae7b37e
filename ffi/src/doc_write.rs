use crate::doc::converge_doc;
use crate::error::converge_error;
use crate::events::converge_op;
use crate::guard::guard;
use crate::lists::converge_row;
use crate::raw::{optional, put, slice_within, text};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;
use crate::value::{converge_cell, converge_update, converge_value};
use convergedb::limits::TRANSACTION_OPS_MAX;
use convergedb::{Commit, Result};

/// What a local write made: consecutive events of this replica's own peer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_commit {
    /// The first event's counter.
    pub counter: u64,
    /// The first event's Lamport time.
    pub lamport: u64,
    /// How many events; 0 when a transaction held no operation, and then nothing was made.
    pub events: u64,
}

impl From<Commit> for converge_commit {
    fn from(commit: Commit) -> converge_commit {
        converge_commit { counter: commit.counter, lamport: commit.lamport, events: commit.events.into() }
    }
}

/// Makes a row show, with these cells; of two values for one column the last counts. `commit` may be `NULL`, here and in every write.
///
/// Each write is one transaction, applied whole or not at all, here and on every other replica.
///
/// `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for a name, `_INVALID_VALUE` or `_LIMIT_EXCEEDED` for a value, `_ROW_EXISTS` if
/// the row shows. For a document in a file, every write may be `_READ_ONLY` or `_STORAGE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_insert(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    cells: *const converge_cell,
    cells_len: usize,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.insert(text(tbl, "tbl")?, text(row_id, "row_id")?, &crate::value::cells(cells, cells_len)?)?.into());
            Ok(())
        })
    }
}

/// Inserts many rows of one table: one transaction, or several when they are more than one may hold (65,536 operations, 16 MiB).
///
/// Where it takes several, the rows are checked before the first is written, nothing comes between them here, and all are there when the
/// call returns; but another replica, or this one after a crash, may hold a part of them. The commit names the first event and counts all.
///
/// As `converge_doc_insert()`, for the first row that fails, `_ROW_EXISTS` also for an id that comes twice; then nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_insert_many(
    doc: converge_doc,
    tbl: converge_str,
    rows: *const converge_row,
    rows_len: usize,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.insert_many(text(tbl, "tbl")?, &crate::lists::rows(rows, rows_len)?)?.into());
            Ok(())
        })
    }
}

/// Writes these cells into a row and makes it show if it does not: one insert event either way. As `converge_doc_insert()`, without
/// `_ROW_EXISTS`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_upsert(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    cells: *const converge_cell,
    cells_len: usize,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.upsert(text(tbl, "tbl")?, text(row_id, "row_id")?, &crate::value::cells(cells, cells_len)?)?.into());
            Ok(())
        })
    }
}

/// Writes one cell of a row that shows.
///
/// `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for a name, `_INVALID_VALUE` or `_LIMIT_EXCEEDED` for the value,
/// `_ROW_NOT_FOUND`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_update(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    value: converge_value,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(
                commit,
                doc.get()?.update(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?, crate::value::value(value)?)?.into(),
            );
            Ok(())
        })
    }
}

/// Writes several cells of a row that shows, as one transaction. As `converge_doc_update()`, for the first cell that fails; then nothing is
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_update_columns(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    cells: *const converge_cell,
    cells_len: usize,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(
                commit,
                doc.get()?.update_columns(text(tbl, "tbl")?, text(row_id, "row_id")?, &crate::value::cells(cells, cells_len)?)?.into(),
            );
            Ok(())
        })
    }
}

/// Many updates of cells of one table as one transaction, in this order. As `converge_doc_update()`, for the first cell that fails, and
/// `CONVERGE_STATUS_LIMIT_EXCEEDED` for more than one transaction may hold; then nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_update_many(
    doc: converge_doc,
    tbl: converge_str,
    updates: *const converge_update,
    updates_len: usize,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let updates: Result<Vec<_>> = slice_within(updates, updates_len, TRANSACTION_OPS_MAX, "updates")?
                .iter()
                .map(|update| Ok((text(update.row_id, "row_id")?, text(update.col, "col")?, crate::value::value(update.value)?)))
                .collect();
            put(commit, doc.get()?.update_many(text(tbl, "tbl")?, &updates?)?.into());
            Ok(())
        })
    }
}

/// Removes a row. Other replicas remove it too, whatever they wrote into it meanwhile.
///
/// `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for a name, `_ROW_NOT_FOUND`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_delete(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.delete(text(tbl, "tbl")?, text(row_id, "row_id")?)?.into());
            Ok(())
        })
    }
}

/// Removes every row of a table that shows: one transaction, or several when there are more rows than one may hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_delete_all(
    doc: converge_doc,
    tbl: converge_str,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.delete_all(text(tbl, "tbl")?)?.into());
            Ok(())
        })
    }
}

/// Applies operations of plain data as one transaction. `at` is its time of day in milliseconds since the Unix epoch, for people; `NULL`:
/// the document's own wall clock gives it, if it has one.
///
/// The status of the first operation that fails, and `CONVERGE_STATUS_LIMIT_EXCEEDED` for more than one transaction may hold; then nothing
/// is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_apply(
    doc: converge_doc,
    ops: *const converge_op,
    ops_len: usize,
    at: *const i64,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.apply(&crate::events::ops(ops, ops_len, TRANSACTION_OPS_MAX)?, optional(at, "at")?)?.into());
            Ok(())
        })
    }
}
