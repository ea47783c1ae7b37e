//! The one door for applications and bindings: thread-safe objects over the engine, with the operating system's clocks and randomness.
//! Feature `system`.
//!
//! A [`Doc`] and an [`EphemeralStore`] may be used by any thread; calls on one of them take turns. Arguments are plain, results are
//! owned, and every call can fail: after [`Doc::close`] each is `closed`, and once a call has panicked each is `internal`.
//!
//! ```
//! use convergedb::api::{Doc, OpenOptions};
//!
//! # fn main() -> convergedb::Result<()> {
//! let (phone, laptop) = (Doc::new(OpenOptions::new())?, Doc::new(OpenOptions::new())?);
//! let id = phone.new_row_id()?;
//! phone.insert("todos", &id, &[("title", "milk".into()), ("done", false.into())])?;
//!
//! // Any transport will do: what one asks, the other answers, until there is no more.
//! while {
//!     let page = phone.encode_pending(&laptop.encode_request()?, Default::default())?;
//!     laptop.merge_update(&page.bytes)?;
//!     page.has_more
//! } {}
//! assert_eq!(laptop.get("todos", &id, "title")?, Some("milk".into()));
//! # Ok(())
//! # }
//! ```

mod changes;
mod doc;
#[cfg(feature = "sqlite")]
mod doc_file;
mod doc_history;
#[cfg(feature = "json")]
mod doc_json;
mod doc_read;
mod doc_sync;
mod doc_write;
#[cfg(feature = "sqlite")]
mod durability;
mod ephemeral;
mod ephemeral_changes;
#[cfg(feature = "json")]
mod ephemeral_json;
mod ephemeral_options;
#[cfg(feature = "sqlite")]
mod file;
#[cfg(not(feature = "sqlite"))]
#[path = "no_file.rs"]
mod file;
mod insert_many;
mod listener;
mod manual_clock;
mod open_doc;
mod options;
mod reader;
mod scan;
mod shared;
mod source;
mod system;
#[cfg(test)]
mod tests;
mod transaction;

pub use changes::Changes;
pub use doc::Doc;
#[cfg(feature = "sqlite")]
pub use doc_file::{FreshPeer, OpenReport};
pub use doc_history::LogPage;
#[cfg(feature = "sqlite")]
pub use durability::Durability;
pub use ephemeral::EphemeralStore;
pub use ephemeral_changes::EphemeralChanges;
pub use ephemeral_options::EphemeralOptions;
pub use options::OpenOptions;
pub use reader::Next;
pub use scan::{Scan, ScanRange};
pub use system::{SystemClock, SystemEntropy};
pub use transaction::Transaction;
