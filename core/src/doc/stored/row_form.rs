//! What is kept of a row beside the values of its cells: stamps, kinds, the insert that made it known, and a hash of all of it.

use crate::codec::{Reader, put_number, put_signed};
use crate::error::Result;
use crate::graph::LocalNumber;
use crate::merge::{Cell, Head, State};
use crate::oplog::{RowIndex, TableIndex, Tag};
use crate::store::{RowPlace, StoredRow};
use crate::types::ValueRef;
use xxhash_rust::xxh3::xxh3_64;

/// The bytes of a row's hash, which stand first.
const HASH_BYTES: usize = 8;
/// In a cell's byte: its stamp is not that of the row's newest insert, and follows.
const OTHER_STAMP: u8 = 8;
/// In a cell's byte: its column is not the one after the cell before, and how many lie between follows.
const GAP: u8 = 16;

/// A row on its way into a store: its memory is used again for the next one.
#[derive(Default)]
pub(crate) struct RowWriter {
    stamps: Vec<u8>,
    scratch: Vec<u8>,
    sorted: Vec<(u32, Cell)>,
}

/// The hash of a row: of where it is, and of everything that is kept of it. Its lowest bit says whether the row shows.
fn hash_row(scratch: &mut Vec<u8>, (table, row, id): (u32, u32, &str), body: &[u8], cells: &[(u32, ValueRef<'_>)], shows: bool) -> u64 {
    scratch.clear();
    scratch.extend_from_slice(&table.to_le_bytes());
    scratch.extend_from_slice(&row.to_le_bytes());
    put_number(scratch, id.len() as u64);
    scratch.extend_from_slice(id.as_bytes());
    put_number(scratch, body.len() as u64);
    scratch.extend_from_slice(body);
    for &(_, value) in cells {
        match value {
            ValueRef::Null => {}
            ValueRef::Bool(value) => scratch.push(u8::from(value)),
            ValueRef::Int(value) => scratch.extend_from_slice(&value.to_le_bytes()),
            ValueRef::Float(value) => scratch.extend_from_slice(&value.to_bits().to_le_bytes()),
            ValueRef::Str(value) => {
                put_number(scratch, value.len() as u64);
                scratch.extend_from_slice(value.as_bytes());
            }
            ValueRef::Bytes(value) => {
                put_number(scratch, value.len() as u64);
                scratch.extend_from_slice(value);
            }
        }
    }
    xxh3_64(scratch) & !1 | u64::from(shows)
}

impl RowWriter {
    /// Hands a row of `state` to `put`, and returns its hash.
    pub(crate) fn write(
        &mut self,
        state: &State,
        table: TableIndex,
        row: RowIndex,
        put: impl FnOnce(&StoredRow<'_>) -> Result<()>,
    ) -> Result<u64> {
        let rows = state.table(table);
        let head = rows.head(row);
        self.sorted.clear();
        self.sorted.extend(rows.cells(row));
        self.sorted.sort_unstable_by_key(|cell| cell.0);
        self.stamps.clear();
        self.stamps.resize(HASH_BYTES, 0);
        let out = &mut self.stamps;
        put_number(out, u64::from(head.inserted));
        put_number(out, u64::from(head.deleted));
        put_signed(out, i64::from(head.inserted) - i64::from(head.birth));
        if let Some((shape, _)) = head.birth.checked_sub(1).and_then(|event| state.births.get(event)) {
            put_number(out, u64::from(shape));
        }
        let mut next = 0;
        for &(column, cell) in &self.sorted {
            let mut what = cell.value.tag as u8;
            what |= if cell.stamp == head.inserted { 0 } else { OTHER_STAMP };
            what |= if column == next { 0 } else { GAP };
            out.push(what);
            if column != next {
                put_number(out, u64::from(column - next));
            }
            if cell.stamp != head.inserted {
                put_signed(out, i64::from(cell.stamp) - i64::from(head.inserted));
            }
            next = column + 1;
        }
        let value = |cell: Cell| state.arena.value(cell.value).unwrap_or(ValueRef::Null);
        let cells: Vec<(u32, ValueRef<'_>)> = self.sorted.iter().map(|&(column, cell)| (column, value(cell))).collect();
        let id = rows.id(row);
        let hash = hash_row(&mut self.scratch, (table, row, id), &self.stamps[HASH_BYTES..], &cells, head.is_visible());
        self.stamps[..HASH_BYTES].copy_from_slice(&hash.to_le_bytes());
        let place = if head.is_visible() { RowPlace::Shown } else { RowPlace::Hidden };
        put(&StoredRow { table, row, id, place, stamps: &self.stamps, cells: &cells })?;
        Ok(hash)
    }
}

/// A row that was read from a store and whose hash holds.
pub(crate) struct RowRead<'a> {
    pub(crate) hash: u64,
    pub(crate) head: Head,
    /// The shape of the insert that made it known, if one did.
    pub(crate) shape: Option<u32>,
    /// Column, stamp, value, ascending by column.
    pub(crate) cells: Vec<(u32, u32, ValueRef<'a>)>,
}

impl RowRead<'_> {
    /// The newest of its stamps.
    pub(crate) fn newest(&self) -> u32 {
        let cells = self.cells.iter().map(|cell| cell.1);
        cells.chain([self.head.inserted, self.head.deleted, self.head.birth]).max().unwrap_or(0)
    }
}

/// Reads a row of a log that has `events` events.
///
/// # Errors
///
/// `malformed` when its bytes or its hash do not hold.
pub(crate) fn read_row<'a>(stored: &StoredRow<'a>, events: LocalNumber, scratch: &mut Vec<u8>) -> Result<RowRead<'a>> {
    let mut reader = Reader::new(stored.stamps);
    let hash = reader.word()?;
    let body = reader;
    let stamp = |reader: &Reader<'_>, number: i64| {
        u32::try_from(number)
            .ok()
            .filter(|&number| number <= events)
            .ok_or_else(|| reader.malformed("a stamp lies past the end of the log"))
    };
    let number = reader.number()?;
    let inserted = stamp(&reader, number as i64)?;
    let number = reader.number()?;
    let deleted = stamp(&reader, number as i64)?;
    let distance = reader.signed()?;
    let birth = stamp(&reader, i64::from(inserted).wrapping_sub(distance))?;
    let shape = if birth > 0 { Some(u32::try_from(reader.number()?).unwrap_or(u32::MAX)) } else { None };
    let mut cells = Vec::new();
    let mut hashed = Vec::new();
    let mut next = 0u32;
    let mut values = stored.cells.iter().peekable();
    while reader.left() > 0 {
        let what = reader.byte()?;
        let gap = if what & GAP == 0 { 0 } else { reader.number()? };
        let column = u64::from(next).saturating_add(gap);
        let column =
            u32::try_from(column).ok().filter(|&column| column < u32::MAX).ok_or_else(|| reader.malformed("a column is out of range"))?;
        next = column + 1;
        let other = if what & OTHER_STAMP == 0 { 0 } else { reader.signed()? };
        let written = stamp(&reader, i64::from(inserted).wrapping_add(other))?;
        while values.next_if(|(known, _)| *known < column).is_some() {}
        let value = values.next_if(|(known, _)| *known == column).map_or(ValueRef::Null, |&(_, value)| value);
        let value = match (Tag::from_number(u32::from(what & 7)), value) {
            (Tag::Null, ValueRef::Null) => ValueRef::Null,
            (Tag::Bool, ValueRef::Int(value @ (0 | 1))) => ValueRef::Bool(value == 1),
            (Tag::Bool, ValueRef::Bool(value)) => ValueRef::Bool(value),
            (Tag::Int, ValueRef::Int(value)) => ValueRef::Int(value),
            (Tag::Float, ValueRef::Float(value)) => ValueRef::Float(value),
            (Tag::Str, ValueRef::Str(value)) => ValueRef::Str(value),
            (Tag::Bytes, ValueRef::Bytes(value)) => ValueRef::Bytes(value),
            _ => return Err(reader.malformed("a cell is of another kind than its value")),
        };
        if written == 0 || what & !(GAP | OTHER_STAMP | 7) != 0 {
            return Err(reader.malformed("a cell is out of range"));
        }
        cells.push((column, written, value));
        hashed.push((column, value));
    }
    let shows = stored.place == RowPlace::Shown;
    let mut body = body;
    let body = body.take(body.left())?;
    if hash_row(scratch, (stored.table, stored.row, stored.id), body, &hashed, shows) != hash {
        return Err(reader.malformed("the hash does not hold"));
    }
    Ok(RowRead { hash, head: Head::new(inserted, deleted, birth), shape, cells })
}
