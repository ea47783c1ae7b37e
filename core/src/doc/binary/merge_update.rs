use super::chain::Chains;
use super::request::reused_peer;
use super::update::{NamedUpdate, Update, UpdateRun};
use crate::codec::{Kind, open_frame};
use crate::doc::CrdtDoc;
use crate::doc::incoming::{Incoming, Ops};
use crate::error::{Error, Result};
use crate::graph::{LocalNumber, PeerIndex};
use crate::limits::{COUNTER_MAX, MESSAGE_BYTES_MAX, NAME_BYTES_MAX, TRANSACTION_BYTES_MAX};
use crate::merge::{ByTotalOrder, RowOpRef};
use crate::oplog::{ColumnIndex, FieldIndex, Form, FormView, Packed, RowIndex, ShapeCell, TableIndex, Tag};
use crate::types::{DocumentId, EventId, MergeResult, PeerId, RowOp, Value, ValueRef};
use core::ops::Range;

/// A run that can be applied as it stands: it goes on where its peer's events end here, and all its deps are here or before it.
struct ReadyRun {
    peer: u32,
    lamport: u64,
    length: u32,
    /// A stretch of [`Ready::parents`].
    parents: Range<usize>,
}

/// The runs of an update in the order in which they apply.
#[derive(Default)]
struct Ready {
    runs: Vec<ReadyRun>,
    parents: Vec<LocalNumber>,
}

impl CrdtDoc {
    /// Merges an update that another replica made for this one, all or nothing. As [`CrdtDoc::merge_remote`], of bytes.
    ///
    /// An empty replica that was given no document takes the update's.
    ///
    /// # Errors
    ///
    /// `malformed`, `unsupported_version`, `other_document`; `conflicting_event` as for [`CrdtDoc::merge_remote`], and also when the
    /// chain hashes say that both have different events under one peer id; `invalid_argument` when the update was made for a replica that
    /// knows more than this one: ask with a request of its own.
    pub fn merge_update(&mut self, update: &[u8]) -> Result<MergeResult> {
        self.merge_bytes(update, true)
    }

    /// As [`CrdtDoc::merge_update`], but the result has no patches: for those that do not look at them. Subscriptions are told all the same.
    ///
    /// # Errors
    ///
    /// As [`CrdtDoc::merge_update`].
    pub fn merge_update_quiet(&mut self, update: &[u8]) -> Result<MergeResult> {
        self.merge_bytes(update, false)
    }

    fn merge_bytes(&mut self, bytes: &[u8], patches: bool) -> Result<MergeResult> {
        if bytes.is_empty() {
            // What a peer that has nothing new answers.
            return Ok(MergeResult { pending: self.waiting.events(), ..MergeResult::default() });
        }
        let (kind, mut reader) = open_frame(bytes)?;
        match kind {
            Kind::Event => self.merge_event(reader, patches),
            Kind::Update => {
                let document = self.read_about(&mut reader)?;
                let update = Update::read(&mut reader)?;
                self.merge_read(&update, document, patches)
            }
            _ => Err(reader.malformed("this is no update")),
        }
    }

    fn merge_read(&mut self, update: &Update<'_>, document: Option<DocumentId>, patches: bool) -> Result<MergeResult> {
        let before = self.document;
        if let Some(document) = document {
            self.document = document;
        }
        let merged = self.merge_of_document(update, patches);
        match &merged {
            Err(_) => self.document = before,
            Ok(_) if self.document != before => {
                self.document_given = true;
                // A chain hash covers the document.
                self.chains = Chains::default();
            }
            Ok(_) => {}
        }
        merged
    }

    fn merge_of_document(&mut self, update: &Update<'_>, patches: bool) -> Result<MergeResult> {
        let peers: Vec<Option<PeerIndex>> = update.peers.iter().map(|peer| self.graph.peers().find(peer.name)).collect();
        let told = update.peers.iter().zip(&peers).filter_map(|(peer, &index)| index.zip(peer.first));
        let (wanted, theirs): (Vec<_>, Vec<_>) =
            told.filter(|&(_, (counter, hash))| counter > 0 && hash != 0).map(|(index, (counter, hash))| ((index, counter), hash)).unzip();
        self.check_chains(&wanted, &theirs)?;
        let rows = self.resolve_rows(update, &peers)?;
        self.check_bytes(update, &rows)?;
        let Some(ready) = self.ready_runs(update, &peers)? else {
            return self.merge_slowly(update, &rows, patches);
        };
        Ok(self.apply_ready(update, &ready, rows, patches))
    }

