use crate::cells::{Cell, cells};
use crate::doc::Doc;
use crate::error::Result;
use crate::events::{EventRun, runs};
use crate::options::size;
use crate::value::Value;
use convergedb::ValueRef;
use convergedb::api;
use convergedb::store::QueryLimits;
use std::time::Duration;

/// What opening a file came to.
#[derive(uniffi::Record)]
pub struct OpenReport {
    /// There was no file: it is a new replica.
    pub created: bool,
    /// Why it goes on under a fresh peer id, such as `rolled_back`; none if it does not.
    pub fresh_peer: Option<String>,
    /// Why the rows were made again from the log, if they were.
    pub rebuilt: Option<String>,
}

/// What a file takes, in bytes.
#[derive(uniffi::Record)]
pub struct StoreStats {
    /// The file itself.
    pub file_bytes: u64,
    /// The write-ahead log beside it.
    pub wal_bytes: u64,
    /// Free space inside the file.
    pub free_bytes: u64,
}

/// What a query found.
#[derive(uniffi::Record)]
pub struct QueryRows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// A row that was saved from a damaged file.
#[derive(uniffi::Record)]
pub struct SavedRow {
    /// The table.
    pub tbl: String,
    /// The row.
    pub row_id: String,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// What can be saved from a damaged file.
#[derive(uniffi::Record)]
pub struct Salvage {
    /// Rows that show and are sound.
    pub rows: Vec<SavedRow>,
    /// The events that are sound.
    pub events: Vec<EventRun>,
    /// What is damaged, in words.
    pub problems: Vec<String>,
}

#[uniffi::export]
impl Doc {
    /// What opening the file came to.
    pub fn opened(&self) -> Result<OpenReport> {
        let report = self.0.opened()?;
        let fresh_peer = report.fresh_peer.map(|why| why.name().to_owned());
        Ok(OpenReport { created: report.created, fresh_peer, rebuilt: report.rebuilt })
    }

    /// The file; none in memory.
    pub fn path(&self) -> Result<Option<String>> {
        Ok(self.0.path()?.map(|path| path.to_string_lossy().into_owned()))
    }

    /// Whether it was opened for reading only.
    pub fn is_read_only(&self) -> Result<bool> {
        Ok(self.0.is_read_only()?)
    }

    /// Returns once everything is on the disk.
    pub fn flush(&self) -> Result<()> {
        Ok(self.0.flush()?)
    }

    /// Lets go of the file.
    pub fn suspend(&self) -> Result<()> {
        Ok(self.0.suspend()?)
    }

    /// Takes the file up again.
    pub fn resume(&self) -> Result<()> {
        Ok(self.0.resume()?)
    }

    /// Makes a copy in another file.
    pub fn backup(&self, to: &str) -> Result<()> {
        Ok(self.0.backup(to)?)
    }

    /// Makes the file as small as it can be.
    pub fn compact(&self) -> Result<()> {
        Ok(self.0.compact()?)
    }

    /// What is wrong with the file, in words; nothing if it is sound.
    pub fn verify(&self) -> Result<Vec<String>> {
        Ok(self.0.verify()?)
    }

    /// Makes the rows again from the log.
    pub fn rebuild(&self) -> Result<()> {
        Ok(self.0.rebuild()?)
    }

    /// What the file takes.
    pub fn stats(&self) -> Result<StoreStats> {
        let stats = self.0.stats()?;
        Ok(StoreStats { file_bytes: stats.file_bytes, wal_bytes: stats.wal_bytes, free_bytes: stats.free_bytes })
    }

    /// Reads by SQL.
    pub fn query(&self, sql: &str, parameters: Vec<Value>, rows_max: Option<u64>, time_ms: Option<u64>) -> Result<QueryRows> {
        let default = QueryLimits::default();
        let limits = QueryLimits { rows: rows_max.map_or(default.rows, size), time: time_ms.map_or(default.time, Duration::from_millis) };
        let parameters: Vec<ValueRef<'_>> = parameters.iter().map(Value::as_ref).collect();
        let found = self.0.query(sql, &parameters, limits)?;
        Ok(QueryRows { columns: found.columns, rows: found.rows })
    }

    /// Makes queries by these columns quick.
    pub fn create_index(&self, tbl: &str, columns: Vec<String>) -> Result<()> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Ok(self.0.create_index(tbl, &columns)?)
    }
}

/// Reads what is sound in a damaged file.
#[uniffi::export]
pub fn salvage(path: &str) -> Result<Salvage> {
    let saved = api::Doc::salvage(path)?;
    let rows = saved.rows.into_iter().map(|(tbl, row_id, values)| SavedRow { tbl, row_id, cells: cells(values) }).collect();
    Ok(Salvage { rows, events: runs(saved.events), problems: saved.problems })
}
