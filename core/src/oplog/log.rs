use super::block::{BLOCK_OPS, BlockOps, Numbering, put_block};
use super::record::{Form, FormView, Record};
use super::{Arena, FieldIndex, Packed, RowIndex, ShapeCell, Shapes, TableIndex};
use crate::codec::{Reader, checksum};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::LocalNumber;
use crate::limits::FIELDS_MAX;
use crate::names::KeyedHash;
use core::ops::Range;
use std::sync::Arc;

/// When the tail holds this many operations, its older half is sealed.
const TAIL_MAX: usize = 2 * BLOCK_OPS;

/// An operation as the log holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpView<'a> {
    Insert { table: TableIndex, row: RowIndex, cells: &'a [ShapeCell], values: &'a [u64] },
    Update { field: FieldIndex, row: RowIndex, value: Packed },
    Delete { table: TableIndex, row: RowIndex },
}

/// Where sealed blocks are read from that are not in memory. It may be asked by any thread.
pub trait BlockSource: Send + Sync {
    /// The bytes of the block that begins with an event: operations, text, bytes, checksum.
    ///
    /// # Errors
    ///
    /// `storage` when it cannot be read, `corrupt` when it is not there, `closed` when the store was closed.
    fn block(&self, first: u32) -> Result<Vec<u8>>;
}

/// [`BLOCK_OPS`] operations in encoded form, as they go into a file: a quarter of the memory, and saving is a copy.
#[derive(Clone)]
pub(crate) enum SealedBlock {
    /// Sealed here: the text lies in the state's arena, from these places on.
    Here { ops: Box<[u8]>, text: Range<usize>, bytes: Range<usize> },
    /// Still in the file that the replica was read from: operations, then text, then bytes, then a checksum that is verified on reading.
    InFile { file: Arc<Vec<u8>>, range: Range<usize> },
    /// In the store that the replica lies in: the same bytes.
    InStore(Arc<dyn BlockSource>),
}

impl core::fmt::Debug for SealedBlock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            SealedBlock::Here { .. } => "Here",
            SealedBlock::InFile { .. } => "InFile",
            SealedBlock::InStore(_) => "InStore",
        })
    }
}

/// The operations by local number: sealed blocks, then a tail of records. Strings stand nowhere in it: rows, fields and shapes are numbers,
/// text lies in an arena.
#[derive(Clone, Debug)]
pub(crate) struct OpLog {
    /// The events before this one have no operations here: the replica was made without its history.
    floor: LocalNumber,
    sealed: Vec<SealedBlock>,
    tail: Vec<Record>,
    /// The values of the tail's inserts, one list after the other, and how many were sealed away before them.
    values: Vec<u64>,
    values_before: u64,
    /// Where the tail's text begins in the arena.
    text_start: (usize, usize),
    /// The most cells that a block of the file can have.
    pub(crate) stored_cells_max: usize,
    pub(crate) shapes: Shapes,
}

/// The numbers of this replica.
pub(crate) struct OwnNumbering<'a> {
    pub(crate) shapes: &'a Shapes,
    pub(crate) fields: usize,
    pub(crate) tables: usize,
}

impl Numbering for OwnNumbering<'_> {
    fn shape_cells(&self, shape: u32) -> Option<&[ShapeCell]> {
        ((shape as usize) < self.shapes.len()).then(|| self.shapes.get(shape).1)
    }

    fn fields_and_tables(&self) -> (usize, usize) {
        (self.fields, self.tables)
    }
}

/// Where a log ends, for [`OpLog::truncate`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogMark {
    tail: usize,
    values: usize,
    shapes: usize,
}

impl OpLog {
    pub(crate) fn new(hash: KeyedHash) -> OpLog {
        OpLog {
            floor: 0,
            sealed: Vec::new(),
            tail: Vec::new(),
            values: Vec::new(),
            values_before: 0,
            text_start: (0, 0),
            stored_cells_max: 0,
            shapes: Shapes::new(hash),
        }
    }

