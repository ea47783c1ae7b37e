use super::row_form::read_row;
use super::salvage_log::{RowIds, read_events, read_order, whole_part};
use super::{ROWS_FORMAT, read_waiting};
use crate::doc::{CrdtDoc, RowValues};
use crate::error::Result;
use crate::oplog::TableIndex;
use crate::store::{HEAD_LOST, RowPlace, Store, Stored};
use crate::types::{EventRun, ValueRef};

/// What can still be read of a damaged replica.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Salvage {
    /// Rows that show and whose checksums hold: table, row id, cells.
    pub rows: Vec<(String, String, RowValues)>,
    /// The whole transactions of the log that can be read, in the order in which they arrived: up to the first damage all of them. Those
    /// after it may depend on lost ones; a replica that merges them lets them wait until a peer brings what is missing. Last come those
    /// that waited already.
    pub events: Vec<EventRun>,
    /// What is damaged, in words.
    pub problems: Vec<String>,
}

/// What was found out of the rows that can be read.
#[derive(Default)]
struct FoundRows {
    ids: RowIds,
    /// The sum of their hashes, and the newest of their stamps.
    sum: u64,
    newest: u32,
}

impl Salvage {
    /// Reads what is left in a store, which is not changed.
    ///
    /// # Errors
    ///
    /// `storage` when nothing can be read at all.
    pub fn read(mut store: impl Store) -> Result<Salvage> {
        let mut salvage = Salvage::default();
        // Names that cannot be read are told of below.
        let _ = store.begin_reading();
        let stored = match store.load() {
            Ok(stored) => stored,
            Err(error) => {
                salvage.problems.push(error.message().to_owned());
                store.load_loosely()?
            }
        };
        if stored.lost_its_head() && salvage.problems.is_empty() {
            salvage.problems.push(HEAD_LOST.to_owned());
        }
        let part = whole_part(&stored, &mut salvage.problems);
        let log = read_order(&part).ok();
        let names = salvage.names(&stored, log.as_ref().map(|log| &log.doc));
        let found = salvage.read_rows(&mut store, &names);
        salvage.compare(&stored, &part, log.map_or(0, |log| log.doc.graph.len()), &found);
        match read_events(&mut store, &part, &found.ids, &mut salvage.problems) {
            Ok(events) => salvage.events = events,
            Err(error) => salvage.problems.push(format!("log: {}", error.message())),
        }
        // What waits is nobody's proven history, and is no less typed for that.
        salvage.events.extend(stored.waiting.iter().filter_map(|(_, bytes)| read_waiting(bytes)).flatten());
        Ok(salvage)
    }

    /// Tells of rows that are not the fold of the log, as far as their sum and their stamps show it. `part` is what can be read of the log,
    /// with its number of events.
    fn compare(&mut self, stored: &Stored, part: &Stored, events: u32, found: &FoundRows) {
        let head_events = stored.head.as_ref().map_or(0, |head| head.events);
        if found.newest > events || head_events > events {
            let known = found.newest.max(head_events);
            self.problems.push(format!("log: {events} events of it can be put in order, and there were {known} at least"));
        }
        let whole = part.segments.len() + part.records.len() == stored.segments.len() + stored.records.len();
        let current = stored.head.as_ref().is_some_and(|head| head.rows_format == ROWS_FORMAT);
        if whole && current && stored.records.last().map_or(0, |record| record.rows_sum) != found.sum {
            self.problems.push("rows: they are not all those of the log, or not as they were last".to_owned());
        }
    }

    /// The names of tables and columns: those in the log, and those beside the rows where it does not say.
    fn names(&mut self, stored: &Stored, log: Option<&CrdtDoc>) -> Vec<(String, Vec<String>)> {
        let columns = |table: u32| stored.columns.iter().filter(move |column| column.0 == table).map(|column| column.2.clone());
        let beside: Vec<(String, Vec<String>)> =
            stored.tables.iter().map(|(table, name)| (name.clone(), columns(*table).collect())).collect();
        let Some(schema) = log.map(|doc| &doc.state.schema) else { return beside };
        let mut names = Vec::new();
        for table in 0..schema.tables() as TableIndex {
            let columns = (0..schema.columns(table) as u32).map(|column| schema.column_name(table, column).to_owned());
            names.push((schema.table_name(table).to_owned(), columns.collect::<Vec<_>>()));
        }
        let differ =
            names.iter().zip(&beside).any(|(one, other)| one.0 != other.0 || one.1.iter().zip(&other.1).any(|(one, other)| one != other));
        if differ || names.len() > beside.len() {
            self.problems.push("the names beside the rows are not those of the log".to_owned());
        }
        for (table, (tbl, columns)) in beside.into_iter().enumerate() {
            match names.get_mut(table) {
                Some((_, known)) => known.extend(columns.into_iter().skip(known.len())),
                None => names.push((tbl, columns)),
            }
        }
        names
    }

    /// Reads the rows.
    fn read_rows(&mut self, store: &mut dyn Store, names: &[(String, Vec<String>)]) -> FoundRows {
        let (mut found, mut scratch) = (FoundRows::default(), Vec::new());
        for (table, (tbl, names)) in (0..).zip(names) {
            let (rows, problems) = (&mut self.rows, &mut self.problems);
            let lost = store.rows_loosely(table, names.len() as u32, &mut |row| match read_row(row, u32::MAX, &mut scratch) {
                Ok(read) => {
                    found.ids.insert((row.table, row.row), row.id.to_owned());
                    found.sum = found.sum.wrapping_add(read.hash);
                    found.newest = found.newest.max(read.newest());
                    if row.place == RowPlace::Shown {
                        let cell = |&(column, _, value): &(u32, u32, ValueRef<'_>)| {
                            names.get(column as usize).map(|name| (name.clone(), value.to_value()))
                        };
                        let mut values: RowValues = read.cells.iter().filter_map(cell).collect();
                        values.sort_by(|a, b| a.0.cmp(&b.0));
                        rows.push((tbl.clone(), row.id.to_owned(), values));
                    }
                }
                Err(error) => problems.push(format!("row {:?} of table {tbl:?}: {}", row.id, error.message())),
            });
            self.problems.extend(lost.into_iter().map(|problem| format!("table {tbl:?}: {problem}")));
        }
        found
    }
}