    /// Whether a peer's events before `counter` are the same here as where the update was made, as far as they are here.
    pub(crate) fn check_chain(&mut self, peer: PeerIndex, counter: u64, hash: u64) -> Result<()> {
        let mine = if counter == 0 || hash == 0 { None } else { self.chain_hash(peer, counter)? };
        match mine {
            Some(mine) if mine != hash => Err(reused_peer(self.graph.peers().name(peer), counter - 1)),
            _ => Ok(()),
        }
    }

    /// As [`CrdtDoc::check_chain`], for peers and counters whose hashes are told.
    pub(crate) fn check_chains(&mut self, wanted: &[(PeerIndex, u64)], theirs: &[u64]) -> Result<()> {
        for ((&(peer, counter), mine), hash) in wanted.iter().zip(self.chain_hashes(wanted)?).zip(theirs) {
            if mine.is_some_and(|mine| mine != *hash) {
                return Err(reused_peer(self.graph.peers().name(peer), counter - 1));
            }
        }
        Ok(())
    }

    /// The row here that each operation is about: `(table, row)`, or `(u32::MAX, number)` for one of the update's named rows.
    fn resolve_rows(&self, update: &Update<'_>, peers: &[Option<PeerIndex>]) -> Result<Vec<(TableIndex, RowIndex)>> {
        let mut segments = Vec::with_capacity(update.segments.len());
        let mut start = 0u64;
        for segment in &update.segments {
            // Counters of one span have local numbers in a row: most stretches are of one.
            let peer = peers.get(segment.peer as usize).copied().flatten();
            let first = peer.and_then(|peer| self.graph.find(peer, segment.counter));
            let flat = first.is_some_and(|first| {
                let range = self.graph.span_range(self.graph.span_at(first));
                range.end - first >= segment.length
            });
            segments.push((start, peer, segment.counter, first.filter(|_| flat)));
            start += u64::from(segment.length);
        }
        let named = start;
        let tables: Vec<Option<TableIndex>> = update.names.tables.iter().map(|table| self.state.schema.table(table)).collect();
        let mut rows = Vec::with_capacity(update.records.len());
        let mut last: Option<(Form, Option<TableIndex>)> = None;
        for record in &update.records {
            let number = u64::from(record.row);
            if number >= named {
                rows.push((TableIndex::MAX, (number - named) as RowIndex));
                continue;
            }
            let at = segments.partition_point(|segment| segment.0 <= number).saturating_sub(1);
            let Some(&(start, peer, counter, flat)) = segments.get(at) else {
                return Err(Error::malformed("a row is out of range"));
            };
            let event = match flat {
                Some(first) => Some(first + (number - start) as LocalNumber),
                None => peer.and_then(|peer| self.graph.find(peer, counter + number - start)),
            };
            let Some(event) = event else {
                let peer = update.segments.get(at).and_then(|segment| update.peers.get(segment.peer as usize));
                let id = peer.map(|peer| PeerId::new(peer.name));
                let error = Error::invalid_argument("the update was made for a replica that knows more: make a request of your own");
                return Err(match id {
                    Some(Ok(peer)) => error.with_event_id(EventId::new(peer, counter + number - start)),
                    _ => error,
                });
            };
            let row = self.born(event);
            let table = match last {
                Some((form, table)) if form == record.form => table,
                _ => update.names.table_of(record.form).and_then(|table| tables.get(table as usize).copied().flatten()),
            };
            last = Some((record.form, table));
            match row {
                Some(row) if table == Some(row.0) => rows.push(row),
                _ => return Err(Error::malformed("a row is named by an event that did not insert it")),
            }
        }
        Ok(rows)
    }

    /// The row that an event inserted, if it is an insert.
    pub(crate) fn born(&self, event: LocalNumber) -> Option<(TableIndex, RowIndex)> {
        self.state.births.get(event).map(|(shape, row)| (self.log.shapes.get(shape).0, row))
    }

