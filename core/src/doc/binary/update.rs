use crate::oplog::{Arena, Form, FormView, Numbering, Record, RowIndex, ShapeCell, TableIndex};

/// An author or another peer that an update names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdatePeer<'a> {
    pub(crate) name: &'a str,
    /// The counter of its first event in the update, and the chain hash before it; `None` when it is named only.
    pub(crate) first: Option<(u64, u64)>,
}

/// Consecutive events of one peer, each but the first depending on just the one before it.
#[derive(Clone, Debug)]
pub(crate) struct UpdateRun {
    /// The author, by its place in the update's list of peers.
    pub(crate) peer: u32,
    pub(crate) counter: u64,
    pub(crate) length: u32,
    /// The first event's deps, as a stretch of the update's list of deps.
    pub(crate) deps: core::ops::Range<usize>,
}

/// A stretch of one peer's counters, whose inserts name rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) peer: u32,
    pub(crate) counter: u64,
    pub(crate) length: u32,
}

/// An update, read into memory: everything by numbers of its own, nothing looked up yet.
#[derive(Default)]
pub(crate) struct Update<'a> {
    pub(crate) peers: Vec<UpdatePeer<'a>>,
    pub(crate) runs: Vec<UpdateRun>,
    /// Peers and counters.
    pub(crate) deps: Vec<(u32, u64)>,
    /// First operation and length of each transaction of more than one, ascending.
    pub(crate) long: Vec<(u32, u32)>,
    /// First operation and time of each transaction that has one, ascending.
    pub(crate) times: Vec<(u32, i64)>,
    pub(crate) names: Names<'a>,
    /// Rows that the receiver has: an operation's row below their lengths' sum is a place in them, one above it a named row.
    pub(crate) segments: Vec<Segment>,
    /// Table and id of the rows that are new to the receiver.
    pub(crate) rows: Vec<(u32, String)>,
    pub(crate) records: Vec<Record>,
    pub(crate) values: Vec<u64>,
    pub(crate) arena: Arena,
}

/// An update, and for each of its operations the row here that it is about: `(table, row)`, or `(u32::MAX, number)` for one of the update's
/// named rows.
pub(crate) struct NamedUpdate<'m> {
    pub(crate) update: &'m Update<'m>,
    pub(crate) rows: &'m [(TableIndex, RowIndex)],
}

impl Update<'_> {
    /// The values of an insert, and whatever follows them: its shape says how many it has.
    #[inline]
    pub(crate) fn values_of(&self, insert: &Record) -> &[u64] {
        self.values.get(insert.bits as usize..).unwrap_or_default()
    }
}

/// The tables, fields and shapes of an update.
#[derive(Default)]
pub(crate) struct Names<'a> {
    pub(crate) tables: Vec<&'a str>,
    /// Table and column.
    pub(crate) fields: Vec<(u32, &'a str)>,
    /// Table and stretch of `cells`.
    pub(crate) shapes: Vec<(u32, core::ops::Range<usize>)>,
    pub(crate) cells: Vec<ShapeCell>,
}

impl Numbering for Names<'_> {
    fn shape_cells(&self, shape: u32) -> Option<&[ShapeCell]> {
        let (_, range) = self.shapes.get(shape as usize)?;
        self.cells.get(range.clone())
    }

    fn fields_and_tables(&self) -> (usize, usize) {
        (self.fields.len(), self.tables.len())
    }
}

impl Names<'_> {
    /// The table that an operation of this form is about.
    pub(crate) fn table_of(&self, form: Form) -> Option<u32> {
        match form.view() {
            FormView::Update(field, _) => self.fields.get(field as usize).map(|&(table, _)| table),
            FormView::Insert(shape) => self.shapes.get(shape as usize).map(|&(table, _)| table),
            FormView::Delete(table) => Some(table),
        }
    }

    /// The bytes of names that an operation of this form counts for, its row's id apart.
    pub(crate) fn counted_bytes(&self, form: Form) -> usize {
        let column = |field: u32| self.fields.get(field as usize).map_or(0, |&(_, column)| column.len());
        let table = self.table_of(form).and_then(|table| self.tables.get(table as usize)).map_or(0, |table| table.len());
        table
            + match form.view() {
                FormView::Update(field, _) => column(field),
                FormView::Insert(shape) => self.shape_cells(shape).unwrap_or_default().iter().map(|cell| column(cell.field())).sum(),
                FormView::Delete(_) => 0,
            }
    }
}
