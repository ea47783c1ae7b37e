use super::apply_all;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::inserts;

/// Inserts of rows of five columns, then a save of them.
pub fn run<E: Engine>(name: &str, w: &str, n: usize, batch: usize) {
    let ops = inserts(n, 1);
    reset_peak();
    let before = rss_mb();
    let mut replica = E::new(1);
    let (_, secs) = time(|| apply_all(&mut replica, &ops, batch));
    let out = Out::new(name, w, n).rate(n, secs).mem(before);
    let (bytes, encode) = time(|| replica.save());
    assert_eq!(replica.scan().rows as usize, n);
    out.num("bytes", bytes.len() as f64).num("encode_ms", encode * 1e3).print();
}
