use crate::doc::{Commit, Doc};
use crate::error::Result;
use crate::events::EventId;
use crate::options::{page_limit, size};
use crate::patches::MergeResult;
use crate::scan::Range;

/// A part of what a peer lacks, as JSON text.
#[derive(uniffi::Record)]
pub struct JsonPage {
    /// A list of runs.
    pub runs: String,
    /// There is more.
    pub has_more: bool,
}

#[uniffi::export]
impl Doc {
    /// As `insert`. `values` is an object of columns and values, or a list of pairs.
    pub fn insert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        Ok(self.0.insert_json(tbl, row_id, values)?.into())
    }

    /// As `upsert`.
    pub fn upsert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        Ok(self.0.upsert_json(tbl, row_id, values)?.into())
    }

    /// As `update`.
    pub fn update_json(&self, tbl: &str, row_id: &str, col: &str, value: &str) -> Result<Commit> {
        Ok(self.0.update_json(tbl, row_id, col, value)?.into())
    }

    /// As `update_columns`.
    pub fn update_columns_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        Ok(self.0.update_columns_json(tbl, row_id, values)?.into())
    }

    /// As `apply`, of a list of operations.
    pub fn apply_json(&self, ops: &str, at: Option<i64>) -> Result<Commit> {
        Ok(self.0.apply_json(ops, at)?.into())
    }

    /// As `merge_remote`, of a list of runs.
    pub fn merge_json(&self, runs: &str) -> Result<MergeResult> {
        Ok(self.0.merge_json(runs)?.into())
    }

    /// As `get_pending`, of `{peer: highest counter}`.
    pub fn get_pending_json(&self, known: &str, events_max: Option<u64>, bytes_max: Option<u64>) -> Result<JsonPage> {
        let (runs, has_more) = self.0.get_pending_json(known, page_limit(events_max, bytes_max))?;
        Ok(JsonPage { runs, has_more })
    }

    /// As `sync_state`.
    pub fn sync_state_json(&self) -> Result<String> {
        Ok(self.0.sync_state_json()?)
    }

    /// As `get`.
    pub fn get_json(&self, tbl: &str, row_id: &str, col: &str) -> Result<Option<String>> {
        Ok(self.0.get_json(tbl, row_id, col)?)
    }

    /// As `row`.
    pub fn row_json(&self, tbl: &str, row_id: &str) -> Result<Option<String>> {
        Ok(self.0.row_json(tbl, row_id)?)
    }

    /// The whole visible state.
    pub fn rows_json(&self) -> Result<String> {
        Ok(self.0.rows_json()?)
    }

    /// As `scan`.
    pub fn scan_json(&self, tbl: &str, range: Range, limit: u64) -> Result<String> {
        Ok(self.0.scan_json(tbl, &range.read(), size(limit))?)
    }

    /// As `event`.
    pub fn event_json(&self, id: EventId) -> Result<Option<String>> {
        Ok(self.0.event_json(&id.read()?)?)
    }

    /// As `log`.
    pub fn log_json(&self, since: &str, limit: u64) -> Result<String> {
        Ok(self.0.log_json(since, size(limit))?)
    }

    /// As `row_history`.
    pub fn row_history_json(&self, tbl: &str, row_id: &str) -> Result<String> {
        Ok(self.0.row_history_json(tbl, row_id)?)
    }

    /// As `cell_history`.
    pub fn cell_history_json(&self, tbl: &str, row_id: &str, col: &str) -> Result<String> {
        Ok(self.0.cell_history_json(tbl, row_id, col)?)
    }

    /// As `row_as_of`.
    pub fn row_as_of_json(&self, tbl: &str, row_id: &str, version: &str) -> Result<Option<String>> {
        Ok(self.0.row_as_of_json(tbl, row_id, version)?)
    }

    /// As `table_as_of`.
    pub fn table_as_of_json(&self, tbl: &str, version: &str) -> Result<String> {
        Ok(self.0.table_as_of_json(tbl, version)?)
    }
}
