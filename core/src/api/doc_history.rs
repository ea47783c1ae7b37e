use super::Doc;
use crate::doc::{CrdtDoc, EventRange, RowValues};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::Relation;
use crate::limits::PAGE_BYTES_MAX;
use crate::types::{Event, EventId, VersionVector};

/// A part of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// Events in causal order.
    pub events: Vec<Event>,
    /// What to ask with for the next page: what the page was asked with, and its events.
    pub next: VersionVector,
    /// There is more.
    pub has_more: bool,
}

/// The history. Besides the errors named at each call: those of every call, see [`Doc`].
///
/// Of a replica that was made from a state-only form, what lies before that form is not here: asking for it is `invalid_argument`.
impl Doc {
    /// An applied event; `None` when there is none of this id.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn event(&self, id: &EventId) -> Result<Option<Event>> {
        self.shared.read(|doc| doc.event(id))
    }

    /// The applied events that `since` does not know, in causal order: at most `limit` of them and about
    /// [`PAGE_BYTES_MAX`] bytes, but one at least.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn log(&self, since: &VersionVector, limit: usize) -> Result<LogPage> {
        self.shared.read(|doc| log_page(doc, since, limit))
    }

    /// Every applied event of a row, in the total order, oldest first. It reads the whole log: some nanoseconds per event of the document.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn row_history(&self, tbl: &str, row_id: &str) -> Result<Vec<Event>> {
        self.shared.read(|doc| doc.row_history(tbl, row_id))
    }

    /// Every applied event that wrote a cell or deleted its row, in the total order, oldest first. It reads the whole log.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn cell_history(&self, tbl: &str, row_id: &str, col: &str) -> Result<Vec<Event>> {
        self.shared.read(|doc| doc.cell_history(tbl, row_id, col))
    }

    /// A row's cells, sorted by column, as they showed when just the events that `version` knows were applied; `None` if the row did not
    /// show. `version` is what [`versions`](Doc::versions) said then. It reads the whole log.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn row_as_of(&self, tbl: &str, row_id: &str, version: &VersionVector) -> Result<Option<RowValues>> {
        self.shared.read(|doc| doc.row_as_of(tbl, row_id, version))
    }

    /// A table's rows, sorted by id, as they showed when just the events that `version` knows were applied. It reads the whole log.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged; `invalid_argument` when the history is not here.
    pub fn table_as_of(&self, tbl: &str, version: &VersionVector) -> Result<Vec<(String, RowValues)>> {
        self.shared.read(|doc| doc.table_as_of(tbl, version))
    }

    /// How version `a` stands to version `b`: a version is a set of events, and stands for them and everything they depend on.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when an event is not applied here; its id stands in the error.
    pub fn compare(&self, a: &[EventId], b: &[EventId]) -> Result<Relation> {
        self.shared.read(|doc| doc.compare(a, b))
    }

    /// The lowest common ancestors of two versions: the common events that no other common event depends on, sorted by peer and counter.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when an event is not applied here; its id stands in the error.
    pub fn common_ancestors(&self, a: &[EventId], b: &[EventId]) -> Result<Vec<EventId>> {
        self.shared.read(|doc| doc.common_ancestors(a, b))
    }

    /// The events that version `to` stands for and version `from` does not, in causal order.
    ///
    /// # Errors
    ///
    /// `invalid_argument` when an event is not applied here; its id stands in the error.
    pub fn events_between(&self, from: &[EventId], to: &[EventId]) -> Result<Vec<EventRange>> {
        self.shared.read(|doc| doc.events_between(from, to))
    }

    /// Recomputes every invariant the slow way: what is stored, what is derived, and that the rows are the fold of the log. For tests.
    ///
    /// # Errors
    ///
    /// `internal`, with the first broken invariant in words: a bug in this library, or broken memory.
    pub fn check(&self) -> Result<()> {
        self.shared.read(|doc| doc.check().map_err(|broken| Error::new(ErrorKind::Internal, broken)))
    }
}

pub(crate) fn log_page(doc: &CrdtDoc, since: &VersionVector, limit: usize) -> Result<LogPage> {
    let mut page = LogPage { next: since.clone(), ..LogPage::default() };
    let mut bytes = 0;
    for event in doc.log(since) {
        if page.events.len() >= limit.max(1) || bytes >= PAGE_BYTES_MAX {
            page.has_more = true;
            break;
        }
        let event = event?;
        bytes += event.op.counted_bytes();
        page.next.include(&event.id);
        page.events.push(event);
    }
    Ok(page)
}