    /// A log that goes on after `floor` events without operations and some sealed blocks; new text begins at `text_start` of the arena.
    pub(crate) fn resume(shapes: Shapes, floor: LocalNumber, sealed: Vec<SealedBlock>, text_start: (usize, usize)) -> OpLog {
        OpLog { floor, sealed, tail: Vec::new(), values: Vec::new(), values_before: 0, text_start, stored_cells_max: 0, shapes }
    }

    /// The number of operations and of those that are not here, which is the next local number.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.floor as usize + self.sealed.len() * BLOCK_OPS + self.tail.len()
    }

    /// The first event whose operation is here.
    pub(crate) fn floor(&self) -> LocalNumber {
        self.floor
    }

    /// Appends the blocks as they lie in a file, each with its text, bytes and a checksum, and returns their lengths. Sealed ones are copied.
    ///
    /// # Errors
    ///
    /// What the store says that a block lies in.
    pub(crate) fn put_blocks(&self, out: &mut Vec<u8>, arena: &Arena) -> Result<Vec<u64>> {
        let mut lengths = Vec::new();
        for number in 0..self.sealed.len() {
            let start = out.len();
            self.put_sealed(out, number, arena)?;
            lengths.push((out.len() - start) as u64);
        }
        let mut text_start = self.text_start;
        for records in self.tail.chunks(BLOCK_OPS) {
            let start = out.len();
            self.put_records(out, records, &mut text_start, arena);
            lengths.push((out.len() - start) as u64);
        }
        Ok(lengths)
    }

    /// Appends a sealed block as it lies in a file.
    ///
    /// # Errors
    ///
    /// What the store says that it lies in.
    pub(crate) fn put_sealed(&self, out: &mut Vec<u8>, number: usize, arena: &Arena) -> Result<()> {
        let start = out.len();
        match &self.sealed[number] {
            SealedBlock::Here { ops, text, bytes } => {
                out.extend_from_slice(ops);
                out.extend_from_slice(arena.text_at(text.clone()).as_bytes());
                out.extend_from_slice(arena.bytes_at(bytes.clone()));
                put_checksum(out, start);
            }
            SealedBlock::InFile { file, range } => out.extend_from_slice(&file[range.clone()]),
            SealedBlock::InStore(source) => out.extend_from_slice(&source.block(self.floor + (number * BLOCK_OPS) as u32)?),
        }
        Ok(())
    }

    /// The first event that is not in a sealed block, and where the text of it and of all later ones begins.
    pub(crate) fn tail_start(&self) -> (LocalNumber, (usize, usize)) {
        (self.floor + (self.sealed.len() * BLOCK_OPS) as u32, self.text_start)
    }

    /// Appends the operations of the tail from `event` on, whose text begins at `text_start`, as blocks, and returns how many blocks.
    pub(crate) fn put_tail(&self, out: &mut Vec<u8>, event: LocalNumber, mut text_start: (usize, usize), arena: &Arena) -> usize {
        let (from, _) = self.tail_start();
        let records = &self.tail[(event - from) as usize..];
        records.chunks(BLOCK_OPS).map(|records| self.put_records(out, records, &mut text_start, arena)).count()
    }

    fn put_records(&self, out: &mut Vec<u8>, records: &[Record], text_start: &mut (usize, usize), arena: &Arena) {
        let start = out.len();
        let shifted: Vec<Record> = records.iter().map(|&record| self.shifted(record)).collect();
        let numbering = OwnNumbering { shapes: &self.shapes, fields: 0, tables: 0 };
        let (more_text, more_bytes) = put_block(out, &shifted, &self.values, &numbering);
        let (text, bytes) = *text_start;
        out.extend_from_slice(arena.text_at(text..text + more_text).as_bytes());
        out.extend_from_slice(arena.bytes_at(bytes..bytes + more_bytes));
        *text_start = (text + more_text, bytes + more_bytes);
        put_checksum(out, start);
    }

    /// Whether `more` new fields and shapes can still be numbered.
    pub(crate) fn has_room(&self, fields: usize, more: usize) -> bool {
        fields.max(self.shapes.len()).saturating_add(more) <= FIELDS_MAX
    }

    #[inline]
    pub(crate) fn push_update(&mut self, field: FieldIndex, row: RowIndex, value: Packed) {
        self.tail.push(Record { bits: value.bits, row, form: Form::update(field, value.tag) });
    }

    /// Returns the number of the insert's shape.
    #[inline]
    pub(crate) fn push_insert(&mut self, table: TableIndex, row: RowIndex, cells: &[ShapeCell], values: &[u64]) -> u32 {
        let shape = self.shapes.intern(table, cells);
        self.tail.push(Record { bits: self.values_before + self.values.len() as u64, row, form: Form::insert(shape) });
        self.values.extend_from_slice(values);
        shape
    }

    /// Takes over the operations of a block that is not full, whose text lies in the state's arena.
    pub(crate) fn extend_tail(&mut self, block: &BlockOps) {
        let before = self.values_before + self.values.len() as u64;
        self.values.extend_from_slice(&block.values);
        self.tail.extend(block.records.iter().map(|record| match record.form.view() {
            FormView::Insert(_) => Record { bits: record.bits + before, ..*record },
            _ => *record,
        }));
    }

    #[inline]
    pub(crate) fn push_delete(&mut self, table: TableIndex, row: RowIndex) {
        self.tail.push(Record { bits: 0, row, form: Form::delete(table) });
    }

    /// Whether [`OpLog::seal`] has something to do.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.tail.len() >= TAIL_MAX
    }

    /// Seals the older part of a long tail. Not while a transaction is open, since that may take its records back.
    #[cold]
    pub(crate) fn seal(&mut self) {
        let mut start = 0;
        while self.tail.len() - start >= TAIL_MAX {
            let records = &self.tail[start..start + BLOCK_OPS];
            let mut ops = Vec::with_capacity(5 * BLOCK_OPS);
            // Inserts find their values by number, so a block's own numbers begin at 0 of what is left.
            let shifted: Vec<Record> = records.iter().map(|&record| self.shifted(record)).collect();
            let (text, bytes) = put_block(&mut ops, &shifted, &self.values, &OwnNumbering { shapes: &self.shapes, fields: 0, tables: 0 });
            let (text_start, bytes_start) = self.text_start;
            self.text_start = (text_start + text, bytes_start + bytes);
            self.sealed.push(SealedBlock::Here {
                ops: ops.into(),
                text: text_start..text_start + text,
                bytes: bytes_start..bytes_start + bytes,
            });
            start += BLOCK_OPS;
        }
        let values = self.tail[..start].iter().map(|record| self.values_of(record.form)).sum::<usize>();
        self.tail.drain(..start);
        self.values.drain(..values);
        self.values_before += values as u64;
    }

    fn values_of(&self, form: Form) -> usize {
        match form.view() {
            FormView::Insert(shape) => self.shapes.get(shape).1.len(),
            _ => 0,
        }
    }

    fn shifted(&self, record: Record) -> Record {
        match record.form.view() {
            FormView::Insert(_) => Record { bits: record.bits - self.values_before, ..record },
            _ => record,
        }
    }

    /// Where the log ends now, for [`OpLog::truncate`].
    pub(crate) fn mark(&self) -> LogMark {
        LogMark { tail: self.tail.len(), values: self.values.len(), shapes: self.shapes.len() }
    }

    /// Forgets everything after `mark`; nothing was sealed since.
    pub(crate) fn truncate(&mut self, mark: LogMark) {
        self.tail.truncate(mark.tail);
        self.values.truncate(mark.values);
        self.shapes.truncate(mark.shapes);
    }

    /// A reader of this log, whose newer text lies in `arena`.
    pub(crate) fn reader<'a>(&'a self, arena: &'a Arena, counts: &'a dyn Counts) -> LogReader<'a> {
        LogReader { log: self, arena, counts, block: BlockOps::default(), loaded: None, file_arena: Arena::default() }
    }
}

