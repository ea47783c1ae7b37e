use super::table::{Cell, Head, Table};
use super::{Journal, Stamp, State};
use crate::oplog::{ColumnIndex, Packed, RowIndex, TableIndex};
use crate::types::{Patch, Value};

/// A row as it was before a call: its head, if that was touched, and the cells that were.
struct RowBefore<'a> {
    head: Option<Head>,
    cells: &'a [(ColumnIndex, Cell)],
}

impl State {
    /// The patches that turn the visible state before the journalled call into the one now, each with the stamp of the write behind it.
    ///
    /// Sorted by table, row and column, by the bytes of their names.
    pub(crate) fn patches(&self, journal: &Journal) -> Vec<(Patch, Stamp)> {
        let mut rows: Vec<(TableIndex, RowIndex)> = journal.rows.iter().map(|before| (before.table, before.row)).collect();
        rows.extend(journal.cells.iter().map(|before| (before.table, before.row)));
        rows.sort_unstable();
        rows.dedup();
        let mut heads: Vec<_> = journal.rows.iter().map(|before| ((before.table, before.row), before.head)).collect();
        heads.sort_by_key(|&(key, _)| key);
        let mut cells: Vec<_> = journal.cells.iter().map(|before| ((before.table, before.row, before.column), before.cell)).collect();
        // Stable, so that of two notes about one cell the first stays the first.
        cells.sort_by_key(|&(key, _)| key);
        cells.dedup_by_key(|&mut (key, _)| key);
        self.sort_rows(&mut rows);
        let mut patches = Vec::new();
        for (table, row) in rows {
            let first = heads.partition_point(|&(key, _)| key < (table, row));
            let before = heads.get(first).filter(|(key, _)| *key == (table, row)).map(|&(_, head)| head);
            let start = cells.partition_point(|&((t, r, _), _)| (t, r) < (table, row));
            let touched = cells[start..].iter().take_while(|&&((t, r, _), _)| (t, r) == (table, row));
            let touched: Vec<(ColumnIndex, Cell)> = touched.map(|&((_, _, column), cell)| (column, cell)).collect();
            let before = RowBefore { head: before, cells: &touched };
            self.row_patches(table, row, before, journal, &mut patches);
        }
        patches
    }

    /// Sorts rows by the names of their tables, then by their ids. The first bytes of an id, as a number, settle most comparisons.
    fn sort_rows(&self, rows: &mut [(TableIndex, RowIndex)]) {
        let mut ranks = vec![0; self.schema.tables()];
        self.schema.sorted_tables().iter().zip(0u32..).for_each(|(&table, rank)| ranks[table as usize] = rank);
        let id = |(table, row): (TableIndex, RowIndex)| self.table(table).id(row);
        let mut keyed: Vec<(u32, u64, (TableIndex, RowIndex))> = rows
            .iter()
            .map(|&row| {
                let first = id(row).bytes().chain(core::iter::repeat(0)).take(8).fold(0, |key, byte| key << 8 | u64::from(byte));
                (ranks[row.0 as usize], first, row)
            })
            .collect();
        keyed.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| id(a.2).cmp(id(b.2))));
        rows.iter_mut().zip(keyed).for_each(|(row, (_, _, sorted))| *row = sorted);
    }

    fn row_patches(&self, table: TableIndex, row: RowIndex, before: RowBefore<'_>, journal: &Journal, patches: &mut Vec<(Patch, Stamp)>) {
        let rows = self.table(table);
        let now = rows.head(row);
        let (showed, shows) = (before.head.unwrap_or(now).is_visible(), now.is_visible());
        let (tbl, row_id) = (self.schema.table_name(table), self.row_id(rows, row));
        let delete = || Patch::DeleteRow { tbl: tbl.to_owned(), row_id: row_id.clone() };
        let insert = || Patch::InsertRow { tbl: tbl.to_owned(), row_id: row_id.clone(), values: self.row_values(table, row) };
        match (showed, shows) {
            (false, false) => {}
            (true, false) => patches.push((delete(), now.deleted)),
            (false, true) => patches.push((insert(), now.inserted)),
            (true, true) => {
                let lost = before.cells.iter().any(|&(column, cell)| cell.stamp != 0 && rows.cell(row, column).stamp == 0);
                if lost {
                    // The delete took the cell, whoever inserts the row again, unless that is new too.
                    patches.push((delete(), now.deleted));
                    patches.push((insert(), if journal.is_new(now.inserted) { now.inserted } else { now.deleted }));
                    return;
                }
                let mut changed: Vec<(&str, Cell)> = Vec::new();
                for &(column, before) in before.cells {
                    let cell = rows.cell(row, column);
                    if cell.stamp != 0 && self.arena.value(before.value) != self.arena.value(cell.value) {
                        changed.push((self.schema.column_name(table, column), cell));
                    }
                }
                changed.sort_unstable_by_key(|&(col, _)| col);
                for (col, cell) in changed {
                    let value = self.value(cell.value);
                    patches.push((Patch::SetCell { tbl: tbl.to_owned(), row_id: row_id.clone(), col: col.to_owned(), value }, cell.stamp));
                }
            }
        }
    }

    /// A row's id as text.
    pub(crate) fn row_id(&self, rows: &Table, row: RowIndex) -> String {
        rows.id(row).to_owned()
    }

    /// The cells of a row, sorted by column.
    pub(crate) fn row_values(&self, table: TableIndex, row: RowIndex) -> Vec<(String, Value)> {
        let cells = self.table(table).cells(row).map(|(column, cell)| (self.schema.column_name(table, column), cell));
        let mut cells: Vec<(&str, Cell)> = cells.collect();
        cells.sort_unstable_by_key(|&(col, _)| col);
        cells.into_iter().map(|(col, cell)| (col.to_owned(), self.value(cell.value))).collect()
    }

    /// A present value, owned.
    pub(crate) fn value(&self, packed: Packed) -> Value {
        self.arena.value(packed).map_or(Value::Null, |value| value.to_value())
    }
}
