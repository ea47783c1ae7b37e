//! Replicas in a store, of which one piece was changed, and its checksums made to hold.

use crate::coverage::unseen;
use crate::history::{LONG_ID, Start, Starts, options, update_for};
use crate::{bounded, replicas};
use convergedb::store::{Head, MemoryDisk, MemoryStore, RowPlace, SegmentBytes, Store, Stored, StoredRow};
use convergedb::{CrdtDoc, DocStore, ErrorKind, Opened, Result, Salvage, Value, ValueRef, VersionVector};
use std::sync::OnceLock;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What reading a replica may take, and what may be there at once whatever is done with it then.
const ROOM: usize = 64 << 20;
const USED_ROOM: usize = 10 * ROOM;
/// A record and a row begin with a hash; a record and the parts of a segment end with one.
const HASH_BYTES: usize = 8;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    SegmentHead,
    SegmentRows,
    SegmentOps,
    Record,
    Waiting,
    Chain,
    Row,
    Head,
}

impl Piece {
    const ALL: [Piece; 8] =
        [Piece::SegmentHead, Piece::SegmentRows, Piece::SegmentOps, Piece::Record, Piece::Waiting, Piece::Chain, Piece::Row, Piece::Head];
    const OF_SEGMENT: usize = 3;

    /// The piece that a mode means, and which one, where there are several.
    fn of(mode: u8) -> (Piece, usize) {
        // A full stretch of the log takes thousands of events, so it is tried more seldom; and there is one, so it needs no number.
        let at = match usize::from(mode & 0x1f) {
            at if at < Piece::ALL.len() && (at >= Piece::OF_SEGMENT || mode >> 5 == 0) => at,
            at => Piece::OF_SEGMENT + at % (Piece::ALL.len() - Piece::OF_SEGMENT),
        };
        (Piece::ALL[at], usize::from(mode >> 5))
    }

    fn is_of_segment(self) -> bool {
        Piece::ALL[..Piece::OF_SEGMENT].contains(&self)
    }
}

/// A row as it lies there.
#[derive(Clone)]
struct Row {
    table: u32,
    row: u32,
    id: String,
    place: RowPlace,
    stamps: Vec<u8>,
    cells: Vec<(u32, Value)>,
}

impl Row {
    fn view<T>(&self, each: impl FnOnce(&StoredRow<'_>) -> T) -> T {
        let cells: Vec<(u32, ValueRef<'_>)> = self.cells.iter().map(|(column, value)| (*column, value.as_ref())).collect();
        each(&StoredRow { table: self.table, row: self.row, id: &self.id, place: self.place, stamps: &self.stamps, cells: &cells })
    }

    /// Makes the hash hold, as `core/src/doc/stored/row_form.rs` computes it where every cell that there is is named.
    fn seal(&mut self) {
        let mut hashed = [self.table.to_le_bytes(), self.row.to_le_bytes()].concat();
        number(&mut hashed, self.id.len());
        hashed.extend_from_slice(self.id.as_bytes());
        let body = self.stamps.get(HASH_BYTES..).unwrap_or_default();
        number(&mut hashed, body.len());
        hashed.extend_from_slice(body);
        for (_, value) in &self.cells {
            match value {
                Value::Null => {}
                Value::Bool(value) => hashed.push(u8::from(*value)),
                Value::Int(value) => hashed.extend_from_slice(&value.to_le_bytes()),
                Value::Float(value) => hashed.extend_from_slice(&value.to_bits().to_le_bytes()),
                Value::Str(value) => text(&mut hashed, value.as_bytes()),
                Value::Bytes(value) => text(&mut hashed, value),
            }
        }
        let hash = xxh3_64(&hashed) & !1 | u64::from(self.place == RowPlace::Shown);
        self.stamps.splice(..HASH_BYTES.min(self.stamps.len()), hash.to_le_bytes());
    }

    fn hash(&self) -> u64 {
        u64::from_le_bytes(self.stamps[..HASH_BYTES].try_into().expect("a row begins with its hash"))
    }
}

fn number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn text(out: &mut Vec<u8>, text: &[u8]) {
    number(out, text.len());
    out.extend_from_slice(text);
}

/// Everything that a store has.
#[derive(Clone)]
struct Contents {
    stored: Stored,
    segments: Vec<SegmentBytes>,
    rows: Vec<Row>,
}

impl Contents {
    /// A small history, or a long one.
    fn get(is_long: bool) -> &'static Contents {
        static SMALL: OnceLock<Contents> = OnceLock::new();
        static LONG: OnceLock<Contents> = OnceLock::new();
        if is_long { LONG.get_or_init(|| Contents::make(8_300)) } else { SMALL.get_or_init(|| Contents::make(3)) }
    }

    fn make(updates: i64) -> Contents {
        let disk = MemoryDisk::new();
        let (mut doc, mut kept, _) = open(&disk).expect("an empty store opens");
        let starts = Starts::new();
        let mut alice = starts.make(Start::All);
        let some = starts.make(Start::Some).versions();
        let runs = alice.get_pending(&some).expect("it has its history").runs;
        doc.merge_update(&update_for(&mut alice, &VersionVector::new())).expect("an honest update");
        kept.commit(&mut doc).expect("memory is there");
        doc.insert("todos", "mine", &[("title", "x".into()), ("count", 1.into())]).expect("a good row");
        kept.commit(&mut doc).expect("memory is there");
        for count in 0..updates {
            doc.update("todos", LONG_ID, "count", count).expect("the row shows");
            if count % 500 == 0 {
                kept.commit(&mut doc).expect("memory is there");
            }
        }
        // Some events that wait for one which nobody has.
        let mut waits = runs[0].clone();
        waits.peer = crate::history::peer("zoe");
        waits.counter_start = 5;
        doc.merge_remote(&[waits]).expect("it can wait");
        doc.encode_request().expect("its history is there");
        kept.commit(&mut doc).expect("memory is there");
        kept.close(&doc).expect("memory is there");
        Contents::read(&disk)
    }

    fn read(disk: &MemoryDisk) -> Contents {
        let mut store = MemoryStore::open(disk);
        let stored = store.load().expect("it was just written");
        let segments = stored.segments.iter().map(|segment| store.segment(segment.first).expect("it is there")).collect();
        let mut rows = Vec::new();
        for (table, _) in &stored.tables {
            let mut each = |row: &StoredRow<'_>| {
                let cells = row.cells.iter().map(|(column, value)| (*column, value.to_value())).collect();
                let (id, stamps) = (row.id.to_owned(), row.stamps.to_vec());
                rows.push(Row { table: *table, row: row.row, id, place: row.place, stamps, cells });
                Ok(())
            };
            store.rows(*table, u32::MAX, &mut each).expect("they are there");
        }
        assert!(!stored.waiting.is_empty() && !stored.chains.is_empty() && !stored.records.is_empty());
        Contents { stored, segments, rows }
    }

