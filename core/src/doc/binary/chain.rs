use crate::codec::{put_bytes, put_number};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::graph::{LocalNumber, PeerIndex};
use crate::oplog::{Arena, LogReader, OpView, Packed};
use crate::types::{DocumentId, ValueRef};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// A hash is kept for every count of events that is a multiple of this.
const MARK_EVENTS: u64 = 1_024;

/// Counts of events, ascending, and the hashes after them.
pub(crate) type Marks = Vec<(u64, u64)>;

/// One peer's chain, as far as it has been computed.
#[derive(Clone, Debug, Default)]
struct Chain {
    count: u64,
    hash: u64,
    /// The latest hash of fewer events that was asked for or went before: whoever is a little behind is asked about again.
    previous: Option<(u64, u64)>,
    /// Counts of events that are multiples of 1,024, ascending, and the hashes after them, as far as somebody came by.
    marks: Marks,
    /// Not 0 where the history before what is known is not here: the chain cannot be computed from its start, so a hash of fewer events than
    /// `count` is to be had only from a mark on.
    floor: u64,
}

/// For each peer a 64-bit chain hash of its events, each covering the one before it, deps, time and content: two devices that write under
/// one peer id are found out. Computed when somebody syncs, kept, and not on the way of a write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    chains: Vec<Chain>,
    scratch: Vec<u8>,
}

/// What it takes to get from a hash that is known to one that is asked for.
struct Walk {
    peer: PeerIndex,
    /// The events that `hash` covers so far, and how many it is to cover.
    at: u64,
    hash: u64,
    count: u64,
    /// What was passed on the way.
    marks: Marks,
}

/// The hash before a peer's first event. It covers the document, so that chains of two documents never agree.
pub(crate) fn chain_start(document: DocumentId) -> u64 {
    xxh3_64(&document.0)
}

impl Chains {
    #[allow(clippy::indexing_slicing)] // It was made long enough just before.
    fn chain(&mut self, peer: PeerIndex, document: DocumentId) -> &mut Chain {
        let start = chain_start(document);
        if self.chains.len() <= peer as usize {
            self.chains.resize(peer as usize + 1, Chain { hash: start, ..Chain::default() });
        }
        &mut self.chains[peer as usize]
    }

    /// What is known of a peer's chain: count of events and hash.
    pub(crate) fn latest(&mut self, peer: PeerIndex, document: DocumentId) -> (u64, u64) {
        let chain = self.chain(peer, document);
        (chain.count, chain.hash)
    }

    /// A peer's chain as it is kept in a store: count of events, hash, marks. `None` when nothing was computed.
    pub(crate) fn parts(&self, peer: PeerIndex) -> Option<(u64, u64, &Marks)> {
        let chain = self.chains.get(peer as usize).filter(|chain| chain.count > 0)?;
        Some((chain.count, chain.hash, &chain.marks))
    }

    /// Takes over a chain with its marks.
    pub(crate) fn restore_marked(&mut self, peer: PeerIndex, document: DocumentId, (count, hash): (u64, u64), marks: Marks) {
        *self.chain(peer, document) = Chain { count, hash, previous: None, marks, floor: 0 };
    }

    /// The hash of a peer's first `count` events if it is known, else the nearest one below it; `None` where that is not to be had.
    fn nearest(&mut self, peer: PeerIndex, document: DocumentId, count: u64) -> Option<(u64, u64)> {
        let start = (0, chain_start(document));
        let chain = self.chain(peer, document);
        if count >= chain.count {
            return Some((chain.count, chain.hash));
        }
        let mark = chain.marks.partition_point(|mark| mark.0 <= count).checked_sub(1).and_then(|mark| chain.marks.get(mark)).copied();
        let previous = chain.previous.filter(|previous| previous.0 <= count);
        mark.max(previous).or((chain.floor == 0).then_some(start))
    }

