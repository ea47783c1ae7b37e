use super::Value;

/// What an event does to one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RowOp {
    /// Makes the row show, with these cells. Of two values for one column the last counts.
    Insert {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
        /// Columns and values, in the order they were written.
        values: Vec<(String, Value)>,
    },
    /// Writes one cell. It never makes a row show.
    Update {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
        /// The column.
        col: String,
        /// The new value.
        value: Value,
    },
    /// Removes the row, with every cell that is not newer.
    Delete {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
    },
}

impl RowOp {
    /// The table that the operation is about.
    pub fn tbl(&self) -> &str {
        match self {
            RowOp::Insert { tbl, .. } | RowOp::Update { tbl, .. } | RowOp::Delete { tbl, .. } => tbl,
        }
    }

    /// The row that the operation is about.
    pub fn row_id(&self) -> &str {
        match self {
            RowOp::Insert { row_id, .. } | RowOp::Update { row_id, .. } | RowOp::Delete { row_id, .. } => row_id,
        }
    }

    /// Its size as the bounds count it: bytes of names, Str and Bytes, and 8 for an Int or Float.
    pub fn counted_bytes(&self) -> usize {
        let cells = match self {
            RowOp::Insert { values, .. } => values.iter().map(|(col, value)| col.len() + value.counted_bytes()).sum(),
            RowOp::Update { col, value, .. } => col.len() + value.counted_bytes(),
            RowOp::Delete { .. } => 0,
        };
        self.tbl().len() + self.row_id().len() + cells
    }

    /// The cells of an insert; none of another operation.
    pub(crate) fn inserted_cells(&self) -> usize {
        match self {
            RowOp::Insert { values, .. } => values.len(),
            RowOp::Update { .. } | RowOp::Delete { .. } => 0,
        }
    }
}
