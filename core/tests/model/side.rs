use super::reader::{Expected, Reader};
use super::replica::Model;
use super::state::{Cells, State};
use super::{Check, holds, same};
use convergedb::{CrdtDoc, EventId, Origin, Patch, PeerId, Replica, RowRange, SyncState};

/// A replica of the engine beside its model.
pub struct Side {
    pub doc: CrdtDoc,
    pub model: Model,
    pub readers: Vec<Reader>,
    /// A copy of the replica that it may be set back to.
    pub backup: Option<(Replica, Model)>,
}

/// What a call that fails must leave as it was.
#[derive(Debug, PartialEq)]
pub struct Snapshot {
    digest: [u8; 32],
    sync_state: SyncState,
    waiting: u64,
    missing: Vec<EventId>,
    peer: PeerId,
    needs_fresh_peer: bool,
}

impl Side {
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            digest: self.doc.digest(),
            sync_state: self.doc.sync_state(),
            waiting: self.doc.waiting_events(),
            missing: self.doc.missing(),
            peer: self.doc.peer().clone(),
            needs_fresh_peer: self.doc.needs_fresh_peer(),
        }
    }

    /// Tells the readers of a local call that changed the visible state from `before` to what the model shows now.
    pub fn tell_of_a_write(&mut self, before: &State) {
        if self.readers.is_empty() {
            return;
        }
        let patches = before.patches_to(&self.model.state).into_iter();
        let expected: Vec<Expected> = patches.map(|patch| Expected { patch, origins: vec![Origin::Local] }).collect();
        self.readers.iter_mut().for_each(|reader| reader.expect(&expected));
    }

    /// Tells the readers of a merge that made these patches.
    pub fn tell_of_a_merge(&mut self, patches: &[Patch], before: &Model) {
        if self.readers.is_empty() {
            return;
        }
        let expected = patches.iter().map(|patch| Expected { patch: patch.clone(), origins: self.model.origins(patch, before) });
        let expected: Vec<Expected> = expected.collect();
        self.readers.iter_mut().for_each(|reader| reader.expect(&expected));
    }

    /// Compares what costs little.
    pub fn compare_quickly(&self) -> Check {
        same("the frontier", self.doc.frontier(), self.model.frontier())?;
        same("the number of events", self.doc.events(), self.model.applied.len() as u64)?;
        same("the versions", self.doc.versions(), self.model.versions())?;
        same("the number of waiting events", self.doc.waiting_events(), self.model.waiting_events())
    }

    /// Compares everything that shows, and has the engine check itself.
    pub fn compare(&self) -> Check {
        self.compare_quickly()?;
        let sync_state = SyncState { frontier: self.model.frontier(), versions: self.model.versions() };
        same("the sync state", self.doc.sync_state(), sync_state)?;
        same("what is missing", self.doc.missing(), self.model.missing())?;
        same("the peer id", self.doc.peer(), &self.model.peer)?;
        same("whether a fresh peer id is needed", self.doc.needs_fresh_peer(), self.model.needs_fresh_peer)?;
        same("what shows", &shown(&self.doc), &self.model.state)?;
        same("the digest", self.doc.digest(), self.model.state.digest())?;
        self.doc.check()
    }
}

/// What a replica of the engine shows, by scans.
pub fn shown(doc: &CrdtDoc) -> State {
    let mut state = State::default();
    for tbl in doc.tables() {
        let rows = doc.scan(tbl, RowRange::all()).map(|row| (row.id().to_string(), cells(row.cells()))).collect();
        state.0.insert(tbl.to_owned(), rows);
    }
    state
}

pub fn cells<'a>(cells: impl Iterator<Item = (&'a str, convergedb::ValueRef<'a>)>) -> Cells {
    cells.map(|(col, value)| (col.to_owned(), value.to_value())).collect()
}

/// A check of the engine's own structures, with the replica's name.
pub fn named(side: &Side, check: Check) -> Check {
    check.map_err(|difference| format!("replica {:?}: {difference}", side.model.peer))
}

/// A call that failed changed nothing.
pub fn unchanged(side: &Side, before: &Snapshot) -> Check {
    same("a refused call changed something", &side.snapshot(), before)?;
    holds("a refused call changed what shows", side.doc.digest() == side.model.state.digest())?;
    side.doc.check()
}
