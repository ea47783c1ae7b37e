use super::{Heads, LocalNumber, PeerIndex, Peers};
use crate::names::KeyedHash;
use crate::types::{EventId, PeerId, VersionVector};
use core::cmp::Ordering;
use core::ops::Range;

/// An entry of the index stands for this many local numbers.
const INDEX_STEP: u32 = 64;

/// Consecutive events of one peer in arrival order, each but the first depending on just the one before it. 40 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// The first event's local number. The span ends where the next one begins.
    pub(crate) start: LocalNumber,
    pub(crate) peer: PeerIndex,
    /// The first event's counter.
    pub(crate) counter: u64,
    /// The first event's Lamport time.
    pub(crate) lamport: u64,
    /// The highest Lamport time of all events before the span, so that a binary search finds what is older than a run as a whole.
    lamport_before: u64,
    /// The only parent of the first event, or where its parents begin in [`Graph::parents`].
    parent: u32,
    parents: u32,
}

/// Everything that one peer has in the graph.
#[derive(Clone, Debug, Default)]
struct Chain {
    /// The peer's spans, by number, in the order of their counters.
    spans: Vec<u32>,
    /// The counter of the peer's next event.
    next: u64,
}

/// The causal graph: spans in arrival order, with what it takes to find an event by place or by number in O(1) expected.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    peers: Peers,
    spans: Vec<Span>,
    /// The parents of spans that have more than one, one list after the other.
    parents: Vec<LocalNumber>,
    /// For every 64th local number, the span that holds it.
    index: Vec<u32>,
    chains: Vec<Chain>,
    heads: Heads,
    events: u32,
    lamport_max: u64,
}

impl Graph {
    pub(crate) fn new(hash: KeyedHash) -> Graph {
        Graph {
            peers: Peers::new(hash),
            spans: Vec::new(),
            parents: Vec::new(),
            index: Vec::new(),
            chains: Vec::new(),
            heads: Heads::default(),
            events: 0,
            lamport_max: 0,
        }
    }

