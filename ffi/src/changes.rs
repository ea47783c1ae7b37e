use crate::bytes::converge_bytes;
use crate::doc::converge_doc;
use crate::error::converge_error;
use crate::guard::guard;
use crate::lists::names;
use crate::options::{self, Options};
use crate::patches::{converge_change_list, converge_patches, list_of_change, list_of_changes};
use crate::raw::{Out, out, slice, text};
use crate::status::converge_status;
use crate::table::{Handle, handle};
use crate::text::converge_str;
use crate::waker::{converge_callback, waker};
use convergedb::api::{Changes, Next};
use convergedb::{Change, ChangeFilter, Result, json};
use std::ffi::c_void;
use std::time::Duration;

/// The oldest change that was not taken yet.
pub const CONVERGE_NEXT_CHANGE: i32 = 1;
/// The reader was too slow and changes were dropped: read again what is of interest now, then go on. The next changes follow on the state
/// at this moment.
pub const CONVERGE_NEXT_LAGGED: i32 = 2;
/// Nothing came in the time.
pub const CONVERGE_NEXT_TIMEOUT: i32 = 3;
/// Nothing comes any more: the object or the reader was closed, and all that was queued has been taken.
pub const CONVERGE_NEXT_CLOSED: i32 = 4;

/// A bound for `converge_doc_subscribe()` that suits most readers, in patches.
pub const CONVERGE_CHANGES_MAX: usize = 65536;
const _: () = assert!(CONVERGE_CHANGES_MAX == convergedb::limits::CHANGES_MAX);

/// One row of one table.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_row_name {
    /// The table.
    pub tbl: converge_str,
    /// The row.
    pub row_id: converge_str,
}

/// Which changes a reader is told of: those of these tables and of these rows. Zero it and set `size` to its `sizeof`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_change_filter {
    /// `sizeof(converge_change_filter)`.
    pub size: u32,
    /// The tables.
    pub tables: *const converge_str,
    /// The number of tables.
    pub tables_len: usize,
    /// The rows.
    pub rows: *const converge_row_name,
    /// The number of rows.
    pub rows_len: usize,
}

// SAFETY: repr(C), the size first, and only numbers and pointers.
unsafe impl Options for converge_change_filter {
    const FIRST_SIZE: usize = options::end_of!(converge_change_filter, rows_len: usize);
    const ZEROED: converge_change_filter =
        converge_change_filter { size: 0, tables: std::ptr::null(), tables_len: 0, rows: std::ptr::null(), rows_len: 0 };
}

/// A filter as the engine takes it: of all changes for NULL.
///
/// # Safety
///
/// `filter` is NULL or readable for the size that it says, and so is what it points to.
unsafe fn change_filter(filter: *const converge_change_filter) -> Result<ChangeFilter> {
    if filter.is_null() {
        return Ok(ChangeFilter::all());
    }
    // SAFETY: as promised.
    unsafe {
        let filter = options::read(filter, "filter")?;
        let tables = names(filter.tables, filter.tables_len, "filter.tables")?;
        let wanted = tables.into_iter().fold(ChangeFilter::default(), ChangeFilter::and_table);
        slice(filter.rows, filter.rows_len, "filter.rows")?
            .iter()
            .try_fold(wanted, |wanted, row| Ok(wanted.and_row(text(row.tbl, "tbl")?, text(row.row_id, "row_id")?)))
    }
}

/// A reader of a document's changes: what each local transaction and each merge changed in what shows, oldest first.
///
/// Made by `converge_doc_subscribe()`, freed once by `converge_changes_free()`. Any thread may use it. It is told of what is committed,
/// also while a transaction is open. Closing or freeing the document does not take away what is queued: that can still be read, and then it
/// says `CONVERGE_NEXT_CLOSED`. It does not keep the document open.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_changes {
    /// 0 for none; otherwise the library's.
    pub id: u64,
}

handle!(converge_changes, Changes, 4, Changes);

/// How long to wait; none for for ever.
pub(crate) fn duration(timeout_ms: i64) -> Option<Duration> {
    u64::try_from(timeout_ms).ok().map(Duration::from_millis)
}

