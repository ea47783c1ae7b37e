use crate::give;
use convergedb::{Error, ErrorKind};
use core::any::Any;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use std::panic::{AssertUnwindSafe, catch_unwind};

static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The Python exception for an error: the class of its kind, with its fields.
#[cold]
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    match make(py, error) {
        Ok(exception) => PyErr::from_value(exception),
        // For want of memory, or at the interpreter's end.
        Err(_) => PyRuntimeError::new_err(error.to_string()),
    }
}

fn make<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let make = MAKE.get_or_try_init(py, || Ok::<_, PyErr>(py.import("convergedb._errors")?.getattr("make")?.unbind()))?;
    let fields = PyDict::new(py);
    if let Some(id) = error.event_id() {
        fields.set_item("event_id", give::event_id(py, id)?)?;
    }
    if let Some(peer) = error.peer() {
        fields.set_item("peer", peer.as_str())?;
    }
    if let Some(limit) = error.limit() {
        fields.set_item("limit", limit)?;
    }
    if let Some(offset) = error.offset() {
        fields.set_item("offset", offset)?;
    }
    if let Some(path) = error.path() {
        fields.set_item("path", path)?;
    }
    let text = error.to_string();
    let message = text.strip_prefix(error.kind().name()).and_then(|text| text.strip_prefix(": ")).unwrap_or(&text);
    make.bind(py).call1((error.kind().number(), error.kind().name(), PyString::new(py, message), fields))
}

#[cold]
pub(crate) fn invalid_argument(py: Python<'_>, message: &str) -> PyErr {
    raise(py, &Error::new(ErrorKind::InvalidArgument, message))
}

#[cold]
pub(crate) fn invalid_value(py: Python<'_>, message: &str) -> PyErr {
    raise(py, &Error::new(ErrorKind::InvalidValue, message))
}

/// Runs a conversion of what a caller gave. A panic in it would reach Python as a `BaseException`; it is `Internal` instead.
pub(crate) fn caught<T>(py: Python<'_>, convert: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(convert)).unwrap_or_else(|panic| Err(raise(py, &panicked(&*panic))))
}

#[cold]
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let words = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::new(ErrorKind::Internal, format!("a call panicked: {}", words.unwrap_or("it does not say why")))
}
