use super::node::Node;
use super::{Reading, known, op, run, value, write, written};
use crate::doc::{Commit, CrdtDoc, RowRange};
use crate::error::Result;
use crate::limits::check_name;
use crate::types::{MergeResult, RowOp, Value, ValueRef};

/// The calls that take or give JSON text. The [`json`](crate::json) module says what texts are read and which errors a bad one gives.
impl CrdtDoc {
    /// Inserts a row. `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// Those of [`insert`](CrdtDoc::insert), and those of the text.
    pub fn insert_json(&mut self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        let cells = read_cells(tbl, row_id, values)?;
        self.insert(tbl, row_id, &borrowed(&cells))
    }

    /// Inserts a row or writes over it. `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// Those of [`upsert`](CrdtDoc::upsert), and those of the text.
    pub fn upsert_json(&mut self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        let cells = read_cells(tbl, row_id, values)?;
        self.upsert(tbl, row_id, &borrowed(&cells))
    }

    /// Writes one cell.
    ///
    /// # Errors
    ///
    /// Those of [`update`](CrdtDoc::update), and those of the text.
    pub fn update_json(&mut self, tbl: &str, row_id: &str, col: &str, value: &str) -> Result<Commit> {
        let value = read_cell(tbl, row_id, col, value)?;
        self.update(tbl, row_id, col, &value)
    }

    /// Writes several cells of a row as one transaction. `values` is an object of columns and values, or a list of pairs.
    ///
    /// # Errors
    ///
    /// Those of [`update_columns`](CrdtDoc::update_columns), and those of the text.
    pub fn update_columns_json(&mut self, tbl: &str, row_id: &str, values: &str) -> Result<Commit> {
        let cells = read_cells(tbl, row_id, values)?;
        self.update_columns(tbl, row_id, &borrowed(&cells))
    }

    /// Makes all of `ops`, a list of operations, or none. The `values` of an insert are an object or a list of pairs.
    ///
    /// Each operation in turn is read, checked and made before the next one is looked at: the first failure is the one reported, with its
    /// path, such as `[3].value`. `at` is the wall-clock time for people, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// Those of [`transaction`](CrdtDoc::transaction) and its operations, and those of the text.
    pub fn transaction_json(&mut self, ops: &str, at: Option<i64>) -> Result<Commit> {
        let ops = Node::parse(ops, Reading::Local)?.elements("a transaction")?;
        let ((), commit) = self.transaction(at, |tx| {
            for node in ops {
                let made = match op::read(node)? {
                    RowOp::Insert { tbl, row_id, values } => tx.insert(&tbl, &row_id, &borrowed(&values)),
                    RowOp::Update { tbl, row_id, col, value } => tx.update(&tbl, &row_id, &col, &value),
                    RowOp::Delete { tbl, row_id } => tx.delete(&tbl, &row_id),
                };
                made.map_err(|error| node.place(error))?;
            }
            Result::Ok(())
        })?;
        Ok(commit)
    }

    /// Merges a message, a list of runs.
    ///
    /// # Errors
    ///
    /// Those of [`merge_remote`](CrdtDoc::merge_remote); a text that is no message is `malformed`.
    pub fn merge_remote_json(&mut self, runs: &str) -> Result<MergeResult> {
        self.merge_remote(&run::read_all(Node::parse(runs, Reading::Message)?)?)
    }

    /// A page of what a replica lacks that knows `known`, `{peer: highest counter}`: `{"runs":[…],"has_more":false}`.
    ///
    /// # Errors
    ///
    /// Those of [`get_pending`](CrdtDoc::get_pending) and of [`parse_known`](super::parse_known).
    pub fn get_pending_json(&self, known: &str) -> Result<String> {
        let page = self.get_pending(&known::read(Node::parse(known, Reading::Local)?)?)?;
        Ok(written(|out| {
            out.push_str("{\"runs\":");
            write::list(out, &page.runs, write::run);
            out.push_str(if page.has_more { ",\"has_more\":true}" } else { ",\"has_more\":false}" });
        }))
    }

    /// How far this replica is: `{"frontier":[["alice",3]],"versions":{"alice":3}}`.
    pub fn sync_state_json(&self) -> String {
        super::sync_state_to_json(&self.sync_state())
    }

    /// The cells of a row that shows, `{column: value}`, sorted by column.
    pub fn row_json(&self, tbl: &str, row_id: &str) -> Option<String> {
        self.row(tbl, row_id).map(|row| written(|out| write::object(out, row.cells(), write::value)))
    }

    /// The whole visible state, `{table: {row: {column: value}}}`, each in the order of its names.
    pub fn rows_json(&self) -> String {
        written(|out| {
            write::object(out, self.tables().into_iter().map(|tbl| (tbl, tbl)), |out, tbl| {
                write::object(out, self.scan(tbl, RowRange::all()).map(|row| (row.id().to_string(), row)), |out, row| {
                    write::object(out, row.cells(), write::value);
                });
            });
        })
    }
}

/// The columns and values of an insert, after the names of its row were checked.
pub(crate) fn read_cells(tbl: &str, row_id: &str, values: &str) -> Result<Vec<(String, Value)>> {
    check_name(tbl, "table")?;
    check_name(row_id, "row id")?;
    op::cells(Node::parse(values, Reading::Local)?)
}

/// The value of an update, after the names of its cell were checked.
pub(crate) fn read_cell(tbl: &str, row_id: &str, col: &str, value: &str) -> Result<Value> {
    check_name(tbl, "table")?;
    check_name(row_id, "row id")?;
    check_name(col, "column")?;
    value::read(Node::parse(value, Reading::Local)?)
}

pub(crate) fn borrowed(cells: &[(String, Value)]) -> Vec<(&str, ValueRef<'_>)> {
    cells.iter().map(|(col, value)| (col.as_str(), value.as_ref())).collect()
}
