use crate::bytes::converge_bytes;
use crate::error::converge_error;
use crate::guard::guard;
use crate::options::{self, Options};
use crate::raw::{invalid, out, slice, text};
use crate::status::converge_status;
use crate::table::{Handle, handle};
use crate::text::converge_str;
use convergedb::api::{Doc, OpenOptions};
use convergedb::{DocumentId, PeerId, Result};

/// A document: tables of rows, and every write that made them. Any thread may use it; calls on one document take turns.
///
/// Made by `converge_doc_new()`, `converge_doc_open()` or `converge_doc_decode()`, freed once by `converge_doc_free()`. Transactions and
/// scans keep it alive. While a transaction is open, calls on the document wait for its end; on the thread that began it they are
/// `CONVERGE_STATUS_INVALID_ARGUMENT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_doc {
    /// 0 for none; otherwise the library's.
    pub id: u64,
}

handle!(converge_doc, Doc, 1, Doc);

/// How a document is made or opened. Zero it, set `size` to its `sizeof`, then what is wanted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_open_options {
    /// `sizeof(converge_open_options)`.
    pub size: u32,
    /// Whether each local transaction is stamped with the time of day, for people to see in the history. It orders nothing.
    pub wall_clock: u8,
    /// Opens for reading only. For files.
    pub read_only: u8,
    /// Fails where there is no file, instead of making one. For files.
    pub must_exist: u8,
    /// One of the `CONVERGE_DURABILITY_…` numbers. For files.
    pub durability: u8,
    /// Writes under this peer id, at most 1,024 bytes. No other replica may write under it, ever; empty, the default, is a random one (for
    /// a file: the one it has), and the safe choice.
    pub peer: converge_str,
    /// Makes this document: 32 hexadecimal digits. Empty: a random one, or the one that is merged first.
    pub document: converge_str,
    /// The most events that wait for others; 0 is 100,000.
    pub waiting_events: u64,
    /// The most bytes that wait for others; 0 is 64 MiB.
    pub waiting_bytes: u64,
    /// The folder where a file's mark lies, which must not be in backups; empty: beside the file. For files.
    pub mark_folder: converge_str,
}

/// A write returns once it is on disk. The default.
pub const CONVERGE_DURABILITY_FULL: u8 = 0;
/// A write returns before it is on disk: a power cut may take the newest ones, but nothing that another replica was told.
pub const CONVERGE_DURABILITY_RELAXED: u8 = 1;

// SAFETY: repr(C), the size first, and only numbers and pointers.
unsafe impl Options for converge_open_options {
    const FIRST_SIZE: usize = options::end_of!(converge_open_options, mark_folder: converge_str);
    const ZEROED: converge_open_options = converge_open_options {
        size: 0,
        wall_clock: 0,
        read_only: 0,
        must_exist: 0,
        durability: 0,
        peer: converge_str::EMPTY,
        document: converge_str::EMPTY,
        waiting_events: 0,
        waiting_bytes: 0,
        mark_folder: converge_str::EMPTY,
    };
}

/// Options as the engine takes them.
///
/// # Safety
///
/// `options` is NULL or readable for the size that it says, and so is what it points to.
pub(crate) unsafe fn open_options(options: *const converge_open_options) -> Result<OpenOptions> {
    // SAFETY: as promised.
    unsafe {
        let given = options::read(options, "options")?;
        let mut options = OpenOptions::new().wall_clock(given.wall_clock != 0);
        let (peer, document) = (text(given.peer, "options.peer")?, text(given.document, "options.document")?);
        if !peer.is_empty() {
            options = options.peer(PeerId::new(peer)?);
        }
        if !document.is_empty() {
            options = options.document(DocumentId::parse(document)?);
        }
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        if given.waiting_events != 0 {
            options = options.waiting_events(count(given.waiting_events));
        }
        if given.waiting_bytes != 0 {
            options = options.waiting_bytes(count(given.waiting_bytes));
        }
        of_files(options, given)
    }
}

/// The options that are for files alone.
///
/// # Safety
///
/// What it points to is readable.
#[cfg(feature = "sqlite")]
unsafe fn of_files(options: OpenOptions, given: converge_open_options) -> Result<OpenOptions> {
    use convergedb::api::Durability;
    let durability = match given.durability {
        CONVERGE_DURABILITY_FULL => Durability::Full,
        CONVERGE_DURABILITY_RELAXED => Durability::Relaxed,
        number => return Err(invalid(format!("`options.durability` is {number}, which is none"))),
    };
    let options = options.read_only(given.read_only != 0).must_exist(given.must_exist != 0).durability(durability);
    // SAFETY: as promised.
    let folder = unsafe { crate::raw::text_within(given.mark_folder, crate::raw::PATH_BYTES_MAX, "options.mark_folder") }?;
    Ok(if folder.is_empty() { options } else { options.mark_folder(folder) })
}

