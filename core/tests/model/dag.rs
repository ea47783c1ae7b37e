use super::draw::Draw;
use super::setting::peer;
use super::transaction::Tx;
use convergedb::{EventId, RowOp};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A causal graph of events that depend on whatever they like, and its closure the slow way.
pub struct Dag {
    /// In causal order.
    pub transactions: Vec<Rc<Tx>>,
    /// In causal order.
    pub ids: Vec<EventId>,
    /// For each event itself and everything that it depends on, directly or not.
    pasts: BTreeMap<EventId, BTreeSet<EventId>>,
    lamports: BTreeMap<EventId, u64>,
}

impl Dag {
    /// About `events` events of a few peers: chains, concurrent ones, joins, deps beside their own ancestors.
    pub fn random(events: usize, draw: &mut Draw) -> Dag {
        let mut dag = Dag { transactions: Vec::new(), ids: Vec::new(), pasts: BTreeMap::new(), lamports: BTreeMap::new() };
        let peers: Vec<_> = ["alice", "bob", "é", "p10", "p9"].into_iter().take(draw.within(1, 5)).map(peer).collect();
        let chained = draw.below(100);
        while dag.ids.len() < events {
            let peer = draw.pick(&peers).clone();
            let previous = dag.ids.iter().filter(|id| id.peer == peer).max().cloned();
            let mut deps: BTreeSet<EventId> = BTreeSet::new();
            if draw.percent(chained) {
                deps.extend(previous.clone());
            } else if !dag.ids.is_empty() {
                deps.extend((0..draw.below(4)).map(|_| draw.pick(&dag.ids[dag.ids.len().saturating_sub(12)..]).clone()));
            }
            if previous.as_ref().is_some_and(|previous| dag.lamport_after(&deps) <= dag.lamports[previous]) {
                deps.extend(previous.clone());
            }
            let counter = previous.map_or(0, |previous| previous.counter + 1);
            let ops = vec![RowOp::Delete { tbl: "t".into(), row_id: "r".into() }; draw.within(1, 4)];
            let lamport = dag.lamport_after(&deps);
            dag.push(Tx { peer, counter, lamport, deps: deps.into_iter().collect(), at: None, ops });
        }
        dag
    }

    fn lamport_after(&self, deps: &BTreeSet<EventId>) -> u64 {
        1 + deps.iter().map(|dep| self.lamports[dep]).max().unwrap_or(0)
    }

    /// Adds a transaction that depends on events which are there.
    pub fn push(&mut self, tx: Tx) {
        for counter in tx.counter..tx.end() {
            let event = tx.event(counter);
            let mut past: BTreeSet<EventId> = event.deps.iter().flat_map(|dep| self.pasts[dep].clone()).collect();
            past.insert(event.id.clone());
            self.pasts.insert(event.id.clone(), past);
            self.lamports.insert(event.id.clone(), event.lamport);
            self.ids.push(event.id);
        }
        self.transactions.push(Rc::new(tx));
    }

    /// The events that a version stands for.
    pub fn past(&self, version: &[EventId]) -> BTreeSet<EventId> {
        version.iter().flat_map(|id| self.pasts[id].clone()).collect()
    }

    /// The events of a set that no other of the set depends on.
    pub fn heads(&self, set: &BTreeSet<EventId>) -> Vec<EventId> {
        let below = |id: &EventId| set.iter().any(|other| other != id && self.pasts[other].contains(id));
        set.iter().filter(|id| !below(id)).cloned().collect()
    }

    /// A version: some events, of which some may depend on others.
    pub fn draw_version(&self, draw: &mut Draw) -> Vec<EventId> {
        let version: Vec<EventId> = (0..draw.below(4)).map(|_| draw.pick(&self.ids).clone()).collect();
        if draw.percent(30) { self.heads(&self.past(&version)) } else { version }
    }
}
