use super::{FileTable, INDEXED, SqlTable};
use crate::digest::*;
use crate::engines::converge_engine::{TBL, cells};
use crate::model::*;
use convergedb::api::{Doc, Durability, OpenOptions, Transaction};
use convergedb::store::QueryLimits;
use convergedb::{Result, Value, ValueRef};
use std::path::Path;

/// A document in a file, through the door that bindings use.
pub struct ConvergeFile(Doc);

/// `Doc::query`.
pub struct Query(Doc);

fn apply_in(tx: &Transaction, op: &Op) -> Result<()> {
    match op {
        Op::Set { key, col, v, .. } => tx.update(TBL, key.as_str(), COLS[*col as usize], *v),
        Op::Insert { key, data, .. } => tx.insert(TBL, key.as_str(), &cells(data)),
        Op::Delete { key, .. } => tx.delete(TBL, key.as_str()),
    }
}

fn hash(column: usize, value: ValueRef<'_>) -> u64 {
    match value {
        // SQLite has no Bool.
        ValueRef::Int(value @ 0..=1) if column == 3 => hash_bool(value != 0),
        ValueRef::Int(value) => hash_int(value),
        ValueRef::Float(value) => hash_float(value),
        ValueRef::Bool(value) => hash_bool(value),
        ValueRef::Str(value) => hash_str(value),
        ValueRef::Null | ValueRef::Bytes(_) => 0,
    }
}

impl FileTable for ConvergeFile {
    const NAME: &'static str = "converge";
    type Reader = Query;

    fn open(path: &Path, durable: bool) -> Self {
        let durability = if durable { Durability::Full } else { Durability::Relaxed };
        ConvergeFile(Doc::open(path, OpenOptions::new().durability(durability)).unwrap())
    }

    fn apply(&mut self, ops: &[Op]) {
        match ops {
            [Op::Set { key, col, v, .. }] => drop(self.0.update(TBL, key.as_str(), COLS[*col as usize], *v).unwrap()),
            ops => drop(self.0.transaction(None, |tx| ops.iter().try_for_each(|op| apply_in(tx, op))).unwrap()),
        }
    }

    fn read_all(&mut self) -> u64 {
        let read = |doc: &convergedb::CrdtDoc| {
            let mut digest = Digest::default();
            for row in doc.rows(TBL) {
                digest.rows += 1;
                row.cells_unsorted().for_each(|(column, value)| digest.cell(0, column as usize, hash(column as usize, value)));
            }
            std::hint::black_box(digest).rows
        };
        self.0.with(read).unwrap()
    }

    fn create_index(&mut self) {
        self.0.create_index(TBL, &[INDEXED]).unwrap();
    }

    fn reader(&mut self) -> Query {
        Query(self.0.clone())
    }

    fn compact(&mut self) {
        self.0.compact().unwrap();
    }

    fn close(self) {
        self.0.close().unwrap();
    }
}

impl Query {
    fn run(&self, rest: &str, parameters: &[ValueRef<'_>]) -> Digest {
        let sql = format!("SELECT row_id, c0, c1, c2, c3, c4 FROM {TBL}{rest}");
        let found = self.0.query(&sql, parameters, QueryLimits::default()).unwrap();
        let mut digest = Digest::default();
        for row in &found.rows {
            let [Value::Str(name), cells @ ..] = &row[..] else { unreachable!("a row has a name") };
            digest.rows += 1;
            for (column, value) in cells.iter().enumerate() {
                digest.cell(row_of(name), column, hash(column, value.as_ref()));
            }
        }
        digest
    }
}

impl SqlTable for Query {
    fn scan(&mut self) -> Digest {
        self.run("", &[])
    }

    fn find(&mut self, value: i64) -> u64 {
        self.run(" WHERE c1=?1", &[value.into()]).rows
    }

    fn get(&mut self, key: &Key) -> u64 {
        self.run(" WHERE row_id=?1", &[key.as_str().into()]).rows
    }
}
