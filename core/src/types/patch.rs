use super::Value;

/// One step that turns the visible state before a call into the one after it.
///
/// A call's patches are sorted by table, row and column. Applied in order to a plain copy of the state before, they give the state after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch {
    /// A cell of a row that stays appeared or changed its value.
    SetCell {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
        /// The column.
        col: String,
        /// The value it shows now.
        value: Value,
    },
    /// A row appeared, with all its visible cells, sorted by column.
    InsertRow {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
        /// Its cells.
        values: Vec<(String, Value)>,
    },
    /// A row vanished. Followed by an `InsertRow` of the same row when the row stayed but lost a cell.
    DeleteRow {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
    },
}

impl Patch {
    /// The table that changed.
    pub fn tbl(&self) -> &str {
        match self {
            Patch::SetCell { tbl, .. } | Patch::InsertRow { tbl, .. } | Patch::DeleteRow { tbl, .. } => tbl,
        }
    }

    /// The row that changed.
    pub fn row_id(&self) -> &str {
        match self {
            Patch::SetCell { row_id, .. } | Patch::InsertRow { row_id, .. } | Patch::DeleteRow { row_id, .. } => row_id,
        }
    }
}
