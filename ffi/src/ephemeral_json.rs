use crate::bytes::converge_bytes;
use crate::ephemeral::converge_ephemeral;
use crate::error::converge_error;
use crate::guard::guard;
use crate::raw::{JSON_BYTES_MAX, optional, out, put, text, text_within};
use crate::status::converge_status;
use crate::table::Handle;
use crate::text::converge_str;

/// As `converge_ephemeral_set()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_set_json(
    store: converge_ephemeral,
    ns: converge_str,
    key: converge_str,
    value: converge_str,
    timestamp: *const f64,
    stored: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let done = store.get()?.set_json(
                text(ns, "ns")?,
                text(key, "key")?,
                text_within(value, JSON_BYTES_MAX, "value")?,
                optional(timestamp, "timestamp")?,
            )?;
            put(stored, done);
            Ok(())
        })
    }
}

/// The entry that shows at a key: `{"value":…,"timestamp":…,"peer":…}`. `*found` says whether there is one; if not, the text is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_get_json(
    store: converge_ephemeral,
    ns: converge_str,
    key: converge_str,
    entry: *mut converge_bytes,
    found: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entry = out(entry, "entry")?;
            let found = out(found, "found")?;
            let given = store.get()?.get_json(text(ns, "ns")?, text(key, "key")?)?;
            found.set(given.is_some());
            entry.give(given.unwrap_or_default());
            Ok(())
        })
    }
}

/// The entries that show in a namespace, `{key: entry}`, sorted by key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_get_all_json(
    store: converge_ephemeral,
    ns: converge_str,
    entries: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entries = out(entries, "entries")?;
            entries.give(store.get()?.get_all_json(text(ns, "ns")?)?);
            Ok(())
        })
    }
}

/// Takes in `{namespace: {key: entry}}`, by the rules of `converge_ephemeral_merge()`, and gives what changed in the same shape. An entry
/// may have an `age` in milliseconds; what changed is given without.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_merge_json(
    store: converge_ephemeral,
    entries: converge_str,
    changed: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let changed = out(changed, "changed")?;
            changed.give(store.get()?.merge_json(text_within(entries, JSON_BYTES_MAX, "entries")?)?);
            Ok(())
        })
    }
}

/// As `converge_ephemeral_expire()`: what went, `{namespace: {key: entry}}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_expire_json(
    store: converge_ephemeral,
    entries: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entries = out(entries, "entries")?;
            entries.give(store.get()?.expire_json()?);
            Ok(())
        })
    }
}

/// As `converge_ephemeral_remove_peer()`: the removals that it made, `{namespace: {key: entry}}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_remove_peer_json(
    store: converge_ephemeral,
    peer: converge_str,
    entries: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entries = out(entries, "entries")?;
            entries.give(store.get()?.remove_peer_json(text(peer, "peer")?)?);
            Ok(())
        })
    }
}
