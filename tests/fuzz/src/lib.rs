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
use convergedb::CrdtDoc;
use history::{Start, Starts};
use std::sync::OnceLock;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

/// A call may hold this much beyond what it leaves, however short its input: a message may decode to a million events and 64 MiB, and so
/// much is read before all of it is known to be good.
pub const ROOM: usize = 96 << 20;
/// And this much for each byte of input.
pub const PER_BYTE: usize = 64;
/// And this much for each byte that it leaves.
pub const PER_LIVE_BYTE: usize = 8;

/// Makes a call with `input` bytes from outside, which must keep the bound on memory.
pub fn bounded<T>(input: usize, call: impl FnOnce() -> T) -> T {
    let (result, usage) = memory::measure(call);
    let bound = ROOM + PER_BYTE * input + PER_LIVE_BYTE * usage.grown;
    assert!(usage.peak <= bound, "{input} bytes of input: {usage:?} is past the bound of {bound}");
    result
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
