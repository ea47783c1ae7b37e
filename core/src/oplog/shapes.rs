use super::{FieldIndex, TableIndex, Tag};
use crate::limits::FIELDS_MAX;
use crate::names::{KeyedHash, spread};
use hashbrown::HashTable;

/// One cell of an insert: which field, and what kind of value. The field in the low 27 bits, the tag above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShapeCell(pub(crate) u32);

/// Fields take 27 bits of a word.
pub(crate) const FIELD_BITS: u32 = 27;
const _: () = assert!(FIELDS_MAX == (1 << FIELD_BITS) - 1);

impl ShapeCell {
    #[inline]
    pub(crate) fn new(field: FieldIndex, tag: Tag) -> ShapeCell {
        ShapeCell(field | (tag as u32) << FIELD_BITS)
    }

    #[inline]
    pub(crate) fn field(self) -> FieldIndex {
        self.0 & FIELDS_MAX as u32
    }

    #[inline]
    pub(crate) fn tag(self) -> Tag {
        Tag::from_number(self.0 >> FIELD_BITS)
    }
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    table: TableIndex,
    start: u32,
    length: u32,
}

/// The forms that inserts have: their table, columns and kinds of values, in the order written. Rows of one kind share one.
#[derive(Clone, Debug)]
pub(crate) struct Shapes {
    shapes: Vec<Shape>,
    cells: Vec<ShapeCell>,
    index: HashTable<(u32, u32)>,
    hash: KeyedHash,
}

impl Shapes {
    pub(crate) fn new(hash: KeyedHash) -> Shapes {
        Shapes { shapes: Vec::new(), cells: Vec::new(), index: HashTable::new(), hash }
    }

    pub(crate) fn len(&self) -> usize {
        self.shapes.len()
    }

    /// The number of cells of all shapes.
    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// A shape's table and cells.
    #[inline]
    pub(crate) fn get(&self, shape: u32) -> (TableIndex, &[ShapeCell]) {
        let Shape { table, start, length } = self.shapes[shape as usize];
        (table, &self.cells[start as usize..(start + length) as usize])
    }

    /// The number of a shape, which is made known if it was not.
    #[inline]
    pub(crate) fn intern(&mut self, table: TableIndex, cells: &[ShapeCell]) -> u32 {
        // Most inserts have the form of the one before.
        if let Some(last) = self.shapes.len().checked_sub(1) {
            if self.get(last as u32) == (table, cells) {
                return last as u32;
            }
        }
        let hash = self.hash_of(table, cells);
        if let Some(&(_, shape)) = self.index.find(spread(hash), |&(stored, shape)| stored == hash && self.get(shape) == (table, cells)) {
            return shape;
        }
        let shape = self.shapes.len() as u32;
        self.shapes.push(Shape { table, start: self.cells.len() as u32, length: cells.len() as u32 });
        self.cells.extend_from_slice(cells);
        self.index.insert_unique(spread(hash), (hash, shape), |&(hash, _)| spread(hash));
        shape
    }

    /// Forgets the latest shapes, down to this number of them.
    pub(crate) fn truncate(&mut self, length: usize) {
        while self.shapes.len() > length {
            let shape = self.shapes.len() as u32 - 1;
            let (table, cells) = self.get(shape);
            let hash = self.hash_of(table, cells);
            if let Ok(entry) = self.index.find_entry(spread(hash), |&(_, number)| number == shape) {
                entry.remove();
            }
            if let Some(shape) = self.shapes.pop() {
                self.cells.truncate(shape.start as usize);
            }
        }
    }

    fn hash_of(&self, table: TableIndex, cells: &[ShapeCell]) -> u32 {
        let mut hash = u64::from(table);
        for cell in cells {
            hash = self.hash.numbers(&[hash as u32, (hash >> 32) as u32, cell.0]);
        }
        (hash ^ (hash >> 32)) as u32
    }
}
