//! Writes the first inputs of every fuzz target: real forms and texts, made from the shared history, from the conformance vectors and from the
//! golden files.
//!
//! `seeds OUT`: a folder for each target is made in OUT.

#[path = "../../../core/tests/vectors/tree.rs"]
#[allow(dead_code)]
mod tree;

// It is built like the targets, with calls that count what is reached; they are answered here.
use libfuzzer_sys as _;

use converge_fuzz::attempt::saved;
use converge_fuzz::history::{LONG_ID, Start, Starts, empty, event_for, update_for};
use converge_fuzz::{ephemeral, input, kept, seal};
use convergedb::{CrdtDoc, PageLimit, VersionVector};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tree::Tree;

/// Larger texts slow a fuzzer down and lead it nowhere.
const BYTES_MAX: usize = 4_096;

/// Where the target `json` takes texts of each kind.
const RUNS: &[u8] = &[0, 1];
const ENTRIES: &[u8] = &[2];
const OPS: &[u8] = &[3];
const CELLS: &[u8] = &[4, 5];
const VALUE: &[u8] = &[6];
const KNOWN: &[u8] = &[7];

/// Inputs by target, each once.
#[derive(Default)]
struct Seeds(BTreeMap<&'static str, BTreeSet<Vec<u8>>>);

impl Seeds {
    fn add(&mut self, target: &'static str, seed: Vec<u8>) {
        if seed.len() <= BYTES_MAX {
            self.0.entry(target).or_default().insert(seed);
        }
    }

    /// An update or event, as whichever it is.
    fn message(&mut self, start: Start, bytes: &[u8]) {
        match bytes.get(1).map(|head| head >> 4) {
            Some(seal::UPDATE) => self.add("update", input::of_frame(input::mode_of(start), bytes)),
            Some(seal::EVENT) => self.add("event", input::of_frame(input::mode_of(start), bytes)),
            _ => {}
        }
    }

    /// A text for these entries of the target `json`.
    fn text(&mut self, entries: &[u8], start: Start, text: &str) {
        entries.iter().for_each(|entry| self.text_for(*entry, start, text));
    }

    fn text_for(&mut self, what: u8, start: Start, text: &str) {
        let mut seed = vec![what << 5 | input::mode_of(start)];
        seed.extend_from_slice(text.as_bytes());
        self.add("json", seed);
    }

    fn stored(&mut self, target: &'static str, bytes: &[u8]) {
        // Taking a long one apart would take long.
        if bytes.len() <= BYTES_MAX {
            self.add(target, input::of_stored(0, bytes));
        }
    }

    /// Everything that a replica can be asked for.
    fn replica(&mut self, doc: &mut CrdtDoc) {
        self.stored("replica", &saved(doc));
        if let Ok(state) = doc.encode_state() {
            self.stored("state", &state);
        }
        if let Ok(request) = doc.encode_request() {
            self.add("request", input::of_frame(input::mode_of(Start::All), &request));
        }
        if let Ok(page) = doc.encode_update(&VersionVector::new(), PageLimit::default()) {
            self.message(Start::Empty, &page.bytes);
        }
    }
}

fn main() {
    let out = std::env::args().nth(1).map(PathBuf::from).expect("seeds OUT");
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let mut seeds = Seeds::default();
    of_history(&mut seeds);
    of_presence(&mut seeds);
    of_scenarios(&mut seeds);
    kept::seeds().into_iter().for_each(|seed| seeds.add("store", seed));
    of_golden(&mut seeds, &vectors.join("../golden"));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&vectors).expect("the vectors are there").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(!files.is_empty(), "there are no vectors in {}", vectors.display());
    for file in files {
        of_vector(&mut seeds, &std::fs::read_to_string(&file).expect("a vector is text"));
    }
    for (target, seeds) in &seeds.0 {
        let folder = out.join(target);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:04}")), seed).expect("a seed can be written");
        }
        println!("{target:<10} {:>5} seeds, {:>7} bytes", seeds.len(), seeds.iter().map(Vec::len).sum::<usize>());
    }
}