    /// Whether the update keeps the bounds of bytes, of the whole and of each transaction.
    fn check_bytes(&self, update: &Update<'_>, rows: &[(TableIndex, RowIndex)]) -> Result<()> {
        // Where even the longest row ids would keep the bounds, nothing needs to be counted.
        let (text, bytes) = update.arena.mark();
        let widest = update.names.shapes.iter().map(|shape| shape.1.len()).max().unwrap_or(0).max(1);
        let column = update.names.fields.iter().map(|field| field.1.len()).max().unwrap_or(0);
        let table = update.names.tables.iter().map(|table| table.len()).max().unwrap_or(0);
        let longest = table + NAME_BYTES_MAX + widest.saturating_mul(column + 8);
        let whole = update.records.len().saturating_mul(longest).saturating_add(text + bytes);
        let single = update.long.is_empty() && longest.saturating_add(text + bytes) <= TRANSACTION_BYTES_MAX;
        if whole <= TRANSACTION_BYTES_MAX || (single && whole <= MESSAGE_BYTES_MAX) {
            return Ok(());
        }
        let mut long = update.long.iter().peekable();
        let (mut total, mut transaction, mut left) = (0, 0, 0);
        for (at, (record, &(table, row))) in update.records.iter().zip(rows).enumerate() {
            let id = match table {
                TableIndex::MAX => update.rows.get(row as usize).map_or(0, |row| row.1.len()),
                table => self.state.table(table).id(row).len(),
            };
            let value = |tag: Tag, bits: u64| update.arena.value(Packed { bits, tag }).map_or(0, ValueRef::counted_bytes);
            let values = match record.form.view() {
                FormView::Update(_, tag) => value(tag, record.bits),
                FormView::Insert(shape) => {
                    let cells = crate::oplog::Numbering::shape_cells(&update.names, shape).unwrap_or_default();
                    cells.iter().zip(update.values_of(record)).map(|(cell, &bits)| value(cell.tag(), bits)).sum()
                }
                FormView::Delete(_) => 0,
            };
            if left == 0 {
                transaction = 0;
                left = long.next_if(|long| long.0 as usize == at).map_or(1, |long| long.1);
            }
            left -= 1;
            let bytes = id + values + update.names.counted_bytes(record.form);
            (total, transaction) = (total + bytes, transaction + bytes);
            if transaction > TRANSACTION_BYTES_MAX || total > MESSAGE_BYTES_MAX {
                return Err(Error::malformed("the update or a transaction of it has too many bytes"));
            }
        }
        Ok(())
    }

    /// The runs, if all can be applied one after the other as they stand; `None` if something of the update is here already, or waits, or
    /// has to wait.
    #[allow(clippy::indexing_slicing)] // `Update::read` proved the numbers of peers and the stretches of deps in range.
    fn ready_runs(&self, update: &Update<'_>, peers: &[Option<PeerIndex>]) -> Result<Option<Ready>> {
        let concerns = |run: &UpdateRun| {
            let name = PeerId::of_checked(update.peers[run.peer as usize].name);
            self.waiting.concerns(&EventId::new(name, run.counter), run.length)
        };
        if !self.waiting.is_empty() && update.runs.iter().any(concerns) {
            return Ok(None);
        }
        self.check_merge_room(update.records.len() as u64, update.records.len() + update.values.len())?;
        let mut next: Vec<u64> = peers.iter().map(|peer| peer.map_or(0, |peer| self.graph.next_counter(peer))).collect();
        // For each peer the update's runs so far, as first counter, Lamport time and local number.
        let mut placed: Vec<Vec<(u64, u64, LocalNumber)>> = vec![Vec::new(); peers.len()];
        let mut event = self.graph.len();
        let mut ready = Ready { runs: Vec::with_capacity(update.runs.len()), parents: Vec::with_capacity(update.deps.len()) };
        for run in &update.runs {
            let place = |peer: u32, counter: u64| -> Option<(LocalNumber, u64)> {
                let index = peers[peer as usize];
                if let Some(event) = index.and_then(|index| self.graph.find(index, counter)) {
                    return Some((event, self.graph.place(event).2));
                }
                if counter >= next[peer as usize] {
                    return None;
                }
                let runs = &placed[peer as usize];
                let &(first, lamport, event) = match runs.last() {
                    Some(last) if last.0 <= counter => last,
                    _ => runs.get(runs.partition_point(|run| run.0 <= counter).checked_sub(1)?)?,
                };
                Some((event + (counter - first) as LocalNumber, lamport + counter - first))
            };
            if run.counter != next[run.peer as usize] {
                return Ok(None);
            }
            let first = ready.parents.len();
            let mut lamport = 1;
            for &(peer, counter) in &update.deps[run.deps.clone()] {
                let Some((event, at)) = place(peer, counter) else { return Ok(None) };
                ready.parents.push(event);
                lamport = lamport.max(at + 1);
            }
            let before = run.counter.checked_sub(1).and_then(|counter| place(run.peer, counter)).map_or(0, |(_, lamport)| lamport);
            if lamport <= before || lamport + u64::from(run.length) > COUNTER_MAX {
                return Err(self.wrong_lamport(update, run.peer, run.counter));
            }
            ready.parents[first..].sort_unstable();
            placed[run.peer as usize].push((run.counter, lamport, event));
            next[run.peer as usize] += u64::from(run.length);
            event += run.length;
            ready.runs.push(ReadyRun { peer: run.peer, lamport, length: run.length, parents: first..ready.parents.len() });
        }
        Ok(Some(ready))
    }

