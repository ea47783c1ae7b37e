use super::DocOptions;
use super::binary::Chains;
use super::changes::Subscriptions;
use super::row_id::RowIds;
use crate::clock::{Entropy, WallClock};
use crate::error::Result;
use crate::graph::{Graph, LocalNumber, PeerIndex, Transactions, Waiting};
use crate::limits::{COUNTER_MAX, EVENTS_MAX, FIELDS_MAX};
use crate::merge::{Journal, State};
use crate::names::KeyedHash;
use crate::oplog::{OpLog, ShapeCell};
use crate::types::{DocumentId, EventId, PeerId, RowOp, SyncState, VersionVector};
use crate::{Error, Relation};
use core::fmt;

/// A document: tables of rows, and every write that made them.
///
/// Any number of replicas write without asking anyone and merge in any order; those that have seen the same writes show the same rows.
/// It does no I/O and has no clock or randomness of its own. Reads borrow from it and copy nothing.
pub struct CrdtDoc {
    pub(crate) graph: Graph,
    pub(crate) log: OpLog,
    pub(crate) state: State,
    pub(crate) transactions: Transactions,
    pub(crate) waiting: Waiting<Vec<RowOp>>,
    pub(crate) me: PeerIndex,
    /// The counter of this replica's next event: it made all below. The graph may know more under its peer id; then it needs a fresh one.
    pub(crate) own_next: u64,
    pub(crate) needs_fresh_peer: bool,
    pub(crate) document: DocumentId,
    pub(crate) document_given: bool,
    pub(crate) entropy: Box<dyn Entropy>,
    pub(crate) wall: Option<Box<dyn WallClock>>,
    pub(crate) hash: KeyedHash,
    pub(crate) journal: Journal,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) row_ids: RowIds,
    pub(crate) chains: Chains,
    /// Rises when rows and columns are numbered anew, which makes handles stale. It begins with a number of this document's own.
    pub(crate) epoch: u64,
    /// A request told of own events that are not here: believed once.
    pub(crate) rollback_noticed: bool,
    /// What changed since the store that this lies in was written to, if it lies in one.
    pub(crate) tracking: Option<Box<super::stored::Tracking>>,
    /// Scratch space for the cells of the insert at hand.
    pub(crate) cells: Vec<ShapeCell>,
    pub(crate) values: Vec<u64>,
}

impl CrdtDoc {
    /// An empty replica.
    pub fn new(mut options: DocOptions) -> CrdtDoc {
        let hash = KeyedHash::new(&mut *options.entropy);
        CrdtDoc::with_hash(options, hash)
    }

