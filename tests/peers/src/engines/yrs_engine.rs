//! yrs. `Yrs<false>` is the default (overwritten values are garbage collected: NO history);
//! `Yrs<true>` sets skip_gc, which keeps overwritten values.
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use std::sync::Arc;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, Map, MapPrelim, MapRef, Number, Options, Out, ReadTxn, StateVector, Transact, Update};

pub struct Yrs<const HIST: bool> {
    doc: Doc,
    tbl: MapRef,
    cols: [Arc<str>; NCOL],
    rows: Vec<Option<MapRef>>,
}
fn h(v: &Any) -> u64 {
    match v {
        Any::Number(Number::Int(i)) => hash_int(*i),
        Any::Number(Number::Float(f)) => hash_float(*f),
        Any::Bool(b) => hash_bool(*b),
        Any::String(s) => hash_str(s),
        _ => 0,
    }
}
impl<const HIST: bool> Engine for Yrs<HIST> {
    type Version = StateVector;
    const HISTORY: bool = HIST;
    fn new(peer: u64) -> Self {
        let mut o = Options::with_client_id(yrs::block::ClientID::new(peer));
        o.skip_gc = HIST;
        let doc = Doc::with_options(o);
        let tbl = doc.get_or_insert_map("tbl");
        Yrs { doc, tbl, cols: COLS.map(Arc::from), rows: vec![] }
    }
    fn apply(&mut self, ops: &[Op]) {
        let mut t = self.doc.transact_mut();
        for op in ops {
            let (Op::Set { row, .. } | Op::Insert { row, .. } | Op::Delete { row, .. }) = op;
            let i = *row as usize;
            if self.rows.len() <= i {
                self.rows.resize(i + 1, None)
            }
            match op {
                Op::Set { key, col, v, .. } => {
                    let tbl = &self.tbl;
                    let m = self.rows[i].get_or_insert_with(|| match tbl.get(&t, key.as_str()) {
                        Some(Out::YMap(m)) => m,
                        _ => panic!("no row"),
                    });
                    m.insert(&mut t, self.cols[*col as usize].clone(), Any::Number(Number::Int(*v)));
                }
                Op::Delete { key, .. } => {
                    self.tbl.remove(&mut t, key.as_str());
                    self.rows[i] = None
                }
                Op::Insert { key, data, .. } => {
                    let m = self.tbl.insert(&mut t, key.as_str(), MapPrelim::default());
                    m.insert(&mut t, self.cols[0].clone(), Any::from(data.s16.as_str()));
                    m.insert(&mut t, self.cols[1].clone(), Any::Number(Number::Int(data.i)));
                    m.insert(&mut t, self.cols[2].clone(), Any::Number(Number::Float(data.f)));
                    m.insert(&mut t, self.cols[3].clone(), Any::Bool(data.b));
                    m.insert(&mut t, self.cols[4].clone(), Any::from(data.s32.as_str()));
                    self.rows[i] = Some(m)
                }
            }
        }
    }
    fn version(&mut self) -> StateVector {
        self.doc.transact().state_vector()
    }
    fn delta_since(&mut self, v: &StateVector) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(v)
    }
    fn import(&mut self, b: &[u8]) {
        let u = Update::decode_v1(b).unwrap();
        self.doc.transact_mut().apply_update(u).unwrap()
    }
    fn import_many(&mut self, bs: &[Vec<u8>]) {
        let mut t = self.doc.transact_mut();
        for b in bs {
            t.apply_update(Update::decode_v1(b).unwrap()).unwrap()
        }
    }
    fn save(&mut self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }
    fn load(b: &[u8], peer: u64) -> Self {
        let mut e = Self::new(peer);
        e.import(b);
        e
    }
    fn save_alt(&mut self) -> Option<(&'static str, Vec<u8>)> {
        Some(("v2", self.doc.transact().encode_state_as_update_v2(&StateVector::default())))
    }
    fn load_alt(b: &[u8], peer: u64) -> Option<Self> {
        let e = Self::new(peer);
        e.doc.transact_mut().apply_update(Update::decode_v2(b).unwrap()).unwrap();
        Some(e)
    }
    fn scan(&mut self) -> Digest {
        let t = self.doc.transact();
        let mut d = Digest::default();
        for (k, v) in self.tbl.iter(&t) {
            if let Out::YMap(m) = v {
                d.rows += 1;
                let r = row_of(k);
                for (c, v) in m.iter(&t) {
                    if let Out::Any(a) = v {
                        d.cell(r, column_of(c), h(&a))
                    }
                }
            }
        }
        d
    }
}
