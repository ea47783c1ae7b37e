//! A message of many events is one commit: what it takes in memory, and that all of it is there after a kill or nothing.

use crate::workload::options;
use convergedb::api::Doc;
use convergedb::clock::SplitMix;
use convergedb::{PageLimit, PeerId, ValueRef};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Events of a message that is killed: its rows are several times what SQLite keeps in memory.
const KILLED_EVENTS: u64 = 60_000;
/// A merge is killed after so many percent of the time that a whole one takes, and so many more.
const AFTER: u64 = 40;
const WITHIN: u64 = 80;

/// A message of so many events over a tenth as many rows.
fn message(events: u64) -> Vec<u8> {
    let peer = Doc::new(options().peer(PeerId::new("peer").unwrap())).unwrap();
    let random = &mut SplitMix::new(7);
    let mut left = events;
    while left > 0 {
        let now = left.min(1_000);
        let write = |tx: &convergedb::api::Transaction| {
            (0..now).try_for_each(|_| {
                let row = random.below(events / 10).to_string();
                tx.upsert(
                    "t",
                    &row,
                    &[("n", ValueRef::Int(random.below(1 << 30) as i64)), ("text", "forty bytes of text that every row has".into())],
                )
            })
        };
        peer.transaction(None, write).unwrap();
        left = events.saturating_sub(peer.events().unwrap());
    }
    let whole = PageLimit { events: usize::MAX, bytes: usize::MAX };
    peer.encode_update(&Default::default(), whole).unwrap().bytes
}

/// The most memory that this process had, in MiB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<u64>().map_or(0, |kib| kib / 1_024)
}

/// Merges a message that lies in a file, into the replica at a path or into one in memory (`-`), and says how far it is.
pub fn merger(path: &str, message: &str) {
    let message = std::fs::read(message).unwrap();
    let doc = if path == "-" { Doc::new(options()) } else { Doc::open(path, options()) }.unwrap();
    let before = most_memory();
    println!("open");
    std::io::stdout().flush().unwrap();
    doc.merge_update_quiet(&message).unwrap();
    println!("merged {} events, {} MiB at most, {before} MiB before", doc.events().unwrap(), most_memory());
}

fn start(path: &str, message: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["merger", path, message.to_str().unwrap()]).stdout(Stdio::piped());
    command
}

/// What a merge of so many events takes in memory: of a replica in a file beside one in memory.
pub fn memory(events: u64) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, message(events)).unwrap();
    for (path, what) in [("-", "in memory"), (folder.path().join("doc.db").to_str().unwrap(), "in a file")] {
        let out = start(path, &file).output().unwrap();
        assert!(out.status.success());
        println!("{what}: {}", String::from_utf8(out.stdout).unwrap().lines().last().unwrap());
    }
    let bytes = |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len() >> 20);
    println!("the message has {} MiB, the file {} MiB", bytes("message"), bytes("doc.db"));
}

pub fn run(kills: u64, seed: u64) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, message(KILLED_EVENTS)).unwrap();
    let random = &mut SplitMix::new(seed);
    let (mut none, mut all, mut spilled) = (0, 0, 0);
    let mut usual: Option<Duration> = None;
    for kill in 0..=kills {
        let place = TempDir::new().unwrap();
        let path = place.path().join("doc.db");
        let mut child = start(path.to_str().unwrap(), &file).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let started = Instant::now();
        // The first one is let be, to see how long it takes.
        let told = match usual {
            None => {
                let told = lines.read_line(&mut line).unwrap() > 0;
                usual = Some(started.elapsed());
                told
            }
            Some(usual) => {
                let percent = u32::try_from(AFTER + random.below(WITHIN)).unwrap();
                std::thread::sleep(usual * percent / 100);
                child.kill().unwrap();
                lines.read_line(&mut line).unwrap() > 0
            }
        };
        child.wait().unwrap();
        let wal = std::fs::metadata(place.path().join("doc.db-wal")).map_or(0, |wal| wal.len());
        let doc = Doc::open(&path, options()).unwrap_or_else(|error| panic!("kill {kill} of seed {seed}: it does not open: {error}"));
        let events = doc.events().unwrap();
        assert!(events == KILLED_EVENTS || (events == 0 && !told), "kill {kill} of seed {seed}: {events} events, told: {told}");
        if kill % 10 == 0 {
            assert_eq!(doc.verify().unwrap(), Vec::<String>::new(), "kill {kill} of seed {seed}");
        }
        // Pages that did not fit into memory were in the write-ahead log before the commit.
        spilled += u64::from(events == 0 && wal > 1 << 20);
        if events == 0 { none += 1 } else { all += 1 }
    }
    println!("{kills} kills while a message of {KILLED_EVENTS} events was merged: all of it was there {all} times, nothing {none} times,");
    println!("{spilled} of those after more than a MiB of it had been written");
}
