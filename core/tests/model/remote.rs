use super::draw::Draw;
use super::merge::Refusal;
use super::side::unchanged;
use super::tell;
use super::transaction::{Tx, runs, transactions};
use super::world::World;
use super::{Check, done, holds, same};
use convergedb::{CrdtDoc, ErrorKind, EventId, EventRun, MergeResult, PageLimit, VersionVector};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Messages under way at most.
const POOL_MAX: usize = 12;

impl World {
    /// Hands a message to a replica, which must do what the model does.
    pub fn deliver(&mut self, at: usize, runs: &[EventRun]) -> Check {
        self.deliver_by(at, runs, |doc| doc.merge_remote(runs))
    }

    /// Hands a message to a replica by a call that merges just that.
    fn deliver_by(&mut self, at: usize, runs: &[EventRun], call: impl FnOnce(&mut CrdtDoc) -> convergedb::Result<MergeResult>) -> Check {
        let expected = self.sides[at].model.merged(runs);
        let told = expected.as_ref().map(|(_, outcome)| outcome);
        self.note(|world| format!("{:?} merges {}: {}", world.sides[at].model.peer, tell::message(runs), tell::merged(told)));
        let side = &mut self.sides[at];
        self.statistics.messages += 1;
        let (mut next, outcome) = match expected {
            Err(refusal) => {
                self.statistics.refused(&refusal);
                let before = side.snapshot();
                refused(call(&mut side.doc), &refusal)?;
                return unchanged(side, &before);
            }
            Ok(merged) => merged,
        };
        let result = done(call(&mut side.doc))?;
        // What the buffer had no room for may count as learned or not; the careful way is as good.
        let named = names_a_stranger(&side.model.peer, side.model.made, runs);
        next.needs_fresh_peer |= named && side.doc.needs_fresh_peer();
        let learned = next.needs_fresh_peer && !side.model.needs_fresh_peer;
        same("whether a merge tells of a fresh peer id", result.fresh_peer, learned)?;
        let got = MergeResult { fresh_peer: false, ..result };
        same("a merge", &got, &outcome.as_result())?;
        let mut copy = side.model.state.clone();
        got.patches.iter().try_for_each(|patch| copy.patch(patch))?;
        same("a copy that the patches were applied to", &copy, &next.state)?;
        self.statistics.merged(&outcome, &side.model, &next);
        let before = std::mem::replace(&mut side.model, next);
        side.tell_of_a_merge(&outcome.patches, &before);
        side.compare_quickly()
    }

    /// A replica asks another for what it lacks, in one page or more.
    pub fn sync(&mut self, from: usize, to: usize, draw: &mut Draw) -> Check {
        if self.groups[from] != self.groups[to] || from == to {
            return Ok(());
        }
        if draw.percent(30) {
            return self.sync_by_bytes(from, to);
        }
        let whole = draw.percent(70);
        let limit = PageLimit { events: draw.within(1, 8), bytes: if draw.percent(30) { draw.within(0, 60) } else { 1 << 20 } };
        for _ in 0..if whole { 1 } else { draw.within(1, 6) } {
            let known = self.sides[to].model.versions();
            let limit = if whole { PageLimit { events: usize::MAX, bytes: usize::MAX } } else { limit };
            let (page, has_more) = self.page(from, &known, limit)?;
            self.deliver(to, &page)?;
            if !has_more {
                break;
            }
        }
        Ok(())
    }

    /// The same by the binary forms: a request, and an update in answer to it.
    fn sync_by_bytes(&mut self, from: usize, to: usize) -> Check {
        let request = done(self.sides[to].doc.encode_request())?;
        let update = done(self.sides[from].doc.encode_pending(&request))?;
        holds("an update of a short history says that there is more", !update.has_more)?;
        let pending: Vec<Rc<Tx>> = self.sides[from].model.pending(&self.sides[to].model.versions()).into_iter().cloned().collect();
        holds("an update of nothing has bytes", pending.is_empty() == update.bytes.is_empty())?;
        if pending.is_empty() {
            return Ok(());
        }
        self.deliver_by(to, &runs(&pending, || true), |doc| doc.merge_update(&update.bytes))?;
        self.sides[from].compare_quickly()
    }

