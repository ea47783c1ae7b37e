use crate::value::Value;
use convergedb::{RowValues, ValueRef};

/// A column and its value.
#[derive(uniffi::Record)]
pub struct Cell {
    /// The column.
    pub col: String,
    /// The value.
    pub value: Value,
}

/// A row and its cells.
#[derive(uniffi::Record)]
pub struct Row {
    /// The row's id.
    pub row_id: String,
    /// The cells, sorted by column where the engine gives them.
    pub cells: Vec<Cell>,
}

/// A cell of a row.
#[derive(uniffi::Record)]
pub struct RowCell {
    /// The row's id.
    pub row_id: String,
    /// The column.
    pub col: String,
    /// The value.
    pub value: Value,
}

pub(crate) fn cells(values: RowValues) -> Vec<Cell> {
    values.into_iter().map(|(col, value)| Cell { col, value }).collect()
}

pub(crate) fn rows(rows: Vec<(String, RowValues)>) -> Vec<Row> {
    rows.into_iter().map(|(row_id, values)| Row { row_id, cells: cells(values) }).collect()
}

pub(crate) fn values(cells: Vec<Cell>) -> RowValues {
    cells.into_iter().map(|cell| (cell.col, cell.value)).collect()
}

/// The same cells, borrowed, as the engine takes them.
pub(crate) fn borrowed(cells: &[Cell]) -> Vec<(&str, ValueRef<'_>)> {
    cells.iter().map(|cell| (cell.col.as_str(), cell.value.as_ref())).collect()
}
