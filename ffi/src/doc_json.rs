use crate::bytes::converge_bytes;
use crate::doc::converge_doc;
use crate::doc_sync::{converge_page_limit, page_limit};
use crate::doc_write::converge_commit;
use crate::error::converge_error;
use crate::guard::guard;
use crate::raw::{JSON_BYTES_MAX, optional, out, put, slice, text, text_within};
use crate::scan::{converge_scan_range, scan_range};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;
use convergedb::{EventId, PeerId, json};

/// As `converge_doc_insert()`. `cells` is an object of columns and values, or a list of pairs. A number without `.`, `e` and `E` is an Int,
/// any other a Float; Bytes are `{"$bytes":"<base64>"}`.
///
/// JSON is read strictly; `CONVERGE_STATUS_INVALID_VALUE` for what is no value, `_MALFORMED` for what is no JSON or of another form, with
/// the place in `converge_error_path()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_insert_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    cells: converge_str,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(
                commit,
                doc.get()?.insert_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(cells, JSON_BYTES_MAX, "cells")?)?.into(),
            );
            Ok(())
        })
    }
}

/// As `converge_doc_upsert()`. `cells` is an object of columns and values, or a list of pairs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_upsert_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    cells: converge_str,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(
                commit,
                doc.get()?.upsert_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(cells, JSON_BYTES_MAX, "cells")?)?.into(),
            );
            Ok(())
        })
    }
}

/// As `converge_doc_update_columns()`. `cells` is an object of columns and values, or a list of pairs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_update_columns_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    cells: converge_str,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(
                commit,
                doc.get()?
                    .update_columns_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(cells, JSON_BYTES_MAX, "cells")?)?
                    .into(),
            );
            Ok(())
        })
    }
}

/// As `converge_doc_update()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_update_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    value: converge_str,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(
                commit,
                doc.get()?
                    .update_json(
                        text(tbl, "tbl")?,
                        text(row_id, "row_id")?,
                        text(col, "col")?,
                        text_within(value, JSON_BYTES_MAX, "value")?,
                    )?
                    .into(),
            );
            Ok(())
        })
    }
}

/// As `converge_doc_apply()`, of a list of operations: `{"type":"insert","tbl":"todos","row_id":"1","values":[["title","milk"]]}`,
/// `{"type":"update","tbl":"todos","row_id":"1","col":"done","value":true}` or `{"type":"delete","tbl":"todos","row_id":"1"}`; `values` may
/// be an object too. Each in turn is read, checked and made before the next one is looked at: the first failure is the one reported, with
/// its place, such as `[3].value`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_apply_json(
    doc: converge_doc,
    ops: converge_str,
    at: *const i64,
    commit: *mut converge_commit,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(commit, doc.get()?.apply_json(text_within(ops, JSON_BYTES_MAX, "ops")?, optional(at, "at")?)?.into());
            Ok(())
        })
    }
}

/// The value of a cell. `*found` says whether the cell shows; if not, the text is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_get_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    value: *mut converge_bytes,
    found: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let value = out(value, "value")?;
            let found = out(found, "found")?;
            let cell = doc.get()?.get_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?)?;
            found.set(cell.is_some());
            value.give(cell.unwrap_or_default());
            Ok(())
        })
    }
}

/// The cells of a row, `{column: value}`, sorted by column. `*found` says whether the row shows; if not, the text is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_row_json(
    doc: converge_doc,
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
            let cells = doc.get()?.row_json(text(tbl, "tbl")?, text(row_id, "row_id")?)?;
            found.set(cells.is_some());
            row.give(cells.unwrap_or_default());
            Ok(())
        })
    }
}

/// The whole visible state, `{table: {row: {column: value}}}`, each in the order of its names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_rows_json(
    doc: converge_doc,
    rows: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.give(doc.get()?.rows_json()?);
            Ok(())
        })
    }
}

/// As `converge_doc_scan()`: `[["row",{"column":value}],…]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_scan_json(
    doc: converge_doc,
    tbl: converge_str,
    range: *const converge_scan_range,
    limit: usize,
    rows: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.give(doc.get()?.scan_json(text(tbl, "tbl")?, &scan_range(range)?, limit)?);
            Ok(())
        })
    }
}

/// As `converge_doc_merge_update()`: `{"patches":[…],"applied":1,"duplicates":0,"pending":0,"rejected":0}`. A patch is
/// `{"type":"set_cell","tbl":…,"row_id":…,"col":…,"value":…}`, `{"type":"insert_row","tbl":…,"row_id":…,"values":[[column,value],…]}` or
/// `{"type":"delete_row","tbl":…,"row_id":…}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_merge_update_json(
    doc: converge_doc,
    update: *const u8,
    update_len: usize,
    result: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let result = out(result, "result")?;
            result.give(json::merge_result_to_json(&doc.get()?.merge_update(slice(update, update_len, "update")?)?));
            Ok(())
        })
    }
}

