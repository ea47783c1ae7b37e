use super::arena::{LENGTH_BITS, LENGTH_MASK};
use super::record::{Form, FormView, Record};
use super::{ShapeCell, Tag};
use crate::codec::{Reader, put_column, put_number, read_column};
use crate::error::Result;
use std::collections::HashMap;

/// The most operations in one block.
pub(crate) const BLOCK_OPS: usize = 4_096;

/// Up to this many distinct forms or fields, looking at all of them is quicker than hashing.
const FEW: usize = 16;

/// What the numbers in a block refer to.
pub(crate) trait Numbering {
    /// The cells of a shape, if there is such a one.
    fn shape_cells(&self, shape: u32) -> Option<&[ShapeCell]>;
    /// How many fields and tables there are.
    fn fields_and_tables(&self) -> (usize, usize);
}

/// A list of distinct numbers in the order in which they first came.
#[derive(Default)]
struct Distinct {
    numbers: Vec<u32>,
    index: HashMap<u32, u32>,
}

impl Distinct {
    #[inline]
    fn place(&mut self, number: u32) -> usize {
        if self.numbers.len() <= FEW {
            if let Some(at) = self.numbers.iter().position(|&known| known == number) {
                return at;
            }
        } else if let Some(&at) = self.index.get(&number) {
            return at as usize;
        }
        self.push(number)
    }

    #[cold]
    fn push(&mut self, number: u32) -> usize {
        self.numbers.push(number);
        if self.numbers.len() > FEW {
            let unindexed = if self.numbers.len() == FEW + 1 { 0 } else { self.numbers.len() - 1 };
            for (at, &number) in self.numbers.iter().enumerate().skip(unindexed) {
                self.index.insert(number, at as u32);
            }
        }
        self.numbers.len() - 1
    }
}

/// The values of one field and kind, in the order of the operations.
#[derive(Default)]
struct Streams {
    cells: Distinct,
    values: Vec<Vec<u64>>,
}

impl Streams {
    fn place(&mut self, cell: ShapeCell) -> Option<u32> {
        // A Null says everything by its tag.
        if cell.tag() == Tag::Null {
            return None;
        }
        let at = self.cells.place(cell.0);
        if at == self.values.len() {
            self.values.push(Vec::new());
        }
        Some(at as u32)
    }
}

fn form_cells<'n>(form: Form, one: &'n mut [ShapeCell; 1], numbering: &'n impl Numbering) -> &'n [ShapeCell] {
    match form.view() {
        FormView::Update(field, tag) => {
            one[0] = ShapeCell::new(field, tag);
            one
        }
        FormView::Insert(shape) => numbering.shape_cells(shape).unwrap_or_default(),
        FormView::Delete(_) => &[],
    }
}

/// Appends a block of at most [`BLOCK_OPS`] operations, without the text they hold: the number of operations; the distinct forms and which
/// one each has; the rows; then a column of values for each field and kind. Of a Str or Bytes the value is the length: the text is
/// elsewhere, in the order of the operations.
///
/// Returns the bytes of text and of bytes that the operations hold.
pub(crate) fn put_block(out: &mut Vec<u8>, records: &[Record], values: &[u64], numbering: &impl Numbering) -> (usize, usize) {
    let mut forms = Distinct::default();
    let which: Vec<u64> = records.iter().map(|record| forms.place(record.form.0) as u64).collect();
    let rows: Vec<u64> = records.iter().map(|record| u64::from(record.row)).collect();
    let mut streams = Streams::default();
    let mut one = [ShapeCell::new(0, Tag::Null)];
    let plan: Vec<Vec<(Option<u32>, Tag)>> = forms
        .numbers
        .iter()
        .map(|&form| form_cells(Form(form), &mut one, numbering).iter().map(|&cell| (streams.place(cell), cell.tag())).collect())
        .collect();
    let (mut text, mut bytes) = (0, 0);
    let mut push = |&(stream, tag): &(Option<u32>, Tag), bits: u64| {
        let bits = match tag {
            Tag::Str => {
                text += (bits & LENGTH_MASK) as usize;
                bits & LENGTH_MASK
            }
            Tag::Bytes => {
                bytes += (bits & LENGTH_MASK) as usize;
                bits & LENGTH_MASK
            }
            _ => bits,
        };
        if let Some(stream) = stream {
            streams.values[stream as usize].push(bits);
        }
    };
    for (record, &form) in records.iter().zip(&which) {
        let plan = &plan[form as usize];
        match record.form.view() {
            FormView::Insert(_) => plan.iter().zip(&values[record.bits as usize..]).for_each(|(cell, &bits)| push(cell, bits)),
            _ => plan.iter().for_each(|cell| push(cell, record.bits)),
        }
    }
    put_number(out, records.len() as u64);
    put_number(out, forms.numbers.len() as u64);
    put_column(out, &forms.numbers.iter().map(|&form| u64::from(form)).collect::<Vec<_>>());
    if forms.numbers.len() > 1 {
        put_column(out, &which);
    }
    put_column(out, &rows);
    streams.values.iter().for_each(|values| put_column(out, values));
    (text, bytes)
}

