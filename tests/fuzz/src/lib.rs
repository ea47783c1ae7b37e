//! What the fuzz targets share: replicas to try bytes on, forms put together with checksums that hold, and a bound on memory.

#[path = "../../../core/tests/hostile/attempt.rs"]
pub mod attempt;
#[path = "../../../core/tests/hostile/history.rs"]
pub mod history;
#[path = "../../../core/tests/hostile/memory.rs"]
pub mod memory;
#[path = "../../../core/tests/hostile/replicas.rs"]
pub mod replicas;
#[path = "../../../core/tests/hostile/seal.rs"]
pub mod seal;

pub mod ephemeral;
pub mod input;
pub mod scenario;

use attempt::Fingerprint;
use convergedb::{CrdtDoc, MergeResult, Result};
use history::{Start, Starts};
use std::sync::OnceLock;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

/// What a call may hold beyond what it leaves, however short its input: a message may decode to a million events, or to eight million cells,
/// at about 24 bytes each, and so much is read before all of it is known to be good.
pub const READ_ROOM: usize = 208 << 20;
/// What a message may take of which something is known already or has to wait: each event and cell becomes plain data first.
pub const PLAIN_ROOM: usize = 1_536 << 20;
/// What reading a replica may take: one front's room, as it grows.
pub const FRONT_ROOM: usize = 64 << 20;
/// And so much for each byte of input, in every case.
pub const PER_BYTE: usize = 64;
/// A replica's front may become so much for each of its bytes.
pub const PER_FRONT_BYTE: usize = 256;
/// And so much for each byte that it leaves.
pub const PER_LIVE_BYTE: usize = 8;

/// Makes a call that reads `input` bytes from outside, which must keep the bound on memory that `room` tells for its result.
pub fn bounded<T>(input: usize, call: impl FnOnce() -> T, room: impl FnOnce(&T) -> usize) -> T {
    let (result, usage) = memory::measure(call);
    let bound = room(&result) + PER_BYTE * input + PER_LIVE_BYTE * usage.grown;
    assert!(usage.peak <= bound, "{input} bytes of input: {usage:?} is past the bound of {bound}");
    result
}

/// The room of a merge, by what came of it.
pub fn merge_room(merged: &Result<MergeResult>) -> usize {
    match merged {
        Ok(MergeResult { duplicates: 0, pending: 0, rejected: 0, .. }) => READ_ROOM,
        // It did not get past reading.
        Err(error) if error.offset().is_some() => READ_ROOM,
        _ => PLAIN_ROOM,
    }
}

/// The replicas that messages are tried on, with what must not change when one is refused.
pub struct Subjects {
    pub starts: Starts,
    before: Vec<Fingerprint>,
}

impl Subjects {
    pub fn get() -> &'static Subjects {
        static SUBJECTS: OnceLock<Subjects> = OnceLock::new();
        SUBJECTS.get_or_init(|| {
            let starts = Starts::new();
            let before = Start::ALL.into_iter().map(|start| Fingerprint::of(&starts.make(start))).collect();
            Subjects { starts, before }
        })
    }

    pub fn make(&self, start: Start) -> (CrdtDoc, &Fingerprint) {
        (self.starts.make(start), &self.before[start as usize])
    }
}
