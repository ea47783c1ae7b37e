use super::chains::encode_chain;
use super::names::Known;
use super::record::{Before, put_record};
use super::row_form::RowWriter;
use super::segment::encode_segment;
use super::{ROWS_FORMAT, Saved, Tracking};
use crate::codec::checksum;
use crate::doc::CrdtDoc;
use crate::doc::binary::{put_plain_runs, waiting_run};
use crate::error::Result;
use crate::graph::PeerIndex;
use crate::oplog::{BLOCK_OPS, RowIndex, TableIndex};
use crate::store::{Head, RowPlace, Store};

/// Writes everything that a document has and its store lacks, between [`Store::begin`] and [`Store::commit`]. Nothing at all is written
/// when there is nothing, and then `begin` is not called; says whether it was.
///
/// # Errors
///
/// Those of the store. `saved` is of no more use then.
pub(crate) fn save(doc: &mut CrdtDoc, saved: &mut Saved, store: &mut dyn Store) -> Result<bool> {
    let Some(tracking) = doc.tracking.as_mut() else { return Ok(false) };
    let Tracking { rows: touched, mut grown, reset } = core::mem::take(&mut **tracking);
    let waiting = take_waiting(doc);
    let head = head_of(doc, &saved.head);
    if !reset && touched.is_empty() && waiting.is_empty() && head == saved.head && saved.events == doc.graph.len() {
        return Ok(false);
    }
    store.begin()?;
    if reset {
        store.clear()?;
        *saved = Saved { hash: saved.hash, ..Saved::default() };
        grown = (0..doc.state.schema.tables() as TableIndex).collect();
    }
    save_names(doc, saved, store)?;
    let sealed = save_segments(doc, saved, store)?;
    grown.sort_unstable();
    grown.dedup();
    save_rows(doc, saved, store, touched, &grown)?;
    save_record(doc, saved, store, sealed, &grown)?;
    if reset || sealed || head != saved.head {
        saved.head = Head { events: saved.events, ..head };
        store.put_head(&saved.head)?;
    }
    for (number, bytes) in waiting {
        match bytes {
            Some(bytes) => store.put_waiting(number, &bytes)?,
            None => store.drop_waiting(number)?,
        }
    }
    if sealed {
        save_chains(doc, saved, store)?;
    }
    Ok(true)
}

/// The transactions that began to wait or ended, by number, each as bytes if it waits.
fn take_waiting(doc: &mut CrdtDoc) -> Vec<(u64, Option<Vec<u8>>)> {
    let encode = |transaction| {
        let mut bytes = Vec::new();
        put_plain_runs(&mut bytes, &[waiting_run(transaction)]);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    };
    doc.waiting.take_touched().into_iter().map(|(number, transaction)| (number, transaction.map(encode))).collect()
}

/// What the store says of itself, once it has this document.
pub(super) fn head_of(doc: &CrdtDoc, before: &Head) -> Head {
    Head {
        document: doc.document.0,
        document_given: doc.document_given,
        peer: doc.peer().as_str().to_owned(),
        needs_fresh_peer: doc.needs_fresh_peer,
        rows_format: ROWS_FORMAT,
        ..*before
    }
}

/// Makes known which tables and columns there are, for the rows.
fn save_names(doc: &CrdtDoc, saved: &Saved, store: &mut dyn Store) -> Result<()> {
    let (schema, now) = (&doc.state.schema, Known::of(doc));
    for table in saved.known.tables..now.tables {
        store.put_table(table as u32, schema.table_name(table as TableIndex))?;
    }
    for field in saved.known.fields..now.fields {
        let (table, column) = schema.field(field as u32);
        store.put_column(table, column, schema.column_name(table, column))?;
    }
    Ok(())
}

