use super::changes::{ChangePatch, Origin};
use super::difference::difference;
use super::{CrdtDoc, DocOptions};
use crate::clock::SplitMix;
use crate::error::Result;
use crate::types::{EventId, EventRun, MergeResult, PeerId};
use std::collections::BTreeSet;

/// Which events a fork gives up, and what becomes of those that stand on them.
struct Fork {
    old: PeerId,
    fresh: PeerId,
    /// The old peer's events from this counter on go on under the fresh id.
    from: u64,
    /// Events of others that stand on what was given up, directly or not: they wait until their deps come.
    adrift: BTreeSet<EventId>,
}

impl Fork {
    fn is_given_up(&self, id: &EventId) -> bool {
        id.peer == self.old && id.counter >= self.from
    }

    fn renamed(&self, id: &EventId) -> EventId {
        if self.is_given_up(id) { EventId::new(self.fresh.clone(), id.counter - self.from) } else { id.clone() }
    }

    /// A run in two, where the given-up events begin.
    fn split(&self, mut run: EventRun) -> Vec<EventRun> {
        if run.peer != self.old || run.counter_start >= self.from || self.from >= run.counter_start + run.ops.len() as u64 {
            return vec![run];
        }
        let kept = (self.from - run.counter_start) as usize;
        let (mut transactions, mut length) = (0, 0);
        while length < kept {
            length += run.tx.get(transactions).map_or(1, |&length| length as usize);
            transactions += 1;
        }
        let given_up = EventRun {
            peer: run.peer.clone(),
            counter_start: self.from,
            lamport_start: run.lamport_start + kept as u64,
            deps: vec![EventId::new(run.peer.clone(), self.from - 1)],
            ops: run.ops.split_off(kept),
            tx: run.tx.split_off(transactions.min(run.tx.len())),
            at: run.at.split_off(transactions.min(run.at.len())),
        };
        vec![run, given_up]
    }

    /// The run as it goes into the forked replica.
    fn moved(&mut self, run: EventRun, into: &CrdtDoc) -> EventRun {
        let first = EventId::new(run.peer.clone(), run.counter_start);
        let previous = first.counter.checked_sub(1).map(|counter| EventId::new(run.peer.clone(), counter));
        if !self.is_given_up(&first) {
            let on_it = |id: &EventId| self.is_given_up(id) || self.adrift.contains(id);
            if run.deps.iter().chain(&previous).any(on_it) {
                let end = run.counter_start + run.ops.len() as u64;
                self.adrift.extend((run.counter_start..end).map(|counter| EventId::new(run.peer.clone(), counter)));
            }
            return run;
        }
        // What is adrift is no dep any more; the own previous event takes its place.
        let lost = run.deps.iter().any(|dep| self.adrift.contains(dep));
        let kept = run.deps.iter().filter(|dep| !self.adrift.contains(dep)).chain(previous.iter().filter(|_| lost));
        let deps: BTreeSet<EventId> = kept.map(|id| self.renamed(id)).collect();
        let deps: Vec<EventId> = deps.into_iter().collect();
        let lamport_start = deps.iter().filter_map(|dep| into.lamport_of(dep)).max().unwrap_or(0) + 1;
        let id = self.renamed(&first);
        EventRun { peer: id.peer, counter_start: id.counter, lamport_start, deps, ..run }
    }
}

impl CrdtDoc {
    /// Goes on under a fresh peer id, because another device writes under this one too (SPEC 4, reused peer ids).
    ///
    /// Its own events with a counter of `from` or above, of which others have different ones, become the same events under the new id:
    /// same operations, transactions, times and place in the history. So what shows stays, and nothing that a person typed is lost, in
    /// the rows or in the history. One above the last own counter just changes the peer id.
    ///
    /// `from` has to be the first counter that differs, or one before it. The `conflicting_event` error of a *merge* that brings all of the
    /// other's events names it; where two hashes of a *request* differ, the error names the last counter that both have, and the
    /// difference may lie before that. 0 is always right: then all own events go on under the new id. With a `from` that is too high the
    /// next sync conflicts again.
    ///
    /// Events of *other* peers that depend on what was given up wait until their deps come; those that
    /// the bounded buffer has no room for are counted as rejected.
    ///
    /// The result's patches say what that changed in the visible state, usually nothing. It costs as much as merging the whole history.
    ///
    /// # Errors
    ///
    /// `limit_exceeded` for a full replica; `invalid_argument` for one that was made from a state without history, unless `from` is past
    /// all of its own events. Then nothing has changed.
    pub fn fork(&mut self, from: u64) -> Result<MergeResult> {
        let own = self.graph.find(self.me, from).filter(|_| from < self.own_next);
        let Some(first) = own else {
            self.take_fresh_peer();
            return Ok(MergeResult { pending: self.waiting.events(), fresh_peer: true, ..MergeResult::default() });
        };
        let (_, from, _) = self.graph.place(self.transactions.range(first).start);
        let fresh = self.fresh_peer_id();
        let limits = self.waiting.limits();
        // Nothing is drawn from this seed: the ids are given, and the hash keeps this replica's.
        let options = DocOptions::new(SplitMix::new(0)).peer(fresh.clone()).document(self.document).waiting_limits(usize::MAX, usize::MAX);
        let mut next = CrdtDoc::with_hash(options, self.hash);
        // The events come under the name that the new replica writes under, which is no news to it.
        next.own_next = u64::MAX;
        let mut fork = Fork { old: self.peer().clone(), fresh, from, adrift: BTreeSet::new() };
        let replica = self.to_replica()?;
        for run in replica.runs {
            for part in fork.split(run) {
                let moved = fork.moved(part, &next);
                next.merge_checked(&[moved])?;
            }
        }
        for run in replica.waiting {
            next.merge_checked(&[run])?;
        }
        Ok(self.adopt(next, limits))
    }

    /// Takes over everything that `next` holds, under the peer id that it was made with.
    fn adopt(&mut self, next: CrdtDoc, limits: (usize, usize)) -> MergeResult {
        let before = core::mem::replace(&mut self.state, next.state);
        (self.graph, self.log, self.transactions, self.waiting, self.me) = (next.graph, next.log, next.transactions, next.waiting, next.me);
        self.own_next = self.graph.next_counter(self.me);
        self.chains = next.chains;
        self.needs_fresh_peer = false;
        self.epoch += 1;
        if let Some(tracking) = &mut self.tracking {
            tracking.reset = true;
            self.waiting.track_all();
        }
        let rejected = self.waiting.set_limits(limits);
        let patches = difference(&before, &self.state);
        if self.subscriptions.any() {
            let changes: Vec<ChangePatch> =
                patches.iter().map(|patch| ChangePatch { patch: patch.clone(), origin: Origin::Local }).collect();
            self.subscriptions.publish(&changes);
        }
        MergeResult { patches, pending: self.waiting.events(), rejected, fresh_peer: true, ..MergeResult::default() }
    }
}
