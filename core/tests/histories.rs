//! Random histories by the hundred thousand: replicas of the engine beside a slow model of them, which must never differ.
//!
//! `CONVERGE_HISTORIES` is how many, `CONVERGE_SEED` the first seed. The same seed gives the same history on every machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

mod model;

use model::history::{play, shrink};
use model::statistics::Statistics;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many histories the default run plays.
const HISTORIES: u64 = 100_000;
/// From so many on, what the histories are made of says whether they test what they should.
const JUDGED: u64 = 10_000;
/// How many failures are shown step by step.
const SHOWN: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("histories: test");
        return ExitCode::SUCCESS;
    }
    if arguments.iter().any(|argument| !argument.starts_with('-') && !"histories".contains(argument.as_str())) {
        return ExitCode::SUCCESS;
    }
    let first = number_from("CONVERGE_SEED").unwrap_or(0);
    let histories = number_from("CONVERGE_HISTORIES").unwrap_or(HISTORIES);
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let (statistics, failed) = play_all(first, histories);
    println!("random histories: seeds {first} to {}", first + histories.saturating_sub(1));
    println!("{statistics}");
    println!("time                   {:.0} s", started.elapsed().as_secs_f64());
    failed.iter().take(SHOWN).for_each(|&seed| show(seed));
    failed.iter().skip(SHOWN).for_each(|seed| println!("seed {seed} fails too"));
    let shortfalls = if histories < JUDGED { Vec::new() } else { statistics.shortfalls() };
    shortfalls.iter().for_each(|shortfall| println!("the histories test too little: {shortfall}"));
    println!("{} passed, {} failed", histories - failed.len() as u64, failed.len());
    if failed.is_empty() && shortfalls.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays histories on every core. Returns what they were made of, and the seeds that failed.
fn play_all(first: u64, histories: u64) -> (Statistics, Vec<u64>) {
    let next = AtomicU64::new(0);
    let worker = || {
        let (mut statistics, mut failed) = (Statistics::default(), Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= histories {
                return (statistics, failed);
            }
            match play(first + number) {
                Ok(played) => statistics.add(&played),
                Err(_) => failed.push(first + number),
            }
            if number > 0 && number % 10_000 == 0 {
                eprintln!("{number} histories …");
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let (mut statistics, mut failed) = (Statistics::default(), Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            let (played, failures) = worker.join().expect("a worker catches what its histories panic with");
            statistics.add(&played);
            failed.extend(failures);
        }
    });
    failed.sort_unstable();
    (statistics, failed)
}

/// Tells how a seed fails, in as few steps as can be.
fn show(seed: u64) {
    println!("\nseed {seed} fails; to play it alone: CONVERGE_SEED={seed} CONVERGE_HISTORIES=1 cargo test -p convergedb --test histories");
    match shrink(seed) {
        None => println!("  but not when it is played again"),
        Some(failure) => {
            failure.story.iter().enumerate().for_each(|(number, line)| println!("  {number}. {line}"));
            println!("  => {}", failure.difference);
        }
    }
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.trim().parse().unwrap_or_else(|_| panic!("{variable} is no number: {text:?}")))
}
