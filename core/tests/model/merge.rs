use super::form::well_formed;
use super::replica::Model;
use super::state::State;
use super::transaction::{Tx, transactions};
use convergedb::{EventId, EventRun, MergeResult, Patch, PeerId};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Why a message is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Malformed,
    /// The events that came with other content than they have.
    Conflicting(BTreeSet<EventId>),
}

/// What a merge does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub patches: Vec<Patch>,
    pub applied: u64,
    pub duplicates: u64,
    pub pending: u64,
    pub rejected: u64,
}

impl Outcome {
    /// As the engine tells it, but for the fresh peer id.
    pub fn as_result(&self) -> MergeResult {
        MergeResult {
            patches: self.patches.clone(),
            applied: self.applied,
            duplicates: self.duplicates,
            pending: self.pending,
            rejected: self.rejected,
            fresh_peer: false,
        }
    }
}

impl Model {
    /// The replica after it merged a message, or why it refuses it.
    pub fn merged(&self, runs: &[EventRun]) -> Result<(Model, Outcome), Refusal> {
        if !well_formed(runs) {
            return Err(Refusal::Malformed);
        }
        let message = transactions(runs);
        let conflicts = self.conflicts(&message);
        if !conflicts.is_empty() {
            return Err(Refusal::Conflicting(conflicts));
        }
        let mut next = self.clone();
        let mut outcome = Outcome::default();
        let own = next.take_in(&message, &mut outcome);
        next.apply_own(own, &mut outcome)?;
        next.apply_waiting(&mut outcome);
        next.drop_past_the_bounds(&mut outcome);
        outcome.pending = next.waiting_events();
        if outcome.applied > 0 {
            next.state = State::fold(next.events());
            outcome.patches = self.state.patches_to(&next.state);
        }
        next.needs_fresh_peer |= next.sees_a_stranger_under_its_name();
        Ok((next, outcome))
    }

    /// The events of a message that contradict what is applied, or each other.
    fn conflicts(&self, message: &[Rc<Tx>]) -> BTreeSet<EventId> {
        let mut conflicts = BTreeSet::new();
        let mut in_message: BTreeMap<EventId, &Tx> = BTreeMap::new();
        for tx in message {
            for id in tx.ids() {
                let applied = self.applied.get(&id).map(|applied| &**applied);
                let known = applied.unwrap_or_else(|| in_message.entry(id.clone()).or_insert(tx));
                if !same_event(known, tx, id.counter) {
                    conflicts.insert(id);
                }
            }
        }
        conflicts
    }

    /// Puts the message's new transactions among those that wait, and returns its own: all that it holds and that are not applied.
    fn take_in(&mut self, message: &[Rc<Tx>], outcome: &mut Outcome) -> Vec<Rc<Tx>> {
        let mut own: Vec<Rc<Tx>> = Vec::new();
        for tx in message {
            let known = own.contains(tx) || self.waiting.contains(tx) || self.applied.contains_key(&tx.id(tx.counter));
            if known {
                outcome.duplicates += tx.len();
            } else {
                self.waiting.retain(|waiting| !waiting.overlaps(tx));
                self.waiting.push(tx.clone());
            }
            if !self.applied.contains_key(&tx.id(tx.counter)) && !own.contains(tx) {
                own.push(tx.clone());
            }
        }
        own
    }

    /// Applies the message's own transactions, over what is applied already, until none can.
    fn apply_own(&mut self, mut own: Vec<Rc<Tx>>, outcome: &mut Outcome) -> Result<(), Refusal> {
        while let Some(index) = own.iter().position(|tx| self.can_apply(tx)) {
            let tx = own.remove(index);
            if !self.lamport_is_right(&tx) {
                return Err(Refusal::Malformed);
            }
            self.waiting.retain(|waiting| *waiting != tx);
            self.apply(&tx);
            outcome.applied += tx.len();
        }
        Ok(())
    }

    /// Applies what waits, until nothing can; what proves wrong is dropped.
    fn apply_waiting(&mut self, outcome: &mut Outcome) {
        while let Some(index) = self.waiting.iter().position(|tx| self.can_apply(tx)) {
            let tx = self.waiting.remove(index);
            if self.lamport_is_right(&tx) {
                self.apply(&tx);
                outcome.applied += tx.len();
            } else {
                outcome.rejected += tx.len();
            }
        }
    }

    /// Drops the latest transaction of the peer with the most bytes, while the buffer is past its bounds. Of equal peers the last loses.
    fn drop_past_the_bounds(&mut self, outcome: &mut Outcome) {
        let bytes = |waiting: &[Rc<Tx>]| waiting.iter().map(|tx| tx.waiting_bytes()).sum::<usize>();
        while self.waiting_events() > self.waiting_events_max as u64 || bytes(&self.waiting) > self.waiting_bytes_max {
            let mut by_peer: BTreeMap<&PeerId, usize> = BTreeMap::new();
            self.waiting.iter().for_each(|tx| *by_peer.entry(&tx.peer).or_default() += tx.waiting_bytes());
            let greatest = by_peer.into_iter().max_by_key(|(_, bytes)| *bytes).map(|(peer, _)| peer.clone());
            let latest = self.waiting.iter().rposition(|tx| Some(&tx.peer) == greatest.as_ref());
            outcome.rejected += self.waiting.remove(latest.expect("the buffer is not empty")).len();
        }
    }
}

/// Whether two transactions tell the same of one event: deps, Lamport time, time, content, and the bounds of its transaction.
fn same_event(one: &Tx, other: &Tx, counter: u64) -> bool {
    let bounds = one.counter == other.counter && one.len() == other.len();
    let deps = counter > one.counter || one.deps == other.deps;
    bounds && deps && one.lamport == other.lamport && one.at == other.at && one.op(counter) == other.op(counter)
}
