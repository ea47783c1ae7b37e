//! Documents in files, through the front door: opened, closed, copied, set back, damaged, and used wrongly.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

#[path = "files/golden.rs"]
mod golden;
#[path = "files/identity.rs"]
mod identity;
#[path = "files/lost.rs"]
mod lost;
#[path = "files/open.rs"]
mod open;
#[path = "files/query.rs"]
mod query;
#[path = "files/rot.rs"]
mod rot;
#[path = "files/salvaged.rs"]
mod salvaged;
#[path = "files/upkeep.rs"]
mod upkeep;

use convergedb::api::{Doc, OpenOptions};
use convergedb::{Result, ValueRef, VersionVector};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a path for a document in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(TempDir::new().unwrap())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn db(&self) -> PathBuf {
        self.path("notes.db")
    }

    pub(crate) fn open(&self) -> Doc {
        Doc::open(self.db(), OpenOptions::new()).unwrap()
    }
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

/// Some rows, among them a hidden one, and a history.
pub(crate) fn fill(doc: &Doc, rows: usize) {
    for row in 0..rows {
        let id = format!("row {row}");
        doc.insert("todos", &id, &[("title", "milk".into()), ("n", ValueRef::Int(row as i64))]).unwrap();
    }
    doc.update("todos", "row 0", "title", "oat milk").unwrap();
    doc.delete("todos", "row 1").unwrap();
}

/// Brings `to` what it lacks of `from`.
pub(crate) fn pull(to: &Doc, from: &Doc) -> Result<()> {
    loop {
        let page = from.encode_pending(&to.encode_request()?, Default::default())?;
        to.merge_update(&page.bytes)?;
        if !page.has_more {
            return Ok(());
        }
    }
}

/// What can be seen of a document, history and all.
pub(crate) fn seen(doc: &Doc) -> impl PartialEq + core::fmt::Debug + use<> {
    let all = doc.get_pending(&VersionVector::new(), Default::default()).unwrap().runs;
    (doc.digest().unwrap(), doc.sync_state().unwrap(), all)
}
