use crate::cells::{Cell, cells};
use crate::value::Value;
use convergedb::{ChangePatch, Origin};

/// One step that turns the visible state before a call into the one after it.
#[derive(uniffi::Enum)]
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
        cells: Vec<Cell>,
    },
    /// A row vanished.
    DeleteRow {
        /// The table.
        tbl: String,
        /// The row.
        row_id: String,
    },
}

impl From<convergedb::Patch> for Patch {
    fn from(patch: convergedb::Patch) -> Patch {
        match patch {
            convergedb::Patch::SetCell { tbl, row_id, col, value } => Patch::SetCell { tbl, row_id, col, value },
            convergedb::Patch::InsertRow { tbl, row_id, values } => Patch::InsertRow { tbl, row_id, cells: cells(values) },
            convergedb::Patch::DeleteRow { tbl, row_id } => Patch::DeleteRow { tbl, row_id },
        }
    }
}

/// A patch and who made it.
#[derive(uniffi::Record)]
pub struct OriginPatch {
    /// What changed.
    pub patch: Patch,
    /// The peer whose write decided what shows now; none for a write of this replica.
    pub origin: Option<String>,
}

impl From<ChangePatch> for OriginPatch {
    fn from(change: ChangePatch) -> OriginPatch {
        let origin = match change.origin {
            Origin::Local => None,
            Origin::Remote(peer) => Some(peer.as_str().to_owned()),
        };
        OriginPatch { patch: change.patch.into(), origin }
    }
}

/// What a merge did. All counts are events.
#[derive(uniffi::Record)]
pub struct MergeResult {
    /// What changed in the visible state.
    pub patches: Vec<Patch>,
    /// Events that were applied.
    pub applied: u64,
    /// Events that were there already.
    pub duplicates: u64,
    /// Events that wait after the call.
    pub pending: u64,
    /// Waiting events that proved wrong or were dropped.
    pub rejected: u64,
    /// The next write goes on under a fresh peer id.
    pub fresh_peer: bool,
}

impl From<convergedb::MergeResult> for MergeResult {
    fn from(result: convergedb::MergeResult) -> MergeResult {
        MergeResult {
            patches: result.patches.into_iter().map(Patch::from).collect(),
            applied: result.applied,
            duplicates: result.duplicates,
            pending: result.pending,
            rejected: result.rejected,
            fresh_peer: result.fresh_peer,
        }
    }
}