/// As `converge_doc_merge_remote()`, of a list of runs, as `converge_doc_get_pending_json()` gives it:
/// `{"patches":[…],"applied":1,"duplicates":0,"pending":0,"rejected":0}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_merge_remote_json(
    doc: converge_doc,
    runs: converge_str,
    result: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let result = out(result, "result")?;
            result.give(json::merge_result_to_json(&doc.get()?.merge_json(text_within(runs, JSON_BYTES_MAX, "runs")?)?));
            Ok(())
        })
    }
}

/// As `converge_doc_get_pending()`, of `{peer: highest counter}`: a list of runs, `{"peer":"alice","counter_start":0,"lamport_start":1,
/// "deps":[],"ops":[…],"tx":[3,1],"at":[1700000000000,null]}`, of operations one after the other, each of which depends on the one before
/// it; `tx` has the lengths of their transactions (left out where each operation is one), `at` their times (left out where none is known).
/// A peer with a negative counter is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_get_pending_json(
    doc: converge_doc,
    known: converge_str,
    limit: *const converge_page_limit,
    runs: *mut converge_bytes,
    has_more: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let runs = out(runs, "runs")?;
            let has_more = out(has_more, "has_more")?;
            let (page, more) = doc.get()?.get_pending_json(text_within(known, JSON_BYTES_MAX, "known")?, page_limit(limit)?)?;
            runs.give(page);
            has_more.set(more);
            Ok(())
        })
    }
}

/// As `converge_doc_sync_state()`: `{"frontier":[["alice",3]],"versions":{"alice":3}}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_sync_state_json(
    doc: converge_doc,
    state: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let state = out(state, "state")?;
            state.give(doc.get()?.sync_state_json()?);
            Ok(())
        })
    }
}

/// As `converge_doc_event()`: `{"id":["alice",1],"deps":[["alice",0]],"lamport":2,"op":{…}}`, with an operation as of
/// `converge_doc_apply_json()`, and `"at"` where its time is known. `*found` says whether there is one; if not, the text is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_event_json(
    doc: converge_doc,
    peer: converge_str,
    counter: u64,
    event: *mut converge_bytes,
    found: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let event = out(event, "event")?;
            let found = out(found, "found")?;
            let id = EventId::new(PeerId::new(text(peer, "peer")?)?, counter);
            let given = doc.get()?.event_json(&id)?;
            found.set(given.is_some());
            event.give(given.unwrap_or_default());
            Ok(())
        })
    }
}

/// As `converge_doc_log()`, of `{peer: highest counter}`: `{"events":[…],"next":{peer: highest counter},"has_more":false}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_log_json(
    doc: converge_doc,
    since: converge_str,
    limit: usize,
    page: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let page = out(page, "page")?;
            page.give(doc.get()?.log_json(text_within(since, JSON_BYTES_MAX, "since")?, limit)?);
            Ok(())
        })
    }
}

/// As `converge_doc_row_history()`: a list of events, each as `converge_doc_event_json()` gives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_row_history_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    events: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            events.give(doc.get()?.row_history_json(text(tbl, "tbl")?, text(row_id, "row_id")?)?);
            Ok(())
        })
    }
}

/// As `converge_doc_cell_history()`: a list of events, each as `converge_doc_event_json()` gives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_cell_history_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    events: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            events.give(doc.get()?.cell_history_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?)?);
            Ok(())
        })
    }
}

/// As `converge_doc_row_as_of()`, of `{peer: highest counter}`: `{column: value}`. `*found` says whether it showed; if not, the text is
/// empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_row_as_of_json(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    version: converge_str,
    row: *mut converge_bytes,
    found: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let row = out(row, "row")?;
            let found = out(found, "found")?;
            let cells =
                doc.get()?.row_as_of_json(text(tbl, "tbl")?, text(row_id, "row_id")?, text_within(version, JSON_BYTES_MAX, "version")?)?;
            found.set(cells.is_some());
            row.give(cells.unwrap_or_default());
            Ok(())
        })
    }
}

/// As `converge_doc_table_as_of()`, of `{peer: highest counter}`: `[["row",{"column":value}],…]`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_table_as_of_json(
    doc: converge_doc,
    tbl: converge_str,
    version: converge_str,
    rows: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.give(doc.get()?.table_as_of_json(text(tbl, "tbl")?, text_within(version, JSON_BYTES_MAX, "version")?)?);
            Ok(())
        })
    }
}
