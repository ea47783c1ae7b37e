use crate::bytes::{converge_bytes, converge_bytes_free};
use crate::raw::{self, Out, invalid, text, text_within};
use crate::text::converge_str;
use convergedb::limits::{TRANSACTION_CELLS_MAX, VALUE_BYTES_MAX};
use convergedb::{Result, Value, ValueRef};

/// Nothing, as a value of its own. A zeroed `converge_value` is it.
pub const CONVERGE_KIND_NULL: i32 = 0;
/// True or false: `as.boolean`.
pub const CONVERGE_KIND_BOOL: i32 = 1;
/// A signed 64-bit integer: `as.integer`.
pub const CONVERGE_KIND_INT: i32 = 2;
/// A finite 64-bit float, whose bits are kept: `as.real`.
pub const CONVERGE_KIND_FLOAT: i32 = 3;
/// UTF-8 text of at most 1 MiB, which may hold NUL: `as.text`.
pub const CONVERGE_KIND_STR: i32 = 4;
/// At most 1 MiB of bytes: `as.bytes`.
pub const CONVERGE_KIND_BYTES: i32 = 5;

/// Bytes that are borrowed: as an argument for the call, inside a list for as long as the list lives.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_data {
    /// The first byte. Where `len` is 0 it is not to be read, `NULL` or not.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
}

/// What a value holds: the member that its kind names.
#[repr(C)]
#[derive(Clone, Copy)]
pub union converge_value_as {
    /// Of `CONVERGE_KIND_BOOL`: 0 is false, anything else true.
    pub boolean: u8,
    /// Of `CONVERGE_KIND_INT`.
    pub integer: i64,
    /// Of `CONVERGE_KIND_FLOAT`.
    pub real: f64,
    /// Of `CONVERGE_KIND_STR`.
    pub text: converge_str,
    /// Of `CONVERGE_KIND_BYTES`.
    pub bytes: converge_data,
}

/// What a cell holds. Two values are equal when kind and bits are: Int 1 is not Float 1.0, and 0.0 is not -0.0.
///
/// As an argument it is borrowed for the call; inside a list it lives as long as that. Only one that `converge_doc_get()` and its like
/// wrote is freed, by `converge_value_free()`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_value {
    /// One of the `CONVERGE_KIND_…` numbers.
    pub kind: i32,
    /// What it holds; nothing is read of it for `CONVERGE_KIND_NULL`.
    pub r#as: converge_value_as,
}

/// A column and its value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_cell {
    /// The column.
    pub col: converge_str,
    /// The value.
    pub value: converge_value,
}

/// A cell of some row and its new value, for many updates at once.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_update {
    /// The row.
    pub row_id: converge_str,
    /// The column.
    pub col: converge_str,
    /// The value.
    pub value: converge_value,
}