/// Says what a reader was told, and gives the change, if it is one.
pub(crate) fn tell<T>(next: Next<T>, what: Out<i32>, give: impl FnOnce(Option<T>) -> Result<()>) -> Result<()> {
    let (number, change) = match next {
        Next::Change(change) => (CONVERGE_NEXT_CHANGE, Some(change)),
        Next::Lagged => (CONVERGE_NEXT_LAGGED, None),
        Next::Timeout => (CONVERGE_NEXT_TIMEOUT, None),
        Next::Closed => (CONVERGE_NEXT_CLOSED, None),
    };
    give(change)?;
    what.set(number);
    Ok(())
}

/// Keeps changes from now on for a reader, at most `patches_max` patches (`CONVERGE_CHANGES_MAX` is a good bound) and 64 MiB: past that
/// they are dropped and the reader is told that it lagged. With a bound of 0 it is told just that something changed.
///
/// `filter` may be `NULL`: all changes. One without tables and rows wants none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_subscribe(
    doc: converge_doc,
    filter: *const converge_change_filter,
    patches_max: usize,
    changes: *mut converge_changes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let changes = out(changes, "changes")?;
            changes.set(Handle::make(doc.get()?.subscribe(change_filter(filter)?, patches_max)?)?);
            Ok(())
        })
    }
}

/// The next thing to tell: `*what` becomes one of the `CONVERGE_NEXT_…` numbers, `*patches` a change's patches, and otherwise empty. It
/// waits for `timeout_ms`: 0 for not at all, less than 0 for ever.
///
/// `CONVERGE_STATUS_INTERNAL` once a call on the document has panicked; what was taken over before can still be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_changes_next(
    changes: converge_changes,
    timeout_ms: i64,
    what: *mut i32,
    patches: *mut converge_patches,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let what = out(what, "what")?;
            let patches = out(patches, "patches")?;
            let next = changes.get()?.next(duration(timeout_ms))?;
            tell(next, what, |change| {
                patches.set(list_of_change(change.unwrap_or(Change { patches: Vec::new() }))?);
                Ok(())
            })
        })
    }
}

/// As `converge_changes_next()`; a change is `[{"type":"set_cell",…,"origin":null},…]`: its patches, each with the peer behind it, or null
/// for this replica. Otherwise the text is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_changes_next_json(
    changes: converge_changes,
    timeout_ms: i64,
    what: *mut i32,
    change: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let what = out(what, "what")?;
            let change = out(change, "change")?;
            let next = changes.get()?.next(duration(timeout_ms))?;
            tell(next, what, |given| {
                change.give(given.map(|given| json::change_to_json(&given)).unwrap_or_default());
                Ok(())
            })
        })
    }
}

/// All changes that are queued, oldest first, without waiting. When the reader lagged there are none, and `*lagged` is true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_changes_drain(
    changes: converge_changes,
    list: *mut converge_change_list,
    lagged: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let list = out(list, "list")?;
            let lagged = out(lagged, "lagged")?;
            let drained = changes.get()?.drain()?;
            list.set(list_of_changes(drained.changes)?);
            lagged.set(drained.lagged);
            Ok(())
        })
    }
}

/// Sets what is called, with `context`, when there is something to read; `NULL` for nothing.
///
/// It is called by the thread whose call changed the document, before that call returns, but outside all locks: it may call the document
/// and this reader. It is called at once when something is there already, and when the document or the reader is closed. Having been called,
/// it is called again only for what comes after the reader was read until it had nothing more.
///
/// A call that began before this one may still run it, or the one before it, a little later. `release`, unless `NULL`, is called with
/// `context` once that is over: after it was replaced, or the reader freed. On failure, or without `wake`, neither is called. They must not
/// throw.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_changes_set_waker(
    changes: converge_changes,
    wake: converge_callback,
    context: *mut c_void,
    release: converge_callback,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let changes = changes.get()?;
            changes.set_waker(waker(wake, context, release));
            Ok(())
        })
    }
}

/// Ends the subscription. What was taken over before can still be read; whoever waits is told `CONVERGE_NEXT_CLOSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_changes_close(changes: converge_changes, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            changes.get()?.close();
            Ok(())
        })
    }
}

/// Ends the subscription and frees the handle; nothing for `{ 0 }`. Whoever waits is told `CONVERGE_NEXT_CLOSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_changes_free(changes: converge_changes) -> converge_status {
    // SAFETY: there is no pointer.
    unsafe {
        guard(std::ptr::null_mut(), || {
            // Another thread may wait with it, and keeps it until it is told.
            if let Ok(reader) = changes.get() {
                // Who frees it needs no call, and may have its context no more.
                reader.set_waker(None);
                reader.close();
            }
            changes.free()
        })
    }
}
