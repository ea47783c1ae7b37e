//! converge: tables of rows that any number of devices write offline and merge without conflict.
//!
//! A [`CrdtDoc`] is one replica of a document. Every insert, update and delete is an [`Event`] in a causal graph with Lamport times;
//! what shows is a pure function of the *set* of applied events: column by column the newest write wins, a delete beats what is
//! concurrent with it. So replicas that have seen the same writes show the same rows, whatever way and order they came in.
//!
//! ```
//! use convergedb::{CrdtDoc, DocOptions, ValueRef};
//!
//! # fn main() -> convergedb::Result<()> {
//! let mut phone = CrdtDoc::new(DocOptions::seeded(1)); // an application uses DocOptions::new(SystemEntropy)
//! let mut laptop = CrdtDoc::new(DocOptions::seeded(2));
//! phone.insert("todos", "1", &[("title", "milk".into()), ("done", false.into())])?;
//! laptop.merge_remote(&phone.get_pending(&laptop.versions())?.runs)?;
//!
//! phone.update("todos", "1", "done", true)?; // offline, at the same time …
//! laptop.update("todos", "1", "title", "oat milk")?;
//! laptop.merge_remote(&phone.get_pending(&laptop.versions())?.runs)?; // … and then they meet
//! phone.merge_remote(&laptop.get_pending(&phone.versions())?.runs)?;
//!
//! assert_eq!(phone.get("todos", "1", "title"), Some(ValueRef::Str("oat milk")));
//! assert_eq!(laptop.get("todos", "1", "done"), Some(ValueRef::Bool(true)));
//! assert_eq!(phone.digest(), laptop.digest());
//! # Ok(())
//! # }
//! ```
//!
//! An [`EphemeralStore`] holds what need not last: cursors, presence, game state.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

/// The README, whose examples run as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

#[cfg(feature = "system")]
pub mod api;
pub mod clock;
#[deny(clippy::indexing_slicing)]
mod codec;
mod doc;
mod ephemeral;
mod error;
mod graph;
#[cfg(feature = "json")]
#[deny(clippy::indexing_slicing)]
pub mod json;
pub mod limits;
mod merge;
mod names;
mod oplog;
pub mod store;
mod types;

pub use doc::{
    Change, ChangeFilter, ChangePatch, ColumnHandle, Commit, CrdtDoc, DocOptions, DocStore, Drained, EventRange, LogEnd, Opened, Origin,
    Page, PageLimit, Replica, RowHandle, RowRange, RowRef, RowScan, RowValues, Salvage, SubscriptionId, TableRows, Transaction, UpdatePage,
    check_runs,
};
pub use ephemeral::*;
pub use error::{Error, ErrorKind, Result};
pub use graph::Relation;
pub use types::{DocumentId, Event, EventId, EventRun, MergeResult, Patch, PeerId, RowOp, SyncState, Value, ValueRef, VersionVector};
