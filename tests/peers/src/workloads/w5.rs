use super::base;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::updates;

/// Rounds of one operation on one side, its delta since the other side's version, and the import there; the sides take turns.
pub fn run<E: Engine>(name: &str, w: &str, n: usize) {
    let mut a: E = base(1_000, 1);
    let mut b = E::load(&a.save(), 2);
    b.scan();
    let ops = updates(n, 1_000, 5);
    reset_peak();
    let before = rss_mb();
    let mut bytes = 0usize;
    let mut last = Vec::new();
    let mut halves = [0.0; 2];
    let (_, secs) = time(|| {
        let clock = Cpu::now();
        for (i, op) in ops.iter().enumerate() {
            let (from, to) = if i & 1 == 0 { (&mut a, &mut b) } else { (&mut b, &mut a) };
            from.apply(std::slice::from_ref(op));
            let version = to.version();
            last = from.delta_since(&version);
            bytes += last.len();
            to.import(&last);
            if i + 1 == n / 2 {
                halves[0] = clock.secs();
            }
        }
        halves[1] = clock.secs() - halves[0];
    });
    assert_eq!(a.scan(), b.scan(), "{name} diverged");
    let mut out = Out::new(name, w, n)
        .rate(n, secs)
        .num("us_first_half", halves[0] * 1e6 / (n / 2) as f64)
        .num("us_second_half", halves[1] * 1e6 / (n - n / 2) as f64)
        .num("bytes_per_delta", bytes as f64 / n as f64)
        .num("doc_bytes", a.save().len() as f64);
    if let Some(names) = a.peer_name_bytes(&last) {
        out = out.num("peer_name_bytes", names as f64);
    }
    out.mem(before).print();
}
