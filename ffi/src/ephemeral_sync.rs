use crate::bytes::converge_bytes;
use crate::ephemeral::{converge_entries, converge_entry, converge_ephemeral, list_of_entries};
use crate::error::converge_error;
use crate::guard::guard;
use crate::lists::names;
use crate::raw::{self, invalid, of_message, out, put, slice, text};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;
use crate::value::value;
use convergedb::{EphemeralBatch, EphemeralCounts, EphemeralEntry, EphemeralMark, PeerId, Result};

/// What became of a message's entries, in numbers. They add up to the number of entries in the message.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_ephemeral_counts {
    /// Entries that were stored. A binary message that names a key twice may count it twice.
    pub changed: u64,
    /// Entries that were equal to what is here, or lost against it.
    pub unchanged: u64,
    /// Entries left out because they had reached the time to live.
    pub aged_out: u64,
    /// Entries left out because their timestamp is more than 10 minutes ahead of the local wall clock.
    pub from_the_future: u64,
    /// The store's mark before the merge: what changed is what `converge_ephemeral_changed_since()` it tells.
    pub before: u64,
}

impl From<EphemeralCounts> for converge_ephemeral_counts {
    fn from(counts: EphemeralCounts) -> converge_ephemeral_counts {
        converge_ephemeral_counts {
            changed: counts.changed as u64,
            unchanged: counts.unchanged as u64,
            aged_out: counts.aged_out as u64,
            from_the_future: counts.from_the_future as u64,
            before: counts.before.to_u64(),
        }
    }
}

/// An array of entries as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to.
unsafe fn batch(data: *const converge_entry, len: usize) -> Result<EphemeralBatch> {
    // SAFETY: as promised.
    of_message(unsafe { read_batch(data, len) })
}

/// # Safety
///
/// As [`batch`].
unsafe fn read_batch(data: *const converge_entry, len: usize) -> Result<EphemeralBatch> {
    let mut batch = EphemeralBatch::new();
    // SAFETY: as promised.
    unsafe {
        for entry in slice(data, len, "entries")? {
            let (ns, key) = (text(entry.ns, "ns")?, text(entry.key, "key")?);
            let content = if entry.removed != 0 { None } else { Some(value(entry.value)?.to_value()) };
            let peer = PeerId::new(text(entry.peer, "peer")?)?;
            let entry = EphemeralEntry { value: content, timestamp: entry.timestamp, peer, age_ms: entry.age_ms };
            if batch.entry(ns.to_owned()).or_default().insert(key.to_owned(), entry).is_some() {
                return Err(invalid(format!("`entries` names key {key:?} of namespace {ns:?} twice")));
            }
        }
    }
    Ok(batch)
}

/// Takes in entries by the rules of the layer: `*changed` (unless `NULL`) lists those that were stored, `*counts` (unless `NULL`) says what
/// became of all. The form of all of them is checked before anything changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_merge(
    store: converge_ephemeral,
    entries: *const converge_entry,
    entries_len: usize,
    changed: *mut converge_entries,
    counts: *mut converge_ephemeral_counts,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let merged = store.get()?.merge(&batch(entries, entries_len)?)?;
            if !changed.is_null() {
                put(changed, list_of_entries(merged.changed)?);
            }
            put(counts, merged.counts.into());
            Ok(())
        })
    }
}

/// Takes in a message that `converge_ephemeral_encode()` or its like made. `counts` may be `NULL`. `CONVERGE_STATUS_MALFORMED`,
/// `_UNSUPPORTED_VERSION`, `_LIMIT_EXCEEDED` (the store is full).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_merge_bytes(
    store: converge_ephemeral,
    message: *const u8,
    message_len: usize,
    counts: *mut converge_ephemeral_counts,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            put(counts, store.get()?.merge_bytes(slice(message, message_len, "message")?)?.into());
            Ok(())
        })
    }
}

/// The entries of these namespaces as a message, removed ones included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_encode(
    store: converge_ephemeral,
    namespaces: *const converge_str,
    namespaces_len: usize,
    message: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let message = out(message, "message")?;
            message.give(store.get()?.encode(&names(namespaces, namespaces_len, "namespaces")?)?);
            Ok(())
        })
    }
}

/// All entries as a message, removed ones included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_encode_all(
    store: converge_ephemeral,
    message: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let message = out(message, "message")?;
            message.give(store.get()?.encode_all()?);
            Ok(())
        })
    }
}

/// The entries that changed after a mark as a message. `*mark` is the mark, 0 for before everything, and becomes the one to ask with next
/// time. Marks of another store say nothing here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_encode_since(
    store: converge_ephemeral,
    mark: *mut u64,
    message: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let message = out(message, "message")?;
            let since = mark_of(mark)?;
            let (bytes, next) = store.get()?.encode_since(since)?;
            put(mark, next.to_u64());
            message.give(bytes);
            Ok(())
        })
    }
}

/// The entries that changed after a mark, removed ones included. `*mark` is the mark, 0 for before everything, and becomes the one to ask
/// with next time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_changed_since(
    store: converge_ephemeral,
    mark: *mut u64,
    entries: *mut converge_entries,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entries = out(entries, "entries")?;
            let since = mark_of(mark)?;
            let (batch, next) = store.get()?.changed_since(since)?;
            entries.set(list_of_entries(batch)?);
            put(mark, next.to_u64());
            Ok(())
        })
    }
}

/// This moment, for `converge_ephemeral_encode_since()` and `converge_ephemeral_changed_since()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_mark(
    store: converge_ephemeral,
    mark: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let mark = out(mark, "mark")?;
            mark.set(store.get()?.mark()?.to_u64());
            Ok(())
        })
    }
}

/// A mark that is read and written.
///
/// # Safety
///
/// `mark` is NULL or readable.
unsafe fn mark_of(mark: *const u64) -> Result<EphemeralMark> {
    // SAFETY: as promised.
    let mark = unsafe { raw::optional(mark, "mark") }?;
    mark.map(EphemeralMark::from_u64).ok_or_else(|| invalid("`mark` is NULL".to_owned()))
}
