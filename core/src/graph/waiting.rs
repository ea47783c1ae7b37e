use crate::types::{EventId, PeerId};
use std::collections::{BTreeMap, BTreeSet};

/// A transaction that waits for events it depends on. What it does (`content`) is nothing the graph looks into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitingTransaction<C> {
    /// Its first event.
    pub(crate) id: EventId,
    /// The first event's deps, sorted.
    pub(crate) deps: Vec<EventId>,
    /// The first event's Lamport time, 0 when it was not said.
    pub(crate) lamport: u64,
    pub(crate) events: u32,
    pub(crate) at: Option<i64>,
    /// What it counts for in the bound of the buffer.
    pub(crate) bytes: usize,
    pub(crate) content: C,
}

/// What a peer has in the buffer.
#[derive(Clone, Debug, Default)]
struct PeerShare {
    bytes: usize,
    /// First counters by order of arrival.
    arrivals: BTreeMap<u64, u64>,
}

/// How far a blocked transaction's deps have been looked at: what is there stays there, so that is not done again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The deps before this one are there.
    pub(crate) next: usize,
    /// The highest Lamport time among them.
    pub(crate) highest: u64,
}

#[derive(Clone, Debug)]
struct Entry<C> {
    transaction: WaitingTransaction<C>,
    arrival: u64,
    progress: Progress,
    /// One event that it waits for; when that is there it is looked at again.
    blocked_on: EventId,
}

/// The bounded buffer of transactions that wait. No two of them share an event id.
#[derive(Clone, Debug)]
pub(crate) struct Waiting<C> {
    entries: BTreeMap<EventId, Entry<C>>,
    blocked: BTreeMap<EventId, BTreeSet<EventId>>,
    shares: BTreeMap<PeerId, PeerShare>,
    /// Peers by what they have in the buffer, so that the greatest is at hand.
    by_bytes: BTreeSet<(usize, PeerId)>,
    arrivals: u64,
    events: u64,
    bytes: usize,
    events_max: usize,
    bytes_max: usize,
    /// Which transactions came or went since somebody asked, by order of arrival, if anybody wants to know.
    touched: Option<BTreeMap<u64, EventId>>,
}

impl<C> Waiting<C> {
    pub(crate) fn new(events_max: usize, bytes_max: usize) -> Waiting<C> {
        Waiting {
            entries: BTreeMap::new(),
            blocked: BTreeMap::new(),
            shares: BTreeMap::new(),
            by_bytes: BTreeSet::new(),
            arrivals: 0,
            events: 0,
            bytes: 0,
            events_max,
            bytes_max,
            touched: None,
        }
    }

    /// The number of events that wait.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The most events and bytes that may wait.
    pub(crate) fn limits(&self) -> (usize, usize) {
        (self.events_max, self.bytes_max)
    }

