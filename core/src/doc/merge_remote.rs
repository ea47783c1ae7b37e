use super::CrdtDoc;
use super::apply::Target;
use super::changes::{ChangePatch, Origin};
use super::check_runs::check_runs;
use super::incoming::{Incoming, conflict};
use crate::error::{Error, Result};
use crate::graph::{LocalNumber, Progress};
use crate::limits::COUNTER_MAX;
use crate::merge::ByTotalOrder;
use crate::types::{EventId, EventRun, MergeResult, PeerId};
use std::collections::{BTreeMap, VecDeque};

/// Why a transaction cannot be applied now.
enum Unready {
    /// It depends on this event, which is not there.
    Blocked(EventId),
    /// Its Lamport time does not follow from its deps, or not from its peer's previous event.
    Wrong,
}

/// A message's own transactions, judged by themselves over what is applied. Nothing is changed meanwhile.
struct Staged<'d, 'm> {
    doc: &'d CrdtDoc,
    transactions: Vec<Incoming<'m>>,
    by_id: BTreeMap<EventId, usize>,
    /// For the peers that the message adds to, the counter after the last event that can be applied.
    next: BTreeMap<PeerId, u64>,
    /// How far each transaction's deps have been looked at.
    progress: Vec<Progress>,
}

impl Staged<'_, '_> {
    fn next_counter(&self, peer: &PeerId) -> u64 {
        self.next.get(peer).copied().unwrap_or_else(|| self.doc.graph.next_counter_of(peer))
    }

    /// The Lamport time of an event that is applied or can be.
    fn lamport(&self, id: &EventId) -> Option<u64> {
        if id.counter >= self.next_counter(&id.peer) {
            return None;
        }
        if let Some(event) = self.doc.graph.find_id(id) {
            return Some(self.doc.graph.place(event).2);
        }
        let (first, &at) = self.by_id.range(..=id.clone()).next_back()?;
        Some(self.transactions[at].lamport + (id.counter - first.counter))
    }

    fn ready(&mut self, at: usize) -> Result<u64, Unready> {
        let mut progress = self.progress[at];
        let transaction = &self.transactions[at];
        let ready = follows(&transaction.id, &transaction.deps, transaction.lamport, &mut progress, |id| self.lamport(id));
        self.progress[at] = progress;
        ready
    }

    /// The order in which the message's transactions can be applied, until none can.
    fn apply_order(&mut self) -> Result<Vec<usize>> {
        let mut order = Vec::new();
        let mut blocked: BTreeMap<EventId, Vec<usize>> = BTreeMap::new();
        let mut queue: VecDeque<usize> = (0..self.transactions.len()).collect();
        while let Some(at) = queue.pop_front() {
            match self.ready(at) {
                Err(Unready::Blocked(id)) => blocked.entry(id).or_default().push(at),
                Err(Unready::Wrong) => {
                    let id = self.transactions[at].id.clone();
                    return Err(Error::malformed(format!("the Lamport time of event {id} does not follow from its deps")).with_event_id(id));
                }
                Ok(lamport) => {
                    let transaction = &self.transactions[at];
                    let (id, end) = (transaction.id.clone(), EventId::new(transaction.id.peer.clone(), transaction.end()));
                    self.next.insert(id.peer.clone(), end.counter);
                    self.transactions[at].lamport = lamport;
                    order.push(at);
                    let woken: Vec<EventId> = blocked.range(id..end).map(|(id, _)| id.clone()).collect();
                    for id in woken {
                        queue.extend(blocked.remove(&id).into_iter().flatten());
                    }
                }
            }
        }
        Ok(order)
    }
}

/// Whether a transaction follows from what is there: its peer's previous event, its deps, and its Lamport time from both. Returns that time;
/// 0 says nothing of it.
fn follows(
    id: &EventId,
    deps: &[EventId],
    lamport: u64,
    progress: &mut Progress,
    lamport_of: impl Fn(&EventId) -> Option<u64>,
) -> Result<u64, Unready> {
    let previous = id.counter.checked_sub(1).map(|counter| EventId::new(id.peer.clone(), counter));
    let mut before = 0;
    if let Some(previous) = previous {
        before = lamport_of(&previous).ok_or(Unready::Blocked(previous))?;
    }
    for dep in &deps[progress.next..] {
        progress.highest = progress.highest.max(lamport_of(dep).ok_or_else(|| Unready::Blocked(dep.clone()))?);
        progress.next += 1;
    }
    let follows = progress.highest + 1;
    if (lamport == follows || lamport == 0) && follows > before { Ok(follows) } else { Err(Unready::Wrong) }
}

impl CrdtDoc {
    /// Merges events of other replicas, all or nothing.
    ///
    /// Events whose deps are not here yet wait for them, also over a close and reopen; see [`CrdtDoc::missing`]. What is here already
    /// counts as a duplicate.
    ///
    /// # Errors
    ///
    /// `malformed` when the message breaks its form or a Lamport time in it is wrong; `conflicting_event`, with the id, when a known event
    /// comes with other content. Nothing of the message is applied then.
    pub fn merge_remote(&mut self, runs: &[EventRun]) -> Result<MergeResult> {
        check_runs(runs)?;
        self.merge_checked(runs)
    }

