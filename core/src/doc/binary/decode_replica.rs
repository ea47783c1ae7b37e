use super::encode_replica::{ADOPTS_DOCUMENT, NEEDS_FRESH_PEER};
use super::plain_runs::read_plain_runs;
use super::proportion::{Proportion, block_cells_max};
use super::read_table::read_table;
use super::request::other_document;
use crate::codec::{Column, Kind, Reader, checksum, open_head, read_column};
use crate::doc::{CrdtDoc, DocOptions};
use crate::error::{Error, Result};
use crate::graph::{Graph, LocalNumber, PeerIndex, Transactions};
use crate::limits::{COUNTER_MAX, DEPS_MAX, EVENTS_MAX, FIELDS_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_OPS_MAX};
use crate::merge::Births;
use crate::oplog::{
    BLOCK_OPS, BlockOps, OpLog, OwnNumbering, RowIndex, SealedBlock, ShapeCell, Shapes, TableIndex, Tag, read_stored, rows_exist,
};
use crate::types::{DocumentId, PeerId};
use std::sync::Arc;

/// Magic, kind and version, and the length of the front.
const HEAD_BYTES: usize = 10;
/// No block takes fewer bytes than this: counts, heads of columns, checksum.
const BLOCK_BYTES_MIN: usize = 10;

impl CrdtDoc {
    /// A replica again, from what [`CrdtDoc::encode_replica`] or [`CrdtDoc::encode_state`] made. The history is read when it is asked for.
    ///
    /// With `options.peer` given as the stored peer id it resumes as that peer: safe only where the bytes are the latest of it, and nobody
    /// else resumes too. Without, it is a new replica of the same document under a fresh peer id. The document may not be another one.
    ///
    /// # Errors
    ///
    /// `malformed` or `unsupported_version` for the bytes, `other_document` when `options` names another one.
    pub fn decode_replica(bytes: &[u8], options: DocOptions) -> Result<CrdtDoc> {
        CrdtDoc::decode_replica_owned(bytes.to_vec(), options)
    }

    /// As [`CrdtDoc::decode_replica`], of bytes that are handed over: the history stays where it is.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::decode_replica`].
    pub fn decode_replica_owned(bytes: Vec<u8>, options: DocOptions) -> Result<CrdtDoc> {
        let kind = open_head(&bytes)?;
        let mut reader = Reader::new(&bytes);
        reader.take(2)?;
        if kind != Kind::Replica && kind != Kind::State {
            return Err(reader.malformed("this is no replica"));
        }
        let length = usize::try_from(reader.word()?).unwrap_or(usize::MAX);
        let front = reader.take(length)?;
        let sum = reader.take(4)?;
        if checksum(bytes.get(..HEAD_BYTES + length).unwrap_or_default()).to_le_bytes() != *sum {
            return Err(Error::malformed("the checksum does not hold: the bytes were cut or changed"));
        }
        let start = reader.offset();
        let mut front = Reader::new(front);
        let mut loading = Loading::read(&mut front, options, kind, bytes.len() - start)?;
        let lengths = core::mem::take(&mut loading.blocks);
        loading.read_history(Arc::new(bytes), start, &lengths)?;
        loading.finish()
    }

    /// Reads and verifies all history now.
    ///
    /// # Errors
    ///
    /// `corrupt`, with the offset, when a stored block is damaged.
    pub fn load_history(&self) -> Result<()> {
        let mut reader = self.reader();
        (self.log.floor()..self.graph.len()).step_by(BLOCK_OPS).try_for_each(|event| reader.get(event).map(|_| ()))
    }
}

/// What a front has claimed so far, and how long it is.
pub(super) struct Claims {
    proportion: Proportion,
    front_bytes: usize,
}

impl Claims {
    /// Notes a claim before anything is made of it.
    pub(super) fn claim(&mut self, reader: &Reader<'_>, claim: impl FnOnce(&mut Proportion)) -> Result<()> {
        claim(&mut self.proportion);
        self.proportion.check(self.front_bytes, reader)
    }
}

/// A replica that is being read.
struct Loading {
    doc: CrdtDoc,
    peer: PeerId,
    own_next: u64,
    needs_fresh_peer: bool,
    floor: LocalNumber,
    blocks: Vec<u64>,
    /// The most cells that a block can have.
    block_cells_max: usize,
    waiting: Vec<crate::types::EventRun>,
}

