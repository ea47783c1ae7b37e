use crate::list::{List, Owner, list};
use crate::lists::cells_of;
use crate::text::converge_str;
use crate::value::{converge_cell, converge_value};
use convergedb::{Change, ChangePatch, MergeResult, Origin, Patch, Result};

/// A cell of a row that stays appeared or changed its value: `col`, `value`.
pub const CONVERGE_PATCH_SET_CELL: i32 = 1;
/// A row appeared, with all its visible cells: `cells`.
pub const CONVERGE_PATCH_INSERT_ROW: i32 = 2;
/// A row vanished. An insert of the same row follows when the row stayed but lost a cell.
pub const CONVERGE_PATCH_DELETE_ROW: i32 = 3;

/// A step from the visible state before a call to the one after it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_patch {
    /// One of the `CONVERGE_PATCH_…` numbers.
    pub kind: i32,
    /// Whether a write of another peer is behind it. Always false in what a merge gives.
    pub is_remote: bool,
    /// The peer whose write decided what shows now, when `is_remote`; empty otherwise.
    pub peer: converge_str,
    /// The table.
    pub tbl: converge_str,
    /// The row.
    pub row_id: converge_str,
    /// The column that was set; empty otherwise.
    pub col: converge_str,
    /// The value that was set; Null otherwise.
    pub value: converge_value,
    /// The cells of a row that appeared, sorted by column; `NULL` otherwise, or if it has none.
    pub cells: *const converge_cell,
    /// The number of these cells.
    pub cells_len: usize,
}

/// Patches, sorted by table, row and column: in this order, on a copy of the state before, they give the state after. Free them with
/// `converge_patches_free()`.
#[repr(C)]
pub struct converge_patches {
    /// The first patch, or `NULL` if there is none.
    pub data: *const converge_patch,
    /// The number of patches.
    pub len: usize,
    /// What keeps them, for `converge_patches_free()`; not to be changed.
    pub owner: u64,
}

/// What one local transaction or one merge changed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct converge_change {
    /// The first patch; there is one at least.
    pub patches: *const converge_patch,
    /// The number of patches.
    pub patches_len: usize,
}

/// Changes, oldest first. Free them with `converge_change_list_free()`.
#[repr(C)]
pub struct converge_change_list {
    /// The first change, or `NULL` if there is none.
    pub data: *const converge_change,
    /// The number of changes.
    pub len: usize,
    /// What keeps them, for `converge_change_list_free()`; not to be changed.
    pub owner: u64,
}

/// What a merge did. All counts are events. Free it with `converge_patches_free(&result.patches)`.
#[repr(C)]
pub struct converge_merge_result {
    /// What changed in the visible state.
    pub patches: converge_patches,
    /// Events that were applied by this call, those that had waited before it included.
    pub applied: u64,
    /// Events of the message that were there already, applied or waiting, or stood in the message twice.
    pub duplicates: u64,
    /// Events that wait after the call.
    pub pending: u64,
    /// Waiting events that proved wrong, or that the bounded buffer had to drop.
    pub rejected: u64,
    /// The message showed an event under this replica's peer id that it did not make: the next write goes on under a fresh peer id.
    pub fresh_peer: bool,
}

list!(converge_patches, converge_patch);
list!(converge_change_list, converge_change);

/// Frees patches, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_patches_free(patches: *mut converge_patches) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(patches) }
}

/// Frees changes, and empties the list: freeing it again, or `NULL`, does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn converge_change_list_free(changes: *mut converge_change_list) {
    // SAFETY: it is NULL or the caller's.
    unsafe { List::free(changes) }
}

fn patch_of(owner: &mut Owner, patch: &'static Patch, origin: &Origin) -> converge_patch {
    let (is_remote, peer) = match origin {
        Origin::Local => (false, converge_str::EMPTY),
        Origin::Remote(peer) => (true, converge_str::of(peer)),
    };
    let base = converge_patch {
        kind: CONVERGE_PATCH_DELETE_ROW,
        is_remote,
        peer,
        tbl: converge_str::of(patch.tbl()),
        row_id: converge_str::of(patch.row_id()),
        col: converge_str::EMPTY,
        value: converge_value::NULL,
        cells: std::ptr::null(),
        cells_len: 0,
    };
    match patch {
        Patch::SetCell { col, value, .. } => {
            converge_patch { kind: CONVERGE_PATCH_SET_CELL, col: converge_str::of(col), value: converge_value::of(value.as_ref()), ..base }
        }
        Patch::InsertRow { values, .. } => {
            let (cells, cells_len) = cells_of(owner, values);
            converge_patch { kind: CONVERGE_PATCH_INSERT_ROW, cells, cells_len, ..base }
        }
        Patch::DeleteRow { .. } => base,
    }
}

fn patches_of(owner: &mut Owner, patches: &'static [ChangePatch]) -> Vec<converge_patch> {
    patches.iter().map(|change| patch_of(owner, &change.patch, &change.origin)).collect()
}

pub(crate) fn list_of_change(change: Change) -> Result<converge_patches> {
    List::of(change.patches, |owner, patches| patches_of(owner, patches))
}

pub(crate) fn list_of_changes(changes: Vec<Change>) -> Result<converge_change_list> {
    List::of(changes, |owner, changes| {
        let change = |change: &'static Change| {
            let patches = patches_of(owner, &change.patches);
            let (patches, patches_len) = owner.keep(patches);
            converge_change { patches, patches_len }
        };
        changes.iter().map(change).collect()
    })
}

pub(crate) fn merge_result(result: MergeResult) -> Result<converge_merge_result> {
    let MergeResult { patches, applied, duplicates, pending, rejected, fresh_peer } = result;
    let patches = List::of(patches, |owner, patches| patches.iter().map(|patch| patch_of(owner, patch, &Origin::Local)).collect())?;
    Ok(converge_merge_result { patches, applied, duplicates, pending, rejected, fresh_peer })
}