/// Writes the blocks that were sealed since, as segments. Says whether there were any.
fn save_segments(doc: &CrdtDoc, saved: &mut Saved, store: &mut dyn Store) -> Result<bool> {
    let (sealed_end, _) = doc.log.tail_start();
    let sealed = sealed_end as usize / BLOCK_OPS;
    for number in saved.segments..sealed {
        let first = (number * BLOCK_OPS) as u32;
        let (head, bytes) = encode_segment(doc, first, saved.segment_known, &saved.segment_rows)?;
        store.put_segment(first, BLOCK_OPS as u32, &head, &bytes)?;
        saved.segment_known = Known::of(doc);
        saved.segment_rows = rows_of(doc);
    }
    let any = sealed > saved.segments;
    saved.segments = sealed;
    Ok(any)
}

/// The number of rows of each table.
pub(crate) fn rows_of(doc: &CrdtDoc) -> Vec<u32> {
    (0..doc.state.schema.tables() as TableIndex).map(|table| doc.state.table(table).rows()).collect()
}

/// Writes the rows that were touched, and those that are new though no event shows in them.
fn save_rows(
    doc: &CrdtDoc,
    saved: &mut Saved,
    store: &mut dyn Store,
    mut touched: Vec<(TableIndex, RowIndex)>,
    grown: &[TableIndex],
) -> Result<()> {
    for &table in grown {
        let known = saved.row_hashes.get(table as usize).map_or(0, Vec::len) as u32;
        touched.extend((known..doc.state.table(table).rows()).map(|row| (table, row)));
    }
    if touched.len() > 1 {
        // What came together is in order already, mostly.
        touched.sort();
        touched.dedup();
    }
    let mut writer = RowWriter::default();
    for (table, row) in touched {
        let before = saved.row_hashes.get(table as usize).and_then(|hashes| hashes.get(row as usize)).copied();
        let before = before.map(|hash| if hash & 1 == 1 { RowPlace::Shown } else { RowPlace::Hidden });
        let hash = writer.write(&doc.state, table, row, |stored| store.put_row(stored, before))?;
        saved.set_row_hash(table, row, hash);
    }
    Ok(())
}

/// Writes the record of this commit. After a seal it takes the place of all records before: what they held beyond the segments is little.
fn save_record(doc: &CrdtDoc, saved: &mut Saved, store: &mut dyn Store, sealed: bool, grown: &[TableIndex]) -> Result<()> {
    let (sealed_end, sealed_text) = doc.log.tail_start();
    let (from, text_start) = if sealed { (sealed_end, sealed_text) } else { (saved.events, saved.text_end) };
    if sealed {
        store.drop_records()?;
    }
    if from < doc.graph.len() {
        let mut bytes = Vec::with_capacity(256);
        let before = if sealed {
            // The segments name all rows.
            Before { hash: saved.hash, known: saved.segment_known, rows: &saved.segment_rows, grown: &[], text_start }
        } else {
            Before { hash: saved.hash, known: saved.known, rows: &saved.rows, grown, text_start }
        };
        saved.hash = put_record(&mut bytes, doc, from, &before);
        store.put_record(from, &bytes, saved.rows_sum)?;
        saved.known = Known::of(doc);
        saved.rows.resize(doc.state.schema.tables(), 0);
        grown.iter().for_each(|&table| saved.rows[table as usize] = doc.state.table(table).rows());
    }
    saved.events = doc.graph.len();
    saved.text_end = doc.state.arena.mark();
    Ok(())
}

/// Writes the chain hashes that were computed since, within a commit.
///
/// # Errors
///
/// Those of the store.
pub(crate) fn save_chains(doc: &CrdtDoc, saved: &mut Saved, store: &mut dyn Store) -> Result<()> {
    for peer in 0..saved.known.peers as PeerIndex {
        let count = doc.chains.parts(peer).map_or(0, |chain| chain.0);
        saved.chains.resize(saved.chains.len().max(peer as usize + 1), 0);
        // Looked at first: the marks of a long chain are many.
        if core::mem::replace(&mut saved.chains[peer as usize], count) != count {
            encode_chain(doc, peer).map_or(Ok(()), |bytes| store.put_chain(peer, &bytes))?;
        }
    }
    Ok(())
}
