use super::{apply_all, base};
use crate::digest::Digest;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::mixed;

/// One insert and one delete in ten, else updates; then scans of every column.
pub fn run<E: Engine>(name: &str, w: &str, n: usize, batch: usize) {
    let ops = mixed(n, 10_000);
    let mut replica: E = base(10_000, 1);
    reset_peak();
    let before = rss_mb();
    let (_, secs) = time(|| apply_all(&mut replica, &ops, batch));
    let mut out = Out::new(name, w, n).rate(n, secs).mem(before);
    let mut digest = Digest::default();
    let mut scans = Vec::new();
    for _ in 0..7 {
        let (got, secs) = time(|| replica.scan());
        scans.push(secs);
        digest = got;
    }
    let scan = med(scans);
    out = out
        .num("rows", digest.rows as f64)
        .num("scan_rows_per_s", digest.rows as f64 / scan)
        .num("scan_ns_per_cell", scan * 1e9 / digest.cells as f64);
    let mut scans = Vec::new();
    for _ in 0..5 {
        let (rows, secs) = time(|| replica.scan_alt());
        if let Some(rows) = rows {
            assert_eq!(rows, digest.rows);
            scans.push(secs);
        }
    }
    if !scans.is_empty() {
        out = out.num("scan_alt_rows_per_s", digest.rows as f64 / med(scans));
    }
    out.num("digest", (digest.sum >> 12) as f64).print();
}
