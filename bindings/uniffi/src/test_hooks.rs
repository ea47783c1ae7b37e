//! What panics on purpose, for tests: a second build has it, what is shipped does not.

#![allow(clippy::panic)]

use crate::doc::Doc;
use crate::error::Result;

#[uniffi::export]
impl Doc {
    /// Panics while the document's lock is held.
    pub fn panic_in_doc(&self) -> Result<()> {
        Ok(self.0.with(|_| panic!("a test asked for a panic in the document"))?)
    }
}

/// Panics outside of every object.
#[uniffi::export]
pub fn panic_outside() -> Result<()> {
    panic!("a test asked for a panic beside the document")
}

/// An error of this number, with every field set, each to another value. No package knows the name.
#[uniffi::export]
pub fn fail_with(number: i32) -> Result<()> {
    Err(crate::error::Failure::Failed {
        number,
        name: "newer_kind".to_owned(),
        text: "a test asked for it".to_owned(),
        event_id: Some(crate::events::EventId { peer: "p".to_owned(), counter: 1 }),
        peer: Some("q".to_owned()),
        limit: Some(2),
        offset: Some(3),
        path: Some("x".to_owned()),
    })
}
