//! Plain SQLite in memory: no CRDT, no history. The table read/write path users compare with.
use crate::digest::*;
use crate::engine::Engine;
use crate::model::*;
use rusqlite::{Connection, params, types::ValueRef};

pub struct Sqlite {
    c: Connection,
}
pub(super) const UPD: [&str; NCOL] = [
    "UPDATE tbl SET c0=?2 WHERE id=?1",
    "UPDATE tbl SET c1=?2 WHERE id=?1",
    "UPDATE tbl SET c2=?2 WHERE id=?1",
    "UPDATE tbl SET c3=?2 WHERE id=?1",
    "UPDATE tbl SET c4=?2 WHERE id=?1",
];
impl Sqlite {
    fn open() -> Connection {
        let c = Connection::open_in_memory().unwrap();
        c.execute_batch("CREATE TABLE tbl(id INTEGER PRIMARY KEY, c0,c1,c2,c3,c4)").unwrap();
        c.set_prepared_statement_cache_capacity(32);
        c
    }
}
impl Engine for Sqlite {
    type Version = ();
    const HISTORY: bool = false;
    const SYNC: bool = false;
    fn new(_: u64) -> Self {
        Sqlite { c: Self::open() }
    }
    fn apply(&mut self, ops: &[Op]) {
        // A single statement commits by itself: BEGIN and COMMIT around it would be parsed each time.
        let tx = (ops.len() > 1).then(|| self.c.unchecked_transaction().unwrap());
        for op in ops {
            match op {
                Op::Set { row, col, v, .. } => self.c.prepare_cached(UPD[*col as usize]).unwrap().execute(params![row, v]).unwrap(),
                Op::Delete { row, .. } => self.c.prepare_cached("DELETE FROM tbl WHERE id=?1").unwrap().execute([row]).unwrap(),
                Op::Insert { row, data: d, .. } => self
                    .c
                    .prepare_cached("INSERT INTO tbl VALUES(?1,?2,?3,?4,?5,?6)")
                    .unwrap()
                    .execute(params![row, d.s16, d.i, d.f, d.b, d.s32])
                    .unwrap(),
            };
        }
        if let Some(tx) = tx {
            tx.commit().unwrap();
        }
    }
    fn version(&mut self) {}
    fn delta_since(&mut self, _: &()) -> Vec<u8> {
        vec![]
    }
    fn import(&mut self, _: &[u8]) {}
    fn save(&mut self) -> Vec<u8> {
        self.c.serialize("main").unwrap().to_vec()
    }
    fn load(b: &[u8], _: u64) -> Self {
        let mut c = Connection::open_in_memory().unwrap();
        c.deserialize_read_exact("main", b, b.len(), false).unwrap();
        Sqlite { c }
    }
    fn scan(&mut self) -> Digest {
        scan_table(&self.c)
    }
}
pub(super) fn scan_table(c: &Connection) -> Digest {
    let mut d = Digest::default();
    let mut s = c.prepare_cached("SELECT id,c0,c1,c2,c3,c4 FROM tbl").unwrap();
    let mut rows = s.query([]).unwrap();
    while let Some(r) = rows.next().unwrap() {
        d.rows += 1;
        let id: u32 = r.get_unwrap(0);
        for c in 0..NCOL {
            let h = match r.get_ref_unwrap(c + 1) {
                ValueRef::Integer(i) if c == 3 && (i == 0 || i == 1) => hash_bool(i != 0),
                ValueRef::Integer(i) => hash_int(i),
                ValueRef::Real(f) => hash_float(f),
                ValueRef::Text(t) => hash_str(unsafe { std::str::from_utf8_unchecked(t) }),
                _ => 0,
            };
            d.cell(id, c, h)
        }
    }
    d
}
