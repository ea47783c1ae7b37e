use super::read_update::read_peers;
use super::request::Known;
use super::update::UpdatePeer;
use crate::codec::{Kind, Reader, begin_frame, end_frame, put_bytes, put_number, put_signed};
use crate::doc::CrdtDoc;
use crate::error::{Error, Result};
use crate::graph::{LocalNumber, PeerIndex};
use crate::limits::{COUNTER_MAX, DEPS_MAX};
use crate::merge::{ByTotalOrder, RowOpRef};
use crate::oplog::{OpView, ShapeCell, Tag};
use crate::types::{EventId, EventRun, MergeResult, PeerId, RowOp, Value, ValueRef};

/// Where a one-event message's column is told by name, not by its place in the insert that names the row.
const BY_NAME: u8 = 0x1f;
/// The low bits of the byte that tells column and kind of value; the kind is above.
const COLUMN_BITS: u32 = 5;

/// The column of a one-event message.
enum Column<'a> {
    Name(&'a str),
    /// Its place among the cells of the insert that names the row.
    Place(u8),
}

/// A message of one update of one cell of a row that the receiver has: the most frequent of all, so nothing in it is allocated.
struct EventForm<'a> {
    counter: u64,
    hash: u64,
    deps: Vec<(usize, u64)>,
    birth: (usize, u64),
    column: Column<'a>,
    value: ValueRef<'a>,
}

