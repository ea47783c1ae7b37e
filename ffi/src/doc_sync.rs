use crate::bytes::converge_bytes;
use crate::doc::converge_doc;
use crate::error::converge_error;
use crate::events::{converge_run, converge_runs, list_of_runs};
use crate::guard::guard;
use crate::lists::{converge_event_id, converge_event_ids, list_of_ids, list_of_versions, versions};
use crate::options::{self, Options};
use crate::patches::{converge_merge_result, merge_result};
use crate::raw::{out, put, slice};
use crate::status::converge_status;
use crate::table::Handle;
use convergedb::{PageLimit, Result};

/// What a page of a history holds at most. It holds at least one transaction, however large. Zero it and set `size` to its `sizeof`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_page_limit {
    /// `sizeof(converge_page_limit)`.
    pub size: u32,
    /// Events; 0 is 65,536.
    pub events: u64,
    /// Bytes of names and values; 0 is 16 MiB.
    pub bytes: u64,
}

// SAFETY: repr(C), the size first, and only numbers.
unsafe impl Options for converge_page_limit {
    const FIRST_SIZE: usize = options::end_of!(converge_page_limit, bytes: u64);
    const ZEROED: converge_page_limit = converge_page_limit { size: 0, events: 0, bytes: 0 };
}

/// A limit as the engine takes it.
///
/// # Safety
///
/// `limit` is NULL or readable for the size that it says.
pub(crate) unsafe fn page_limit(limit: *const converge_page_limit) -> Result<PageLimit> {
    // SAFETY: as promised.
    let given = unsafe { options::read(limit, "limit") }?;
    let or = |number: u64, default| if number == 0 { default } else { usize::try_from(number).unwrap_or(usize::MAX) };
    let PageLimit { events, bytes } = PageLimit::default();
    Ok(PageLimit { events: or(given.events, events), bytes: or(given.bytes, bytes) })
}

/// A SHA-256.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_digest {
    /// Its bytes.
    pub bytes: [u8; 32],
}

/// How far this replica is: for each peer the highest applied counter, sorted by peer, and the frontier, which are the applied events that
/// no other depends on, sorted by peer and counter. Free both with `converge_event_ids_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_sync_state(
    doc: converge_doc,
    versions: *mut converge_event_ids,
    frontier: *mut converge_event_ids,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let versions = out(versions, "versions")?;
            let frontier = out(frontier, "frontier")?;
            let state = doc.get()?.sync_state()?;
            let mut list = list_of_versions(state.versions)?;
            match list_of_ids(state.frontier) {
                Ok(ids) => frontier.set(ids),
                Err(error) => {
                    crate::list::List::free(&raw mut list);
                    return Err(error);
                }
            }
            versions.set(list);
            Ok(())
        })
    }
}

/// For each peer the highest applied counter, sorted by peer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_versions(
    doc: converge_doc,
    versions: *mut converge_event_ids,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let versions = out(versions, "versions")?;
            versions.set(list_of_versions(doc.get()?.versions()?)?);
            Ok(())
        })
    }
}

/// The applied events that no other depends on, sorted by peer and counter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_frontier(
    doc: converge_doc,
    frontier: *mut converge_event_ids,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let frontier = out(frontier, "frontier")?;
            frontier.set(list_of_ids(doc.get()?.frontier()?)?);
            Ok(())
        })
    }
}

/// What this replica knows, as a message for another replica to answer with `converge_doc_encode_pending()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_encode_request(
    doc: converge_doc,
    request: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let request = out(request, "request")?;
            request.give(doc.get()?.encode_request()?);
            Ok(())
        })
    }
}

/// What the replica that made `request` lacks, within `limit` (`NULL`: the defaults), as an update for it; empty when it lacks nothing.
/// While `*has_more` is true there is more: let it merge this, and ask again.
///
/// `CONVERGE_STATUS_MALFORMED`, `_UNSUPPORTED_VERSION`, `_OTHER_DOCUMENT` for the request; `_CONFLICTING_EVENT` where both hold different
/// events of one id; `_CORRUPT` where stored history is damaged; `_INVALID_ARGUMENT` where it is not here (see
/// `converge_doc_encode_state()`). A document in a file first makes sure that all it tells is on disk, so `_STORAGE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_encode_pending(
    doc: converge_doc,
    request: *const u8,
    request_len: usize,
    limit: *const converge_page_limit,
    update: *mut converge_bytes,
    has_more: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let update = out(update, "update")?;
            let has_more = out(has_more, "has_more")?;
            let page = doc.get()?.encode_pending(slice(request, request_len, "request")?, page_limit(limit)?)?;
            has_more.set(page.has_more);
            update.give(page.bytes);
            Ok(())
        })
    }
}

/// What a replica that knows `known` (for each peer the highest counter) lacks, within `limit` (`NULL`: the defaults), as an update for it
/// and for any that knows more; empty when it lacks nothing. While `*has_more` is true there is more. Nobody's versions (`NULL`, 0) give
/// all. `CONVERGE_STATUS_CORRUPT`, `_INVALID_ARGUMENT`, `_STORAGE` as `converge_doc_encode_pending()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_encode_update(
    doc: converge_doc,
    known: *const converge_event_id,
    known_len: usize,
    limit: *const converge_page_limit,
    update: *mut converge_bytes,
    has_more: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let update = out(update, "update")?;
            let has_more = out(has_more, "has_more")?;
            let page = doc.get()?.encode_update(&versions(known, known_len, "known")?, page_limit(limit)?)?;
            has_more.set(page.has_more);
            update.give(page.bytes);
            Ok(())
        })
    }
}

