//! Rows in one buffer, for calls that carry many: reading and writing them value by value costs several times what the engine takes.
//!
//! A row is its id, the number of its cells, and for each cell its column, a tag and what the tag says. Numbers are little-endian: lengths
//! and counts u32, an Int as i64, a Float as its bits. Text and bytes are their length and themselves. Tags: 0 Null, 1 false, 2 true, 3
//! Int, 4 Float, 5 Str, 6 Bytes. Rows follow each other until the buffer ends. A single call packs its names the same way, one after the
//! other, and then its value.

use crate::error::{Result, invalid_argument};
use convergedb::{RowValues, Value, ValueRef};

/// A row whose text and bytes lie in the buffer that it was read from.
pub(crate) type PackedRow<'a> = (&'a str, Vec<(&'a str, ValueRef<'a>)>);

/// Reads all rows of a buffer.
pub(crate) fn read_rows(packed: &[u8]) -> Result<Vec<PackedRow<'_>>> {
    let mut reader = Reader(packed);
    let mut rows = Vec::new();
    while !reader.0.is_empty() {
        let row_id = reader.text("row id")?;
        rows.push((row_id, reader.cells()?));
    }
    Ok(rows)
}

/// Reads the names of a buffer that holds nothing else: the table, the row, the column.
pub(crate) fn read_names<const N: usize>(packed: &[u8]) -> Result<[&str; N]> {
    let mut reader = Reader(packed);
    let names = reader.names()?;
    reader.end(names)
}

/// Reads a table's name and a row.
pub(crate) fn read_row(packed: &[u8]) -> Result<(&str, PackedRow<'_>)> {
    let mut reader = Reader(packed);
    let [tbl, row_id] = reader.names()?;
    let cells = reader.cells()?;
    reader.end((tbl, (row_id, cells)))
}

/// Reads a cell: the names of the table, the row and the column, and the value.
pub(crate) fn read_cell(packed: &[u8]) -> Result<([&str; 3], ValueRef<'_>)> {
    let mut reader = Reader(packed);
    let cell = (reader.names()?, reader.value()?);
    reader.end(cell)
}

/// Reads an ephemeral entry: the value, the timestamp as a Float, or Null for none, and the names of the namespace and the key.
pub(crate) fn read_entry(packed: &[u8]) -> Result<([&str; 2], ValueRef<'_>, Option<f64>)> {
    let mut reader = Reader(packed);
    let value = reader.value()?;
    let timestamp = match reader.value()? {
        ValueRef::Null => None,
        ValueRef::Float(ms) => Some(ms),
        _ => return Err(invalid_argument("a packed timestamp is no Float")),
    };
    let names = reader.names()?;
    reader.end((names, value, timestamp))
}

/// Reads a time of day: an Int, or Null for none.
pub(crate) fn read_time(packed: &[u8]) -> Result<Option<i64>> {
    let mut reader = Reader(packed);
    let time = match reader.value()? {
        ValueRef::Null => None,
        ValueRef::Int(ms) => Some(ms),
        _ => return Err(invalid_argument("a packed time is no Int")),
    };
    reader.end(time)
}

/// Rows as a buffer.
pub(crate) fn write_rows(rows: &[(String, RowValues)]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (row_id, values) in rows {
        put_bytes(&mut packed, row_id.as_bytes());
        put_cells(&mut packed, values);
    }
    packed
}

/// One value as a buffer.
pub(crate) fn write_value(value: &Value) -> Vec<u8> {
    let mut packed = Vec::new();
    put_value(&mut packed, value);
    packed
}

/// The cells of one row as a buffer: what follows the row's id.
pub(crate) fn write_cells(values: &RowValues) -> Vec<u8> {
    let mut packed = Vec::new();
    put_cells(&mut packed, values);
    packed
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn count(&mut self) -> Result<usize> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    fn text(&mut self, what: &str) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| invalid_argument(format!("a {what} is not UTF-8")))
    }

    fn names<const N: usize>(&mut self) -> Result<[&'a str; N]> {
        let mut names = [""; N];
        for name in &mut names {
            *name = self.text("name")?;
        }
        Ok(names)
    }

    fn end<T>(&self, read: T) -> Result<T> {
        if self.0.is_empty() { Ok(read) } else { Err(invalid_argument("something follows what a packed call takes")) }
    }

    fn cells(&mut self) -> Result<Vec<(&'a str, ValueRef<'a>)>> {
        let count = self.count()?;
        // A cell takes five bytes at least, so a count that is made up allocates nothing out of proportion.
        let mut cells = Vec::with_capacity(count.min(self.0.len() / 5));
        for _ in 0..count {
            let col = self.text("column")?;
            cells.push((col, self.value()?));
        }
        Ok(cells)
    }

    fn value(&mut self) -> Result<ValueRef<'a>> {
        let [tag] = self.array()?;
        Ok(match tag {
            0 => ValueRef::Null,
            1 => ValueRef::Bool(false),
            2 => ValueRef::Bool(true),
            3 => ValueRef::Int(i64::from_le_bytes(self.array()?)),
            4 => ValueRef::Float(f64::from_bits(u64::from_le_bytes(self.array()?))),
            5 => ValueRef::Str(self.text("value")?),
            6 => ValueRef::Bytes(self.bytes()?),
            _ => return Err(invalid_argument(format!("a packed value has the tag {tag}"))),
        })
    }
}

fn ends_early() -> crate::error::Failure {
    invalid_argument("a buffer of rows ends inside a row")
}

fn put_bytes(packed: &mut Vec<u8>, bytes: &[u8]) {
    put_count(packed, bytes.len());
    packed.extend_from_slice(bytes);
}

/// What the engine holds is bounded far below 4 GiB.
fn put_count(packed: &mut Vec<u8>, count: usize) {
    packed.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_cells(packed: &mut Vec<u8>, values: &RowValues) {
    put_count(packed, values.len());
    for (col, value) in values {
        put_bytes(packed, col.as_bytes());
        put_value(packed, value);
    }
}

fn put_value(packed: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => packed.push(0),
        Value::Bool(value) => packed.push(if *value { 2 } else { 1 }),
        Value::Int(value) => {
            packed.push(3);
            packed.extend_from_slice(&value.to_le_bytes());
        }
        Value::Float(value) => {
            packed.push(4);
            packed.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        Value::Str(value) => {
            packed.push(5);
            put_bytes(packed, value.as_bytes());
        }
        Value::Bytes(value) => {
            packed.push(6);
            put_bytes(packed, value);
        }
    }
}
