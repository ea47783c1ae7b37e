//! The UTF-8 of a str, borrowed from the str itself. The one place with `unsafe`.

#![allow(unsafe_code)]

use crate::error;
use core::ffi::c_char;
use core::slice;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

unsafe extern "C" {
    // It is in the limited API from 3.10 on only, so pyo3 has no name for it under abi3-py39; every CPython since 3.3 exports it, with this
    // signature. Without it each text would be encoded into a bytes object first, which costs more than the write itself.
    fn PyUnicode_AsUTF8AndSize(unicode: *mut ffi::PyObject, size: *mut ffi::Py_ssize_t) -> *const c_char;
}

/// The text of a str, which keeps its UTF-8 as long as it lives. `None` if it holds a lone surrogate.
#[inline]
pub(crate) fn utf8<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a str> {
    let mut size: ffi::Py_ssize_t = 0;
    // SAFETY: `text` is a str, and `'py` shows that this thread is attached. The result lives as long as the str, which `'a` borrows and
    // which never changes; it is `size` bytes of UTF-8.
    unsafe {
        let data = PyUnicode_AsUTF8AndSize(text.as_ptr(), &mut size);
        if data.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(core::str::from_utf8_unchecked(slice::from_raw_parts(data.cast::<u8>(), size as usize)))
    }
}

/// A name or text that a caller gave; `what` says which one in the message.
#[inline]
pub(crate) fn name<'a>(text: &'a Bound<'_, PyString>, what: &str) -> PyResult<&'a str> {
    utf8(text).ok_or_else(|| error::invalid_argument(text.py(), &format!("the {what} holds a lone surrogate, which is no text")))
}
