//! The same work through converge, its peers and a hand-written floor. `README.md` says how to run it and how to read the figures.

// A build with few engines leaves shared helpers unused.
#![cfg_attr(
    not(all(feature = "converge", feature = "loro", feature = "automerge", feature = "yrs", feature = "sqlite", feature = "dt")),
    allow(dead_code, unused_imports)
)]

mod digest;
mod durable;
mod engine;
mod engines;
mod ephemeral;
mod files;
mod measure;
mod model;
mod workloads;

const USAGE: &str = "peerbench <engine> <workload> [n]
  engines   limit converge loro automerge yrs yrs-hist sqlite crsqlite dt      (w1..w8, w10)
            raw raw-prealloc raw-nosync sqlite-full sqlite-normal sqlite-off redb redb-none   (w9x..: logs of 32-byte events)
            converge sqlite-table      (w9..: tables)      converge-sql      (w9q: plain SQLite reads converge's file)
  workloads w1 w2 w3 w4 w5 w6 w7   one commit per op
            w1b w2b w3b w4b w7b    1000 ops per commit
            w2h w2m                as w2, by row handle and as a batch call (1000 cells)         converge
            w4p w4pb               as w4 and w4b, the import reports patches                     converge
            w4d                    a delta of 1000 ops into ever larger documents; n = most rows
            w8                     ephemeral
            w9x1 w9x100 w9x1000    durable commit, 1/100/1000 events per transaction; n = transactions
            w9u w9ub w9ib          updates and inserts that need not wait for the disk, and the file's bytes
            w9open                 open a file of n events (PEERBENCH_ROWS: of so many rows)
            w9q                    SQL over n rows: scan, indexed lookup, lookup by name
            w10                    a history of one-event spans: two writers take turns";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, workload, rest @ ..] = &arguments[..] else { usage() };
    let n = rest.first().map(|n| n.replace('_', "").parse::<usize>().expect("n is a number"));
    if !run(engine, workload, n) {
        eprintln!("no such pair: {engine} {workload}");
        usage()
    }
}

fn usage() -> ! {
    eprintln!("{USAGE}");
    std::process::exit(2)
}

fn run(engine: &str, workload: &str, n: Option<usize>) -> bool {
    if workload.starts_with("w9") && files::run(engine, workload, n) {
        return true;
    }
    if let Some(batch) = workload.strip_prefix("w9x") {
        let batch: usize = batch.parse().expect("w9x1, w9x100 or w9x1000");
        return durable::run(engine, batch, n.unwrap_or(if batch == 1 { 1000 } else { 300 }));
    }
    if workload == "w8" {
        return ephemeral::run(engine, n.unwrap_or(1_000_000));
    }
    match engine {
        "limit" => workloads::run::<engines::limit::Limit>(engine, workload, n),
        #[cfg(feature = "converge")]
        "converge" => workloads::run_converge(workload, n) || workloads::run::<engines::converge_engine::Converge>(engine, workload, n),
        #[cfg(feature = "loro")]
        "loro" => workloads::run::<engines::loro_engine::Loro>(engine, workload, n),
        #[cfg(feature = "automerge")]
        "automerge" => workloads::run::<engines::automerge_engine::Am>(engine, workload, n),
        #[cfg(feature = "yrs")]
        "yrs" => workloads::run::<engines::yrs_engine::Yrs<false>>(engine, workload, n),
        #[cfg(feature = "yrs")]
        "yrs-hist" => workloads::run::<engines::yrs_engine::Yrs<true>>(engine, workload, n),
        #[cfg(feature = "sqlite")]
        "sqlite" => workloads::run::<engines::sqlite_engine::Sqlite>(engine, workload, n),
        #[cfg(feature = "crsqlite")]
        "crsqlite" => workloads::run::<engines::crsqlite_engine::Crs>(engine, workload, n),
        #[cfg(feature = "dt")]
        "dt" => workloads::run::<engines::dt_engine::Dt>(engine, workload, n),
        _ => false,
    }
}
