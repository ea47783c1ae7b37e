//! converge, through its public API: one table "tbl", names given as text at every call. Peer and document ids are of the shape and
//! length that an application's random ones have.
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use convergedb::{CrdtDoc, DocOptions, PageLimit, Transaction, ValueRef};

pub const TBL: &str = "tbl";
const WHOLE: PageLimit = PageLimit { events: usize::MAX, bytes: usize::MAX };

pub struct Converge {
    pub doc: CrdtDoc,
}

#[inline]
pub fn cells(data: &RowData) -> [(&str, ValueRef<'_>); NCOL] {
    [
        (COLS[0], data.s16.as_str().into()),
        (COLS[1], data.i.into()),
        (COLS[2], data.f.into()),
        (COLS[3], data.b.into()),
        (COLS[4], data.s32.as_str().into()),
    ]
}

fn hash(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Int(value) => hash_int(value),
        ValueRef::Float(value) => hash_float(value),
        ValueRef::Bool(value) => hash_bool(value),
        ValueRef::Str(value) => hash_str(value),
        ValueRef::Null | ValueRef::Bytes(_) => 0,
    }
}

fn apply_one(doc: &mut CrdtDoc, op: &Op) {
    match op {
        Op::Set { key, col, v, .. } => doc.update(TBL, key.as_str(), COLS[*col as usize], *v),
        Op::Insert { key, data, .. } => doc.insert(TBL, key.as_str(), &cells(data)),
        Op::Delete { key, .. } => doc.delete(TBL, key.as_str()),
    }
    .unwrap();
}

fn apply_in(tx: &mut Transaction<'_>, op: &Op) -> convergedb::Result<()> {
    match op {
        Op::Set { key, col, v, .. } => tx.update(TBL, key.as_str(), COLS[*col as usize], *v),
        Op::Insert { key, data, .. } => tx.insert(TBL, key.as_str(), &cells(data)),
        Op::Delete { key, .. } => tx.delete(TBL, key.as_str()),
    }
}

impl Engine for Converge {
    /// A binary sync request: versions with chain hashes.
    type Version = Vec<u8>;
    const HISTORY: bool = true;

    fn new(peer: u64) -> Self {
        Converge { doc: CrdtDoc::new(DocOptions::seeded(peer)) }
    }

    fn apply(&mut self, ops: &[Op]) {
        match ops {
            [op] => apply_one(&mut self.doc, op),
            ops => drop(self.doc.transaction(None, |tx| ops.iter().try_for_each(|op| apply_in(tx, op))).unwrap()),
        }
    }

    fn version(&mut self) -> Vec<u8> {
        self.doc.encode_request().unwrap()
    }

    fn delta_since(&mut self, version: &Vec<u8>) -> Vec<u8> {
        let page = self.doc.encode_pending_page(version, WHOLE).unwrap();
        assert!(!page.has_more);
        page.bytes
    }

    fn import(&mut self, delta: &[u8]) {
        self.doc.merge_update_quiet(delta).unwrap();
    }

    fn save(&mut self) -> Vec<u8> {
        self.doc.encode_replica().expect("all of it is in memory")
    }

    fn load(bytes: &[u8], peer: u64) -> Self {
        Converge { doc: CrdtDoc::decode_replica(bytes, DocOptions::seeded(peer)).unwrap() }
    }

    fn load_owned(bytes: Vec<u8>, peer: u64) -> Option<Self> {
        Some(Converge { doc: CrdtDoc::decode_replica_owned(bytes, DocOptions::seeded(peer)).unwrap() })
    }

    fn load_history(&mut self) -> bool {
        self.doc.load_history().unwrap();
        true
    }

    fn save_state(&mut self) -> Option<Vec<u8>> {
        Some(self.doc.encode_state().unwrap())
    }

    fn scan(&mut self) -> Digest {
        let mut digest = Digest::default();
        // Columns come by number, in the order in which the table got them.
        let mut columns = vec![0; self.doc.columns(TBL).len()];
        if let Some(row) = self.doc.rows(TBL).next() {
            columns = (0..columns.len()).map(|column| column_of(row.column_name(column as u32))).collect();
        }
        self.doc.rows(TBL).for_each(|row| {
            digest.rows += 1;
            let number = row_of(&row.id());
            row.cells_unsorted().for_each(|(column, value)| digest.cell(number, columns[column as usize], hash(value)));
        });
        digest
    }

    fn scan_alt(&mut self) -> Option<u64> {
        // In the order of the row ids, columns by name: what a page of a table view reads.
        let mut rows = 0;
        let mut digest = Digest::default();
        for row in self.doc.scan(TBL, convergedb::RowRange::all()) {
            rows += 1;
            for (column, value) in row.cells() {
                digest.cell(0, column_of(column), hash(value));
            }
        }
        std::hint::black_box(digest);
        Some(rows)
    }

    fn peer_name_bytes(&self, delta: &[u8]) -> Option<usize> {
        let versions = self.doc.versions();
        let count = |name: &str| delta.windows(name.len()).filter(|bytes| *bytes == name.as_bytes()).count() * name.len();
        Some(versions.iter().map(|(peer, _)| count(peer)).sum())
    }
}