    /// An empty replica that finds names by this hash.
    pub(crate) fn with_hash(options: DocOptions, hash: KeyedHash) -> CrdtDoc {
        let mut entropy = options.entropy;
        let peer = options.peer.unwrap_or_else(|| PeerId::random(&mut *entropy));
        let document = options.document.unwrap_or_else(|| DocumentId::random(&mut *entropy));
        let mut graph = Graph::new(hash);
        let me = graph.intern(&peer);
        CrdtDoc {
            graph,
            log: OpLog::new(hash),
            state: State::new(hash),
            transactions: Transactions::default(),
            waiting: Waiting::new(options.waiting_events_max, options.waiting_bytes_max),
            me,
            own_next: 0,
            needs_fresh_peer: false,
            document,
            document_given: options.document.is_some(),
            entropy,
            wall: options.wall,
            hash,
            journal: Journal::off(),
            subscriptions: Subscriptions::default(),
            row_ids: RowIds::default(),
            chains: Chains::default(),
            epoch: hash.number(),
            rollback_noticed: false,
            tracking: None,
            cells: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The peer id that this replica writes under. A write may change it; see [`CrdtDoc::needs_fresh_peer`].
    pub fn peer(&self) -> &PeerId {
        self.graph.peers().name(self.me)
    }

    /// The document that this is a replica of.
    pub fn document_id(&self) -> DocumentId {
        self.document
    }

    /// Whether the next write goes on under a fresh peer id, because a message showed events under this one that this replica did not
    /// make: the app was reinstalled, or a backup restored.
    pub fn needs_fresh_peer(&self) -> bool {
        self.needs_fresh_peer
    }

    /// The number of applied events.
    pub fn events(&self) -> u64 {
        u64::from(self.graph.len())
    }

    /// The applied events that no other depends on, sorted by peer and counter.
    pub fn frontier(&self) -> Vec<EventId> {
        self.graph.frontier()
    }

    /// For each peer the highest applied counter.
    pub fn versions(&self) -> VersionVector {
        self.graph.versions()
    }

    /// Frontier and versions: how far this replica is.
    pub fn sync_state(&self) -> SyncState {
        SyncState { frontier: self.frontier(), versions: self.versions() }
    }

    /// The number of events that wait for others.
    pub fn waiting_events(&self) -> u64 {
        self.waiting.events()
    }

    /// The ids that waiting events wait for and that are neither applied nor waiting, sorted by peer and counter.
    pub fn missing(&self) -> Vec<EventId> {
        let mut missing = std::collections::BTreeSet::new();
        for transaction in self.waiting.iter() {
            let previous = transaction.id.counter.checked_sub(1).map(|counter| EventId::new(transaction.id.peer.clone(), counter));
            for id in transaction.deps.iter().chain(&previous) {
                if self.graph.find_id(id).is_none() && !self.waiting.contains(id) {
                    missing.insert(id.clone());
                }
            }
        }
        missing.into_iter().collect()
    }

    /// Forgets all events that wait for others, and says how many there were. They are not in the versions, so they can come again.
    pub fn drop_waiting(&mut self) -> u64 {
        self.waiting.clear()
    }

    /// A time-ordered id for a new row, unique among all devices: 15 characters that sort by `now_ms`, then randomly.
    ///
    /// Two phones that both name a row "1" merge two things into one; this is how to avoid it. It holds 42 bits of milliseconds since
    /// the Unix epoch and 48 random bits; ids of one replica rise even within a millisecond, and also when the clock steps back: they go on
    /// from the latest time that it ever showed.
    pub fn new_row_id(&mut self, now_ms: i64) -> String {
        self.row_ids.next(now_ms, &mut *self.entropy)
    }

    /// Whether `events` more local events can be numbered.
    #[inline]
    pub(crate) fn check_events_room(&self, events: usize) -> Result<()> {
        if (self.graph.len() as usize).saturating_add(events) > EVENTS_MAX {
            return Err(full("events", EVENTS_MAX as u64));
        }
        if self.graph.lamport_max().saturating_add(events as u64) > COUNTER_MAX {
            return Err(full("Lamport times", COUNTER_MAX));
        }
        Ok(())
    }

    /// Whether so many events that come can be numbered, and every column and list of columns that they may bring.
    pub(crate) fn check_merge_room(&self, events: u64, names: usize) -> Result<()> {
        if u64::from(self.graph.len()).saturating_add(events) > EVENTS_MAX as u64 {
            return Err(full("events", EVENTS_MAX as u64));
        }
        self.check_names_room(names)
    }

    /// Whether `more` columns and lists of columns can be numbered.
    #[inline]
    pub(crate) fn check_names_room(&self, more: usize) -> Result<()> {
        let named = self.state.schema.fields().max(self.state.schema.tables());
        if self.log.has_room(named, more) { Ok(()) } else { Err(full("columns", FIELDS_MAX as u64)) }
    }

    /// Goes on under a fresh peer id, from counter 0.
    #[cold]
    pub(crate) fn take_fresh_peer(&mut self) {
        let fresh = self.fresh_peer_id();
        self.go_on_as(&fresh);
    }

    /// Goes on under this peer id, from counter 0.
    pub(crate) fn go_on_as(&mut self, fresh: &PeerId) {
        self.me = self.graph.intern(fresh);
        self.own_next = 0;
        self.needs_fresh_peer = false;
    }

    /// A random peer id that nobody has here.
    pub(crate) fn fresh_peer_id(&mut self) -> PeerId {
        loop {
            let peer = PeerId::random(&mut *self.entropy);
            if self.graph.peers().find(&peer).is_none() {
                return peer;
            }
        }
    }

    /// Whether the first event is newer than the second in the total order.
    pub(crate) fn is_newer(&self, a: LocalNumber, b: LocalNumber) -> bool {
        self.graph.cmp(a, b) == core::cmp::Ordering::Greater
    }

    /// Recomputes every invariant the slow way: what is stored, what is derived, and that the rows are the fold of the log.
    ///
    /// # Errors
    ///
    /// The first broken invariant, in words. It means a bug in this library or broken memory.
    pub fn check(&self) -> Result<(), String> {
        self.graph.check()?;
        self.waiting.check()?;
        self.state.check(|a, b| self.is_newer(a - 1, b - 1))?;
        if self.log.len() != self.graph.len() as usize {
            return Err("doc: graph and log differ in length".into());
        }
        if self.graph.next_counter(self.me) < self.own_next || (self.graph.next_counter(self.me) > self.own_next && !self.needs_fresh_peer)
        {
            return Err("doc: the own counter is off".into());
        }
        for transaction in self.waiting.iter() {
            if self.graph.find_id(&transaction.id).is_some() || self.blocking(&transaction.id, &transaction.deps).is_none() {
                return Err(format!("doc: {} waits for nothing", transaction.id));
            }
        }
        let frontier = self.graph.heads().iter().collect::<Vec<_>>();
        let all: Vec<LocalNumber> = (0..self.graph.len()).collect();
        if self.graph.relation(&frontier, &all) != Relation::Equal {
            return Err("doc: the frontier does not stand for all events".into());
        }
        if self.log.floor() == 0 { self.check_fold() } else { Ok(()) }
    }
}

/// The replica holds as many `what` as it can number.
#[cold]
fn full(what: &str, limit: u64) -> Error {
    Error::limit_exceeded(format!("the replica is full: it cannot number more than {limit} {what}"), limit)
}

/// Which replica it is and how large, never what it holds.
impl fmt::Debug for CrdtDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrdtDoc")
            .field("peer", &self.peer().as_str())
            .field("document", &format_args!("{}", self.document))
            .field("events", &self.graph.len())
            .field("tables", &self.state.schema.tables())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    /// Goal: a full replica says what it is full of. Method: ask for room for as much as there is, and for one more.
    #[test]
    fn a_full_replica_tells_its_bound() {
        let mut doc = CrdtDoc::new(DocOptions::seeded(1));
        doc.insert("t", "r", &[("c", 1.into())]).unwrap();
        let limit = |checked: Result<()>| checked.map_err(|error| (error.kind(), error.limit()));
        let full = |limit: u64| Err((ErrorKind::LimitExceeded, Some(limit)));
        assert_eq!(limit(doc.check_events_room(EVENTS_MAX - 1)), Ok(()));
        assert_eq!(limit(doc.check_events_room(EVENTS_MAX)), full(EVENTS_MAX as u64));
        assert_eq!(limit(doc.check_merge_room(EVENTS_MAX as u64 - 1, FIELDS_MAX - 1)), Ok(()));
        assert_eq!(limit(doc.check_merge_room(EVENTS_MAX as u64, 0)), full(EVENTS_MAX as u64));
        assert_eq!(limit(doc.check_merge_room(0, FIELDS_MAX)), full(FIELDS_MAX as u64));
    }
}
