use super::chains::restore_chain;
use super::names::Known;
use super::record::RecordReader;
use super::row_form::read_row;
use super::save::rows_of;
use super::{ROWS_FORMAT, Saved, segment};
use crate::codec::{Reader, checksum};
use crate::doc::binary::{block_cells_max, read_plain_runs};
use crate::doc::{CrdtDoc, DocOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{Graph, LocalNumber};
use crate::merge::{Births, ByTotalOrder, Cell, Journal, RowOpRef};
use crate::names::Key;
use crate::oplog::{BlockOps, FormView, OpLog, Packed, RowIndex, SealedBlock, TableIndex};
use crate::store::{Head, RowPlace, Store, Stored, StoredRow};
use crate::types::{DocumentId, EventId, EventRun, PeerId};

/// A replica that was read from a store.
pub(crate) struct Loaded {
    pub(crate) doc: CrdtDoc,
    pub(crate) saved: Saved,
}

/// Why the rows in a store are not those of its log.
#[derive(Debug)]
pub(crate) struct BadRows(pub(crate) String);

/// What reading a replica came to.
pub(crate) enum Load {
    /// It is there.
    Done(Box<Loaded>),
    /// The log is good, the rows are not: they can be made again.
    BadRows(BadRows),
}

/// Inserts: event, shape, row.
type BirthList = Vec<(LocalNumber, u32, RowIndex)>;

/// A log that was read, but for its operations.
pub(super) struct LogRead<'s> {
    pub(super) doc: CrdtDoc,
    sealed: u32,
    /// The names in the log, and those of them in segments; the rows of each table in segments.
    known: Known,
    segment_known: Known,
    pub(super) segment_rows: Vec<u32>,
    births: BirthList,
    pub(super) records: Vec<RecordReader<'s>>,
    hash: u64,
    rows_sum: u64,
}

/// What is damaged, whatever the reader of the bytes calls it.
pub(crate) fn corrupt(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Malformed => Error::new(ErrorKind::Corrupt, format!("the log is damaged: {}", error.message())),
        _ => error,
    }
}

/// Reads the head, the segments' heads and the records: names and graph.
pub(super) fn read_log<'s>(head: &Head, stored: &'s Stored, mut options: DocOptions) -> Result<LogRead<'s>> {
    let document = DocumentId(head.document);
    if options.document.is_some_and(|wanted| wanted != document) {
        return Err(Error::new(ErrorKind::OtherDocument, format!("this is a replica of document {document}")));
    }
    let wanted = options.document.replace(document);
    let mut doc = CrdtDoc::new(options);
    doc.document_given = head.document_given || wanted.is_some();
    let me = doc.peer().clone();
    doc.graph = Graph::new(doc.hash);
    let mut births = BirthList::new();
    let mut segment_rows = Vec::new();
    for segment in &stored.segments {
        births.extend(segment::read_head(&mut doc, segment, &mut segment_rows).map_err(corrupt)?);
    }
    let (sealed, segment_known) = (doc.graph.len(), Known::of(&doc));
    let mut records = Vec::with_capacity(stored.records.len());
    let (mut hash, mut rows_sum) = (None, 0);
    for record in &stored.records {
        let mut reader = RecordReader::open(record.first, &record.bytes).map_err(corrupt)?;
        if record.first != doc.graph.len() || hash.is_some_and(|hash| hash != reader.hash_before) {
            return Err(Error::new(ErrorKind::Corrupt, format!("the log has a gap before event {}", record.first)));
        }
        reader.read_place(&mut doc).map_err(corrupt)?;
        (hash, rows_sum) = (Some(reader.hash), record.rows_sum);
        records.push(reader);
    }
    let known = Known::of(&doc);
    doc.me = doc.graph.intern(&me);
    let widest = (0..doc.log.shapes.len() as u32).map(|shape| doc.log.shapes.get(shape).1.len()).max().unwrap_or(0);
    doc.log.stored_cells_max = block_cells_max(usize::MAX, widest);
    Ok(LogRead { doc, sealed, known, segment_known, segment_rows, births, records, hash: hash.unwrap_or(0), rows_sum })
}

