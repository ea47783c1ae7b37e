use super::encode_update::WHOLE_DOCUMENT;
use super::request::{other_document, read_document};
use super::rows::read_rows;
use super::update::{Names, Update, UpdatePeer, UpdateRun};
use crate::codec::{Column, Reader, read_column};
use crate::doc::CrdtDoc;
use crate::error::Result;
use crate::limits::{
    COUNTER_MAX, DEPS_MAX, MESSAGE_CELLS_MAX, MESSAGE_DEPS_MAX, MESSAGE_EVENTS_MAX, MESSAGE_PEERS_MAX, TRANSACTION_OPS_MAX,
};
use crate::oplog::{BLOCK_OPS, BlockOps, Form, FormView, Numbering, Record, ShapeCell, Tag, read_block_with_text};
use crate::types::DocumentId;
use std::collections::HashSet;

/// No block takes fewer bytes than this: counts, heads of columns.
const BLOCK_BYTES_MIN: usize = 6;

impl CrdtDoc {
    /// Reads which document a message is about; the id, if it was whole.
    ///
    /// # Errors
    ///
    /// `other_document` when it is not this one, and this replica has one.
    pub(crate) fn read_about(&self, reader: &mut Reader<'_>) -> Result<Option<DocumentId>> {
        let flags = reader.byte()?;
        if flags & !WHOLE_DOCUMENT != 0 {
            return Err(reader.malformed("a flag is of no known meaning"));
        }
        if flags & WHOLE_DOCUMENT == 0 {
            let mut some = self.document;
            some.0[..2].copy_from_slice(reader.take(2)?);
            return if some == self.document { Ok(None) } else { Err(other_document(some, self.document)) };
        }
        let document = read_document(reader)?;
        if document == self.document || self.adopts_document() { Ok(Some(document)) } else { Err(other_document(document, self.document)) }
    }
}

/// Reads the peers that a message names.
pub(crate) fn read_peers<'a>(reader: &mut Reader<'a>) -> Result<Vec<UpdatePeer<'a>>> {
    let count = reader.count(MESSAGE_PEERS_MAX, "there are fewer peers than the count says")?;
    let mut peers = Vec::new();
    for _ in 0..count {
        let name = reader.name()?;
        let first = match reader.number()? {
            0 => None,
            1 => Some((0, 0)),
            first if first > COUNTER_MAX => return Err(reader.malformed("a counter is out of range")),
            first => Some((first - 1, reader.word()?)),
        };
        peers.push(UpdatePeer { name, first });
    }
    if are_distinct(&peers) { Ok(peers) } else { Err(reader.malformed("a peer stands there twice")) }
}