    fn wrong_lamport(&self, update: &Update<'_>, peer: u32, counter: u64) -> Error {
        let error = Error::malformed("an event's Lamport time does not rise above its peer's previous one");
        match update.peers.get(peer as usize).map(|peer| PeerId::new(peer.name)) {
            Some(Ok(peer)) => error.with_event_id(EventId::new(peer, counter)),
            _ => error,
        }
    }

    /// Applies what was proven to apply. Nothing in here can fail.
    #[allow(clippy::indexing_slicing)] // Every number was proven in range: by `Update::read`, and of rows by `resolve_rows`.
    fn apply_ready(&mut self, update: &Update<'_>, ready: &Ready, mut rows: Vec<(TableIndex, RowIndex)>, patches: bool) -> MergeResult {
        let before = self.graph.len();
        let noted = patches || self.subscriptions.any() || self.tracking.is_some();
        if noted {
            self.journal.begin(before);
        }
        let tables: Vec<TableIndex> = update.names.tables.iter().map(|table| self.state.intern_table(table)).collect();
        let fields: Vec<(ColumnIndex, FieldIndex)> =
            update.names.fields.iter().map(|&(table, column)| self.state.schema.intern_column(tables[table as usize], column)).collect();
        let cells: Vec<ShapeCell> =
            update.names.cells.iter().map(|cell| ShapeCell::new(fields[cell.field() as usize].1, cell.tag())).collect();
        let journal = &mut self.journal;
        let state = &mut self.state;
        let named: Vec<(TableIndex, RowIndex)> = update
            .rows
            .iter()
            .map(|(table, id)| {
                let table = tables[*table as usize];
                (table, state.intern_row(table, id, journal))
            })
            .collect();
        for row in rows.iter_mut().filter(|row| row.0 == TableIndex::MAX) {
            *row = named[row.1 as usize];
        }
        self.push_transactions(update, before);
        // The update's text is in the order of its events, so it is taken over in one piece.
        let base = self.state.arena.mark();
        self.state.arena.append_all(&update.arena);
        let (mut at, mut inserted) = (0, Vec::new());
        let mut authors: Vec<Option<PeerIndex>> = vec![None; update.peers.len()];
        for run in &ready.runs {
            let peer = *authors[run.peer as usize].get_or_insert_with(|| {
                let name = update.peers[run.peer as usize].name;
                self.graph.peers().find(name).unwrap_or_else(|| self.graph.intern(&PeerId::of_checked(name)))
            });
            let start = self.graph.len();
            let older = self.graph.all_below(run.lamport);
            self.graph.push(peer, run.lamport, run.length, &ready.parents[run.parents.clone()]);
            let newest = ByTotalOrder::new(&self.graph, older, start);
            let end = at + run.length as usize;
            for ((record, &(table, row)), stamp) in update.records[at..end].iter().zip(&rows[at..end]).zip(start + 1..) {
                match record.form.view() {
                    FormView::Update(field, tag) => {
                        let (column, field) = fields[field as usize];
                        let value = Packed { bits: record.bits, tag }.moved(base);
                        self.state.apply(table, row, stamp, RowOpRef::Update { column, value }, &newest, &mut self.journal);
                        self.log.push_update(field, row, value);
                    }
                    FormView::Insert(shape) => {
                        let cells = &cells[update.names.shapes[shape as usize].1.clone()];
                        inserted.clear();
                        for (cell, &bits) in cells.iter().zip(update.values_of(record)) {
                            inserted.push(Packed { bits, tag: cell.tag() }.moved(base).bits);
                        }
                        let op = RowOpRef::Insert { cells, values: &inserted };
                        self.state.apply(table, row, stamp, op, &newest, &mut self.journal);
                        let shape = self.log.push_insert(table, row, cells, &inserted);
                        self.state.births.push(stamp - 1, shape, row);
                    }
                    FormView::Delete(_) => {
                        self.state.apply(table, row, stamp, RowOpRef::Delete, &newest, &mut self.journal);
                        self.log.push_delete(table, row);
                    }
                }
            }
            at = end;
        }
        self.finish_quick(before, noted, patches)
    }

