use super::CrdtDoc;
use crate::error::Result;
use crate::graph::LocalNumber;
use crate::oplog::{Arena, ColumnIndex, LogReader, OpView, Packed, RowIndex, TableIndex};
use crate::types::{Event, EventId, Value, VersionVector};
use std::collections::BTreeMap;

/// A row's cells, sorted by column.
pub type RowValues = Vec<(String, Value)>;

/// One row as some set of events leaves it, by the definition of SPEC 3.
#[derive(Default)]
struct Fold {
    inserted: Option<LocalNumber>,
    deleted: Option<LocalNumber>,
    cells: BTreeMap<ColumnIndex, (LocalNumber, Value)>,
}

impl Fold {
    fn add(&mut self, doc: &CrdtDoc, event: LocalNumber, op: OpView<'_>, arena: &Arena) {
        let newest = |held: &mut Option<LocalNumber>| {
            if held.is_none_or(|held| doc.is_newer(event, held)) {
                *held = Some(event);
            }
        };
        let mut cell = |column: ColumnIndex, packed: Packed| {
            let value = arena.value(packed).map_or(Value::Null, Value::from);
            let held = self.cells.get(&column).map(|held| held.0);
            if held.is_none_or(|held| held == event || doc.is_newer(event, held)) {
                self.cells.insert(column, (event, value));
            }
        };
        match op {
            OpView::Insert { cells, values, .. } => {
                for (shape, &bits) in cells.iter().zip(values) {
                    cell(doc.state.schema.field(shape.field()).1, Packed { bits, tag: shape.tag() });
                }
                newest(&mut self.inserted);
            }
            OpView::Update { field, value, .. } => cell(doc.state.schema.field(field).1, value),
            OpView::Delete { .. } => newest(&mut self.deleted),
        }
    }

    fn shows(&self, doc: &CrdtDoc) -> bool {
        self.inserted.is_some_and(|inserted| self.deleted.is_none_or(|deleted| doc.is_newer(inserted, deleted)))
    }

    /// The cells that show, if the row does.
    fn visible<'a>(&'a self, doc: &'a CrdtDoc) -> Option<impl Iterator<Item = (ColumnIndex, &'a Value)> + 'a> {
        let newer = move |event| self.deleted.is_none_or(|deleted| doc.is_newer(event, deleted));
        let cells = self.cells.iter().filter(move |(_, (event, _))| newer(*event));
        self.shows(doc).then(|| cells.map(|(&column, (_, value))| (column, value)))
    }

    fn values(&self, doc: &CrdtDoc, table: TableIndex) -> Option<Vec<(String, Value)>> {
        let cells = self.visible(doc)?;
        let mut values: Vec<(String, Value)> =
            cells.map(|(column, value)| (doc.state.schema.column_name(table, column).to_owned(), value.clone())).collect();
        values.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Some(values)
    }
}

impl CrdtDoc {
    /// An applied event as plain data.
    pub(crate) fn event_at(&self, reader: &mut LogReader<'_>, event: LocalNumber) -> Result<Event> {
        let (peer, counter, lamport) = self.graph.place(event);
        let (view, arena) = reader.get(event)?;
        Ok(Event {
            id: EventId::new(self.graph.peers().name(peer).clone(), counter),
            deps: self.graph.deps(event),
            lamport,
            at: self.transactions.time(self.transactions.range(event).start),
            op: self.plain_op(view, arena),
        })
    }

