use super::page::Size;
use super::request::Known;
use super::rows::{RowName, RowNames};
use crate::codec::{Kind, begin_frame, end_frame, put_bytes, put_column, put_number};
use crate::doc::{CrdtDoc, PageLimit};
use crate::error::Result;
use crate::graph::{LocalNumber, PeerIndex};
use crate::limits::{MESSAGE_BYTES_MAX, MESSAGE_CELLS_MAX};
use crate::oplog::{BLOCK_OPS, FieldIndex, Form, FormView, Numbering, Record, ShapeCell, TableIndex, put_block};
use crate::types::{ValueRef, VersionVector};
use core::ops::Range;
use std::collections::HashMap;

/// A part of what a peer lacks, in binary form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdatePage {
    /// An update, for [`CrdtDoc::merge_update`] of a replica that knows what was asked with; empty when it lacks nothing.
    pub bytes: Vec<u8>,
    /// There is more: having merged this, ask again.
    pub has_more: bool,
}

/// Set in the first byte of an update: the whole document id follows, not just two bytes of it.
pub(crate) const WHOLE_DOCUMENT: u8 = 1;

/// How many forms are found again without hashing.
const RECENT: usize = 32;

/// The tables, fields and shapes that an update names, numbered as they come.
#[derive(Default)]
struct Numbers {
    tables: Vec<TableIndex>,
    table_numbers: HashMap<TableIndex, u32>,
    fields: Vec<FieldIndex>,
    field_numbers: HashMap<FieldIndex, u32>,
    /// For each form of the document that of the update, and the bytes that an operation of it counts for at most, long values apart.
    forms: HashMap<Form, (Form, usize)>,
    /// The forms looked up last, by their low bits.
    recent: [Option<(Form, (Form, usize))>; RECENT],
    /// Table and stretch of `cells`, by numbers of the update.
    shapes: Vec<(u32, Range<usize>)>,
    cells: Vec<ShapeCell>,
}

impl Numbering for Numbers {
    fn shape_cells(&self, shape: u32) -> Option<&[ShapeCell]> {
        let (_, range) = self.shapes.get(shape as usize)?;
        self.cells.get(range.clone())
    }

    fn fields_and_tables(&self) -> (usize, usize) {
        (self.fields.len(), self.tables.len())
    }
}

impl Numbers {
    fn table(&mut self, table: TableIndex) -> u32 {
        *self.table_numbers.entry(table).or_insert_with(|| {
            self.tables.push(table);
            self.tables.len() as u32 - 1
        })
    }

    fn field(&mut self, doc: &CrdtDoc, field: FieldIndex) -> u32 {
        self.table(doc.state.schema.field(field).0);
        *self.field_numbers.entry(field).or_insert_with(|| {
            self.fields.push(field);
            self.fields.len() as u32 - 1
        })
    }

    /// The form by numbers of the update, and the bytes that an operation of it counts for at most, long values apart.
    #[inline]
    #[allow(clippy::indexing_slicing)] // The place is a remainder of the length.
    fn form(&mut self, doc: &CrdtDoc, form: Form) -> (Form, usize) {
        let at = (form.0 ^ form.0 >> 27) as usize % RECENT;
        match self.recent[at] {
            Some((known, number)) if known == form => number,
            _ => {
                let number = match self.forms.get(&form) {
                    Some(&number) => number,
                    None => self.new_form(doc, form),
                };
                self.recent[at] = Some((form, number));
                number
            }
        }
    }

    fn new_form(&mut self, doc: &CrdtDoc, form: Form) -> (Form, usize) {
        let number = match form.view() {
            FormView::Update(field, tag) => Form::update(self.field(doc, field), tag),
            FormView::Delete(table) => Form::delete(self.table(table)),
            FormView::Insert(shape) => {
                let (table, cells) = doc.log.shapes.get(shape);
                let table = self.table(table);
                let start = self.cells.len();
                for cell in cells {
                    let cell = ShapeCell::new(self.field(doc, cell.field()), cell.tag());
                    self.cells.push(cell);
                }
                self.shapes.push((table, start..self.cells.len()));
                Form::insert(self.shapes.len() as u32 - 1)
            }
        };
        let number = (number, doc.form_bytes_max(form));
        self.forms.insert(form, number);
        number
    }

