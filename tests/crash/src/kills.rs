//! A process writes and reports what was acknowledged; it is killed at a random moment, and the file is looked at.

use convergedb::api::{Doc, OpenOptions};
use convergedb::clock::SplitMix;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// So many kills are of one file; then another one begins.
const KILLS_PER_FILE: u64 = 60;
/// The most rows that a child writes to.
const ROWS: u64 = 40;
/// So often it says how far it is.
const PROGRESS: u64 = 1_000;
/// The longest time that a child lives after its first word, in microseconds.
const LIFE_US: u64 = 25_000;

/// Writes until it is killed. Each line says what was acknowledged: a row and the number that it holds.
pub fn child(path: &str, seed: u64) {
    let random = &mut SplitMix::new(seed);
    let doc = Doc::open(path, OpenOptions::new()).unwrap();
    let mut out = std::io::stdout().lock();
    let mut tell = |text: String| {
        out.write_all(text.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    tell(format!("open {}\n", doc.peer().unwrap()));
    for number in seed.. {
        let row = random.below(ROWS).to_string();
        match random.below(20) {
            0 => {
                // Several rows in one transaction: all of them or none.
                let rows: Vec<String> = (0..ROWS).filter(|_| random.below(3) == 0).map(|row| row.to_string()).collect();
                let body = |tx: &convergedb::api::Transaction| {
                    rows.iter().try_for_each(|row| tx.upsert("t", row, &[("n", (number as i64).into())]))
                };
                doc.transaction(None, body).unwrap();
                tell(rows.iter().map(|row| format!("{row} {number}\n")).collect());
            }
            1 => {
                if doc.contains("t", &row).unwrap() {
                    doc.delete("t", &row).unwrap();
                    tell(format!("{row} gone\n"));
                }
            }
            2 if number % 50 == 2 => doc.compact().unwrap(),
            _ => {
                let text = "y".repeat(random.below(300) as usize);
                doc.upsert("t", &row, &[("n", (number as i64).into()), ("text", text.as_str().into())]).unwrap();
                tell(format!("{row} {number}\n"));
            }
        }
    }
}

/// What the last line about each row said, and whether more may have come after it.
type Told = HashMap<String, String>;

pub fn run(kills: u64, seed: u64) {
    let random = &mut SplitMix::new(seed);
    let program = std::env::current_exe().unwrap();
    let started = Instant::now();
    let (mut acknowledged, mut in_doubt, mut quick) = (0u64, 0u64, 0u64);
    let mut folder = TempDir::new().unwrap();
    let mut mirror = Doc::new(OpenOptions::new()).unwrap();
    let mut told = Told::new();
    for kill in 0..kills {
        if kill > 0 && kill % PROGRESS == 0 {
            eprintln!("{kill} kills, {acknowledged} acknowledged writes …");
        }
        if kill % KILLS_PER_FILE == 0 {
            folder = TempDir::new().unwrap();
            mirror = Doc::new(OpenOptions::new()).unwrap();
            told.clear();
        }
        let path = folder.path().join("doc.db");
        let first = seed.wrapping_mul(1_000_003).wrapping_add(kill * 1_000_000) & 0xffff_ffff_ffff;
        let mut writer =
            Command::new(&program).args(["child", path.to_str().unwrap(), &first.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
        let life = Duration::from_micros(random.below(LIFE_US));
        if random.below(10) == 0 {
            // While it opens the file, too.
            std::thread::sleep(Duration::from_micros(random.below(8_000)));
            writer.kill().unwrap();
        }
        let mut lines = Vec::new();
        let mut reader = BufReader::new(writer.stdout.take().unwrap());
        let mut opening = String::new();
        reader.read_line(&mut opening).unwrap();
        if opening.starts_with("open") {
            std::thread::sleep(life);
        } else {
            quick += 1;
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 0 {
            // A line that was cut by the kill was not told.
            if line.ends_with('\n') {
                lines.push(line.trim_end().to_owned());
            }
            line.clear();
        }
        acknowledged += lines.len() as u64;
        for line in &lines {
            let (row, what) = line.split_once(' ').unwrap();
            told.insert(row.to_owned(), what.to_owned());
        }
        in_doubt += look(&path, &mirror, &mut told, first, &format!("kill {kill} of seed {seed}"));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{kills} kills in {seconds:.0} s, {quick} of them before the file was open: {acknowledged} acknowledged writes, none lost;");
    println!("{in_doubt} were there that had not been told of");
}

/// Opens the file after a kill. Returns whether it holds more than was told.
fn look(path: &Path, mirror: &Doc, told: &mut Told, first: u64, what: &str) -> u64 {
    if !path.exists() {
        assert!(told.is_empty(), "{what}: the file is gone");
        return 0;
    }
    let doc = Doc::open(path, OpenOptions::new()).unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
    let report = doc.opened().unwrap();
    assert_eq!(report.rebuilt, None, "{what}");
    assert!(report.fresh_peer.is_none() || told.is_empty(), "{what}: {report:?}, though nothing was set back");
    doc.with(|doc| doc.check()).unwrap().unwrap_or_else(|broken| panic!("{what}: {broken}"));
    // Who was told of an event knows it for ever: a counter that is used twice would conflict here.
    let page = doc.encode_pending(&mirror.encode_request().unwrap(), Default::default()).unwrap();
    mirror.merge_update(&page.bytes).unwrap_or_else(|error| panic!("{what}: an event was made twice: {error}"));
    assert_eq!(mirror.digest().unwrap(), doc.digest().unwrap(), "{what}");
    // The last transaction may be there without having been told of, whole.
    let mut differing = Vec::new();
    let mut rows: Vec<String> = (0..ROWS).map(|row| row.to_string()).collect();
    rows.retain(|row| {
        let now = doc.get("t", row, "n").unwrap().map_or("gone".to_owned(), |value| match value {
            convergedb::Value::Int(number) => number.to_string(),
            other => format!("{other:?}"),
        });
        let before = told.get(row).cloned().unwrap_or_else(|| "gone".to_owned());
        if now != before {
            differing.push((row.clone(), before, now.clone()));
            told.insert(row.clone(), now);
        }
        true
    });
    let numbers: Vec<&String> = differing.iter().map(|(_, _, now)| now).collect();
    let one_more = numbers.windows(2).all(|pair| pair[0] == pair[1])
        && numbers.iter().all(|now| *now == "gone" && numbers.len() == 1 || now.parse::<u64>().is_ok_and(|number| number >= first));
    assert!(one_more, "{what}: lost or torn: {differing:?}");
    u64::from(!differing.is_empty())
}