fn of_history(seeds: &mut Seeds) {
    let starts = Starts::new();
    let mut alice = starts.make(Start::All);
    for start in Start::ALL {
        let mut doc = starts.make(start);
        let known = doc.versions();
        seeds.message(start, &update_for(&mut alice, &known));
        for events in [1, 3, 10] {
            let page = alice.encode_update(&known, PageLimit { events, bytes: usize::MAX }).expect("it has its history");
            seeds.message(start, &page.bytes);
        }
        seeds.text(RUNS, start, &convergedb::json::runs_to_json(&alice.get_pending(&known).expect("it has its history").runs));
        seeds.replica(&mut doc);
        if start == Start::Nothing || start == Start::Empty {
            continue;
        }
        for (number, column) in ["title", "done", "new"].into_iter().enumerate() {
            let event = event_for(&starts, start, |doc| {
                let commit = match number {
                    0 => doc.update("todos", LONG_ID, column, "typed")?,
                    1 => doc.update("todos", "6", column, true)?,
                    _ => doc.update("todos", "5", column, 0.5)?,
                };
                Ok(convergedb::EventId::new(doc.peer().clone(), commit.counter))
            });
            seeds.message(start, &event);
        }
    }
    of_long_history(seeds);
    seeds.text(
        OPS,
        Start::Some,
        r#"[{"type":"insert","tbl":"t","row_id":"9","values":{"a":1}},{"type":"delete","tbl":"todos","row_id":"5"}]"#,
    );
    seeds.text(CELLS, Start::Some, r#"{"title":"x","n":null,"b":{"$bytes":"AAECAw=="},"f":1.0e3}"#);
    seeds.text(CELLS, Start::Some, r#"[["title","x"],["title",-0]]"#);
    seeds.text(VALUE, Start::Some, r#""\ud83d\ude00 \u0000""#);
    seeds.text(KNOWN, Start::All, r#"{"alice":3,"bob":-1,"nobody":9007199254740991}"#);
}

/// More than one block of history, in few bytes.
fn of_long_history(seeds: &mut Seeds) {
    let mut doc = empty("dave");
    doc.insert("t", "r", &[("c", 1.into()), ("s", "x".into())]).expect("a good insert");
    for number in 0..4_200 {
        doc.update("t", "r", "c", number).expect("a good update");
    }
    let again = CrdtDoc::decode_replica(&saved(&doc), converge_fuzz::history::options("dave"));
    seeds.replica(&mut again.expect("what was encoded decodes"));
}

fn of_presence(seeds: &mut Seeds) {
    for mode in [0, 1] {
        for message in [ephemeral::empty().encode_all(), ephemeral::filled().encode_all(), ephemeral::filled().encode(&["cursor"])] {
            let mut seed = vec![mode];
            seed.extend_from_slice(ephemeral::body(&message));
            seeds.add("ephemeral", seed);
        }
    }
}

/// The files of every version of the forms.
fn of_golden(seeds: &mut Seeds, folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("the golden files are there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "bin") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a golden file can be read");
        // The first byte tells the ephemeral form, the second which of the others it is.
        match (bytes.first(), bytes.get(1).map(|head| head >> 4)) {
            (Some(0xee), _) => seeds.add("ephemeral", [&[0], ephemeral::body(&bytes)].concat()),
            (_, Some(seal::REPLICA)) => seeds.stored("replica", &bytes),
            (_, Some(seal::STATE)) => seeds.stored("state", &bytes),
            (_, Some(seal::REQUEST)) => seeds.add("request", input::of_frame(input::mode_of(Start::Nothing), &bytes)),
            _ => seeds.message(Start::Nothing, &bytes),
        }
    }
}

/// Steps of every kind, in no special order.
fn of_scenarios(seeds: &mut Seeds) {
    let random = &mut convergedb::clock::SplitMix::new(5);
    for length in [40, 80, 160, 320, 640, 1_280] {
        for _ in 0..10 {
            seeds.add("scenario", (0..length).map(|_| random.next_u64() as u8).collect());
        }
    }
}

/// The forms that a vector's replicas take and give, step by step. What its steps expect is tested elsewhere.
fn of_vector(seeds: &mut Seeds, text: &str) {
    let vector = Tree::parse(text).expect("a vector is JSON");
    let mut docs: BTreeMap<String, CrdtDoc> = BTreeMap::new();
    for name in vector.list("peers").expect("a vector has peers") {
        let name = name.as_text().expect("a name");
        docs.insert(name.to_owned(), empty(name));
    }
    let mut stores: BTreeMap<String, convergedb::EphemeralStore> = BTreeMap::new();
    for step in vector.list("steps").expect("a vector has steps") {
        let of = |key: &str| step.text(key).unwrap_or_default().to_owned();
        let name = if step.get("to").is_some() { of("to") } else { of("at") };
        let raw = |key: &str| step.get(key).map_or("", |value| value.raw);
        match of("do").as_str() {
            "sync" => {
                let known = docs[&name].versions();
                let from = docs.get_mut(&of("from")).expect("a peer");
                let page = from.encode_update(&known, PageLimit::default()).expect("it has its history");
                seeds.message(Start::Empty, &page.bytes);
                let _ = docs.get_mut(&name).expect("a peer").merge_update(&page.bytes);
            }
            "deliver" => {
                seeds.text(RUNS, Start::Empty, &of("runs"));
                let _ = docs.get_mut(&name).expect("a peer").merge_remote_json(&of("runs"));
            }
            "ephemeral_merge" => {
                seeds.text(ENTRIES, Start::Empty, &of("entries"));
                let store = stores.entry(name).or_insert_with(ephemeral::empty);
                let _ = store.merge_json(&of("entries"));
                let mut seed = vec![0];
                seed.extend_from_slice(ephemeral::body(&store.encode_all()));
                seeds.add("ephemeral", seed);
            }
            "get_pending" => seeds.text(KNOWN, Start::All, raw("known")),
            action => {
                if let Some(doc) = docs.get_mut(&name) {
                    write(seeds, doc, action, step);
                }
            }
        }
    }
    docs.values_mut().for_each(|doc| seeds.replica(doc));
}

fn write(seeds: &mut Seeds, doc: &mut CrdtDoc, action: &str, step: &Tree<'_>) {
    let of = |key: &str| step.text(key).unwrap_or_default();
    let raw = |key: &str| step.get(key).map_or("", |value| value.raw);
    let _ = match action {
        "insert" => {
            seeds.text(CELLS, Start::Some, raw("values"));
            doc.insert_json(of("tbl"), of("row_id"), raw("values"))
        }
        "update" => {
            seeds.text(VALUE, Start::Some, raw("value"));
            doc.update_json(of("tbl"), of("row_id"), of("col"), raw("value"))
        }
        "delete" => doc.delete(of("tbl"), of("row_id")),
        "transaction" => {
            seeds.text(OPS, Start::Some, raw("ops"));
            doc.transaction_json(raw("ops"), step.get("at_ms").and_then(|at| at.raw.parse().ok()))
        }
        _ => return,
    };
}
