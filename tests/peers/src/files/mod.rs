//! W9: tables in files, beside plain SQLite's. `durable.rs` has what lies below them: logs of bytes.

mod commits;
#[cfg(feature = "converge")]
mod converge_file;
mod inserts;
mod opening;
mod queries;
#[cfg(feature = "sqlite")]
mod sqlite_file;
mod updates;

use crate::digest::Digest;
use crate::model::{Key, Op, inserts};
use std::path::{Path, PathBuf};

const BATCH: usize = 1000;

/// A table of rows in a file.
trait FileTable: Sized {
    const NAME: &'static str;
    type Reader: SqlTable;

    /// Opens the file or makes it. `durable`: every commit is on the disk before it returns; else it survives the process alone.
    fn open(path: &Path, durable: bool) -> Self;

    /// One commit for the whole slice.
    fn apply(&mut self, ops: &[Op]);

    /// Reads every column of every row, as an application does that has just opened the file: the number of rows.
    fn read_all(&mut self) -> u64;

    /// Makes an index over [`INDEXED`].
    fn create_index(&mut self);

    /// What an application reads by SQL with.
    fn reader(&mut self) -> Self::Reader;

    /// Gives free space back, where that is a call of its own.
    fn compact(&mut self);

    fn close(self);
}

/// A table that is read by SQL.
trait SqlTable {
    /// Every column of every row.
    fn scan(&mut self) -> Digest;
    /// Every column of the rows where the indexed column has a value: how many there are.
    fn find(&mut self, value: i64) -> u64;
    /// Every column of the row that has a name: how many there are.
    fn get(&mut self, key: &Key) -> u64;
}

/// The column of whole numbers, by which rows are found.
const INDEXED: &str = "c1";

/// A new, empty folder on the disk under test, which goes when this does.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let under = std::env::var("PEERBENCH_DIR").unwrap_or_else(|_| ".".into());
        let path = PathBuf::from(under).join(format!("w9-files-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("table.db")
    }

    /// What lies there, in bytes: the database, its write-ahead log, and what else is beside it.
    fn bytes(&self) -> u64 {
        std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a file that holds rows 0 to `rows` as inserted, and then `ops`, and closes it.
fn make<T: FileTable>(path: &Path, rows: usize, ops: &[Op]) {
    let mut table = T::open(path, false);
    for commit in inserts(rows, 1).chunks(BATCH).chain(ops.chunks(BATCH)) {
        table.apply(commit);
    }
    table.close();
}

/// Runs a workload and prints its line; false where there is no such pair.
pub fn run(engine: &str, workload: &str, n: Option<usize>) -> bool {
    match engine {
        #[cfg(feature = "converge")]
        "converge" => run_on::<converge_file::ConvergeFile>(workload, n),
        #[cfg(all(feature = "converge", feature = "sqlite"))]
        "converge-sql" if workload == "w9q" => {
            let beside = |_: &mut converge_file::ConvergeFile, path: &Path| sqlite_file::Reader::beside(path);
            queries::run::<converge_file::ConvergeFile, _>(engine, n.unwrap_or(10_000), beside);
            true
        }
        #[cfg(feature = "sqlite")]
        "sqlite-table" => run_on::<sqlite_file::SqliteFile>(workload, n),
        _ => false,
    }
}

fn run_on<T: FileTable>(workload: &str, n: Option<usize>) -> bool {
    match workload {
        "w9u" => updates::run::<T>(workload, n.unwrap_or(100_000), 1),
        "w9ub" => updates::run::<T>(workload, n.unwrap_or(1_000_000), BATCH),
        "w9ib" => inserts::run::<T>(workload, n.unwrap_or(100_000)),
        "w9open" => opening::run::<T>(n.unwrap_or(100_000)),
        "w9q" => queries::run::<T, _>(T::NAME, n.unwrap_or(10_000), |table, _| table.reader()),
        _ => {
            let Some(batch) = workload.strip_prefix("w9x") else { return false };
            let batch: usize = batch.parse().expect("w9x1, w9x100 or w9x1000");
            commits::run::<T>(workload, batch, n.unwrap_or(if batch == 1 { 1000 } else { 300 }));
        }
    }
    true
}
