use crate::doc::converge_doc;
use crate::error::converge_error;
use crate::events::{converge_events, list_of_events};
use crate::guard::guard;
use crate::list::List;
use crate::lists::{
    converge_event_id, converge_event_ids, converge_event_ranges, converge_rows, ids, list_of_ids, list_of_ranges, list_of_rows,
    list_of_versions, versions,
};
use crate::raw::{out, text};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;
use convergedb::{EventId, PeerId, Relation};

/// Both versions stand for the same events.
pub const CONVERGE_RELATION_EQUAL: i32 = 1;
/// The second has all of the first one's events and more.
pub const CONVERGE_RELATION_BEFORE: i32 = 2;
/// The first has all of the second one's events and more.
pub const CONVERGE_RELATION_AFTER: i32 = 3;
/// Each has events that the other one lacks.
pub const CONVERGE_RELATION_CONCURRENT: i32 = 4;

/// An applied event: a list of one, or of none when there is none of this id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_event(
    doc: converge_doc,
    peer: converge_str,
    counter: u64,
    events: *mut converge_events,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            let id = EventId::new(PeerId::new(text(peer, "peer")?)?, counter);
            events.set(list_of_events(doc.get()?.event(&id)?.into_iter().collect())?);
            Ok(())
        })
    }
}

/// The applied events that `since` (for each peer the highest counter) does not know, in causal order: at most `limit` of them and about 16
/// MiB, but one at least. `*next` is what `since` is to be for the next page; while `*has_more` is true there is one. Free both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_log(
    doc: converge_doc,
    since: *const converge_event_id,
    since_len: usize,
    limit: usize,
    events: *mut converge_events,
    next: *mut converge_event_ids,
    has_more: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            let next = out(next, "next")?;
            let has_more = out(has_more, "has_more")?;
            let page = doc.get()?.log(&versions(since, since_len, "since")?, limit)?;
            let mut list = list_of_events(page.events)?;
            match list_of_versions(page.next) {
                Ok(versions) => next.set(versions),
                Err(error) => {
                    List::free(&raw mut list);
                    return Err(error);
                }
            }
            events.set(list);
            has_more.set(page.has_more);
            Ok(())
        })
    }
}

/// Every applied event of a row, in the total order, oldest first. It reads the whole log: some nanoseconds per event of the document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_row_history(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    events: *mut converge_events,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            events.set(list_of_events(doc.get()?.row_history(text(tbl, "tbl")?, text(row_id, "row_id")?)?)?);
            Ok(())
        })
    }
}

/// Every applied event that wrote a cell or deleted its row, in the total order, oldest first. It reads the whole log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_cell_history(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    col: converge_str,
    events: *mut converge_events,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            events.set(list_of_events(doc.get()?.cell_history(text(tbl, "tbl")?, text(row_id, "row_id")?, text(col, "col")?)?)?);
            Ok(())
        })
    }
}

/// A row as it showed when just the events that `version` knows were applied: a list of one row, or of none if it did not show. `version`
/// is what `converge_doc_versions()` said then. It reads the whole log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_row_as_of(
    doc: converge_doc,
    tbl: converge_str,
    row_id: converge_str,
    version: *const converge_event_id,
    version_len: usize,
    rows: *mut converge_rows,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            let row_id = text(row_id, "row_id")?;
            let row = doc.get()?.row_as_of(text(tbl, "tbl")?, row_id, &versions(version, version_len, "version")?)?;
            rows.set(list_of_rows(row.map(|row| (row_id.to_owned(), row)).into_iter().collect())?);
            Ok(())
        })
    }
}

/// A table's rows, sorted by id, as they showed when just the events that `version` knows were applied. It reads the whole log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_table_as_of(
    doc: converge_doc,
    tbl: converge_str,
    version: *const converge_event_id,
    version_len: usize,
    rows: *mut converge_rows,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let rows = out(rows, "rows")?;
            rows.set(list_of_rows(doc.get()?.table_as_of(text(tbl, "tbl")?, &versions(version, version_len, "version")?)?)?);
            Ok(())
        })
    }
}

/// How version `a` stands to version `b`: one of the `CONVERGE_RELATION_…` numbers. A version is a set of events, such as a frontier, and
/// stands for them and everything they depend on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_compare(
    doc: converge_doc,
    a: *const converge_event_id,
    a_len: usize,
    b: *const converge_event_id,
    b_len: usize,
    relation: *mut i32,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let relation = out(relation, "relation")?;
            let found = doc.get()?.compare(&ids(a, a_len, "a")?, &ids(b, b_len, "b")?)?;
            relation.set(match found {
                Relation::Equal => CONVERGE_RELATION_EQUAL,
                Relation::Before => CONVERGE_RELATION_BEFORE,
                Relation::After => CONVERGE_RELATION_AFTER,
                Relation::Concurrent => CONVERGE_RELATION_CONCURRENT,
            });
            Ok(())
        })
    }
}

/// The lowest common ancestors of two versions: the common events that no other common event depends on, sorted by peer and counter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_common_ancestors(
    doc: converge_doc,
    a: *const converge_event_id,
    a_len: usize,
    b: *const converge_event_id,
    b_len: usize,
    ancestors: *mut converge_event_ids,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let ancestors = out(ancestors, "ancestors")?;
            ancestors.set(list_of_ids(doc.get()?.common_ancestors(&ids(a, a_len, "a")?, &ids(b, b_len, "b")?)?)?);
            Ok(())
        })
    }
}

/// The events that version `to` stands for and version `from` does not, in causal order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_events_between(
    doc: converge_doc,
    from: *const converge_event_id,
    from_len: usize,
    to: *const converge_event_id,
    to_len: usize,
    ranges: *mut converge_event_ranges,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let ranges = out(ranges, "ranges")?;
            ranges.set(list_of_ranges(doc.get()?.events_between(&ids(from, from_len, "from")?, &ids(to, to_len, "to")?)?)?);
            Ok(())
        })
    }
}

/// Recomputes every invariant the slow way: what is stored, what is derived, and that the rows are the fold of the log. For tests.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_check(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.check()) }
}
