//! Loro: root map "tbl" -> row map -> scalars. Row handles are cached by the harness (best case for Loro).
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use loro::{ExportMode, LoroDoc, LoroMap, LoroValue, ValueOrContainer, VersionVector};

pub struct Loro {
    doc: LoroDoc,
    tbl: LoroMap,
    rows: Vec<Option<LoroMap>>,
}
impl Loro {
    fn wrap(doc: LoroDoc) -> Self {
        let tbl = doc.get_map("tbl");
        Loro { doc, tbl, rows: vec![] }
    }
    fn row(&mut self, row: u32, key: Key) -> &LoroMap {
        let i = row as usize;
        if self.rows.len() <= i {
            self.rows.resize(i + 1, None)
        }
        let tbl = &self.tbl;
        self.rows[i].get_or_insert_with(|| match tbl.get(key.as_str()) {
            Some(ValueOrContainer::Container(c)) => c.into_map().unwrap(),
            _ => panic!("no row"),
        })
    }
}
fn h(v: &LoroValue) -> u64 {
    match v {
        LoroValue::I64(i) => hash_int(*i),
        LoroValue::Double(f) => hash_float(*f),
        LoroValue::Bool(b) => hash_bool(*b),
        LoroValue::String(s) => hash_str(s),
        _ => 0,
    }
}
impl Engine for Loro {
    type Version = VersionVector;
    const HISTORY: bool = true;
    fn new(peer: u64) -> Self {
        let d = LoroDoc::new();
        d.set_peer_id(peer).unwrap();
        Self::wrap(d)
    }
    fn apply(&mut self, ops: &[Op]) {
        for op in ops {
            match op {
                Op::Set { row, key, col, v } => self.row(*row, *key).insert(COLS[*col as usize], *v).unwrap(),
                Op::Delete { row, key } => {
                    self.tbl.delete(key.as_str()).unwrap();
                    if let Some(x) = self.rows.get_mut(*row as usize) {
                        *x = None
                    }
                }
                Op::Insert { row, key, data } => {
                    let m = self.tbl.insert_container(key.as_str(), LoroMap::new()).unwrap();
                    m.insert(COLS[0], data.s16.as_str()).unwrap();
                    m.insert(COLS[1], data.i).unwrap();
                    m.insert(COLS[2], data.f).unwrap();
                    m.insert(COLS[3], data.b).unwrap();
                    m.insert(COLS[4], data.s32.as_str()).unwrap();
                    let i = *row as usize;
                    if self.rows.len() <= i {
                        self.rows.resize(i + 1, None)
                    }
                    self.rows[i] = Some(m);
                }
            }
        }
        self.doc.commit();
    }
    fn version(&mut self) -> VersionVector {
        self.doc.oplog_vv()
    }
    fn delta_since(&mut self, v: &VersionVector) -> Vec<u8> {
        self.doc.export(ExportMode::updates(v)).unwrap()
    }
    fn import(&mut self, b: &[u8]) {
        self.doc.import(b).unwrap();
    }
    fn import_many(&mut self, bs: &[Vec<u8>]) {
        self.doc.import_batch(bs).unwrap();
    }
    fn save(&mut self) -> Vec<u8> {
        self.doc.export(ExportMode::Snapshot).unwrap()
    }
    fn load(b: &[u8], peer: u64) -> Self {
        let d = LoroDoc::new();
        d.set_peer_id(peer).unwrap();
        d.import(b).unwrap();
        Self::wrap(d)
    }
    fn save_state(&mut self) -> Option<Vec<u8>> {
        Some(self.doc.export(ExportMode::state_only(None)).unwrap())
    }
    fn save_alt(&mut self) -> Option<(&'static str, Vec<u8>)> {
        Some(("all_updates", self.doc.export(ExportMode::all_updates()).unwrap()))
    }
    fn scan(&mut self) -> Digest {
        let mut d = Digest::default();
        self.tbl.for_each(|k, v| {
            let r = row_of(k);
            if let ValueOrContainer::Container(c) = v {
                d.rows += 1;
                c.into_map().unwrap().for_each(|c, v| {
                    if let ValueOrContainer::Value(v) = v {
                        d.cell(r, column_of(c), h(&v))
                    }
                })
            }
        });
        d
    }
    fn scan_alt(&mut self) -> Option<u64> {
        // One call that materialises the whole table.
        match self.tbl.get_deep_value() {
            LoroValue::Map(m) => Some(m.len() as u64),
            _ => None,
        }
    }
}
