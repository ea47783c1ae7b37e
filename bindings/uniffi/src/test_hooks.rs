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

/// An error of a number that no package knows.
#[uniffi::export]
pub fn fail_with(number: i32) -> Result<()> {
    let (name, text) = ("newer_kind".to_owned(), "a test asked for it".to_owned());
    Err(crate::error::Failure::Failed { number, name, text, event_id: None, peer: None, limit: None, offset: None, path: None })
}
