use crate::error::converge_error;
use crate::status::{CONVERGE_STATUS_OK, converge_status, status_of};
use convergedb::{Error, ErrorKind, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of an entry point: an error or a panic becomes a status, and an error object where one is wanted.
///
/// # Safety
///
/// `error` is NULL or writable.
#[inline]
pub(crate) unsafe fn guard(error: *mut *mut converge_error, body: impl FnOnce() -> Result<()>) -> converge_status {
    // A panic leaves no object half changed: what was being called marks itself failed on the way (`Held`, and the engine's own locks).
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => CONVERGE_STATUS_OK,
        // SAFETY: as promised.
        Ok(Err(failure)) => unsafe { fail(error, failure) },
        // SAFETY: as promised.
        Err(payload) => unsafe { fail(error, panicked(payload)) },
    }
}

/// # Safety
///
/// `error` is NULL or writable.
#[cold]
unsafe fn fail(error: *mut *mut converge_error, failure: Error) -> converge_status {
    let status = status_of(failure.kind());
    if !error.is_null() {
        // SAFETY: it is writable, if perhaps not aligned, of which nobody could be told.
        unsafe { error.write_unaligned(Box::into_raw(Box::new(converge_error::new(failure)))) };
    }
    status
}

#[cold]
fn panicked(payload: Box<dyn Any + Send>) -> Error {
    let words = payload.downcast_ref::<&str>().map(|words| (*words).to_owned()).or_else(|| payload.downcast_ref::<String>().cloned());
    // Dropping it might panic again, and what that throws again: then it is let be.
    std::mem::forget(catch_unwind(AssertUnwindSafe(|| drop(payload))));
    Error::new(ErrorKind::Internal, format!("a panic inside was caught: {}", words.as_deref().unwrap_or("without words")))
}
