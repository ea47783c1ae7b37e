use super::{CrdtDoc, RowRange, RowRef};
use crate::types::ValueRef;
use sha2::{Digest, Sha256};

/// Feeds a hash with the canonical form of SPEC 3.
struct Writer(Sha256);

impl Writer {
    fn number(&mut self, number: usize) {
        // Names, values, cells of a row, rows and tables are all bounded well below 2^32.
        self.0.update((number as u32).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.update(bytes);
    }

    fn value(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.0.update([0]),
            ValueRef::Bool(value) => self.0.update([1 + u8::from(value)]),
            ValueRef::Int(value) => {
                self.0.update([3]);
                self.0.update(value.to_le_bytes());
            }
            ValueRef::Float(value) => {
                self.0.update([4]);
                self.0.update(value.to_bits().to_le_bytes());
            }
            ValueRef::Str(value) => {
                self.0.update([5]);
                self.bytes(value.as_bytes());
            }
            ValueRef::Bytes(value) => {
                self.0.update([6]);
                self.bytes(value);
            }
        }
    }

    fn row(&mut self, row: RowRef<'_>) {
        self.bytes(row.id().as_bytes());
        self.number(row.cells_unsorted().count());
        for (col, value) in row.cells() {
            self.bytes(col.as_bytes());
            self.value(value);
        }
    }
}

impl CrdtDoc {
    /// The SHA-256 of the visible state: equal on every replica that has applied the same events. It reads every row.
    ///
    /// Number of tables; then, in order, each table's name and number of rows; each row's id and number of cells; each cell's column and
    /// value. Numbers are u32 little-endian; text is its length and bytes; a value is a tag byte and its bytes. Tables without a visible
    /// row are left out.
    pub fn digest(&self) -> [u8; 32] {
        let mut writer = Writer(Sha256::new());
        let tables = self.tables();
        writer.number(tables.len());
        for tbl in tables {
            writer.bytes(tbl.as_bytes());
            writer.number(self.count(tbl));
            self.scan(tbl, RowRange::all()).for_each(|row| writer.row(row));
        }
        writer.0.finalize().into()
    }
}
