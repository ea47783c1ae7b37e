//! diamond-types-extended (a fork of diamond-types with maps). Deletes are `set_nil`; the wire form is
//! its serde `SerializedOps` through postcard (the crate fixes no binary format).
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use diamond_types_extended::{CrdtId, Document, Frontier, RemoteFrontier, SerializedOpsOwned, Uuid, Value};

pub struct Dt {
    doc: Document,
    agent: diamond_types_extended::AgentId,
    tbl: Option<CrdtId>,
    rows: Vec<Option<CrdtId>>,
}
fn h(v: &Value) -> Option<u64> {
    Some(match v {
        Value::Int(i) => hash_int(*i),
        Value::Float(f) => hash_float(**f),
        Value::Bool(b) => hash_bool(*b),
        Value::Str(s) => hash_str(s),
        _ => return None,
    })
}
impl Dt {
    fn map_id(&self, path: Option<&str>, k: &str) -> Option<CrdtId> {
        let v = match path {
            None => self.doc.root().get(k),
            Some(t) => self.doc.root().get_map(t)?.get(k),
        };
        match v {
            Some(Value::Map(id)) => Some(id),
            _ => None,
        }
    }
}
impl Engine for Dt {
    type Version = RemoteFrontier;
    const HISTORY: bool = true;
    fn new(peer: u64) -> Self {
        let mut doc = Document::new();
        let agent = doc.create_agent(Uuid::from_u128(peer as u128 + 1));
        Dt { doc, agent, tbl: None, rows: vec![] }
    }
    fn apply(&mut self, ops: &[Op]) {
        if self.tbl.is_none() {
            self.tbl = self.map_id(None, "tbl");
        }
        for op in ops {
            let (Op::Set { row, key, .. } | Op::Insert { row, key, .. } | Op::Delete { row, key }) = op;
            let i = *row as usize;
            if self.rows.len() <= i {
                self.rows.resize(i + 1, None)
            }
            if matches!(op, Op::Set { .. }) && self.rows[i].is_none() {
                self.rows[i] = self.map_id(Some("tbl"), key.as_str());
            }
        }
        let Dt { doc, agent, tbl, rows } = self;
        doc.transact(*agent, |t| {
            let tbl = *tbl.get_or_insert_with(|| t.root().create_map("tbl"));
            for op in ops {
                match op {
                    Op::Set { row, col, v, .. } => t.map_by_id(rows[*row as usize].unwrap()).set(COLS[*col as usize], *v),
                    Op::Delete { row, key } => {
                        t.map_by_id(tbl).set_nil(key.as_str());
                        rows[*row as usize] = None
                    }
                    Op::Insert { row, key, data: d } => {
                        let id = t.map_by_id(tbl).create_map(key.as_str());
                        rows[*row as usize] = Some(id);
                        let mut m = t.map_by_id(id);
                        m.set(COLS[0], d.s16.as_str());
                        m.set(COLS[1], d.i);
                        m.set(COLS[2], d.f);
                        m.set(COLS[3], d.b);
                        m.set(COLS[4], d.s32.as_str());
                    }
                }
            }
        });
    }
    fn version(&mut self) -> RemoteFrontier {
        self.doc.remote_version()
    }
    fn delta_since(&mut self, v: &RemoteFrontier) -> Vec<u8> {
        postcard::to_stdvec(&self.doc.ops_since_remote(v)).unwrap()
    }
    fn import(&mut self, b: &[u8]) {
        let o: SerializedOpsOwned = postcard::from_bytes(b).unwrap();
        self.doc.merge_ops(o).unwrap();
    }
    fn save(&mut self) -> Vec<u8> {
        postcard::to_stdvec(&self.doc.ops_since(&Frontier::root())).unwrap()
    }
    fn load(b: &[u8], peer: u64) -> Self {
        let mut e = Self::new(peer);
        e.import(b);
        e
    }
    fn scan(&mut self) -> Digest {
        let mut d = Digest::default();
        let root = self.doc.root();
        let Some(t) = root.get_map("tbl") else { return d };
        for (k, v) in t.iter() {
            if !matches!(v, Value::Map(_)) {
                continue;
            }
            d.rows += 1;
            let r = row_of(k);
            for (c, v) in t.get_map(k).unwrap().iter() {
                if let Some(h) = h(&v) {
                    d.cell(r, column_of(c), h)
                }
            }
        }
        d
    }
}
