use super::base;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::{fork_updates, updates};

const ROWS: usize = 10_000;
const AFTER: usize = 50_000;

/// The history that costs most: two writers take turns, so each of n events depends on the other's last one and is a span of its own.
/// A third replica imports it whole; then it and a writer exchange 50,000 updates each, as in w4.
pub fn run<E: Engine>(name: &str, w: &str, n: usize) {
    let mut a: E = base(ROWS, 1);
    let snapshot = a.save();
    let mut b = E::load(&snapshot, 2);
    b.scan();
    let ops = updates(n, ROWS as u64, 10);
    let (_, turns) = time(|| {
        for (i, op) in ops.iter().enumerate() {
            let (from, to) = if i & 1 == 0 { (&mut a, &mut b) } else { (&mut b, &mut a) };
            from.apply(std::slice::from_ref(op));
            let version = to.version();
            let delta = from.delta_since(&version);
            to.import(&delta);
        }
    });
    drop((ops, b));
    let mut c = E::load(&snapshot, 3);
    c.load_history();
    c.scan();
    let version = c.version();
    let (delta, export) = time(|| a.delta_since(&version));
    reset_peak();
    let before = rss_mb();
    let (_, secs) = time(|| c.import(&delta));
    let out = Out::new(name, w, n).rate(n, secs).mem(before);
    // What the import left behind, once the allocator has given back what it only used on the way.
    reset_peak();
    let kept = rss_mb() - before;
    assert_eq!(a.scan(), c.scan(), "{name} diverged");
    let (into_c, into_a) = exchange(&mut c, &mut a);
    assert_eq!(a.scan(), c.scan(), "{name} diverged");
    out.num("kept_mb", kept)
        .num("kept_bytes_per_event", kept * 1024.0 * 1024.0 / n as f64)
        .num("bytes_per_op", delta.len() as f64 / n as f64)
        .num("export_ns_per_op", export * 1e9 / n as f64)
        .num("us_per_turn", turns * 1e6 / n as f64)
        .num("after_import_ns_per_op", (into_c + into_a) * 1e9 / (2 * AFTER) as f64)
        .num("doc_bytes", c.save().len() as f64)
        .print();
}

/// Seconds of both imports after 50,000 updates on either side.
fn exchange<E: Engine>(c: &mut E, a: &mut E) -> (f64, f64) {
    let (version_c, version_a) = (c.version(), a.version());
    let (ops_c, ops_a) = fork_updates(AFTER, ROWS as u64);
    for (op_c, op_a) in ops_c.iter().zip(&ops_a) {
        c.apply(std::slice::from_ref(op_c));
        a.apply(std::slice::from_ref(op_a));
    }
    let (delta_c, delta_a) = (c.delta_since(&version_c), a.delta_since(&version_a));
    let (_, into_c) = time(|| c.import(&delta_a));
    let (_, into_a) = time(|| a.import(&delta_c));
    (into_c, into_a)
}
