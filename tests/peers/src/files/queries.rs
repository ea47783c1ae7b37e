use super::{FileTable, Folder, SqlTable, make};
use crate::digest::Digest;
use crate::measure::*;
use crate::model::{Key, Op, Rng, inserts};
use std::path::Path;

const LOOKUPS: usize = 10_000;

/// SQL over a table of `n` rows, beside the open writer: scans of every column, rows found by an indexed number, and by name. CPU time.
pub fn run<T: FileTable, R: SqlTable>(name: &str, n: usize, reader: impl FnOnce(&mut T, &Path) -> R) {
    let folder = Folder::new();
    make::<T>(&folder.file(), n, &[]);
    let mut table = T::open(&folder.file(), true);
    table.create_index();
    let mut rng = Rng(3);
    let rows = inserts(n, 1);
    let (values, keys): (Vec<i64>, Vec<Key>) = (0..LOOKUPS)
        .map(|_| match &rows[rng.below(n as u64) as usize] {
            Op::Insert { key, data, .. } => (data.i, *key),
            _ => unreachable!("inserts makes only Insert"),
        })
        .unzip();
    let mut reader = reader(&mut table, &folder.file());
    let (mut scans, mut digest) = (Vec::new(), Digest::default());
    for _ in 0..9 {
        let (got, secs) = time(|| reader.scan());
        scans.push(secs);
        digest = got;
    }
    assert_eq!(digest.rows, n as u64);
    let (mut finds, mut gets) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let (found, secs) = time(|| values.iter().map(|value| reader.find(*value)).sum::<u64>());
        assert!(found >= LOOKUPS as u64);
        finds.push(secs);
        let (got, secs) = time(|| keys.iter().map(|key| reader.get(key)).sum::<u64>());
        assert_eq!(got, LOOKUPS as u64);
        gets.push(secs);
    }
    drop(reader);
    table.close();
    let scan = med(scans);
    Out::new(name, "w9q", n)
        .num("sql_scan_ms", scan * 1e3)
        .num("sql_scan_rows_per_s", n as f64 / scan)
        .num("sql_indexed_us", med(finds) * 1e6 / LOOKUPS as f64)
        .num("sql_by_name_us", med(gets) * 1e6 / LOOKUPS as f64)
        .num("table_rows", n as f64)
        .num("digest", (digest.sum >> 12) as f64)
        .print();
}
