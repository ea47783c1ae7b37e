use crate::doc::converge_doc;
use crate::error::converge_error;
use crate::guard::guard;
use crate::lists::{converge_rows, list_of_rows};
use crate::options::{self, Options};
use crate::raw::{invalid, out, text, text_within};
use crate::status::converge_status;
use crate::table::{Handle, handle};
use crate::text::converge_str;
use convergedb::Result;
use convergedb::api::{Scan, ScanRange};
use convergedb::limits::VALUE_BYTES_MAX;
use std::ops::Bound;

/// There is no bound; its text is not read.
pub const CONVERGE_BOUND_NONE: i32 = 0;
/// Up to and with the id.
pub const CONVERGE_BOUND_INCLUDED: i32 = 1;
/// Up to the id, without it.
pub const CONVERGE_BOUND_EXCLUDED: i32 = 2;

/// Which rows a scan gives: those whose ids keep all of these conditions, in the order of their bytes. Zeroed but for `size`: all rows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_scan_range {
    /// `sizeof(converge_scan_range)`.
    pub size: u32,
    /// One of the `CONVERGE_BOUND_…` numbers: what `from` is.
    pub from_bound: i32,
    /// One of the `CONVERGE_BOUND_…` numbers: what `to` is.
    pub to_bound: i32,
    /// Where the ids begin.
    pub from: converge_str,
    /// Where they end.
    pub to: converge_str,
    /// What they begin with; empty: anything.
    pub prefix: converge_str,
    /// Only those after this one, the last row of the page before; empty: all.
    pub after: converge_str,
}

// SAFETY: repr(C), the size first, and only numbers and pointers.
unsafe impl Options for converge_scan_range {
    const FIRST_SIZE: usize = options::end_of!(converge_scan_range, after: converge_str);
    const ZEROED: converge_scan_range = converge_scan_range {
        size: 0,
        from_bound: CONVERGE_BOUND_NONE,
        to_bound: CONVERGE_BOUND_NONE,
        from: converge_str::EMPTY,
        to: converge_str::EMPTY,
        prefix: converge_str::EMPTY,
        after: converge_str::EMPTY,
    };
}

/// A range as the engine takes it.
///
/// # Safety
///
/// `range` is NULL or readable for the size that it says, and so is what it points to.
pub(crate) unsafe fn scan_range(range: *const converge_scan_range) -> Result<ScanRange> {
    // SAFETY: as promised.
    unsafe {
        let range = options::read(range, "range")?;
        let name =
            |name: converge_str, what| text_within(name, VALUE_BYTES_MAX, what).map(|text| (!text.is_empty()).then(|| text.to_owned()));
        let (prefix, after) = (name(range.prefix, "range.prefix")?, name(range.after, "range.after")?);
        let (from, to) = (bound(range.from_bound, range.from, "range.from")?, bound(range.to_bound, range.to, "range.to")?);
        Ok(ScanRange { from, to, prefix, after })
    }
}

/// # Safety
///
/// `id` is readable.
unsafe fn bound(bound: i32, id: converge_str, name: &str) -> Result<Bound<String>> {
    // SAFETY: as promised.
    unsafe {
        match bound {
            CONVERGE_BOUND_NONE => Ok(Bound::Unbounded),
            CONVERGE_BOUND_INCLUDED => Ok(Bound::Included(text_within(id, VALUE_BYTES_MAX, name)?.to_owned())),
            CONVERGE_BOUND_EXCLUDED => Ok(Bound::Excluded(text_within(id, VALUE_BYTES_MAX, name)?.to_owned())),
            number => Err(invalid(format!("`{name}_bound` is {number}, which is none"))),
        }
    }
}

/// The rows of a table in the order of their ids, fetched page by page while others write.
///
/// Each page is the table as it is at one moment, and the next goes on after the last row of it: a row that shows all the while comes
/// exactly once; one that comes or goes meanwhile may be met or missed. Made by `converge_doc_rows()`, freed once by
/// `converge_scan_free()`. Any thread may use it. It keeps its document alive.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_scan {
    /// 0 for none; otherwise the library's.
    pub id: u64,
}

handle!(converge_scan, Scan, 3, Scan);

/// At most `limit` rows of a table that show, in the order of their ids, each with its cells sorted by column. `range` may be `NULL`: all
/// rows.
///
/// The next page is asked for with `range->after` as the last row's id; a page of fewer than `limit` is the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_scan(
    doc: converge_doc,
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
            rows.set(list_of_rows(doc.get()?.scan(text(tbl, "tbl")?, &scan_range(range)?, limit)?)?);
            Ok(())
        })
    }
}

/// Begins to scan a table's rows. `range` may be `NULL`: all rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_rows(
    doc: converge_doc,
    tbl: converge_str,
    range: *const converge_scan_range,
    scan: *mut converge_scan,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let scan = out(scan, "scan")?;
            scan.set(Handle::make(doc.get()?.rows(text(tbl, "tbl")?, scan_range(range)?))?);
            Ok(())
        })
    }
}

/// The next rows of a scan, at most `limit` of them, which is at least 1; none when there is no more. Fewer than `limit` need not be the
/// last. A call that fails moves nothing: the next goes on with the row that was due. Of threads that share a scan, each gets other rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_scan_next(
    scan: converge_scan,
    limit: usize,
    rows: *mut converge_rows,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            if limit == 0 {
                return Err(invalid("`limit` is 0: a scan goes on by one row at least".to_owned()));
            }
            rows.set(list_of_rows(scan.get()?.next_rows(limit)?)?);
            Ok(())
        })
    }
}

/// Frees a handle; nothing for `{ 0 }`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_scan_free(scan: converge_scan) -> converge_status {
    // SAFETY: there is no pointer.
    unsafe { guard(std::ptr::null_mut(), || scan.free()) }
}