    /// Merges runs whose form is good.
    pub(crate) fn merge_checked(&mut self, runs: &[EventRun]) -> Result<MergeResult> {
        let events: usize = runs.iter().map(|run| run.ops.len()).sum();
        let cells: usize = runs.iter().flat_map(|run| &run.ops).map(|op| op.counted_bytes()).sum();
        self.merge_incoming(Incoming::of(runs), events, cells)
    }

    /// Merges transactions whose form is good, of so many events and at most so many names and cells.
    pub(crate) fn merge_incoming(&mut self, incoming: Vec<Incoming<'_>>, events: usize, cells: usize) -> Result<MergeResult> {
        let mut result = MergeResult::default();
        let (transactions, by_id) = self.own_transactions(incoming, &mut result)?;
        // Everything that this merge could apply has to be numbered.
        self.check_merge_room((events as u64).saturating_add(self.waiting.events()), cells.saturating_add(self.waiting.bytes()))?;
        let mut staged =
            Staged { doc: self, progress: vec![Progress::default(); transactions.len()], transactions, by_id, next: BTreeMap::new() };
        let order = staged.apply_order()?;
        let transactions = staged.transactions;
        // From here on nothing can fail.
        self.journal.begin(self.graph.len());
        let before = self.graph.len();
        let mut is_applied = vec![false; transactions.len()];
        let mut woken = Vec::new();
        for &at in &order {
            is_applied[at] = true;
            self.apply_incoming(&transactions[at]);
            woken.push((transactions[at].id.clone(), transactions[at].events()));
        }
        let (learned, arrived) = self.update_waiting(&transactions, &is_applied, &mut result);
        result.rejected += self.apply_waiting(woken, &transactions, &arrived);
        result.rejected += self.waiting.shrink();
        // Made plain only now that it is known what stays: a few bytes may tell more than the bounds hold.
        for (id, at) in arrived {
            if self.waiting.get(&id).is_some() {
                let content = transactions[at].content(self);
                self.waiting.fill(&id, content);
            }
        }
        result.applied = u64::from(self.graph.len() - before);
        result.pending = self.waiting.events();
        if (learned || self.graph.next_counter(self.me) > self.own_next) && !self.needs_fresh_peer {
            (self.needs_fresh_peer, result.fresh_peer) = (true, true);
        }
        self.journal.end();
        self.note_touched();
        if self.log.is_due() {
            self.log.seal();
        }
        if result.applied > 0 {
            self.finish_merge(&mut result);
        }
        Ok(result)
    }