    /// What every merge that could not fail ends with.
    pub(crate) fn finish_quick(&mut self, before: LocalNumber, noted: bool, patches: bool) -> MergeResult {
        let (applied, pending) = (u64::from(self.graph.len() - before), self.waiting.events());
        let mut result = MergeResult { applied, pending, ..MergeResult::default() };
        if self.graph.next_counter(self.me) > self.own_next && !self.needs_fresh_peer {
            (self.needs_fresh_peer, result.fresh_peer) = (true, true);
        }
        if self.log.is_due() {
            self.log.seal();
        }
        if noted {
            self.journal.end();
            self.note_touched();
        }
        if patches || self.subscriptions.any() {
            self.finish_merge(&mut result);
            if !patches {
                result.patches = Vec::new();
            }
        }
        result
    }

    fn push_transactions(&mut self, update: &Update<'_>, before: LocalNumber) {
        let mut long = update.long.iter().copied().peekable();
        let mut times = update.times.iter().copied().peekable();
        // Both lists ascend; a transaction that stands in both is noted once.
        loop {
            let start = match (long.peek(), times.peek()) {
                (Some(long), Some(time)) => long.0.min(time.0),
                (Some(long), None) => long.0,
                (None, Some(time)) => time.0,
                (None, None) => return,
            };
            let length = long.next_if(|long| long.0 == start).map_or(1, |long| long.1);
            let at = times.next_if(|time| time.0 == start).map(|time| time.1);
            self.transactions.push(before + start, length, at);
        }
    }

    /// Merges an update transaction by transaction, where something of it is here already, waits, or has to wait.
    #[allow(clippy::indexing_slicing)] // `Update::read` proved the numbers of peers and the stretches of deps in range.
    fn merge_slowly(&mut self, update: &Update<'_>, rows: &[(TableIndex, RowIndex)], patches: bool) -> Result<MergeResult> {
        let names: Vec<PeerId> = update.peers.iter().map(|peer| PeerId::of_checked(peer.name)).collect();
        let named = NamedUpdate { update, rows };
        let (mut op, mut transactions) = (0, Vec::new());
        let mut long = update.long.iter().copied().peekable();
        let mut times = update.times.iter().copied().peekable();
        for run in &update.runs {
            let peer = &names[run.peer as usize];
            let (start, end) = (op, op + run.length as usize);
            while op < end {
                let id = EventId::new(peer.clone(), run.counter + (op - start) as u64);
                let mut deps = if op == start {
                    update.deps[run.deps.clone()].iter().map(|&(dep, counter)| EventId::new(names[dep as usize].clone(), counter)).collect()
                } else {
                    vec![EventId::new(peer.clone(), id.counter - 1)]
                };
                deps.sort_unstable();
                let length = long.next_if(|long| long.0 as usize == op).map_or(1, |long| long.1 as usize);
                let at = times.next_if(|time| time.0 as usize == op).map(|time| time.1);
                // The Lamport time is not said: it follows from the deps once they are here.
                transactions.push(Incoming { id, deps, lamport: 0, at, ops: Ops::InUpdate(&named, op..op + length) });
                op += length;
            }
        }
        let mut result = self.merge_incoming(transactions, update.records.len(), update.records.len() + update.values.len())?;
        if !patches {
            result.patches = Vec::new();
        }
        Ok(result)
    }

    /// An operation of an update as plain data.
    #[allow(clippy::indexing_slicing)] // `Update::read` proved its numbers in range.
    pub(crate) fn named_op(&self, named: &NamedUpdate<'_>, op: usize) -> RowOp {
        let update = named.update;
        let (table, row) = named.rows[op];
        let record = update.records[op];
        let number = update.names.table_of(record.form).unwrap_or_default();
        let tbl = update.names.tables.get(number as usize).copied().unwrap_or_default().to_owned();
        let row_id = match table {
            TableIndex::MAX => update.rows.get(row as usize).map(|row| row.1.clone()).unwrap_or_default(),
            table => self.state.row_id(self.state.table(table), row),
        };
        let value = |tag: Tag, bits: u64| update.arena.value(Packed { bits, tag }).map_or(Value::Null, Value::from);
        let column = |field: u32| update.names.fields[field as usize].1.to_owned();
        match record.form.view() {
            FormView::Update(field, tag) => RowOp::Update { tbl, row_id, col: column(field), value: value(tag, record.bits) },
            FormView::Insert(shape) => {
                let cells = &update.names.cells[update.names.shapes[shape as usize].1.clone()];
                let values = cells.iter().zip(update.values_of(&record));
                RowOp::Insert { tbl, row_id, values: values.map(|(cell, &bits)| (column(cell.field()), value(cell.tag(), bits))).collect() }
            }
            FormView::Delete(_) => RowOp::Delete { tbl, row_id },
        }
    }
}
