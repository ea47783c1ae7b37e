use super::Stamp;
use super::order::{Order, Sorted};
use crate::names::{Key, KeyedHash, spread};
use crate::oplog::{ColumnIndex, Packed, RowIndex, Tag};
use hashbrown::HashTable;
use std::collections::BTreeMap;

/// The pairs of words that every row has before its cells.
const HEAD: usize = 2;
/// The most columns that every row keeps a place for.
pub(crate) const DENSE_MAX: usize = 64;
/// Stands for a column without a place in every row.
const WIDE: u8 = u8::MAX;
/// A column gets a place in every row once one row in this many has a cell there.
const DENSE_SHARE: usize = 8;

/// The row shows.
const VISIBLE: u32 = 1;
/// The row has cells in columns that not every row has a place for.
const HAS_WIDE: u32 = 2;

/// A cell: its value, and who wrote it (0: it is absent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) value: Packed,
    pub(crate) stamp: Stamp,
}

/// No cell.
pub(crate) const ABSENT: Cell = Cell { value: Packed { bits: 0, tag: Tag::Absent }, stamp: 0 };

impl Cell {
    #[inline]
    fn from_words([bits, word]: [u64; 2]) -> Cell {
        Cell { value: Packed { bits, tag: Tag::from_number((word >> 32) as u32) }, stamp: word as u32 }
    }

    #[inline]
    fn to_words(self) -> [u64; 2] {
        [self.value.bits, u64::from(self.stamp) | (self.value.tag as u64) << 32]
    }
}

/// What a row is, apart from its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its newest insert.
    pub(crate) inserted: Stamp,
    /// Its newest delete.
    pub(crate) deleted: Stamp,
    /// The first insert that made it known here; it can travel under that event's id.
    pub(crate) birth: Stamp,
    /// What the table keeps beside the stamps; a copied head takes it along.
    pub(super) flags: u32,
}

impl Head {
    /// The stamps of a row of which it is not said yet whether it shows.
    pub(crate) fn new(inserted: Stamp, deleted: Stamp, birth: Stamp) -> Head {
        Head { inserted, deleted, birth, flags: 0 }
    }

    #[inline]
    pub(crate) fn is_visible(self) -> bool {
        self.flags & VISIBLE != 0
    }
}

/// The rows of one table: one slab, row-major, in pairs of words, so that an update touches the row's lines and nothing else.
///
/// A row is: its key (the id in place, or a hash of a long one) · newest insert, newest delete, birth, flags · a cell per dense column.
/// Columns that few rows have live in a list per row beside the slab, so that nobody can blow up a table by inventing columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slab: Vec<[u64; 2]>,
    stride: usize,
    index: HashTable<(u32, RowIndex)>,
    /// The ids as text, one after the other, and where each ends.
    ids: String,
    id_ends: Vec<usize>,
    /// No id is longer.
    id_bytes_max: usize,
    /// For each column its place among the dense ones, or [`WIDE`]; and the columns by place.
    places: Vec<u8>,
    dense: Vec<ColumnIndex>,
    wide: BTreeMap<RowIndex, BTreeMap<ColumnIndex, Cell>>,
    /// For each column that is not dense, how many rows have it.
    wide_counts: Vec<u32>,
    visible: u32,
    /// Its rows are being read: which columns are dense was said, and is not judged by the first rows.
    is_loading: bool,
    order: Order,
}

impl Table {
    pub(crate) fn new() -> Table {
        Table {
            slab: Vec::new(),
            stride: HEAD,
            index: HashTable::new(),
            ids: String::new(),
            id_ends: Vec::new(),
            id_bytes_max: 0,
            places: Vec::new(),
            dense: Vec::new(),
            wide: BTreeMap::new(),
            wide_counts: Vec::new(),
            visible: 0,
            is_loading: false,
            order: Order::default(),
        }
    }

    /// A table that has places for these columns, in this order, and room for `rows` rows. It gets no others before [`Table::end_loading`].
    pub(crate) fn with_dense(columns: &[ColumnIndex], rows: usize) -> Table {
        let mut table = Table { is_loading: true, ..Table::new() };
        for (place, &column) in columns.iter().enumerate().take(DENSE_MAX) {
            let column = column as usize;
            table.places.resize(table.places.len().max(column + 1), WIDE);
            table.places[column] = place as u8;
            table.dense.push(column as ColumnIndex);
            table.wide_counts.resize(table.places.len(), 0);
        }
        table.stride = HEAD + columns.len().min(DENSE_MAX);
        table.slab.reserve(rows * table.stride);
        table.index.reserve(rows, |&(hash, _)| spread(hash));
        table
    }

    /// All rows were read.
    pub(crate) fn end_loading(&mut self) {
        self.is_loading = false;
    }

