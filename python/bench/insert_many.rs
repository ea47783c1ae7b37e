//! The Rust side of `compare.py`: 100,000 rows of 5 cells by one `insert_many`. Prints the best nanoseconds a row of 10 rounds.

use convergedb::ValueRef;
use convergedb::api::{Doc, OpenOptions};
use std::time::Instant;

/// The nanoseconds that this thread has run, so that a busy machine counts less; the time of day where the system does not tell.
fn ran(started: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split_whitespace().next().and_then(|first| first.parse().ok()));
    told.unwrap_or_else(|| started.elapsed().as_nanos() as f64)
}

fn main() -> convergedb::Result<()> {
    let names: Vec<(String, String)> = (0..100_000).map(|at| (format!("row-{at:06}"), format!("thing {at}"))).collect();
    let started = Instant::now();
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let rows: Vec<(&str, [(&str, ValueRef<'_>); 5])> = names
            .iter()
            .zip(0i64..)
            .map(|((id, title), at)| {
                let cells = [
                    ("title", title.as_str().into()),
                    ("done", false.into()),
                    ("n", at.into()),
                    ("weight", (at as f64 / 2.0).into()),
                    ("note", ValueRef::Null),
                ];
                (id.as_str(), cells)
            })
            .collect();
        let doc = Doc::new(OpenOptions::new())?;
        let before = ran(started);
        doc.insert_many("todos", &rows)?;
        best = best.min((ran(started) - before) / rows.len() as f64);
    }
    println!("{best:.0}");
    Ok(())
}
