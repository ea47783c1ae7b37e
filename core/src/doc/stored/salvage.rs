use super::fold_log;
use super::row_form::read_row;
use crate::clock::SplitMix;
use crate::doc::{DocOptions, RowValues};
use crate::error::Result;
use crate::store::{Head, RowPlace, Store, Stored};
use crate::types::{EventRun, ValueRef};

/// What can still be read of a damaged replica.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Salvage {
    /// Rows that show and whose checksums hold: table, row id, cells.
    pub rows: Vec<(String, String, RowValues)>,
    /// The events of the log up to the first damage, in causal order.
    pub events: Vec<EventRun>,
    /// What is damaged, in words.
    pub problems: Vec<String>,
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
        salvage.read_rows(&mut store, &stored);
        salvage.read_log(&mut store, stored);
        Ok(salvage)
    }

    fn read_rows(&mut self, store: &mut dyn Store, stored: &Stored) {
        let mut scratch = Vec::new();
        for (table, tbl) in &stored.tables {
            let names: Vec<&str> = stored.columns.iter().filter(|column| column.0 == *table).map(|(_, _, name)| name.as_str()).collect();
            let (rows, problems) = (&mut self.rows, &mut self.problems);
            let read = store.rows(*table, names.len() as u32, &mut |row| {
                match read_row(row, u32::MAX, &mut scratch) {
                    Ok(read) if row.place == RowPlace::Shown => {
                        let cell = |&(column, _, value): &(u32, u32, ValueRef<'_>)| {
                            names.get(column as usize).map(|name| ((*name).to_owned(), value.to_value()))
                        };
                        let mut values: RowValues = read.cells.iter().filter_map(cell).collect();
                        values.sort_by(|a, b| a.0.cmp(&b.0));
                        rows.push((tbl.clone(), row.id.to_owned(), values));
                    }
                    Ok(_) => {}
                    Err(error) => problems.push(format!("row {:?} of table {tbl:?}: {}", row.id, error.message())),
                }
                Ok(())
            });
            if let Err(error) = read {
                self.problems.push(format!("table {tbl:?}: {}", error.message()));
            }
        }
    }

    /// The longest part of the log, from its beginning, in which everything holds.
    fn read_log(&mut self, store: &mut dyn Store, stored: Stored) {
        let head = stored.head.clone().unwrap_or_default();
        let error = match read_prefix(store, &head, &stored) {
            Ok(runs) => {
                if stored.records.is_empty() && !stored.segments.is_empty() {
                    self.problems.push("log: it lacks its end".to_owned());
                }
                return self.events = runs;
            }
            Err(error) => error,
        };
        self.problems.push(format!("log: {}", error.message()));
        // Of two parts that begin together the shorter is good if the longer is.
        let part = |parts: usize| {
            let (segments, records) = (parts.min(stored.segments.len()), parts.saturating_sub(stored.segments.len()));
            Stored { segments: stored.segments[..segments].to_vec(), records: stored.records[..records].to_vec(), ..Stored::default() }
        };
        let (mut good, mut bad) = (0, stored.segments.len() + stored.records.len());
        while good + 1 < bad {
            let middle = good + (bad - good) / 2;
            match read_prefix(store, &head, &part(middle)) {
                Ok(runs) => (good, self.events) = (middle, runs),
                Err(_) => bad = middle,
            }
        }
    }
}

fn read_prefix(store: &mut dyn Store, head: &Head, stored: &Stored) -> Result<Vec<EventRun>> {
    // Nothing is drawn from this seed that outlives the call.
    let mut doc = fold_log(store, head, stored, DocOptions::new(SplitMix::new(0)))?;
    // The end may lie inside a transaction, which is nothing without its rest.
    let torn = doc.transactions.cut(doc.graph.len());
    let mut runs = doc.to_replica()?.runs;
    if let Some(last) = runs.last_mut().filter(|_| torn > 0) {
        last.ops.truncate(last.ops.len().saturating_sub(torn));
        last.tx.pop();
        last.at.pop();
        if last.ops.is_empty() {
            runs.pop();
        }
    }
    Ok(runs)
}
