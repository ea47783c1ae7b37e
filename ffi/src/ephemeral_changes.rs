use crate::bytes::converge_bytes;
use crate::changes::{duration, tell};
use crate::ephemeral::{converge_entry, converge_ephemeral, entry_of};
use crate::error::converge_error;
use crate::guard::guard;
use crate::list::{List, list};
use crate::raw::out;
use crate::status::converge_status;
use crate::table::{Handle, handle};
use crate::waker::{converge_callback, waker};
use convergedb::api::EphemeralChanges;
use convergedb::{EphemeralChange, EphemeralChangeKind, Result, json};
use std::ffi::c_void;

/// Something else, which a newer version tells.
pub const CONVERGE_EPHEMERAL_OTHER: i32 = 0;
/// It shows, and did not before.
pub const CONVERGE_EPHEMERAL_ADDED: i32 = 1;
/// It shows another entry than before, if only a newer timestamp on an equal value.
pub const CONVERGE_EPHEMERAL_UPDATED: i32 = 2;
/// It was removed, or its peer was.
pub const CONVERGE_EPHEMERAL_REMOVED: i32 = 3;
/// It reached the time to live.
pub const CONVERGE_EPHEMERAL_EXPIRED: i32 = 4;

/// One change of an ephemeral store.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_ephemeral_change {
    /// One of the `CONVERGE_EPHEMERAL_…` numbers.
    pub kind: i32,
    /// Whether a call of this store's own (set, remove, remove_peer, expiry) made it, rather than a merge.
    pub is_local: bool,
    /// What the key holds after the change; for an expired one, what it held.
    pub entry: converge_entry,
}

/// Changes of an ephemeral store, oldest first. Free them with `converge_ephemeral_change_list_free()`.
#[repr(C)]
pub struct converge_ephemeral_change_list {
    /// The first change, or `NULL` if there is none.
    pub data: *const converge_ephemeral_change,
    /// The number of changes.
    pub len: usize,
    /// What keeps them, for `converge_ephemeral_change_list_free()`; not to be changed.
    pub owner: u64,
}

list!(converge_ephemeral_change_list, converge_ephemeral_change);

/// Frees changes, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_change_list_free(changes: *mut converge_ephemeral_change_list) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(changes) }
}

/// A reader of an ephemeral store's changes, oldest first, by the rules of `converge_changes`. Made by `converge_ephemeral_subscribe()`,
/// freed once by `converge_ephemeral_changes_free()`. Any thread may use it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_ephemeral_changes {
    /// 0 for none; otherwise the library's.
    pub id: u64,
}

handle!(converge_ephemeral_changes, EphemeralChanges, 6, EphemeralChanges);

fn list_of_changes(changes: Vec<EphemeralChange>) -> Result<converge_ephemeral_change_list> {
    let change = |change: &EphemeralChange| converge_ephemeral_change {
        kind: match change.kind {
            EphemeralChangeKind::Added => CONVERGE_EPHEMERAL_ADDED,
            EphemeralChangeKind::Updated => CONVERGE_EPHEMERAL_UPDATED,
            EphemeralChangeKind::Removed => CONVERGE_EPHEMERAL_REMOVED,
            EphemeralChangeKind::Expired => CONVERGE_EPHEMERAL_EXPIRED,
            _ => CONVERGE_EPHEMERAL_OTHER,
        },
        is_local: change.local,
        entry: entry_of(&change.ns, &change.key, &change.entry),
    };
    List::of(changes, |_, changes| changes.iter().map(change).collect())
}

/// Keeps changes from now on for a reader, at most `limit` of them (`CONVERGE_CHANGES_MAX` is a good bound) and not more bytes than the
/// store may hold: past that they are dropped and the reader is told that it lagged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_subscribe(
    store: converge_ephemeral,
    limit: usize,
    changes: *mut converge_ephemeral_changes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let changes = out(changes, "changes")?;
            changes.set(Handle::make(store.get()?.subscribe(limit)?)?);
            Ok(())
        })
    }
}

/// The next thing to tell: `*what` becomes one of the `CONVERGE_NEXT_…` numbers, `*list` a list of one change, and otherwise empty. It
/// waits for `timeout_ms`: 0 for not at all, less than 0 for ever.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_changes_next(
    changes: converge_ephemeral_changes,
    timeout_ms: i64,
    what: *mut i32,
    list: *mut converge_ephemeral_change_list,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let what = out(what, "what")?;
            let list = out(list, "list")?;
            let next = changes.get()?.next(duration(timeout_ms))?;
            tell(next, what, |change| {
                list.set(list_of_changes(change.into_iter().collect())?);
                Ok(())
            })
        })
    }
}

/// As `converge_ephemeral_changes_next()`; a change is `{"kind":"added","ns":…,"key":…,"entry":{…},"local":false}`. Otherwise the text is
/// empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_changes_next_json(
    changes: converge_ephemeral_changes,
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
                change.give(given.map(|given| json::ephemeral_change_to_json(&given)).unwrap_or_default());
                Ok(())
            })
        })
    }
}

/// All changes that are queued, oldest first, without waiting. When the reader lagged there are none, and `*lagged` is true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_changes_drain(
    changes: converge_ephemeral_changes,
    list: *mut converge_ephemeral_change_list,
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

/// Sets what is called when there is something to read, as `converge_changes_set_waker()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_changes_set_waker(
    changes: converge_ephemeral_changes,
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
pub unsafe extern "C" fn converge_ephemeral_changes_close(
    changes: converge_ephemeral_changes,
    error: *mut *mut converge_error,
) -> converge_status {
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
pub unsafe extern "C" fn converge_ephemeral_changes_free(changes: converge_ephemeral_changes) -> converge_status {
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
