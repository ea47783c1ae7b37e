use crate::bytes::converge_bytes;
use crate::doc::{converge_doc, converge_open_options, open_options};
use crate::error::converge_error;
use crate::events::{converge_runs, list_of_runs};
use crate::guard::guard;
use crate::list::{List, list};
use crate::lists::{cells_of, converge_names, list_of_names, names};
use crate::options::{self, Options};
use crate::raw::{JSON_BYTES_MAX, PATH_BYTES_MAX, SQL_BYTES_MAX, out, slice, text, text_within};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;
use crate::value::{converge_cell, converge_value, value_within};
use convergedb::api::{Doc, FreshPeer, OpenReport};
use convergedb::store::{QueryLimits, QueryRows};
use convergedb::{Result, RowValues};
use std::time::Duration;

/// It goes on under the peer id that the file has.
pub const CONVERGE_FRESH_PEER_NONE: i32 = 0;
/// The options name another peer id than the file has.
pub const CONVERGE_FRESH_PEER_ASKED: i32 = 1;
/// There is no mark beside the file: it was copied or restored alone.
pub const CONVERGE_FRESH_PEER_NO_MARK: i32 = 2;
/// The mark belongs to another file.
pub const CONVERGE_FRESH_PEER_OTHER_FILE: i32 = 3;
/// The file is not where the mark was written: it was copied or restored, or moved to another disk.
pub const CONVERGE_FRESH_PEER_MOVED: i32 = 4;
/// The file is behind the mark: it was set back, or lost what was written last.
pub const CONVERGE_FRESH_PEER_ROLLED_BACK: i32 = 5;
/// The mark is damaged.
pub const CONVERGE_FRESH_PEER_DAMAGED: i32 = 6;
/// Another reason, which a newer version has.
pub const CONVERGE_FRESH_PEER_OTHER: i32 = 7;

/// What opening a file came to. Free it with `converge_bytes_free(&report.rebuilt)`.
#[repr(C)]
pub struct converge_open_report {
    /// There was no file: it is a new replica. A document in memory was created, too.
    pub created: bool,
    /// Whether it goes on under a fresh peer id, and why: one of the `CONVERGE_FRESH_PEER_…` numbers.
    pub fresh_peer: i32,
    /// Why the rows were made again from the log, in words; empty if they were not.
    pub rebuilt: converge_bytes,
}

/// What a file takes, in bytes; nothing in memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_store_stats {
    /// The file itself.
    pub file_bytes: u64,
    /// The write-ahead log beside it.
    pub wal_bytes: u64,
    /// Free space inside the file.
    pub free_bytes: u64,
}

/// What a query may take. Zero it and set `size` to its `sizeof`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_query_limits {
    /// `sizeof(converge_query_limits)`.
    pub size: u32,
    /// The most rows; 0 is 1,000,000.
    pub rows: u64,
    /// The longest time in milliseconds; 0 is 10,000.
    pub time_ms: u64,
}

// SAFETY: repr(C), the size first, and only numbers.
unsafe impl Options for converge_query_limits {
    const FIRST_SIZE: usize = options::end_of!(converge_query_limits, time_ms: u64);
    const ZEROED: converge_query_limits = converge_query_limits { size: 0, rows: 0, time_ms: 0 };
}

/// What a query found: value `r * columns_len + c` is that of row `r` in column `c`. SQLite has no Bool: one is the Int 0 or 1. Free it
/// with `converge_query_rows_free()`.
#[repr(C)]
pub struct converge_query_rows {
    /// The values, row by row, or `NULL` if there is none.
    pub data: *const converge_value,
    /// The number of values.
    pub len: usize,
    /// What keeps them, for `converge_query_rows_free()`; not to be changed.
    pub owner: u64,
    /// The names of the columns.
    pub columns: *const converge_str,
    /// The number of columns.
    pub columns_len: usize,
    /// The number of rows.
    pub rows_len: usize,
}

/// Frees what a query found, and empties it: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_query_rows_free(rows: *mut converge_query_rows) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(rows) }
}

impl List for converge_query_rows {
    type Element = converge_value;

    fn new(data: *const converge_value, len: usize, owner: u64) -> converge_query_rows {
        converge_query_rows { data, len, owner, columns: std::ptr::null(), columns_len: 0, rows_len: 0 }
    }

    fn take_owner(&mut self) -> u64 {
        let owner = self.owner;
        *self = List::new(std::ptr::null(), 0, 0);
        owner
    }
}

fn query_rows(found: QueryRows) -> Result<converge_query_rows> {
    let rows_len = found.rows.len();
    // Columns are there even where there is no row, so the list is entered by hand.
    let (mut owner, found) = crate::list::Owner::of(found);
    let (columns, columns_len) = owner.keep(found.columns.iter().map(|column| converge_str::of(column)).collect());
    let values = found.rows.iter().flatten().map(|value| converge_value::of(value.as_ref())).collect();
    let (data, len) = owner.keep(values);
    Ok(converge_query_rows { data, len, owner: owner.enter()?, columns, columns_len, rows_len })
}

