use super::doc_history::log_page;
use super::{Doc, ScanRange, Transaction};
use crate::doc::{Commit, PageLimit};
use crate::error::Result;
use crate::json;
use crate::types::{EventId, MergeResult};

/// The calls that take or give JSON text. The [`json`] module says what texts are read and which errors a bad one gives, and writes what
/// other calls give.
impl Doc {
    /// As [`insert`](Doc::insert). `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// As [`insert`](Doc::insert), and those of the text.
    pub fn insert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        self.shared.write(|doc| doc.insert_json(tbl, row_id, values))
    }

    /// As [`upsert`](Doc::upsert). `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// As [`upsert`](Doc::upsert), and those of the text.
    pub fn upsert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        self.shared.write(|doc| doc.upsert_json(tbl, row_id, values))
    }

    /// As [`update`](Doc::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Doc::update), and those of the text.
    pub fn update_json(&self, tbl: &str, row_id: &str, col: &str, value: &str) -> Result<Commit> {
        self.shared.write(|doc| doc.update_json(tbl, row_id, col, value))
    }

    /// As [`update_columns`](Doc::update_columns). `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// As [`update_columns`](Doc::update_columns), and those of the text.
    pub fn update_columns_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        self.shared.write(|doc| doc.update_columns_json(tbl, row_id, values))
    }

    /// As [`apply`](Doc::apply), of a list of operations. Each in turn is read, checked and made before the next one is looked at: the
    /// first failure is the one reported, with its path, such as `[3].value`.
    ///
    /// # Errors
    ///
    /// As [`apply`](Doc::apply), and those of the text.
    pub fn apply_json(&self, ops: &str, at: Option<i64>) -> Result<Commit> {
        self.shared.write(|doc| doc.transaction_json(ops, at))
    }

    /// As [`merge_remote`](Doc::merge_remote), of a list of runs.
    ///
    /// # Errors
    ///
    /// As [`merge_remote`](Doc::merge_remote); a text that is no message is `malformed`.
    pub fn merge_json(&self, runs: &str) -> Result<MergeResult> {
        // A closed document says so first; then a long text is read without keeping others waiting.
        self.shared.read(|_| Ok(()))?;
        self.merge_remote(&json::parse_runs(runs)?)
    }

    /// As [`get_pending`](Doc::get_pending), of `{peer: highest counter}`: a list of runs, and whether there is more. A peer with a negative
    /// counter is not known.
    ///
    /// # Errors
    ///
    /// As [`get_pending`](Doc::get_pending), and those of the text.
    pub fn get_pending_json(&self, known: &str, limit: PageLimit) -> Result<(String, bool)> {
        let page = self.shared.hand_out(|doc| doc.get_pending_page(&json::parse_known(known)?, limit))?;
        Ok((json::runs_to_json(&page.runs), page.has_more))
    }

    /// As [`sync_state`](Doc::sync_state): `{"frontier":[["alice",3]],"versions":{"alice":3}}`.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn sync_state_json(&self) -> Result<String> {
        self.shared.read(|doc| Ok(doc.sync_state_json()))
    }

    /// The value of a cell that shows.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn get_json(&self, tbl: &str, row_id: &str, col: &str) -> Result<Option<String>> {
        self.shared.read(|doc| Ok(doc.get(tbl, row_id, col).map(json::value_to_json)))
    }

    /// The cells of a row that shows, `{column: value}`, sorted by column.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn row_json(&self, tbl: &str, row_id: &str) -> Result<Option<String>> {
        self.shared.read(|doc| Ok(doc.row_json(tbl, row_id)))
    }

    /// The whole visible state, `{table: {row: {column: value}}}`, each in the order of its names.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn rows_json(&self) -> Result<String> {
        self.shared.read(|doc| Ok(doc.rows_json()))
    }

    /// A page of a table as [`scan`](Doc::scan) gives it: `[["row",{"column":value}],…]`.
    ///
    /// # Errors
    ///
    /// Those of every call, see [`Doc`].
    pub fn scan_json(&self, tbl: &str, range: &ScanRange, limit: usize) -> Result<String> {
        self.scan(tbl, range, limit).map(|rows| json::rows_to_json(&rows))
    }

    /// As [`event`](Doc::event).
    ///
    /// # Errors
    ///
    /// As [`event`](Doc::event).
    pub fn event_json(&self, id: &EventId) -> Result<Option<String>> {
        Ok(self.event(id)?.as_ref().map(json::event_to_json))
    }

    /// As [`log`](Doc::log), of `{peer: highest counter}`: `{"events":[…],"next":{peer: highest counter},"has_more":false}`.
    ///
    /// # Errors
    ///
    /// As [`log`](Doc::log), and those of the text.
    pub fn log_json(&self, since: &str, limit: usize) -> Result<String> {
        let page = self.shared.read(|doc| log_page(doc, &json::parse_known(since)?, limit))?;
        Ok(json::log_to_json(&page.events, &page.next, page.has_more))
    }

    /// As [`row_history`](Doc::row_history): a list of events.
    ///
    /// # Errors
    ///
    /// As [`row_history`](Doc::row_history).
    pub fn row_history_json(&self, tbl: &str, row_id: &str) -> Result<String> {
        self.row_history(tbl, row_id).map(|events| json::events_to_json(&events))
    }

    /// As [`cell_history`](Doc::cell_history): a list of events.
    ///
    /// # Errors
    ///
    /// As [`cell_history`](Doc::cell_history).
    pub fn cell_history_json(&self, tbl: &str, row_id: &str, col: &str) -> Result<String> {
        self.cell_history(tbl, row_id, col).map(|events| json::events_to_json(&events))
    }

    /// As [`row_as_of`](Doc::row_as_of), of `{peer: highest counter}`: `{column: value}`.
    ///
    /// # Errors
    ///
    /// As [`row_as_of`](Doc::row_as_of), and those of the text.
    pub fn row_as_of_json(&self, tbl: &str, row_id: &str, version: &str) -> Result<Option<String>> {
        let row = self.shared.read(|doc| doc.row_as_of(tbl, row_id, &json::parse_known(version)?))?;
        Ok(row.map(|values| json::cells_to_json(&values)))
    }

    /// As [`table_as_of`](Doc::table_as_of), of `{peer: highest counter}`: `[["row",{"column":value}],…]`.
    ///
    /// # Errors
    ///
    /// As [`table_as_of`](Doc::table_as_of), and those of the text.
    pub fn table_as_of_json(&self, tbl: &str, version: &str) -> Result<String> {
        let rows = self.shared.read(|doc| doc.table_as_of(tbl, &json::parse_known(version)?))?;
        Ok(json::rows_to_json(&rows))
    }
}