/// How many rows, fields and tables there are: what a stored block may refer to.
pub(crate) trait Counts {
    fn rows(&self, table: TableIndex) -> RowIndex;
    fn fields_and_tables(&self) -> (usize, usize);
    /// The table of a field.
    fn table_of(&self, field: FieldIndex) -> TableIndex;
}

/// Reads operations by local number, a block at a time.
pub(crate) struct LogReader<'a> {
    log: &'a OpLog,
    arena: &'a Arena,
    counts: &'a dyn Counts,
    block: BlockOps,
    /// Which block `block` holds, and whether its text is in `file_arena`.
    loaded: Option<(usize, bool)>,
    file_arena: Arena,
}

impl LogReader<'_> {
    /// An event's operation, and the arena that its text lies in.
    ///
    /// # Errors
    ///
    /// `corrupt` when a stored block is damaged, `invalid_argument` when the replica was made without this event's operation.
    #[inline]
    pub(crate) fn get(&mut self, event: LocalNumber) -> Result<(OpView<'_>, &Arena)> {
        let Some(at) = event.checked_sub(self.log.floor) else {
            return Err(no_history());
        };
        let (number, offset) = (at as usize / BLOCK_OPS, at as usize % BLOCK_OPS);
        if number >= self.log.sealed.len() {
            let at = at as usize - self.log.sealed.len() * BLOCK_OPS;
            return Ok((view(self.log.tail[at], &self.log.values, self.log.values_before, &self.log.shapes), self.arena));
        }
        if self.loaded.is_none_or(|(loaded, _)| loaded != number) {
            self.load(number)?;
        }
        let arena = if self.loaded.is_some_and(|(_, in_file)| in_file) { &self.file_arena } else { self.arena };
        Ok((view(self.block.records[offset], &self.block.values, 0, &self.log.shapes), arena))
    }

    /// An event's record, the values if it is an insert, and the arena that its text lies in.
    ///
    /// # Errors
    ///
    /// As [`LogReader::get`].
    #[inline]
    pub(crate) fn record(&mut self, event: LocalNumber) -> Result<(Record, &[u64], &Arena)> {
        let Some(at) = event.checked_sub(self.log.floor) else { return Err(no_history()) };
        let (number, offset) = (at as usize / BLOCK_OPS, at as usize % BLOCK_OPS);
        if number >= self.log.sealed.len() {
            let record = self.log.tail[at as usize - self.log.sealed.len() * BLOCK_OPS];
            return Ok((record, self.insert_values(record, &self.log.values, self.log.values_before), self.arena));
        }
        if self.loaded.is_none_or(|(loaded, _)| loaded != number) {
            self.load(number)?;
        }
        let arena = if self.loaded.is_some_and(|(_, in_file)| in_file) { &self.file_arena } else { self.arena };
        let record = self.block.records[offset];
        Ok((record, self.insert_values(record, &self.block.values, 0), arena))
    }

    fn insert_values<'v>(&self, record: Record, values: &'v [u64], before: u64) -> &'v [u64] {
        match record.form.view() {
            FormView::Insert(shape) => &values[(record.bits - before) as usize..][..self.log.shapes.get(shape).1.len()],
            _ => &[],
        }
    }

    #[cold]
    fn load(&mut self, number: usize) -> Result<()> {
        self.loaded = None;
        let (fields, tables) = self.counts.fields_and_tables();
        let numbering = OwnNumbering { shapes: &self.log.shapes, fields, tables };
        match &self.log.sealed[number] {
            SealedBlock::Here { ops, text, bytes } => {
                self.block.read(&mut Reader::new(ops), &numbering, (text.start, bytes.start), usize::MAX)?;
                self.loaded = Some((number, false));
            }
            SealedBlock::InFile { file, range } => {
                let stored = file.get(range.clone()).unwrap_or_default();
                self.file_arena = Arena::default();
                let cells_max = self.log.stored_cells_max;
                read_stored(stored, &mut self.block, &numbering, &mut self.file_arena, cells_max)
                    .map_err(|error| corrupt(&error, range.start))?;
                self.check_loaded(range.start)?;
                self.loaded = Some((number, true));
            }
            SealedBlock::InStore(source) => {
                let first = self.log.floor + (number * BLOCK_OPS) as u32;
                let stored = source.block(first)?;
                self.file_arena = Arena::default();
                let cells_max = self.log.stored_cells_max;
                read_stored(&stored, &mut self.block, &numbering, &mut self.file_arena, cells_max)
                    .map_err(|error| corrupt(&error, first as usize))?;
                self.check_loaded(first as usize)?;
                self.loaded = Some((number, true));
            }
        }
        Ok(())
    }
}