    /// The transactions in the order in which they arrived.
    pub(crate) fn by_arrival(&self) -> Vec<&WaitingTransaction<C>> {
        let mut entries: Vec<&Entry<C>> = self.entries.values().collect();
        entries.sort_unstable_by_key(|entry| entry.arrival);
        entries.into_iter().map(|entry| &entry.transaction).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &WaitingTransaction<C>> {
        self.entries.values().map(|entry| &entry.transaction)
    }

    /// The transactions that share an event id with `events` events of `id.peer` from `id.counter` on.
    pub(crate) fn overlapping(&self, id: &EventId, events: u32) -> Vec<&WaitingTransaction<C>> {
        let end = id.counter + u64::from(events);
        let peer = |entry: &&Entry<C>| entry.transaction.id.peer == id.peer;
        let before = self.entries.range(..id.clone()).next_back().map(|(_, entry)| entry).filter(peer);
        let before = before.filter(|entry| entry.transaction.id.counter + u64::from(entry.transaction.events) > id.counter);
        let inside = self.entries.range(id.clone()..EventId::new(id.peer.clone(), end)).map(|(_, entry)| entry);
        before.into_iter().chain(inside).map(|entry| &entry.transaction).collect()
    }

    /// Whether `events` events of `id.peer` from `id.counter` on are among what waits, or are waited for.
    pub(crate) fn concerns(&self, id: &EventId, events: u32) -> bool {
        !self.is_empty() && (!self.overlapping(id, events).is_empty() || !self.woken_by(id, events).is_empty())
    }

    /// Whether a waiting transaction holds this event.
    pub(crate) fn contains(&self, id: &EventId) -> bool {
        !self.overlapping(id, 1).is_empty()
    }

    /// Takes in a transaction that waits for `blocked_on`. It shares no event id with another.
    pub(crate) fn insert(&mut self, transaction: WaitingTransaction<C>, blocked_on: EventId, progress: Progress) {
        self.insert_arrived(transaction, blocked_on, self.arrivals, progress);
        self.arrivals += 1;
    }

    fn insert_arrived(&mut self, transaction: WaitingTransaction<C>, blocked_on: EventId, arrival: u64, progress: Progress) {
        let id = transaction.id.clone();
        self.events += u64::from(transaction.events);
        self.bytes += transaction.bytes;
        let share = self.shares.entry(id.peer.clone()).or_default();
        self.by_bytes.remove(&(share.bytes, id.peer.clone()));
        share.bytes += transaction.bytes;
        share.arrivals.insert(arrival, id.counter);
        self.by_bytes.insert((share.bytes, id.peer.clone()));
        self.blocked.entry(blocked_on.clone()).or_default().insert(id.clone());
        self.touch(arrival, &id);
        self.entries.insert(id, Entry { transaction, arrival, progress, blocked_on });
    }

    /// Takes out the transaction that begins with `id`.
    pub(crate) fn remove(&mut self, id: &EventId) -> Option<WaitingTransaction<C>> {
        self.take(id).map(|entry| entry.transaction)
    }

    fn take(&mut self, id: &EventId) -> Option<Entry<C>> {
        let entry = self.entries.remove(id)?;
        self.touch(entry.arrival, id);
        self.events -= u64::from(entry.transaction.events);
        self.bytes -= entry.transaction.bytes;
        if let Some(waiters) = self.blocked.get_mut(&entry.blocked_on) {
            waiters.remove(id);
            if waiters.is_empty() {
                self.blocked.remove(&entry.blocked_on);
            }
        }
        if let Some(share) = self.shares.get_mut(&id.peer) {
            self.by_bytes.remove(&(share.bytes, id.peer.clone()));
            share.bytes -= entry.transaction.bytes;
            share.arrivals.remove(&entry.arrival);
            if share.arrivals.is_empty() {
                self.shares.remove(&id.peer);
            } else {
                self.by_bytes.insert((share.bytes, id.peer.clone()));
            }
        }
        Some(entry)
    }

    /// Lets a transaction wait for another event than before. It keeps its place in the order of arrival.
    pub(crate) fn block_on(&mut self, id: &EventId, blocked_on: EventId, progress: Progress) {
        if let Some(entry) = self.take(id) {
            self.insert_arrived(entry.transaction, blocked_on, entry.arrival, progress);
        }
    }

    /// The transaction that begins with `id`.
    pub(crate) fn get(&self, id: &EventId) -> Option<&WaitingTransaction<C>> {
        self.entries.get(id).map(|entry| &entry.transaction)
    }

    /// Says what the transaction that begins with `id` does.
    pub(crate) fn fill(&mut self, id: &EventId, content: C) {
        if let Some(entry) = self.entries.get_mut(id) {
            entry.transaction.content = content;
        }
    }

    /// How far the deps of the transaction that begins with `id` have been looked at.
    pub(crate) fn progress(&self, id: &EventId) -> Progress {
        self.entries.get(id).map_or(Progress::default(), |entry| entry.progress)
    }

    /// The first events of the transactions that waited for one of `events` events of `id.peer` from `id.counter` on.
    pub(crate) fn woken_by(&self, id: &EventId, events: u32) -> Vec<EventId> {
        let end = EventId::new(id.peer.clone(), id.counter + u64::from(events));
        self.blocked.range(id.clone()..end).flat_map(|(_, waiters)| waiters.iter().cloned()).collect()
    }

    /// Drops whole transactions until the bounds hold: the latest to arrive of the peer with the most bytes. Returns how many events.
    pub(crate) fn shrink(&mut self) -> u64 {
        let before = self.events;
        while self.events > self.events_max as u64 || self.bytes > self.bytes_max {
            let Some((_, peer)) = self.by_bytes.last() else { break };
            let latest = self.shares.get(peer).and_then(|share| share.arrivals.last_key_value());
            let Some((_, &counter)) = latest else { break };
            let id = EventId::new(peer.clone(), counter);
            self.take(&id);
        }
        before - self.events
    }

    /// Sets other bounds, and drops what is past them. Returns how many events.
    pub(crate) fn set_limits(&mut self, (events_max, bytes_max): (usize, usize)) -> u64 {
        (self.events_max, self.bytes_max) = (events_max, bytes_max);
        self.shrink()
    }

    /// Empties the buffer. Returns how many events it held.
    pub(crate) fn clear(&mut self) -> u64 {
        let events = self.events;
        let (arrivals, mut touched) = (self.arrivals, self.touched.take());
        if let Some(touched) = &mut touched {
            touched.extend(self.entries.values().map(|entry| (entry.arrival, entry.transaction.id.clone())));
        }
        *self = Waiting { arrivals, touched, ..Waiting::new(self.events_max, self.bytes_max) };
        events
    }

    /// Begins to note which transactions come and go, for [`Waiting::take_touched`], unless it does already.
    pub(crate) fn track(&mut self) {
        self.touched.get_or_insert_default();
    }

    /// Begins to note which transactions come and go, as if all that wait had come just now.
    pub(crate) fn track_all(&mut self) {
        self.touched = Some(self.entries.values().map(|entry| (entry.arrival, entry.transaction.id.clone())).collect());
    }

    #[inline]
    fn touch(&mut self, arrival: u64, id: &EventId) {
        if let Some(touched) = &mut self.touched {
            touched.insert(arrival, id.clone());
        }
    }

    /// The transactions that came or went since the last call, by order of arrival, each with itself if it waits now.
    pub(crate) fn take_touched(&mut self) -> Vec<(u64, Option<&WaitingTransaction<C>>)> {
        let Some(touched) = self.touched.as_mut().map(core::mem::take) else { return Vec::new() };
        let entries = &self.entries;
        let now = |(arrival, id): (u64, EventId)| {
            (arrival, entries.get(&id).filter(|entry| entry.arrival == arrival).map(|entry| &entry.transaction))
        };
        touched.into_iter().map(now).collect()
    }

    /// Gives each transaction the number that it has in a store, by its first event, and the others numbers after all of those. What
    /// differs from the store is noted as touched: numbers whose transaction does not wait here, and transactions without a number.
    pub(crate) fn renumber(&mut self, numbers: &[(u64, EventId)]) {
        let mut ids: Vec<(u64, EventId)> = self.entries.iter().map(|(id, entry)| (entry.arrival, id.clone())).collect();
        ids.sort_unstable();
        // All leave before the first comes back: an old number may be the new one of another.
        let mut entries: BTreeMap<EventId, Entry<C>> = BTreeMap::new();
        for (_, id) in &ids {
            entries.extend(self.take(id).map(|entry| (id.clone(), entry)));
        }
        let mut touched = BTreeMap::new();
        let enter = |waiting: &mut Waiting<C>, number: u64, entry: Entry<C>| {
            waiting.insert_arrived(entry.transaction, entry.blocked_on, number, entry.progress);
        };
        for (number, id) in numbers {
            match entries.remove(id) {
                Some(entry) => enter(self, *number, entry),
                None => drop(touched.insert(*number, id.clone())),
            }
        }
        self.arrivals = numbers.iter().map(|(number, _)| number.saturating_add(1)).max().unwrap_or(0);
        for (_, id) in ids {
            if let Some(entry) = entries.remove(&id) {
                touched.insert(self.arrivals, id);
                enter(self, self.arrivals, entry);
                self.arrivals += 1;
            }
        }
        self.touched = Some(touched);
    }

    /// Recomputes every invariant the slow way.
    pub(crate) fn check(&self) -> Result<(), String> {
        let events: u64 = self.entries.values().map(|entry| u64::from(entry.transaction.events)).sum();
        let bytes: usize = self.entries.values().map(|entry| entry.transaction.bytes).sum();
        if events != self.events || bytes != self.bytes || events > self.events_max as u64 || bytes > self.bytes_max {
            return Err("waiting: the sums are off or past the bounds".into());
        }
        let mut last: Option<&WaitingTransaction<C>> = None;
        for (id, entry) in &self.entries {
            let overlaps = last.is_some_and(|last| last.id.peer == id.peer && last.id.counter + u64::from(last.events) > id.counter);
            if overlaps || *id != entry.transaction.id || !self.blocked.get(&entry.blocked_on).is_some_and(|waiters| waiters.contains(id)) {
                return Err(format!("waiting: {id} is out of place"));
            }
            last = Some(&entry.transaction);
        }
        let waiters: usize = self.blocked.values().map(BTreeSet::len).sum();
        let shared: usize = self.shares.values().map(|share| share.arrivals.len()).sum();
        if waiters != self.entries.len() || shared != self.entries.len() || self.by_bytes.len() != self.shares.len() {
            return Err("waiting: the indexes do not add up".into());
        }
        Ok(())
    }
}
