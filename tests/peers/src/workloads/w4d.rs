use super::base;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::updates;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const OPS: usize = 1000;
const DELTAS: u64 = 9;

/// Deltas of 1,000 updates into documents of 1,000 rows and ten, a hundred, a thousand times that: `near`, the same delta for every
/// size (it touches the first 1,000 rows), and `spread` over all the rows. `loaded` is the first import of a replica just loaded.
pub fn run<E: Engine>(name: &str, w: &str, rows_max: usize) {
    let mut fields = Vec::new();
    let mut last = 0.0;
    for rows in SIZES.into_iter().filter(|&rows| rows <= rows_max) {
        let mut a: E = base(rows, 1);
        let mut b = E::load(&a.save(), 2);
        b.scan();
        let (near, export) = exchange(&mut a, &mut b, OPS);
        let (spread, _) = exchange(&mut a, &mut b, rows);
        let mut c = E::load(&a.save(), 3);
        let delta = next_delta(&mut b, &mut a, OPS, 99).0;
        let (_, loaded) = time(|| c.import(&delta));
        a.import(&delta);
        let want = a.scan();
        assert_eq!(want, b.scan(), "{name} diverged");
        assert_eq!(want, c.scan(), "{name} diverged");
        for (what, secs) in [("near", near), ("spread", spread), ("export", export), ("loaded", loaded)] {
            fields.push((format!("{what}_ns_{rows}"), secs * 1e9 / OPS as f64));
        }
        last = near;
    }
    let out = Out::new(name, w, rows_max).rate(OPS, last);
    fields.iter().fold(out, |out, (field, value)| out.num(field, *value)).print();
}

/// What `b` does next, as a delta for `a`, and the seconds of its export.
fn next_delta<E: Engine>(b: &mut E, a: &mut E, rows: usize, seed: u64) -> (Vec<u8>, f64) {
    for op in updates(OPS, rows as u64, seed) {
        b.apply(std::slice::from_ref(&op));
    }
    let version = a.version();
    time(|| b.delta_since(&version))
}

/// Median seconds of the import and the export of a delta over the first `rows` rows.
fn exchange<E: Engine>(a: &mut E, b: &mut E, rows: usize) -> (f64, f64) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for seed in 0..DELTAS {
        let (delta, export) = next_delta(b, a, rows, 400 + seed);
        let (_, import) = time(|| a.import(&delta));
        imports.push(import);
        exports.push(export);
    }
    (med(imports), med(exports))
}
