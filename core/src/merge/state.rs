use super::table::{Cell, Head, Table};
use super::{AlwaysNewest, Births, Journal, Newest, Stamp};
use crate::graph::LocalNumber;
use crate::names::{Key, KeyedHash};
use crate::oplog::{Arena, ColumnIndex, Counts, FieldIndex, Packed, RowIndex, Schema, ShapeCell, TableIndex};
use crate::types::ValueRef;

/// An operation whose names are numbers and whose text lies in the arena.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowOpRef<'a> {
    Insert { cells: &'a [ShapeCell], values: &'a [u64] },
    Update { column: ColumnIndex, value: Packed },
    Delete,
}

/// Everything that shows, and what it takes to find it: names, rows, values.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) schema: Schema,
    pub(crate) arena: Arena,
    pub(crate) births: Births,
    tables: Vec<Table>,
    hash: KeyedHash,
}

/// What was found under a table's and a row's name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    table: Option<TableIndex>,
    row: Option<RowIndex>,
    key: Key,
    hash: u32,
}

impl Found {
    /// The row, if it is known.
    pub(crate) fn row(&self) -> Option<(TableIndex, RowIndex)> {
        self.table.zip(self.row)
    }
}

/// Where a state ends, so that a failed transaction can take it back there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StateMark {
    tables: usize,
    fields: usize,
    arena: (usize, usize),
    events: LocalNumber,
}

impl State {
    pub(crate) fn new(hash: KeyedHash) -> State {
        State { schema: Schema::new(hash), arena: Arena::default(), births: Births::default(), tables: Vec::new(), hash }
    }

    #[inline]
    pub(crate) fn table(&self, table: TableIndex) -> &Table {
        &self.tables[table as usize]
    }

    /// Adds a table whose rows were read; its name is known already.
    pub(crate) fn push_table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Finds names by this hash.
    pub(crate) fn hash(&self) -> &KeyedHash {
        &self.hash
    }

    /// A table's rows, to be filled by whoever reads them.
    pub(crate) fn table_mut(&mut self, table: TableIndex) -> &mut Table {
        &mut self.tables[table as usize]
    }

    /// The number of a table, which is made known if it was not.
    #[inline]
    pub(crate) fn intern_table(&mut self, name: &str) -> TableIndex {
        let table = self.schema.intern_table(name);
        if table as usize == self.tables.len() {
            self.tables.push(Table::new());
        }
        table
    }

    /// A row by name, if it is known; it may be hidden.
    #[inline]
    pub(crate) fn find(&self, tbl: &str, row_id: &str) -> Option<(TableIndex, RowIndex)> {
        let table = self.schema.table(tbl)?;
        self.find_row(table, row_id).map(|row| (table, row))
    }

    /// A row of a table by its id, if it is known; it may be hidden.
    #[inline]
    pub(crate) fn find_row(&self, table: TableIndex, row_id: &str) -> Option<RowIndex> {
        let key = Key::new(row_id, &self.hash);
        self.tables[table as usize].find(key, self.hash.key(key), row_id)
    }

    /// A row that shows.
    #[inline]
    pub(crate) fn find_visible(&self, tbl: &str, row_id: &str) -> Option<(TableIndex, RowIndex)> {
        self.find(tbl, row_id).filter(|&(table, row)| self.tables[table as usize].head(row).is_visible())
    }

    /// A row by name, as far as it is known, with what it takes to make it known: the row's key and its hash.
    #[inline]
    pub(crate) fn look_up(&self, tbl: &str, row_id: &str) -> Found {
        let key = Key::new(row_id, &self.hash);
        let hash = self.hash.key(key);
        let table = self.schema.table(tbl);
        let row = table.and_then(|table| self.tables[table as usize].find(key, hash, row_id));
        Found { table, row, key, hash }
    }

    /// The row that was looked up, which is made known if it was not. Nothing was made known since.
    #[inline]
    pub(crate) fn intern_found(&mut self, found: Found, tbl: &str, row_id: &str, journal: &mut Journal) -> (TableIndex, RowIndex) {
        let table = found.table.unwrap_or_else(|| self.intern_table(tbl));
        let row = found.row.unwrap_or_else(|| {
            journal.new_row(table);
            self.tables[table as usize].push(found.key, found.hash, row_id)
        });
        (table, row)
    }

    /// A row of a table by its id, which is made known if it was not.
    #[inline]
    pub(crate) fn intern_row(&mut self, table: TableIndex, row_id: &str, journal: &mut Journal) -> RowIndex {
        let key = Key::new(row_id, &self.hash);
        let hash = self.hash.key(key);
        let rows = &mut self.tables[table as usize];
        rows.find(key, hash, row_id).unwrap_or_else(|| {
            journal.new_row(table);
            rows.push(key, hash, row_id)
        })
    }

