//! W8: ephemeral registers (cursors, presence). A million sets over 1,000 keys, an encoding of all, then a million remote entries:
//! `blob` as messages of 1,000 entries, `single` as messages of one.

#[cfg(feature = "converge")]
mod converge;
mod limit;
#[cfg(feature = "loro")]
mod loro;
#[cfg(feature = "yrs")]
mod yrs;

use crate::measure::*;
use crate::model::Rng;

const KEYS: usize = 1000;
/// Writers of the remote entries, and how many messages of one entry each key gets.
const WRITERS: usize = 100;

pub fn run(engine: &str, n: usize) -> bool {
    match engine {
        #[cfg(feature = "converge")]
        "converge" => converge::run(n),
        #[cfg(feature = "loro")]
        "loro" => loro::run(n),
        #[cfg(feature = "yrs")]
        "yrs" => yrs::run(n),
        "limit" => limit::run(n),
        _ => return false,
    }
    true
}

fn keys() -> Vec<String> {
    (0..KEYS).map(|key| format!("user{key:04}/cursor")).collect()
}

/// Which key is set to what.
fn sets(n: usize) -> Vec<(u32, i64)> {
    let mut rng = Rng(8);
    (0..n).map(|_| (rng.below(KEYS as u64) as u32, rng.below(1 << 30) as i64)).collect()
}

/// What the run of an engine came to, in seconds and messages.
struct Run<'a> {
    set: f64,
    encode: f64,
    encoded: usize,
    blobs: (f64, &'a [Vec<u8>]),
    singles: (f64, &'a [Vec<u8>]),
}

impl Run<'_> {
    fn out(&self, engine: &str, n: usize, before: f64) -> Out {
        Out::new(engine, "w8", n)
            .rate(n, self.set)
            .num("encode_all_us", self.encode * 1e6)
            .num("bytes", self.encoded as f64)
            .num("merge_blob_ns_per_entry", self.blobs.0 * 1e9 / (self.blobs.1.len() * KEYS) as f64)
            .num("merge_single_ns_per_msg", self.singles.0 * 1e9 / self.singles.1.len() as f64)
            .num("single_msg_bytes", self.singles.1[0].len() as f64)
            .mem(before)
    }
}