impl Loading {
    fn read(reader: &mut Reader<'_>, mut options: DocOptions, kind: Kind, history: usize) -> Result<Loading> {
        let mut claims = Claims { proportion: Proportion::default(), front_bytes: reader.left() };
        let document = DocumentId(reader.take(16)?.try_into().unwrap_or_default());
        if options.document.is_some_and(|wanted| wanted != document) {
            return Err(other_document(document, options.document.unwrap_or(document)));
        }
        let wanted = options.document.replace(document);
        let peer = PeerId::of_checked(reader.name()?);
        let own_next = reader.at_most(COUNTER_MAX as usize, "a counter is out of range")? as u64;
        let flags = reader.byte()?;
        if flags & !(NEEDS_FRESH_PEER | ADOPTS_DOCUMENT) != 0 {
            return Err(reader.malformed("a flag is of no known meaning"));
        }
        let needs_fresh_peer = flags & NEEDS_FRESH_PEER != 0;
        let floor = reader.at_most(EVENTS_MAX, "there are too many events")? as LocalNumber;
        let mut doc = CrdtDoc::new(options);
        doc.document_given = wanted.is_some() || flags & ADOPTS_DOCUMENT == 0;
        let me = doc.peer().clone();
        // The stored peers keep their numbers, which the rest refers to.
        doc.graph = Graph::new(doc.hash);
        let peers = read_stored_peers(reader, &mut doc, if kind == Kind::State { 1 } else { u64::from(floor) })?;
        read_graph(reader, &mut doc, peers, &mut claims)?;
        let chained = |doc: &CrdtDoc, peer: PeerIndex| doc.chains.parts(peer).map_or(0, |chain| chain.0);
        if (0..peers as PeerIndex).any(|peer| chained(&doc, peer) > doc.graph.next_counter(peer)) {
            return Err(reader.malformed("a chain is longer than its peer's events"));
        }
        // Of events without operations a chain hash cannot be computed any more.
        let mut gone = vec![0; peers];
        for number in 0..doc.graph.spans().len() {
            let range = doc.graph.span_range(number);
            if let Some(gone) = doc.graph.spans().get(number).and_then(|span| gone.get_mut(span.peer as usize)) {
                *gone += u64::from(range.end.min(floor).saturating_sub(range.start));
            }
        }
        if (0..).zip(&gone).any(|(peer, &gone)| chained(&doc, peer) < gone) {
            return Err(reader.malformed("a chain is shorter than what has no history"));
        }
        doc.me = doc.graph.intern(&me);
        if floor > doc.graph.len() || (kind == Kind::State && floor != doc.graph.len()) {
            return Err(reader.malformed("the history begins after the end"));
        }
        // A block takes some bytes, so what follows bounds how many events there can be.
        if (doc.graph.len() - floor) as usize > (history / BLOCK_BYTES_MIN + 1).saturating_mul(BLOCK_OPS) {
            return Err(reader.malformed("the blocks do not hold the events"));
        }
        if kind == Kind::Replica {
            read_transactions(reader, &mut doc, &mut claims)?;
        }
        let (shapes, widest) = read_schema(reader, &mut doc, &mut claims)?;
        let count = reader.at_most((doc.graph.len() - floor) as usize, "there are too many blocks")?;
        let mut blocks = Vec::new();
        if count != ((doc.graph.len() - floor) as usize).div_ceil(BLOCK_OPS) {
            return Err(reader.malformed("the blocks do not hold the events"));
        }
        read_column(reader, count, &mut blocks)?;
        let waiting = read_plain_runs(reader)?;
        doc.log = OpLog::resume(shapes, floor, Vec::new(), (0, 0));
        let mut births = Vec::new();
        for table in 0..doc.state.schema.tables() as TableIndex {
            read_table(reader, &mut doc, table, &mut births, &mut claims)?;
        }
        let inserts = read_later_births(reader, &mut doc, births, &mut claims)?;
        let block_cells_max = block_cells_max(inserts, widest);
        claims.claim(reader, |proportion| proportion.block(block_cells_max))?;
        // A writer appends zeros where the front would otherwise be out of proportion.
        if reader.take(reader.left())?.iter().any(|&byte| byte != 0) {
            return Err(reader.malformed("the state goes on after its end"));
        }
        Ok(Loading { doc, peer, own_next, needs_fresh_peer, floor, blocks, block_cells_max, waiting })
    }

