use super::{FileTable, Folder, make};
use crate::measure::*;
use crate::model::updates;
use crate::workloads::table_rows;

/// Durable commits of `batch` updates each, into a table that is there. Wall time: waiting for the disk is the cost.
pub fn run<T: FileTable>(w: &str, batch: usize, commits: usize) {
    let (folder, rows, n) = (Folder::new(), table_rows(), batch * commits);
    make::<T>(&folder.file(), rows, &[]);
    let ops = updates(n, rows as u64, 2);
    let mut table = T::open(&folder.file(), true);
    let cpu = Cpu::now();
    let (_, secs) = time_wall(|| ops.chunks(batch).for_each(|commit| table.apply(commit)));
    let cpu = cpu.secs();
    let bytes = folder.bytes();
    table.close();
    Out::new(T::NAME, w, n)
        .rate(n, secs)
        .num("us_per_txn", secs * 1e6 / commits as f64)
        .num("txn_per_s", commits as f64 / secs)
        .num("bytes", bytes as f64)
        .num("cpu_us_per_txn", cpu * 1e6 / commits as f64)
        .num("table_rows", rows as f64)
        .print();
}