    /// An applied event.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn event(&self, id: &EventId) -> Result<Option<Event>> {
        self.graph.find_id(id).map(|event| self.event_at(&mut self.reader(), event)).transpose()
    }

    /// The applied events that `since` does not know, in causal order, with author, Lamport and wall-clock time. Each item can fail.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::get_pending`], item by item.
    pub fn log<'a>(&'a self, since: &VersionVector) -> impl Iterator<Item = Result<Event>> + use<'a> {
        let ranges = self.unknown_to(since, false);
        let mut reader = self.reader();
        ranges.into_iter().flatten().map(move |event| self.event_at(&mut reader, event))
    }

    /// The table and row that an event is about.
    pub(crate) fn row_of(&self, op: OpView<'_>) -> (TableIndex, RowIndex) {
        match op {
            OpView::Insert { table, row, .. } | OpView::Delete { table, row } => (table, row),
            OpView::Update { field, row, .. } => (self.state.schema.field(field).0, row),
        }
    }

    fn events_where(&self, mut wanted: impl FnMut(OpView<'_>) -> bool) -> Result<Vec<Event>> {
        let mut reader = self.reader();
        let mut events = Vec::new();
        for event in 0..self.graph.len() {
            if wanted(reader.get(event)?.0) {
                events.push(event);
            }
        }
        events.sort_unstable_by(|&a, &b| self.graph.cmp(a, b));
        events.into_iter().map(|event| self.event_at(&mut reader, event)).collect()
    }

    /// Every applied event of a row, in the total order, oldest first. It reads the whole log: some nanoseconds per event of the document.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn row_history(&self, tbl: &str, row_id: &str) -> Result<Vec<Event>> {
        let Some(wanted) = self.state.find(tbl, row_id) else { return Ok(Vec::new()) };
        self.events_where(|op| self.row_of(op) == wanted)
    }

    /// Every applied event that wrote a cell or deleted its row, in the total order, oldest first. It reads the whole log.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn cell_history(&self, tbl: &str, row_id: &str, col: &str) -> Result<Vec<Event>> {
        let Some(wanted) = self.state.find(tbl, row_id) else { return Ok(Vec::new()) };
        let field = self.state.schema.column(wanted.0, col).map(|column| self.state.schema.field_of(wanted.0, column));
        self.events_where(|op| {
            self.row_of(op) == wanted
                && match op {
                    OpView::Insert { cells, .. } => cells.iter().any(|cell| Some(cell.field()) == field),
                    OpView::Update { field: written, .. } => Some(written) == field,
                    OpView::Delete { .. } => true,
                }
        })
    }

    /// Folds the rows for which `wanted` says so, over the events that `version` knows.
    fn fold(
        &self,
        version: Option<&VersionVector>,
        wanted: impl Fn(TableIndex, RowIndex) -> bool,
    ) -> Result<BTreeMap<(TableIndex, RowIndex), Fold>> {
        let mut folds: BTreeMap<(TableIndex, RowIndex), Fold> = BTreeMap::new();
        let mut reader = self.reader();
        for (number, span) in self.graph.spans().iter().enumerate() {
            let range = self.graph.span_range(number);
            let known = version.map_or(Some(u64::MAX), |version| version.get(self.graph.peers().name(span.peer)));
            let Some(known) = known.and_then(|known| known.checked_sub(span.counter)) else { continue };
            let end = u64::from(range.end).min(u64::from(range.start).saturating_add(known).saturating_add(1));
            for event in range.start..end as LocalNumber {
                let (op, arena) = reader.get(event)?;
                let (table, row) = self.row_of(op);
                if wanted(table, row) {
                    folds.entry((table, row)).or_default().add(self, event, op, arena);
                }
            }
        }
        Ok(folds)
    }

    /// A row's cells, sorted by column, as they showed when just the events that `version` knows were applied; `None` if the row did not
    /// show. `version` is what [`CrdtDoc::versions`] said then. It reads the whole log: some nanoseconds per event of the document.
    ///
    /// Any version is taken for the set of the events here that it covers, and no error: peers that are not known here, and counters above
    /// the highest one here, add nothing. One that knows an event without those it depends on, or a part of a transaction, shows what just
    /// these events come to, such as an update without its insert (no row), though no replica ever showed it.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn row_as_of(&self, tbl: &str, row_id: &str, version: &VersionVector) -> Result<Option<RowValues>> {
        let Some(wanted) = self.state.find(tbl, row_id) else { return Ok(None) };
        let folds = self.fold(Some(version), |table, row| (table, row) == wanted)?;
        Ok(folds.get(&wanted).and_then(|fold| fold.values(self, wanted.0)))
    }

    /// A table's rows, sorted by id, as they showed when just the events that `version` knows were applied. It reads the whole log, and
    /// holds each row that any of these events is about in memory. For what is no version of this replica see [`CrdtDoc::row_as_of`].
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the replica holds no history that old (it was made from a
    /// state-only form).
    pub fn table_as_of(&self, tbl: &str, version: &VersionVector) -> Result<Vec<(String, RowValues)>> {
        let Some(wanted) = self.state.schema.table(tbl) else { return Ok(Vec::new()) };
        let folds = self.fold(Some(version), |table, _| table == wanted)?;
        let row = |((table, row), fold): ((TableIndex, RowIndex), Fold)| {
            Some((self.state.row_id(self.state.table(table), row), fold.values(self, table)?))
        };
        let mut rows: Vec<_> = folds.into_iter().filter_map(row).collect();
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(rows)
    }

    /// Checks that the rows are the fold of the log.
    pub(crate) fn check_fold(&self) -> Result<(), String> {
        let folds = self.fold(None, |_, _| true).map_err(|error| error.to_string())?;
        for table in 0..self.state.schema.tables() as TableIndex {
            let rows = self.state.table(table);
            for row in 0..rows.rows() {
                let fold = folds.get(&(table, row)).ok_or("doc: a row without an event")?;
                let head = rows.head(row);
                let stamps = (fold.inserted.map_or(0, |event| event + 1), fold.deleted.map_or(0, |event| event + 1));
                if head.is_visible() != fold.shows(self) || (head.inserted, head.deleted) != stamps {
                    return Err(format!("doc: row {:?} is not the fold of the log", self.state.row_id(rows, row)));
                }
                let newer = |event| fold.deleted.is_none_or(|deleted| self.is_newer(event, deleted));
                let expected = fold
                    .cells
                    .iter()
                    .filter(|(_, (event, _))| newer(*event))
                    .map(|(&column, (event, value))| (column, event + 1, value.clone()));
                let mut found: Vec<_> = rows.cells(row).map(|(column, cell)| (column, cell.stamp, self.state.value(cell.value))).collect();
                found.sort_unstable_by_key(|cell| cell.0);
                if !expected.eq(found) {
                    return Err(format!("doc: the cells of row {:?} are not the fold of the log", self.state.row_id(rows, row)));
                }
            }
        }
        if folds.len() != (0..self.state.schema.tables()).map(|table| self.state.table(table as TableIndex).rows() as usize).sum::<usize>()
        {
            return Err("doc: an event about no row".into());
        }
        Ok(())
    }
}