/// Frees what `converge_doc_get()`, `converge_transaction_get()` wrote, and makes it Null: freeing it again, or `NULL`, does nothing. Not
/// for values that a list holds or that the caller made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_value_free(value: *mut converge_value) {
    // SAFETY: it is NULL or the caller's.
    let Some(value) = (unsafe { value.as_mut() }) else { return };
    let freed = std::mem::replace(value, converge_value::NULL);
    if freed.kind == CONVERGE_KIND_STR || freed.kind == CONVERGE_KIND_BYTES {
        // SAFETY: text and bytes have the same layout, and `give` made it as a boxed slice.
        let mut bytes = unsafe { converge_bytes { data: freed.r#as.bytes.data.cast_mut(), len: freed.r#as.bytes.len } };
        // SAFETY: it came from the library.
        unsafe { converge_bytes_free(&raw mut bytes) };
    }
}

impl converge_value {
    pub(crate) const NULL: converge_value = converge_value { kind: CONVERGE_KIND_NULL, r#as: converge_value_as { integer: 0 } };

    /// Points into `value`, which the caller keeps.
    pub(crate) fn of(value: ValueRef<'_>) -> converge_value {
        let (kind, r#as) = match value {
            ValueRef::Null => return converge_value::NULL,
            // The rest of the union is written too, so that whoever copies or compares it reads no noise.
            ValueRef::Bool(boolean) => {
                (CONVERGE_KIND_BOOL, converge_value_as { integer: i64::from_ne_bytes([boolean.into(), 0, 0, 0, 0, 0, 0, 0]) })
            }
            ValueRef::Int(integer) => (CONVERGE_KIND_INT, converge_value_as { integer }),
            ValueRef::Float(real) => (CONVERGE_KIND_FLOAT, converge_value_as { real }),
            ValueRef::Str(text) => (CONVERGE_KIND_STR, converge_value_as { text: converge_str::of(text) }),
            ValueRef::Bytes(bytes) => (CONVERGE_KIND_BYTES, converge_value_as { bytes: converge_data::of(bytes) }),
        };
        converge_value { kind, r#as }
    }
}

impl converge_data {
    pub(crate) fn of(bytes: &[u8]) -> converge_data {
        converge_data { data: bytes.as_ptr(), len: bytes.len() }
    }
}

impl Out<converge_value> {
    /// Hands over a value that the caller frees.
    pub(crate) fn give(self, value: Value) {
        let owned = |bytes: Vec<u8>| {
            let converge_bytes { data, len } = crate::bytes::owned(bytes);
            converge_data { data, len }
        };
        self.set(match value {
            Value::Str(text) => {
                let converge_data { data, len } = owned(text.into_bytes());
                converge_value { kind: CONVERGE_KIND_STR, r#as: converge_value_as { text: converge_str { data: data.cast(), len } } }
            }
            Value::Bytes(bytes) => converge_value { kind: CONVERGE_KIND_BYTES, r#as: converge_value_as { bytes: owned(bytes) } },
            value => converge_value::of(value.as_ref()),
        });
    }
}

/// A value argument.
///
/// # Safety
///
/// What it points to is readable for as long as what is made of it is used.
#[inline]
pub(crate) unsafe fn value<'a>(value: converge_value) -> Result<ValueRef<'a>> {
    // SAFETY: as promised.
    unsafe { value_within(value, VALUE_BYTES_MAX) }
}

/// A value argument, whose text or bytes have a length of at most `most`.
///
/// # Safety
///
/// As [`value`].
#[inline]
pub(crate) unsafe fn value_within<'a>(value: converge_value, most: usize) -> Result<ValueRef<'a>> {
    // SAFETY: the kind says which member was written, and what it points to is readable.
    unsafe {
        Ok(match value.kind {
            CONVERGE_KIND_NULL => ValueRef::Null,
            CONVERGE_KIND_BOOL => ValueRef::Bool(value.r#as.boolean != 0),
            CONVERGE_KIND_INT => ValueRef::Int(value.r#as.integer),
            CONVERGE_KIND_FLOAT => ValueRef::Float(value.r#as.real),
            CONVERGE_KIND_STR => ValueRef::Str(text_within(value.r#as.text, most, "value")?),
            CONVERGE_KIND_BYTES => ValueRef::Bytes(raw::slice_within(value.r#as.bytes.data, value.r#as.bytes.len, most, "value")?),
            kind => return Err(invalid(format!("a value's kind is {kind}, which is none"))),
        })
    }
}

/// An array of cells as an argument.
///
/// # Safety
///
/// It is readable for its length, and so is what it points to, for as long as what is made of it is used.
pub(crate) unsafe fn cells<'a>(data: *const converge_cell, len: usize) -> Result<Vec<(&'a str, ValueRef<'a>)>> {
    // SAFETY: as promised.
    let cells = unsafe { raw::slice_within(data, len, TRANSACTION_CELLS_MAX, "cells") }?;
    // SAFETY: as promised.
    cells.iter().map(|cell| unsafe { Ok((text(cell.col, "col")?, value(cell.value)?)) }).collect()
}

/// An array of cells as an argument, owned.
///
/// # Safety
///
/// As [`cells`].
pub(crate) unsafe fn owned_cells(data: *const converge_cell, len: usize) -> Result<Vec<(String, Value)>> {
    // SAFETY: as promised.
    Ok(unsafe { cells(data, len) }?.into_iter().map(|(col, value)| (col.to_owned(), value.to_value())).collect())
}
