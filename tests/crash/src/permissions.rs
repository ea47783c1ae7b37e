//! A process that may not write, or not even look: it is told, and what it may do it can.

use convergedb::ErrorKind;
use convergedb::api::{Doc, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
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

/// Opens for reading and says what it sees; then again what a query and what history say, each time that a line comes.
pub fn stayer(path: &str) {
    let doc = Doc::open(path, OpenOptions::new().read_only(true)).unwrap();
    println!("{} rows", doc.count("t").unwrap());
    for _ in std::io::stdin().lines() {
        let found = doc.query("SELECT count(*) FROM t", &[], Default::default());
        println!("{}", found.map_or_else(|error| error.kind().to_string(), |found| format!("{:?}", found.rows[0][0])));
    }
}

/// Somebody who may not write, in a folder that is not his.
struct Stranger<'a> {
    folder: &'a Path,
    program: PathBuf,
    path: &'a Path,
}

impl Stranger<'_> {
    /// The program that a stranger runs; the super-user may do everything, so it is somebody else, or the folder is closed.
    fn command(&self, what: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args([what, self.path.to_str().unwrap()]);
        let owner = std::fs::metadata("/proc/self").unwrap();
        if std::os::unix::fs::MetadataExt::uid(&owner) == 0 {
            command.uid(NOBODY).gid(NOBODY);
        } else {
            set_mode(self.folder, 0o555);
        }
        command
    }

    /// What a stranger says of opening for writing and for reading.
    fn visit(&self) -> [String; 2] {
        let out = self.command("visitor").output().unwrap();
        set_mode(self.folder, 0o755);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let said = String::from_utf8(out.stdout).unwrap();
        let mut lines = said.lines().map(str::to_owned);
        [lines.next().unwrap(), lines.next().unwrap()]
    }
}

pub fn run() {
    let folder = TempDir::new().unwrap();
    set_mode(folder.path(), 0o755);
    let path = folder.path().join("doc.db");
    let open = || Doc::open(&path, OpenOptions::new()).unwrap();
    let doc = open();
    doc.insert("t", "r", &[]).unwrap();
    drop(doc);
    // The program itself has to be where anybody may run it.
    let program = folder.path().join("visitor");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    set_mode(&program, 0o755);
    let stranger = Stranger { folder: folder.path(), program, path: &path };
    set_mode(&path, 0o444);
    let [writing, reading] = stranger.visit();
    assert!(writing.starts_with(ErrorKind::Storage.name()), "{writing}");
    assert_eq!(reading, "1 rows", "it can be read where nothing can be written");
    set_mode(&path, 0o000);
    assert!(stranger.visit().iter().all(|said| said.starts_with(ErrorKind::Storage.name())));
    set_mode(&path, 0o644);
    beside_a_writer(&stranger, &open);
    println!("who may not write is told and can read, also beside a writer; who may not read is told, and who cannot follow a writer too");
}

/// A stranger reads while the owner writes, and before.
fn beside_a_writer(stranger: &Stranger<'_>, open: &dyn Fn() -> Doc) {
    let mut stayer = stranger.command("stayer").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut ask, mut answers) = (stayer.stdin.take().unwrap(), BufReader::new(stayer.stdout.take().unwrap()).lines());
    let mut answer = || answers.next().unwrap().unwrap();
    assert_eq!(answer(), "1 rows");
    let mut again = |ask: &mut ChildStdin| {
        ask.write_all(b"\n").unwrap();
        answer()
    };
    assert_eq!(again(&mut ask), "Int(1)");
    set_mode(stranger.folder, 0o755);
    let doc = open();
    for row in 0..500 {
        doc.insert("t", &format!("row {row}"), &[("text", "t".repeat(100).as_str().into())]).unwrap();
    }
    // One that was opened before cannot follow, and says so; one that comes now reads along.
    assert_eq!(again(&mut ask), ErrorKind::Storage.name());
    assert_eq!(stranger.visit()[1], "501 rows");
    // Where the side files are not for him he is told: what lies in the file alone is not all.
    let shared = stranger.path.with_file_name("doc.db-shm");
    set_mode(&shared, 0o600);
    let hidden = stranger.visit();
    assert!(hidden[1].starts_with(ErrorKind::Storage.name()), "{hidden:?}");
    set_mode(&shared, 0o644);
    doc.close().unwrap();
    assert_eq!(again(&mut ask), ErrorKind::Storage.name(), "it was written since");
    assert_eq!(stranger.visit()[1], "501 rows");
    drop(ask);
    stayer.wait().unwrap();
}
