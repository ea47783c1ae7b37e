//! Reads every file of `tests/golden` through the public API and compares what comes of it with what the file beside it says; its README
//! says the rule. With `CONVERGE_GOLDEN_WRITE=1` it first writes the files of the present version that are not there yet.

#![cfg(feature = "json")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "golden/examples.rs"]
mod examples;
#[path = "golden/make.rs"]
mod make;
#[path = "golden/outcome.rs"]
mod outcome;

use convergedb::{CrdtDoc, DocOptions, Error, ErrorKind, PeerId};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The first byte of an ephemeral message; every other form begins with another one.
const EPHEMERAL: u8 = 0xee;

/// Forms by file name: the bytes, and the ways to read them with what comes of each.
type Files = BTreeMap<String, (Vec<u8>, Vec<Json>)>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden")
}

/// The version that a form says it has.
fn version(bytes: &[u8]) -> u8 {
    if bytes[0] == EPHEMERAL { bytes[1] } else { bytes[1] & 15 }
}

/// What this version writes, under the names that its files have.
fn present() -> &'static Files {
    static PRESENT: OnceLock<Files> = OnceLock::new();
    PRESENT.get_or_init(|| {
        let made = make::all();
        let versions: BTreeMap<&str, u8> = made.iter().map(|made| (made.name, version(&made.bytes))).collect();
        let name = |form: &str| format!("{form}-v{}", versions[form]);
        let named = |mut read: Json| {
            for key in ["into", "answered_by"] {
                if let Some(form) = read.get(key).and_then(Json::as_str).map(name) {
                    read[key] = json!(form);
                }
            }
            read
        };
        made.into_iter().map(|made| (name(made.name), (made.bytes, made.reads.into_iter().map(named).collect()))).collect()
    })
}

/// What lies in the folder, after the missing files of this version were written, if that was asked for.
fn stored() -> &'static Files {
    static STORED: OnceLock<Files> = OnceLock::new();
    STORED.get_or_init(|| {
        if std::env::var("CONVERGE_GOLDEN_WRITE").is_ok_and(|write| write == "1") {
            write_missing();
        }
        let mut files = Files::new();
        for entry in std::fs::read_dir(folder()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "bin") {
                let text = std::fs::read_to_string(path.with_extension("json")).expect("each .bin has a .json beside it");
                let reads: Vec<Json> = serde_json::from_str(&text).unwrap();
                files.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), (std::fs::read(&path).unwrap(), reads));
            }
        }
        files
    })
}

fn write_missing() {
    read_all(present());
    for (name, (bytes, reads)) in present() {
        let path = folder().join(format!("{name}.bin"));
        if path.exists() {
            continue;
        }
        std::fs::write(&path, bytes).unwrap();
        // One outcome in a line of its own each, so that a difference is seen at a glance.
        let line = |read: &Json| {
            let pairs: Vec<String> = read.as_object().unwrap().iter().map(|(key, value)| format!("  \"{key}\": {value}")).collect();
            format!("{{\n{}\n}}", pairs.join(",\n"))
        };
        std::fs::write(path.with_extension("json"), format!("[{}]\n", reads.iter().map(line).collect::<Vec<_>>().join(", "))).unwrap();
        println!("wrote {name}: {} bytes", bytes.len());
    }
}

/// A replica to read into: a stored one under another name, or one that has nothing.
fn receiver(files: &Files, into: &Json) -> CrdtDoc {
    let options = DocOptions::seeded(2).peer(PeerId::new("reader").unwrap());
    match into.as_str() {
        Some(name) => CrdtDoc::decode_replica(&files[name].0, options).unwrap(),
        None => CrdtDoc::new(options),
    }
}

