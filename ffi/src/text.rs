use std::ffi::c_char;

/// Text: `len` bytes of UTF-8 at `data`, which need not end in NUL and may hold NUL. As an argument it is borrowed for the call; inside a
/// list or an error it lives as long as that.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_str {
    /// The first byte. Where `len` is 0 it is not to be read, `NULL` or not.
    pub data: *const c_char,
    /// The number of bytes.
    pub len: usize,
}

impl converge_str {
    pub(crate) const EMPTY: converge_str = converge_str { data: std::ptr::null(), len: 0 };

    /// Points to `text`, which the caller keeps.
    pub(crate) fn of(text: &str) -> converge_str {
        converge_str { data: text.as_ptr().cast(), len: text.len() }
    }
}
