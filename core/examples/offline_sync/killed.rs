//! What a file is worth when its writer dies: this program starts itself again, kills that process while it writes, and looks.

use crate::report::{since, thousands};
use crate::sync::Failure;
use convergedb::api::{Doc, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The argument that makes this program the one that is killed; the file follows it.
pub(crate) const WRITES: &str = "--write-rows";
const TABLE: &str = "visits";
/// So many rows are acknowledged before the kill. It meets the next ones wherever they are then.
const ROWS_BEFORE: usize = 200;
/// Ends the writer if nobody kills it.
const ROWS_MAX: u32 = 1_000_000;

/// The writer: inserts rows one by one, and says of each that it is kept once the call has returned.
pub(crate) fn write_rows(path: &Path) -> Result<bool, Failure> {
    let doc = Doc::open(path, OpenOptions::new())?;
    let mut told = std::io::stdout().lock();
    for number in 0..ROWS_MAX {
        let row_id = doc.new_row_id()?;
        doc.insert(TABLE, &row_id, &[("number", i64::from(number).into())])?;
        writeln!(told, "{row_id} {number}")?;
        told.flush()?;
    }
    Ok(true)
}

/// Starts a writer, kills it, and opens its file. Whether every row that it acknowledged is there, as it was written.
pub(crate) fn kill_a_writer(path: &Path) -> Result<bool, Failure> {
    let acknowledged = run_until_killed(path)?;
    println!("  acknowledged:      {:>6} rows, each a commit of its own", thousands(acknowledged.len() as u64));

    let start = Instant::now();
    let doc = Doc::open(path, OpenOptions::new().must_exist(true))?;
    let took = since(start);
    let mut found = 0;
    for (row_id, number) in &acknowledged {
        found += usize::from(doc.get(TABLE, row_id, "number")? == Some((*number).into()));
    }
    println!("  found in the file: {:>6} of them, opened in {took}", thousands(found as u64));
    let untold = doc.count(TABLE)?.saturating_sub(found);
    println!("  beyond those:      {:>6} that it had no time to acknowledge", thousands(untold as u64));
    let goes_on = doc.opened()?.fresh_peer.is_none();
    doc.insert(TABLE, &doc.new_row_id()?, &[("number", (-1).into())])?;
    let broken = doc.verify()?;
    broken.iter().for_each(|what| println!("  BROKEN: {what}"));
    doc.close()?;

    let kept = found == acknowledged.len() && goes_on && broken.is_empty();
    println!("  {}", if kept { "Nothing that was acknowledged is lost, and it goes on." } else { "Something was LOST." });
    Ok(kept)
}

/// The rows that the writer acknowledged until it died, each with its number.
fn run_until_killed(path: &Path) -> Result<Vec<(String, i64)>, Failure> {
    let mut writer = Command::new(std::env::current_exe()?).arg(WRITES).arg(path).stdout(Stdio::piped()).spawn()?;
    let mut told = BufReader::new(writer.stdout.take().ok_or("the writer has no output")?);
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        // What it said before it died is still in the pipe, and counts.
        if told.read_line(&mut line)? == 0 {
            break;
        }
        // A line without its end was not said.
        let Some((row_id, number)) = line.strip_suffix('\n').and_then(|said| said.split_once(' ')) else { break };
        acknowledged.push((row_id.to_owned(), number.parse()?));
        if acknowledged.len() == ROWS_BEFORE {
            writer.kill()?;
        }
    }
    let status = writer.wait()?;
    println!("  the writer ended with {status}");
    if status.success() || acknowledged.len() < ROWS_BEFORE {
        return Err("the writer was not killed while it wrote".into());
    }
    Ok(acknowledged)
}