impl LogReader<'_> {
    fn check_loaded(&self, offset: usize) -> Result<()> {
        if self.block.records.len() != BLOCK_OPS || !rows_exist(&self.block.records, &self.log.shapes, self.counts) {
            return Err(corrupt(&Error::malformed("a block is too short, or names a row that there is not"), offset));
        }
        Ok(())
    }
}

/// Whether every row that the operations are about exists.
pub(crate) fn rows_exist(records: &[Record], shapes: &Shapes, counts: &dyn Counts) -> bool {
    records.iter().all(|record| {
        let table = match record.form.view() {
            FormView::Update(field, _) => counts.table_of(field),
            FormView::Insert(shape) => shapes.get(shape).0,
            FormView::Delete(table) => table,
        };
        record.row < counts.rows(table)
    })
}

#[cold]
fn no_history() -> Error {
    Error::invalid_argument("this replica was made from a state without history: what came before is not here, another replica may have it")
}

fn corrupt(error: &Error, offset: usize) -> Error {
    Error::new(ErrorKind::Corrupt, format!("stored history is damaged: {}", error.message())).with_offset(offset as u64)
}

fn put_checksum(out: &mut Vec<u8>, start: usize) {
    let sum = checksum(&out[start..]);
    out.extend_from_slice(&sum.to_le_bytes());
}