/// Operations that were read from a block. Its memory is used again for the next one.
#[derive(Default)]
pub(crate) struct BlockOps {
    pub(crate) records: Vec<Record>,
    /// The values of inserts, one list after the other.
    pub(crate) values: Vec<u64>,
    /// The bytes of text and of bytes that the operations hold.
    pub(crate) text: usize,
    pub(crate) bytes: usize,
    /// Whether any operation holds a Float, which may not be finite.
    pub(crate) has_floats: bool,
    columns: Columns,
}

#[derive(Default)]
struct Columns {
    forms: Vec<u64>,
    which: Vec<u64>,
    rows: Vec<u64>,
    counts: Vec<usize>,
    streams: Vec<u64>,
    cursors: Vec<usize>,
}

impl BlockOps {
    /// Reads a block whose text begins at `text_start` and `bytes_start` of its arena.
    ///
    /// Nothing is held that `cells_max` does not allow, so that a few bytes cannot claim millions of constant cells. A bool is 0 or 1, a
    /// row fits 32 bits, a length its bound; what rows and text there are is the caller's to check.
    pub(crate) fn read(
        &mut self,
        reader: &mut Reader<'_>,
        numbering: &impl Numbering,
        (text_start, bytes_start): (usize, usize),
        cells_max: usize,
    ) -> Result<()> {
        let count = reader.at_most(BLOCK_OPS, "a block has too many operations")?;
        let distinct = reader.at_most(count, "a block has more forms than operations")?;
        if count == 0 || distinct == 0 {
            return Err(reader.malformed("a block is empty"));
        }
        let columns = &mut self.columns;
        for column in [&mut columns.forms, &mut columns.which, &mut columns.rows] {
            column.clear();
        }
        read_column(reader, distinct, &mut columns.forms)?;
        if distinct > 1 {
            read_column(reader, count, &mut columns.which)?;
        } else {
            columns.which.resize(count, 0);
        }
        read_column(reader, count, &mut columns.rows)?;
        let plan = self.read_plan(reader, numbering, cells_max)?;
        self.assemble(reader, &plan, (text_start, bytes_start))
    }

