use crate::bytes::converge_bytes;
use crate::error::converge_error;
use crate::guard::guard;
use crate::list::{List, list};
use crate::lists::{converge_names, list_of_names};
use crate::options::{self, Options};
use crate::raw::{self, optional, out, put, text};
use crate::status::converge_status;
use crate::table::{Handle, handle};
use crate::text::converge_str;
use crate::value::converge_value;
use convergedb::api::{EphemeralOptions, EphemeralStore};
use convergedb::{EphemeralBatch, EphemeralEntry, PeerId, Result};

/// Presence: registers `namespace → key → entry` that age, end by themselves and are never on disk. Any thread may use it; calls on one
/// store take turns. Made by `converge_ephemeral_new()`, freed once by `converge_ephemeral_free()`.
///
/// Of two entries for one key the greater stays, by timestamp, peer and value. An entry ages by the monotonic clocks of those who hold it
/// and ends at the time to live, everywhere, also when its writer is gone.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_ephemeral {
    /// 0 for none; otherwise the library's.
    pub id: u64,
}

handle!(converge_ephemeral, EphemeralStore, 5, Ephemeral);

/// Entries never end: for `converge_ephemeral_options.ttl_ms`.
pub const CONVERGE_TTL_NONE: u64 = u64::MAX;

/// The store's clocks are the operating system's.
pub const CONVERGE_CLOCK_SYSTEM: i32 = 0;
/// The store knows no time of day: automatic timestamps count up from 0, and any timestamp within bounds gets in.
pub const CONVERGE_CLOCK_NO_WALL: i32 = 1;
/// Clocks that stand at 0 and move only by `converge_ephemeral_advance()` and `converge_ephemeral_set_wall()`. For tests and simulations.
pub const CONVERGE_CLOCK_MANUAL: i32 = 2;
/// As `CONVERGE_CLOCK_MANUAL`, without a time of day.
pub const CONVERGE_CLOCK_MANUAL_NO_WALL: i32 = 3;

/// How an ephemeral store is made. Zero it, set `size` to its `sizeof`, then what is wanted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_ephemeral_options {
    /// `sizeof(converge_ephemeral_options)`.
    pub size: u32,
    /// One of the `CONVERGE_CLOCK_…` numbers.
    pub clock: i32,
    /// Writes under this peer id, usually the document's; empty: a random one.
    pub peer: converge_str,
    /// How long an entry lives, in milliseconds; 0 is 30,000, `CONVERGE_TTL_NONE` for ever.
    pub ttl_ms: u64,
    /// The most entries; 0 is 100,000.
    pub entries_max: u64,
    /// The most bytes of names and values; 0 is 64 MiB.
    pub bytes_max: u64,
}

// SAFETY: repr(C), the size first, and only numbers and pointers.
unsafe impl Options for converge_ephemeral_options {
    const FIRST_SIZE: usize = options::end_of!(converge_ephemeral_options, bytes_max: u64);
    const ZEROED: converge_ephemeral_options =
        converge_ephemeral_options { size: 0, clock: 0, peer: converge_str::EMPTY, ttl_ms: 0, entries_max: 0, bytes_max: 0 };
}

/// Options as the store takes them.
///
/// # Safety
///
/// `options` is NULL or readable for the size that it says, and so is what it points to.
unsafe fn ephemeral_options(options: *const converge_ephemeral_options) -> Result<EphemeralOptions> {
    // SAFETY: as promised.
    let (given, peer) = unsafe {
        let given = options::read(options, "options")?;
        (given, text(given.peer, "options.peer")?)
    };
    let mut options = EphemeralOptions::new();
    options = match given.clock {
        CONVERGE_CLOCK_SYSTEM => options,
        CONVERGE_CLOCK_NO_WALL => options.wall_clock(false),
        CONVERGE_CLOCK_MANUAL => options.manual_clock(),
        CONVERGE_CLOCK_MANUAL_NO_WALL => options.manual_clock().wall_clock(false),
        number => return Err(raw::invalid(format!("`options.clock` is {number}, which is none"))),
    };
    if !peer.is_empty() {
        options = options.peer(PeerId::new(peer)?);
    }
    match given.ttl_ms {
        0 => {}
        CONVERGE_TTL_NONE => options = options.ttl_ms(None),
        ttl_ms => options = options.ttl_ms(Some(ttl_ms)),
    }
    let or = |number: u64, default| if number == 0 { default } else { usize::try_from(number).unwrap_or(usize::MAX) };
    let (entries, bytes) = (convergedb::limits::EPHEMERAL_ENTRIES_MAX, convergedb::limits::EPHEMERAL_BYTES_MAX);
    Ok(options.limits(or(given.entries_max, entries), or(given.bytes_max, bytes)))
}