/// Reads a block as it lies in a file: operations, text, bytes, checksum. The text is appended to `arena`.
pub(crate) fn read_stored(
    stored: &[u8],
    block: &mut BlockOps,
    numbering: &impl Numbering,
    arena: &mut Arena,
    cells_max: usize,
) -> Result<()> {
    let Some((framed, sum)) = stored.split_last_chunk::<4>() else { return Err(Error::malformed("a block is cut")) };
    if checksum(framed) != u32::from_le_bytes(*sum) {
        return Err(Error::malformed("a block's checksum does not hold"));
    }
    let mut reader = Reader::new(framed);
    read_block_with_text(&mut reader, block, numbering, arena, cells_max)?;
    if reader.left() > 0 { Err(reader.malformed("a block goes on after its end")) } else { Ok(()) }
}

/// Reads a block that its text and bytes follow, which are appended to `arena`, and checks that every Str is UTF-8 by itself.
pub(crate) fn read_block_with_text(
    reader: &mut Reader<'_>,
    block: &mut BlockOps,
    numbering: &impl Numbering,
    arena: &mut Arena,
    cells_max: usize,
) -> Result<()> {
    block.read(reader, numbering, arena.mark(), cells_max)?;
    let text = core::str::from_utf8(reader.take(block.text)?).map_err(|_| reader.malformed("text is not UTF-8"))?;
    arena.append(text, reader.take(block.bytes)?);
    let ascii = text.is_ascii();
    if ascii && !block.has_floats {
        return Ok(());
    }
    let is_value = |tag: super::Tag, bits: u64| match tag {
        super::Tag::Str => ascii || arena.is_text(Packed { bits, tag }),
        super::Tag::Float => f64::from_bits(bits).is_finite(),
        _ => true,
    };
    for record in &block.records {
        let good = match record.form.view() {
            FormView::Update(_, tag) => is_value(tag, record.bits),
            FormView::Insert(shape) => {
                let cells = numbering.shape_cells(shape).unwrap_or_default();
                cells.iter().zip(block.values.iter().skip(record.bits as usize)).all(|(cell, &bits)| is_value(cell.tag(), bits))
            }
            FormView::Delete(_) => true,
        };
        if !good {
            return Err(reader.malformed("a value is no text or no finite float"));
        }
    }
    Ok(())
}

#[inline]
fn view<'a>(record: Record, values: &'a [u64], values_before: u64, shapes: &'a Shapes) -> OpView<'a> {
    let Record { bits, row, form } = record;
    match form.view() {
        FormView::Update(field, tag) => OpView::Update { field, row, value: Packed { bits, tag } },
        FormView::Insert(shape) => {
            let (table, cells) = shapes.get(shape);
            OpView::Insert { table, row, cells, values: &values[(bits - values_before) as usize..][..cells.len()] }
        }
        FormView::Delete(table) => OpView::Delete { table, row },
    }
}
