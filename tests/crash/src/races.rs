//! Many open one file at once: one gets it, the others are told.

use convergedb::ErrorKind;
use convergedb::api::{Doc, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use tempfile::TempDir;

const THREADS: usize = 4;
const PROCESSES: usize = 3;
/// One race in so many is one of processes.
const PROCESSES_EVERY: u64 = 10;

/// Opens the file when it is told to, says what came of it, and holds it until it is told to end.
pub fn opener(path: &str) {
    let (mut input, mut out) = (std::io::stdin(), std::io::stdout());
    let mut byte = [0];
    out.write_all(b"ready\n").unwrap();
    out.flush().unwrap();
    input.read_exact(&mut byte).unwrap();
    let opened = Doc::open(path, OpenOptions::new());
    let word = match &opened {
        Ok(doc) => {
            doc.upsert("t", "r", &[("n", i64::from(std::process::id()).into())]).unwrap();
            "won\n"
        }
        Err(error) if error.kind() == ErrorKind::AlreadyOpen => "lost\n",
        Err(error) => panic!("{error}"),
    };
    out.write_all(word.as_bytes()).unwrap();
    out.flush().unwrap();
    let _ = input.read(&mut byte);
    drop(opened);
}

pub fn run(races: u64) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("doc.db");
    let (mut won, mut lost) = (0, 0);
    for race in 0..races {
        let winners = if race % PROCESSES_EVERY == 0 { of_processes(&path) } else { of_threads(&path) };
        assert!(winners <= 1, "race {race}: {winners} have the file at once");
        assert!(winners == 1, "race {race}: nobody got the file");
        won += winners;
        lost += if race % PROCESSES_EVERY == 0 { PROCESSES } else { THREADS } - winners;
    }
    let doc = Doc::open(&path, OpenOptions::new()).unwrap();
    assert_eq!(doc.events().unwrap(), races, "each winner wrote once");
    doc.with(|doc| doc.check()).unwrap().unwrap();
    println!("{races} races: {won} got the file, {lost} were told that it is open already");
}

fn of_threads(path: &Path) -> usize {
    let (start, end) = (Barrier::new(THREADS), Barrier::new(THREADS));
    let opens = || {
        start.wait();
        let opened = Doc::open(path, OpenOptions::new());
        let won = match &opened {
            Ok(doc) => {
                doc.upsert("t", "r", &[("n", 1.into())]).unwrap();
                1
            }
            Err(error) if error.kind() == ErrorKind::AlreadyOpen => 0,
            Err(error) => panic!("{error}"),
        };
        end.wait();
        drop(opened);
        won
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(opens)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

fn of_processes(path: &Path) -> usize {
    let program = std::env::current_exe().unwrap();
    let spawn = |_| {
        let mut command = Command::new(&program);
        command.args(["opener", path.to_str().unwrap()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let mut children: Vec<(Child, BufReader<_>)> = (0..PROCESSES)
        .map(spawn)
        .map(|mut child| {
            let out = BufReader::new(child.stdout.take().unwrap());
            (child, out)
        })
        .collect();
    let line = |out: &mut BufReader<std::process::ChildStdout>| {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        line
    };
    children.iter_mut().for_each(|(_, out)| assert_eq!(line(out), "ready\n"));
    children.iter_mut().for_each(|(child, _)| child.stdin.as_mut().unwrap().write_all(b"!").unwrap());
    let won = children.iter_mut().filter_map(|(_, out)| (line(out) == "won\n").then_some(())).count();
    for (mut child, _) in children {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
    won
}
