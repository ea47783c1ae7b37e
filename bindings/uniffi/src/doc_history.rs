use crate::cells::{Cell, Row, cells, rows};
use crate::doc::Doc;
use crate::error::Result;
use crate::events::{Event, EventId, Versions, event_ids, events, read_event_ids, read_versions, versions};
use crate::options::size;

/// A part of the history.
#[derive(uniffi::Record)]
pub struct LogPage {
    /// Events in causal order.
    pub events: Vec<Event>,
    /// What to ask with for the next page.
    pub next: Versions,
    /// There is more.
    pub has_more: bool,
}

/// How two versions stand to each other.
#[derive(uniffi::Enum)]
pub enum Relation {
    /// Both stand for the same events.
    Equal,
    /// The other one has all of this one's events and more.
    Before,
    /// It has all of the other one's events and more.
    After,
    /// Each has events that the other one lacks.
    Concurrent,
}

/// Events of one peer with counters in a row.
#[derive(uniffi::Record)]
pub struct EventRange {
    /// The author.
    pub peer: String,
    /// The first counter.
    pub start: u64,
    /// The counter after the last one.
    pub end: u64,
}

#[uniffi::export]
impl Doc {
    /// An applied event.
    pub fn event(&self, id: EventId) -> Result<Option<Event>> {
        Ok(self.0.event(&id.read()?)?.map(Event::from))
    }

    /// The events that a replica of these versions lacks, at most so many.
    pub fn log(&self, since: Versions, limit: u64) -> Result<LogPage> {
        let page = self.0.log(&read_versions(since)?, size(limit))?;
        Ok(LogPage { events: events(page.events), next: versions(&page.next), has_more: page.has_more })
    }

    /// The events that wrote a row.
    pub fn row_history(&self, tbl: &str, row_id: &str) -> Result<Vec<Event>> {
        Ok(events(self.0.row_history(tbl, row_id)?))
    }

    /// The events that wrote a cell.
    pub fn cell_history(&self, tbl: &str, row_id: &str, col: &str) -> Result<Vec<Event>> {
        Ok(events(self.0.cell_history(tbl, row_id, col)?))
    }

    /// A row as it showed at a version.
    pub fn row_as_of(&self, tbl: &str, row_id: &str, version: Versions) -> Result<Option<Vec<Cell>>> {
        Ok(self.0.row_as_of(tbl, row_id, &read_versions(version)?)?.map(cells))
    }

    /// A table as it showed at a version.
    pub fn table_as_of(&self, tbl: &str, version: Versions) -> Result<Vec<Row>> {
        Ok(rows(self.0.table_as_of(tbl, &read_versions(version)?)?))
    }

    /// How two versions, given by their frontiers, stand to each other.
    pub fn compare(&self, a: Vec<EventId>, b: Vec<EventId>) -> Result<Relation> {
        Ok(match self.0.compare(&read_event_ids(a)?, &read_event_ids(b)?)? {
            convergedb::Relation::Equal => Relation::Equal,
            convergedb::Relation::Before => Relation::Before,
            convergedb::Relation::After => Relation::After,
            convergedb::Relation::Concurrent => Relation::Concurrent,
        })
    }

    /// The newest events that both versions have.
    pub fn common_ancestors(&self, a: Vec<EventId>, b: Vec<EventId>) -> Result<Vec<EventId>> {
        Ok(event_ids(&self.0.common_ancestors(&read_event_ids(a)?, &read_event_ids(b)?)?))
    }

    /// The events that one version has and the other lacks.
    pub fn events_between(&self, from: Vec<EventId>, to: Vec<EventId>) -> Result<Vec<EventRange>> {
        let ranges = self.0.events_between(&read_event_ids(from)?, &read_event_ids(to)?)?;
        Ok(ranges
            .into_iter()
            .map(|range| EventRange { peer: range.peer.as_str().to_owned(), start: range.start, end: range.end })
            .collect())
    }

    /// Recomputes what the document holds the slow way.
    pub fn check(&self) -> Result<()> {
        Ok(self.0.check()?)
    }
}
