//! The workloads, generic over the engine. A trailing `b` in a name means 1,000 operations per commit, else each is a commit.

mod w1;
mod w10;
mod w2;
mod w3;
mod w4;
mod w4d;
mod w5;
mod w6;
mod w7;

use crate::engine::Engine;
use crate::model::{Op, inserts};

const BATCH: usize = 1000;

/// Runs a workload and prints its line; false where the engine has no such work.
pub fn run<E: Engine>(name: &str, w: &str, n: Option<usize>) -> bool {
    let batch = if w.ends_with('b') { BATCH } else { 1 };
    match w.trim_end_matches('b') {
        "w1" => w1::run::<E>(name, w, n.unwrap_or(100_000), batch),
        "w2" => w2::run::<E>(name, w, n.unwrap_or(1_000_000), batch),
        "w3" => w3::run::<E>(name, w, n.unwrap_or(1_000_000), batch),
        "w4" if E::SYNC => w4::run::<E>(name, w, n.unwrap_or(50_000), batch, |replica, delta| replica.import(delta)),
        "w4d" if E::SYNC => w4d::run::<E>(name, w, n.unwrap_or(1_000_000)),
        "w5" if E::SYNC => w5::run::<E>(name, w, n.unwrap_or(20_000)),
        "w6" if E::SYNC => w6::run::<E>(name, w, n.unwrap_or(1000)),
        "w7" => w7::run::<E>(name, w, n.unwrap_or(200_000), batch),
        "w10" if E::SYNC => w10::run::<E>(name, w, n.unwrap_or(1_000_000)),
        _ => return false,
    }
    true
}

/// The workloads that ask for calls which only converge has.
#[cfg(feature = "converge")]
pub fn run_converge(w: &str, n: Option<usize>) -> bool {
    use crate::engines::converge_engine::Converge;
    match w {
        "w2h" => w2::by_handle(n.unwrap_or(1_000_000)),
        "w2m" => w2::batch_call(n.unwrap_or(1_000_000)),
        "w4p" | "w4pb" => {
            let batch = if w.ends_with('b') { BATCH } else { 1 };
            w4::run::<Converge>("converge", w, n.unwrap_or(50_000), batch, |replica, delta| {
                let merged = replica.doc.merge_update(delta).unwrap();
                assert!(!merged.patches.is_empty());
            })
        }
        _ => return false,
    }
    true
}

fn apply_all<E: Engine>(replica: &mut E, ops: &[Op], batch: usize) {
    for commit in ops.chunks(batch) {
        replica.apply(commit)
    }
}

/// A replica that holds rows 0 to `rows` as inserted.
fn base<E: Engine>(rows: usize, peer: u64) -> E {
    let mut replica = E::new(peer);
    apply_all(&mut replica, &inserts(rows, 1), BATCH);
    replica
}

/// The rows of the w2 and w3 table: 10,000, which fit a second-level cache, or `$PEERBENCH_ROWS` to look beyond it.
pub fn table_rows() -> usize {
    std::env::var("PEERBENCH_ROWS").ok().map_or(10_000, |rows| rows.replace('_', "").parse().expect("PEERBENCH_ROWS is a number"))
}
