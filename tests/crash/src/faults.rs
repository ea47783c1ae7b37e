//! Each operation of a fixed workload fails once, in each way; then the file is opened again.

use crate::conformance;
use crate::disk::{self, Fault, Left};
use crate::vfs;
use crate::workload::{self, Peer, Story};
use convergedb::api::{Doc, Durability, FreshPeer, OpenOptions};
use convergedb::store::{SqliteOptions, SqliteStore};
use std::path::Path;
use tempfile::TempDir;

/// So many operations of a workload are tried one by one; beyond that every few.
const EACH: u64 = 400;
/// The most that are tried beyond.
const BEYOND: u64 = 250;

/// Every so many places the faults are tried where losses have to be found.
const CANARY_EVERY: usize = 11;

/// On the disk that fails.
fn options(durability: Durability) -> OpenOptions {
    workload::options().vfs(vfs::NAME).durability(durability)
}

pub fn run() {
    vfs::register();
    conformance::run(|| {
        disk::with(|disk| disk.clear());
        vfs::forget_shared();
        let options = SqliteOptions { vfs: Some(vfs::NAME.to_owned()), ..SqliteOptions::default() };
        move || Box::new(SqliteStore::open(Path::new("/on the faulty disk.db"), &options).unwrap())
    });
    println!("the store on this disk does what a store does");
    let peer = Peer::new();
    let mut whole = Story::default();
    let operations = {
        disk::with(|disk| disk.clear());
        let folder = TempDir::new().unwrap();
        workload::run(&folder.path().join("doc.db"), options(Durability::Full), &peer, &mut whole).unwrap();
        disk::with(|disk| disk.operations)
    };
    println!("the workload has {} calls and {operations} operations on the disk", whole.0.len());
    let step = operations.saturating_sub(EACH).div_ceil(BEYOND).max(1) as usize;
    let places: Vec<u64> = (0..operations.min(EACH)).chain((EACH..operations).step_by(step)).collect();
    for fault in [Fault::Fail, Fault::Tear, Fault::Full, Fault::Crash] {
        let mut opened = 0;
        for &at in &places {
            opened += one(&peer, (&whole, operations), at, fault, Durability::Full);
        }
        println!("{fault:?}: at {} places, opened again {opened} times", places.len());
    }
    recoveries(&peer, &whole, &places);
    canary(&peer, (&whole, operations), &places);
}

/// One fault at one place. Returns how often the file was opened again.
fn one(peer: &Peer, (whole, operations): (&Story, u64), at: u64, fault: Fault, durability: Durability) -> u64 {
    disk::with(|disk| {
        disk.clear();
        disk.set_fault(at, fault);
    });
    vfs::forget_shared();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("doc.db");
    let mut story = Story::default();
    let outcome = workload::run(&path, options(durability), peer, &mut story);
    assert!(disk::with(|disk| disk.struck), "{fault:?} at {at} never came");
    if fault == Fault::Crash && outcome.is_ok() {
        // Only what comes after everything was kept may fail unnoticed: taking the empty write-ahead log away.
        assert!(story.0.len() == whole.0.len() && at + 1 == operations, "a crash at {at} went unnoticed");
    }
    let lefts: &[Left] = match fault {
        Fault::Crash => &[Left::Nothing, Left::Everything, Left::Some(1), Left::Some(2)],
        // The process lives on, or the machine stops later.
        _ => &[Left::Everything, Left::Nothing],
    };
    let before = (disk::with(|disk| disk.keep()), marks(&path));
    for &left in lefts {
        disk::with(|disk| {
            disk.put_back(&before.0);
            disk.restart(left);
        });
        vfs::forget_shared();
        put_marks(&path, &before.1);
        look(&path, whole, &story, outcome.is_ok(), &format!("{fault:?} at {at}, then {left:?}"));
    }
    lefts.len() as u64
}

fn marks(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(format!("{}-peer", path.display())).ok()
}