/// A row that was read from a damaged file.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_salvaged_row {
    /// The table.
    pub tbl: converge_str,
    /// The row.
    pub row_id: converge_str,
    /// Its cells, or `NULL` if there is none.
    pub cells: *const converge_cell,
    /// The number of cells.
    pub cells_len: usize,
}

/// Rows that were read from a damaged file. Free them with `converge_salvaged_rows_free()`.
#[repr(C)]
pub struct converge_salvaged_rows {
    /// The first row, or `NULL` if there is none.
    pub data: *const converge_salvaged_row,
    /// The number of rows.
    pub len: usize,
    /// What keeps them, for `converge_salvaged_rows_free()`; not to be changed.
    pub owner: u64,
}

list!(converge_salvaged_rows, converge_salvaged_row);

/// Frees salvaged rows, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_salvaged_rows_free(rows: *mut converge_salvaged_rows) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(rows) }
}

fn salvaged_rows(rows: Vec<(String, String, RowValues)>) -> Result<converge_salvaged_rows> {
    List::of(rows, |owner, rows| {
        let row = |(tbl, row_id, values): &'static (String, String, RowValues)| {
            let (cells, cells_len) = cells_of(owner, values);
            converge_salvaged_row { tbl: converge_str::of(tbl), row_id: converge_str::of(row_id), cells, cells_len }
        };
        rows.iter().map(row).collect()
    })
}

fn fresh_peer(report: &OpenReport) -> i32 {
    match report.fresh_peer {
        None => CONVERGE_FRESH_PEER_NONE,
        Some(FreshPeer::Asked) => CONVERGE_FRESH_PEER_ASKED,
        Some(FreshPeer::NoMark) => CONVERGE_FRESH_PEER_NO_MARK,
        Some(FreshPeer::OtherFile) => CONVERGE_FRESH_PEER_OTHER_FILE,
        Some(FreshPeer::Moved) => CONVERGE_FRESH_PEER_MOVED,
        Some(FreshPeer::RolledBack) => CONVERGE_FRESH_PEER_ROLLED_BACK,
        Some(FreshPeer::Damaged) => CONVERGE_FRESH_PEER_DAMAGED,
        Some(_) => CONVERGE_FRESH_PEER_OTHER,
    }
}

/// Opens a document in a file, which is made if it is not there. One handle at a time may write it, in this process or another; any number
/// may read beside it (`options->read_only`). `options` may be `NULL`.
///
/// A library that was built without SQLite has no function for files, neither this one nor those after it, down to `converge_salvage()`,
/// nor the frees of their lists. The header declares them all the same.
///
/// Beside the file lie SQLite's own (`-wal`, `-shm`), a lock (`-lock`) and a mark (`-peer`), by which a file that was copied or set back is
/// noticed: it goes on under a fresh peer id then, as `converge_doc_opened()` tells. Keep the mark out of backups.
///
/// `CONVERGE_STATUS_ALREADY_OPEN`; `_STORAGE` when the file cannot be opened or belongs to another program; `_UNSUPPORTED_VERSION` for a
/// newer format; `_CORRUPT` for a damaged log, of which `converge_salvage()` reads what is left; `_OTHER_DOCUMENT` when the options name
/// another document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_open(
    path: converge_str,
    options: *const converge_open_options,
    doc: *mut converge_doc,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let doc = out(doc, "doc")?;
            doc.set(Handle::make(Doc::open(text_within(path, PATH_BYTES_MAX, "path")?, open_options(options)?)?)?);
            Ok(())
        })
    }
}

/// What opening the file came to. Free it with `converge_bytes_free(&report->rebuilt)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_opened(
    doc: converge_doc,
    report: *mut converge_open_report,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let report = out(report, "report")?;
            let given = doc.get()?.opened()?;
            let fresh_peer = fresh_peer(&given);
            let rebuilt = crate::bytes::owned(given.rebuilt.unwrap_or_default());
            report.set(converge_open_report { created: given.created, fresh_peer, rebuilt });
            Ok(())
        })
    }
}

/// The full path of the file that the document lies in, as text to be freed; empty in memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_path(
    doc: converge_doc,
    path: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let path = out(path, "path")?;
            path.give(doc.get()?.path()?.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default());
            Ok(())
        })
    }
}

/// Whether the file was opened for reading only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_is_read_only(
    doc: converge_doc,
    read_only: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let read_only = out(read_only, "read_only")?;
            read_only.set(doc.get()?.is_read_only()?);
            Ok(())
        })
    }
}

