use super::{FileTable, INDEXED, SqlTable};
use crate::digest::*;
use crate::model::*;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Params, params};
use std::path::{Path, PathBuf};

/// Plain SQLite: one table with the same columns, rows found by the same text; no CRDT, no history.
pub struct SqliteFile {
    path: PathBuf,
    connection: Connection,
}

/// A connection that reads, and the statements it does it by.
pub struct Reader {
    connection: Connection,
    name: &'static str,
}

const UPDATES: [&str; NCOL] = [
    "UPDATE tbl SET c0=?2 WHERE id=?1",
    "UPDATE tbl SET c1=?2 WHERE id=?1",
    "UPDATE tbl SET c2=?2 WHERE id=?1",
    "UPDATE tbl SET c3=?2 WHERE id=?1",
    "UPDATE tbl SET c4=?2 WHERE id=?1",
];

impl SqliteFile {
    fn apply_one(&self, op: &Op) {
        let sql = match op {
            Op::Set { col, .. } => UPDATES[*col as usize],
            Op::Insert { .. } => "INSERT INTO tbl VALUES(?1,?2,?3,?4,?5,?6)",
            Op::Delete { .. } => "DELETE FROM tbl WHERE id=?1",
        };
        let mut statement = self.connection.prepare_cached(sql).unwrap();
        let changed = match op {
            Op::Set { key, v, .. } => statement.execute(params![key.as_str(), v]),
            Op::Insert { key, data: d, .. } => statement.execute(params![key.as_str(), d.s16, d.i, d.f, d.b, d.s32]),
            Op::Delete { key, .. } => statement.execute([key.as_str()]),
        };
        assert_eq!(changed.unwrap(), 1);
    }

    fn execute(&self, sql: &str) {
        self.connection.prepare_cached(sql).unwrap().execute([]).unwrap();
    }
}

impl FileTable for SqliteFile {
    const NAME: &'static str = "sqlite-table";
    type Reader = Reader;

    fn open(path: &Path, durable: bool) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.set_prepared_statement_cache_capacity(32);
        let synchronous = if durable { "FULL" } else { "NORMAL" };
        let set = format!("PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};");
        connection.execute_batch(&set).unwrap();
        connection.execute_batch("CREATE TABLE IF NOT EXISTS tbl(id TEXT PRIMARY KEY, c0, c1, c2, c3, c4)").unwrap();
        SqliteFile { path: path.to_owned(), connection }
    }

    fn apply(&mut self, ops: &[Op]) {
        if let [op] = ops {
            return self.apply_one(op);
        }
        self.execute("BEGIN IMMEDIATE");
        ops.iter().for_each(|op| self.apply_one(op));
        self.execute("COMMIT");
    }

    fn read_all(&mut self) -> u64 {
        scan(&self.connection, "SELECT id, c0, c1, c2, c3, c4 FROM tbl", []).rows
    }

    fn create_index(&mut self) {
        self.connection.execute_batch(&format!("CREATE INDEX by_number ON tbl({INDEXED})")).unwrap();
    }

    fn reader(&mut self) -> Reader {
        Reader { connection: read_only(&self.path), name: "id" }
    }

    fn compact(&mut self) {
        self.connection.execute_batch("VACUUM").unwrap();
    }

    /// The last connection to go moves the write-ahead log into the file.
    fn close(self) {
        self.connection.close().unwrap();
    }
}

fn read_only(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).unwrap()
}

impl Reader {
    /// Another program that reads converge's file, beside its writer.
    pub fn beside(path: &Path) -> Reader {
        Reader { connection: read_only(path), name: "row_id" }
    }

    fn run(&self, rest: &str, parameters: impl Params) -> Digest {
        scan(&self.connection, &format!("SELECT {}, c0, c1, c2, c3, c4 FROM tbl{rest}", self.name), parameters)
    }
}

impl SqlTable for Reader {
    fn scan(&mut self) -> Digest {
        self.run("", [])
    }

    fn find(&mut self, value: i64) -> u64 {
        self.run(" WHERE c1=?1", [value]).rows
    }

    fn get(&mut self, key: &Key) -> u64 {
        self.run(&format!(" WHERE {}=?1", self.name), [key.as_str()]).rows
    }
}

fn scan(connection: &Connection, sql: &str, parameters: impl Params) -> Digest {
    let mut digest = Digest::default();
    let mut statement = connection.prepare_cached(sql).unwrap();
    let mut rows = statement.query(parameters).unwrap();
    while let Some(row) = rows.next().unwrap() {
        digest.rows += 1;
        let number = row_of(row.get_ref_unwrap(0).as_str().unwrap());
        for column in 0..NCOL {
            let hash = match row.get_ref_unwrap(column + 1) {
                ValueRef::Integer(value @ 0..=1) if column == 3 => hash_bool(value != 0),
                ValueRef::Integer(value) => hash_int(value),
                ValueRef::Real(value) => hash_float(value),
                ValueRef::Text(text) => hash_str(std::str::from_utf8(text).unwrap()),
                _ => 0,
            };
            digest.cell(number, column, hash);
        }
    }
    digest
}
