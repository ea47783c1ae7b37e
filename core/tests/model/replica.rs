use super::form::{check_names, check_values};
use super::state::{Cells, Rows, State, in_total_order};
use super::transaction::Tx;
use convergedb::limits::{DEPS_MAX, WAITING_BYTES_MAX, WAITING_EVENTS_MAX};
use convergedb::{ErrorKind, Event, EventId, Origin, Patch, PeerId, RowOp, VersionVector};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// An operation that a local caller asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub op: RowOp,
    /// An insert that does not mind whether the row shows.
    pub upsert: bool,
}

/// A replica as the specification describes it: a set of events, and a list of transactions that wait.
#[derive(Clone, Debug)]
pub struct Model {
    pub peer: PeerId,
    /// How many events it made under its present peer id.
    pub made: u64,
    /// It learned of an event of its peer id that it did not make.
    pub needs_fresh_peer: bool,
    /// Every applied event, with the transaction that it belongs to.
    pub applied: BTreeMap<EventId, Rc<Tx>>,
    /// In order of arrival.
    pub waiting: Vec<Rc<Tx>>,
    pub waiting_events_max: usize,
    pub waiting_bytes_max: usize,
    /// The fold of what is applied.
    pub state: State,
}

impl Model {
    pub fn new(peer: PeerId) -> Model {
        Model {
            peer,
            made: 0,
            needs_fresh_peer: false,
            applied: BTreeMap::new(),
            waiting: Vec::new(),
            waiting_events_max: WAITING_EVENTS_MAX,
            waiting_bytes_max: WAITING_BYTES_MAX,
            state: State::default(),
        }
    }

    pub fn events(&self) -> impl Iterator<Item = (&EventId, &Tx)> {
        self.applied.iter().map(|(id, tx)| (id, &**tx))
    }

    /// The applied transactions, sorted by peer and counter.
    pub fn transactions(&self) -> impl Iterator<Item = &Rc<Tx>> {
        self.applied.iter().filter(|(id, tx)| id.counter == tx.counter).map(|(_, tx)| tx)
    }

    /// The Lamport time of an applied event.
    pub fn lamport(&self, id: &EventId) -> Option<u64> {
        self.applied.get(id).map(|tx| tx.lamport + (id.counter - tx.counter))
    }

    /// The applied events that no other applied event depends on, sorted by peer and counter.
    pub fn frontier(&self) -> Vec<EventId> {
        let mut heads: BTreeSet<EventId> = self.applied.keys().cloned().collect();
        for tx in self.transactions() {
            tx.deps.iter().for_each(|dep| _ = heads.remove(dep));
            tx.ids().take(tx.ops.len() - 1).for_each(|id| _ = heads.remove(&id));
        }
        heads.into_iter().collect()
    }

    pub fn versions(&self) -> VersionVector {
        let mut versions = VersionVector::new();
        self.applied.keys().for_each(|id| versions.include(id));
        versions
    }

    pub fn waiting_events(&self) -> u64 {
        self.waiting.iter().map(|tx| tx.len()).sum()
    }

    /// What waiting transactions wait for and that is neither applied nor waiting, sorted.
    pub fn missing(&self) -> Vec<EventId> {
        let wanted: BTreeSet<EventId> = self.waiting.iter().flat_map(|tx| needs(tx)).collect();
        let waits = |id: &EventId| self.waiting.iter().any(|tx| tx.ids().any(|waiting| waiting == *id));
        wanted.into_iter().filter(|id| !self.applied.contains_key(id) && !waits(id)).collect()
    }

    /// The applied transactions that a replica which knows `known` lacks an event of.
    pub fn pending(&self, known: &VersionVector) -> Vec<&Rc<Tx>> {
        self.transactions().filter(|tx| !known.contains(&tx.id(tx.end() - 1))).collect()
    }

    /// What shows of the events that `version` covers.
    pub fn as_of(&self, version: &VersionVector) -> State {
        State::fold(self.events().filter(|(id, _)| version.contains(id)))
    }

    /// The events that `about` picks, in their total order.
    pub fn history(&self, about: impl Fn(&RowOp) -> bool) -> Vec<Event> {
        let events = in_total_order(self.events()).into_iter().filter(|(_, op)| about(op));
        events.map(|(id, _)| self.applied[id].event(id.counter)).collect()
    }

    /// Who may be behind a patch of a merge: those whose new write decides what shows now. `before` is the replica before.
    ///
    /// One write decides about a cell that was set and a row that vanished; a row that appeared may be the work of several.
    pub fn origins(&self, patch: &Patch, before: &Model) -> Vec<Origin> {
        let decides = |op: &RowOp| match (patch, op) {
            (Patch::SetCell { col, .. }, RowOp::Insert { values, .. }) => values.iter().any(|(written, _)| written == col),
            (Patch::SetCell { col, .. }, RowOp::Update { col: written, .. }) => written == col,
            (Patch::SetCell { .. }, RowOp::Delete { .. }) => false,
            _ => true,
        };
        let of_row = |op: &RowOp| op.tbl() == patch.tbl() && op.row_id() == patch.row_id();
        let history = self.history(|op| of_row(op) && decides(op));
        let mut new = history.iter().filter(|event| !before.applied.contains_key(&event.id));
        let by = |event: &Event| Origin::Remote(event.id.peer.clone());
        let shows = self.state.row(patch.tbl(), patch.row_id()).is_some();
        match patch {
            Patch::SetCell { .. } => new.next_back().map(by).into_iter().collect(),
            Patch::DeleteRow { .. } if !shows => new.rfind(|event| matches!(event.op, RowOp::Delete { .. })).map(by).into_iter().collect(),
            _ => new.map(by).collect(),
        }
    }

