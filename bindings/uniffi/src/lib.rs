//! What the Swift and Kotlin packages call: [`convergedb::api`] in types that UniFFI carries over, and nothing else.
//!
//! Nobody but those packages sees it. It converts values and names errors; what a call means is decided below it. Numbers and bounds that
//! do not fit are left to the engine to refuse.
//!
//! Objects end by `shut`, since `close` belongs to the code that is generated for Kotlin.

#![deny(unsafe_code)]
// An error crosses as it is, and is made once on the way out.
#![allow(clippy::result_large_err)]
// What crosses is public, as UniFFI wants it, but to no other crate.
#![allow(unreachable_pub)]

mod cells;
mod changes;
mod direct;
mod direct_calls;
mod doc;
mod doc_file;
mod doc_history;
mod doc_json;
mod doc_read;
mod doc_sync;
mod doc_write;
mod ephemeral;
mod ephemeral_changes;
mod ephemeral_json;
mod error;
mod events;
mod options;
mod packed;
mod patches;
mod scan;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod transaction;
mod value;
mod version;
mod waker;

uniffi::setup_scaffolding!();