    /// Keeps what a walk found.
    fn keep(&mut self, walk: Walk, document: DocumentId) {
        let chain = self.chain(walk.peer, document);
        if walk.count > chain.count {
            chain.previous = (chain.count > 0).then_some((chain.count, chain.hash));
            (chain.count, chain.hash) = (walk.count, walk.hash);
        } else {
            chain.previous = Some((walk.count, walk.hash));
        }
        if let Some(first) = walk.marks.first() {
            let in_order = chain.marks.last().is_none_or(|last| last.0 < first.0);
            chain.marks.extend(walk.marks);
            if !in_order {
                chain.marks.sort_unstable();
                chain.marks.dedup();
            }
        }
    }

    /// Takes over what a stored replica knew of a peer's chain.
    pub(crate) fn restore(&mut self, peer: PeerIndex, document: DocumentId, count: u64, hash: u64, floor: u64) {
        *self.chain(peer, document) = Chain { count, hash, previous: None, marks: Vec::new(), floor };
    }
}

impl CrdtDoc {
    /// The hash of a peer's first `count` events; `None` when it has fewer, or their history is not here.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged.
    pub(crate) fn chain_hash(&mut self, peer: PeerIndex, count: u64) -> Result<Option<u64>> {
        if count == 0 {
            return Ok(Some(chain_start(self.document)));
        }
        if count > self.graph.next_counter(peer) {
            return Ok(None);
        }
        let Some((at, hash)) = self.chains.nearest(peer, self.document, count) else { return Ok(None) };
        if at == count {
            return Ok(Some(hash));
        }
        let mut walk = Walk { peer, at, hash, count, marks: Vec::new() };
        let mut scratch = core::mem::take(&mut self.chains.scratch);
        let mut reader = self.reader();
        let is_wanted = |span: &&u32| self.graph.spans().get(**span as usize).is_some_and(|span| span.counter < count);
        let mut spans = self.graph.spans_from(peer, at).iter().take_while(is_wanted);
        let walked = spans.try_for_each(|&span| self.walk_span(&mut walk, span, &mut reader, &mut scratch));
        self.chains.scratch = scratch;
        walked?;
        let hash = walk.hash;
        self.chains.keep(walk, self.document);
        Ok(Some(hash))
    }

    /// As [`CrdtDoc::chain_hash`], for many peers at once: history is read once and in its order, however many have written by turns.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::chain_hash`].
    pub(crate) fn chain_hashes(&mut self, wanted: &[(PeerIndex, u64)]) -> Result<Vec<Option<u64>>> {
        let mut walks = Vec::new();
        for &(peer, count) in wanted.iter().filter(|&&(peer, count)| count > 0 && count <= self.graph.next_counter(peer)) {
            match self.chains.nearest(peer, self.document, count) {
                Some((at, hash)) if at < count => walks.push(Walk { peer, at, hash, count, marks: Vec::new() }),
                _ => {}
            }
        }
        if walks.len() > 1 {
            let mut stretches: Vec<(u32, u32)> = Vec::new();
            for (number, walk) in (0u32..).zip(&walks) {
                let spans = self.graph.spans_from(walk.peer, walk.at).iter();
                let is_wanted = |span: &&u32| self.graph.spans().get(**span as usize).is_some_and(|span| span.counter < walk.count);
                stretches.extend(spans.take_while(is_wanted).map(|&span| (span, number)));
            }
            // The numbers of spans ascend as the events do.
            stretches.sort_unstable();
            let mut scratch = core::mem::take(&mut self.chains.scratch);
            let mut reader = self.reader();
            let mut step = |&(span, number): &(u32, u32)| match walks.get_mut(number as usize) {
                Some(walk) => self.walk_span(walk, span, &mut reader, &mut scratch),
                None => Ok(()),
            };
            let walked = stretches.iter().try_for_each(&mut step);
            self.chains.scratch = scratch;
            walked?;
            walks.into_iter().for_each(|walk| self.chains.keep(walk, self.document));
        }
        wanted.iter().map(|&(peer, count)| self.chain_hash(peer, count)).collect()
    }

