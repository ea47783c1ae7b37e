use super::{apply_all, base};
use crate::engine::Engine;
use crate::measure::*;
use crate::model::fork_updates;

const ROWS: usize = 10_000;

/// Two replicas of 10,000 rows, n updates on each while apart (a tenth of them of the same cells), then each imports the other's.
pub fn run<E: Engine>(name: &str, w: &str, n: usize, batch: usize, import: impl Fn(&mut E, &[u8])) {
    let mut a: E = base(ROWS, 1);
    let mut b = E::load(&a.save(), 2);
    b.scan();
    let (version_a, version_b) = (a.version(), b.version());
    let (ops_a, ops_b) = fork_updates(n, ROWS as u64);
    apply_all(&mut a, &ops_a, batch);
    apply_all(&mut b, &ops_b, batch);
    reset_peak();
    let before = rss_mb();
    let ((delta_a, delta_b), export) = time(|| (a.delta_since(&version_a), b.delta_since(&version_b)));
    let (_, into_a) = time(|| import(&mut a, &delta_b));
    let (_, into_b) = time(|| import(&mut b, &delta_a));
    let (digest, scan) = time(|| a.scan());
    assert_eq!(digest, b.scan(), "{name} diverged");
    let bytes = (delta_a.len() + delta_b.len()) as f64;
    Out::new(name, w, n)
        .rate(2 * n, into_a + into_b)
        .num("import_a_ms", into_a * 1e3)
        .num("import_b_ms", into_b * 1e3)
        .num("export_both_ms", export * 1e3)
        .num("export_ns_per_op", export * 1e9 / (2 * n) as f64)
        .num("bytes", bytes)
        .num("bytes_per_op", bytes / (2 * n) as f64)
        .num("scan_ms", scan * 1e3)
        .mem(before)
        .print();
}
