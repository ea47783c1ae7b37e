//! What panics on purpose, for tests: a second build has it, what is shipped does not, and neither does the header.

#![allow(clippy::panic)]

use crate::doc::converge_doc;
use crate::ephemeral::converge_ephemeral;
use crate::error::converge_error;
use crate::guard::guard;
use crate::status::converge_status;
use crate::table::Handle;

/// Panics while the document's lock is held.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_test_panic_in_doc(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe { guard(error, || doc.get()?.with(|_| panic!("a test asked for a panic in the document"))) }
}

/// Panics outside of the document's lock, while the handle is in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_test_panic_at_doc(doc: converge_doc, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let _held = doc.get()?;
            panic!("a test asked for a panic beside {}", "the document")
        })
    }
}

/// Panics while the handle of an ephemeral store is in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_test_panic_at_ephemeral(store: converge_ephemeral, error: *mut *mut converge_error) -> converge_status {
    // SAFETY: every pointer is one that the caller promised; see the crate's head.
    unsafe {
        guard(error, || {
            let _held = store.get()?;
            std::panic::panic_any(7)
        })
    }
}
