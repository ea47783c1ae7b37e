use crate::bytes::converge_bytes;
use crate::doc::converge_doc;
use crate::doc_write::converge_commit;
use crate::error::converge_error;
use crate::events::converge_op;
use crate::guard::guard;
use crate::lists::{converge_rows, list_of_rows};
use crate::raw::{JSON_BYTES_MAX, optional, out, put, text, text_within};
use crate::scan::{converge_scan_range, scan_range};
use crate::status::converge_status;
use crate::table::{Handle, handle};
use crate::text::converge_str;
use crate::value::{converge_cell, converge_value};
use convergedb::api::Transaction;

/// A transaction in progress: its operations see the earlier ones, and are applied whole or not at all, here and on every other replica.
///
/// Made by `converge_doc_begin()`, freed once by `converge_transaction_free()`. It has the document's turn until it is committed, rolled
/// back or freed, which rolls it back. Any thread may use it. An operation that fails changes nothing and leaves the transaction open. Once
/// it has ended, every call but free is `CONVERGE_STATUS_CLOSED`. It keeps its document alive.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_transaction {
    /// 0 for none; otherwise the library's.
    pub id: u64,
}

handle!(converge_transaction, Transaction, 2, Transaction);

/// Begins a transaction. It waits for the end of another thread's; `CONVERGE_STATUS_INVALID_ARGUMENT` where this thread has one open.
///
/// `at` is its time of day in milliseconds since the Unix epoch, for people; `NULL`: the document's own wall clock gives it, if it has one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_begin(
    doc: converge_doc,
    at: *const i64,
    transaction: *mut converge_transaction,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let transaction = out(transaction, "transaction")?;
            transaction.set(Handle::make(doc.get()?.begin(optional(at, "at")?)?)?);
            Ok(())
        })
    }
}

/// As `converge_doc_insert()`; `CONVERGE_STATUS_LIMIT_EXCEEDED` also when the transaction grows past its bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_insert(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    cells: *const converge_cell,
    cells_len: usize,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || transaction.get()?.insert(text(tbl, "tbl")?, text(row_id, "row_id")?, &crate::value::cells(cells, cells_len)?))
    }
}

/// As `converge_doc_upsert()`; `CONVERGE_STATUS_LIMIT_EXCEEDED` also when the transaction grows past its bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_upsert(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    cells: *const converge_cell,
    cells_len: usize,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || transaction.get()?.upsert(text(tbl, "tbl")?, text(row_id, "row_id")?, &crate::value::cells(cells, cells_len)?))
    }
}

/// As `converge_doc_update_columns()`: where one cell fails, none is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_update_columns(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    cells: *const converge_cell,
    cells_len: usize,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            transaction.get()?.update_columns(text(tbl, "tbl")?, text(row_id, "row_id")?, &crate::value::cells(cells, cells_len)?)
        })
    }
}

/// As `converge_doc_update()`; `CONVERGE_STATUS_LIMIT_EXCEEDED` also when the transaction grows past its bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_update(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    value: converge_value,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            transaction.get()?.update(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?, crate::value::value(value)?)
        })
    }
}

/// As `converge_doc_delete()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_delete(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || transaction.get()?.delete(text(tbl, "tbl")?, text(row_id, "row_id")?)) }
}

/// Operations of plain data, in this order. The first that fails ends the call; those before it stay in the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_apply(
    transaction: converge_transaction,
    ops: *const converge_op,
    ops_len: usize,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let transaction = transaction.get()?;
            crate::events::ops(ops, ops_len, convergedb::limits::TRANSACTION_OPS_MAX)?.iter().try_for_each(|op| transaction.apply(op))
        })
    }
}

/// The value of a cell, with what the transaction wrote so far. `*found` says whether the cell shows; if not, `*value` is Null. Free the
/// value with `converge_value_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_get(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    value: *mut converge_value,
    found: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let value = out(value, "value")?;
            let found = out(found, "found")?;
            let cell = transaction.get()?.get(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?)?;
            found.set(cell.is_some());
            value.give(cell.unwrap_or(convergedb::Value::Null));
            Ok(())
        })
    }
}