    /// Takes the full blocks as they lie there; what is not full goes into the tail.
    fn read_history(&mut self, file: Arc<Vec<u8>>, start: usize, lengths: &[u64]) -> Result<()> {
        let doc = &mut self.doc;
        let mut at = start;
        let mut sealed = Vec::with_capacity(lengths.len());
        for &length in lengths {
            let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length)).filter(|&end| end <= file.len());
            let Some(end) = end else { return Err(Error::malformed("the history is cut").with_offset(at as u64)) };
            sealed.push(at..end);
            at = end;
        }
        if at != file.len() {
            return Err(Error::malformed("the history goes on after its end").with_offset(at as u64));
        }
        let partial = (doc.graph.len() - self.floor) as usize % BLOCK_OPS;
        let last = if partial > 0 { sealed.pop() } else { None };
        let sealed = sealed.into_iter().map(|range| SealedBlock::InFile { file: file.clone(), range }).collect();
        let shapes = core::mem::replace(&mut doc.log, OpLog::new(doc.hash)).shapes;
        doc.log = OpLog::resume(shapes, self.floor, sealed, doc.state.arena.mark());
        doc.log.stored_cells_max = self.block_cells_max;
        if let Some(range) = last {
            let mut block = BlockOps::default();
            let numbering = OwnNumbering { shapes: &doc.log.shapes, fields: doc.state.schema.fields(), tables: doc.state.schema.tables() };
            let offset = range.start as u64;
            read_stored(file.get(range).unwrap_or_default(), &mut block, &numbering, &mut doc.state.arena, self.block_cells_max)
                .map_err(|error| error.with_offset(offset))?;
            if block.records.len() != partial || !rows_exist(&block.records, &doc.log.shapes, &doc.state) {
                return Err(Error::malformed("the blocks do not hold the events"));
            }
            doc.log.extend_tail(&block);
        }
        Ok(())
    }

    fn finish(self) -> Result<CrdtDoc> {
        let Loading { mut doc, peer, own_next, needs_fresh_peer, waiting, .. } = self;
        doc.own_next = u64::MAX;
        for run in waiting {
            crate::doc::check_waiting(&run)?;
            let merged = doc.merge_checked(&[run])?;
            if merged.applied > 0 {
                return Err(Error::malformed("what waits could be applied"));
            }
        }
        doc.resume_as(&peer, own_next, needs_fresh_peer).map_err(|error| Error::malformed(error.message()))?;
        Ok(doc)
    }
}

fn read_stored_peers(reader: &mut Reader<'_>, doc: &mut CrdtDoc, floor: u64) -> Result<usize> {
    let count = reader.count(EVENTS_MAX, "there are fewer peers than the count says")?;
    for number in 0..count {
        let peer = doc.graph.intern(&PeerId::of_checked(reader.name()?));
        let chained = reader.number()?;
        if peer as usize != number || chained > COUNTER_MAX {
            return Err(reader.malformed("a peer stands there twice, or its chain is out of range"));
        }
        if chained > 0 {
            doc.chains.restore(peer, doc.document, chained, reader.word()?, floor);
        }
    }
    Ok(count)
}

fn read_graph(reader: &mut Reader<'_>, doc: &mut CrdtDoc, known: usize, claims: &mut Claims) -> Result<()> {
    let count = reader.at_most(EVENTS_MAX, "there are too many spans")?;
    claims.claim(reader, |proportion| proportion.spans(count, 0))?;
    let (peers, lengths, counts) = (Column::read(reader, count)?, Column::read(reader, count)?, Column::read(reader, count)?);
    let total = counts.clone().try_fold(0u64, |total, count| (count <= DEPS_MAX as u64).then(|| total + count));
    let total = total.and_then(|total| usize::try_from(total).ok()).ok_or_else(|| reader.malformed("there are too many deps"))?;
    claims.claim(reader, |proportion| proportion.spans(0, total))?;
    let mut parents = Column::read(reader, total)?;
    let mut own = Vec::with_capacity(4);
    for ((peer, length), count) in peers.zip(lengths).zip(counts) {
        let start = u64::from(doc.graph.len());
        if peer >= known as u64 || length == 0 || start.saturating_add(length) > EVENTS_MAX as u64 {
            return Err(reader.malformed("a span is out of range"));
        }
        claims.claim(reader, |proportion| proportion.events(length))?;
        own.clear();
        for distance in parents.by_ref().take(count as usize) {
            let parent = start.checked_sub(distance).filter(|_| distance > 0).ok_or_else(|| reader.malformed("a dep is out of range"))?;
            own.push(parent as LocalNumber);
        }
        let lamport = own.iter().map(|&parent| doc.graph.place(parent).2).max().unwrap_or(0) + 1;
        let peer = peer as PeerIndex;
        let before = doc.graph.next_counter(peer).checked_sub(1).and_then(|counter| doc.graph.find(peer, counter));
        let rises = before.is_none_or(|before| doc.graph.place(before).2 < lamport);
        if !rises || !own.is_sorted_by(|a, b| a < b) || lamport + length > COUNTER_MAX {
            return Err(reader.malformed("a span's deps are out of order"));
        }
        doc.graph.push(peer, lamport, length as u32, &own);
    }
    Ok(())
}

