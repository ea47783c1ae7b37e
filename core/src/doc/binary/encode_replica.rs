use super::plain_runs::put_plain_runs;
use super::proportion::{Proportion, block_cells_max};
use super::rows::put_ids;
use crate::codec::{Kind, begin_frame, checksum, put_bytes, put_column, put_number};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::graph::{PeerIndex, WaitingTransaction};
use crate::merge::Cell;
use crate::oplog::{ColumnIndex, RowIndex, TableIndex, Tag};
use crate::types::{EventRun, RowOp, ValueRef};

/// What the byte of flags says: the next write goes on under a fresh peer id.
pub(super) const NEEDS_FRESH_PEER: u8 = 1;
/// The replica is empty and was given no document: it takes that of what it merges first.
pub(super) const ADOPTS_DOCUMENT: u8 = 2;

/// Rows are stored in chunks of this many, column by column.
pub(crate) const CHUNK_ROWS: u32 = 1_024;
/// The kinds of values, in the order in which a chunk stores them.
pub(crate) const TAGS: [Tag; 5] = [Tag::Bool, Tag::Int, Tag::Float, Tag::Str, Tag::Bytes];

/// A transaction that waits, as a run of its own.
pub(crate) fn waiting_run(transaction: &WaitingTransaction<Vec<RowOp>>) -> EventRun {
    EventRun {
        peer: transaction.id.peer.clone(),
        counter_start: transaction.id.counter,
        lamport_start: transaction.lamport,
        deps: transaction.deps.clone(),
        ops: transaction.content.clone(),
        tx: if transaction.events == 1 { Vec::new() } else { vec![transaction.events] },
        at: transaction.at.map(Some).into_iter().collect(),
    }
}

impl CrdtDoc {
    /// The whole replica: the state first, readable without the history, which follows.
    ///
    /// # Errors
    ///
    /// `storage` or `corrupt` when history that lies in a file cannot be read.
    pub fn encode_replica(&self) -> Result<Vec<u8>> {
        let mut blocks = Vec::new();
        let lengths = self.log.put_blocks(&mut blocks, &self.state.arena)?;
        let mut out = self.encode_front(Kind::Replica, self.log.floor(), &lengths, blocks.len());
        out.extend_from_slice(&blocks);
        Ok(out)
    }

    /// The replica without its history: rows, stamps and versions, so that it reads, writes and merges; older history it has none.
    ///
    /// # Errors
    ///
    /// `corrupt` when stored history is damaged, which the chain hashes are taken from.
    pub fn encode_state(&mut self) -> Result<Vec<u8>> {
        let peers = 0..self.graph.peers().len() as PeerIndex;
        self.chain_hashes(&peers.map(|peer| (peer, self.graph.next_counter(peer))).collect::<Vec<_>>())?;
        Ok(self.encode_front(Kind::State, self.graph.len(), &[], 0))
    }

    /// The transactions that wait, as runs of one each, in the order in which they arrived. A Lamport time of 0 was not said.
    pub(crate) fn waiting_runs(&self) -> Vec<EventRun> {
        self.waiting.by_arrival().into_iter().map(waiting_run).collect()
    }

