use convergedb::ErrorKind;
use std::ffi::c_char;

/// What came of a call: one of the `CONVERGE_STATUS_…` numbers. The numbers are for good; later versions may add some.
pub type converge_status = i32;

/// It worked.
pub const CONVERGE_STATUS_OK: i32 = 0;
/// An argument breaks a documented rule. Fix the call; a retry cannot help.
pub const CONVERGE_STATUS_INVALID_ARGUMENT: i32 = 1;
/// A value cannot be stored: a NaN or an infinity, or JSON that is no value.
pub const CONVERGE_STATUS_INVALID_VALUE: i32 = 2;
/// A bound was passed; which one: `converge_error_limit()`.
pub const CONVERGE_STATUS_LIMIT_EXCEEDED: i32 = 3;
/// The row of an insert shows already. Use upsert to write over it.
pub const CONVERGE_STATUS_ROW_EXISTS: i32 = 4;
/// The row of an update or delete does not show.
pub const CONVERGE_STATUS_ROW_NOT_FOUND: i32 = 5;
/// A message breaks its form. Nothing of it was applied; its sender is broken or hostile.
pub const CONVERGE_STATUS_MALFORMED: i32 = 6;
/// A message or file was written by a newer version.
pub const CONVERGE_STATUS_UNSUPPORTED_VERSION: i32 = 7;
/// An event id is taken by other content: two devices share a peer id. See `converge_error_event_id()` and `converge_doc_fork()`.
pub const CONVERGE_STATUS_CONFLICTING_EVENT: i32 = 8;
/// The message belongs to another document.
pub const CONVERGE_STATUS_OTHER_DOCUMENT: i32 = 9;
/// An ephemeral timestamp is too far ahead of the local wall clock.
pub const CONVERGE_STATUS_FROM_THE_FUTURE: i32 = 10;
/// The object was closed, or the transaction has ended.
pub const CONVERGE_STATUS_CLOSED: i32 = 11;
/// Another handle or process has the file open for writing.
pub const CONVERGE_STATUS_ALREADY_OPEN: i32 = 12;
/// Stored bytes are damaged; what can still be read can be salvaged.
pub const CONVERGE_STATUS_CORRUPT: i32 = 13;
/// The disk or the file system refused; the message has its words. After a write the outcome is unknown until the file is opened again,
/// and the document refuses to write until then.
pub const CONVERGE_STATUS_STORAGE: i32 = 14;
/// The replica was opened for reading only.
pub const CONVERGE_STATUS_READ_ONLY: i32 = 15;
/// A signature or hash does not hold.
pub const CONVERGE_STATUS_UNAUTHENTIC: i32 = 16;
/// A handle is not live, or of another type.
pub const CONVERGE_STATUS_INVALID_HANDLE: i32 = 17;
/// A panic inside was caught, now or before. The object is of no further use; free it.
pub const CONVERGE_STATUS_INTERNAL: i32 = 18;

/// The name of a status, such as `row_exists`: static text that ends in NUL; `unknown` for a number that this version does not know.
#[unsafe(no_mangle)]
pub extern "C" fn converge_status_name(status: converge_status) -> *const c_char {
    let name: &[u8] = match status {
        CONVERGE_STATUS_OK => b"ok\0",
        CONVERGE_STATUS_INVALID_ARGUMENT => b"invalid_argument\0",
        CONVERGE_STATUS_INVALID_VALUE => b"invalid_value\0",
        CONVERGE_STATUS_LIMIT_EXCEEDED => b"limit_exceeded\0",
        CONVERGE_STATUS_ROW_EXISTS => b"row_exists\0",
        CONVERGE_STATUS_ROW_NOT_FOUND => b"row_not_found\0",
        CONVERGE_STATUS_MALFORMED => b"malformed\0",
        CONVERGE_STATUS_UNSUPPORTED_VERSION => b"unsupported_version\0",
        CONVERGE_STATUS_CONFLICTING_EVENT => b"conflicting_event\0",
        CONVERGE_STATUS_OTHER_DOCUMENT => b"other_document\0",
        CONVERGE_STATUS_FROM_THE_FUTURE => b"from_the_future\0",
        CONVERGE_STATUS_CLOSED => b"closed\0",
        CONVERGE_STATUS_ALREADY_OPEN => b"already_open\0",
        CONVERGE_STATUS_CORRUPT => b"corrupt\0",
        CONVERGE_STATUS_STORAGE => b"storage\0",
        CONVERGE_STATUS_READ_ONLY => b"read_only\0",
        CONVERGE_STATUS_UNAUTHENTIC => b"unauthentic\0",
        CONVERGE_STATUS_INVALID_HANDLE => b"invalid_handle\0",
        CONVERGE_STATUS_INTERNAL => b"internal\0",
        _ => b"unknown\0",
    };
    name.as_ptr().cast()
}

pub(crate) fn status_of(kind: ErrorKind) -> converge_status {
    kind.number()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::ffi::CStr;

    /// Goal: statuses and kinds of errors never part. Method: each kind's number must have the kind's name here, and the next must be
    /// unknown.
    #[test]
    fn statuses_are_the_kinds_of_errors() {
        // SAFETY: the text is static and ends in NUL.
        let name = |status| unsafe { CStr::from_ptr(converge_status_name(status)) }.to_str().unwrap();
        for kind in ErrorKind::ALL {
            assert_eq!(name(status_of(kind)), kind.name());
        }
        assert_eq!(name(ErrorKind::ALL.len() as i32 + 1), "unknown");
        assert_eq!((name(0), name(-1)), ("ok", "unknown"));
    }
}
