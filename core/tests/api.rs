//! The door for applications and bindings: every method called, and what holds between threads, transactions, readers and closed handles.
#![cfg(feature = "system")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "api/bulk.rs"]
mod bulk;
#[path = "api/changes.rs"]
mod changes;
#[path = "api/closing.rs"]
mod closing;
#[path = "api/doc.rs"]
mod doc;
#[path = "api/ephemeral.rs"]
mod ephemeral;
#[path = "api/history.rs"]
mod history;
#[cfg(feature = "json")]
#[path = "api/json.rs"]
mod json;
#[path = "api/scan.rs"]
mod scan;
#[path = "api/sync.rs"]
mod sync;
#[path = "api/threads.rs"]
mod threads;
#[path = "api/transaction.rs"]
mod transaction;

use convergedb::api::{Doc, OpenOptions};
use convergedb::{ErrorKind, PeerId, Result};
use std::time::Duration;

/// Long enough that whoever ought to wait is seen waiting.
const A_WHILE: Duration = Duration::from_millis(50);
/// Nothing here takes so long: what does hangs.
const LONG: Duration = Duration::from_secs(30);

/// A document in memory of a peer of this name.
fn doc_of(peer: &str) -> Doc {
    Doc::new(OpenOptions::new().peer(PeerId::new(peer).unwrap())).unwrap()
}

/// The kind of the error that a call ought to give.
#[track_caller]
fn kind<T>(result: Result<T>) -> ErrorKind {
    match result {
        Ok(_) => panic!("the call ought to fail"),
        Err(error) => error.kind(),
    }
}