/// Merges an update that another replica made, all or nothing. Empty bytes bring nothing. Free `*result`'s patches.
///
/// `CONVERGE_STATUS_MALFORMED`, `_UNSUPPORTED_VERSION`, `_OTHER_DOCUMENT`, `_CONFLICTING_EVENT`; `_INVALID_ARGUMENT` for an update that was
/// made for a replica that knows more than this one: ask with a request of its own; `_LIMIT_EXCEEDED` for a full
/// replica; for a document in a file `_READ_ONLY`, `_STORAGE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_merge_update(
    doc: converge_doc,
    update: *const u8,
    update_len: usize,
    result: *mut converge_merge_result,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let result = out(result, "result")?;
            result.set(merge_result(doc.get()?.merge_update(slice(update, update_len, "update")?)?)?);
            Ok(())
        })
    }
}

/// As `converge_doc_merge_update()`, but the result, which may be `NULL`, has no patches: for those that do not look at them. Readers of
/// changes are told all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_merge_update_quiet(
    doc: converge_doc,
    update: *const u8,
    update_len: usize,
    result: *mut converge_merge_result,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(result, merge_result(doc.get()?.merge_update_quiet(slice(update, update_len, "update")?)?)?);
            Ok(())
        })
    }
}

/// Merges runs of events, all or nothing. Free `*result`'s patches. Statuses as `converge_doc_merge_update()`: runs are a message, so names
/// and values over their limits are `CONVERGE_STATUS_MALFORMED` here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_merge_remote(
    doc: converge_doc,
    runs: *const converge_run,
    runs_len: usize,
    result: *mut converge_merge_result,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let result = out(result, "result")?;
            result.set(merge_result(doc.get()?.merge_remote(&crate::events::runs(runs, runs_len)?)?)?);
            Ok(())
        })
    }
}

/// The applied events with a counter above what `known` says of their peer, or all of a peer that it does not name: the first page of them,
/// within `limit` (`NULL`: the defaults). While `*has_more` is true there is more. `CONVERGE_STATUS_CORRUPT`, `_INVALID_ARGUMENT`,
/// `_STORAGE` as `converge_doc_encode_pending()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_get_pending(
    doc: converge_doc,
    known: *const converge_event_id,
    known_len: usize,
    limit: *const converge_page_limit,
    runs: *mut converge_runs,
    has_more: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let runs = out(runs, "runs")?;
            let has_more = out(has_more, "has_more")?;
            let page = doc.get()?.get_pending(&versions(known, known_len, "known")?, page_limit(limit)?)?;
            runs.set(list_of_runs(page.runs)?);
            has_more.set(page.has_more);
            Ok(())
        })
    }
}

/// The ids that waiting events wait for and that are neither applied nor waiting, sorted by peer and counter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_missing(
    doc: converge_doc,
    ids: *mut converge_event_ids,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let ids = out(ids, "ids")?;
            ids.set(list_of_ids(doc.get()?.missing()?)?);
            Ok(())
        })
    }
}

/// Forgets all events that wait for others, and says how many there were (`events` may be `NULL`). They are not in the versions, so they
/// can come again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_drop_waiting(
    doc: converge_doc,
    events: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(events, doc.get()?.drop_waiting()?);
            Ok(())
        })
    }
}

/// Goes on under a fresh peer id, because another device writes under this one too: gives up the own events from counter `from` on, and
/// writes what only this replica had again under the new id, so that nothing is lost. Free `*result`'s patches.
///
/// `from` is the first counter of which the other has a different event, or one before it. 0 is always right, and costs as much as merging
/// the whole history. It may be the counter that the `CONVERGE_STATUS_CONFLICTING_EVENT` of merging *all* the other's events names
/// (`converge_doc_encode_update()` for nobody's versions); the error of a request may name a later one, and then the next sync conflicts
/// again.
///
/// `CONVERGE_STATUS_LIMIT_EXCEEDED` for a full replica; `_CORRUPT` where stored history is damaged; `_INVALID_ARGUMENT` where it is not
/// here; for a document in a file `_READ_ONLY`, `_STORAGE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_fork(
    doc: converge_doc,
    from: u64,
    result: *mut converge_merge_result,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let result = out(result, "result")?;
            result.set(merge_result(doc.get()?.fork(from)?)?);
            Ok(())
        })
    }
}

/// The whole replica as bytes, for `converge_doc_decode()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_encode_replica(
    doc: converge_doc,
    bytes: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let bytes = out(bytes, "bytes")?;
            bytes.give(doc.get()?.encode_replica()?);
            Ok(())
        })
    }
}

/// The replica without its history, for `converge_doc_decode()`: it reads, writes and merges, but has no older history.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_encode_state(
    doc: converge_doc,
    bytes: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let bytes = out(bytes, "bytes")?;
            bytes.give(doc.get()?.encode_state()?);
            Ok(())
        })
    }
}

/// The SHA-256 of the visible state: equal on every replica that has applied the same events. It reads every row.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_digest(
    doc: converge_doc,
    digest: *mut converge_digest,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let digest = out(digest, "digest")?;
            digest.set(converge_digest { bytes: doc.get()?.digest()? });
            Ok(())
        })
    }
}