fn put_marks(path: &Path, mark: &Option<Vec<u8>>) {
    let name = format!("{}-peer", path.display());
    match mark {
        Some(bytes) => std::fs::write(name, bytes).unwrap(),
        None => drop(std::fs::remove_file(name)),
    }
}

/// Opens the file: everything that was acknowledged is there, perhaps one call more, and it goes on.
fn look(path: &Path, whole: &Story, story: &Story, done: bool, what: &str) {
    let doc = Doc::open(path, options(Durability::Full)).unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
    let now = (doc.events().unwrap(), doc.digest().unwrap());
    // Probes after an error may have come between.
    let probes = now.0.saturating_sub(story.0.last().map_or(0, |last| last.0));
    let next = whole.0.get(story.0.len()).copied();
    let acknowledged = story.0.last().copied().unwrap_or((0, whole.0[0].1));
    let expected = now == acknowledged || (!done && Some(now) == next) || (probes <= 2 && now.1 == acknowledged.1);
    assert!(expected, "{what}: {} events are there, {} were acknowledged", now.0, acknowledged.0);
    let fresh = doc.opened().unwrap().fresh_peer;
    assert!(matches!(fresh, None | Some(FreshPeer::RolledBack | FreshPeer::NoMark)), "{what}: {fresh:?}");
    doc.with(|doc| doc.check()).unwrap().unwrap_or_else(|broken| panic!("{what}: {broken}"));
    assert_eq!(doc.verify().unwrap(), Vec::<String>::new(), "{what}");
    doc.insert("todos", "written afterwards", &[]).unwrap_or_else(|error| panic!("{what}: {error}"));
    let after = doc.digest().unwrap();
    doc.close().unwrap_or_else(|error| panic!("{what}: {error}"));
    let doc = Doc::open(path, options(Durability::Full)).unwrap();
    assert_eq!(doc.digest().unwrap(), after, "{what}");
    assert_eq!(doc.opened().unwrap().fresh_peer, None, "{what}");
}

/// Crashes while a file is opened after a crash, at each operation of that.
fn recoveries(peer: &Peer, whole: &Story, places: &[u64]) {
    let (mut crashes, mut opened) = (0, 0);
    for &at in places.iter().step_by(7) {
        disk::with(|disk| {
            disk.clear();
            disk.set_fault(at, Fault::Crash);
        });
        vfs::forget_shared();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("doc.db");
        let mut story = Story::default();
        let _ = workload::run(&path, options(Durability::Full), peer, &mut story);
        let before = (disk::with(|disk| disk.keep()), marks(&path));
        for second in 0.. {
            disk::with(|disk| {
                disk.put_back(&before.0);
                disk.restart(Left::Some(at));
                disk.set_fault(second, Fault::Crash);
            });
            vfs::forget_shared();
            put_marks(&path, &before.1);
            drop(Doc::open(&path, options(Durability::Full)));
            if !disk::with(|disk| disk.struck) {
                break;
            }
            crashes += 1;
            disk::with(|disk| disk.restart(Left::Some(second)));
            vfs::forget_shared();
            look(&path, whole, &story, false, &format!("crash at {at}, and at {second} of opening again"));
            opened += 1;
        }
    }
    println!("crashes while opening after a crash: {crashes}, opened again {opened} times");
}

/// A test that cannot fail is none: a replica that does not wait for the disk has to lose acknowledged writes here.
fn canary(peer: &Peer, whole: (&Story, u64), places: &[u64]) {
    std::panic::set_hook(Box::new(|_| {}));
    let lost = |&&at: &&u64| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(peer, whole, at, Fault::Crash, Durability::Relaxed))).is_err()
    };
    let tried = places.iter().step_by(CANARY_EVERY);
    let count = tried.len();
    let found = tried.filter(lost).count();
    drop(std::panic::take_hook());
    println!("canary: without waiting for the disk, {found} of {count} crashes lost something acknowledged");
    assert!(found > 0, "the faults find nothing where something is lost");
}