/// The calls that take or give JSON text, as those of [`Doc`].
impl Transaction {
    /// As [`insert`](Transaction::insert). `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// As [`insert`](Transaction::insert), and those of the text.
    pub fn insert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<()> {
        self.write(|open, doc| {
            let cells = json::read_cells(tbl, row_id, values)?;
            open.insert(doc, tbl, row_id, &json::borrowed(&cells))
        })
    }

    /// As [`upsert`](Transaction::upsert). `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// As [`upsert`](Transaction::upsert), and those of the text.
    pub fn upsert_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<()> {
        self.write(|open, doc| {
            let cells = json::read_cells(tbl, row_id, values)?;
            open.upsert(doc, tbl, row_id, &json::borrowed(&cells))
        })
    }

    /// As [`update`](Transaction::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Transaction::update), and those of the text.
    pub fn update_json(&self, tbl: &str, row_id: &str, col: &str, value: &str) -> Result<()> {
        self.write(|open, doc| {
            let value = json::read_cell(tbl, row_id, col, value)?;
            open.update(doc, tbl, row_id, col, value.as_ref())
        })
    }

    /// As [`update_columns`](Transaction::update_columns). `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// As [`update_columns`](Transaction::update_columns), and those of the text.
    pub fn update_columns_json(&self, tbl: &str, row_id: &str, values: &str) -> Result<()> {
        self.write(|open, doc| {
            let cells = json::read_cells(tbl, row_id, values)?;
            open.update_columns(doc, tbl, row_id, &json::borrowed(&cells))
        })
    }

    /// The cells of a row, `{column: value}`, with what the transaction wrote so far.
    ///
    /// # Errors
    ///
    /// As [`row`](Transaction::row).
    pub fn row_json(&self, tbl: &str, row_id: &str) -> Result<Option<String>> {
        Ok(self.row(tbl, row_id)?.map(|values| json::cells_to_json(&values)))
    }
}
