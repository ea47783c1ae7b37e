//! Runs the conformance vectors through the public API, each in every mode, and prints one line for each that fails.
//!
//! The vectors are the `*.json` of `tests/vectors` in the repository, or of the folder that the environment variable `CONVERGE_VECTORS`
//! names. The last line is `N passed, N failed`; the exit code is 0 when all passed and there was at least one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "vectors/difference.rs"]
mod difference;
#[path = "vectors/mode.rs"]
mod mode;
#[path = "vectors/tree.rs"]
mod tree;
#[path = "vectors/world.rs"]
mod world;

use mode::Mode;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tree::Tree;
use world::World;

fn main() -> ExitCode {
    // What the test command passes on to every suite: `--list`, and names of tests to which to keep.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("vectors: test");
        return ExitCode::SUCCESS;
    }
    let mut filters = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    if filters.peek().is_some() && !filters.any(|filter| "vectors".contains(filter.as_str())) {
        return ExitCode::SUCCESS;
    }
    let folder =
        std::env::var_os("CONVERGE_VECTORS").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors"), PathBuf::from);
    let (mut passed, mut failed) = (0, 0);
    match vectors(&folder) {
        Ok(files) => {
            for file in files {
                let failures = run_file(&file);
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                failures.iter().for_each(|failure| println!("FAILED {name}: {failure}"));
                if failures.is_empty() { passed += 1 } else { failed += 1 }
            }
        }
        Err(error) => println!("cannot read {}: {error}", folder.display()),
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The vector files of a folder, sorted by name.
fn vectors(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

/// What went wrong, at most one line for each mode.
fn run_file(file: &Path) -> Vec<String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return vec![error.to_string()],
    };
    let vector = match Tree::parse(&text) {
        Ok(vector) => vector,
        Err(error) => return vec![error],
    };
    let run = |mode: Mode| run_vector(&vector, mode).err().map(|failure| format!("[{}] {failure}", mode.name()));
    Mode::ALL.into_iter().filter_map(run).collect()
}

fn run_vector(vector: &Tree<'_>, mode: Mode) -> Result<(), String> {
    let format = vector.need("format")?.raw;
    if format != "1" {
        return Err(format!("the format is {format}, and this runner knows 1"));
    }
    let peers = vector.list("peers")?.iter().map(Tree::as_text).collect::<Result<Vec<&str>, String>>()?;
    let mut world = World::new(&peers, mode)?;
    for (number, step) in vector.list("steps")?.iter().enumerate() {
        // A panic is the failure of one vector, and the others go on.
        let result = catch_unwind(AssertUnwindSafe(|| world.step(step))).unwrap_or_else(|_| Err("it panicked".to_owned()));
        result.map_err(|failure| format!("step {number} ({}): {failure}", step.text("do").unwrap_or("?")))?;
    }
    Ok(())
}