impl CrdtDoc {
    /// One event as a message of its own form, if it has one: an update, by itself a transaction without a time, of a row that the receiver
    /// knows by an insert.
    pub(crate) fn encode_event(&mut self, event: LocalNumber, known: &Known) -> Result<Option<Vec<u8>>> {
        let (author, counter, _) = self.graph.place(event);
        if self.transactions.range(event).len() > 1 || self.transactions.time(event).is_some() {
            return Ok(None);
        }
        let mut reader = self.reader();
        let (OpView::Update { field, row, value }, arena) = reader.get(event)? else { return Ok(None) };
        let (table, column) = self.state.schema.field(field);
        let Some(birth) = self.state.table(table).head(row).birth.checked_sub(1) else { return Ok(None) };
        let (birth_peer, birth_counter, _) = self.graph.place(birth);
        if known.next.get(birth_peer as usize).is_none_or(|&next| birth_counter >= next) {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(192);
        begin_frame(&mut out, Kind::Event);
        self.put_document(&mut out, known);
        let previous = event.wrapping_sub(1);
        let deps = match self.graph.span_begun_by(event) {
            Some(span) => self.graph.span_parents(span),
            None => core::slice::from_ref(&previous),
        };
        let mut peers: Vec<PeerIndex> = vec![author];
        let mut number = |peer: PeerIndex| match peers.iter().position(|&known| known == peer) {
            Some(at) => at as u64,
            None => {
                peers.push(peer);
                peers.len() as u64 - 1
            }
        };
        let mut body = Vec::with_capacity(40);
        put_number(&mut body, deps.len() as u64);
        for &dep in deps {
            let (peer, counter, _) = self.graph.place(dep);
            put_number(&mut body, number(peer));
            put_number(&mut body, counter);
        }
        put_number(&mut body, number(birth_peer));
        put_number(&mut body, birth_counter);
        let place = self.place_in_birth(birth, field);
        body.push(place.unwrap_or(BY_NAME) | (value.tag as u8) << COLUMN_BITS);
        if place.is_none() {
            put_bytes(&mut body, self.state.schema.column_name(table, column).as_bytes());
        }
        match arena.value(value) {
            Some(ValueRef::Bool(value)) => body.push(u8::from(value)),
            Some(ValueRef::Int(value)) => put_signed(&mut body, value),
            Some(ValueRef::Float(value)) => body.extend_from_slice(&value.to_bits().to_le_bytes()),
            Some(ValueRef::Str(value)) => put_bytes(&mut body, value.as_bytes()),
            Some(ValueRef::Bytes(value)) => put_bytes(&mut body, value),
            Some(ValueRef::Null) | None => {}
        }
        put_number(&mut out, peers.len() as u64);
        for (at, &peer) in peers.iter().enumerate() {
            put_bytes(&mut out, self.graph.peers().name(peer).as_bytes());
            put_number(&mut out, if at == 0 { counter + 1 } else { 0 });
            if at == 0 && counter > 0 {
                let hash = self.chain_hash(author, counter)?.unwrap_or(0);
                out.extend_from_slice(&hash.to_le_bytes());
            }
        }
        out.extend_from_slice(&body);
        end_frame(&mut out, 0);
        Ok(Some(out))
    }

    /// Which of the cells of the insert that made a row is of this field, if one is.
    fn place_in_birth(&self, birth: LocalNumber, field: u32) -> Option<u8> {
        let cells = self.birth_cells(birth)?;
        let place = cells.iter().position(|cell| cell.field() == field)?;
        u8::try_from(place).ok().filter(|&place| place < BY_NAME)
    }

    fn birth_cells(&self, birth: LocalNumber) -> Option<&[ShapeCell]> {
        self.state.births.get(birth).map(|(shape, _)| self.log.shapes.get(shape).1)
    }

    /// Merges a message of one event.
    #[allow(clippy::indexing_slicing)] // `EventForm::read` proved that there is an author, and every peer's number in range.
    pub(crate) fn merge_event(&mut self, mut reader: Reader<'_>, patches: bool) -> Result<MergeResult> {
        self.read_about(&mut reader)?;
        let peers = read_peers(&mut reader)?;
        let form = EventForm::read(&mut reader, &peers)?;
        let author = self.graph.peers().find(peers[0].name);
        if let Some(author) = author {
            self.check_chain(author, form.counter, form.hash)?;
        }
        let made_elsewhere = |(peer, counter): (usize, u64)| {
            let error = Error::invalid_argument("the update was made for a replica that knows more: make a request of your own");
            error.with_event_id(EventId::new(PeerId::of_checked(peers[peer].name), counter))
        };
        let find =
            |&(peer, counter): &(usize, u64)| self.graph.peers().find(peers[peer].name).and_then(|peer| self.graph.find(peer, counter));
        let birth = find(&form.birth).ok_or_else(|| made_elsewhere(form.birth))?;
        let Some((table, row)) = self.born(birth) else {
            return Err(Error::malformed("a row is named by an event that did not insert it"));
        };
        let col = match form.column {
            Column::Name(name) => name,
            Column::Place(place) => {
                let cell = self.birth_cells(birth).and_then(|cells| cells.get(usize::from(place)));
                let (table, column) = self.state.schema.field(cell.ok_or_else(|| Error::malformed("a column is out of range"))?.field());
                self.state.schema.column_name(table, column)
            }
        };
        let next = author.map_or(0, |author| self.graph.next_counter(author));
        let mut parents: Vec<LocalNumber> = form.deps.iter().filter_map(find).collect();
        let name = |peer: usize| PeerId::of_checked(peers[peer].name);
        let waits = !self.waiting.is_empty() && self.waiting.concerns(&EventId::new(name(0), form.counter), 1);
        if form.counter != next || parents.len() < form.deps.len() || waits {
            let rows = self.state.table(table);
            let op = RowOp::Update {
                tbl: self.state.schema.table_name(table).to_owned(),
                row_id: self.state.row_id(rows, row),
                col: col.to_owned(),
                value: Value::from(form.value),
            };
            let deps = form.deps.iter().map(|&(peer, counter)| EventId::new(name(peer), counter)).collect();
            let run =
                EventRun { peer: name(0), counter_start: form.counter, lamport_start: 0, deps, ops: vec![op], tx: vec![], at: vec![] };
            let mut result = self.merge_checked(&[run])?;
            if !patches {
                result.patches = Vec::new();
            }
            return Ok(result);
        }
        let lamport = parents.iter().map(|&parent| self.graph.place(parent).2).max().unwrap_or(0) + 1;
        let before = author.zip(form.counter.checked_sub(1)).and_then(|(author, counter)| self.graph.find(author, counter));
        if before.is_some_and(|before| self.graph.place(before).2 >= lamport) || lamport > COUNTER_MAX {
            return Err(Error::malformed("an event's Lamport time does not rise above its peer's previous one"));
        }
        self.check_merge_room(1, 1)?;
        // From here on nothing can fail.
        parents.sort_unstable();
        let start = self.graph.len();
        let noted = patches || self.subscriptions.any() || self.tracking.is_some();
        if noted {
            self.journal.begin(start);
        }
        let (column, field) = match self.state.schema.column(table, col) {
            Some(column) => (column, self.state.schema.field_of(table, column)),
            None => {
                let col = col.to_owned();
                self.state.schema.intern_column(table, &col)
            }
        };
        let author = match author {
            Some(author) => author,
            None => self.graph.intern(&PeerId::of_checked(peers[0].name)),
        };
        let older = self.graph.all_below(lamport);
        self.graph.push(author, lamport, 1, &parents);
        let value = self.state.arena.pack(form.value);
        let newest = ByTotalOrder::new(&self.graph, older, start);
        self.state.apply(table, row, start + 1, RowOpRef::Update { column, value }, &newest, &mut self.journal);
        self.log.push_update(field, row, value);
        Ok(self.finish_quick(start, noted, patches))
    }
}

impl<'a> EventForm<'a> {
    /// Reads the form, from behind its peers on.
    fn read(reader: &mut Reader<'a>, peers: &[UpdatePeer<'_>]) -> Result<EventForm<'a>> {
        let Some(UpdatePeer { first: Some((counter, hash)), .. }) = peers.first().copied() else {
            return Err(reader.malformed("an event has no author"));
        };
        let count = reader.count(DEPS_MAX, "there are too many deps")?;
        let mut deps = Vec::with_capacity(count);
        for _ in 0..count {
            let dep = read_id(reader, peers.len())?;
            if (dep.0 == 0 && dep.1 >= counter) || deps.contains(&dep) {
                return Err(reader.malformed("an event depends on itself, a later one of its peer, or twice on one"));
            }
            deps.push(dep);
        }
        let birth = read_id(reader, peers.len())?;
        let head = reader.byte()?;
        let column = match head & BY_NAME {
            BY_NAME => Column::Name(reader.name()?),
            place => Column::Place(place),
        };
        let max = crate::limits::VALUE_BYTES_MAX;
        let value = match Tag::from_number(u32::from(head >> COLUMN_BITS)) {
            Tag::Null => ValueRef::Null,
            Tag::Bool => match reader.byte()? {
                0 => ValueRef::Bool(false),
                1 => ValueRef::Bool(true),
                _ => return Err(reader.malformed("a value is out of range")),
            },
            Tag::Int => ValueRef::Int(reader.signed()?),
            Tag::Float => match f64::from_bits(reader.word()?) {
                float if float.is_finite() => ValueRef::Float(float),
                _ => return Err(reader.malformed("a float is not finite")),
            },
            Tag::Str => ValueRef::Str(reader.text(max)?),
            Tag::Bytes => ValueRef::Bytes(reader.bytes(max)?),
            Tag::Absent => return Err(reader.malformed("a value is of no known kind")),
        };
        if reader.left() > 0 {
            return Err(reader.malformed("the event goes on after its end"));
        }
        Ok(EventForm { counter, hash, deps, birth, column, value })
    }
}

fn read_id(reader: &mut Reader<'_>, peers: usize) -> Result<(usize, u64)> {
    let peer = reader.at_most(peers - 1, "a peer is out of range")?;
    let counter = reader.number()?;
    if counter > COUNTER_MAX { Err(reader.malformed("a counter is out of range")) } else { Ok((peer, counter)) }
}
