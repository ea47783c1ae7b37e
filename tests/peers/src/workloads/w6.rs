use super::base;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::updates;

/// Peers that each make 100 updates of 1,000 shared rows while apart, merged one delta at a time, and once more as a batch.
pub fn run<E: Engine>(name: &str, w: &str, peers: usize) {
    let mut replica: E = base(1_000, 1);
    let snapshot = replica.save();
    let version = replica.version();
    let deltas: Vec<Vec<u8>> = (0..peers)
        .map(|peer| {
            let mut other = E::load(&snapshot, 100 + peer as u64);
            for op in updates(100, 1_000, 600 + peer as u64) {
                other.apply(std::slice::from_ref(&op));
            }
            other.delta_since(&version)
        })
        .collect();
    let bytes: usize = deltas.iter().map(Vec::len).sum();
    let n = peers * 100;
    reset_peak();
    let before = rss_mb();
    let (_, secs) = time(|| {
        for delta in &deltas {
            replica.import(delta)
        }
    });
    let out = Out::new(name, w, peers).rate(n, secs).mem(before);
    let digest = replica.scan();
    let whole = replica.save().len();
    // The first write after so many peers depends on the last event of each.
    let (_, first) = time(|| replica.apply(&updates(1, 1_000, 5)));
    drop(replica);
    let mut batch = E::load(&snapshot, 3);
    let (_, batch_secs) = time(|| batch.import_many(&deltas));
    assert_eq!(digest, batch.scan(), "{name} diverged");
    out.num("bytes", bytes as f64)
        .num("bytes_per_op", bytes as f64 / n as f64)
        .num("doc_bytes", whole as f64)
        .num("batch_import_ms", batch_secs * 1e3)
        .num("first_write_us", first * 1e6)
        .print();
}
