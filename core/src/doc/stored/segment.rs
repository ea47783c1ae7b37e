//! A segment: a block of the log that is full, and what it takes to find it.

use super::corrupt;
use super::graph_part::{put_graph, read_graph};
use super::names::{Known, list_row_names, put_names, put_row_names, read_names, read_row_names};
use crate::codec::{Column, Reader, put_column, put_number};
use crate::doc::CrdtDoc;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::LocalNumber;
use crate::limits::EVENTS_MAX;
use crate::oplog::{BLOCK_OPS, BlockOps, OwnNumbering, RowIndex, TableIndex, read_stored, rows_exist};
use crate::store::{Segment, SegmentBytes};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The bytes of a checksum.
const SUM_BYTES: usize = 8;

fn seal(out: &mut Vec<u8>, first: LocalNumber) {
    let sum = xxh3_64_with_seed(out, u64::from(first));
    out.extend_from_slice(&sum.to_le_bytes());
}

fn open(bytes: &[u8], first: LocalNumber) -> Result<Reader<'_>> {
    let damaged = || Error::new(ErrorKind::Corrupt, format!("the log is damaged at event {first}: a segment's checksum does not hold"));
    let (framed, sum) = bytes.split_last_chunk::<SUM_BYTES>().ok_or_else(damaged)?;
    if xxh3_64_with_seed(framed, u64::from(first)) == u64::from_le_bytes(*sum) { Ok(Reader::new(framed)) } else { Err(damaged()) }
}

/// The sealed block that begins with event `first` as a segment, with all names that the segments before do not have.
///
/// # Errors
///
/// Those of the store that the block lies in.
pub(crate) fn encode_segment(doc: &CrdtDoc, first: LocalNumber, known: Known, rows: &[u32]) -> Result<(Vec<u8>, SegmentBytes)> {
    let mut head = Vec::new();
    put_names(&mut head, doc, known);
    put_graph(&mut head, doc, first..first + BLOCK_OPS as u32);
    let later: Vec<(u32, u32, RowIndex)> = (first..first + BLOCK_OPS as u32).filter_map(|event| doc.later_birth(event)).collect();
    put_number(&mut head, later.len() as u64);
    put_column(&mut head, &later.iter().map(|birth| u64::from(birth.0 - first)).collect::<Vec<_>>());
    put_column(&mut head, &later.iter().map(|birth| u64::from(birth.1)).collect::<Vec<_>>());
    put_column(&mut head, &later.iter().map(|birth| u64::from(birth.2)).collect::<Vec<_>>());
    let grown = (0..doc.state.schema.tables() as TableIndex)
        .map(|table| (table, doc.state.table(table).rows()))
        .filter(|&(table, end)| end > rows.get(table as usize).copied().unwrap_or(0));
    let grown: Vec<(TableIndex, u32)> = grown.collect();
    put_number(&mut head, grown.len() as u64);
    for (table, end) in grown {
        put_number(&mut head, u64::from(table));
        put_number(&mut head, u64::from(end));
    }
    seal(&mut head, first);
    let mut bytes = SegmentBytes::default();
    put_row_names(&mut bytes.rows, doc, rows, 0..doc.state.schema.tables() as TableIndex);
    seal(&mut bytes.rows, first);
    doc.log.put_sealed(&mut bytes.ops, (first as usize) / BLOCK_OPS, &doc.state.arena)?;
    Ok((head, bytes))
}

/// Reads what a segment has of names and of the graph, which comes next there, and notes in `segment_rows` up to where it names rows.
/// Returns its inserts that are not the first of their row.
///
/// # Errors
///
/// `corrupt` for a checksum that does not hold; `malformed`.
pub(crate) fn read_head(doc: &mut CrdtDoc, segment: &Segment, segment_rows: &mut Vec<u32>) -> Result<Vec<(LocalNumber, u32, RowIndex)>> {
    let mut reader = open(&segment.head, segment.first)?;
    if segment.first != doc.graph.len() || segment.events as usize != BLOCK_OPS {
        return Err(Error::new(ErrorKind::Corrupt, format!("the log has a gap before event {}", segment.first)));
    }
    read_names(&mut reader, doc)?;
    read_graph(&mut reader, doc, segment.events)?;
    let count = reader.at_most(BLOCK_OPS, "there are too many inserts")?;
    let (events, shapes, rows) = (Column::read(&mut reader, count)?, Column::read(&mut reader, count)?, Column::read(&mut reader, count)?);
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let birth = |((event, shape), row)| (segment.first.saturating_add(number(event)), number(shape), number(row));
    let births = events.zip(shapes).zip(rows).map(birth).collect();
    for _ in 0..reader.count(EVENTS_MAX, "there are fewer tables than the count says")? {
        let (table, end) = (reader.number()? as usize, reader.at_most(EVENTS_MAX, "there are too many rows")? as u32);
        if table >= doc.state.schema.tables() {
            return Err(reader.malformed("a table is out of range"));
        }
        segment_rows.resize(segment_rows.len().max(table + 1), 0);
        segment_rows[table] = end;
    }
    Ok(births)
}

/// Reads the ids of the rows that a segment makes known.
///
/// # Errors
///
/// `corrupt` for a checksum that does not hold; `malformed`.
pub(crate) fn read_rows(doc: &mut CrdtDoc, first: LocalNumber, bytes: &SegmentBytes) -> Result<()> {
    read_row_names(&mut open(&bytes.rows, first)?, doc)
}

/// Hands over the ids of the rows that a segment makes known, with table and number.
///
/// # Errors
///
/// `corrupt` for a checksum that does not hold; `malformed`.
pub(crate) fn list_rows(
    doc: &CrdtDoc,
    first: LocalNumber,
    bytes: &SegmentBytes,
    mut each: impl FnMut(TableIndex, RowIndex, &str),
) -> Result<()> {
    list_row_names(&mut open(&bytes.rows, first)?, doc.state.schema.tables(), doc.graph.len(), |table, row, id| {
        each(table, row, id);
        Ok(())
    })
}

/// Reads the operations of a segment into `block`, and their text into the document's arena. The rows have to be known.
///
/// # Errors
///
/// `corrupt` when the block is damaged, of another length, or names a row that there is not.
pub(crate) fn read_ops(doc: &mut CrdtDoc, segment: &Segment, ops: &[u8], block: &mut BlockOps) -> Result<()> {
    let numbering = OwnNumbering { shapes: &doc.log.shapes, fields: doc.state.schema.fields(), tables: doc.state.schema.tables() };
    let mut arena = core::mem::take(&mut doc.state.arena);
    let read = read_stored(ops, block, &numbering, &mut arena, doc.log.stored_cells_max);
    doc.state.arena = arena;
    read.map_err(corrupt)?;
    if block.records.len() != segment.events as usize || !rows_exist(&block.records, &doc.log.shapes, &doc.state) {
        return Err(Error::new(ErrorKind::Corrupt, format!("the log is damaged at event {}", segment.first)));
    }
    Ok(())
}

impl CrdtDoc {
    /// The event, shape and row of an insert that is not the first of its row.
    fn later_birth(&self, event: LocalNumber) -> Option<(LocalNumber, u32, RowIndex)> {
        let (shape, row) = self.state.births.get(event)?;
        let first = self.state.table(self.log.shapes.get(shape).0).head(row).birth;
        (first != event + 1).then_some((event, shape, row))
    }
}