    fn encode_front(&self, kind: Kind, floor: u32, blocks: &[u64], history: usize) -> Vec<u8> {
        let mut front = Vec::with_capacity(1 << 16);
        let mut proportion = Proportion::default();
        front.extend_from_slice(&self.document.0);
        put_bytes(&mut front, self.peer().as_bytes());
        put_number(&mut front, self.own_next);
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        front.push(flag(self.needs_fresh_peer, NEEDS_FRESH_PEER) | flag(self.adopts_document(), ADOPTS_DOCUMENT));
        put_number(&mut front, u64::from(floor));
        self.put_peers(&mut front);
        self.put_graph(&mut front, &mut proportion);
        if kind == Kind::Replica {
            self.put_transactions_stored(&mut front, &mut proportion);
        }
        let widest = self.put_schema(&mut front, &mut proportion);
        put_number(&mut front, blocks.len() as u64);
        put_column(&mut front, blocks);
        put_plain_runs(&mut front, &self.waiting_runs());
        for table in 0..self.state.schema.tables() as TableIndex {
            self.put_table(&mut front, table, &mut proportion);
        }
        let inserts = self.put_later_births(&mut front, &mut proportion);
        proportion.block(block_cells_max(inserts, widest));
        front.resize(front.len().max(proportion.front_bytes_min()), 0);
        let mut out = Vec::with_capacity(front.len() + history + 32);
        begin_frame(&mut out, kind);
        out.extend_from_slice(&(front.len() as u64).to_le_bytes());
        out.extend_from_slice(&front);
        let sum = checksum(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    fn put_peers(&self, out: &mut Vec<u8>) {
        let peers = self.graph.peers();
        let mut chains = self.chains.clone();
        put_number(out, peers.len() as u64);
        for peer in 0..peers.len() as PeerIndex {
            put_bytes(out, peers.name(peer).as_bytes());
            let (count, hash) = chains.latest(peer, self.document);
            put_number(out, count);
            if count > 0 {
                out.extend_from_slice(&hash.to_le_bytes());
            }
        }
    }

    fn put_graph(&self, out: &mut Vec<u8>, proportion: &mut Proportion) {
        let spans = self.graph.spans();
        let (mut peers, mut lengths, mut counts, mut parents) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (number, span) in spans.iter().enumerate() {
            peers.push(u64::from(span.peer));
            lengths.push(self.graph.span_range(number).len() as u64);
            counts.push(self.graph.span_parents(number).len() as u64);
            parents.extend(self.graph.span_parents(number).iter().map(|parent| u64::from(span.start - parent)));
        }
        proportion.spans(spans.len(), parents.len());
        proportion.events(u64::from(self.graph.len()));
        put_number(out, spans.len() as u64);
        for column in [&peers, &lengths, &counts, &parents] {
            put_column(out, column);
        }
    }

    fn put_transactions_stored(&self, out: &mut Vec<u8>, proportion: &mut Proportion) {
        let long = self.transactions.long_in(0..self.graph.len());
        proportion.transactions(long.len());
        put_number(out, long.len() as u64);
        put_column(out, &long.iter().map(|&(start, _)| u64::from(start)).collect::<Vec<_>>());
        put_column(out, &long.iter().map(|&(_, length)| u64::from(length)).collect::<Vec<_>>());
        let (starts, times): (Vec<u64>, Vec<u64>) =
            self.transactions.times_in(0..self.graph.len()).map(|(start, time)| (u64::from(start), time as u64)).unzip();
        proportion.transactions(starts.len());
        put_number(out, starts.len() as u64);
        put_column(out, &starts);
        put_column(out, &times);
    }

    /// Returns the number of cells of the widest shape.
    fn put_schema(&self, out: &mut Vec<u8>, proportion: &mut Proportion) -> usize {
        let schema = &self.state.schema;
        put_number(out, schema.tables() as u64);
        (0..schema.tables() as TableIndex).for_each(|table| put_bytes(out, schema.table_name(table).as_bytes()));
        put_number(out, schema.fields() as u64);
        for field in 0..schema.fields() as u32 {
            let (table, column) = schema.field(field);
            put_number(out, u64::from(table));
            put_bytes(out, schema.column_name(table, column).as_bytes());
        }
        put_number(out, self.log.shapes.len() as u64);
        let mut widest = 0;
        for shape in 0..self.log.shapes.len() as u32 {
            let (table, cells) = self.log.shapes.get(shape);
            widest = widest.max(cells.len());
            proportion.shape(cells.len());
            put_number(out, u64::from(table));
            put_number(out, cells.len() as u64);
            put_column(out, &cells.iter().map(|cell| u64::from(cell.0)).collect::<Vec<_>>());
        }
        widest
    }

    /// The inserts that are not the first of their row, which stand in the rows: event, shape and row. Returns the number of all inserts.
    fn put_later_births(&self, out: &mut Vec<u8>, proportion: &mut Proportion) -> usize {
        let mut inserts = 0;
        let is_later = |&(event, shape, row): &(u32, u32, RowIndex)| {
            inserts += 1;
            self.state.table(self.log.shapes.get(shape).0).head(row).birth != event + 1
        };
        let later: Vec<(u32, u32, RowIndex)> = self.state.births.iter().filter(is_later).collect();
        proportion.later_births(later.len());
        put_number(out, later.len() as u64);
        put_column(out, &later.iter().map(|birth| u64::from(birth.0)).collect::<Vec<_>>());
        put_column(out, &later.iter().map(|birth| u64::from(birth.1)).collect::<Vec<_>>());
        put_column(out, &later.iter().map(|birth| u64::from(birth.2)).collect::<Vec<_>>());
        inserts
    }

    fn put_table(&self, out: &mut Vec<u8>, table: TableIndex, proportion: &mut Proportion) {
        let rows = self.state.table(table);
        let dense = rows.dense();
        proportion.rows(rows.rows() as usize, dense.len());
        put_number(out, u64::from(rows.rows()));
        put_number(out, dense.len() as u64);
        put_column(out, &dense.iter().map(|&column| u64::from(column)).collect::<Vec<_>>());
        for start in (0..rows.rows()).step_by(CHUNK_ROWS as usize) {
            let chunk = start..rows.rows().min(start + CHUNK_ROWS);
            put_ids(out, chunk.clone().map(|row| self.state.row_id(rows, row)).inspect(|id| proportion.id(id.len())));
            let heads: Vec<_> = chunk.clone().map(|row| rows.head(row)).collect();
            put_column(out, &heads.iter().map(|head| u64::from(head.inserted)).collect::<Vec<_>>());
            put_column(out, &heads.iter().map(|head| u64::from(head.deleted)).collect::<Vec<_>>());
            put_column(out, &heads.iter().map(|head| u64::from(head.inserted).wrapping_sub(u64::from(head.birth))).collect::<Vec<_>>());
            let shape =
                |birth: u32| birth.checked_sub(1).and_then(|event| self.state.births.get(event)).map_or(0, |(shape, _)| u64::from(shape));
            put_column(out, &heads.iter().map(|head| shape(head.birth)).collect::<Vec<_>>());
            put_column(out, &heads.iter().map(|head| u64::from(head.is_visible())).collect::<Vec<_>>());
            self.put_cells(out, table, chunk, proportion);
        }
    }

    /// A chunk's cells, column by column: which rows have one and of what kind, who wrote them, the values of each kind.
    fn put_cells(&self, out: &mut Vec<u8>, table: TableIndex, chunk: core::ops::Range<RowIndex>, proportion: &mut Proportion) {
        let rows = self.state.table(table);
        let mut columns: Vec<Vec<(RowIndex, Cell)>> = vec![Vec::new(); self.state.schema.columns(table)];
        for row in chunk.clone() {
            for (column, cell) in rows.cells(row) {
                if let Some(cells) = columns.get_mut(column as usize) {
                    cells.push((row - chunk.start, cell));
                }
            }
        }
        let present: Vec<(ColumnIndex, Vec<(RowIndex, Cell)>)> = (0..).zip(columns).filter(|(_, cells)| !cells.is_empty()).collect();
        put_number(out, present.len() as u64);
        for (column, cells) in &present {
            if !rows.dense().contains(column) {
                proportion.wide_cells(cells.len());
            }
            put_number(out, u64::from(*column));
            let mut tags = vec![0; chunk.len()];
            for &(row, cell) in cells {
                if let Some(tag) = tags.get_mut(row as usize) {
                    *tag = cell.value.tag as u64;
                }
            }
            put_column(out, &tags);
            put_column(out, &cells.iter().map(|(_, cell)| u64::from(cell.stamp)).collect::<Vec<_>>());
            for tag in TAGS {
                let of_tag = cells.iter().map(|&(_, cell)| cell.value).filter(|value| value.tag == tag);
                let values: Vec<u64> = of_tag
                    .clone()
                    .map(|value| match self.state.arena.value(value) {
                        Some(ValueRef::Str(text)) => text.len() as u64,
                        Some(ValueRef::Bytes(bytes)) => bytes.len() as u64,
                        _ => value.bits,
                    })
                    .collect();
                put_column(out, &values);
                for value in of_tag {
                    match self.state.arena.value(value) {
                        Some(ValueRef::Str(text)) => out.extend_from_slice(text.as_bytes()),
                        Some(ValueRef::Bytes(bytes)) => out.extend_from_slice(bytes),
                        _ => {}
                    }
                }
            }
        }
    }
}
