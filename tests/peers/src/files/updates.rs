use super::{FileTable, Folder, make};
use crate::measure::*;
use crate::model::updates;
use crate::workloads::table_rows;

/// Updates of one int column each that need not wait for the disk, to the closing of the file. CPU time, the system's for the process
/// included; and what the file has grown by, before and after free space is given back.
pub fn run<T: FileTable>(w: &str, n: usize, batch: usize) {
    let (folder, rows) = (Folder::new(), table_rows());
    make::<T>(&folder.file(), rows, &[]);
    compact::<T>(&folder);
    let before = folder.bytes();
    let ops = updates(n, rows as u64, 2);
    let mut table = T::open(&folder.file(), false);
    let (_, secs) = time(|| {
        ops.chunks(batch).for_each(|commit| table.apply(commit));
        table.close();
    });
    let grown = folder.bytes().saturating_sub(before);
    compact::<T>(&folder);
    let compacted = folder.bytes().saturating_sub(before);
    Out::new(T::NAME, w, n)
        .rate(n, secs)
        .num("bytes", grown as f64)
        .num("file_bytes_per_op", grown as f64 / n as f64)
        .num("compact_bytes_per_op", compacted as f64 / n as f64)
        .num("table_rows", rows as f64)
        .print();
}

fn compact<T: FileTable>(folder: &Folder) {
    let mut table = T::open(&folder.file(), false);
    assert_eq!(table.read_all(), table_rows() as u64);
    table.compact();
    table.close();
}