    /// The columns that every row has a place for, in the order of the places.
    pub(crate) fn dense(&self) -> &[ColumnIndex] {
        &self.dense
    }

    /// The number of rows, hidden ones included.
    #[inline]
    pub(crate) fn rows(&self) -> RowIndex {
        (self.slab.len() / self.stride) as RowIndex
    }

    /// The number of rows that show.
    pub(crate) fn visible(&self) -> u32 {
        self.visible
    }

    #[inline]
    fn at(&self, row: RowIndex) -> usize {
        row as usize * self.stride
    }

    /// The row with an id, if it is known.
    #[inline]
    pub(crate) fn find(&self, key: Key, hash: u32, id: &str) -> Option<RowIndex> {
        let same = |&(stored, row): &(u32, RowIndex)| {
            stored == hash && self.slab[self.at(row)] == key.words() && (!key.is_long() || self.id(row) == id)
        };
        self.index.find(spread(hash), same).map(|&(_, row)| row)
    }

    /// Adds a row that nobody has inserted yet.
    pub(crate) fn push(&mut self, key: Key, hash: u32, id: &str) -> RowIndex {
        let row = self.rows();
        self.slab.push(key.words());
        self.slab.resize(self.slab.len() + self.stride - 1, [0; 2]);
        self.ids.push_str(id);
        self.id_ends.push(self.ids.len());
        self.id_bytes_max = self.id_bytes_max.max(id.len());
        self.index.insert_unique(spread(hash), (hash, row), |&(hash, _)| spread(hash));
        row
    }

    /// Takes the latest row away again; it has no cells and does not show.
    pub(crate) fn pop(&mut self, hash: &KeyedHash) {
        let Some(row) = self.rows().checked_sub(1) else { return };
        let at = self.at(row);
        let stored = hash.key(Key::from_words(self.slab[at]));
        if let Ok(entry) = self.index.find_entry(spread(stored), |&(_, other)| other == row) {
            entry.remove();
        }
        self.id_ends.pop();
        self.ids.truncate(self.id_ends.last().copied().unwrap_or(0));
        self.slab.truncate(at);
        self.wide.remove(&row);
        self.order.reset();
    }

