//! Rows and cells in one buffer, for calls that would otherwise cross the boundary once for each text.
//!
//! All numbers are little-endian.
//!
//! ```text
//! text    length in bytes (u32), UTF-8
//! value   tag (u8): 0 Null, 1 false, 2 true, 3 Int + i64, 4 Float + bits of an f64, 5 Str + text, 6 Bytes + length (u32) and bytes
//! column  its place (u32) among the columns that the buffer named so far; at the first free place its name (text) follows
//! cells   number (u32), then for each: column, value
//! rows    number (u32), then for each: row id (text), cells
//! ```

use crate::error::{Result, invalid_argument};
use convergedb::{RowValues, Value, ValueRef};
use std::collections::HashMap;

/// Cells that borrow from the buffer they were read from.
pub(crate) type Cells<'b> = Vec<(&'b str, ValueRef<'b>)>;

/// Reads a packed buffer from its start.
pub(crate) struct Unpacker<'b> {
    rest: &'b [u8],
    columns: Vec<&'b str>,
}

impl<'b> Unpacker<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Unpacker<'b> {
        Unpacker { rest: bytes, columns: Vec::new() }
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| invalid_argument("a packed buffer ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| invalid_argument("a packed buffer ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Result<usize> {
        self.array().map(|bytes| u32::from_le_bytes(bytes) as usize)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str> {
        let length = self.number()?;
        core::str::from_utf8(self.take(length)?).map_err(|_| invalid_argument("a text in a packed buffer is not UTF-8"))
    }

    fn column(&mut self) -> Result<&'b str> {
        let place = self.number()?;
        if place == self.columns.len() {
            let name = self.text()?;
            self.columns.push(name);
        }
        self.columns.get(place).copied().ok_or_else(|| invalid_argument("a packed buffer uses a column that it did not name"))
    }

    pub(crate) fn value(&mut self) -> Result<ValueRef<'b>> {
        Ok(match self.byte()? {
            0 => ValueRef::Null,
            1 => ValueRef::Bool(false),
            2 => ValueRef::Bool(true),
            3 => ValueRef::Int(i64::from_le_bytes(self.array()?)),
            4 => ValueRef::Float(f64::from_bits(u64::from_le_bytes(self.array()?))),
            5 => ValueRef::Str(self.text()?),
            6 => {
                let length = self.number()?;
                ValueRef::Bytes(self.take(length)?)
            }
            tag => return Err(invalid_argument(format!("a packed buffer holds a value of the unknown kind {tag}"))),
        })
    }

    pub(crate) fn cells(&mut self) -> Result<Cells<'b>> {
        // A cell takes 5 bytes at least, so no more room is made than the buffer can fill.
        let count = self.number()?;
        let mut cells = Vec::with_capacity(count.min(self.rest.len() / 5));
        for _ in 0..count {
            cells.push((self.column()?, self.value()?));
        }
        Ok(cells)
    }

    pub(crate) fn rows(&mut self) -> Result<Vec<(&'b str, Cells<'b>)>> {
        let count = self.number()?;
        let mut rows = Vec::with_capacity(count.min(self.rest.len() / 8));
        for _ in 0..count {
            rows.push((self.text()?, self.cells()?));
        }
        Ok(rows)
    }

    pub(crate) fn end(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(invalid_argument("a packed buffer goes on past its end")) }
    }
}

/// Makes a packed buffer.
#[derive(Default)]
pub(crate) struct Packer {
    bytes: Vec<u8>,
    columns: HashMap<String, u32>,
}

impl Packer {
    /// What a page of rows takes so far, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// A number, a length or a count: nothing that the engine gives in one piece has more than 2^32 parts or bytes.
    fn number(&mut self, number: usize) {
        self.bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn column(&mut self, name: String) {
        if let Some(place) = self.columns.get(&name) {
            return self.bytes.extend_from_slice(&place.to_le_bytes());
        }
        let place = self.columns.len();
        self.number(place);
        self.text(&name);
        self.columns.insert(name, u32::try_from(place).unwrap_or(u32::MAX));
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.bytes.push(0),
            Value::Bool(value) => self.bytes.push(if *value { 2 } else { 1 }),
            Value::Int(value) => {
                self.bytes.push(3);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
            Value::Float(value) => {
                self.bytes.push(4);
                self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            Value::Str(value) => {
                self.bytes.push(5);
                self.text(value);
            }
            Value::Bytes(value) => {
                self.bytes.push(6);
                self.number(value.len());
                self.bytes.extend_from_slice(value);
            }
        }
    }

    pub(crate) fn cells(&mut self, cells: RowValues) {
        self.number(cells.len());
        for (col, value) in cells {
            self.column(col);
            self.value(&value);
        }
    }
}
