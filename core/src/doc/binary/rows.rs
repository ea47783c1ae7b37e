use super::update::Segment;
use crate::codec::{Reader, put_column, put_number, read_column};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::limits::{EVENTS_MAX, NAME_BYTES_MAX};
use crate::oplog::{RowIndex, TableIndex};
use std::collections::HashMap;

/// How an operation's row is named in an update.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowName {
    /// By the id of an insert that made it, which the receiver has.
    Birth { peer: u32, counter: u64 },
    /// By its place among the rows that are new to the receiver.
    Named(u32),
}

/// The rows of an update that is being written.
#[derive(Default)]
pub(crate) struct RowNames {
    /// For each peer of the update, the lowest and highest counter that names a row.
    births: Vec<Option<(u64, u64)>>,
    named: HashMap<(TableIndex, RowIndex), u32>,
    pub(crate) list: Vec<(TableIndex, RowIndex)>,
    /// Where each peer's stretch of numbers begins, once all rows are known.
    starts: Vec<u64>,
    births_end: u64,
}

impl RowNames {
    #[allow(clippy::indexing_slicing)] // It was made long enough just before.
    pub(crate) fn birth(&mut self, peer: u32, counter: u64) -> RowName {
        if self.births.len() <= peer as usize {
            self.births.resize(peer as usize + 1, None);
        }
        let range = &mut self.births[peer as usize];
        *range = Some(range.map_or((counter, counter), |(low, high)| (low.min(counter), high.max(counter))));
        RowName::Birth { peer, counter }
    }

    pub(crate) fn named(&mut self, table: TableIndex, row: RowIndex) -> RowName {
        RowName::Named(*self.named.entry((table, row)).or_insert_with(|| {
            self.list.push((table, row));
            self.list.len() as u32 - 1
        }))
    }

    /// Appends the rows: the stretches of counters, then table and id of the named ones, front-coded.
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, doc: &CrdtDoc, table_number: impl Fn(TableIndex) -> u32) {
        put_number(out, self.births.iter().flatten().count() as u64);
        for (peer, range) in self.births.iter().enumerate() {
            self.starts.push(self.births_end);
            if let Some((low, high)) = *range {
                put_number(out, peer as u64);
                put_number(out, low);
                put_number(out, high - low + 1);
                self.births_end += high - low + 1;
            }
        }
        put_number(out, self.list.len() as u64);
        put_column(out, &self.list.iter().map(|&(table, _)| u64::from(table_number(table))).collect::<Vec<_>>());
        put_ids(out, self.list.iter().map(|&(table, row)| doc.state.row_id(doc.state.table(table), row)));
    }

    /// The number of a row, once all are known.
    #[inline]
    pub(crate) fn number(&self, name: RowName) -> u64 {
        match name {
            RowName::Birth { peer, counter } => {
                let low = self.births.get(peer as usize).copied().flatten().map_or(0, |range| range.0);
                self.starts.get(peer as usize).map_or(0, |start| start + counter - low)
            }
            RowName::Named(at) => self.births_end + u64::from(at),
        }
    }
}

/// Appends ids, front-coded: how many bytes each shares with the one before, how many more it has, and those.
pub(crate) fn put_ids(out: &mut Vec<u8>, ids: impl Iterator<Item = String>) {
    let (mut shared, mut lengths, mut bytes, mut last) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    for id in ids {
        let same = id.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
        shared.push(same as u64);
        lengths.push((id.len() - same) as u64);
        bytes.extend_from_slice(id.as_bytes().get(same..).unwrap_or_default());
        last = id;
    }
    put_column(out, &shared);
    put_column(out, &lengths);
    out.extend_from_slice(&bytes);
}

/// Reads `count` ids, each a name, and calls `f` with them in order.
pub(crate) fn read_ids(reader: &mut Reader<'_>, count: usize, mut f: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let (mut shared, mut lengths) = (Vec::new(), Vec::new());
    read_column(reader, count, &mut shared)?;
    read_column(reader, count, &mut lengths)?;
    let mut id: Vec<u8> = Vec::new();
    for (&same, &more) in shared.iter().zip(&lengths) {
        if same > id.len() as u64 || more > NAME_BYTES_MAX as u64 || same + more > NAME_BYTES_MAX as u64 || same + more == 0 {
            return Err(reader.malformed("a row id is out of range"));
        }
        id.truncate(same as usize);
        id.extend_from_slice(reader.take(more as usize)?);
        f(core::str::from_utf8(&id).map_err(|_| reader.malformed("text is not UTF-8"))?)?;
    }
    Ok(())
}

/// Reads what [`RowNames::put`] wrote for so many events.
#[allow(clippy::type_complexity)]
pub(crate) fn read_rows(reader: &mut Reader<'_>, peers: usize, tables: usize, events: usize) -> Result<(Vec<Segment>, Vec<(u32, String)>)> {
    let count = reader.count(peers, "there are more stretches than peers")?;
    let mut segments = Vec::with_capacity(count);
    let mut total = 0;
    for _ in 0..count {
        let peer = reader.at_most(peers.saturating_sub(1), "a peer is out of range")? as u32;
        let counter = reader.at_most(EVENTS_MAX, "a counter is out of range")? as u64;
        let length = reader.at_most(EVENTS_MAX, "a stretch is too long")?;
        total = length.saturating_add(total);
        if total > EVENTS_MAX {
            return Err(reader.malformed("a stretch is too long"));
        }
        segments.push(Segment { peer, counter, length: length as u32 });
    }
    let count = reader.at_most(events, "there are more rows than events")?;
    let mut numbers = Vec::new();
    read_column(reader, count, &mut numbers)?;
    if numbers.iter().any(|&table| table >= tables as u64) {
        return Err(reader.malformed("a table is out of range"));
    }
    let mut rows = Vec::new();
    let (mut bytes, mut numbers) = (0, numbers.into_iter());
    let at = *reader;
    read_ids(reader, count, |id| {
        // Front-coded ids can claim a thousand times the bytes they take.
        bytes += id.len();
        if bytes > crate::limits::MESSAGE_BYTES_MAX {
            return Err(at.malformed("the row ids are too long"));
        }
        rows.extend(numbers.next().map(|table| (table as u32, id.to_owned())));
        Ok(())
    })?;
    Ok((segments, rows))
}