fn read_transactions(reader: &mut Reader<'_>, doc: &mut CrdtDoc, claims: &mut Claims) -> Result<()> {
    let events = u64::from(doc.graph.len());
    let mut lists = Vec::new();
    for _ in 0..2 {
        let count = reader.at_most(events as usize, "there are too many transactions")?;
        claims.claim(reader, |proportion| proportion.transactions(count))?;
        let (mut starts, mut seconds) = (Vec::new(), Vec::new());
        read_column(reader, count, &mut starts)?;
        read_column(reader, count, &mut seconds)?;
        if !starts.is_sorted_by(|a, b| a < b) || starts.last().is_some_and(|&last| last >= events) {
            return Err(reader.malformed("a transaction is out of range"));
        }
        lists.push((starts, seconds));
    }
    let (times, long) = (lists.pop().unwrap_or_default(), lists.pop().unwrap_or_default());
    let mut end = 0;
    for (&start, &length) in long.0.iter().zip(&long.1) {
        let last = start.saturating_add(length).saturating_sub(1);
        let good = (2..=TRANSACTION_OPS_MAX as u64).contains(&length) && start >= end && last < events;
        if !good || doc.graph.span_at(start as u32) != doc.graph.span_at(last as u32) {
            return Err(reader.malformed("a transaction is out of range"));
        }
        end = last + 1;
    }
    let long = long.0.iter().zip(&long.1).map(|(&start, &length)| (start as u32, length as u32)).collect();
    let times = times.0.iter().zip(&times.1).map(|(&start, &time)| (start as u32, time as i64)).unzip();
    doc.transactions = Transactions::of(long, times);
    if !doc.transactions.times_in(0..doc.graph.len()).all(|(start, _)| doc.transactions.is_first(start)) {
        return Err(reader.malformed("a transaction's time is out of range"));
    }
    Ok(())
}

/// Reads the names and the shapes. Returns these, and how many cells the widest has.
fn read_schema(reader: &mut Reader<'_>, doc: &mut CrdtDoc, claims: &mut Claims) -> Result<(Shapes, usize)> {
    let schema = &mut doc.state.schema;
    let tables = reader.count(EVENTS_MAX, "there are fewer tables than the count says")?;
    for number in 0..tables {
        if schema.intern_table(reader.name()?) as usize != number {
            return Err(reader.malformed("a table stands there twice"));
        }
    }
    let fields = reader.count(FIELDS_MAX, "there are fewer columns than the count says")?;
    for number in 0..fields {
        let table = reader.number()?;
        let name = reader.name()?;
        if table >= tables as u64 || schema.intern_column(table as TableIndex, name).1 as usize != number {
            return Err(reader.malformed("a column stands there twice, or its table is out of range"));
        }
    }
    let count = reader.count(FIELDS_MAX, "there are fewer shapes than the count says")?;
    let mut shapes = Shapes::new(doc.hash);
    let (mut cells, mut widest) = (Vec::new(), 0);
    for number in 0..count {
        let table = reader.number()?;
        let length = reader.at_most(TRANSACTION_BYTES_MAX, "a shape has too many cells")?;
        claims.claim(reader, |proportion| proportion.shape(length))?;
        widest = widest.max(length);
        cells.clear();
        for cell in Column::read(reader, length)? {
            let cell = ShapeCell(u32::try_from(cell).map_err(|_| reader.malformed("a field is out of range"))?);
            let known = (cell.field() as usize) < fields && u64::from(schema.field(cell.field()).0) == table;
            if !known || cell.tag() == Tag::Absent {
                return Err(reader.malformed("a shape's cell is out of range"));
            }
            cells.push(cell);
        }
        if table >= tables as u64 || shapes.intern(table as TableIndex, &cells) as usize != number {
            return Err(reader.malformed("a shape stands there twice, or its table is out of range"));
        }
    }
    Ok((shapes, widest))
}

/// Reads the inserts that are not the first of their row, and enters all of them. Returns how many they are.
fn read_later_births(
    reader: &mut Reader<'_>,
    doc: &mut CrdtDoc,
    mut births: Vec<(LocalNumber, u32, RowIndex)>,
    claims: &mut Claims,
) -> Result<usize> {
    let count = reader.at_most(doc.graph.len() as usize, "there are too many inserts")?;
    claims.claim(reader, |proportion| proportion.later_births(count))?;
    let (events, shapes, rows) = (Column::read(reader, count)?, Column::read(reader, count)?, Column::read(reader, count)?);
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    births.extend(events.zip(shapes).zip(rows).map(|((event, shape), row)| (number(event), number(shape), number(row))));
    births.sort_unstable();
    let known = |&(event, shape, row): &(LocalNumber, u32, RowIndex)| {
        event < doc.graph.len() && (shape as usize) < doc.log.shapes.len() && row < doc.state.table(doc.log.shapes.get(shape).0).rows()
    };
    if !births.iter().all(known) || !births.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(reader.malformed("an insert is out of range"));
    }
    let (inserts, mut entered) = (births.len(), Births::default());
    births.into_iter().for_each(|(event, shape, row)| entered.push(event, shape, row));
    doc.state.births = entered;
    Ok(inserts)
}