    #[allow(clippy::indexing_slicing)] // A field's table was numbered before it, and a shape's stretch is of these cells.
    fn put(&self, out: &mut Vec<u8>, doc: &CrdtDoc) {
        let schema = &doc.state.schema;
        put_number(out, self.tables.len() as u64);
        self.tables.iter().for_each(|&table| put_bytes(out, schema.table_name(table).as_bytes()));
        put_number(out, self.fields.len() as u64);
        for &field in &self.fields {
            let (table, column) = schema.field(field);
            put_number(out, u64::from(self.table_numbers[&table]));
            put_bytes(out, schema.column_name(table, column).as_bytes());
        }
        put_number(out, self.shapes.len() as u64);
        for (table, range) in &self.shapes {
            put_number(out, u64::from(*table));
            put_number(out, range.len() as u64);
            put_column(out, &self.cells[range.clone()].iter().map(|cell| u64::from(cell.0)).collect::<Vec<_>>());
        }
    }
}

/// The peers that an update names, numbered as they come.
#[derive(Default)]
struct UpdatePeers {
    list: Vec<PeerIndex>,
    /// For each peer of the document its number plus one.
    numbers: Vec<u32>,
    /// For each author the counter of its first event.
    first: Vec<Option<u64>>,
    /// The counter that was mentioned last, which the next one is told from.
    mentioned: Vec<u64>,
}

impl UpdatePeers {
    #[inline]
    fn number(&mut self, peer: PeerIndex) -> u32 {
        match self.numbers.get(peer as usize) {
            None | Some(0) => self.push(peer),
            Some(number) => number - 1,
        }
    }

    #[cold]
    fn push(&mut self, peer: PeerIndex) -> u32 {
        self.list.push(peer);
        self.first.push(None);
        self.mentioned.push(0);
        if let Some(number) = self.numbers.get_mut(peer as usize) {
            *number = self.list.len() as u32;
        }
        self.list.len() as u32 - 1
    }
}

/// What a column each says of the runs.
#[derive(Default)]
struct RunColumns {
    peers: Vec<u64>,
    lengths: Vec<u64>,
    /// 0: the first event depends on just its peer's previous one; else one more than the number of deps, which follow.
    dep_counts: Vec<u64>,
    dep_peers: Vec<u64>,
    dep_counters: Vec<u64>,
}

impl CrdtDoc {
    /// What the replica that made `request` lacks, within the default limit, as an update for it.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::encode_pending_page`].
    pub fn encode_pending(&mut self, request: &[u8]) -> Result<UpdatePage> {
        self.encode_pending_page(request, PageLimit::default())
    }

