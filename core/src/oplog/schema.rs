use crate::names::{Key, KeyedHash, spread};
use hashbrown::HashTable;
use std::sync::OnceLock;

/// A table, in the order in which tables became known.
pub(crate) type TableIndex = u32;
/// A column of one table, in the order in which the table's columns became known.
pub(crate) type ColumnIndex = u32;
/// A pair of table and column, in the order in which pairs became known: what an operation refers to.
pub(crate) type FieldIndex = u32;

/// Up to this many names, comparing the keys one by one is quicker than hashing.
const FEW: usize = 16;

/// A list of distinct names, found by name.
#[derive(Clone, Debug, Default)]
struct NameList {
    keys: Vec<Key>,
    names: Vec<Box<str>>,
    /// In use once there are more than [`FEW`].
    index: HashTable<(u32, u32)>,
    /// Numbers in the order of the names' bytes, made when somebody asks: a million new names must not move a list a million times.
    sorted: OnceLock<Vec<u32>>,
}

impl NameList {
    #[inline]
    fn find(&self, key: Key, name: &str, hash: &KeyedHash) -> Option<u32> {
        if self.keys.len() <= FEW {
            let same = |at: &usize| !key.is_long() || *self.names[*at] == *name;
            self.keys.iter().position(|&known| known == key).filter(same).map(|at| at as u32)
        } else {
            let hash = hash.key(key);
            let same = |&(stored, at): &(u32, u32)| stored == hash && *self.names[at as usize] == *name;
            self.index.find(spread(hash), same).map(|&(_, at)| at)
        }
    }

    /// As `find`, with a guess that is looked at first.
    #[inline]
    fn find_near(&self, key: Key, name: &str, hash: &KeyedHash, guess: u32) -> Option<u32> {
        match self.keys.get(guess as usize) {
            Some(&known) if known == key && !key.is_long() => Some(guess),
            _ => self.find(key, name, hash),
        }
    }

    #[cold]
    fn push(&mut self, key: Key, name: &str, hash: &KeyedHash) -> u32 {
        let at = self.keys.len() as u32;
        self.sorted.take();
        self.keys.push(key);
        self.names.push(name.into());
        let unindexed = if self.keys.len() == FEW + 1 { 0 } else { at as usize };
        for (at, &key) in self.keys.iter().enumerate().skip(if self.keys.len() > FEW { unindexed } else { usize::MAX }) {
            let hash = hash.key(key);
            self.index.insert_unique(spread(hash), (hash, at as u32), |&(hash, _)| spread(hash));
        }
        at
    }

    #[inline]
    fn sorted(&self) -> &[u32] {
        self.sorted.get_or_init(|| {
            let mut sorted: Vec<u32> = (0..self.names.len() as u32).collect();
            sorted.sort_unstable_by(|&a, &b| self.names[a as usize].cmp(&self.names[b as usize]));
            sorted
        })
    }

