use crate::types::ValueRef;

/// Where a row lies: among those that show, which SQL can read, or among the hidden ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPlace {
    /// It shows.
    Shown,
    /// It was deleted, or never inserted.
    Hidden,
}

/// A row, on its way into a store or out of it.
#[derive(Clone, Copy, Debug)]
pub struct StoredRow<'a> {
    /// The table's number.
    pub table: u32,
    /// The row's number within its table: 0, 1, 2, … in the order in which rows became known.
    pub row: u32,
    /// The row's id.
    pub id: &'a str,
    /// Where it lies.
    pub place: RowPlace,
    /// What is kept of the row beside its values: bytes that the store does not look into.
    pub stamps: &'a [u8],
    /// The values of its cells, by column number, ascending; a column without a cell is left out. On the way out every column may stand
    /// there, [`ValueRef::Null`] where there is no cell, and a Bool may come back as the Int 0 or 1: `stamps` knows better.
    pub cells: &'a [(u32, ValueRef<'a>)],
}
