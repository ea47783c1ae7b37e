use crate::codec::{put_bytes, put_number};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::graph::{LocalNumber, PeerIndex};
use crate::oplog::{Arena, OpView, Packed};
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
    /// Counts of events that are multiples of 1,024, ascending, and the hashes after them.
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
        *self.chain(peer, document) = Chain { count, hash, marks, floor: 0 };
    }

    /// Takes over what a stored replica knew of a peer's chain.
    pub(crate) fn restore(&mut self, peer: PeerIndex, document: DocumentId, count: u64, hash: u64, floor: u64) {
        *self.chain(peer, document) = Chain { count, hash, marks: Vec::new(), floor };
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
        let mut chains = core::mem::take(&mut self.chains);
        let found = self.extend_chain(&mut chains, peer, count);
        self.chains = chains;
        found
    }

    fn extend_chain(&self, chains: &mut Chains, peer: PeerIndex, count: u64) -> Result<Option<u64>> {
        let document = self.document;
        chains.chain(peer, document);
        let Chains { chains, scratch } = chains;
        let Some(chain) = chains.get_mut(peer as usize) else { return Ok(None) };
        if chain.count == count {
            return Ok(Some(chain.hash));
        }
        let goes_on = count > chain.count;
        let (mut at, mut hash) = if goes_on {
            (chain.count, chain.hash)
        } else {
            let before = chain.marks.partition_point(|mark| mark.0 <= count).checked_sub(1);
            match before.and_then(|mark| chain.marks.get(mark)) {
                Some(&mark) => mark,
                None if chain.floor > 0 => return Ok(None),
                None => (0, chain_start(document)),
            }
        };
        let mut reader = self.reader();
        for &span in self.graph.spans_from(peer, at) {
            let range = self.graph.span_range(span as usize);
            let Some(first) = self.graph.spans().get(span as usize) else { break };
            let counter = first.counter;
            if counter >= count {
                break;
            }
            let mut event = range.start + (at - counter) as LocalNumber;
            while event < range.end && at < count {
                scratch.clear();
                if self.transactions.is_first(event) {
                    self.put_when(scratch, event, (event == range.start).then_some((span as usize, first.peer, counter)));
                } else {
                    scratch.push(0);
                }
                let (view, arena) = reader.get(event)?;
                self.put_what(scratch, view, arena);
                hash = xxh3_64_with_seed(scratch, hash);
                (event, at) = (event + 1, at + 1);
                if goes_on && at % MARK_EVENTS == 0 {
                    chain.marks.push((at, hash));
                }
            }
        }
        if goes_on {
            (chain.count, chain.hash) = (count, hash);
        }
        Ok(Some(hash))
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
