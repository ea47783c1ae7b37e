//! libconverge: the C library of converge. It adapts `convergedb::api` and knows nothing else: a function converts its arguments, makes
//! one call, and converts what comes of it.
//!
//! The header, `include/converge.h`, comes from here by cbindgen, comments included; what holds for every function stands at its head
//! (`cbindgen.toml`). `unsafe` is at home in four small files, [`raw`] (pointers in and out), [`list`] and [`bytes`] (what is handed
//! over), [`slots`] (what handles name), and in the entry points, which call them; [`guard`] stops panics, and [`table`] checks handles.
//!
//! # Safety
//!
//! Of every entry point: each pointer argument is `NULL`, or valid for what its type and length say, for the time of the call; what is
//! freed came from this library. A handle may be any number.

#![allow(non_camel_case_types)]
// The rules are the same for all entry points and stand above, and at the head of the header: not a hundred times.
#![allow(clippy::missing_safety_doc)]

#[cfg(not(panic = "unwind"))]
compile_error!("libconverge catches panics at its boundary: build it with panic = \"unwind\"");

// In the order of the header; blank lines keep it so.
mod version;

mod status;

mod error;

mod text;

mod limits;

mod bytes;

mod value;

mod lists;

mod events;

mod patches;

mod doc;

mod doc_write;

mod transaction;

mod doc_read;

mod scan;

mod changes;

mod doc_sync;

mod doc_history;

mod doc_json;

#[cfg(feature = "sqlite")]
mod doc_file;

mod ephemeral;

mod ephemeral_sync;

mod ephemeral_changes;

mod ephemeral_json;

#[cfg(feature = "test-hooks")]
mod test_hooks;

mod guard;
mod list;
mod options;
mod raw;
mod slots;
mod table;
mod waker;