/// One register's content.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_entry {
    /// The namespace.
    pub ns: converge_str,
    /// The key.
    pub key: converge_str,
    /// The value; Null where it was removed, and then not read.
    pub value: converge_value,
    /// Whether it was removed.
    pub removed: u8,
    /// In milliseconds, at most 2^53 in either direction.
    pub timestamp: f64,
    /// Who wrote it.
    pub peer: converge_str,
    /// How long its holders have held it, in milliseconds. It orders nothing.
    pub age_ms: u64,
}

/// Entries, sorted by namespace and key. Free them with `converge_entries_free()`.
#[repr(C)]
pub struct converge_entries {
    /// The first entry, or `NULL` if there is none.
    pub data: *const converge_entry,
    /// The number of entries.
    pub len: usize,
    /// What keeps them, for `converge_entries_free()`; not to be changed.
    pub owner: u64,
}

list!(converge_entries, converge_entry);

/// Frees entries, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_entries_free(entries: *mut converge_entries) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(entries) }
}

/// Points into `entry`, which the caller keeps.
pub(crate) fn entry_of(ns: &str, key: &str, entry: &EphemeralEntry) -> converge_entry {
    converge_entry {
        ns: converge_str::of(ns),
        key: converge_str::of(key),
        value: entry.value.as_ref().map_or(converge_value::NULL, |value| converge_value::of(value.as_ref())),
        removed: entry.value.is_none().into(),
        timestamp: entry.timestamp,
        peer: converge_str::of(&entry.peer),
        age_ms: entry.age_ms,
    }
}

pub(crate) fn list_of_entries(batch: EphemeralBatch) -> Result<converge_entries> {
    List::of(batch, |_, batch| batch.iter().flat_map(|(ns, keys)| keys.iter().map(move |(key, entry)| entry_of(ns, key, entry))).collect())
}

fn list_of_keys(ns: String, keys: Vec<(String, EphemeralEntry)>) -> Result<converge_entries> {
    List::of((ns, keys), |_, (ns, keys)| keys.iter().map(|(key, entry)| entry_of(ns, key, entry)).collect())
}

/// Makes an empty store. `options` may be `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_new(
    options: *const converge_ephemeral_options,
    store: *mut converge_ephemeral,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let store = out(store, "store")?;
            store.set(Handle::make(EphemeralStore::new(ephemeral_options(options)?)?)?);
            Ok(())
        })
    }
}

/// Closes a store: readers of changes are told. Every later call but free is `CONVERGE_STATUS_CLOSED`; closing again does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_close(store: converge_ephemeral, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || store.get()?.close()) }
}

/// Frees a handle; nothing for `{ 0 }`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_free(store: converge_ephemeral) -> converge_status {
    // SAFETY: there is no pointer.
    unsafe { guard(std::ptr::null_mut(), || store.free()) }
}

/// The peer under which it writes, as text to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_peer(
    store: converge_ephemeral,
    peer: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let peer = out(peer, "peer")?;
            peer.give(store.get()?.peer()?.as_str());
            Ok(())
        })
    }
}

/// The time to live in milliseconds, or `CONVERGE_TTL_NONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_ttl_ms(
    store: converge_ephemeral,
    ttl_ms: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let ttl_ms = out(ttl_ms, "ttl_ms")?;
            ttl_ms.set(store.get()?.ttl_ms()?.unwrap_or(CONVERGE_TTL_NONE));
            Ok(())
        })
    }
}

/// The number of entries, removed ones and those that wait for `converge_ephemeral_expire()` included, and their bytes. Either may be
/// `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_size(
    store: converge_ephemeral,
    entries: *mut u64,
    bytes: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let store = store.get()?;
            let (found_entries, found_bytes) = (store.entries()?, store.bytes()?);
            put(entries, found_entries as u64);
            put(bytes, found_bytes as u64);
            Ok(())
        })
    }
}