    /// The value of a cell that shows.
    #[inline]
    pub(crate) fn get(&self, tbl: &str, row_id: &str, col: &str) -> Option<ValueRef<'_>> {
        let (table, row) = self.find_visible(tbl, row_id)?;
        let column = self.schema.column(table, col)?;
        self.arena.value(self.tables[table as usize].cell(row, column).value)
    }

    /// Folds one event into its row. Only stamps are compared; the cost does not depend on the length of the history.
    #[inline]
    pub(crate) fn apply(
        &mut self,
        table: TableIndex,
        row: RowIndex,
        stamp: Stamp,
        op: RowOpRef<'_>,
        newest: &impl Newest,
        journal: &mut Journal,
    ) {
        match op {
            RowOpRef::Update { column, value } => {
                let deleted = self.tables[table as usize].head(row).deleted;
                if deleted == 0 || newest.is_newer(stamp, deleted) {
                    self.write_cell(table, row, column, Cell { value, stamp }, newest, journal);
                }
            }
            RowOpRef::Insert { cells, values } => self.apply_insert(table, row, stamp, cells, values, newest, journal),
            RowOpRef::Delete => self.apply_delete(table, row, stamp, newest, journal),
        }
    }

    /// Writes a cell of a row that shows, as the newest write of all: the whole cost of a local update.
    #[inline]
    pub(crate) fn update_newest(&mut self, table: TableIndex, row: RowIndex, column: ColumnIndex, cell: Cell, journal: &mut Journal) {
        self.write_cell(table, row, column, cell, &AlwaysNewest, journal);
    }

    #[inline]
    fn write_cell(
        &mut self,
        table: TableIndex,
        row: RowIndex,
        column: ColumnIndex,
        cell: Cell,
        newest: &impl Newest,
        journal: &mut Journal,
    ) {
        let rows = &mut self.tables[table as usize];
        let before = rows.cell(row, column);
        if before.stamp == 0 || newest.is_newer(cell.stamp, before.stamp) {
            journal.cell(table, row, column, before);
            rows.set_cell(row, column, cell);
        }
    }

    #[allow(clippy::too_many_arguments)] // One operation, taken apart once by its caller.
    fn apply_insert(
        &mut self,
        table: TableIndex,
        row: RowIndex,
        stamp: Stamp,
        cells: &[ShapeCell],
        values: &[u64],
        newest: &impl Newest,
        journal: &mut Journal,
    ) {
        let rows = &mut self.tables[table as usize];
        let head = rows.head(row);
        let lives = head.deleted == 0 || newest.is_newer(stamp, head.deleted);
        journal.row(table, row, head);
        let is_newest = head.inserted == 0 || newest.is_newer(stamp, head.inserted);
        let after = Head {
            inserted: if is_newest { stamp } else { head.inserted },
            birth: if head.birth == 0 { stamp } else { head.birth },
            ..head
        };
        // A row that shows goes on showing: a newer insert than the delete stays one.
        rows.set_head(row, after, head.is_visible() || lives);
        if lives {
            for (cell, &bits) in cells.iter().zip(values) {
                let (_, column) = self.schema.field(cell.field());
                self.write_cell(table, row, column, Cell { value: Packed { bits, tag: cell.tag() }, stamp }, newest, journal);
            }
        }
    }

    fn apply_delete(&mut self, table: TableIndex, row: RowIndex, stamp: Stamp, newest: &impl Newest, journal: &mut Journal) {
        let rows = &mut self.tables[table as usize];
        let head = rows.head(row);
        if head.deleted != 0 && !newest.is_newer(stamp, head.deleted) {
            return;
        }
        journal.row(table, row, head);
        let visible = head.is_visible() && !newest.is_newer(stamp, head.inserted);
        rows.set_head(row, Head { deleted: stamp, ..head }, visible);
        rows.clear_cells(row, |column, cell| {
            let older = newest.is_newer(stamp, cell.stamp);
            if older {
                journal.cell(table, row, column, cell);
            }
            older
        });
    }

    /// Where the state ends, when the log has `events` events.
    pub(crate) fn mark(&self, events: LocalNumber) -> StateMark {
        StateMark { tables: self.tables.len(), fields: self.schema.fields(), arena: self.arena.mark(), events }
    }

    /// Takes the state back to `mark`, with the journal of everything since.
    pub(crate) fn undo(&mut self, mark: StateMark, journal: &Journal) {
        for before in journal.cells.iter().rev() {
            self.tables[before.table as usize].set_cell(before.row, before.column, before.cell);
        }
        for before in journal.rows.iter().rev() {
            self.tables[before.table as usize].restore_head(before.row, before.head);
        }
        for &table in journal.new_rows.iter().rev() {
            self.tables[table as usize].pop(&self.hash);
        }
        self.schema.truncate(mark.tables, mark.fields);
        self.tables.truncate(mark.tables);
        for (number, table) in self.tables.iter_mut().enumerate() {
            table.truncate_columns(self.schema.columns(number as TableIndex));
        }
        self.arena.truncate(mark.arena);
        self.births.truncate(mark.events);
    }

    /// Recomputes every invariant the slow way. `is_newer` compares two stamps in the total order.
    pub(crate) fn check(&self, is_newer: impl Fn(Stamp, Stamp) -> bool) -> Result<(), String> {
        if self.tables.len() != self.schema.tables() {
            return Err("state: tables and their names do not add up".into());
        }
        self.tables.iter().try_for_each(|table| table.check(&self.hash, &is_newer))
    }
}

impl Counts for State {
    fn rows(&self, table: TableIndex) -> RowIndex {
        self.table(table).rows()
    }

    fn fields_and_tables(&self) -> (usize, usize) {
        (self.schema.fields(), self.schema.tables())
    }

    fn table_of(&self, field: FieldIndex) -> TableIndex {
        self.schema.field(field).0
    }
}