/// Reads a replica. `options` names the stored peer id to go on as that peer, or none to go on under a fresh one.
///
/// # Errors
///
/// `corrupt` when the log is damaged; `other_document`; those of the store.
pub(crate) fn load(store: &mut dyn Store, head: &Head, stored: &Stored, options: DocOptions) -> Result<Load> {
    let LogRead { mut doc, sealed, known, segment_known, segment_rows, mut births, records, hash, rows_sum } =
        read_log(head, stored, options)?;
    if !doc.transactions.fit(doc.graph.len()) {
        return Err(Error::new(ErrorKind::Corrupt, "the log is damaged: a transaction goes past its end or into another"));
    }
    if (doc.graph.len() > 0 && records.is_empty()) || doc.graph.len() < head.events {
        return Err(Error::new(ErrorKind::Corrupt, "the log lacks its end"));
    }
    let mut saved = Saved { head: head.clone(), events: doc.graph.len(), hash, known, segment_known, segment_rows, ..Saved::default() };
    if head.rows_format != ROWS_FORMAT {
        return Ok(Load::BadRows(BadRows(format!("they have form {}, and this library writes form {ROWS_FORMAT}", head.rows_format))));
    }
    if let Err(bad) = check_sql_names(&doc, stored) {
        return Ok(Load::BadRows(bad));
    }
    match store.check_sql() {
        Err(error) if error.kind() == ErrorKind::Corrupt => return Ok(Load::BadRows(BadRows(error.message().to_owned()))),
        checked => checked?,
    }
    match read_rows(store, &mut doc, &mut saved, sealed) {
        Ok(of_rows) => births.extend(of_rows),
        Err(error) if error.kind() == ErrorKind::Storage => return Err(error),
        Err(error) => return Ok(Load::BadRows(BadRows(error.message().to_owned()))),
    }
    if saved.rows_sum != rows_sum {
        return Ok(Load::BadRows(BadRows("their sum is not the one that the log has".to_owned())));
    }
    saved.segments = stored.segments.len();
    enter_segments(store, &mut doc, stored);
    for mut record in records {
        record.read_rows(&mut doc).map_err(corrupt)?;
        let tail = |doc: &mut CrdtDoc, first: LocalNumber, block: &BlockOps| {
            doc.log.extend_tail(block);
            births.extend(inserts(first, block));
        };
        record.read_ops(&mut doc, tail).map_err(corrupt)?;
    }
    enter_births(&mut doc, births)?;
    saved.rows = rows_of(&doc);
    saved.text_end = doc.state.arena.mark();
    if saved.rows.iter().zip(0..).any(|(&rows, table): (&u32, usize)| saved.row_hashes.get(table).map_or(0, Vec::len) != rows as usize) {
        return Ok(Load::BadRows(BadRows("some are missing".to_owned())));
    }
    doc.track();
    finish(&mut doc, head, stored)?;
    Ok(Load::Done(Box::new(Loaded { doc, saved })))
}

/// The inserts of a block whose first event is `first`.
fn inserts(first: LocalNumber, block: &BlockOps) -> BirthList {
    let insert = |(event, record): (LocalNumber, &crate::oplog::Record)| match record.form.view() {
        FormView::Insert(shape) => Some((event, shape, record.row)),
        _ => None,
    };
    (first..).zip(&block.records).filter_map(insert).collect()
}

/// Whether the names beside the rows are those of the log: SQL shows rows under them.
fn check_sql_names(doc: &CrdtDoc, stored: &Stored) -> core::result::Result<(), BadRows> {
    let schema = &doc.state.schema;
    let tables = stored.tables.iter().map(|(table, name)| (*table, name.as_str()));
    let expected = (0..schema.tables() as TableIndex).map(|table| (table, schema.table_name(table)));
    let mut columns: Vec<(u32, u32, &str)> = stored.columns.iter().map(|(table, column, name)| (*table, *column, name.as_str())).collect();
    columns.sort_unstable();
    let column = |table| (0..schema.columns(table) as u32).map(move |column| (table, column, schema.column_name(table, column)));
    let good = tables.eq(expected) && columns.into_iter().eq((0..schema.tables() as TableIndex).flat_map(column));
    if good { Ok(()) } else { Err(BadRows("the names beside them are not those of the log".to_owned())) }
}