    /// Goes on through those of a span's events that the walk is to cover.
    fn walk_span(&self, walk: &mut Walk, span: u32, reader: &mut LogReader<'_>, scratch: &mut Vec<u8>) -> Result<()> {
        let range = self.graph.span_range(span as usize);
        let Some(first) = self.graph.spans().get(span as usize).filter(|first| first.counter < walk.count) else { return Ok(()) };
        let counter = first.counter;
        let mut event = range.start + (walk.at - counter) as LocalNumber;
        while event < range.end && walk.at < walk.count {
            scratch.clear();
            if self.transactions.is_first(event) {
                self.put_when(scratch, event, (event == range.start).then_some((span as usize, first.peer, counter)));
            } else {
                scratch.push(0);
            }
            let (view, arena) = reader.get(event)?;
            self.put_what(scratch, view, arena);
            walk.hash = xxh3_64_with_seed(scratch, walk.hash);
            (event, walk.at) = (event + 1, walk.at + 1);
            if walk.at % MARK_EVENTS == 0 {
                walk.marks.push((walk.at, walk.hash));
            }
        }
        Ok(())
    }

    /// The place of a transaction's first event in canonical form: length, time and deps, which its other events do not have. `span` is the
    /// number, author and first counter of the span that the event begins, if it begins one.
    fn put_when(&self, out: &mut Vec<u8>, event: LocalNumber, span: Option<(usize, PeerIndex, u64)>) {
        let transaction = self.transactions.range(event);
        put_number(out, u64::from(transaction.end - transaction.start));
        match self.transactions.time(event) {
            Some(at) => {
                out.push(1);
                out.extend_from_slice(&at.to_le_bytes());
            }
            None => out.push(0),
        }
        let Some((span, author, next)) = span else { return out.push(0) };
        if let &[only] = self.graph.span_parents(span) {
            let (peer, counter, _) = self.graph.place(only);
            if peer == author && counter + 1 == next {
                return out.push(0);
            }
            put_number(out, 2);
            put_bytes(out, self.graph.peers().name(peer).as_bytes());
            return put_number(out, counter);
        }
        let deps = self.graph.ids(self.graph.span_parents(span).iter().copied());
        put_number(out, deps.len() as u64 + 1);
        for dep in deps {
            put_bytes(out, dep.peer.as_bytes());
            put_number(out, dep.counter);
        }
    }

    /// An event's operation in canonical form, names and all.
    fn put_what(&self, out: &mut Vec<u8>, view: OpView<'_>, arena: &Arena) {
        let schema = &self.state.schema;
        let (table, row) = self.row_of(view);
        put_bytes(out, schema.table_name(table).as_bytes());
        put_bytes(out, self.state.table(table).id(row).as_bytes());
        match view {
            OpView::Insert { cells, values, .. } => {
                put_number(out, 2 + cells.len() as u64);
                for (cell, &bits) in cells.iter().zip(values) {
                    let (_, column) = schema.field(cell.field());
                    put_bytes(out, schema.column_name(table, column).as_bytes());
                    put_value(out, arena, Packed { bits, tag: cell.tag() });
                }
            }
            OpView::Update { field, value, .. } => {
                out.push(1);
                put_bytes(out, schema.column_name(table, schema.field(field).1).as_bytes());
                put_value(out, arena, value);
            }
            OpView::Delete { .. } => out.push(0),
        }
    }
}

