use crate::raw::Out;
use std::ptr;

/// Bytes or text that the caller owns: free them with `converge_bytes_free()`, once. One more byte follows them, which is 0, so text
/// without NUL inside is a C string; so empty ones hold memory too, and are freed like any other.
///
/// It is an address, not a handle: of two copies of the struct free one. Freeing the other is a double free, which nothing can tell.
#[repr(C)]
pub struct converge_bytes {
    /// The first byte; `NULL` once freed.
    pub data: *mut u8,
    /// The number of bytes.
    pub len: usize,
}

/// Bytes that the caller is to free.
pub(crate) fn owned(bytes: impl Into<Vec<u8>>) -> converge_bytes {
    let mut bytes = bytes.into();
    let len = bytes.len();
    bytes.reserve_exact(1);
    bytes.push(0);
    converge_bytes { data: Box::into_raw(bytes.into_boxed_slice()).cast::<u8>(), len }
}

impl Out<converge_bytes> {
    /// Hands over `bytes`.
    pub(crate) fn give(self, bytes: impl Into<Vec<u8>>) {
        self.set(owned(bytes));
    }
}

/// Frees what the library gave, and empties it: freeing the same struct again, or `NULL`, does nothing; a copy of it still says the old
/// address, and is not to be freed or read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_bytes_free(bytes: *mut converge_bytes) {
    // SAFETY: it is NULL or the caller's, who says that it came from the library and is as it came.
    let Some(bytes) = (unsafe { bytes.as_mut() }) else { return };
    let (data, len) = (std::mem::replace(&mut bytes.data, ptr::null_mut()), std::mem::take(&mut bytes.len));
    if !data.is_null() {
        // SAFETY: `give` made it as a boxed slice with one byte more.
        drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(data, len.wrapping_add(1))) });
    }
}
