use super::{apply_all, base, table_rows};
use crate::digest::Digest;
use crate::engine::Engine;
use crate::measure::*;
use crate::model::updates;

/// Saves what w2 made, loads it into a fresh replica and reads every column; also in each other form that the engine has.
pub fn run<E: Engine>(name: &str, w: &str, n: usize, batch: usize) {
    let mut replica: E = base(table_rows(), 1);
    apply_all(&mut replica, &updates(n, table_rows() as u64, 2), batch);
    let want = replica.scan();
    let mut out = Out::new(name, w, n).num("history", E::HISTORY as u8 as f64).num("table_rows", table_rows() as f64);
    let (bytes, cold) = time(|| replica.save());
    let (again, warm) = time(|| replica.save());
    out = out
        .num("bytes", bytes.len() as f64)
        .num("bytes_per_op", bytes.len() as f64 / n as f64)
        .num("encode_ms", cold * 1e3)
        .num("encode2_ms", warm * 1e3);
    drop(again);
    let (state, state_secs) = time(|| replica.save_state());
    let (alt, alt_secs) = time(|| replica.save_alt());
    drop(replica);
    out = load::<E>(name, out, &bytes, n, want);
    out = load_other_ways::<E>(name, out, bytes, want);
    if let Some(state) = state {
        let (_, secs) = load_and_scan(|| E::load(&state, 9), want, name);
        out = out.num("state_bytes", state.len() as f64).num("state_encode_ms", state_secs * 1e3).num("state_load_scan_ms", secs * 1e3);
    }
    if let Some((form, alt)) = alt {
        let (_, secs) = load_and_scan(|| E::load_alt(&alt, 9).unwrap_or_else(|| E::load(&alt, 9)), want, name);
        out = out
            .str("alt", form)
            .num("alt_bytes", alt.len() as f64)
            .num("alt_encode_ms", alt_secs * 1e3)
            .num("alt_load_scan_ms", secs * 1e3);
    }
    out.print();
}

fn load<E: Engine>(name: &str, out: Out, bytes: &[u8], n: usize, want: Digest) -> Out {
    reset_peak();
    let before = rss_mb();
    let clock = Cpu::now();
    let mut replica = E::load(bytes, 9);
    let decoded = clock.secs();
    let got = replica.scan();
    let scanned = clock.secs();
    assert_eq!(got, want, "{name} load");
    out.num("decode_ms", decoded * 1e3)
        .num("decode_scan_ms", scanned * 1e3)
        .num("loaded_rss_mb", rss_mb() - before)
        .num("peak_rss_mb", peak_mb())
        .rate(n, scanned)
}

/// A buffer that is handed over, and a load that leaves nothing for later, where the engine tells them apart.
fn load_other_ways<E: Engine>(name: &str, mut out: Out, bytes: Vec<u8>, want: Digest) -> Out {
    let clock = Cpu::now();
    let mut replica = E::load(&bytes, 9);
    if replica.load_history() {
        let decoded = clock.secs();
        let got = replica.scan();
        out = out.num("history_ms", decoded * 1e3).num("history_scan_ms", clock.secs() * 1e3);
        assert_eq!(got, want, "{name} load with history");
    }
    drop(replica);
    let clock = Cpu::now();
    if let Some(mut replica) = E::load_owned(bytes, 9) {
        let got = replica.scan();
        out = out.num("owned_scan_ms", clock.secs() * 1e3);
        assert_eq!(got, want, "{name} load of an owned buffer");
    }
    out
}

fn load_and_scan<E: Engine>(load: impl FnOnce() -> E, want: Digest, name: &str) -> (E, f64) {
    let clock = Cpu::now();
    let mut replica = load();
    let got = replica.scan();
    let secs = clock.secs();
    assert_eq!(got, want, "{name} load");
    (replica, secs)
}