/// Reads the rows of all tables, and returns the inserts that made them known, of those that lie in segments.
fn read_rows(store: &mut dyn Store, doc: &mut CrdtDoc, saved: &mut Saved, sealed: LocalNumber) -> Result<BirthList> {
    let (mut births, mut scratch) = (BirthList::new(), Vec::new());
    let events = doc.graph.len();
    for table in 0..doc.state.schema.tables() as TableIndex {
        let columns = doc.state.schema.columns(table) as u32;
        let mut number: RowIndex = 0;
        store.rows(table, columns, &mut |stored| {
            let shape = take_row(doc, saved, stored, (number, columns, events), &mut scratch)?;
            number += 1;
            if let Some((event, shape)) = shape.filter(|&(event, _)| event < sealed) {
                births.push((event, shape, stored.row));
            }
            Ok(())
        })?;
    }
    Ok(births)
}

/// Takes a row that was read into the state. Returns event and shape of the insert that made it known.
fn take_row(
    doc: &mut CrdtDoc,
    saved: &mut Saved,
    stored: &StoredRow<'_>,
    (number, columns, events): (RowIndex, u32, LocalNumber),
    scratch: &mut Vec<u8>,
) -> Result<Option<(LocalNumber, u32)>> {
    let damaged = |what: &str| Error::malformed(format!("row {} of table {}: {what}", stored.row, stored.table));
    if stored.row != number || stored.id.is_empty() {
        return Err(damaged("the row before it is missing"));
    }
    let read = read_row(stored, events, scratch).map_err(|error| damaged(error.message()))?;
    let hash = *doc.state.hash();
    let key = Key::new(stored.id, &hash);
    let id_hash = hash.key(key);
    if doc.state.table(stored.table).find(key, id_hash, stored.id).is_some() {
        return Err(damaged("its id stands there twice"));
    }
    let table = doc.state.table_mut(stored.table);
    table.push(key, id_hash, stored.id);
    table.load_head(number, read.head.inserted, read.head.deleted, read.head.birth, stored.place == RowPlace::Shown);
    for (column, stamp, value) in read.cells {
        if column >= columns {
            return Err(damaged("a column is out of range"));
        }
        let value = doc.state.arena.pack(value);
        doc.state.table_mut(stored.table).set_cell(number, column, Cell { value, stamp });
    }
    saved.set_row_hash(stored.table, number, read.hash);
    Ok(read.shape.map(|shape| (read.head.birth - 1, shape)))
}

fn enter_births(doc: &mut CrdtDoc, mut births: BirthList) -> Result<()> {
    births.sort_unstable();
    let known = |&(event, shape, row): &(LocalNumber, u32, RowIndex)| {
        event < doc.graph.len() && (shape as usize) < doc.log.shapes.len() && row < doc.state.table(doc.log.shapes.get(shape).0).rows()
    };
    if !births.iter().all(known) || !births.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(Error::new(ErrorKind::Corrupt, "the log is damaged: an insert is out of range"));
    }
    let mut entered = Births::default();
    births.into_iter().for_each(|(event, shape, row)| entered.push(event, shape, row));
    doc.state.births = entered;
    Ok(())
}

/// The transactions of an entry of what waits, if its checksum holds.
pub(super) fn read_waiting(bytes: &[u8]) -> Option<Vec<EventRun>> {
    let (bytes, sum) = bytes.split_last_chunk::<4>()?;
    if checksum(bytes) != u32::from_le_bytes(*sum) {
        return None;
    }
    read_plain_runs(&mut Reader::new(bytes)).ok()
}

