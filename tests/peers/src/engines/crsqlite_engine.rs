//! cr-sqlite (vlcn) as a loadable extension over bundled SQLite, in memory. $CRSQLITE_SO names the library.
//! It keeps the newest value and clock per cell, so: no history. A delta is the rows of `crsql_changes`
//! this site wrote since a db_version, in our own framing (cr-sqlite leaves the wire form to the user).
use super::sqlite_engine::{UPD, scan_table};
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use rusqlite::{Connection, params, types::Value, types::ValueRef};
use std::collections::HashMap;

pub struct Crs {
    c: Connection,
    site: Vec<u8>,
    seen: HashMap<Vec<u8>, i64>,
}
fn put_val(o: &mut Vec<u8>, v: ValueRef<'_>) {
    let mut bytes = |t: u8, b: &[u8]| {
        o.push(t);
        o.extend_from_slice(&(b.len() as u32).to_le_bytes());
        o.extend_from_slice(b)
    };
    match v {
        ValueRef::Null => o.push(0),
        ValueRef::Integer(i) => {
            // short ints, so that the byte counts compare with varint engines
            let z = ((i << 1) ^ (i >> 63)) as u64;
            let n = (8 - z.leading_zeros() as usize / 8).max(1);
            o.push(8 + n as u8);
            o.extend_from_slice(&z.to_le_bytes()[..n])
        }
        ValueRef::Real(f) => {
            o.push(2);
            o.extend_from_slice(&f.to_le_bytes())
        }
        ValueRef::Text(t) => bytes(3, t),
        ValueRef::Blob(b) => bytes(4, b),
    }
}
fn get_val(b: &[u8], p: &mut usize) -> Value {
    let t = b[*p];
    *p += 1;
    match t {
        0 => Value::Null,
        2 => {
            *p += 8;
            Value::Real(f64::from_le_bytes(b[*p - 8..*p].try_into().unwrap()))
        }
        3 | 4 => {
            let n = u32::from_le_bytes(b[*p..*p + 4].try_into().unwrap()) as usize;
            *p += 4 + n;
            let s = b[*p - n..*p].to_vec();
            if t == 3 { Value::Text(String::from_utf8(s).unwrap()) } else { Value::Blob(s) }
        }
        t => {
            let n = t as usize - 8;
            let mut z = [0u8; 8];
            z[..n].copy_from_slice(&b[*p..*p + n]);
            *p += n;
            let z = u64::from_le_bytes(z);
            Value::Integer((z >> 1) as i64 ^ -((z & 1) as i64))
        }
    }
}
impl Crs {
    fn changes(&self, cond: &str, args: impl rusqlite::Params) -> Vec<u8> {
        // Column values repeat across a delta: table / cid / site_id are written once per change of value.
        let mut o = vec![];
        let sql = format!("SELECT \"table\",cid,site_id,pk,val,col_version,db_version,cl,seq FROM crsql_changes WHERE {cond}");
        let mut st = self.c.prepare_cached(&sql).unwrap();
        let mut rows = st.query(args).unwrap();
        let mut last: [Vec<u8>; 3] = Default::default();
        while let Some(r) = rows.next().unwrap() {
            let at = o.len();
            o.push(0);
            for i in 0..3 {
                let mut x = vec![];
                put_val(&mut x, r.get_ref_unwrap(i));
                if x != last[i] {
                    o[at] |= 1 << i;
                    o.extend_from_slice(&x);
                    last[i] = x
                }
            }
            for i in 3..9 {
                put_val(&mut o, r.get_ref_unwrap(i))
            }
        }
        o
    }
}
impl Drop for Crs {
    fn drop(&mut self) {
        let _ = self.c.prepare("SELECT crsql_finalize()").and_then(|mut s| s.query_row([], |_| Ok(())));
    }
}
impl Engine for Crs {
    type Version = HashMap<Vec<u8>, i64>;
    const HISTORY: bool = false;
    fn new(_: u64) -> Self {
        let c = Connection::open_in_memory().unwrap();
        let so = std::env::var("CRSQLITE_SO").expect("CRSQLITE_SO");
        unsafe {
            c.load_extension_enable().unwrap();
            c.load_extension(so, Some("sqlite3_crsqlite_init")).unwrap();
        }
        c.set_prepared_statement_cache_capacity(32);
        c.execute_batch("CREATE TABLE tbl(id INTEGER PRIMARY KEY NOT NULL, c0,c1,c2,c3,c4)").unwrap();
        c.query_row("SELECT crsql_as_crr('tbl')", [], |_| Ok(())).unwrap();
        let site = c.query_row("SELECT crsql_site_id()", [], |r| r.get(0)).unwrap();
        Crs { c, site, seen: HashMap::new() }
    }
    fn apply(&mut self, ops: &[Op]) {
        let tx = self.c.unchecked_transaction().unwrap();
        for op in ops {
            match op {
                Op::Set { row, col, v, .. } => tx.prepare_cached(UPD[*col as usize]).unwrap().execute(params![row, v]).unwrap(),
                Op::Delete { row, .. } => tx.prepare_cached("DELETE FROM tbl WHERE id=?1").unwrap().execute([row]).unwrap(),
                Op::Insert { row, data: d, .. } => tx
                    .prepare_cached("INSERT INTO tbl VALUES(?1,?2,?3,?4,?5,?6)")
                    .unwrap()
                    .execute(params![row, d.s16, d.i, d.f, d.b, d.s32])
                    .unwrap(),
            };
        }
        tx.commit().unwrap();
    }
    fn version(&mut self) -> Self::Version {
        let now = self.c.prepare_cached("SELECT crsql_db_version()").unwrap().query_row([], |r| r.get(0)).unwrap();
        let mut v = self.seen.clone();
        v.insert(self.site.clone(), now);
        v
    }
    fn delta_since(&mut self, v: &Self::Version) -> Vec<u8> {
        let since = v.get(&self.site).copied().unwrap_or(0);
        let now: i64 = self.c.prepare_cached("SELECT crsql_db_version()").unwrap().query_row([], |r| r.get(0)).unwrap();
        let mut o = now.to_le_bytes().to_vec();
        o.extend_from_slice(&self.site);
        o.extend(self.changes("site_id = crsql_site_id() AND db_version > ?1", [since]));
        o
    }
    fn import(&mut self, b: &[u8]) {
        let now = i64::from_le_bytes(b[..8].try_into().unwrap());
        self.seen.insert(b[8..24].to_vec(), now);
        let mut p = 24;
        let mut last = [Value::Null, Value::Null, Value::Null];
        let tx = self.c.unchecked_transaction().unwrap();
        {
            let mut st = tx
                .prepare_cached("INSERT INTO crsql_changes(\"table\",cid,site_id,pk,val,col_version,db_version,cl,seq) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")
                .unwrap();
            while p < b.len() {
                let m = b[p];
                p += 1;
                for (i, l) in last.iter_mut().enumerate() {
                    if m >> i & 1 == 1 {
                        *l = get_val(b, &mut p)
                    }
                }
                for (i, l) in last.iter().enumerate() {
                    st.raw_bind_parameter(i + 1, l).unwrap()
                }
                for i in 4..10 {
                    let v = get_val(b, &mut p);
                    st.raw_bind_parameter(i, &v).unwrap()
                }
                st.raw_execute().unwrap();
            }
        }
        tx.commit().unwrap();
    }
    fn save(&mut self) -> Vec<u8> {
        let now: i64 = self.c.query_row("SELECT crsql_db_version()", [], |r| r.get(0)).unwrap();
        let mut o = now.to_le_bytes().to_vec();
        o.extend_from_slice(&self.site);
        o.extend(self.changes("1", []));
        o
    }
    fn load(b: &[u8], peer: u64) -> Self {
        let mut e = Self::new(peer);
        e.import(b);
        e
    }
    fn scan(&mut self) -> Digest {
        scan_table(&self.c)
    }
}
