//! A record: what one commit appended to the log.

use super::graph_part::{put_graph, read_graph};
use super::names::{Known, list_row_names, put_names, put_row_names, read_names, read_row_names};
use crate::codec::{Reader, put_bytes, put_number};
use crate::doc::CrdtDoc;
use crate::error::{Error, ErrorKind, Result};
use crate::graph::LocalNumber;
use crate::limits::EVENTS_MAX;
use crate::oplog::{BLOCK_OPS, BlockOps, OwnNumbering, RowIndex, TableIndex, read_block_with_text, rows_exist};
use core::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The bytes of the hash before a record and of its own.
const HASH_BYTES: usize = 8;
/// The bytes of a block's checksum.
const CHECKSUM_BYTES: usize = 4;
/// No block takes fewer bytes than this, which bounds how many events a record holds.
const BLOCK_BYTES_MIN: usize = 10;

/// What a record stands on, which is what the store has.
pub(crate) struct Before<'a> {
    /// The hash of the record before.
    pub(crate) hash: u64,
    pub(crate) known: Known,
    /// Rows by table.
    pub(crate) rows: &'a [u32],
    /// The tables that have more rows than that, ascending.
    pub(crate) grown: &'a [TableIndex],
    /// Where the text of the record's first event begins in the arena.
    pub(crate) text_start: (usize, usize),
}

/// Appends the record of the events from `first` on, and returns its hash, which covers the one before.
pub(crate) fn put_record(out: &mut Vec<u8>, doc: &CrdtDoc, first: LocalNumber, before: &Before<'_>) -> u64 {
    let events = first..doc.graph.len();
    out.extend_from_slice(&before.hash.to_le_bytes());
    put_number(out, u64::from(events.end - events.start));
    put_names(out, doc, before.known);
    put_graph(out, doc, events.clone());
    let mut rows = Vec::new();
    put_row_names(&mut rows, doc, before.rows, before.grown.iter().copied());
    put_bytes(out, &rows);
    doc.log.put_tail(out, events.start, before.text_start, &doc.state.arena);
    let hash = xxh3_64_with_seed(out, u64::from(first));
    out.extend_from_slice(&hash.to_le_bytes());
    hash
}

/// A record whose hash holds.
pub(crate) struct RecordReader<'a> {
    pub(crate) events: Range<LocalNumber>,
    pub(crate) hash_before: u64,
    pub(crate) hash: u64,
    reader: Reader<'a>,
}

impl<'a> RecordReader<'a> {
    /// Opens a record that begins with event `first`.
    ///
    /// # Errors
    ///
    /// `corrupt` when its hash does not hold.
    pub(crate) fn open(first: LocalNumber, bytes: &'a [u8]) -> Result<RecordReader<'a>> {
        let damaged = || Error::new(ErrorKind::Corrupt, format!("the log is damaged at event {first}: a record's hash does not hold"));
        let (framed, hash) = bytes.split_last_chunk::<HASH_BYTES>().ok_or_else(damaged)?;
        if xxh3_64_with_seed(framed, u64::from(first)) != u64::from_le_bytes(*hash) {
            return Err(damaged());
        }
        let mut reader = Reader::new(framed);
        let hash_before = reader.word()?;
        let count = reader.number()?;
        let events_max = BLOCK_OPS * (framed.len() / BLOCK_BYTES_MIN + 1);
        if count == 0 || count > EVENTS_MAX.saturating_sub(first as usize).min(events_max) as u64 {
            return Err(reader.malformed("a record has an impossible number of events"));
        }
        Ok(RecordReader { events: first..first + count as u32, hash_before, hash: u64::from_le_bytes(*hash), reader })
    }

    /// Reads the names, but those of rows, and the place of the events, which are the document's next.
    ///
    /// # Errors
    ///
    /// `malformed`.
    pub(crate) fn read_place(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        read_names(&mut self.reader, doc)?;
        read_graph(&mut self.reader, doc, self.events.end - self.events.start)
    }

    /// Reads the ids of the rows that the record makes known; they may be known already, from the rows.
    ///
    /// # Errors
    ///
    /// `malformed`.
    pub(crate) fn read_rows(&mut self, doc: &mut CrdtDoc) -> Result<()> {
        let rows = self.reader.bytes(usize::MAX)?;
        read_row_names(&mut Reader::new(rows), doc)
    }

    /// Hands over the ids of the rows that the record makes known, with table and number. Its place was read.
    ///
    /// # Errors
    ///
    /// `malformed`.
    pub(crate) fn list_rows(&self, doc: &CrdtDoc, mut each: impl FnMut(TableIndex, RowIndex, &str)) -> Result<()> {
        let mut reader = self.reader;
        let rows = reader.bytes(usize::MAX)?;
        list_row_names(&mut Reader::new(rows), doc.state.schema.tables(), doc.graph.len(), |table, row, id| {
            each(table, row, id);
            Ok(())
        })
    }

    /// Reads the operations block by block and hands each to `take`, with the number of its first event. Their text goes into the
    /// document's arena.
    ///
    /// # Errors
    ///
    /// `malformed`.
    pub(crate) fn read_ops(mut self, doc: &mut CrdtDoc, mut take: impl FnMut(&mut CrdtDoc, LocalNumber, &BlockOps)) -> Result<()> {
        let mut block = BlockOps::default();
        let mut at = self.events.start;
        while at < self.events.end {
            let start = self.reader;
            let numbering = OwnNumbering { shapes: &doc.log.shapes, fields: doc.state.schema.fields(), tables: doc.state.schema.tables() };
            let mut arena = core::mem::take(&mut doc.state.arena);
            let read = read_block_with_text(&mut self.reader, &mut block, &numbering, &mut arena, doc.log.stored_cells_max);
            doc.state.arena = arena;
            read?;
            self.reader.take(CHECKSUM_BYTES)?;
            let events = block.records.len();
            let whole = events == BLOCK_OPS.min((self.events.end - at) as usize);
            if !whole || !rows_exist(&block.records, &doc.log.shapes, &doc.state) {
                return Err(start.malformed("a block is of another length, or names a row that there is not"));
            }
            take(doc, at, &block);
            at += events as u32;
        }
        if self.reader.left() > 0 { Err(self.reader.malformed("a record goes on after its end")) } else { Ok(()) }
    }
}
