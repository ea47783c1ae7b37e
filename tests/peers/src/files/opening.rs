use super::{FileTable, Folder, make};
use crate::measure::*;
use crate::model::updates;
use crate::workloads::table_rows;

/// Opens a file of `n` events, of which the first made its rows and the rest updated them. It was read just before, so the disk is not
/// waited for: what is left is work. Medians of several times, wall and CPU.
pub fn run<T: FileTable>(n: usize) {
    let (folder, rows) = (Folder::new(), table_rows());
    assert!(n >= rows, "every row is an event");
    make::<T>(&folder.file(), rows, &updates(n - rows, rows as u64, 2));
    let (mut walls, mut cpus, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..9 {
        let cpu = Cpu::now();
        let (mut table, wall) = time_wall(|| T::open(&folder.file(), true));
        cpus.push(cpu.secs());
        walls.push(wall);
        assert_eq!(table.read_all(), rows as u64);
        reads.push(cpu.secs());
        table.close();
    }
    Out::new(T::NAME, "w9open", n)
        .num("open_ms", med(walls) * 1e3)
        .num("open_cpu_ms", med(cpus) * 1e3)
        .num("open_read_cpu_ms", med(reads) * 1e3)
        .num("bytes", folder.bytes() as f64)
        .num("table_rows", rows as f64)
        .print();
}
