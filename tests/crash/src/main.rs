//! Breaks disks and kills processes under replicas in files, and looks at what is left.
//!
//! `faults` lets each write, sync and truncate of a fixed workload fail, tear or be the last one before a crash. `kills N` kills a writing
//! process N times, `merges N` one that merges a long message, and `memory EVENTS` says what that takes. `races N` opens one file from
//! threads and processes at once. `permissions` opens one as somebody who may not.

#[path = "../../../core/tests/store/conformance.rs"]
mod conformance;
mod disk;
mod faults;
mod kills;
mod merges;
#[cfg(unix)]
mod permissions;
mod races;
mod vfs;
mod workload;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    match arguments.first().map(String::as_str) {
        Some("faults") => faults::run(),
        Some("kills") => kills::run(number(1).unwrap_or(3_000), number(2).unwrap_or(1)),
        Some("races") => races::run(number(1).unwrap_or(2_000)),
        Some("merges") => merges::run(number(1).unwrap_or(100), number(2).unwrap_or(1)),
        Some("memory") => merges::memory(number(1).unwrap_or(1_000_000)),
        Some("merger") => merges::merger(&arguments[1], &arguments[2]),
        Some("child") => kills::child(&arguments[1], number(2).unwrap_or(0)),
        #[cfg(unix)]
        Some("permissions") => permissions::run(),
        #[cfg(unix)]
        Some("visitor") => permissions::visitor(&arguments[1]),
        #[cfg(unix)]
        Some("stayer") => permissions::stayer(&arguments[1]),
        Some("opener") => races::opener(&arguments[1]),
        _ => {
            eprintln!("converge-crash faults | kills [N [SEED]] | merges [N [SEED]] | memory [EVENTS] | races [N] | permissions");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