    /// What the replica that made `request` lacks, within `limit`, as an update for it.
    ///
    /// # Errors
    ///
    /// `malformed` or `unsupported_version` for the request; `other_document`; `conflicting_event`, with peer and counter, when both have
    /// different events under one peer id; `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn encode_pending_page(&mut self, request: &[u8], limit: PageLimit) -> Result<UpdatePage> {
        let known = self.read_request(request)?;
        let page = self.encode_unknown(&known, limit)?;
        if known.rolled_back {
            (self.rollback_noticed, self.needs_fresh_peer) = (true, true);
        }
        Ok(page)
    }

    /// What a replica that knows `known` lacks, within `limit`, as an update for it and for any that knows more.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn encode_update(&mut self, known: &VersionVector, limit: PageLimit) -> Result<UpdatePage> {
        let next = |peer: PeerIndex| known.get(self.graph.peers().name(peer)).map_or(0, |counter| counter.saturating_add(1));
        let next = (0..self.graph.peers().len() as PeerIndex).map(next).collect();
        self.encode_unknown(&Known { next, names_document: true, rolled_back: false }, limit)
    }

    /// These events as an update; none if they are not counted yet and may be more than a message may hold.
    pub(super) fn encode_ranges(&mut self, ranges: &[Range<LocalNumber>], known: &Known, size: Size) -> Result<Option<Vec<u8>>> {
        let mut peers = UpdatePeers { numbers: vec![0; self.graph.peers().len()], ..UpdatePeers::default() };
        let runs = self.run_columns(ranges, &mut peers);
        let (mut numbers, mut rows) = (Numbers::default(), RowNames::default());
        let mut ops = UpdateOps { size, ..UpdateOps::default() };
        self.gather(ranges, known, &mut peers, &mut numbers, &mut rows, &mut ops)?;
        if !ops.may_go_on() {
            return Ok(None);
        }

        let mut out = Vec::with_capacity(64 + ops.records.len() * 5 + ops.text.len() + ops.bytes.len());
        begin_frame(&mut out, Kind::Update);
        self.put_document(&mut out, known);
        put_number(&mut out, peers.list.len() as u64);
        let firsts: Vec<(PeerIndex, u64)> = peers.list.iter().zip(&peers.first).map(|(&peer, first)| (peer, first.unwrap_or(0))).collect();
        let hashes = self.chain_hashes(&firsts)?;
        for ((&peer, &first), hash) in peers.list.iter().zip(&peers.first).zip(hashes) {
            put_bytes(&mut out, self.graph.peers().name(peer).as_bytes());
            put_number(&mut out, first.map_or(0, |first| first + 1));
            if first.is_some_and(|first| first > 0) {
                out.extend_from_slice(&hash.unwrap_or(0).to_le_bytes());
            }
        }
        put_number(&mut out, ranges.len() as u64);
        for column in [&runs.peers, &runs.lengths, &runs.dep_counts, &runs.dep_peers, &runs.dep_counters] {
            put_column(&mut out, column);
        }
        self.put_transactions(&mut out, ranges);
        numbers.put(&mut out, self);
        rows.put(&mut out, self, |table| numbers.table_numbers.get(&table).copied().unwrap_or_default());
        for (record, &name) in ops.records.iter_mut().zip(&ops.rows) {
            record.row = rows.number(name) as u32;
        }
        ops.put(&mut out, &numbers);
        end_frame(&mut out, 0);
        Ok(Some(out))
    }

    /// The document: whole where the receiver may not know it, else two bytes, which with the chain hashes are enough to tell another.
    pub(crate) fn put_document(&self, out: &mut Vec<u8>, known: &Known) {
        let whole = known.names_document || known.next.iter().all(|&next| next == 0);
        out.push(if whole { WHOLE_DOCUMENT } else { 0 });
        out.extend_from_slice(if whole { &self.document.0 } else { &self.document.0[..2] });
    }

    #[allow(clippy::indexing_slicing)] // `UpdatePeers::number` gives numbers of its own lists.
    fn run_columns(&self, ranges: &[Range<LocalNumber>], peers: &mut UpdatePeers) -> RunColumns {
        let mut columns = RunColumns::default();
        for range in ranges {
            let span = self.graph.span_at(range.start);
            let (peer, counter, _) = self.graph.place(range.start);
            let number = peers.number(peer) as usize;
            peers.first[number].get_or_insert(counter);
            columns.peers.push(number as u64);
            columns.lengths.push(range.len() as u64);
            let parents = self.graph.span_parents(span);
            let is_own = |&[only]: &[LocalNumber; 1]| {
                let (author, before, _) = self.graph.place(only);
                author == peer && before + 1 == counter
            };
            if self.graph.span_begun_by(range.start).is_none()
                || parents.first_chunk::<1>().is_some_and(|only| parents.len() == 1 && is_own(only))
            {
                columns.dep_counts.push(0);
            } else {
                columns.dep_counts.push(parents.len() as u64 + 1);
                for &parent in parents {
                    let (peer, counter, _) = self.graph.place(parent);
                    let dep = peers.number(peer) as usize;
                    columns.dep_peers.push(dep as u64);
                    columns.dep_counters.push(counter.wrapping_sub(peers.mentioned[dep]));
                    peers.mentioned[dep] = counter;
                }
            }
            peers.mentioned[number] = counter + range.len() as u64 - 1;
        }
        columns
    }

    fn put_transactions(&self, out: &mut Vec<u8>, ranges: &[Range<LocalNumber>]) {
        let (mut starts, mut lengths, mut timed, mut times, mut before) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0);
        for range in ranges {
            for &(start, length) in self.transactions.long_in(range.clone()) {
                starts.push(u64::from(before + start - range.start));
                lengths.push(u64::from(length));
            }
            for (start, time) in self.transactions.times_in(range.clone()) {
                timed.push(u64::from(before + start - range.start));
                times.push(time as u64);
            }
            before += range.len() as u32;
        }
        put_number(out, starts.len() as u64);
        put_column(out, &starts);
        put_column(out, &lengths);
        put_number(out, timed.len() as u64);
        put_column(out, &timed);
        put_column(out, &times);
    }

    fn gather(
        &self,
        ranges: &[Range<LocalNumber>],
        known: &Known,
        peers: &mut UpdatePeers,
        numbers: &mut Numbers,
        rows: &mut RowNames,
        ops: &mut UpdateOps,
    ) -> Result<()> {
        let mut reader = self.reader();
        let events = ranges.iter().map(|range| range.len()).sum();
        ops.records.reserve(events);
        ops.rows.reserve(events);
        for event in ranges.iter().cloned().flatten() {
            let (record, values, arena) = reader.record(event)?;
            let (form, bytes_max) = numbers.form(self, record.form);
            ops.bytes_max += bytes_max;
            let table = match record.form.view() {
                FormView::Update(field, _) => self.state.schema.field(field).0,
                FormView::Insert(shape) => self.log.shapes.get(shape).0,
                FormView::Delete(table) => table,
            };
            ops.rows.push(self.row_name(table, record.row, known, peers, rows));
            let bits = match record.form.view() {
                FormView::Insert(shape) => {
                    let start = ops.values.len();
                    ops.values.extend_from_slice(values);
                    for (cell, &bits) in self.log.shapes.get(shape).1.iter().zip(values) {
                        ops.text(arena.value(crate::oplog::Packed { bits, tag: cell.tag() }));
                    }
                    start as u64
                }
                FormView::Update(_, tag) => {
                    ops.text(arena.value(crate::oplog::Packed { bits: record.bits, tag }));
                    record.bits
                }
                FormView::Delete(_) => 0,
            };
            ops.records.push(Record { bits, row: 0, form });
            if ops.records.len() % LOOK_EVENTS == 0 {
                if ops.records.len() % BLOCK_OPS == 0 {
                    ops.texts.push((ops.text.len(), ops.bytes.len()));
                }
                if !ops.may_go_on() {
                    return Ok(());
                }
            }
        }
        ops.texts.push((ops.text.len(), ops.bytes.len()));
        Ok(())
    }

    /// How to name a row to a receiver: by an insert that it has, if there is one.
    #[inline]
    fn row_name(&self, table: TableIndex, row: u32, known: &Known, peers: &mut UpdatePeers, rows: &mut RowNames) -> RowName {
        if let Some(birth) = self.state.table(table).head(row).birth.checked_sub(1) {
            let (peer, counter, _) = self.graph.place(birth);
            if known.next.get(peer as usize).is_some_and(|&next| counter < next) {
                return rows.birth(peers.number(peer), counter);
            }
        }
        rows.named(table, row)
    }
}

