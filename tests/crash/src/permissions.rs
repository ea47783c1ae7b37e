//! A process that may not write, or not even look: it is told, and what it may do it can.

use convergedb::ErrorKind;
use convergedb::api::{Doc, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

/// Says how opening goes: for writing, then for reading.
pub fn visitor(path: &str) {
    for read_only in [false, true] {
        match Doc::open(path, OpenOptions::new().read_only(read_only)) {
            Ok(doc) => println!("{} rows", doc.count("t").unwrap()),
            Err(error) => println!("{}: {}", error.kind(), error.message()),
        }
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

pub fn run() {
    let folder = TempDir::new().unwrap();
    set_mode(folder.path(), 0o755);
    let path = folder.path().join("doc.db");
    let doc = Doc::open(&path, OpenOptions::new()).unwrap();
    doc.insert("t", "r", &[]).unwrap();
    drop(doc);
    // The program itself has to be where anybody may run it.
    let program = folder.path().join("visitor");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    set_mode(&program, 0o755);
    let visit = || {
        let mut command = Command::new(&program);
        command.args(["visitor", path.to_str().unwrap()]);
        // The super-user may do everything, so it is somebody else who visits.
        let owner = std::fs::metadata("/proc/self").unwrap();
        if std::os::unix::fs::MetadataExt::uid(&owner) == 0 {
            command.uid(NOBODY).gid(NOBODY);
        } else {
            set_mode(folder.path(), 0o555);
        }
        let out = command.output().unwrap();
        set_mode(folder.path(), 0o755);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    set_mode(&path, 0o444);
    let said = visit();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with(ErrorKind::Storage.name()), "{said}");
    assert_eq!(lines[1], "1 rows", "it can be read where nothing can be written: {said}");
    set_mode(&path, 0o000);
    let said = visit();
    assert!(said.lines().all(|line| line.starts_with(ErrorKind::Storage.name())), "{said}");
    set_mode(&path, 0o644);
    println!("who may not write is told and can read; who may not read is told");
}