/// Writes a value under the own peer. `*stored` (unless `NULL`) says whether it was stored: it is not where a greater or equal entry is.
/// `timestamp` is in milliseconds since the Unix epoch; with `NULL` the store stamps the entry so that it is stored.
///
/// `CONVERGE_STATUS_INVALID_ARGUMENT`, `_INVALID_VALUE`, `_LIMIT_EXCEEDED` (a name, the value, or the store is full), `_FROM_THE_FUTURE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_set(
    store: converge_ephemeral,
    ns: converge_str,
    key: converge_str,
    value: converge_value,
    timestamp: *const f64,
    stored: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let done =
                store.get()?.set(text(ns, "ns")?, text(key, "key")?, crate::value::value(value)?, optional(timestamp, "timestamp")?)?;
            put(stored, done);
            Ok(())
        })
    }
}

/// Removes a key, by the rules and with the statuses of `converge_ephemeral_set()`. The removal is an entry like any other: it is sent,
/// ages, and ends at the time to live. Until then no older entry comes back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_remove(
    store: converge_ephemeral,
    ns: converge_str,
    key: converge_str,
    timestamp: *const f64,
    stored: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let done = store.get()?.remove(text(ns, "ns")?, text(key, "key")?, optional(timestamp, "timestamp")?)?;
            put(stored, done);
            Ok(())
        })
    }
}

/// The entry that shows at a key: a list of one, or of none. Its age is not told (0).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_get(
    store: converge_ephemeral,
    ns: converge_str,
    key: converge_str,
    entries: *mut converge_entries,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entries = out(entries, "entries")?;
            let (ns, key) = (text(ns, "ns")?, text(key, "key")?);
            let entry = store.get()?.get(ns, key)?;
            entries.set(list_of_keys(ns.to_owned(), entry.map(|entry| (key.to_owned(), entry)).into_iter().collect())?);
            Ok(())
        })
    }
}

/// The entries that show in a namespace, sorted by key. Their ages are not told (0).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_get_all(
    store: converge_ephemeral,
    ns: converge_str,
    entries: *mut converge_entries,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let entries = out(entries, "entries")?;
            let ns = text(ns, "ns")?;
            entries.set(list_of_keys(ns.to_owned(), store.get()?.get_all(ns)?)?);
            Ok(())
        })
    }
}

/// The namespaces that show an entry, sorted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_namespaces(
    store: converge_ephemeral,
    namespaces: *mut converge_names,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let namespaces = out(namespaces, "namespaces")?;
            namespaces.set(list_of_names(store.get()?.namespaces()?)?);
            Ok(())
        })
    }
}

/// Removes what has reached the time to live, and says what went (`entries` may be `NULL`). Nobody sees it before either; this frees its
/// room, and tells readers of changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_expire(
    store: converge_ephemeral,
    entries: *mut converge_entries,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let went = store.get()?.expire()?;
            if !entries.is_null() {
                put(entries, list_of_entries(went)?);
            }
            Ok(())
        })
    }
}

/// Hides what a departed peer wrote, key by key, up to the timestamp it has now. Gives the removals that it made (`entries` may be `NULL`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_remove_peer(
    store: converge_ephemeral,
    peer: converge_str,
    entries: *mut converge_entries,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let went = store.get()?.remove_peer(text(peer, "peer")?)?;
            if !entries.is_null() {
                put(entries, list_of_entries(went)?);
            }
            Ok(())
        })
    }
}

/// Lets time pass on both clocks of a store with `CONVERGE_CLOCK_MANUAL`, in milliseconds. For tests and simulations.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_advance(
    store: converge_ephemeral,
    ms: u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || store.get()?.advance(ms)) }
}

/// Sets the time of day of a store with `CONVERGE_CLOCK_MANUAL`, in milliseconds since the Unix epoch; no time passes. For tests and
/// simulations.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_set_wall(
    store: converge_ephemeral,
    ms: i64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || store.get()?.set_wall(ms)) }
}

/// Recomputes every invariant the slow way. For tests.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_ephemeral_check(store: converge_ephemeral, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || store.get()?.check()) }
}