/// The row, with what the transaction wrote so far: a list of one row, or of none if it does not show.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_row(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    rows: *mut converge_rows,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            let row_id = text(row_id, "row_id")?;
            let row = transaction.get()?.row(text(tbl, "tbl")?, row_id)?;
            rows.set(list_of_rows(row.map(|row| (row_id.to_owned(), row)).into_iter().collect())?);
            Ok(())
        })
    }
}

/// Whether a row shows, with what the transaction wrote so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_contains(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    contains: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let contains = out(contains, "contains")?;
            contains.set(transaction.get()?.contains(text(tbl, "tbl")?, text(row_id, "row_id")?)?);
            Ok(())
        })
    }
}

/// The number of a table's rows that show, with what the transaction wrote so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_count(
    transaction: converge_transaction,
    tbl: converge_str,
    rows: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.set(transaction.get()?.count(text(tbl, "tbl")?)? as u64);
            Ok(())
        })
    }
}

/// At most `limit` rows in the order of their ids, as `converge_doc_scan()`, with what the transaction wrote so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_scan(
    transaction: converge_transaction,
    tbl: converge_str,
    range: *const converge_scan_range,
    limit: usize,
    rows: *mut converge_rows,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.set(list_of_rows(transaction.get()?.scan(text(tbl, "tbl")?, &scan_range(range)?, limit)?)?);
            Ok(())
        })
    }
}

/// A time-ordered id for a new row, as `converge_doc_new_row_id()`. A transaction that is rolled back uses it up all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_new_row_id(
    transaction: converge_transaction,
    row_id: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let row_id = out(row_id, "row_id")?;
            row_id.give(transaction.get()?.new_row_id()?);
            Ok(())
        })
    }
}

/// The number of operations so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_len(
    transaction: converge_transaction,
    operations: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let operations = out(operations, "operations")?;
            operations.set(transaction.get()?.len()? as u64);
            Ok(())
        })
    }
}

/// As `converge_transaction_insert()`. `cells` is an object of columns and values, or a list of pairs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_insert_json(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    cells: converge_str,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            transaction.get()?.insert_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(cells, JSON_BYTES_MAX, "cells")?)
        })
    }
}

/// As `converge_transaction_upsert()`. `cells` is an object of columns and values, or a list of pairs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_upsert_json(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    cells: converge_str,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            transaction.get()?.upsert_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(cells, JSON_BYTES_MAX, "cells")?)
        })
    }
}

/// As `converge_transaction_update_columns()`. `cells` is an object of columns and values, or a list of pairs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_update_columns_json(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    cells: converge_str,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            transaction.get()?.update_columns_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(cells, JSON_BYTES_MAX, "cells")?)
        })
    }
}

/// As `converge_transaction_update()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_update_json(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    value: converge_str,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            transaction.get()?.update_json(
                text(tbl, "tbl")?,
                text(row_id, "row_id")?,
                text(col, "col")?,
                text_within(value, JSON_BYTES_MAX, "value")?,
            )
        })
    }
}

/// The cells of a row, `{column: value}`, sorted by column, with what the transaction wrote so far. `*found` says whether the row shows; if
/// not, the text is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_row_json(
    transaction: converge_transaction,
    tbl: converge_str,
    row_id: converge_str,
    row: *mut converge_bytes,
    found: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let row = out(row, "row")?;
            let found = out(found, "found")?;
            let cells = transaction.get()?.row_json(text(tbl, "tbl")?, text(row_id, "row_id")?)?;
            found.set(cells.is_some());
            row.give(cells.unwrap_or_default());
            Ok(())
        })
    }
}

/// Makes the operations one transaction, and ends it. Without operations it makes no event. `commit` may be `NULL`.
///
/// `CONVERGE_STATUS_CLOSED` when it has ended before; `_STORAGE` as for every write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_commit(
    transaction: converge_transaction,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, transaction.get()?.commit()?.into());
            Ok(())
        })
    }
}

/// Undoes the operations, and ends the transaction. `CONVERGE_STATUS_CLOSED` when it has ended before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_rollback(
    transaction: converge_transaction,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || transaction.get()?.rollback()) }
}

/// Frees a handle, and rolls the transaction back if it has not ended; nothing for `{ 0 }`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_transaction_free(transaction: converge_transaction) -> converge_status {
    // SAFETY: there is no pointer.
    unsafe { guard(std::ptr::null_mut(), || transaction.free()) }
}
