//! The names that a part of the log makes known: peers, tables, columns, shapes, rows. Each list says at which number it begins, so that
//! a list which repeats what is known already can be told from one that goes on.

use crate::codec::{Reader, put_bytes, put_column, put_number};
use crate::doc::CrdtDoc;
use crate::doc::binary::rows::{put_ids, read_ids};
use crate::error::Result;
use crate::graph::PeerIndex;
use crate::limits::{EVENTS_MAX, TRANSACTION_BYTES_MAX};
use crate::merge::Journal;
use crate::oplog::{FIELDS_MAX, RowIndex, ShapeCell, TableIndex, Tag};
use crate::types::PeerId;

/// The most cells of all shapes together. A few bytes could claim any number of cells that are alike.
const SHAPE_CELLS_MAX: usize = 1 << 25;

/// How many names of each kind are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) peers: usize,
    pub(crate) tables: usize,
    pub(crate) fields: usize,
    pub(crate) shapes: usize,
}

impl Known {
    /// What a document knows.
    pub(crate) fn of(doc: &CrdtDoc) -> Known {
        let schema = &doc.state.schema;
        Known { peers: doc.graph.peers().len(), tables: schema.tables(), fields: schema.fields(), shapes: doc.log.shapes.len() }
    }
}

/// Appends all names but those of rows that a document knows and `before` did not.
pub(crate) fn put_names(out: &mut Vec<u8>, doc: &CrdtDoc, before: Known) {
    let now = Known::of(doc);
    let schema = &doc.state.schema;
    // Most commits make nothing known.
    if now == before {
        return put_number(out, 0);
    }
    put_number(out, 1);
    put_number(out, before.peers as u64);
    put_number(out, (now.peers - before.peers) as u64);
    (before.peers..now.peers).for_each(|peer| put_bytes(out, doc.graph.peers().name(peer as PeerIndex).as_bytes()));
    put_number(out, before.tables as u64);
    put_number(out, (now.tables - before.tables) as u64);
    (before.tables..now.tables).for_each(|table| put_bytes(out, schema.table_name(table as TableIndex).as_bytes()));
    put_number(out, before.fields as u64);
    put_number(out, (now.fields - before.fields) as u64);
    for field in before.fields..now.fields {
        let (table, column) = schema.field(field as u32);
        put_number(out, u64::from(table));
        put_bytes(out, schema.column_name(table, column).as_bytes());
    }
    put_number(out, before.shapes as u64);
    put_number(out, (now.shapes - before.shapes) as u64);
    for shape in before.shapes..now.shapes {
        let (table, cells) = doc.log.shapes.get(shape as u32);
        put_number(out, u64::from(table));
        put_number(out, cells.len() as u64);
        put_column(out, &cells.iter().map(|cell| u64::from(cell.0)).collect::<Vec<_>>());
    }
}

/// Where a list begins, and how many it has; never more than the bytes that are left.
fn read_list(reader: &mut Reader<'_>, known: usize, max: usize) -> Result<core::ops::Range<usize>> {
    let from = reader.at_most(known, "a list of names begins past the end of those that are known")?;
    let count = reader.count(max, "there are fewer names than the count says")?;
    Ok(from..from + count)
}