    /// A page of what a replica holds above `known`, which must be what the model says it may be.
    pub fn page(&mut self, at: usize, known: &VersionVector, limit: PageLimit) -> Result<(Vec<EventRun>, bool), String> {
        let side = &self.sides[at];
        // What is still to come, by event.
        let mut expected: BTreeMap<EventId, &Tx> = BTreeMap::new();
        for tx in side.model.pending(known) {
            expected.extend(tx.ids().map(|id| (id, &**tx)));
        }
        let page = done(side.doc.get_pending_page(known, limit))?;
        let got = transactions(&page.runs);
        for tx in &got {
            if expected.get(&tx.id(tx.counter)) != Some(&&**tx) {
                return Err(format!("a page holds {tx:?}, which is not pending, or twice"));
            }
            if tx.deps.iter().chain(&tx.previous()).any(|id| expected.contains_key(id)) {
                return Err(format!("in a page {tx:?} stands before what it depends on"));
            }
            tx.ids().for_each(|id| _ = expected.remove(&id));
        }
        same("whether there is more than the page holds", page.has_more, !expected.is_empty())?;
        let events: u64 = got.iter().map(|tx| tx.len()).sum();
        let bytes: usize = got.iter().map(|tx| tx.bytes()).sum();
        holds("a page without a transaction", !got.is_empty() || expected.is_empty())?;
        holds("a page past its bounds", got.len() <= 1 || (events <= limit.events as u64 && bytes <= limit.bytes))?;
        Ok((page.runs, page.has_more))
    }

    /// Keeps a message of a replica for later: all that somebody lacks, or a page of it.
    pub fn capture(&mut self, at: usize, draw: &mut Draw) -> Check {
        let known = match draw.below(3) {
            0 => VersionVector::new(),
            1 => self.sides[draw.below(self.sides.len())].model.versions(),
            _ => self.draw_version(draw),
        };
        let limit = PageLimit { events: draw.within(1, 20), bytes: draw.within(100, 10_000) };
        let (page, _) = self.page(at, &known, limit)?;
        self.post(transactions(&page));
        Ok(())
    }

    pub fn post(&mut self, message: Vec<Rc<Tx>>) {
        if !message.is_empty() {
            self.pool.push(message);
        }
        if self.pool.len() > POOL_MAX {
            self.pool.remove(0);
        }
    }

    /// Delivers from what is under way: several messages at once, parts of them, in any order, again, cut anew.
    pub fn deliver_from_the_pool(&mut self, at: usize, draw: &mut Draw) -> Check {
        let mut message: Vec<Rc<Tx>> = Vec::new();
        for _ in 0..draw.within(1, 3).min(self.pool.len()) {
            let which = draw.below(self.pool.len());
            message.extend(if draw.percent(40) { self.pool.remove(which) } else { self.pool[which].clone() });
        }
        if draw.percent(40) {
            message.retain(|_| draw.percent(60));
        }
        if draw.percent(20) && !message.is_empty() {
            let again = draw.pick(&message).clone();
            message.push(again);
        }
        if draw.percent(50) {
            draw.shuffle(&mut message);
        }
        let joined = draw.below(101);
        let mut runs = runs(&message, || draw.percent(joined));
        if draw.percent(20) {
            runs.iter_mut().for_each(|run| draw.shuffle(&mut run.deps));
        }
        self.deliver(at, &runs)
    }

    /// A version on the way: what some replica had once, or what nobody ever had.
    pub fn draw_version(&self, draw: &mut Draw) -> VersionVector {
        if !self.versions.is_empty() && draw.percent(60) {
            return draw.pick(&self.versions).clone();
        }
        let all = self.truth.versions();
        let some = all.iter().filter(|_| draw.percent(80)).map(|(peer, counter)| (peer.clone(), counter)).collect::<Vec<_>>();
        some.into_iter().map(|(peer, counter)| (peer, draw.below(counter as usize + 2) as u64)).collect()
    }
}

fn names_a_stranger(peer: &str, made: u64, runs: &[EventRun]) -> bool {
    let strange = |named: &str, counter: u64| named == peer && counter >= made;
    runs.iter().any(|run| {
        let last = run.counter_start + run.ops.len() as u64 - 1;
        strange(&run.peer, last) || run.deps.iter().any(|dep| strange(&dep.peer, dep.counter))
    })
}

fn refused(result: convergedb::Result<MergeResult>, refusal: &Refusal) -> Check {
    let error = match result {
        Ok(result) => return Err(format!("a message that is {refusal:?} was merged: {result:?}")),
        Err(error) => error,
    };
    match refusal {
        Refusal::Malformed => same("the kind of error", error.kind(), ErrorKind::Malformed),
        Refusal::Conflicting(ids) => {
            same("the kind of error", error.kind(), ErrorKind::ConflictingEvent)?;
            let named = error.event_id().is_some_and(|id| ids.contains(id));
            if named { Ok(()) } else { Err(format!("the id in an error: {:?} is none of {ids:?}", error.event_id())) }
        }
    }
}