/// What is gathered is looked at every so many events, and given up when it is too large for a message.
const LOOK_EVENTS: usize = 256;
const _: () = assert!(BLOCK_OPS % LOOK_EVENTS == 0);

/// The operations of an update that is being written.
#[derive(Default)]
struct UpdateOps {
    records: Vec<Record>,
    rows: Vec<RowName>,
    values: Vec<u64>,
    text: String,
    bytes: Vec<u8>,
    /// Where the text and bytes of each block end.
    texts: Vec<(usize, usize)>,
    /// What they count for at most, long values apart.
    bytes_max: usize,
    size: Size,
}

impl UpdateOps {
    /// Whether one message may hold them for certain, or they were counted.
    fn may_go_on(&self) -> bool {
        self.size == Size::Counted
            || self.bytes_max + self.text.len() + self.bytes.len() <= MESSAGE_BYTES_MAX && self.values.len() <= MESSAGE_CELLS_MAX
    }

    #[inline]
    fn text(&mut self, value: Option<ValueRef<'_>>) {
        match value {
            Some(ValueRef::Str(text)) => self.text.push_str(text),
            Some(ValueRef::Bytes(bytes)) => self.bytes.extend_from_slice(bytes),
            _ => {}
        }
    }

    fn put(&self, out: &mut Vec<u8>, numbers: &Numbers) {
        let (mut text, mut bytes) = (0, 0);
        for (records, &(text_end, bytes_end)) in self.records.chunks(BLOCK_OPS).zip(&self.texts) {
            put_block(out, records, &self.values, numbers);
            out.extend_from_slice(self.text.as_bytes().get(text..text_end).unwrap_or_default());
            out.extend_from_slice(self.bytes.get(bytes..bytes_end).unwrap_or_default());
            (text, bytes) = (text_end, bytes_end);
        }
    }
}