/// Returns once everything that was written is on the disk. It already is, unless the durability is relaxed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_flush(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.flush()) }
}

/// Lets go of the file and its locks, for an application that goes into the background. What is in memory can still be read; history,
/// queries and writes need `converge_doc_resume()` first. Doing it again does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_suspend(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.suspend()) }
}

/// Takes the file up again. If another process wrote it meanwhile the document is read again, and readers of changes are told that they
/// lagged. `CONVERGE_STATUS_ALREADY_OPEN`, `_STORAGE`, `_CORRUPT`: it stays suspended then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_resume(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.resume()) }
}

/// Writes a consistent copy to a path where nothing is yet, while others go on reading and writing. The copy opens as a replica of its own,
/// under a fresh peer id. `CONVERGE_STATUS_STORAGE`; `_INVALID_ARGUMENT` in memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_backup(doc: converge_doc, to: converge_str, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.backup(text_within(to, PATH_BYTES_MAX, "to")?)) }
}

/// Gives free space inside the file back to the disk. It rewrites the file, and needs as much free space meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_compact(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.compact()) }
}

/// Reads everything and says what is wrong and where, in words; nothing when all is well: the file's own structure, each checksum, and that
/// the rows are the fold of the log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_verify(
    doc: converge_doc,
    problems: *mut converge_names,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let problems = out(problems, "problems")?;
            problems.set(list_of_names(doc.get()?.verify()?.into_iter().map(|problem| problem.to_string()).collect())?);
            Ok(())
        })
    }
}

/// Makes the rows in the file again from the log. Opening does so by itself where they are damaged or of an older form.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_rebuild(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.rebuild()) }
}

/// What the file takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_stats(
    doc: converge_doc,
    stats: *mut converge_store_stats,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let stats = out(stats, "stats")?;
            let given = doc.get()?.stats()?;
            stats.set(converge_store_stats { file_bytes: given.file_bytes, wal_bytes: given.wal_bytes, free_bytes: given.free_bytes });
            Ok(())
        })
    }
}

/// Runs one SELECT over the rows that show: each table is a view of its name with a column `row_id` and its own. Parameters stand as `?1`,
/// `?2`, … in it. It sees the last commit, and can change nothing. `limits` may be `NULL`.
///
/// `CONVERGE_STATUS_INVALID_ARGUMENT` for SQL that is none or that writes, and in memory; `_LIMIT_EXCEEDED` when it takes more than
/// `limits`; `_STORAGE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_query(
    doc: converge_doc,
    sql: converge_str,
    parameters: *const converge_value,
    parameters_len: usize,
    limits: *const converge_query_limits,
    rows: *mut converge_query_rows,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            let values = slice(parameters, parameters_len, "parameters")?
                .iter()
                .map(|&given| value_within(given, JSON_BYTES_MAX))
                .collect::<Result<Vec<_>>>()?;
            let (given, mut most) = (options::read(limits, "limits")?, QueryLimits::default());
            if given.rows != 0 {
                most.rows = usize::try_from(given.rows).unwrap_or(usize::MAX);
            }
            if given.time_ms != 0 {
                most.time = Duration::from_millis(given.time_ms);
            }
            rows.set(query_rows(doc.get()?.query(text_within(sql, SQL_BYTES_MAX, "sql")?, &values, most)?)?);
            Ok(())
        })
    }
}

/// Makes an index over columns of a table, so that queries find rows by them; every write keeps it up. Making it again does nothing.
/// `CONVERGE_STATUS_INVALID_ARGUMENT` for a table or column that there is not, and in memory; `_STORAGE`; `_READ_ONLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_create_index(
    doc: converge_doc,
    tbl: converge_str,
    columns: *const converge_str,
    columns_len: usize,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.create_index(text(tbl, "tbl")?, &names(columns, columns_len, "columns")?)) }
}

/// Reads what is left of a damaged file, which is not changed: the rows whose checksums hold, the log up to the first damage, as runs for
/// `converge_doc_merge_remote()`, and what is wrong, in words. Free all three. `CONVERGE_STATUS_STORAGE` when it cannot be opened at all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_salvage(
    path: converge_str,
    rows: *mut converge_salvaged_rows,
    events: *mut converge_runs,
    problems: *mut converge_names,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            let events = out(events, "events")?;
            let problems = out(problems, "problems")?;
            let salvage = Doc::salvage(text_within(path, PATH_BYTES_MAX, "path")?)?;
            let mut list = salvaged_rows(salvage.rows)?;
            let mut runs = list_of_runs(salvage.events).inspect_err(|_| List::free(&raw mut list))?;
            let words = list_of_names(salvage.problems).inspect_err(|_| {
                List::free(&raw mut list);
                List::free(&raw mut runs);
            })?;
            rows.set(list);
            events.set(runs);
            problems.set(words);
            Ok(())
        })
    }
}