    fn write(&self) -> MemoryDisk {
        let disk = MemoryDisk::new();
        let mut store = MemoryStore::open(&disk);
        let mut put = || -> Result<()> {
            store.begin()?;
            self.stored.head.iter().try_for_each(|head| store.put_head(head))?;
            self.stored.tables.iter().try_for_each(|(table, name)| store.put_table(*table, name))?;
            self.stored.columns.iter().try_for_each(|(table, column, name)| store.put_column(*table, *column, name))?;
            for (segment, bytes) in self.stored.segments.iter().zip(&self.segments) {
                store.put_segment(segment.first, segment.events, &segment.head, bytes)?;
            }
            self.stored.records.iter().try_for_each(|record| store.put_record(record.first, &record.bytes, record.rows_sum))?;
            self.stored.waiting.iter().try_for_each(|(number, bytes)| store.put_waiting(*number, bytes))?;
            self.stored.chains.iter().try_for_each(|(peer, bytes)| store.put_chain(*peer, bytes))?;
            self.rows.iter().try_for_each(|row| row.view(|row| store.put_row(row, None)))?;
            store.commit().map_err(convergedb::store::CommitError::into_error)
        };
        put().expect("memory is there");
        disk
    }

    /// Records from number `at` on, each of which stands on the one before it.
    fn seal_records(&mut self, at: usize) {
        for at in at..self.stored.records.len() {
            let before = at.checked_sub(1).map(|before| self.stored.records[before].bytes.clone());
            let record = &mut self.stored.records[at];
            if let Some(hash) = before.as_ref().and_then(|before| before.last_chunk::<HASH_BYTES>()) {
                record.bytes.splice(..HASH_BYTES, *hash);
            }
            let end = record.bytes.len() - HASH_BYTES;
            let hash = xxh3_64_with_seed(&record.bytes[..end], u64::from(record.first));
            record.bytes.splice(end.., hash.to_le_bytes());
        }
    }

    /// The piece without its checksums; `number` says which, where there are several.
    fn piece(&self, piece: Piece, number: usize) -> Vec<u8> {
        let cut = |bytes: &[u8], front: usize, end: usize| bytes[front..bytes.len() - end].to_vec();
        match piece {
            Piece::Record => cut(&one(&self.stored.records, number).bytes, HASH_BYTES, HASH_BYTES),
            Piece::SegmentHead => cut(&self.stored.segments[0].head, 0, HASH_BYTES),
            Piece::SegmentRows => cut(&self.segments[0].rows, 0, HASH_BYTES),
            Piece::SegmentOps => cut(&self.segments[0].ops, 0, 4),
            Piece::Waiting => cut(&one(&self.stored.waiting, number).1, 0, 4),
            Piece::Chain => cut(&one(&self.stored.chains, number).1, 0, 4),
            Piece::Row => cut(&one(&self.rows, number).stamps, HASH_BYTES, 0),
            Piece::Head => self.stored.head.as_ref().map_or(Vec::new(), |head| head.peer.clone().into_bytes()),
        }
    }

