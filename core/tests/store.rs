//! Replicas in stores: what every store does, and what a replica is after it was closed and opened again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, dead_code)]

#[path = "store/conformance.rs"]
mod conformance;
#[path = "store/life.rs"]
mod life;

use convergedb::store::{MemoryDisk, MemoryStore};

#[test]
fn a_store_in_memory_does_what_a_store_does() {
    conformance::run(|| {
        let disk = MemoryDisk::new();
        move || Box::new(MemoryStore::open(&disk))
    });
}

#[test]
fn replicas_in_memory_live_on() {
    for seed in 0..60 {
        let disk = MemoryDisk::new();
        life::live(seed, 40, || MemoryStore::open(&disk));
    }
}

#[test]
fn rows_of_an_older_form_in_memory_are_made_again() {
    let disk = MemoryDisk::new();
    life::older_rows(|| MemoryStore::open(&disk));
}

#[test]
fn damage_of_what_waits_in_memory_costs_itself() {
    let disk = MemoryDisk::new();
    life::damaged_waiting(|| MemoryStore::open(&disk));
}

#[test]
fn what_waits_keeps_its_place_where_the_bounds_change() {
    for seed in 0..60 {
        let disk = MemoryDisk::new();
        life::narrow(seed, || MemoryStore::open(&disk));
    }
}

#[test]
fn a_long_life_in_memory_makes_segments() {
    let disk = MemoryDisk::new();
    life::long(7, 60_000, || MemoryStore::open(&disk));
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::{conformance, life};
    use convergedb::store::{SqliteOptions, SqliteStore};
    use tempfile::TempDir;

    #[test]
    fn a_store_in_a_file_does_what_a_store_does() {
        for relaxed in [false, true] {
            conformance::run(|| {
                let folder = TempDir::new().unwrap();
                let options = SqliteOptions { relaxed, ..SqliteOptions::default() };
                move || Box::new(SqliteStore::open(&folder.path().join("doc.db"), &options).unwrap())
            });
        }
    }

    #[test]
    fn replicas_in_files_live_on() {
        let options = SqliteOptions { relaxed: true, ..SqliteOptions::default() };
        for seed in 100..130 {
            let folder = TempDir::new().unwrap();
            life::live(seed, 40, || SqliteStore::open(&folder.path().join("doc.db"), &options).unwrap());
        }
    }

    #[test]
    fn rows_of_an_older_form_in_a_file_are_made_again() {
        let folder = TempDir::new().unwrap();
        life::older_rows(|| SqliteStore::open(&folder.path().join("doc.db"), &SqliteOptions::default()).unwrap());
    }

    #[test]
    fn damage_of_what_waits_in_a_file_costs_itself() {
        let folder = TempDir::new().unwrap();
        life::damaged_waiting(|| SqliteStore::open(&folder.path().join("doc.db"), &SqliteOptions::default()).unwrap());
    }

    #[test]
    fn a_long_life_in_a_file_makes_segments() {
        let options = SqliteOptions { relaxed: true, ..SqliteOptions::default() };
        let folder = TempDir::new().unwrap();
        life::long(8, 60_000, || SqliteStore::open(&folder.path().join("doc.db"), &options).unwrap());
    }
}
