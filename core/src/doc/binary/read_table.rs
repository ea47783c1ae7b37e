//! The tables of a replica's front: ids, stamps and cells.

use super::decode_replica::Claims;
use super::encode_replica::{CHUNK_ROWS, TAGS};
use super::rows::read_ids;
use crate::codec::{Reader, read_column};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::graph::LocalNumber;
use crate::limits::VALUE_BYTES_MAX;
use crate::merge::{Cell, DENSE_MAX, Table};
use crate::names::Key;
use crate::oplog::{Packed, RowIndex, TableIndex, Tag};
use crate::types::ValueRef;

/// Reads a table: its rows, chunk by chunk, and what made them known.
pub(super) fn read_table(
    reader: &mut Reader<'_>,
    doc: &mut CrdtDoc,
    table: TableIndex,
    births: &mut Vec<(LocalNumber, u32, RowIndex)>,
    claims: &mut Claims,
) -> Result<()> {
    let columns = doc.state.schema.columns(table);
    let rows = reader.at_most(doc.graph.len() as usize, "there are more rows than events")?;
    let count = reader.at_most(columns.min(DENSE_MAX), "there are too many columns")?;
    let mut dense = Vec::new();
    read_column(reader, count, &mut dense)?;
    let mut distinct = dense.clone();
    distinct.sort_unstable();
    if dense.iter().any(|&column| column >= columns as u64) || !distinct.is_sorted_by(|a, b| a < b) {
        return Err(reader.malformed("a column is out of range"));
    }
    let dense: Vec<u32> = dense.into_iter().map(|column| column as u32).collect();
    claims.claim(reader, |proportion| proportion.rows(rows, dense.len()))?;
    doc.state.push_table(Table::with_dense(&dense, rows));
    for start in (0..rows as u32).step_by(CHUNK_ROWS as usize) {
        let count = (rows as u32 - start).min(CHUNK_ROWS) as usize;
        read_rows(reader, doc, table, start, count, births, claims)?;
        read_cells(reader, doc, (table, &dense), start, count, claims)?;
    }
    doc.state.table_mut(table).end_loading();
    Ok(())
}

fn read_rows(
    reader: &mut Reader<'_>,
    doc: &mut CrdtDoc,
    table: TableIndex,
    start: RowIndex,
    count: usize,
    births: &mut Vec<(LocalNumber, u32, RowIndex)>,
    claims: &mut Claims,
) -> Result<()> {
    let hash = *doc.state.hash();
    let out_of_range = |reader: &Reader<'_>| reader.malformed("a row or stamp is out of range");
    let at = *reader;
    let rows = doc.state.table_mut(table);
    read_ids(reader, count, |id| {
        let key = Key::new(id, &hash);
        let number = hash.key(key);
        if rows.find(key, number, id).is_some() {
            return Err(at.malformed("a row stands there twice"));
        }
        rows.push(key, number, id);
        claims.claim(&at, |proportion| proportion.id(id.len()))
    })?;
    let events = u64::from(doc.graph.len());
    let mut heads: [Vec<u64>; 5] = Default::default();
    for column in &mut heads {
        read_column(reader, count, column)?;
    }
    let [inserted, deleted, birth, shape, visible] = &heads;
    let heads = inserted.iter().zip(deleted).zip(birth.iter().zip(shape)).zip(visible);
    for (number, (((&inserted, &deleted), (&birth, &shape)), &visible)) in (start..).zip(heads) {
        let birth = inserted.wrapping_sub(birth);
        if inserted > events || deleted > events || birth > events || visible > 1 {
            return Err(out_of_range(reader));
        }
        rows.load_head(number, inserted as u32, deleted as u32, birth as u32, visible == 1);
        if birth > 0 {
            let shape = u32::try_from(shape).unwrap_or(u32::MAX);
            if shape as usize >= doc.log.shapes.len() || doc.log.shapes.get(shape).0 != table {
                return Err(out_of_range(reader));
            }
            births.push((birth as LocalNumber - 1, shape, number));
        }
    }
    Ok(())
}

fn read_cells(
    reader: &mut Reader<'_>,
    doc: &mut CrdtDoc,
    (table, dense): (TableIndex, &[u32]),
    start: RowIndex,
    count: usize,
    claims: &mut Claims,
) -> Result<()> {
    let events = u64::from(doc.graph.len());
    let out_of_range = |reader: &Reader<'_>| reader.malformed("a row or stamp is out of range");
    let columns = doc.state.schema.columns(table);
    let present = reader.at_most(columns, "there are too many columns")?;
    let (mut tags, mut stamps, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..present {
        let column = reader.at_most(columns.saturating_sub(1), "a column is out of range")? as u32;
        if last.replace(column).is_some_and(|last| last >= column) {
            return Err(reader.malformed("the columns are out of order"));
        }
        tags.clear();
        stamps.clear();
        read_column(reader, count, &mut tags)?;
        read_column(reader, tags.iter().filter(|&&tag| tag != 0).count(), &mut stamps)?;
        if tags.iter().any(|&tag| tag > Tag::Bytes as u64) || stamps.iter().any(|&stamp| stamp == 0 || stamp > events) {
            return Err(out_of_range(reader));
        }
        if !dense.contains(&column) {
            claims.claim(reader, |proportion| proportion.wide_cells(stamps.len()))?;
        }
        let cells = tags.iter().enumerate().filter(|(_, tag)| **tag != 0).zip(&stamps);
        let cells: Vec<(u32, Tag, u32)> =
            cells.map(|((row, &tag), &stamp)| (start + row as u32, Tag::from_number(tag as u32), stamp as u32)).collect();
        for &(row, tag, stamp) in cells.iter().filter(|cell| cell.1 == Tag::Null) {
            doc.state.table_mut(table).set_cell(row, column, Cell { value: Packed { bits: 0, tag }, stamp });
        }
        for tag in TAGS {
            let of_tag = cells.iter().filter(|cell| cell.1 == tag);
            values.clear();
            read_column(reader, of_tag.clone().count(), &mut values)?;
            for (&(row, _, stamp), &bits) in of_tag.zip(&values) {
                let value = read_value(reader, doc, tag, bits)?;
                doc.state.table_mut(table).set_cell(row, column, Cell { value, stamp });
            }
        }
    }
    Ok(())
}

fn read_value(reader: &mut Reader<'_>, doc: &mut CrdtDoc, tag: Tag, bits: u64) -> Result<Packed> {
    let length = || usize::try_from(bits).ok().filter(|&length| length <= VALUE_BYTES_MAX);
    let value = match tag {
        Tag::Bool if bits <= 1 => Some(ValueRef::Bool(bits == 1)),
        Tag::Int => Some(ValueRef::Int(bits as i64)),
        Tag::Float => Some(ValueRef::Float(f64::from_bits(bits))).filter(|_| f64::from_bits(bits).is_finite()),
        Tag::Str => match length() {
            Some(length) => core::str::from_utf8(reader.take(length)?).ok().map(ValueRef::Str),
            None => None,
        },
        Tag::Bytes => match length() {
            Some(length) => Some(ValueRef::Bytes(reader.take(length)?)),
            None => None,
        },
        _ => None,
    };
    value.map(|value| doc.state.arena.pack(value)).ok_or_else(|| reader.malformed("a value is out of range"))
}