/// Reads names. What is known already has to be the same.
pub(crate) fn read_names(reader: &mut Reader<'_>, doc: &mut CrdtDoc) -> Result<()> {
    match reader.byte()? {
        0 => return Ok(()),
        1 => {}
        _ => return Err(reader.malformed("a flag is of no known meaning")),
    }
    for number in read_list(reader, doc.graph.peers().len(), EVENTS_MAX)? {
        if doc.graph.intern(&PeerId::of_checked(reader.name()?)) as usize != number {
            return Err(reader.malformed("a peer stands at another number"));
        }
    }
    for number in read_list(reader, doc.state.schema.tables(), EVENTS_MAX)? {
        if doc.state.intern_table(reader.name()?) as usize != number {
            return Err(reader.malformed("a table stands at another number"));
        }
    }
    for number in read_list(reader, doc.state.schema.fields(), FIELDS_MAX)? {
        let table = reader.number()?;
        let name = reader.name()?;
        let known = table < doc.state.schema.tables() as u64;
        if !known || doc.state.schema.intern_column(table as TableIndex, name).1 as usize != number {
            return Err(reader.malformed("a column stands at another number"));
        }
    }
    let mut cells = Vec::new();
    for number in read_list(reader, doc.log.shapes.len(), FIELDS_MAX)? {
        let table = reader.number()?;
        let length = reader.at_most(TRANSACTION_BYTES_MAX, "a shape has too many cells")?;
        if doc.log.shapes.cells() + length > SHAPE_CELLS_MAX {
            return Err(reader.malformed("the shapes have too many cells"));
        }
        cells.clear();
        for cell in crate::codec::Column::read(reader, length)? {
            let cell = ShapeCell(u32::try_from(cell).unwrap_or(0));
            let known = (cell.field() as usize) < doc.state.schema.fields() && u64::from(doc.state.schema.field(cell.field()).0) == table;
            if !known || cell.tag() == Tag::Absent {
                return Err(reader.malformed("a shape's cell is out of range"));
            }
            cells.push(cell);
        }
        let known = table < doc.state.schema.tables() as u64;
        if !known || doc.log.shapes.intern(table as TableIndex, &cells) as usize != number {
            return Err(reader.malformed("a shape stands at another number"));
        }
    }
    Ok(())
}

/// Appends the ids of the rows of some tables that a document knows and `before` did not.
pub(crate) fn put_row_names(out: &mut Vec<u8>, doc: &CrdtDoc, before: &[u32], tables: impl Iterator<Item = TableIndex>) {
    let known = |table: TableIndex| before.get(table as usize).copied().unwrap_or(0);
    let grown: Vec<TableIndex> = tables.filter(|&table| doc.state.table(table).rows() > known(table)).collect();
    put_number(out, grown.len() as u64);
    for table in grown {
        let rows = doc.state.table(table);
        put_number(out, u64::from(table));
        put_number(out, u64::from(known(table)));
        put_number(out, u64::from(rows.rows() - known(table)));
        put_ids(out, (known(table)..rows.rows()).map(|row| doc.state.row_id(rows, row)));
    }
}

/// Reads row ids. What is known already has to be the same.
pub(crate) fn read_row_names(reader: &mut Reader<'_>, doc: &mut CrdtDoc) -> Result<()> {
    let at = *reader;
    let state = &mut doc.state;
    list_row_names(reader, state.schema.tables(), doc.graph.len(), |table, number, id| {
        // One that lies past the end of those that are known gets another number, too.
        if state.intern_row(table, id, &mut Journal::off()) != number {
            return Err(at.malformed("a row stands at another number"));
        }
        Ok(())
    })
}

/// Hands over each row id that is listed, with its table and number.
pub(crate) fn list_row_names(
    reader: &mut Reader<'_>,
    tables: usize,
    events: u32,
    mut each: impl FnMut(TableIndex, RowIndex, &str) -> Result<()>,
) -> Result<()> {
    for _ in 0..reader.count(EVENTS_MAX, "there are fewer tables than the count says")? {
        let table = reader.number()?;
        if table >= tables as u64 {
            return Err(reader.malformed("a table is out of range"));
        }
        let from = reader.at_most(events as usize, "rows begin past the end of those that are known")?;
        // Ids that are all alike take no bytes each, so these do not bound how many there are.
        let count = reader.at_most((events as usize).saturating_sub(from), "there are more rows than events")?;
        let mut number = from as RowIndex;
        read_ids(reader, count, |id| {
            each(table as TableIndex, number, id)?;
            number += 1;
            Ok(())
        })?;
    }
    Ok(())
}