#[cfg(not(feature = "sqlite"))]
unsafe fn of_files(options: OpenOptions, given: converge_open_options) -> Result<OpenOptions> {
    match given.durability {
        CONVERGE_DURABILITY_FULL | CONVERGE_DURABILITY_RELAXED => Ok(options),
        number => Err(invalid(format!("`options.durability` is {number}, which is none"))),
    }
}

/// Makes a new, empty document in memory. `options` may be `NULL`. `CONVERGE_STATUS_INVALID_ARGUMENT` or `_LIMIT_EXCEEDED` for the options;
/// `_STORAGE` when the system gives no random numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_new(
    options: *const converge_open_options,
    doc: *mut converge_doc,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let doc = out(doc, "doc")?;
            doc.set(Handle::make(Doc::new(open_options(options)?)?)?);
            Ok(())
        })
    }
}

/// Makes a document in memory of the `bytes_len` bytes that `converge_doc_encode_replica()` or `converge_doc_encode_state()` gave.
///
/// With `options->peer` given as the stored peer id it resumes as that peer: safe only where the bytes are the latest of it, and nobody
/// else resumes too. Without, it is a new replica of the same document under a fresh peer id.
///
/// `CONVERGE_STATUS_MALFORMED` or `_UNSUPPORTED_VERSION` for the bytes, `_OTHER_DOCUMENT` when `options` names another document.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_decode(
    bytes: *const u8,
    bytes_len: usize,
    options: *const converge_open_options,
    doc: *mut converge_doc,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let doc = out(doc, "doc")?;
            let bytes = slice(bytes, bytes_len, "bytes")?.to_vec();
            doc.set(Handle::make(Doc::decode(bytes, open_options(options)?)?)?);
            Ok(())
        })
    }
}

/// Closes a document: what was written is kept, a file is let go of, readers of changes are told after the changes that are queued. Every
/// later call but free is `CONVERGE_STATUS_CLOSED`; closing again does nothing.
///
/// `CONVERGE_STATUS_INVALID_ARGUMENT` while this thread has a transaction open on it, which changes nothing (another thread's is awaited);
/// `_STORAGE` when the file refused at the end: the document is closed all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_close(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.close()) }
}

/// Frees a handle; nothing for `{ 0 }`. The document closes with the last of it, its transactions and its scans, and what the file says
/// then is lost: close it before to hear that.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_free(doc: converge_doc) -> converge_status {
    // SAFETY: there is no pointer.
    unsafe { guard(std::ptr::null_mut(), || doc.free()) }
}

/// The peer id that this replica writes under, as text to be freed. A write may change it; see `converge_doc_needs_fresh_peer()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_peer(
    doc: converge_doc,
    peer: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let peer = out(peer, "peer")?;
            peer.give(doc.get()?.peer()?.as_str());
            Ok(())
        })
    }
}

/// The document that this is a replica of, as 32 hexadecimal digits to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_document_id(
    doc: converge_doc,
    document: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let document = out(document, "document")?;
            document.give(doc.get()?.document_id()?.to_string());
            Ok(())
        })
    }
}

/// Whether the next write goes on under a fresh peer id, because a message showed events under this one that this replica did not make: the
/// app was reinstalled, or a backup restored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_needs_fresh_peer(
    doc: converge_doc,
    needs: *mut bool,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let needs = out(needs, "needs")?;
            needs.set(doc.get()?.needs_fresh_peer()?);
            Ok(())
        })
    }
}

/// The number of applied events.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_events(doc: converge_doc, events: *mut u64, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            events.set(doc.get()?.events()?);
            Ok(())
        })
    }
}

/// The number of events that wait for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_waiting_events(
    doc: converge_doc,
    events: *mut u64,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let events = out(events, "events")?;
            events.set(doc.get()?.waiting_events()?);
            Ok(())
        })
    }
}

/// A time-ordered id for a new row, unique among all devices: 15 characters, as text to be freed, that sort by the time of day, then
/// randomly. Two phones that both name a row "1" merge two things into one; this is how to avoid it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_doc_new_row_id(
    doc: converge_doc,
    row_id: *mut converge_bytes,
    error: *mut *mut converge_error,
) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let row_id = out(row_id, "row_id")?;
            row_id.give(doc.get()?.new_row_id()?);
            Ok(())
        })
    }
}
