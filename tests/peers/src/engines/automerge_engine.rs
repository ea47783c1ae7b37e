//! Automerge (the `Automerge` type, manual transactions, no patch log). Row ObjIds are cached.
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use automerge::{
    ActorId, Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef, transaction::Transactable,
};

pub struct Am {
    doc: Automerge,
    tbl: Option<ObjId>,
    rows: Vec<Option<ObjId>>,
}
fn find(doc: &impl ReadDoc, o: &ObjId, k: &str) -> Option<ObjId> {
    match doc.get(o, k).unwrap() {
        Some((Value::Object(_), id)) => Some(id),
        _ => None,
    }
}
fn h(v: &ScalarValueRef<'_>) -> u64 {
    match v {
        ScalarValueRef::Int(i) => hash_int(*i),
        ScalarValueRef::F64(f) => hash_float(*f),
        ScalarValueRef::Boolean(b) => hash_bool(*b),
        ScalarValueRef::Str(s) => hash_str(s),
        _ => 0,
    }
}
impl Am {
    fn wrap(doc: Automerge) -> Self {
        let tbl = find(&doc, &ROOT, "tbl");
        Am { doc, tbl, rows: vec![] }
    }
}
impl Engine for Am {
    type Version = Vec<ChangeHash>;
    const HISTORY: bool = true;
    fn new(peer: u64) -> Self {
        Self::wrap(Automerge::new().with_actor(ActorId::from(peer.to_be_bytes().as_slice())))
    }
    fn apply(&mut self, ops: &[Op]) {
        let Am { doc, tbl, rows } = self;
        let mut t = doc.transaction();
        let tbl = tbl.get_or_insert_with(|| t.put_object(&ROOT, "tbl", ObjType::Map).unwrap());
        for op in ops {
            let (Op::Set { row, .. } | Op::Insert { row, .. } | Op::Delete { row, .. }) = op;
            let i = *row as usize;
            if rows.len() <= i {
                rows.resize(i + 1, None)
            }
            match op {
                Op::Set { key, col, v, .. } => {
                    let o = rows[i].get_or_insert_with(|| find(&t, tbl, key.as_str()).unwrap());
                    t.put(&*o, COLS[*col as usize], *v).unwrap()
                }
                Op::Delete { key, .. } => {
                    t.delete(&*tbl, key.as_str()).unwrap();
                    rows[i] = None
                }
                Op::Insert { key, data, .. } => {
                    let o = t.put_object(&*tbl, key.as_str(), ObjType::Map).unwrap();
                    t.put(&o, COLS[0], data.s16.as_str()).unwrap();
                    t.put(&o, COLS[1], data.i).unwrap();
                    t.put(&o, COLS[2], data.f).unwrap();
                    t.put(&o, COLS[3], data.b).unwrap();
                    t.put(&o, COLS[4], data.s32.as_str()).unwrap();
                    rows[i] = Some(o)
                }
            }
        }
        t.commit();
    }
    fn version(&mut self) -> Self::Version {
        self.doc.get_heads()
    }
    fn delta_since(&mut self, v: &Self::Version) -> Vec<u8> {
        self.doc.save_after(v)
    }
    fn import(&mut self, b: &[u8]) {
        self.doc.load_incremental(b).unwrap();
    }
    fn save(&mut self) -> Vec<u8> {
        self.doc.save()
    }
    fn load(b: &[u8], peer: u64) -> Self {
        Self::wrap(Automerge::load(b).unwrap().with_actor(ActorId::from(peer.to_be_bytes().as_slice())))
    }
    fn save_alt(&mut self) -> Option<(&'static str, Vec<u8>)> {
        Some(("nocompress", self.doc.save_nocompress()))
    }
    fn load_alt(b: &[u8], _peer: u64) -> Option<Self> {
        Some(Self::wrap(Automerge::load_unverified_heads(b).unwrap()))
    }
    fn scan(&mut self) -> Digest {
        let mut d = Digest::default();
        for it in self.doc.map_range(self.tbl.as_ref().unwrap(), ..) {
            d.rows += 1;
            let r = row_of(&it.key);
            for c in self.doc.map_range(it.id(), ..) {
                if let ValueRef::Scalar(v) = &c.value {
                    d.cell(r, column_of(&c.key), h(v))
                }
            }
        }
        d
    }
    fn scan_alt(&mut self) -> Option<u64> {
        match self.doc.hydrate(None) {
            automerge::hydrate::Value::Map(m) => match m.get("tbl") {
                Some(automerge::hydrate::Value::Map(t)) => Some(t.iter().count() as u64),
                _ => None,
            },
            _ => None,
        }
    }
}