fn are_distinct(peers: &[UpdatePeer<'_>]) -> bool {
    match peers {
        [] | [_] => true,
        [a, b] => a.name != b.name,
        _ => {
            let mut names = HashSet::with_capacity(peers.len());
            peers.iter().all(|peer| names.insert(peer.name))
        }
    }
}

impl<'a> Update<'a> {
    /// Reads an update, from its peers on. Everything is in range then; what it refers to is not looked up yet.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Update<'a>> {
        let mut update = Update { peers: read_peers(reader)?, ..Update::default() };
        update.read_runs(reader)?;
        if update.runs.is_empty() {
            return Err(reader.malformed("an update has no events"));
        }
        update.read_transactions(reader)?;
        update.names = read_names(reader)?;
        (update.segments, update.rows) = read_rows(reader, update.peers.len(), update.names.tables.len(), update.events())?;
        update.read_blocks(reader)?;
        update.check(reader)?;
        Ok(update)
    }

    fn events(&self) -> usize {
        self.runs.iter().map(|run| run.length as usize).sum()
    }

    fn read_runs(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        // Columns of constants claim any count in a few bytes, but a block of operations takes some.
        let events_max = MESSAGE_EVENTS_MAX.min((reader.left() / BLOCK_BYTES_MIN).saturating_mul(BLOCK_OPS));
        let count = reader.at_most(events_max, "there are too many runs")?;
        let (mut peers, mut lengths, mut dep_counts, mut dep_peers, mut dep_counters) = (vec![], vec![], vec![], vec![], vec![]);
        for column in [&mut peers, &mut lengths, &mut dep_counts] {
            read_column(reader, count, column)?;
        }
        let mut deps = 0;
        for &count in &dep_counts {
            // Its peer's previous event alone is not listed.
            deps += count.saturating_sub(1).min(DEPS_MAX as u64 + 1);
            if count > DEPS_MAX as u64 + 1 || deps > MESSAGE_DEPS_MAX as u64 {
                return Err(reader.malformed("there are too many deps"));
            }
        }
        read_column(reader, deps as usize, &mut dep_peers)?;
        read_column(reader, deps as usize, &mut dep_counters)?;
        let out_of_range = |reader: &Reader<'_>| reader.malformed("a peer or counter is out of range");
        let mut mentioned = vec![0u64; self.peers.len()];
        let mut next: Vec<Option<u64>> = self.peers.iter().map(|peer| peer.first.map(|first| first.0)).collect();
        let mut listed = dep_peers.iter().zip(&dep_counters);
        let mut events = 0;
        for ((&peer, &length), &count) in peers.iter().zip(&lengths).zip(&dep_counts) {
            let counter = next.get(peer as usize).copied().flatten().ok_or_else(|| out_of_range(reader))?;
            events += length.min(MESSAGE_EVENTS_MAX as u64 + 1);
            if length == 0 || events > events_max as u64 || counter + length - 1 > COUNTER_MAX || (count == 0 && counter == 0) {
                return Err(out_of_range(reader));
            }
            let start = self.deps.len();
            if count == 0 {
                self.deps.push((peer as u32, counter - 1));
            }
            for (&dep, &counter) in listed.by_ref().take(count.saturating_sub(1) as usize) {
                let last = mentioned.get_mut(dep as usize).ok_or_else(|| out_of_range(reader))?;
                *last = last.wrapping_add(counter);
                if *last > COUNTER_MAX {
                    return Err(out_of_range(reader));
                }
                self.deps.push((dep as u32, *last));
            }
            let deps = self.deps.get(start..).unwrap_or_default();
            let own = deps.iter().any(|&(dep, dep_counter)| u64::from(dep) == peer && dep_counter >= counter);
            if own || (deps.len() > 1 && has_twice(deps)) {
                return Err(reader.malformed("an event depends on itself, a later one of its peer, or twice on one"));
            }
            self.runs.push(UpdateRun { peer: peer as u32, counter, length: length as u32, deps: start..self.deps.len() });
            if let (Some(next), Some(mentioned)) = (next.get_mut(peer as usize), mentioned.get_mut(peer as usize)) {
                (*next, *mentioned) = (Some(counter + length), counter + length - 1);
            }
        }
        Ok(())
    }

    fn read_transactions(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let events = self.events() as u64;
        let (mut starts, mut lengths, mut timed, mut times) = (vec![], vec![], vec![], vec![]);
        let count = reader.at_most(events as usize, "there are too many transactions")?;
        read_column(reader, count, &mut starts)?;
        read_column(reader, count, &mut lengths)?;
        let count = reader.at_most(events as usize, "there are too many times")?;
        read_column(reader, count, &mut timed)?;
        read_column(reader, count, &mut times)?;
        // Where runs end, so that no transaction spans two.
        let mut ends = self.runs.iter().scan(0u64, |end, run| {
            *end += u64::from(run.length);
            Some(*end)
        });
        let (mut run_end, mut last_end) = (0, 0);
        for (&start, &length) in starts.iter().zip(&lengths) {
            while run_end <= start {
                run_end = ends.next().ok_or_else(|| reader.malformed("a transaction is out of range"))?;
            }
            let good = start >= last_end && (2..=TRANSACTION_OPS_MAX as u64).contains(&length) && start + length <= run_end;
            if !good {
                return Err(reader.malformed("a transaction is out of range"));
            }
            last_end = start + length;
            self.long.push((start as u32, length as u32));
        }
        let mut last = None;
        for (&start, &time) in timed.iter().zip(&times) {
            let before = self.long.partition_point(|&(first, _)| u64::from(first) < start).checked_sub(1);
            let inside = before
                .and_then(|before| self.long.get(before))
                .is_some_and(|&(first, length)| start < u64::from(first) + u64::from(length));
            if last.is_some_and(|last| start <= last) || start >= events || inside {
                return Err(reader.malformed("a transaction's time is out of range"));
            }
            last = Some(start);
            self.times.push((start as u32, time as i64));
        }
        Ok(())
    }

    fn read_blocks(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let events = self.events();
        let mut block = BlockOps::default();
        let mut cells = MESSAGE_CELLS_MAX;
        while self.records.len() < events {
            // The cells of inserts are bounded; a block's updates have one each besides.
            read_block_with_text(reader, &mut block, &self.names, &mut self.arena, cells + BLOCK_OPS)?;
            if self.records.len() + block.records.len() > events {
                return Err(reader.malformed("there are more operations than events"));
            }
            cells = cells.checked_sub(block.values.len()).ok_or_else(|| reader.malformed("the operations hold too many cells"))?;
            let before = self.values.len() as u64;
            self.values.extend_from_slice(&block.values);
            self.records.extend(block.records.iter().map(|record| match record.form.view() {
                FormView::Insert(_) => Record { bits: record.bits + before, ..*record },
                _ => *record,
            }));
        }
        if reader.left() > 0 { Err(reader.malformed("the update goes on after its end")) } else { Ok(()) }
    }

    /// Whether every row is in range and of the table that its operation is about, and everything that is named is used.
    fn check(&self, reader: &Reader<'_>) -> Result<()> {
        let known: u64 = self.segments.iter().map(|segment| u64::from(segment.length)).sum();
        let (mut used, mut rows_used) = (NamesUsed::of(&self.names), vec![false; self.rows.len()]);
        let mut last: Option<(Form, Option<u32>)> = None;
        for record in &self.records {
            let table = match last {
                Some((form, table)) if form == record.form => table,
                _ => {
                    used.by(record.form, &self.names);
                    self.names.table_of(record.form)
                }
            };
            last = Some((record.form, table));
            if let Some(at) = u64::from(record.row).checked_sub(known) {
                match (self.rows.get(at as usize), rows_used.get_mut(at as usize)) {
                    (Some(row), Some(used)) if Some(row.0) == table => *used = true,
                    _ => return Err(reader.malformed("a row is out of range or of another table")),
                }
            }
        }
        if rows_used.contains(&false) || !used.all() {
            // What no event is about would be known here and nowhere else.
            return Err(reader.malformed("something is named that no operation is about"));
        }
        Ok(())
    }
}