/// Reads a form in one of its ways, and says what came of it.
fn read(files: &Files, name: &str, bytes: &[u8], how: &Json) -> Result<Json, Error> {
    let form = name.split('-').next().unwrap_or_default();
    match form {
        "base" | "replica" | "state" => {
            let stranger = CrdtDoc::decode_replica(bytes, DocOptions::seeded(2))?;
            assert_ne!(json!(stranger.peer().as_str()), how["as"], "a replica is nobody's unless it is told to resume");
            let same = PeerId::new(how["as"].as_str().unwrap()).unwrap();
            let mut doc = CrdtDoc::decode_replica_owned(bytes.to_vec(), DocOptions::seeded(2).peer(same.clone()))?;
            doc.load_history()?;
            let outcome = outcome::of_replica(&doc);
            let commit = doc.insert("a table of its own", "r", &[])?;
            let next = doc.versions().get(&same).unwrap_or_default();
            assert_eq!((commit.counter, doc.peer()), (next, &same), "it goes on where it was");
            Ok(outcome)
        }
        "event" | "update" => {
            let mut doc = receiver(files, &how["into"]);
            doc.merge_update(bytes)?;
            Ok(outcome::of_doc(&doc))
        }
        "request" => {
            let mut answerer = receiver(files, &how["answered_by"]);
            let page = answerer.encode_pending(bytes)?;
            assert!(!page.has_more);
            let mut doc = receiver(files, &how["into"]);
            doc.merge_update(&page.bytes)?;
            Ok(outcome::of_doc(&doc))
        }
        "ephemeral" => {
            let mut store = make::store();
            store.merge_bytes(bytes)?;
            Ok(outcome::of_store(&store))
        }
        _ => panic!("{name}: no form has this name"),
    }
}

/// Whether all that is expected came, however much else a later version says.
fn compare(name: &str, expected: &Json, actual: &Json) {
    let nothing = Map::new();
    for (key, expected) in expected.as_object().unwrap_or(&nothing) {
        assert_eq!(Some(expected), actual.get(key), "{name}: `{key}` is not what it was (left: expected)");
    }
}

fn read_all(files: &Files) {
    for (name, (bytes, reads)) in files {
        assert!(!reads.is_empty(), "{name}: nothing says how it is read");
        for how in reads {
            match (read(files, name, bytes, how), how.get("error")) {
                (Ok(outcome), None) => compare(name, &how["outcome"], &outcome),
                (Err(error), Some(expected)) => {
                    let id = error.event_id().map(|id| json!([id.peer.as_str(), id.counter]));
                    compare(name, expected, &json!({ "kind": error.kind().name(), "event_id": id }));
                }
                (Err(error), None) => panic!("{name}: it cannot be read: {error}"),
                (Ok(_), Some(expected)) => panic!("{name}: it was read, and should give {expected}"),
            }
        }
    }
}

/// Goal: a file that any version wrote is read for ever. Method: read each, and compare rows, digest, versions, log and what waits.
#[test]
fn every_golden_file_is_read_as_it_was_written() {
    assert!(stored().len() >= present().len(), "files are missing: write them with CONVERGE_GOLDEN_WRITE=1");
    read_all(stored());
}

/// Goal: what this version writes says what it was made from. Method: the same, of forms made now, whose outcomes come from replicas that
/// merged plain data.
#[test]
fn every_form_is_read_as_it_is_written_now() {
    read_all(present());
}

/// Goal: no version is released without its files. Method: look for a file of each form that is written now, under the version it has.
#[test]
fn the_present_version_has_its_files() {
    for name in present().keys() {
        assert!(stored().contains_key(name), "{name} is missing: write it with CONVERGE_GOLDEN_WRITE=1, and add it to the repository");
    }
}

/// Goal: damage is found wherever it is. Method: change single bits in all parts of each file.
#[test]
fn a_changed_bit_is_found() {
    for (name, (bytes, reads)) in stored() {
        let step = if bytes.len() < 500 { 1 } else { bytes.len() / 97 };
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let error = read(stored(), name, &changed, &reads[0]).map(|_| ()).expect_err(&format!("{name}: byte {at} was changed"));
            let known = [ErrorKind::Malformed, ErrorKind::Corrupt, ErrorKind::UnsupportedVersion];
            assert!(known.contains(&error.kind()), "{name}: byte {at} gives {error}");
        }
    }
}

/// Goal: what a later version writes is told from damage. Method: raise the version of each file, which is looked at before all else.
#[test]
fn a_later_version_is_said_to_be_one() {
    for (name, (bytes, reads)) in present() {
        let mut later = bytes.clone();
        later[1] += 1;
        let error = read(present(), name, &later, &reads[0]).map(|_| ()).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::UnsupportedVersion, "{name}");
    }
}
