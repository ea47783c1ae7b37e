use crate::doc::converge_doc;
use crate::error::converge_error;
use crate::guard::guard;
use crate::lists::{converge_names, converge_rows, list_of_names, list_of_rows};
use crate::raw::{out, text};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;
use crate::value::converge_value;
use convergedb::Value;

/// The value of a cell. `*found` says whether the cell shows; if not, `*value` is Null. Free the value with `converge_value_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_get(
    doc: converge_doc,
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
            let cell = doc.get()?.get(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?)?;
            found.set(cell.is_some());
            value.give(cell.unwrap_or(Value::Null));
            Ok(())
        })
    }
}

/// The row with its cells, sorted by column: a list of one row, or of none if it does not show.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_row(
    doc: converge_doc,
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
            let row = doc.get()?.row(text(tbl, "tbl")?, row_id)?;
            rows.set(list_of_rows(row.map(|row| (row_id.to_owned(), row)).into_iter().collect())?);
            Ok(())
        })
    }
}

/// Whether a row shows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_contains(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    contains: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let contains = out(contains, "contains")?;
            contains.set(doc.get()?.contains(text(tbl, "tbl")?, text(row_id, "row_id")?)?);
            Ok(())
        })
    }
}

/// The number of a table's rows that show.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_count(
    doc: converge_doc,
    tbl: converge_str,
    rows: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.set(doc.get()?.count(text(tbl, "tbl")?)? as u64);
            Ok(())
        })
    }
}

/// The tables with at least one row that shows, sorted by name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_tables(
    doc: converge_doc,
    tables: *mut converge_names,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let tables = out(tables, "tables")?;
            tables.set(list_of_names(doc.get()?.tables()?)?);
            Ok(())
        })
    }
}

/// Every column that some applied event wrote in a table, sorted by name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_columns(
    doc: converge_doc,
    tbl: converge_str,
    columns: *mut converge_names,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let columns = out(columns, "columns")?;
            columns.set(list_of_names(doc.get()?.columns(text(tbl, "tbl")?)?)?);
            Ok(())
        })
    }
}