    fn change(&mut self, piece: Piece, number: usize, bytes: &[u8]) {
        let sealed = |seed: u64| [bytes, &xxh3_64_with_seed(bytes, seed).to_le_bytes()].concat();
        let summed = || [bytes, &(xxh3_64(bytes) as u32).to_le_bytes()].concat();
        match piece {
            Piece::Record => {
                let at = number % self.stored.records.len();
                let record = &mut self.stored.records[at].bytes;
                let end = record.len() - HASH_BYTES;
                record.splice(HASH_BYTES..end, bytes.iter().copied());
                self.seal_records(at);
            }
            Piece::SegmentHead => self.stored.segments[0].head = sealed(0),
            Piece::SegmentRows => self.segments[0].rows = sealed(0),
            Piece::SegmentOps => self.segments[0].ops = summed(),
            Piece::Waiting => {
                let at = number % self.stored.waiting.len();
                self.stored.waiting[at].1 = summed();
            }
            Piece::Chain => {
                let at = number % self.stored.chains.len();
                let (peer, chain) = &mut self.stored.chains[at];
                *chain = [bytes, &(xxh3_64_with_seed(bytes, u64::from(*peer) + 1) as u32).to_le_bytes()].concat();
            }
            Piece::Row => {
                let at = number % self.rows.len();
                let row = &mut self.rows[at];
                row.stamps.splice(HASH_BYTES.., bytes.iter().copied());
                row.seal();
                let sum = self.rows.iter().fold(0u64, |sum, row| sum.wrapping_add(row.hash()));
                self.stored.records.iter_mut().for_each(|record| record.rows_sum = sum);
            }
            Piece::Head => {
                let flag = |bit: usize| bytes.first().is_some_and(|byte| usize::from(*byte) >> bit & 1 == 1);
                let peer = String::from_utf8_lossy(bytes).into_owned();
                let head = self.stored.head.take().unwrap_or_default();
                let (document_given, needs_fresh_peer) = (flag(0), flag(1));
                self.stored.head = Some(Head { peer, document_given, needs_fresh_peer, rows_format: u32::from(!flag(2)), ..head });
            }
        }
    }
}

fn one<T>(list: &[T], number: usize) -> &T {
    &list[number % list.len()]
}

fn open(disk: &MemoryDisk) -> Result<(CrdtDoc, DocStore, Opened)> {
    DocStore::open(MemoryStore::open(disk), false, || options("dave"), |_, _| true)
}

/// Inputs that change nothing.
pub fn seeds() -> Vec<Vec<u8>> {
    let modes = (0..8u8).flat_map(|number| (0..Piece::ALL.len() as u8).map(move |piece| number << 5 | piece));
    let seed = |mode: u8| {
        let (piece, number) = Piece::of(mode);
        [vec![mode], Contents::get(piece.is_of_segment()).piece(piece, number)].concat()
    };
    modes.map(seed).collect()
}

/// Opens a store of which a piece is other than it was, and uses what is there.
pub fn play(data: &[u8]) {
    let Some((&mode, bytes)) = data.split_first() else { return };
    let (piece, number) = Piece::of(mode);
    let disk = unseen(|| {
        let mut contents = Contents::get(piece.is_of_segment()).clone();
        contents.change(piece, number, bytes);
        contents.write()
    });
    bounded(data.len(), || Salvage::read(MemoryStore::open(&disk)), |_| ROOM).expect("what is left can be read");
    match bounded(data.len(), || open(&disk), |_| ROOM) {
        Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}"),
        Ok((doc, kept, _)) if piece.is_of_segment() => bounded(data.len(), || read_all(doc, kept), |_| USED_ROOM),
        Ok((doc, kept, _)) => bounded(data.len(), || go_on(&disk, doc, kept), |_| USED_ROOM),
    }
}

/// What is in segments is read when it is asked for.
fn read_all(doc: CrdtDoc, mut kept: DocStore) {
    let _ = (kept.verify(), doc.digest());
    doc.load_history().err().into_iter().for_each(|error| assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}"));
}

fn go_on(disk: &MemoryDisk, mut doc: CrdtDoc, mut kept: DocStore) {
    let is_sound = kept.verify().is_ok_and(|problems| problems.is_empty()) && doc.check().is_ok();
    let _ = doc.upsert("todos", "1", &[("title", "after".into())]);
    let committed = kept.commit(&mut doc);
    let digest = doc.digest();
    let _ = kept.close(&doc);
    if is_sound {
        committed.expect("memory is there");
        let (again, _, opened) = open(disk).expect("what was kept opens");
        assert!(opened.rebuilt.is_none() && again.digest() == digest, "it is another one when it opens again: {opened:?}");
        replicas::use_decoded(doc);
    } else {
        replicas::use_anyhow(&mut doc);
    }
}
