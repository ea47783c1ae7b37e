use super::{CrdtDoc, counted_deps};
use crate::error::Result;
use crate::graph::{LocalNumber, PeerIndex};
use crate::limits::{MESSAGE_BYTES_MAX, MESSAGE_CELLS_MAX, MESSAGE_EVENTS_MAX, PAGE_BYTES_MAX, PAGE_EVENTS_MAX};
use crate::types::{EventId, EventRun, RowOp, VersionVector};
use core::ops::Range;

/// A part of what a peer lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Applied events: each transaction whole, after its deps and its peer's previous event.
    pub runs: Vec<EventRun>,
    /// There is more: having merged this, ask again with the new versions.
    pub has_more: bool,
}

/// What a page holds at most. It holds at least one transaction, however large.
///
/// Whatever is asked for, a page is one message and keeps the bounds of one: [`MESSAGE_EVENTS_MAX`], [`MESSAGE_BYTES_MAX`] and
/// [`MESSAGE_CELLS_MAX`]. So its receiver never refuses it for its size, and a single transaction always fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit {
    /// Events.
    pub events: usize,
    /// Bytes, counted as for a transaction.
    pub bytes: usize,
}

impl Default for PageLimit {
    /// 65,536 events and 16 MiB.
    fn default() -> PageLimit {
        PageLimit { events: PAGE_EVENTS_MAX, bytes: PAGE_BYTES_MAX }
    }
}

/// What a page of plain data holds, as its receiver counts it.
#[derive(Clone, Copy, Default)]
struct PageSize {
    events: usize,
    bytes: usize,
    cells: usize,
    deps_bytes: usize,
}

impl PageSize {
    fn and(self, ops: &[RowOp]) -> PageSize {
        PageSize {
            events: self.events + ops.len(),
            bytes: self.bytes + ops.iter().map(RowOp::counted_bytes).sum::<usize>(),
            cells: self.cells + ops.iter().map(RowOp::inserted_cells).sum::<usize>(),
            ..self
        }
    }

    fn is_past(&self, limit: PageLimit) -> bool {
        self.events > limit.events || self.bytes > limit.bytes
    }

    fn is_past_message(&self) -> bool {
        self.events > MESSAGE_EVENTS_MAX || self.bytes + self.deps_bytes > MESSAGE_BYTES_MAX || self.cells > MESSAGE_CELLS_MAX
    }
}

impl CrdtDoc {
    /// The applied events that `known` lacks, whole transactions, as ascending ranges of local numbers that each lie within one span.
    pub(crate) fn unknown_to(&self, known: &VersionVector, whole: bool) -> Vec<Range<LocalNumber>> {
        self.unknown_events(|peer| known.get(self.graph.peers().name(peer)).map_or(0, |counter| counter.saturating_add(1)), whole)
    }

    /// The same, where `next` gives the counter of the next event that is lacked of each peer.
    pub(crate) fn unknown_events(&self, next: impl Fn(PeerIndex) -> u64, whole: bool) -> Vec<Range<LocalNumber>> {
        let mut ranges = Vec::new();
        for peer in 0..self.graph.peers().len() as PeerIndex {
            let Some(mut first) = self.graph.find(peer, next(peer)) else { continue };
            if whole {
                // A transaction lies within one span, so its first event is the same peer's.
                first = self.transactions.range(first).start;
            }
            let (_, counter, _) = self.graph.place(first);
            for &span in self.graph.spans_from(peer, counter) {
                let range = self.graph.span_range(span as usize);
                ranges.push(range.start.max(first)..range.end);
            }
        }
        ranges.sort_unstable_by_key(|range| range.start);
        ranges
    }

    /// The applied events with a counter above `known[peer]`, or all where the peer is absent: the first page of them.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn get_pending(&self, known: &VersionVector) -> Result<Page> {
        self.get_pending_page(known, PageLimit::default())
    }

    /// The applied events with a counter above `known[peer]`, or all where the peer is absent: the first page of them, within `limit`.
    ///
    /// A `known` counter inside a transaction gets that transaction whole.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn get_pending_page(&self, known: &VersionVector, limit: PageLimit) -> Result<Page> {
        self.page(known, limit, true)
    }

    /// All of the applied events, in as many runs as they take: no message.
    pub(crate) fn all_runs(&self) -> Result<Vec<EventRun>> {
        let all = PageLimit { events: usize::MAX, bytes: usize::MAX };
        self.page(&VersionVector::new(), all, false).map(|page| page.runs)
    }

    fn page(&self, known: &VersionVector, limit: PageLimit, is_message: bool) -> Result<Page> {
        let mut page = Page::default();
        let mut reader = self.reader();
        let mut held = PageSize::default();
        for range in self.unknown_to(known, true) {
            let mut run: Option<Vec<RowOp>> = None;
            let mut at = range.start;
            let mut deps = self.graph.deps(range.start);
            held.deps_bytes += counted_deps(&deps);
            while at < range.end {
                let transaction = self.transactions.range(at);
                let ops: Vec<RowOp> = transaction
                    .clone()
                    .map(|event| reader.get(event).map(|(view, arena)| self.plain_op(view, arena)))
                    .collect::<Result<_>>()?;
                let with = held.and(&ops);
                if held.events > 0 && (with.is_past(limit) || (is_message && with.is_past_message())) {
                    page.has_more = true;
                    break;
                }
                held = with;
                at = transaction.end;
                run.get_or_insert_default().extend(ops);
            }
            page.runs.extend(run.map(|ops| self.run(range.start, core::mem::take(&mut deps), ops)));
            if page.has_more {
                break;
            }
        }
        Ok(page)
    }

    /// The run that begins with event `start` and holds whole transactions.
    pub(crate) fn run(&self, start: LocalNumber, deps: Vec<EventId>, ops: Vec<RowOp>) -> EventRun {
        let (peer, counter_start, lamport_start) = self.graph.place(start);
        let range = start..start + ops.len() as LocalNumber;
        let (long, timed) = (!self.transactions.long_in(range.clone()).is_empty(), self.transactions.timed_in(range.clone()));
        let (mut tx, mut at, mut event) = (Vec::new(), Vec::new(), range.start);
        while (long || timed) && event < range.end {
            let transaction = self.transactions.range(event);
            tx.extend(long.then_some(transaction.end - transaction.start));
            at.extend(timed.then(|| self.transactions.time(event)));
            event = transaction.end;
        }
        EventRun { peer: self.graph.peers().name(peer).clone(), counter_start, lamport_start, deps, ops, tx, at }
    }
}