    /// The message's transactions that are not applied yet, each once; duplicates are counted, conflicts are errors.
    #[allow(clippy::type_complexity)]
    fn own_transactions<'m>(
        &self,
        incoming: Vec<Incoming<'m>>,
        result: &mut MergeResult,
    ) -> Result<(Vec<Incoming<'m>>, BTreeMap<EventId, usize>)> {
        let mut own: Vec<Incoming<'m>> = Vec::new();
        let mut by_id: BTreeMap<EventId, usize> = BTreeMap::new();
        let mut reader = self.reader();
        for incoming in incoming {
            let events = u64::from(incoming.events());
            if self.is_applied(&mut reader, &incoming)? {
                result.duplicates += events;
                continue;
            }
            let end = EventId::new(incoming.id.peer.clone(), incoming.end());
            let overlapping =
                by_id.range(..end).next_back().filter(|(id, at)| id.peer == incoming.id.peer && own[**at].end() > incoming.id.counter);
            if let Some((_, &at)) = overlapping {
                if !own[at].same(&incoming, self) {
                    let id = EventId::new(incoming.id.peer.clone(), own[at].first_difference(&incoming, self));
                    return Err(conflict(id, "content in the same message"));
                }
                result.duplicates += events;
                continue;
            }
            by_id.insert(incoming.id.clone(), own.len());
            own.push(incoming);
        }
        Ok((own, by_id))
    }

    /// Lets what the message could not apply wait, in the place of whatever else waits under the same ids.
    ///
    /// Says whether an id of this replica's own peer that it did not make is among them or their deps, and which wait now, without what
    /// they do.
    fn update_waiting(
        &mut self,
        transactions: &[Incoming<'_>],
        is_applied: &[bool],
        result: &mut MergeResult,
    ) -> (bool, BTreeMap<EventId, usize>) {
        let (mut learned, mut arrived) = (false, BTreeMap::new());
        let me = self.peer().clone();
        for (at, (transaction, &applied)) in transactions.iter().zip(is_applied).enumerate() {
            let waiting = self.waiting.overlapping(&transaction.id, transaction.events());
            // Compared only now that a Lamport time that was not said has followed from the deps.
            let waited = waiting.first().is_some_and(|waiting| transaction.same_as_waiting(waiting, self));
            result.duplicates += if waited { u64::from(transaction.events()) } else { 0 };
            // What was said of the Lamport time is not proven. One that leaves it to the deps takes its place.
            let says_less = transaction.lamport == 0 && waiting.first().is_some_and(|waiting| waiting.lamport != 0);
            let stays = waited && !applied && !says_less;
            let replaced: Vec<EventId> = waiting.into_iter().map(|waiting| waiting.id.clone()).collect();
            if stays {
                continue;
            }
            for id in replaced {
                self.waiting.remove(&id);
            }
            if applied {
                continue;
            }
            let mut ids = transaction.deps.iter().chain([&transaction.id]);
            learned |= ids.any(|id| id.peer == me && id.counter >= self.own_next);
            if let Some((blocking, progress)) = self.blocking(&transaction.id, &transaction.deps) {
                let waits = transaction.to_waiting(self);
                arrived.insert(waits.id.clone(), at);
                self.waiting.insert(waits, blocking, progress);
            }
        }
        (learned, arrived)
    }

    /// An event that a transaction waits for, if there is one, and how far its deps are there.
    pub(crate) fn blocking(&self, id: &EventId, deps: &[EventId]) -> Option<(EventId, Progress)> {
        let mut progress = Progress::default();
        match follows(id, deps, 0, &mut progress, |id| self.lamport_of(id)) {
            Err(Unready::Blocked(id)) => Some((id, progress)),
            _ => None,
        }
    }

    /// The Lamport time of an applied event.
    pub(crate) fn lamport_of(&self, id: &EventId) -> Option<u64> {
        self.graph.find_id(id).map(|event| self.graph.place(event).2)
    }

    /// Applies what waited for the `woken` events, and what waited for that. Returns how many events proved wrong and were dropped. What
    /// `arrived` with the message is there.
    fn apply_waiting(&mut self, woken: Vec<(EventId, u32)>, transactions: &[Incoming<'_>], arrived: &BTreeMap<EventId, usize>) -> u64 {
        let mut rejected = 0;
        let mut queue: VecDeque<EventId> = woken.iter().flat_map(|(id, events)| self.waiting.woken_by(id, *events)).collect();
        while let Some(id) = queue.pop_front() {
            let Some(waiting) = self.waiting.get(&id) else { continue };
            let mut progress = self.waiting.progress(&id);
            match follows(&id, &waiting.deps, waiting.lamport, &mut progress, |id| self.lamport_of(id)) {
                Err(Unready::Blocked(dep)) => self.waiting.block_on(&id, dep, progress),
                Err(Unready::Wrong) => {
                    rejected += u64::from(waiting.events);
                    self.waiting.remove(&id);
                }
                Ok(lamport) => {
                    if let Some(waiting) = self.waiting.remove(&id) {
                        match arrived.get(&id) {
                            Some(&at) => self.apply_incoming(&Incoming { lamport, ..transactions[at].clone() }),
                            None => self.apply_incoming(&Incoming { lamport, ..Incoming::of_waiting(&waiting) }),
                        }
                        queue.extend(self.waiting.woken_by(&id, waiting.events));
                    }
                }
            }
        }
        rejected
    }

    /// Applies a transaction that follows from what is applied.
    fn apply_incoming(&mut self, incoming: &Incoming<'_>) {
        debug_assert!(incoming.lamport <= COUNTER_MAX);
        let peer = self.graph.intern(&incoming.id.peer);
        let mut parents: Vec<LocalNumber> = incoming.deps.iter().filter_map(|dep| self.graph.find_id(dep)).collect();
        parents.sort_unstable();
        let start = self.graph.len();
        let older = self.graph.all_below(incoming.lamport);
        self.graph.push(peer, incoming.lamport, incoming.events(), &parents);
        self.transactions.push(start, incoming.events(), incoming.at);
        for (at, event) in (start..self.graph.len()).enumerate() {
            let op = incoming.ops.get(self, at);
            let newest = ByTotalOrder::new(&self.graph, older, start);
            let mut target = Target {
                state: &mut self.state,
                log: &mut self.log,
                journal: &mut self.journal,
                cells: &mut self.cells,
                values: &mut self.values,
            };
            target.op(&op, event + 1, &newest);
        }
    }

    /// Tells the caller and everybody who subscribed what changed.
    pub(crate) fn finish_merge(&mut self, result: &mut MergeResult) {
        let patches = self.state.patches(&self.journal);
        if self.subscriptions.any() {
            // Under this replica's own id too: what a merge brings, it did not make.
            let origin = |stamp: u32| Origin::Remote(self.graph.peers().name(self.graph.place(stamp - 1).0).clone());
            let changes: Vec<ChangePatch> =
                patches.iter().map(|(patch, stamp)| ChangePatch { patch: patch.clone(), origin: origin(*stamp) }).collect();
            self.subscriptions.publish(&changes);
        }
        result.patches = patches.into_iter().map(|(patch, _)| patch).collect();
    }
}