    /// The number of events, which is the next local number.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.events
    }

    pub(crate) fn peers(&self) -> &Peers {
        &self.peers
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The highest Lamport time of all events, 0 when there are none.
    #[inline]
    pub(crate) fn lamport_max(&self) -> u64 {
        self.lamport_max
    }

    pub(crate) fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The number of a peer, which is made known if it was not. A peer without events shows nowhere.
    pub(crate) fn intern(&mut self, peer: &PeerId) -> PeerIndex {
        let index = self.peers.intern(peer);
        if index as usize == self.chains.len() {
            self.chains.push(Chain::default());
        }
        index
    }

    /// The counter of the peer's next event: it has all below.
    #[inline]
    pub(crate) fn next_counter(&self, peer: PeerIndex) -> u64 {
        self.chains[peer as usize].next
    }

    /// The counter of the named peer's next event, 0 when it is unknown.
    pub(crate) fn next_counter_of(&self, peer: &str) -> u64 {
        self.peers.find(peer).map_or(0, |peer| self.next_counter(peer))
    }

    /// Adds `length` events of `peer` with the peer's next counters: the first one depends on `parents`, each other on the one before.
    ///
    /// `lamport` is the first one's; that it follows from the parents is the caller's to have checked.
    #[inline]
    pub(crate) fn push(&mut self, peer: PeerIndex, lamport: u64, length: u32, parents: &[LocalNumber]) {
        let start = self.events;
        let chain = &mut self.chains[peer as usize];
        let counter = chain.next;
        chain.next += u64::from(length);
        // A sole parent is not enough, nor are contiguous counters: it has to be the same peer's event right before.
        let extends = match (parents, self.spans.last()) {
            ([parent], Some(last)) => *parent + 1 == start && last.peer == peer,
            _ => false,
        };
        if !extends {
            self.chains[peer as usize].spans.push(self.spans.len() as u32);
            let (parent, count) = match parents {
                [] => (0, 0),
                [parent] => (*parent, 1),
                _ => {
                    let at = self.parents.len() as u32;
                    self.parents.extend_from_slice(parents);
                    (at, parents.len() as u32)
                }
            };
            self.spans.push(Span { start, peer, counter, lamport, lamport_before: self.lamport_max, parent, parents: count });
        }
        self.events += length;
        let span = self.spans.len() as u32 - 1;
        while self.index.len() as u32 * INDEX_STEP < self.events {
            self.index.push(span);
        }
        self.lamport_max = self.lamport_max.max(lamport + u64::from(length) - 1);
        if parents.len() == 1 && self.heads.only() == Some(parents[0]) {
            self.heads.set_only(self.events - 1);
        } else {
            parents.iter().for_each(|&parent| self.heads.remove(parent));
            self.heads.insert(self.events - 1);
        }
    }

    /// The number of the span that holds an event.
    #[inline]
    pub(crate) fn span_at(&self, event: LocalNumber) -> usize {
        if self.spans.last().is_some_and(|last| last.start <= event) {
            return self.spans.len() - 1;
        }
        let step = (event / INDEX_STEP) as usize;
        let from = self.index[step] as usize;
        let to = self.index.get(step + 1).map_or(self.spans.len() - 1, |&span| span as usize);
        if to - from <= 4 {
            (from + 1..=to).take_while(|&span| self.spans[span].start <= event).last().unwrap_or(from)
        } else {
            from + self.spans[from..=to].partition_point(|span| span.start <= event) - 1
        }
    }

    /// The local numbers of a span.
    pub(crate) fn span_range(&self, span: usize) -> Range<LocalNumber> {
        self.spans[span].start..self.spans.get(span + 1).map_or(self.events, |next| next.start)
    }

    /// The span that begins with an event, if one does.
    #[inline]
    pub(crate) fn span_begun_by(&self, event: LocalNumber) -> Option<usize> {
        let span = self.span_at(event);
        (self.spans[span].start == event).then_some(span)
    }

    /// The parents of a span's first event.
    #[inline]
    pub(crate) fn span_parents(&self, span: usize) -> &[LocalNumber] {
        let span = &self.spans[span];
        match span.parents {
            0 => &[],
            1 => core::slice::from_ref(&span.parent),
            count => &self.parents[span.parent as usize..(span.parent + count) as usize],
        }
    }

    /// An event's author, counter and Lamport time.
    #[inline]
    pub(crate) fn place(&self, event: LocalNumber) -> (PeerIndex, u64, u64) {
        let span = &self.spans[self.span_at(event)];
        let offset = u64::from(event - span.start);
        (span.peer, span.counter + offset, span.lamport + offset)
    }

    /// An event's id.
    pub(crate) fn id(&self, event: LocalNumber) -> EventId {
        let (peer, counter, _) = self.place(event);
        EventId::new(self.peers.name(peer).clone(), counter)
    }

    /// The ids of some events, sorted by peer and counter.
    pub(crate) fn ids(&self, events: impl IntoIterator<Item = LocalNumber>) -> Vec<EventId> {
        let mut ids: Vec<EventId> = events.into_iter().map(|event| self.id(event)).collect();
        ids.sort_unstable();
        ids
    }

    /// An event's deps, sorted by peer and counter.
    pub(crate) fn deps(&self, event: LocalNumber) -> Vec<EventId> {
        let span = self.span_at(event);
        if self.spans[span].start == event { self.ids(self.span_parents(span).iter().copied()) } else { vec![self.id(event - 1)] }
    }

    /// The local number of a peer's event.
    #[inline]
    pub(crate) fn find(&self, peer: PeerIndex, counter: u64) -> Option<LocalNumber> {
        let chain = &self.chains[peer as usize];
        if counter >= chain.next {
            return None;
        }
        let spans = &chain.spans;
        let last = &self.spans[*spans.last()? as usize];
        let span = if last.counter <= counter {
            last
        } else if spans.get(1).is_none_or(|&second| counter < self.spans[second as usize].counter) {
            // What made the rows, often, so what names them.
            &self.spans[spans[0] as usize]
        } else {
            &self.spans[spans[spans.partition_point(|&span| self.spans[span as usize].counter <= counter).checked_sub(1)?] as usize]
        };
        Some(span.start + (counter - span.counter) as u32)
    }

    /// The local number of an event that is named by a message or a caller.
    pub(crate) fn find_id(&self, id: &EventId) -> Option<LocalNumber> {
        self.find(self.peers.find(&id.peer)?, id.counter)
    }

    /// The peer's spans that hold a counter of `from` or above, in the order of their counters.
    pub(crate) fn spans_from(&self, peer: PeerIndex, from: u64) -> &[u32] {
        let spans = &self.chains[peer as usize].spans;
        if from >= self.next_counter(peer) {
            return &[];
        }
        // Mostly the newest are asked for: in growing steps from the end, so that the search touches few of a long history's spans.
        let begins_after = |&span: &u32| self.spans[span as usize].counter > from;
        let (mut step, mut low) = (1, spans.len() - 1);
        while low > 0 && begins_after(&spans[low]) {
            low = low.saturating_sub(step);
            step *= 2;
        }
        let high = (low + step).min(spans.len());
        let after = low + spans[low..high].partition_point(|span| !begins_after(span));
        &spans[after.saturating_sub(1)..]
    }

    /// The local number below which every event has a Lamport time lower than `lamport`.
    #[inline]
    pub(crate) fn all_below(&self, lamport: u64) -> LocalNumber {
        if self.lamport_max < lamport {
            return self.events;
        }
        let Some(span) = self.spans.partition_point(|span| span.lamport_before < lamport).checked_sub(1) else { return 0 };
        let range = self.span_range(span);
        let older = lamport.saturating_sub(self.spans[span].lamport).min(u64::from(range.end - range.start));
        range.start + older as u32
    }

    /// Compares two events in the total order: by Lamport time, then peer, then counter.
    pub(crate) fn cmp(&self, a: LocalNumber, b: LocalNumber) -> Ordering {
        let ((peer_a, counter_a, lamport_a), (peer_b, counter_b, lamport_b)) = (self.place(a), self.place(b));
        lamport_a.cmp(&lamport_b).then_with(|| self.peers.cmp(peer_a, peer_b)).then(counter_a.cmp(&counter_b))
    }

    /// For each peer with events the highest counter.
    pub(crate) fn versions(&self) -> VersionVector {
        let known = self.chains.iter().enumerate().filter(|(_, chain)| chain.next > 0);
        known.map(|(peer, chain)| (self.peers.name(peer as PeerIndex).clone(), chain.next - 1)).collect()
    }

    /// The frontier, sorted by peer and counter.
    pub(crate) fn frontier(&self) -> Vec<EventId> {
        self.ids(self.heads.iter())
    }

    /// Recomputes every invariant the slow way.
    pub(crate) fn check(&self) -> Result<(), String> {
        let fail = |what: &str, span: usize| Err(format!("graph: {what} at span {span}"));
        let mut next = vec![0; self.chains.len()];
        let (mut heads, mut lamport_max) = (std::collections::BTreeSet::new(), 0);
        for (number, span) in self.spans.iter().enumerate() {
            let range = self.span_range(number);
            let parents = self.span_parents(number);
            if range.is_empty() || span.start != if number == 0 { 0 } else { self.span_range(number - 1).end } {
                return fail("ranges do not join", number);
            }
            if next[span.peer as usize] != span.counter || span.lamport_before != lamport_max {
                return fail("counter or highest Lamport time is off", number);
            }
            if parents.iter().any(|&parent| parent >= span.start) {
                return fail("a parent comes later", number);
            }
            let lamport = parents.iter().map(|&parent| self.place(parent).2).max().unwrap_or(0) + 1;
            if span.lamport != lamport {
                return fail("the Lamport time does not follow from the parents", number);
            }
            next[span.peer as usize] += u64::from(range.end - range.start);
            lamport_max = lamport_max.max(lamport + u64::from(range.end - range.start) - 1);
            heads.retain(|head| !parents.contains(head));
            heads.insert(range.end - 1);
            for event in [range.start, range.end - 1] {
                let (peer, counter, _) = self.place(event);
                if self.span_at(event) != number || self.find(peer, counter) != Some(event) {
                    return fail("an event is not found", number);
                }
            }
        }
        if !next.iter().copied().eq(self.chains.iter().map(|chain| chain.next)) || lamport_max != self.lamport_max {
            return Err("graph: the chains do not add up".into());
        }
        let mut found: Vec<_> = self.heads.iter().collect();
        found.sort_unstable();
        if !found.into_iter().eq(heads) { Err("graph: the frontier is off".into()) } else { Ok(()) }
    }
}