    /// A row's id.
    #[inline]
    pub(crate) fn id(&self, row: RowIndex) -> &str {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.id_ends[row - 1] };
        &self.ids[start..self.id_ends[row]]
    }

    /// A length that no id exceeds.
    pub(crate) fn id_bytes_max(&self) -> usize {
        self.id_bytes_max
    }

    /// The rows in the order of their ids, hidden ones included.
    pub(crate) fn sorted(&self) -> Sorted {
        self.order.sorted(self.rows(), |a, b| self.cmp_ids(a, b))
    }

    /// Compares two rows by their ids.
    pub(crate) fn cmp_ids(&self, a: RowIndex, b: RowIndex) -> core::cmp::Ordering {
        self.id(a).cmp(self.id(b))
    }

    #[inline]
    pub(crate) fn head(&self, row: RowIndex) -> Head {
        let [stamps, rest] = self.slab[self.at(row) + 1];
        Head { inserted: stamps as u32, deleted: (stamps >> 32) as u32, birth: rest as u32, flags: (rest >> 32) as u32 }
    }

    #[inline]
    fn put_head(&mut self, row: RowIndex, head: Head) {
        let at = self.at(row) + 1;
        self.slab[at] = [u64::from(head.inserted) | u64::from(head.deleted) << 32, u64::from(head.birth) | u64::from(head.flags) << 32];
    }

    /// Writes a row's stamps and whether it shows.
    #[inline]
    pub(crate) fn set_head(&mut self, row: RowIndex, mut head: Head, visible: bool) {
        self.visible += u32::from(visible);
        self.visible -= u32::from(head.is_visible());
        head.flags = head.flags & !VISIBLE | u32::from(visible);
        self.put_head(row, head);
    }

    /// Writes a new row's stamps, and whether it shows.
    pub(crate) fn load_head(&mut self, row: RowIndex, inserted: Stamp, deleted: Stamp, birth: Stamp, visible: bool) {
        let flags = self.head(row).flags;
        self.set_head(row, Head { inserted, deleted, birth, flags }, visible);
    }

    /// Puts a row's stamps back as they were.
    pub(crate) fn restore_head(&mut self, row: RowIndex, before: Head) {
        let now = self.head(row);
        self.visible += u32::from(before.is_visible());
        self.visible -= u32::from(now.is_visible());
        self.put_head(row, Head { flags: now.flags & !VISIBLE | before.flags & VISIBLE, ..before });
    }

    #[inline]
    fn place(&self, column: ColumnIndex) -> u8 {
        self.places.get(column as usize).copied().unwrap_or(WIDE)
    }

    /// A cell, `ABSENT` if there is none.
    #[inline]
    pub(crate) fn cell(&self, row: RowIndex, column: ColumnIndex) -> Cell {
        match self.place(column) {
            WIDE => self.wide_cell(row, column),
            place => Cell::from_words(self.slab[self.at(row) + HEAD + place as usize]),
        }
    }

    #[cold]
    fn wide_cell(&self, row: RowIndex, column: ColumnIndex) -> Cell {
        self.wide.get(&row).and_then(|cells| cells.get(&column)).copied().unwrap_or(ABSENT)
    }

    /// Writes a cell, or takes it away (`ABSENT`).
    #[inline]
    pub(crate) fn set_cell(&mut self, row: RowIndex, column: ColumnIndex, cell: Cell) {
        match self.place(column) {
            WIDE => self.set_wide_cell(row, column, cell),
            place => {
                let at = self.at(row) + HEAD + place as usize;
                self.slab[at] = cell.to_words();
            }
        }
    }

    #[cold]
    fn set_wide_cell(&mut self, row: RowIndex, column: ColumnIndex, cell: Cell) {
        if self.wide_counts.len() <= column as usize {
            self.wide_counts.resize(column as usize + 1, 0);
        }
        let count = &mut self.wide_counts[column as usize];
        let cells = self.wide.entry(row).or_default();
        if cell.stamp == 0 {
            *count -= u32::from(cells.remove(&column).is_some());
        } else {
            *count += u32::from(cells.insert(column, cell).is_none());
        }
        let (empty, count) = (cells.is_empty(), *count as usize);
        if empty {
            self.wide.remove(&row);
        }
        let mut head = self.head(row);
        head.flags = if empty { head.flags & !HAS_WIDE } else { head.flags | HAS_WIDE };
        self.put_head(row, head);
        if !self.is_loading && self.stride - HEAD < DENSE_MAX && count * DENSE_SHARE >= self.rows() as usize && count > 0 {
            self.make_dense(column);
        }
    }

    /// Gives a column a place in every row.
    fn make_dense(&mut self, column: ColumnIndex) {
        let (rows, stride) = (self.rows(), self.stride + 1);
        let mut slab = Vec::with_capacity(rows as usize * stride);
        for row in self.slab.chunks_exact(self.stride) {
            slab.extend_from_slice(row);
            slab.push([0; 2]);
        }
        self.slab = slab;
        self.stride = stride;
        if self.places.len() <= column as usize {
            self.places.resize(column as usize + 1, WIDE);
        }
        self.places[column as usize] = (stride - HEAD - 1) as u8;
        self.dense.push(column);
        self.wide_counts[column as usize] = 0;
        let mut moved = Vec::new();
        self.wide.retain(|&row, cells| {
            if let Some(cell) = cells.remove(&column) {
                moved.push((row, cell, cells.is_empty()));
            }
            !cells.is_empty()
        });
        for (row, cell, emptied) in moved {
            self.set_cell(row, column, cell);
            if emptied {
                let mut head = self.head(row);
                head.flags &= !HAS_WIDE;
                self.put_head(row, head);
            }
        }
    }

    /// Forgets the latest columns, down to this number of them. No row has a cell there.
    pub(crate) fn truncate_columns(&mut self, columns: usize) {
        self.wide_counts.truncate(columns);
        let gone = self.places.iter().skip(columns).filter(|&&place| place != WIDE).count();
        self.places.truncate(columns);
        if gone > 0 {
            // Close the gaps that the places of the forgotten columns leave.
            let mut kept: Vec<u8> = self.places.iter().copied().filter(|&place| place != WIDE).collect();
            kept.sort_unstable();
            let stride = HEAD + kept.len();
            let mut slab = Vec::with_capacity(self.rows() as usize * stride);
            for row in self.slab.chunks_exact(self.stride) {
                slab.extend_from_slice(&row[..HEAD]);
                slab.extend(kept.iter().map(|&place| row[HEAD + place as usize]));
            }
            self.slab = slab;
            self.stride = stride;
            for place in self.places.iter_mut().filter(|place| **place != WIDE) {
                *place = kept.partition_point(|other| other < place) as u8;
            }
            self.dense.retain(|&column| (column as usize) < columns);
        }
    }

    /// A row's cells that are present: those of the dense columns, then the others.
    #[inline]
    pub(crate) fn cells(&self, row: RowIndex) -> Cells<'_> {
        let at = self.at(row);
        let wide = if self.has_wide(row) { self.wide.get(&row).map(BTreeMap::iter) } else { None };
        Cells { dense: self.slab[at + HEAD..at + self.stride].iter().zip(&self.dense), wide }
    }

    /// Takes away every cell of a row for which `wanted` says so, after telling it.
    #[inline]
    pub(crate) fn clear_cells(&mut self, row: RowIndex, mut wanted: impl FnMut(ColumnIndex, Cell) -> bool) {
        let at = self.at(row) + HEAD;
        for (words, &column) in self.slab[at..].iter_mut().zip(&self.dense) {
            let cell = Cell::from_words(*words);
            if cell.stamp != 0 && wanted(column, cell) {
                *words = [0; 2];
            }
        }
        if self.has_wide(row) {
            let cells = self.wide.get(&row).cloned().unwrap_or_default();
            for (column, _) in cells.into_iter().filter(|&(column, cell)| wanted(column, cell)) {
                self.set_wide_cell(row, column, ABSENT);
            }
        }
    }

    /// Whether a row has cells outside the dense columns.
    pub(crate) fn has_wide(&self, row: RowIndex) -> bool {
        self.head(row).flags & HAS_WIDE != 0
    }

    /// Recomputes every invariant the slow way. `is_newer` compares two stamps in the total order.
    pub(crate) fn check(&self, hash: &KeyedHash, is_newer: impl Fn(Stamp, Stamp) -> bool) -> Result<(), String> {
        let fail = |what: &str, row: RowIndex| Err(format!("table: {what} at row {row}"));
        let mut visible = 0;
        let mut counts = vec![0; self.wide_counts.len()];
        for row in 0..self.rows() {
            let head = self.head(row);
            let key = Key::new(self.id(row), hash);
            if self.find(key, hash.key(key), self.id(row)) != Some(row) {
                return fail("the id is not found", row);
            }
            visible += u32::from(head.is_visible());
            if head.is_visible() != (head.inserted != 0 && (head.deleted == 0 || is_newer(head.inserted, head.deleted))) {
                return fail("it shows and should not, or the other way round", row);
            }
            for (column, cell) in self.cells(row) {
                if head.deleted != 0 && !is_newer(cell.stamp, head.deleted) {
                    return fail("a cell is older than the row's delete", row);
                }
                if self.place(column) == WIDE {
                    counts[column as usize] += 1;
                }
            }
            if self.has_wide(row) != self.wide.contains_key(&row) {
                return fail("what lies beside the slab is off", row);
            }
        }
        if visible != self.visible || counts != self.wide_counts || self.index.len() != self.rows() as usize {
            return Err("table: the counts are off".into());
        }
        Ok(())
    }
}

