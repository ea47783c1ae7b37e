use super::encode_update::UpdatePage;
use super::request::Known;
use crate::doc::{CrdtDoc, PageLimit};
use crate::error::Result;
use crate::graph::LocalNumber;
use crate::limits::{MESSAGE_BYTES_MAX, MESSAGE_CELLS_MAX, MESSAGE_DEPS_MAX, MESSAGE_EVENTS_MAX, MESSAGE_PEERS_MAX};
use crate::oplog::{Arena, FieldIndex, Form, FormView, OpView, Packed, ShapeCell, Tag};
use crate::types::ValueRef;
use core::ops::Range;

/// Whether the bytes and cells of what is to be written were counted.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Size {
    /// They were, and fit one message.
    #[default]
    Counted,
    /// They were not: while it is gathered, a bound is kept on them.
    Bounded,
}

/// What goes into one page: as much as was asked for, and never more than its receiver takes.
impl CrdtDoc {
    /// What a replica that knows `known` lacks, within `limit`.
    pub(super) fn encode_unknown(&mut self, known: &Known, limit: PageLimit) -> Result<UpdatePage> {
        let all = self.unknown_events(|peer| known.next.get(peer as usize).copied().unwrap_or_default(), true);
        if all.is_empty() {
            return Ok(UpdatePage::default());
        }
        if limit.bytes >= MESSAGE_BYTES_MAX && self.may_fit(&all, limit) {
            // Nearly always it does fit; then nothing needs to be counted one by one.
            if let Some(bytes) = self.encode_some(&all, known, Size::Bounded)? {
                return Ok(UpdatePage { bytes, has_more: false });
            }
        }
        let (ranges, has_more) = self.page_of(all, limit)?;
        Ok(UpdatePage { bytes: self.encode_some(&ranges, known, Size::Counted)?.unwrap_or_default(), has_more })
    }

    /// These events in the form that is shortest for them.
    fn encode_some(&mut self, ranges: &[Range<LocalNumber>], known: &Known, size: Size) -> Result<Option<Vec<u8>>> {
        if let ([range], false) = (ranges, known.names_document) {
            if let (1, Some(bytes)) = (range.len(), self.encode_event(range.start, known)?) {
                return Ok(Some(bytes));
            }
        }
        self.encode_ranges(ranges, known, size)
    }

    /// How many deps an update lists at most for the run that begins with this event.
    fn listed_deps(&self, event: LocalNumber) -> usize {
        self.graph.span_begun_by(event).map_or(0, |span| self.graph.span_parents(span).len())
    }

    /// How many peers an update of so many events and deps names at most.
    fn named_peers(&self, events: usize, deps: usize) -> usize {
        // Of each event the author, and who inserted its row.
        self.graph.peers().len().min(2 * events + deps)
    }

    /// Whether so many events, deps and peers fit one page; what bytes and cells they hold is not looked at.
    fn may_fit(&self, ranges: &[Range<LocalNumber>], limit: PageLimit) -> bool {
        let events = ranges.iter().map(|range| range.len()).sum();
        let deps = ranges.iter().map(|range| self.listed_deps(range.start)).sum();
        events <= limit.events.min(MESSAGE_EVENTS_MAX) && deps <= MESSAGE_DEPS_MAX && self.named_peers(events, deps) <= MESSAGE_PEERS_MAX
    }

    /// As much of `ranges` as a page may hold, ending with a transaction.
    fn page_of(&self, ranges: Vec<Range<LocalNumber>>, limit: PageLimit) -> Result<(Vec<Range<LocalNumber>>, bool)> {
        let (events_max, bytes_max) = (limit.events.min(MESSAGE_EVENTS_MAX), limit.bytes.min(MESSAGE_BYTES_MAX));
        let mut reader = self.reader();
        let (mut page, mut events, mut bytes, mut cells, mut deps) = (Vec::new(), 0, 0, 0, 0);
        for range in ranges {
            let mut at = range.start;
            deps += self.listed_deps(at);
            while at < range.end {
                let transaction = self.transactions.range(at);
                let has_some = events > 0;
                for event in transaction.clone() {
                    let (view, arena) = reader.get(event)?;
                    bytes += self.counted_bytes(view, arena);
                    if let OpView::Insert { cells: inserted, .. } = view {
                        cells += inserted.len();
                    }
                }
                events += transaction.len();
                let past = events > events_max || bytes > bytes_max || cells > MESSAGE_CELLS_MAX || deps > MESSAGE_DEPS_MAX;
                if has_some && (past || self.named_peers(events, deps) > MESSAGE_PEERS_MAX) {
                    if at > range.start {
                        page.push(range.start..at);
                    }
                    return Ok((page, true));
                }
                at = transaction.end;
            }
            page.push(range);
        }
        Ok((page, false))
    }

    /// The bytes that an operation of a form counts for at most, its Str and Bytes apart.
    pub(super) fn form_bytes_max(&self, form: Form) -> usize {
        let schema = &self.state.schema;
        let cell = |field: FieldIndex, tag: Tag| {
            let (table, column) = schema.field(field);
            schema.column_name(table, column).len() + if matches!(tag, Tag::Int | Tag::Float) { 8 } else { 0 }
        };
        let (table, cells) = match form.view() {
            FormView::Update(field, tag) => (schema.field(field).0, cell(field, tag)),
            FormView::Insert(shape) => {
                let (table, cells) = self.log.shapes.get(shape);
                (table, cells.iter().map(|&shape| cell(shape.field(), shape.tag())).sum())
            }
            FormView::Delete(table) => (table, 0),
        };
        schema.table_name(table).len() + self.state.table(table).id_bytes_max() + cells
    }

    /// An operation's size as the bounds count it.
    pub(crate) fn counted_bytes(&self, view: OpView<'_>, arena: &Arena) -> usize {
        let schema = &self.state.schema;
        let (table, row) = self.row_of(view);
        let cell = |field: FieldIndex, packed| {
            schema.column_name(table, schema.field(field).1).len() + arena.value(packed).map_or(0, ValueRef::counted_bytes)
        };
        let cells = match view {
            OpView::Insert { cells, values, .. } => {
                let packed = |(shape, &bits): (&ShapeCell, &u64)| cell(shape.field(), Packed { bits, tag: shape.tag() });
                cells.iter().zip(values).map(packed).sum()
            }
            OpView::Update { field, value, .. } => cell(field, value),
            OpView::Delete { .. } => 0,
        };
        schema.table_name(table).len() + self.state.table(table).id(row).len() + cells
    }
}