    /// Which streams each form takes its values from; and reads the streams.
    fn read_plan(&mut self, reader: &mut Reader<'_>, numbering: &impl Numbering, cells_max: usize) -> Result<Vec<FormPlan>> {
        let columns = &mut self.columns;
        let (fields, tables) = numbering.fields_and_tables();
        columns.counts.clear();
        columns.counts.resize(columns.forms.len(), 0);
        for &form in &columns.which {
            *columns.counts.get_mut(form as usize).ok_or_else(|| reader.malformed("a form is out of range"))? += 1;
        }
        let mut streams = Distinct::default();
        let mut lengths: Vec<usize> = Vec::new();
        let mut plan = Vec::with_capacity(columns.forms.len());
        let mut cells = 0usize;
        for (&form, &uses) in columns.forms.iter().zip(&columns.counts) {
            let form = Form(u32::try_from(form).map_err(|_| reader.malformed("a form is out of range"))?);
            let known = match form.view() {
                FormView::Update(field, tag) => (field as usize) < fields && tag != Tag::Absent,
                FormView::Insert(shape) => numbering.shape_cells(shape).is_some(),
                FormView::Delete(table) => (table as usize) < tables,
            };
            if !known || uses == 0 {
                return Err(reader.malformed("a form is of no known kind"));
            }
            let mut one = [ShapeCell::new(0, Tag::Null)];
            let form_cells = form_cells(form, &mut one, numbering);
            cells = cells.saturating_add(form_cells.len().saturating_mul(uses));
            if cells > cells_max {
                return Err(reader.malformed("the operations hold too many cells"));
            }
            let place = |&cell: &ShapeCell| {
                if cell.tag() == Tag::Null {
                    return (0, Tag::Null);
                }
                let at = streams.place(cell.0);
                lengths.resize(lengths.len().max(at + 1), 0);
                lengths[at] += uses;
                (at as u32, cell.tag())
            };
            plan.push(FormPlan { form, cells: form_cells.iter().map(place).collect() });
        }
        columns.streams.clear();
        columns.cursors.clear();
        self.has_floats = streams.numbers.iter().any(|&cell| ShapeCell(cell).tag() == Tag::Float);
        for (&length, &cell) in lengths.iter().zip(&streams.numbers) {
            let start = columns.streams.len();
            columns.cursors.push(start);
            read_column(reader, length, &mut columns.streams)?;
            let max = match ShapeCell(cell).tag() {
                Tag::Bool => 1,
                Tag::Str | Tag::Bytes => crate::limits::VALUE_BYTES_MAX as u64,
                _ => continue,
            };
            if columns.streams[start..].iter().any(|&value| value > max) {
                return Err(reader.malformed("a value is out of range"));
            }
        }
        Ok(plan)
    }

    fn assemble(&mut self, reader: &Reader<'_>, plan: &[FormPlan], (text_start, bytes_start): (usize, usize)) -> Result<()> {
        let BlockOps { records, values, columns, .. } = self;
        records.clear();
        values.clear();
        let (mut text, mut bytes) = (text_start as u64, bytes_start as u64);
        let mut take = |&(stream, tag): &(u32, Tag)| {
            if tag == Tag::Null {
                return 0;
            }
            let cursor = &mut columns.cursors[stream as usize];
            let bits = columns.streams[*cursor];
            *cursor += 1;
            match tag {
                Tag::Str => {
                    text += bits;
                    (text - bits) << LENGTH_BITS | bits
                }
                Tag::Bytes => {
                    bytes += bits;
                    (bytes - bits) << LENGTH_BITS | bits
                }
                _ => bits,
            }
        };
        let mut row_max = 0;
        for (&form, &row) in columns.which.iter().zip(&columns.rows) {
            let FormPlan { form, cells } = &plan[form as usize];
            row_max |= row;
            let bits = match form.view() {
                FormView::Update(..) => cells.first().map_or(0, &mut take),
                FormView::Insert(_) => {
                    let start = values.len() as u64;
                    values.extend(cells.iter().map(&mut take));
                    start
                }
                FormView::Delete(_) => 0,
            };
            records.push(Record { bits, row: row as u32, form: *form });
        }
        if row_max > u64::from(u32::MAX) {
            return Err(reader.malformed("a row is out of range"));
        }
        // Where a machine's words have 32 bits, sums of lengths may be more than it can say.
        let length = |end: u64, start: usize| usize::try_from(end - start as u64).ok();
        let lengths = length(text, text_start).zip(length(bytes, bytes_start));
        (self.text, self.bytes) = lengths.ok_or_else(|| reader.malformed("a block's text is too long"))?;
        Ok(())
    }
}

/// A form and, for each of its cells, the stream that the value comes from.
struct FormPlan {
    form: Form,
    cells: Vec<(u32, Tag)>,
}