/// Which tables, fields and shapes of an update are used.
struct NamesUsed {
    tables: Vec<bool>,
    fields: Vec<bool>,
    shapes: Vec<bool>,
}

impl NamesUsed {
    fn of(names: &Names<'_>) -> NamesUsed {
        let unused = |count: usize| vec![false; count];
        NamesUsed { tables: unused(names.tables.len()), fields: unused(names.fields.len()), shapes: unused(names.shapes.len()) }
    }

    /// Notes what operations of a form use, all of which is in range.
    fn by(&mut self, form: Form, names: &Names<'_>) {
        if let Some(table) = names.table_of(form) {
            note(&mut self.tables, table);
        }
        match form.view() {
            FormView::Update(field, _) => _ = note(&mut self.fields, field),
            FormView::Insert(shape) if note(&mut self.shapes, shape) => {
                for cell in names.shape_cells(shape).unwrap_or_default() {
                    note(&mut self.fields, cell.field());
                }
            }
            _ => {}
        }
    }

    fn all(&self) -> bool {
        [&self.tables, &self.fields, &self.shapes].into_iter().all(|used| !used.contains(&false))
    }
}

/// Notes that a number is used, and says whether that is news.
fn note(used: &mut [bool], number: u32) -> bool {
    used.get_mut(number as usize).is_some_and(|used| !core::mem::replace(used, true))
}

fn has_twice(deps: &[(u32, u64)]) -> bool {
    let mut sorted = deps.to_vec();
    sorted.sort_unstable();
    sorted.iter().zip(sorted.iter().skip(1)).any(|(a, b)| a == b)
}

fn read_names<'a>(reader: &mut Reader<'a>) -> Result<Names<'a>> {
    let mut names = Names::default();
    let count = reader.count(MESSAGE_EVENTS_MAX, "there are fewer tables than the count says")?;
    for _ in 0..count {
        names.tables.push(reader.name()?);
    }
    let count = reader.count(usize::MAX, "there are fewer columns than the count says")?;
    for _ in 0..count {
        let table = reader.at_most(names.tables.len().saturating_sub(1), "a table is out of range")?;
        names.fields.push((table as u32, reader.name()?));
    }
    let count = reader.count(MESSAGE_EVENTS_MAX, "there are fewer shapes than the count says")?;
    for _ in 0..count {
        let table = reader.at_most(names.tables.len().saturating_sub(1), "a table is out of range")? as u32;
        let cells = reader.at_most(MESSAGE_CELLS_MAX - names.cells.len(), "a shape has too many cells")?;
        let start = names.cells.len();
        for cell in Column::read(reader, cells)? {
            let cell = ShapeCell(u32::try_from(cell).map_err(|_| reader.malformed("a field is out of range"))?);
            let known = names.fields.get(cell.field() as usize).is_some_and(|&(of, _)| of == table);
            if !known || cell.tag() == Tag::Absent {
                return Err(reader.malformed("a shape's cell is out of range"));
            }
            names.cells.push(cell);
        }
        names.shapes.push((table, start..names.cells.len()));
    }
    if names.tables.is_empty() && !(names.fields.is_empty() && names.shapes.is_empty()) {
        return Err(reader.malformed("a table is out of range"));
    }
    Ok(names)
}
