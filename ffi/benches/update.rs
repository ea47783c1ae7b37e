//! The other side of `tests/c/bench.c`: the same updates and reads through the thread-safe document in Rust, timed in the same way. What they
//! differ by is what the C boundary costs. `cargo bench -p convergedb-ffi`.

#![allow(clippy::unwrap_used)]

use convergedb::ValueRef;
use convergedb::api::{Doc, OpenOptions};
use std::hint::black_box;
use std::time::Instant;

const ROWS: usize = 10_000;
/// Steps from row to row, so that no operation is about the neighbour of the one before it.
const STRIDE: usize = 7_919;
/// So many operations are timed together.
const SAMPLE: usize = 1_000;
const SAMPLES: usize = 1_000;
const TBL: &str = "tasks";

fn main() {
    let doc = Doc::new(OpenOptions::new()).unwrap();
    let ids: Vec<String> = (0..ROWS).map(|row| format!("r{row:07}")).collect();
    for (id, number) in ids.iter().zip(0i64..) {
        let cells: [(&str, ValueRef<'_>); 5] = [
            ("title", "water the plants".into()),
            ("count", number.into()),
            ("share", (number as f64 + 0.5).into()),
            ("done", (number % 2 == 0).into()),
            ("note", "the ones at the window need most".into()),
        ];
        doc.insert(TBL, id, &cells).unwrap();
    }
    time("update_by_name", |number| {
        black_box(doc.update(TBL, &ids[number * STRIDE % ROWS], "count", number as i64).unwrap());
    });
    time("get", |number| {
        black_box(doc.get(TBL, &ids[number * STRIDE % ROWS], "count").unwrap());
    });
    time("events", |_| {
        black_box(doc.events().unwrap());
    });
}

/// Prints the fastest and the median sample, per operation.
fn time(name: &str, mut operation: impl FnMut(usize)) {
    let mut number = 0;
    let mut samples: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..SAMPLE {
                operation(number);
                number += 1;
            }
            start.elapsed().as_nanos() as f64 / SAMPLE as f64
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    println!("{name:<20} fastest {:6.1} ns, median {:6.1} ns", samples[0], samples[SAMPLES / 2]);
}