    /// What a local transaction of `writes` would do: the operations, or the first failure.
    ///
    /// Each write in turn is checked names first, then values, then the row as the writes before it left it.
    pub fn attempt(&self, writes: &[Write]) -> Result<Vec<RowOp>, ErrorKind> {
        let mut ops: Vec<RowOp> = Vec::new();
        for write in writes {
            check_names(&write.op)?;
            check_values(&write.op)?;
            let shows = self.row_after(&ops, write.op.tbl(), write.op.row_id()).is_some();
            match write.op {
                RowOp::Insert { .. } if shows && !write.upsert => return Err(ErrorKind::RowExists),
                RowOp::Update { .. } | RowOp::Delete { .. } if !shows => return Err(ErrorKind::RowNotFound),
                _ => ops.push(write.op.clone()),
            }
        }
        Ok(ops)
    }

    /// A row as a transaction with these operations sees it.
    pub fn row_after(&self, ops: &[RowOp], tbl: &str, row_id: &str) -> Option<Cells> {
        let of_row = |op: &RowOp| op.tbl() == tbl && op.row_id() == row_id;
        if !ops.iter().any(of_row) {
            return self.state.row(tbl, row_id).cloned();
        }
        self.fold_after(ops, of_row).row(tbl, row_id).cloned()
    }

    /// A table's rows as a transaction with these operations sees them.
    pub fn table_after(&self, ops: &[RowOp], tbl: &str) -> Rows {
        self.fold_after(ops, |op| op.tbl() == tbl).0.remove(tbl).unwrap_or_default()
    }

    /// The fold of the events that `about` picks, with these operations after them.
    fn fold_after(&self, ops: &[RowOp], about: impl Fn(&RowOp) -> bool) -> State {
        // A local write is newer than all that is applied, so for what it sees any such Lamport time will do.
        let newest = self.applied.keys().filter_map(|id| self.lamport(id)).max().unwrap_or(0);
        let (peer, counter) = (self.peer.clone(), self.made);
        let tx = Tx { peer, counter, lamport: newest + 1, deps: Vec::new(), at: None, ops: ops.to_vec() };
        let own: Vec<EventId> = tx.ids().collect();
        let events = self.events().chain(own.iter().map(|id| (id, &tx)));
        State::fold(events.filter(|(id, tx)| about(tx.op(id.counter))))
    }

    /// The transaction that a local write of `ops` makes.
    fn next_transaction(&self, ops: Vec<RowOp>, at: Option<i64>) -> Tx {
        let mut deps = self.frontier();
        if deps.len() > DEPS_MAX {
            deps.sort_by_key(|id| (self.lamport(id), id.clone()));
            deps.drain(..deps.len() - DEPS_MAX);
            deps.sort();
        }
        let lamport = 1 + deps.iter().filter_map(|id| self.lamport(id)).max().unwrap_or(0);
        Tx { peer: self.peer.clone(), counter: self.made, lamport, deps, at, ops }
    }

    /// Makes a local transaction of operations that [`Model::attempt`] let through.
    pub fn write(&mut self, ops: Vec<RowOp>, at: Option<i64>) -> Rc<Tx> {
        let tx = Rc::new(self.next_transaction(ops, at));
        self.made = tx.end();
        self.apply(&tx);
        self.state = State::fold(self.events());
        tx
    }

    /// Goes on under another peer id.
    pub fn go_on_as(&mut self, peer: PeerId) {
        self.peer = peer;
        self.made = 0;
        self.needs_fresh_peer = false;
    }

    pub fn apply(&mut self, tx: &Rc<Tx>) {
        self.applied.extend(tx.ids().map(|id| (id, tx.clone())));
    }

    /// Whether everything is applied that a transaction waits for.
    pub fn can_apply(&self, tx: &Tx) -> bool {
        needs(tx).iter().all(|id| self.applied.contains_key(id))
    }

    /// Whether the Lamport time of a transaction that can apply is right.
    pub fn lamport_is_right(&self, tx: &Tx) -> bool {
        let of_deps = tx.deps.iter().filter_map(|id| self.lamport(id)).max().unwrap_or(0);
        let of_previous = tx.previous().and_then(|id| self.lamport(&id)).unwrap_or(0);
        tx.lamport == of_deps + 1 && tx.lamport > of_previous
    }

    /// Whether some event, applied or waiting, or a dep of one, has this replica's peer id and is none that it made.
    pub fn sees_a_stranger_under_its_name(&self) -> bool {
        let strange = |id: &EventId| id.peer == self.peer && id.counter >= self.made;
        let all = self.transactions().chain(&self.waiting);
        all.into_iter().any(|tx| tx.deps.iter().any(strange) || tx.ids().any(|id| strange(&id)))
    }
}

/// What a transaction waits for: its first event's deps, and its peer's event before it.
fn needs(tx: &Tx) -> Vec<EventId> {
    tx.deps.iter().cloned().chain(tx.previous()).collect()
}