fn put_value(out: &mut Vec<u8>, arena: &Arena, packed: Packed) {
    out.push(packed.tag as u8);
    match arena.value(packed) {
        Some(ValueRef::Str(text)) => put_bytes(out, text.as_bytes()),
        Some(ValueRef::Bytes(bytes)) => put_bytes(out, bytes),
        _ => out.extend_from_slice(&packed.bits.to_le_bytes()),
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;
    use crate::{DocOptions, PageLimit, VersionVector};

    /// Three peers who write by turns, as one of them has it.
    fn by_turns(rounds: i64) -> CrdtDoc {
        let mut docs: Vec<CrdtDoc> = ["a", "b", "c"]
            .map(|name| CrdtDoc::new(DocOptions::seeded(1).peer(crate::PeerId::new(name).unwrap()).document(DocumentId([7; 16]))))
            .into();
        docs[0].insert("t", "r", &[("n", 0.into())]).unwrap();
        for round in 0..rounds {
            let (from, to) = (round as usize % 3, (round as usize + 1) % 3);
            let known = docs[to].versions();
            let bytes = docs[from].encode_update(&known, PageLimit::default()).unwrap().bytes;
            docs[to].merge_update(&bytes).unwrap();
            for value in 0..1 + round % 5 {
                docs[to].update("t", "r", "n", value).unwrap();
            }
        }
        docs.swap_remove(0)
    }

    /// Goal: however it was asked before, a chain hash is that of the events. Method: questions by chance, one and many at a time, to a
    /// replica that remembers, to one that was decoded, and to one that has forgotten everything.
    #[test]
    fn what_is_remembered_is_what_would_be_computed() {
        let mut random = SplitMix::new(5);
        let mut doc = by_turns(4_500);
        let everything = doc.encode_update(&VersionVector::new(), PageLimit::default()).unwrap();
        assert!(!everything.bytes.is_empty());
        let peers = doc.graph.peers().len() as PeerIndex;
        let all: Vec<(PeerIndex, u64)> = (0..peers).map(|peer| (peer, doc.graph.next_counter(peer))).collect();
        doc.chain_hashes(&all).unwrap();
        let mut decoded = CrdtDoc::decode_replica(&doc.encode_replica().unwrap(), DocOptions::seeded(2)).unwrap();
        for _ in 0..60 {
            let mut ask = |_| {
                let (peer, count) = all[random.below(u64::from(peers)) as usize];
                (peer, random.below(count + 2))
            };
            let wanted: Vec<(PeerIndex, u64)> = (0..4).map(&mut ask).collect();
            doc.chains = Chains::default();
            let expected: Vec<Option<u64>> = wanted.iter().map(|&(peer, count)| doc.chain_hash(peer, count).unwrap()).collect();
            assert_eq!(decoded.chain_hashes(&wanted).unwrap(), expected);
            for (&(peer, count), &hash) in wanted.iter().zip(&expected) {
                assert_eq!(decoded.chain_hash(peer, count).unwrap(), hash);
            }
        }
        doc.chains = Chains::default();
        assert_eq!(doc.chain_hashes(&all).unwrap(), decoded.chain_hashes(&all).unwrap());
    }

    /// Goal: a replica that was decoded remembers what it was asked. Method: the marks that a question leaves are those of one that
    /// computed from the beginning.
    #[test]
    fn a_decoded_replica_keeps_the_marks_that_it_passes() {
        let mut doc = by_turns(4_500);
        let peer = 1;
        let count = doc.graph.next_counter(peer);
        assert!(count > 2 * MARK_EVENTS);
        doc.chain_hash(peer, count).unwrap();
        let marks = doc.chains.parts(peer).unwrap().2.clone();
        let mut decoded = CrdtDoc::decode_replica(&doc.encode_replica().unwrap(), DocOptions::seeded(2)).unwrap();
        assert!(decoded.chains.parts(peer).unwrap().2.is_empty());
        decoded.chain_hash(peer, count - 1).unwrap();
        assert_eq!(*decoded.chains.parts(peer).unwrap().2, marks);
        decoded.chain_hash(peer, MARK_EVENTS + 1).unwrap();
        assert_eq!(*decoded.chains.parts(peer).unwrap().2, marks);
    }
}
