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

pub mod coverage;
pub mod ephemeral;
pub mod input;
pub mod kept;
pub mod mirror;
pub mod scenario;
pub mod stored;
pub mod subjects;

#[global_allocator]
static MEMORY: memory::Counting = memory::Counting;

/// What a call may hold for each byte of input.
const PER_BYTE: usize = 64;
/// And for each byte that it leaves.
const PER_LIVE_BYTE: usize = 8;

/// Makes a call that reads `input` bytes from outside, which must keep the bound on memory that `room` tells for its result: what it may hold
/// beyond what it leaves, however short its input.
pub fn bounded<T>(input: usize, call: impl FnOnce() -> T, room: impl FnOnce(&T) -> usize) -> T {
    let (result, usage) = memory::measure(call);
    let bound = room(&result) + PER_BYTE * input + PER_LIVE_BYTE * usage.grown;
    assert!(usage.peak <= bound, "{input} bytes of input: {usage:?} is past the bound of {bound}");
    result
}
