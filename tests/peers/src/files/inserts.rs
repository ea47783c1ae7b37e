use super::{BATCH, FileTable, Folder};
use crate::measure::*;
use crate::model::inserts;

/// Inserts of rows of five columns that need not wait for the disk, to the closing of the file. CPU time; and what the file takes.
pub fn run<T: FileTable>(w: &str, n: usize) {
    let folder = Folder::new();
    T::open(&folder.file(), false).close();
    let before = folder.bytes();
    let ops = inserts(n, 1);
    let mut table = T::open(&folder.file(), false);
    let (_, secs) = time(|| {
        ops.chunks(BATCH).for_each(|commit| table.apply(commit));
        table.close();
    });
    let grown = folder.bytes() - before;
    Out::new(T::NAME, w, n).rate(n, secs).num("bytes", grown as f64).num("file_bytes_per_op", grown as f64 / n as f64).print();
}
