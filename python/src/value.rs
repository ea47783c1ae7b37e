use crate::error::{invalid_argument, invalid_value};
use crate::utf8::utf8;
use convergedb::{Value, ValueRef};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyMemoryView, PyNone, PyString};

/// A value that a caller gave. Text and bytes are kept as the objects that they came in, for [`borrow`](Held::borrow).
pub(crate) enum Held<'py> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Bound<'py, PyString>),
    Bytes(Bound<'py, PyBytes>),
}

impl Held<'_> {
    /// The value, as the engine takes it.
    #[inline]
    pub(crate) fn borrow(&self) -> PyResult<ValueRef<'_>> {
        Ok(match self {
            Held::Null => ValueRef::Null,
            Held::Bool(value) => ValueRef::Bool(*value),
            Held::Int(value) => ValueRef::Int(*value),
            Held::Float(value) => ValueRef::Float(*value),
            Held::Str(text) => {
                ValueRef::Str(utf8(text).ok_or_else(|| invalid_argument(text.py(), "a str with a lone surrogate is no text"))?)
            }
            Held::Bytes(bytes) => ValueRef::Bytes(bytes.as_bytes()),
        })
    }
}

/// Whether settling it runs no Python code but to raise.
#[inline]
pub(crate) fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_none()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyBytes>()
}

/// The value of an object. Nearly all are of exactly these types, which is a comparison of pointers.
#[inline]
pub(crate) fn settle<'py>(value: Bound<'py, PyAny>) -> PyResult<Held<'py>> {
    if value.is_exact_instance_of::<PyString>() {
        return Ok(Held::Str(value.cast_into::<PyString>()?));
    }
    if value.is_exact_instance_of::<PyInt>() {
        return int(&value);
    }
    if let Ok(number) = value.cast_exact::<PyFloat>() {
        return Ok(Held::Float(number.value()));
    }
    if value.is_none() {
        return Ok(Held::Null);
    }
    if let Ok(word) = value.cast_exact::<PyBool>() {
        return Ok(Held::Bool(word.is_true()));
    }
    settle_other(value)
}

#[inline]
fn int<'py>(value: &Bound<'py, PyAny>) -> PyResult<Held<'py>> {
    value.extract::<i64>().map(Held::Int).map_err(|error| too_large(value, error))
}

/// Bytes, subclasses, bytes-like objects, which are copied, and numbers of other libraries, which become Python's.
fn settle_other<'py>(value: Bound<'py, PyAny>) -> PyResult<Held<'py>> {
    let py = value.py();
    let value = match value.cast_into::<PyBytes>() {
        Ok(bytes) => return Ok(Held::Bytes(bytes)),
        Err(other) => other.into_inner(),
    };
    if value.is_instance_of::<PyString>() {
        return Ok(Held::Str(value.cast_into::<PyString>()?));
    }
    if value.is_instance_of::<PyInt>() {
        return int(&value);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(Held::Float(number.value()));
    }
    if value.is_instance_of::<PyByteArray>() || value.is_instance_of::<PyMemoryView>() {
        return Ok(Held::Bytes(py.get_type::<PyBytes>().call1((value,))?.cast_into::<PyBytes>()?));
    }
    // A scalar of numpy or of a library that follows it.
    if value.hasattr("dtype")? && value.hasattr("item")? && value.getattr("ndim").is_ok_and(|ndim| ndim.eq(0).unwrap_or(false)) {
        let item = value.call_method0("item")?;
        if !item.hasattr("dtype")? {
            return settle(item);
        }
    } else if let Ok(index) = py.import("operator")?.call_method1("index", (&value,)) {
        return int(&index);
    }
    let kind = value.get_type().name()?;
    Err(invalid_value(py, &format!("a value is None, bool, int, float, str or bytes; this is {kind}")))
}

#[cold]
fn too_large(value: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = value.py();
    if error.is_instance_of::<PyOverflowError>(py) { invalid_value(py, "an int is at least -2**63 and less than 2**63") } else { error }
}

/// The object of a value.
#[inline]
pub(crate) fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => PyNone::get(py).to_owned().into_any(),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Int(value) => value.into_pyobject(py)?.into_any(),
        Value::Float(value) => PyFloat::new(py, *value).into_any(),
        Value::Str(value) => PyString::new(py, value).into_any(),
        Value::Bytes(value) => PyBytes::new(py, value).into_any(),
    })
}