/// What comes after rows and operations: who writes, what waits, chain hashes.
fn finish(doc: &mut CrdtDoc, head: &Head, stored: &Stored) -> Result<()> {
    let peer = PeerId::new(&head.peer).map_err(|_| Error::new(ErrorKind::Corrupt, "the stored peer id is none"))?;
    // What is read back is no news, whoever wrote it.
    doc.own_next = u64::MAX;
    // Bounds that are narrower than before may let any of them go, so each is known by its first event.
    let mut numbers = Vec::new();
    for (number, bytes) in &stored.waiting {
        // What waits is not proven and comes again, so what is damaged of it is left out.
        let runs = read_waiting(bytes).unwrap_or_default();
        let first = runs.first().map(|run| EventId::new(run.peer.clone(), run.counter_start));
        for run in runs {
            if crate::doc::check_waiting(&run).is_ok() {
                let _ = doc.merge_checked(core::slice::from_ref(&run));
            }
        }
        // A number without a transaction is dropped from the store with the next commit, as is one whose transaction does not wait. No event
        // has the counter of what stands in here, so that it takes no other entry's place.
        numbers.push((*number, first.unwrap_or_else(|| EventId::new(peer.clone(), u64::MAX))));
    }
    doc.waiting.renumber(&numbers);
    for (peer, bytes) in &stored.chains {
        // It is computed again where it is damaged.
        let _ = restore_chain(doc, *peer, bytes);
    }
    let own = if doc.peer() == &peer { doc.graph.next_counter(doc.me) } else { 0 };
    doc.resume_as(&peer, own, head.needs_fresh_peer)
}

/// Lets the log go on after the segments, whose operations are read when they are asked for.
pub(super) fn enter_segments(store: &dyn Store, doc: &mut CrdtDoc, stored: &Stored) {
    let source = store.blocks();
    let blocks = stored.segments.iter().map(|_| SealedBlock::InStore(source.clone())).collect();
    let cells_max = doc.log.stored_cells_max;
    let shapes = core::mem::replace(&mut doc.log, OpLog::new(doc.hash)).shapes;
    doc.log = OpLog::resume(shapes, 0, blocks, doc.state.arena.mark());
    doc.log.stored_cells_max = cells_max;
}

/// Makes all rows again from the log: a document that has rows and history, and takes more memory than one that was loaded.
///
/// # Errors
///
/// `corrupt` when an operation cannot be read; those of the store.
pub(crate) fn fold_log(store: &mut dyn Store, head: &Head, stored: &Stored, options: DocOptions) -> Result<CrdtDoc> {
    let LogRead { mut doc, records, .. } = read_log(head, stored, options)?;
    for segment in &stored.segments {
        let bytes = store.segment(segment.first)?;
        segment::read_rows(&mut doc, segment.first, &bytes).map_err(corrupt)?;
        let mut block = BlockOps::default();
        segment::read_ops(&mut doc, segment, &bytes.ops, &mut block)?;
        fold_block(&mut doc, segment.first, &block);
    }
    enter_segments(store, &mut doc, stored);
    for mut record in records {
        record.read_rows(&mut doc).map_err(corrupt)?;
        let fold = |doc: &mut CrdtDoc, first: LocalNumber, block: &BlockOps| {
            doc.log.extend_tail(block);
            fold_block(doc, first, block);
        };
        record.read_ops(&mut doc, fold).map_err(corrupt)?;
    }
    Ok(doc)
}

/// Folds a block, whose text lies in the document's arena, into the rows.
fn fold_block(doc: &mut CrdtDoc, first: LocalNumber, block: &BlockOps) {
    let mut journal = Journal::off();
    for (event, record) in (first..).zip(&block.records) {
        let newest = ByTotalOrder::new(&doc.graph, 0, event);
        let (table, op) = match record.form.view() {
            FormView::Update(field, tag) => {
                let (table, column) = doc.state.schema.field(field);
                (table, RowOpRef::Update { column, value: Packed { bits: record.bits, tag } })
            }
            FormView::Insert(shape) => {
                doc.state.births.push(event, shape, record.row);
                let (table, cells) = doc.log.shapes.get(shape);
                (table, RowOpRef::Insert { cells, values: &block.values[record.bits as usize..][..cells.len()] })
            }
            FormView::Delete(table) => (table, RowOpRef::Delete),
        };
        doc.state.apply(table, record.row, event + 1, op, &newest, &mut journal);
    }
}
