//! The calls that are made most, for Kotlin alone, beside what UniFFI exports.
//!
//! Kotlin's generated code passes structures of JNA by value, with a status and a clone of the handle for each call: tens of microseconds,
//! where the engine takes a tenth of one. Here a call is numbers only: an object, which of its calls (`direct_calls.rs`), and a buffer
//! that holds what is given, as `packed.rs` draws it, and afterwards what comes back.
//!
//! What stays as it is with UniFFI: an object is what UniFFI's own handle points at, counted by its `Arc`; a panic ends here; an error
//! crosses with all its fields, in the form that the generated code reads. Only what is too long for the buffer is left to UniFFI's
//! export of the same call. A call that has written something is never left to it, or it would be made twice.

#![allow(unsafe_code)]

use crate::direct_calls::Direct;
use crate::doc::Doc;
use crate::ephemeral::EphemeralStore;
use crate::error::Failure;
use crate::transaction::Transaction;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use uniffi::{Handle, Lower};

/// Less room than this is no room: what a write brings back always fits.
const ROOM_BYTES_MIN: usize = 256;

/// What a call returns beside the length of what it wrote into the buffer.
#[repr(i32)]
enum Code {
    /// What was asked for is not there.
    Nothing = -1,
    /// It does not fit; nothing was written. To be asked again by UniFFI's export.
    TooLong = -2,
    /// The buffer holds a [`Failure`] in UniFFI's form.
    Failed = -3,
    /// The buffer holds the text of a panic in UniFFI's form.
    Panicked = -4,
}

/// In UniFFI's form: the generated code reads it, which is of the same version.
pub(crate) fn lowered<T: Lower<crate::UniFfiTag>>(value: T) -> Vec<u8> {
    let mut bytes = Vec::new();
    T::write(value, &mut bytes);
    bytes
}

/// What a caller hands over: the place of its buffer, how much of that it filled, and how long it is.
struct Buffer {
    address: u64,
    length: u32,
    capacity: u32,
}

impl Buffer {
    fn place(&self) -> *mut u8 {
        // The address fitted into a pointer when it was made of one.
        std::ptr::with_exposed_provenance_mut(self.address as usize)
    }

    /// # Safety
    ///
    /// `length` bytes are readable at `address`, and nobody writes there while the result is used.
    unsafe fn given<'a>(&self) -> &'a [u8] {
        // SAFETY: the caller promises it.
        unsafe { slice::from_raw_parts(self.place(), self.length as usize) }
    }

    /// # Safety
    ///
    /// `capacity` bytes are writable at `address`, and nobody holds what `given` gave.
    unsafe fn fill(&self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.capacity as usize;
        if fits {
            // SAFETY: the caller promises the place, and `bytes` is an allocation of its own.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.place(), bytes.len()) };
        }
        fits
    }
}

/// # Safety
///
/// `object` is the handle of a live `T` and stays so until this returns. The buffer is a live one of the caller's, of at least `capacity`
/// bytes, which no other thread touches meanwhile.
unsafe fn call<T: Direct>(object: u64, number: u32, buffer: Buffer) -> i32 {
    if (buffer.capacity as usize) < ROOM_BYTES_MIN || buffer.length > buffer.capacity {
        return Code::TooLong as i32;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the caller promises a handle that is live throughout; this takes a share of it and gives that back.
        let object = unsafe { Handle::from_raw_unchecked(object).into_arc_borrowed::<T>() };
        // SAFETY: the caller promises the buffer, and writes nothing while it waits here.
        let packed = unsafe { buffer.given() };
        object.call(number, packed).map_err(lowered::<Failure>)
    }));
    let (code, bytes) = match outcome {
        Ok(Ok(Some(bytes))) => (bytes.len() as i32, bytes),
        Ok(Ok(None)) => return Code::Nothing as i32,
        Ok(Err(failure)) => (Code::Failed as i32, failure),
        Err(panic) => (Code::Panicked as i32, lowered(text_of(&*panic, buffer.capacity as usize))),
    };
    // SAFETY: the caller promises the buffer; what was given is read no more.
    if unsafe { buffer.fill(&bytes) } { code } else { Code::TooLong as i32 }
}

/// What a panic says, which always fits: a call that panicked is not to be made again.
fn text_of(panic: &(dyn Any + Send), capacity: usize) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    match text {
        Some(text) if text.len() + size_of::<i32>() <= capacity => text.to_owned(),
        _ => "what it said cannot be shown".to_owned(),
    }
}

/// # Safety
///
/// `object` is the handle of a live `T`, of which this share is used no more.
unsafe fn free<T>(object: u64) {
    // A panic while an object goes has nobody to go to.
    let _ = catch_unwind(|| {
        // SAFETY: the caller promises a handle, and gives its share away.
        drop(unsafe { Handle::from_raw_unchecked(object).into_arc::<T>() });
    });
}

macro_rules! exports {
    ($($object:ident: $call:ident, $free:ident;)*) => {$(
        /// Makes one of the object's calls: the length of what came back, or a [`Code`].
        ///
        /// # Safety
        ///
        /// `object` is a handle of such an object that UniFFI gave out, and its share is not freed before this returns. `capacity` bytes at
        /// `address` are readable and writable, the first `length` of them are set, and nobody else touches them before this returns.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $call(object: u64, number: u32, address: u64, length: u32, capacity: u32) -> i32 {
            // SAFETY: the caller promises it.
            unsafe { call::<$object>(object, number, Buffer { address, length, capacity }) }
        }

        /// Gives back a share of the object.
        ///
        /// # Safety
        ///
        /// `object` is a handle of such an object that UniFFI gave out, and this share of it is used no more.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $free(object: u64) {
            // SAFETY: the caller promises it.
            unsafe { free::<$object>(object) }
        }
    )*};
}

exports! {
    Doc: converge_uniffi_direct_doc, converge_uniffi_direct_free_doc;
    Transaction: converge_uniffi_direct_transaction, converge_uniffi_direct_free_transaction;
    EphemeralStore: converge_uniffi_direct_ephemeral, converge_uniffi_direct_free_ephemeral;
}