/// The cells of a row that are present.
#[derive(Clone)]
pub(crate) struct Cells<'a> {
    dense: core::iter::Zip<core::slice::Iter<'a, [u64; 2]>, core::slice::Iter<'a, ColumnIndex>>,
    wide: Option<std::collections::btree_map::Iter<'a, ColumnIndex, Cell>>,
}

impl Iterator for Cells<'_> {
    type Item = (ColumnIndex, Cell);

    #[inline]
    fn next(&mut self) -> Option<(ColumnIndex, Cell)> {
        for (&words, &column) in self.dense.by_ref() {
            let cell = Cell::from_words(words);
            if cell.stamp != 0 {
                return Some((column, cell));
            }
        }
        self.wide.as_mut()?.next().map(|(&column, &cell)| (column, cell))
    }

    #[inline]
    fn fold<B, F: FnMut(B, (ColumnIndex, Cell)) -> B>(self, init: B, mut f: F) -> B {
        let dense = self.dense.map(|(&words, &column)| (column, Cell::from_words(words)));
        let folded = dense.fold(init, |folded, (column, cell)| if cell.stamp == 0 { folded } else { f(folded, (column, cell)) });
        match self.wide {
            None => folded,
            Some(wide) => wide.map(|(&column, &cell)| (column, cell)).fold(folded, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: a table that is being read is as it was written. Method: a rare column, all of whose cells are in the first rows.
    #[test]
    fn no_column_becomes_dense_while_rows_are_read() {
        let hash = KeyedHash::new(&mut SplitMix::new(1));
        let mut table = Table::with_dense(&[0], 100);
        let cell = Cell { value: Packed { bits: 1, tag: Tag::Int }, stamp: 1 };
        for at in 0..100 {
            let id = format!("r{at}");
            let key = Key::new(&id, &hash);
            let row = table.push(key, hash.key(key), &id);
            if at < 10 {
                table.set_cell(row, 1, cell);
            }
        }
        table.end_loading();
        assert_eq!(table.dense(), [0]);
        assert!((0..100).all(|row| table.cell(row, 1) == if row < 10 { cell } else { ABSENT }));
        for row in 10..13 {
            table.set_cell(row, 1, cell);
        }
        assert_eq!(table.dense(), [0, 1]);
    }
}
