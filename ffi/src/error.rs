use crate::raw::put;
use crate::status::{converge_status, status_of};
use crate::text::converge_str;
use convergedb::Error;

/// What went wrong: a status for programs, a message for people, and details. Made by a call that fails, owned by its caller, freed by
/// `converge_error_free()`. Any thread may read it. What its functions give lives as long as it does.
pub struct converge_error {
    error: Error,
    /// The message and everything beside it, with a NUL at the end.
    text: String,
}

impl converge_error {
    #[cold]
    pub(crate) fn new(error: Error) -> converge_error {
        // A name in the message may hold NUL; a C string cannot.
        let mut text = error.to_string().replace('\0', "\\0");
        text.push('\0');
        converge_error { error, text }
    }
}

/// The status that the call returned; `CONVERGE_STATUS_INVALID_ARGUMENT` for `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_status(error: *const converge_error) -> converge_status {
    // SAFETY: it is NULL or an error of the library.
    unsafe { error.as_ref() }.map_or(crate::status::CONVERGE_STATUS_INVALID_ARGUMENT, |error| status_of(error.error.kind()))
}

/// What went wrong and where, for people: not API. NUL follows it. Empty text for `NULL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_message(error: *const converge_error) -> converge_str {
    // SAFETY: it is NULL or an error of the library.
    let text = unsafe { error.as_ref() }.map_or("\0", |error| &error.text);
    converge_str { data: text.as_ptr().cast(), len: text.len() - 1 }
}

/// The event that it is about: writes `*peer` and `*counter` (either may be `NULL`) and returns true, or returns false if it is about none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_event_id(error: *const converge_error, peer: *mut converge_str, counter: *mut u64) -> bool {
    // SAFETY: it is NULL or an error of the library.
    let Some(id) = (unsafe { error.as_ref() }).and_then(|error| error.error.event_id()) else { return false };
    // SAFETY: both are NULL or writable.
    unsafe {
        put(peer, converge_str::of(&id.peer));
        put(counter, id.counter);
    }
    true
}

/// The peer that it is about: writes `*peer` (unless `NULL`) and returns true, or returns false if it is about none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_peer(error: *const converge_error, peer: *mut converge_str) -> bool {
    // SAFETY: the first is NULL or an error of the library, the other NULL or writable.
    unsafe { detail(error, peer, |error| error.peer().map(|peer| converge_str::of(peer))) }
}

/// The bound that was passed: writes `*limit` (unless `NULL`) and returns true, or returns false if none was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_limit(error: *const converge_error, limit: *mut u64) -> bool {
    // SAFETY: the first is NULL or an error of the library, the other NULL or writable.
    unsafe { detail(error, limit, Error::limit) }
}

/// Where in the input it lies, in bytes from its start: writes `*offset` (unless `NULL`) and returns true, or returns false if that is not
/// known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_offset(error: *const converge_error, offset: *mut u64) -> bool {
    // SAFETY: the first is NULL or an error of the library, the other NULL or writable.
    unsafe { detail(error, offset, Error::offset) }
}

/// The file that it is about, or the place inside a JSON text, such as `[0].ops[2].value`: writes `*path` (unless `NULL`) and returns true,
/// or returns false if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_path(error: *const converge_error, path: *mut converge_str) -> bool {
    // SAFETY: the first is NULL or an error of the library, the other NULL or writable.
    unsafe { detail(error, path, |error| error.path().map(converge_str::of)) }
}

/// Frees `*error` and sets it to `NULL`: freeing again, `NULL`, or a pointer to `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_error_free(error: *mut *mut converge_error) {
    // SAFETY: it is NULL or readable and writable.
    let Some(error) = (unsafe { error.as_mut() }) else { return };
    let error = std::mem::replace(error, std::ptr::null_mut());
    if !error.is_null() {
        // SAFETY: `guard` made it as a box.
        drop(unsafe { Box::from_raw(error) });
    }
}

/// # Safety
///
/// `error` is NULL or an error of the library, `place` NULL or writable.
unsafe fn detail<T>(error: *const converge_error, place: *mut T, read: impl FnOnce(&Error) -> Option<T>) -> bool {
    // SAFETY: as promised.
    let Some(found) = (unsafe { error.as_ref() }).and_then(|error| read(&error.error)) else { return false };
    // SAFETY: as promised.
    unsafe { put(place, found) };
    true
}