    fn pop(&mut self, hash: &KeyedHash) {
        let Some(key) = self.keys.pop() else { return };
        self.names.pop();
        let at = self.keys.len() as u32;
        self.sorted.take();
        if let Ok(entry) = self.index.find_entry(spread(hash.key(key)), |&(_, number)| number == at) {
            entry.remove();
        }
        if self.keys.len() == FEW {
            self.index.clear();
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Columns {
    names: NameList,
    fields: Vec<FieldIndex>,
}

/// The names of tables and columns as numbers.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    tables: NameList,
    columns: Vec<Columns>,
    fields: Vec<(TableIndex, ColumnIndex)>,
    hash: KeyedHash,
}

impl Schema {
    pub(crate) fn new(hash: KeyedHash) -> Schema {
        Schema { tables: NameList::default(), columns: Vec::new(), fields: Vec::new(), hash }
    }

    pub(crate) fn tables(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn fields(&self) -> usize {
        self.fields.len()
    }

    /// The number of a table, if it is known.
    #[inline]
    pub(crate) fn table(&self, name: &str) -> Option<TableIndex> {
        self.tables.find(Key::new(name, &self.hash), name, &self.hash)
    }

    /// The number of a table, which is made known if it was not.
    #[inline]
    pub(crate) fn intern_table(&mut self, name: &str) -> TableIndex {
        let key = Key::new(name, &self.hash);
        match self.tables.find(key, name, &self.hash) {
            Some(table) => table,
            None => {
                self.columns.push(Columns::default());
                self.tables.push(key, name, &self.hash)
            }
        }
    }

    /// The number of a column, if it is known.
    #[inline]
    pub(crate) fn column(&self, table: TableIndex, name: &str) -> Option<ColumnIndex> {
        self.columns[table as usize].names.find(Key::new(name, &self.hash), name, &self.hash)
    }

    /// The numbers of a column, which is made known if it was not, within its table and among all fields.
    #[inline]
    pub(crate) fn intern_column(&mut self, table: TableIndex, name: &str) -> (ColumnIndex, FieldIndex) {
        self.intern_column_near(table, name, ColumnIndex::MAX)
    }

    /// As [`Schema::intern_column`], with a guess that is looked at first: rows of one kind list their columns in one order.
    #[inline]
    pub(crate) fn intern_column_near(&mut self, table: TableIndex, name: &str, guess: ColumnIndex) -> (ColumnIndex, FieldIndex) {
        let key = Key::new(name, &self.hash);
        let columns = &mut self.columns[table as usize];
        let column = match columns.names.find_near(key, name, &self.hash, guess) {
            Some(column) => column,
            None => {
                columns.fields.push(self.fields.len() as FieldIndex);
                self.fields.push((table, columns.fields.len() as ColumnIndex - 1));
                columns.names.push(key, name, &self.hash)
            }
        };
        (column, columns.fields[column as usize])
    }

    /// The table and column of a field.
    #[inline]
    pub(crate) fn field(&self, field: FieldIndex) -> (TableIndex, ColumnIndex) {
        self.fields[field as usize]
    }

    /// The field of a table's column.
    #[inline]
    pub(crate) fn field_of(&self, table: TableIndex, column: ColumnIndex) -> FieldIndex {
        self.columns[table as usize].fields[column as usize]
    }

    pub(crate) fn table_name(&self, table: TableIndex) -> &str {
        &self.tables.names[table as usize]
    }

    #[inline]
    pub(crate) fn column_name(&self, table: TableIndex, column: ColumnIndex) -> &str {
        &self.columns[table as usize].names.names[column as usize]
    }

    pub(crate) fn columns(&self, table: TableIndex) -> usize {
        self.columns[table as usize].fields.len()
    }

    /// The tables, sorted by name.
    pub(crate) fn sorted_tables(&self) -> &[TableIndex] {
        self.tables.sorted()
    }

    /// A table's columns, sorted by name.
    #[inline]
    pub(crate) fn sorted_columns(&self, table: TableIndex) -> &[ColumnIndex] {
        self.columns[table as usize].names.sorted()
    }

    /// Forgets the latest tables and fields, down to these numbers of them.
    pub(crate) fn truncate(&mut self, tables: usize, fields: usize) {
        while self.fields.len() > fields {
            if let Some((table, _)) = self.fields.pop() {
                let columns = &mut self.columns[table as usize];
                columns.fields.pop();
                columns.names.pop(&self.hash);
            }
        }
        while self.columns.len() > tables {
            self.columns.pop();
            self.tables.pop(&self.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SplitMix;

    /// Goal: names and numbers go together however many there are, and truncating undoes. Method: grow past the switch to hashing
    /// and back, with long names among them.
    #[test]
    fn names_are_found_while_lists_grow_and_shrink() {
        let mut schema = Schema::new(KeyedHash::new(&mut SplitMix::new(3)));
        let name = |at: usize| if at % 3 == 0 { format!("a column with a rather long name {at}") } else { format!("c{at}") };
        let table = schema.intern_table("t");
        for count in [5, 40, 12, 17, 16, 60, 0] {
            for at in 0..count {
                assert_eq!(schema.intern_column(table, &name(at)).0 as usize, at);
            }
            schema.truncate(1, count);
            for at in 0..60 {
                assert_eq!(schema.column(table, &name(at)).map(|column| column as usize), Some(at).filter(|&at| at < count));
            }
            let sorted: Vec<_> = schema.sorted_columns(table).iter().map(|&column| schema.column_name(table, column)).collect();
            assert!(sorted.is_sorted() && sorted.len() == count);
        }
    }
}
